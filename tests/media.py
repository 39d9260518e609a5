"""Test clips made in code: every picture carries its number as big light and dark bars."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 8
TIME_BASE = Fraction(1, 1000)


def numbered(number: int, width: int = 128, height: int = 96) -> np.ndarray:
    """RGB picture whose columns are the bits of its number, most significant first; the lowest quarter is red.

    The red band and the order of the bars tell how the picture was turned.
    """
    image = np.zeros((height, width, 3), np.uint8)
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        image[:, left:right] = 230 if number >> (BITS - 1 - bit) & 1 else 25
    image[3 * height // 4 :] = (200, 20, 20)
    return image


def number_in(image: np.ndarray) -> int:
    """The number that a picture carries."""
    height, width = image.shape[:2]
    number = 0
    for bit in range(BITS):
        centre = (2 * bit + 1) * width // (2 * BITS)
        number = number << 1 | int(image[height // 3, centre - 1 : centre + 2].mean() > 128)
    return number


def make_clip(
    path: Path,
    codec: str = "libx264",
    times_ms: Sequence[int] | None = None,
    n: int = 30,
    fps: int = 15,
    size: tuple[int, int] = (128, 96),
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    prepare: Callable[[av.VideoStream], None] | None = None,
    container_format: str | None = None,
) -> Path:
    """A clip of numbered pictures at the given times (milliseconds), or `n` of them at a constant rate."""
    with av.open(str(path), "w", format=container_format) as out:
        stream = out.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        if times_ms is not None:
            stream.codec_context.time_base = stream.time_base = TIME_BASE
        if prepare:
            prepare(stream)
        for number in range(len(times_ms) if times_ms is not None else n):
            picture = av.VideoFrame.from_ndarray(numbered(number, *size), format="rgb24")
            if times_ms is not None:
                picture.pts, picture.time_base = times_ms[number], TIME_BASE
            else:
                picture.pts, picture.time_base = number, Fraction(1, fps)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def film(path: Path, pictures: Sequence[np.ndarray], fps: int) -> Path:
    """A clip of hardly any loss of these RGB pictures (H, W, 3)."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"crf": "12", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        out.mux(stream.encode(None))
    return path


def make_sound(path: Path, seconds: float = 1.0, cover: bool = False) -> Path:
    """A file with sound only, or with a cover picture as music files have."""
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=16000)
        if cover:
            picture = out.add_stream("mjpeg", rate=1)
            picture.width, picture.height, picture.pix_fmt = 128, 96, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
            image = av.VideoFrame.from_ndarray(numbered(1), format="rgb24")
            image.pts, image.time_base = 0, Fraction(1, 1)
            out.mux(picture.encode(image))
            out.mux(picture.encode(None))
        samples = np.zeros((1, int(16000 * seconds)), np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = 16000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


# Display matrices (a, b, c, d): x' = a x + c y, y' = b x + d y.
MATRICES = {
    "as it is": (1, 0, 0, 1),
    "quarter turn clockwise": (0, 1, -1, 0),
    "half turn": (-1, 0, 0, -1),
    "quarter turn anticlockwise": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
}


def with_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write a display matrix into the track header of an mp4 file, as phones do."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4
    version = data[at]
    at += 4 + (32 if version == 1 else 20) + 16
    a, b, c, d = (int(v) << 16 for v in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))
    return path


def spoken() -> np.ndarray:
    """(N,) float32 at 48 kHz: a sentence in Mandarin of 5.7 s, from its first sound to its last (tests/data)."""
    with av.open(str(Path(__file__).parent / "data" / "spoken.ogg")) as file:
        return np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)]).astype(np.float32)


def with_sound(
    path: Path,
    samples: np.ndarray,
    rate: int = 48_000,
    channels: int = 2,
    codec: str = "aac",
    sound_from_s: float = 0.0,
    picture_from_s: float = 0.0,
    hole_s: tuple[float, float] | None = None,
) -> Path:
    """A recording with pictures (5 a second) as long as `samples`, (N,) -1..1, which begin at `sound_from_s` of the
    file's own time; packets of sound that begin in the hole are left out."""
    layout = {1: "mono", 2: "stereo"}[channels]
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=5)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.time_base = TIME_BASE
        audio = out.add_stream(codec, rate=rate, layout=layout)
        size = audio.codec_context.frame_size or 1024
        for k in range(max(2, round(5 * len(samples) / rate))):
            picture = av.VideoFrame.from_ndarray(numbered(k % 256, 64, 48), format="rgb24")
            picture.pts, picture.time_base = round(1000 * picture_from_s) + 200 * k, TIME_BASE
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        for at in range(0, len(samples), size):
            part = np.pad(samples[at : at + size], (0, max(0, size - len(samples[at:]))))
            planes = np.repeat(part[None].astype(np.float32), channels, axis=0)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at + round(sound_from_s * rate)
            for packet in audio.encode(_in_format(frame, audio)):
                if hole_s is None or not hole_s[0] <= float(packet.pts * packet.time_base) < hole_s[1]:
                    out.mux(packet)
        out.mux(audio.encode(None))
    return path


def _in_format(frame: av.AudioFrame, stream: av.AudioStream) -> av.AudioFrame:
    wanted = stream.codec_context.format.name
    if wanted == frame.format.name:
        return frame
    (other,) = av.AudioResampler(wanted, frame.layout.name, frame.sample_rate).resample(frame)
    return other
