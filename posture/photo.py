"""Photos by Pillow: upright by their EXIF orientation, any bit depth and colour model, alpha over grey."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from posture.errors import UnusableInputError
from posture.reasons import why

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")
BACKGROUND_GREY = 128
"""What shows through transparent parts of a picture."""
_MOST_PIXELS = 400_000_000
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class PhotoFile:
    """A photo: its RGB picture, size as displayed, format name, whether it had to be turned."""

    image: NDArray[np.uint8]
    display_size: tuple[int, int]
    format: str
    rotated: bool

    def close(self) -> None:
        """Nothing stays open."""


def open_photo(path: Path, max_side_px: int) -> PhotoFile | None:
    """The photo in `path`, or None when it is no still picture (a recording, an animation, anything else).

    Raises
    ------
    UnusableInputError
        It is a still picture that cannot be decoded.
    """
    # Pillow's own limit of 179 million pixels is a warning against hostile files; ours is the same with more room.
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            photo = Image.open(path, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise UnusableInputError("video.errors.too_large", path=path) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    with photo:
        if getattr(photo, "n_frames", 1) > 1 and photo.format in ("GIF", "WEBP", "PNG"):
            return None
        try:
            turned = photo.getexif().get(_ORIENTATION, 1) not in (0, 1)
            if photo.format in ("JPEG", "MPO"):
                photo.draft("RGB", (max_side_px, max_side_px))
            size_before = photo.size
            upright = ImageOps.exif_transpose(photo)
            image = _rgb(upright)
        except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
            raise UnusableInputError("video.errors.broken_photo", path=path, detail=why(error)) from error
    full = _full_size(path, size_before, image.size)
    image.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
    return PhotoFile(np.asarray(image, np.uint8), full, photo.format or "?", turned)


def _full_size(path: Path, drafted: tuple[int, int], upright: tuple[int, int]) -> tuple[int, int]:
    """Size of the whole photo as displayed; JPEG decoding may have halved it."""
    with Image.open(path, formats=FORMATS) as again:
        width, height = again.size
    return (width, height) if (drafted[0] >= drafted[1]) == (upright[0] >= upright[1]) else (height, width)


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode.startswith(("I", "F")):
        values = np.asarray(photo, np.float64)
        top = 65535.0 if photo.mode.startswith("I") else max(float(values.max()), 1e-9)
        photo = Image.fromarray((np.clip(values / top, 0, 1) * 255).astype(np.uint8))
    if photo.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in photo.info:
        picture = photo.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (BACKGROUND_GREY,) * 3 + (255,))
        return Image.alpha_composite(ground, picture).convert("RGB")
    return photo.convert("RGB")
