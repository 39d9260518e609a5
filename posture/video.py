"""Recordings and photos: probing, and pictures with their true presentation times.

Time 0 is the first picture that is presented. Pictures come upright (rotation and mirror metadata applied), with
square pixels, RGB, reduced so that the longer side is at most `max_side_px`. Damage is noted, not raised: what decodes
is delivered.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from posture.errors import UnusableInputError
from posture.photo import PhotoFile, open_photo
from posture.reasons import why
from posture.video_decode import Decoded, VideoFile, open_video

MAX_SIDE_PX = 1920
_SAME_TIME_S = 0.001
_ENDS_EARLY_S = 1.0
"""A file whose pictures end sooner than this before its stated end is reported as cut off (own choice)."""


@dataclass(frozen=True)
class Frame:
    """One picture. `image` is RGB uint8 (H, W, 3), upright, square pixels; `time_s` from the first picture."""

    index: int
    time_s: float
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Damage:
    """A stretch of the file that could not be read properly, seconds from the first picture."""

    start_s: float
    end_s: float
    detail: str


@dataclass(frozen=True)
class MediaInfo:
    """What a file is. `width`, `height` as displayed; `analysed_size` after reducing to the longest side allowed."""

    path: Path
    kind: str
    """`video` or `photo`."""
    width: int
    height: int
    analysed_size: tuple[int, int]
    duration_s: float | None
    frame_rate: float | None
    codec: str
    container: str
    has_audio: bool
    rotated: bool
    """Whether rotation or mirror metadata had to be applied."""


def probe(path: Path, max_side_px: int = MAX_SIDE_PX) -> MediaInfo:
    """What the file is, without decoding more than its first picture.

    Raises
    ------
    UnusableInputError
        No such file, not a regular file, empty, unreadable, no recording or photo, no picture in it.
    """
    with FrameReader(path, max_side_px=max_side_px) as reader:
        return reader.info


class FrameReader:
    """Iterates over the pictures of a recording or photo, sampled by time.

    fps : samples per second, None for every picture. The sample of each step k / fps is the first picture from it on.
    start_s, end_s : only pictures in this stretch; with a `start_s` the indices count from somewhere before it.
    damage : filled while reading.

    Raises
    ------
    UnusableInputError
        As `probe`; also when not one picture could be decoded.
    """

    def __init__(
        self,
        path: Path,
        fps: float | None = 10.0,
        max_side_px: int = MAX_SIDE_PX,
        start_s: float = 0.0,
        end_s: float = float("inf"),
    ) -> None:
        self.damage: list[Damage] = []
        self._fps, self._start_s, self._end_s = fps, start_s, end_s
        self._file = _open(Path(path), max_side_px)
        self.info = _info(Path(path), self._file)

    def __iter__(self) -> Iterator[Frame]:
        if isinstance(self._file, PhotoFile):
            yield Frame(0, 0.0, self._file.image)
            return
        last_s, taken = -1.0, 0
        for decoded in self._file.pictures(self._fps, self._start_s):
            if decoded.damage:
                self._note(decoded.time_s, decoded.damage)
            if decoded.picture is None:
                continue
            last_s = decoded.time_s
            if last_s > self._end_s:
                break
            if last_s < self._start_s - _SAME_TIME_S or not self._due(last_s, taken):
                continue
            taken = self._step_of(last_s) + 1
            yield Frame(decoded.index, last_s, self._file.rgb(decoded.picture))
        self._check_end(last_s)

    def _step_of(self, time_s: float) -> int:
        return int((time_s + _SAME_TIME_S) * self._fps) if self._fps else 0

    def _due(self, time_s: float, next_step: int) -> bool:
        return self._fps is None or self._step_of(time_s) >= next_step

    def _note(self, time_s: float, detail: str) -> None:
        """Damage within a second of the last one of its kind prolongs that."""
        if self.damage and self.damage[-1].detail == detail and time_s - self.damage[-1].end_s <= 1.0:
            self.damage[-1] = Damage(self.damage[-1].start_s, max(time_s, self.damage[-1].end_s), detail)
        else:
            self.damage.append(Damage(max(time_s, 0.0), max(time_s, 0.0), detail))

    def _check_end(self, last_s: float) -> None:
        if last_s < 0:
            raise UnusableInputError("video.errors.no_picture", path=self.info.path)
        stated = self.info.duration_s
        if stated and self._end_s > stated and stated - last_s > _ENDS_EARLY_S:
            self.damage.append(Damage(last_s, stated, "cut_off"))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def frames_at(path: Path, times_s: Sequence[float], max_side_px: int = MAX_SIDE_PX) -> Iterator[Frame]:
    """The pictures shown at the given times, in time order: the first at or after each, else the last before.

    Raises
    ------
    UnusableInputError
        As `probe`.
    """
    file = _open(Path(path), max_side_px)
    try:
        if isinstance(file, PhotoFile):
            yield from (Frame(0, float(t), file.image) for t in sorted(times_s))
            return
        for time_s, decoded in file.pictures_at(sorted(times_s)):
            assert decoded.picture is not None
            yield Frame(decoded.index, time_s, file.rgb(decoded.picture))
    finally:
        file.close()


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes.

    Raises
    ------
    UnusableInputError
        The file cannot be read.
    """
    _require_file(Path(path))
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnusableInputError("video.errors.unreadable", path=path, detail=why(error)) from error


def _require_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise UnusableInputError("video.errors.not_found", path=path) from error
    except (OSError, ValueError) as error:
        raise UnusableInputError("video.errors.unreadable", path=path, detail=why(error)) from error
    if stat.S_ISDIR(mode):
        raise UnusableInputError("video.errors.is_folder", path=path)
    if not stat.S_ISREG(mode):
        raise UnusableInputError("video.errors.not_a_file", path=path)
    if path.stat().st_size == 0:
        raise UnusableInputError("video.errors.empty", path=path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise UnusableInputError("video.errors.unreadable", path=path, detail=why(error)) from error


def _open(path: Path, max_side_px: int) -> PhotoFile | VideoFile:
    _require_file(path)
    return open_photo(path, max_side_px) or open_video(path, max_side_px)


def _info(path: Path, file: PhotoFile | VideoFile) -> MediaInfo:
    if isinstance(file, PhotoFile):
        height, width = file.image.shape[:2]
        return MediaInfo(
            path,
            "photo",
            *file.display_size,
            (width, height),
            None,
            None,
            file.format,
            file.format,
            False,
            file.rotated,
        )
    return MediaInfo(
        path,
        "video",
        *file.display_size,
        file.analysed_size,
        file.duration_s,
        file.frame_rate,
        file.codec,
        file.container,
        file.has_audio,
        file.orientation.turned,
    )


__all__ = ["Damage", "Decoded", "Frame", "FrameReader", "MediaInfo", "frames_at", "probe", "sha256_of"]
