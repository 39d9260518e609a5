"""Decoding of recordings with PyAV: true times, orientation, pixel shape, damage."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from posture.errors import UnusableInputError
from posture.photo import BACKGROUND_GREY
from posture.reasons import why

av.logging.set_level(None)

_MOST_ERRORS_IN_A_ROW = 200
_LEAST_STEP_S = 1e-3
_LONGEST_REPAIR_S = 10.0
"""After damage, pictures are left out up to the next key picture, at most this long (own choice)."""
_BEYOND_S = 2.0
"""A stamp later than this after the file's stated end is taken for damaged (own choice)."""
_TRIAL_PICTURES = 40
_SEEK_AHEAD_S = 4.0
"""A wanted picture further ahead than this is sought instead of decoding up to it."""


@dataclass(frozen=True)
class Orientation:
    """How stored pictures are turned to be upright: transposed first, then flipped."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def turned(self) -> bool:
        return self.transpose or self.flip_x or self.flip_y

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self.transpose:
            image = image.transpose(1, 0, 2)
        image = image[:, ::-1] if self.flip_x else image
        image = image[::-1] if self.flip_y else image
        return np.ascontiguousarray(image) if self.turned else image


@dataclass(frozen=True)
class Decoded:
    """One decoded picture with its time, or (with `picture` None) damage met at about that time."""

    index: int
    time_s: float
    picture: Any
    damage: str = ""


def open_video(path: Path, max_side_px: int) -> VideoFile:
    """The recording in `path`.

    Raises
    ------
    UnusableInputError
        It is no recording, has no pictures (sound only), or not one picture can be decoded.
    """
    return VideoFile(path, max_side_px)


class VideoFile:
    """An open recording; close it when done."""

    def __init__(self, path: Path, max_side_px: int) -> None:
        self.path = path
        self._container = open_container(path)
        try:
            self._stream = _picture_stream(self._container, path)
            self._read_properties(max_side_px)
        except BaseException:
            self.close()
            raise

    def _read_properties(self, max_side_px: int) -> None:
        container, stream = self._container, self._stream
        self.has_audio = bool(container.streams.audio)
        self.container = container.format.name
        self.codec = stream.codec_context.name
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        self.frame_rate = float(rate) if rate else None
        # AVI keeps no presentation times: with B-pictures its stamps are out of order, but its rate is constant.
        self._by_index = self.container == "avi" and self.frame_rate is not None
        first = self._first_picture()
        self._first_stamp_s = first.time if first.time is not None else 0.0
        self.zero_s = 0.0 if self._by_index else self._first_stamp_s
        """The container's own time of our time 0, for what else is in the file (sound)."""
        self.orientation = orientation_of(first)
        ratio = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
        sar = float(ratio) if ratio else 1.0
        sar = sar if 0.1 <= sar <= 10 else 1.0
        width, height = first.width, first.height
        stored = (width * sar, float(height)) if sar >= 1 else (float(width), height / sar)
        shrink = min(1.0, max_side_px / max(stored))
        self._stored_size = (max(1, round(stored[0] * shrink)), max(1, round(stored[1] * shrink)))
        self.display_size = self._upright((round(stored[0]), round(stored[1])))
        self.analysed_size = self._upright(self._stored_size)
        self.duration_s = self._duration_s()

    def _upright(self, size: tuple[int, int]) -> tuple[int, int]:
        return (size[1], size[0]) if self.orientation.transpose else size

    def _duration_s(self) -> float | None:
        stream = self._stream
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        # A container's duration may be that of the sound, which may well be longer than the pictures.
        return self._container.duration / av.time_base if self._container.duration else None

    def _first_picture(self) -> Any:
        for decoded in self._decode():
            if decoded.picture is not None:
                return decoded.picture
        raise UnusableInputError("video.errors.no_picture", path=self.path)

    def _restart(self, skip: str = "DEFAULT") -> None:
        """Back to the beginning with fresh decoders: seeking back to the start is broken in some files."""
        self._container.close()
        self._container = open_container(self.path)
        self._stream = _picture_stream(self._container, self.path)
        self._stream.codec_context.skip_frame = skip

    def pictures(self, fps: float | None, start_s: float = 0.0) -> Iterator[Decoded]:
        """All pictures in order of time, from the beginning or (their indices then counted from there) from some time
        before `start_s`; about `fps` a second may do (work may be skipped)."""
        self._restart("NONREF" if self._may_skip(fps) else "DEFAULT")
        sought = self._seek(start_s) if start_s > _SEEK_AHEAD_S and not self._by_index else None
        if sought is None:
            yield from self._timed(self._decode())
        else:
            yield sought[1]
            yield from sought[0]

    def _may_skip(self, fps: float | None) -> bool:
        """Whether pictures that no other refers to can be left undecoded with one picture a sampling step remaining."""
        if not fps or not self.frame_rate or self._by_index:
            return False
        if self.frame_rate < 1.8 * fps or (self.duration_s or 0) < 10:
            return False
        self._restart("NONREF")
        times = []
        for decoded in self._decode():
            if decoded.picture is None or decoded.picture.time is None:
                return False
            times.append(decoded.picture.time)
            if len(times) >= _TRIAL_PICTURES:
                break
        gaps = np.diff(times)
        return bool(
            len(gaps) >= _TRIAL_PICTURES - 1 and gaps.max() <= 1.0 / fps and gaps.mean() > 1.2 / self.frame_rate
        )

    def _decode(self) -> Iterator[Decoded]:
        """Decoded pictures with raw times, and damage; ends with the file or after too many errors in a row."""
        errors, index, last_s = 0, 0, 0.0
        broken_s: float | None = None
        packets = self._container.demux(self._stream)
        while errors < _MOST_ERRORS_IN_A_ROW:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError) as error:
                yield Decoded(index, last_s, None, _damage(error))
                return
            try:
                pictures = packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                errors += 1
                if packet.pts is not None and packet.time_base:
                    last_s = max(last_s, float(packet.pts * packet.time_base))
                broken_s = last_s if broken_s is None else broken_s
                yield Decoded(index, last_s, None, _damage(error))
                continue
            for picture in pictures:
                errors = 0
                last_s = picture.time if picture.time is not None else last_s
                broken_s = last_s if picture.is_corrupt and broken_s is None else broken_s
                if broken_s is not None and (picture.key_frame and not picture.is_corrupt):
                    broken_s = None
                if broken_s is not None and 0 <= last_s - broken_s < _LONGEST_REPAIR_S:
                    # Without its references the decoder shows what was there before: nothing to judge by.
                    yield Decoded(index, last_s, None, "corrupt_picture")
                else:
                    yield Decoded(index, last_s, picture, "")
                index += 1

    def _timed(self, decoded: Iterator[Decoded]) -> Iterator[Decoded]:
        """With times from the first picture on that always increase."""
        step_s = 1.0 / self.frame_rate if self.frame_rate else 0.04
        last_s = -step_s
        for one in decoded:
            if one.picture is None:
                at_s = one.time_s - self._first_stamp_s
                yield Decoded(one.index, min(max(at_s, 0.0), self.duration_s or at_s), None, one.damage)
                continue
            stamp = None if self._by_index else one.picture.time
            time_s = last_s + step_s if stamp is None else stamp - self._first_stamp_s
            damage = one.damage
            if self.duration_s and time_s > self.duration_s + _BEYOND_S and last_s < self.duration_s:
                # A damaged stamp: kept, it would push every later picture behind it.
                time_s, damage = last_s + step_s, damage or "time_stamps"
            if time_s <= last_s:
                time_s, damage = last_s + _LEAST_STEP_S, damage or "time_stamps"
            last_s = time_s
            yield Decoded(one.index, time_s, one.picture, damage)

    def pictures_at(self, times_s: Sequence[float]) -> Iterator[tuple[float, Decoded]]:
        """(time, picture) for each of the increasing times: the first picture at or after it, else the last one."""
        self._restart()
        running = self._timed(self._decode())
        now: Decoded | None = None
        for time_s in times_s:
            if time_s - (now.time_s if now else 0.0) > _SEEK_AHEAD_S and not self._by_index:
                sought = self._seek(time_s)
                if sought is not None:
                    running, now = sought
            while now is None or now.time_s < time_s - _LEAST_STEP_S:
                following = next((d for d in running if d.picture is not None), None)
                if following is None:
                    break
                now = following
            if now is None:
                return
            yield now.time_s, now

    def _seek(self, time_s: float) -> tuple[Iterator[Decoded], Decoded] | None:
        """Decoding from a key picture before `time_s` on, or None (from the beginning again) where seeking fails."""
        stamp = time_s + self._first_stamp_s
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.seek(int(stamp / self._stream.time_base), stream=self._stream, backward=True)
            running = self._timed(self._decode())
            first = next((d for d in running if d.picture is not None), None)
            if first is not None and first.picture.time is not None and first.time_s <= time_s + _LEAST_STEP_S:
                return running, first
        self._restart()
        running = self._timed(self._decode())
        first = next((d for d in running if d.picture is not None), None)
        return (running, first) if first is not None else None

    def rgb(self, picture: Any) -> NDArray[np.uint8]:
        """The picture as upright RGB uint8 (H, W, 3) of `analysed_size`."""
        width, height = self._stored_size
        # One thread: swscale would otherwise start a pool of threads for every picture.
        how: dict[str, Any] = {"threads": 1, "interpolation": "AREA" if width < picture.width else "BILINEAR"}
        if any(c.is_alpha for c in picture.format.components) or picture.format.name == "pal8":
            rgba = picture.reformat(width, height, "rgba", **how).to_ndarray()
            alpha = rgba[..., 3:].astype(np.uint16)
            image = ((rgba[..., :3] * alpha + BACKGROUND_GREY * (255 - alpha)) // 255).astype(np.uint8)
        else:
            image = picture.reformat(width, height, "rgb24", **how).to_ndarray()
        return self.orientation.apply(image)

    def close(self) -> None:
        self._container.close()


def open_container(path: Path) -> Any:
    """PyAV's container of the file.

    Raises
    ------
    UnusableInputError
        It is nothing that FFmpeg can read.
    """
    try:
        # The file protocol by name: a path like "http:x.mp4" or "a%d.png" is a path and nothing else.
        return av.open(f"file:{path}", metadata_errors="ignore")
    except av.error.FFmpegError as error:
        raise UnusableInputError("video.errors.not_media", path=path, detail=why(error)) from error


def _picture_stream(container: Any, path: Path) -> Any:
    """The first video stream that is no cover picture, ready to decode."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        key = "sound_only" if container.streams.audio else "no_picture"
        raise UnusableInputError(f"video.errors.{key}", path=path)
    stream = streams[0]
    if stream.codec_context is None:
        raise UnusableInputError("video.errors.codec", path=path)
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = min(os.cpu_count() or 1, 4)
    return stream


def orientation_of(picture: Any) -> Orientation:
    """From the display matrix of a decoded picture: x' = a x + c y, y' = b x + d y, quarter turns and mirrors only."""
    data = picture.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Orientation()
    a, b, _, c, d, *_ = np.frombuffer(bytes(data), np.int32, count=9).astype(float)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, flip_x=a < 0, flip_y=d < 0)
    return Orientation(True, flip_x=c < 0, flip_y=b < 0)


def _damage(error: BaseException) -> str:
    """What kind of damage stopped the decoder; what FFmpeg says where that is something else."""
    if isinstance(error, ValueError):  # invalid data is one
        return "undecodable"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
