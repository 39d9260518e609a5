"""The recording with skeletons and marked deviations as H.264 video, and the words beside it as WebVTT subtitles.

Browsers play it. The sound is left out on purpose: a report needs no voices of clients.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from html import escape
from itertools import chain
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from numpy.typing import NDArray

from posture.camera import with_unseen_removed
from posture.errors import OutputError, UnusableInputError
from posture.files import atomic_path
from posture.findings import Deviation
from posture.landmarks import Array, Track
from posture.report.draw import Box, draw_label, draw_skeleton
from posture.report.evidence import blur_as_asked, faulty_joints, jpeg
from posture.report.labels import Report
from posture.targets import subtitles_of
from posture.video import Frame, FrameReader, frames_at

_LONGEST_GAP_S = 0.3
"""Landmarks are drawn between two samples no further apart than this."""
_FASTEST_FPS = 30.0
_TIME_BASE = Fraction(1, 1000)
_LEAST_CUE_S = 1.0


def write_video(report: Report, path: Path, progress: Callable[[float, float], None] | None = None) -> Path:
    """Write the annotated mp4 and, beside it, the subtitles (.vtt); returns the subtitles' path.

    Raises
    ------
    OutputError
        It cannot be written there, or the source is a photo.
    UnusableInputError
        The recording cannot be read any more.
    """
    source = _video_of(report)
    subtitles = subtitles_of(path)
    with atomic_path(path) as partial:
        _encode(report, source, partial, progress)
    with atomic_path(subtitles) as partial:
        partial.write_text(webvtt(report), encoding="utf-8")
    return subtitles


def _video_of(report: Report) -> Path:
    if report.checked.result.kind == "photo" or report.source_path is None:
        raise OutputError("files.errors.no_video_of_photo", path=report.checked.result.source)
    return report.source_path


def _encode(report: Report, source: Path, target: Path, progress: Callable[[float, float], None] | None) -> None:
    overlay = _Overlay(report)
    with FrameReader(source, fps=_FASTEST_FPS) as reader, _Writer(target, reader.info.analysed_size) as out:
        for frame in reader:
            out.add(frame, overlay.drawn(frame))
            if progress:
                progress(frame.time_s, reader.info.duration_s or 0.0)


class _Writer:
    """An H.264 file that browsers play; times are those of the pictures, from the first one on."""

    def __init__(self, target: Path, size: tuple[int, int]) -> None:
        self._size = (max(size[0] - size[0] % 2, 2), max(size[1] - size[1] % 2, 2))
        self._out = av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._out.add_stream("libx264", rate=30, options={"crf": "23", "preset": "veryfast"})
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = self._stream.time_base = _TIME_BASE

    def add(self, frame: Frame, image: NDArray[np.uint8], from_s: float = 0.0) -> None:
        width, height = self._size
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
        picture.pts, picture.time_base = round((frame.time_s - from_s) * 1000), _TIME_BASE
        self._out.mux(self._stream.encode(picture))

    def __enter__(self) -> _Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._out.mux(self._stream.encode(None))
        self._out.close()


MOST_CLIP_S = 20.0
"""A clip of a longer finding shows this much round its worst moment (own choice)."""
CLIP_MARGIN_S = 1.0
_CLIP_FPS = 25


def clip_stretch(deviation: Deviation, duration_s: float) -> tuple[float, float]:
    """What a clip of a finding shows: from a second before to a second after it, at most `MOST_CLIP_S` of it."""
    start_s, end_s = deviation.start_s, deviation.end_s
    if end_s - start_s > MOST_CLIP_S:
        middle_s = min(max(deviation.worst_s, start_s + MOST_CLIP_S / 2), end_s - MOST_CLIP_S / 2)
        start_s, end_s = middle_s - MOST_CLIP_S / 2, middle_s + MOST_CLIP_S / 2
    return max(start_s - CLIP_MARGIN_S, 0.0), min(end_s + CLIP_MARGIN_S, max(duration_s, end_s))


def write_clip(report: Report, deviation: Deviation, path: Path) -> None:
    """Write a short H.264 cut of one finding: the person's skeleton, what is wrong marked while it lasts, faces blurred
    as the report says. Without sound, as `write_video`.

    Raises
    ------
    OutputError
        It cannot be written there, or the source is a photo.
    UnusableInputError
        The recording cannot be read any more.
    """
    source = _video_of(report)
    start_s, end_s = clip_stretch(deviation, report.checked.result.duration_s)
    times = start_s + np.arange(round((end_s - start_s) * _CLIP_FPS) + 1) / _CLIP_FPS
    overlay, last_s = _Overlay(report, deviation), -1.0
    frames = frames_at(source, times.tolist())
    first = next(frames, None)
    if first is None:
        raise UnusableInputError("video.errors.no_picture", path=report.source_path)
    with atomic_path(path) as partial, _Writer(partial, (first.image.shape[1], first.image.shape[0])) as out:
        for frame in chain([first], frames):
            if frame.time_s > last_s:  # a recording of fewer pictures a second gives the same one again
                out.add(frame, overlay.drawn(frame), first.time_s)
                last_s = frame.time_s


class _Overlay:
    """Draws everybody's skeleton at any time of the recording, or only that of one finding's person."""

    def __init__(self, report: Report, only: Deviation | None = None) -> None:
        self._report, self._only = report, only
        tracks = [t for t in report.checked.observation.tracks if only is None or t.person == only.person]
        self._tracks = [(t, with_unseen_removed(t)) for t in tracks]
        every = {p.person: p.deviations for p in report.checked.result.people}
        self._deviations = every if only is None else {only.person: (only,)}

    def drawn(self, frame: Frame) -> NDArray[np.uint8]:
        """The picture with what belongs on it; the frame's own stays as it is."""
        image = frame.image.copy()
        blur_as_asked(self._report, image, frame.time_s, self._only.person if self._only else None)
        now = [(raw.person, pose_between(seen, frame.time_s)) for raw, seen in self._tracks]
        there = [(person, pose) for person, pose in now if pose is not None]
        for person, pose in there:
            draw_skeleton(image, pose, self._faulty(person, frame.time_s))
        taken: list[Box] = []
        for person, pose in there:
            draw_label(image, pose, self._report.label(person), taken)
        return image

    def _faulty(self, person: int, time_s: float) -> set[int]:
        now = [d for d in self._deviations.get(person, ()) if d.start_s <= time_s <= d.end_s]
        return {joint for d in now for joint in faulty_joints(self._report, d.criterion)}


def picture_with_skeletons(report: Report, time_s: float = 0.0) -> bytes:
    """JPEG of the photo, or of a recording's picture at that time, with everybody's skeleton.

    Raises
    ------
    UnusableInputError
        It cannot be read any more.
    """
    assert report.source_path is not None
    frame = next(iter(frames_at(report.source_path, [time_s])))
    return jpeg(_Overlay(report).drawn(frame))


def pose_between(track: Track, time_s: float) -> Array | None:
    """(33, 3) pose at any time between two near samples, None in a gap and outside."""
    after = int(np.searchsorted(track.time_s, time_s))
    before = after - 1
    if after < len(track) and abs(float(track.time_s[after]) - time_s) < 1e-3:
        return track.pose_px[after]
    if before < 0:
        return None
    if after >= len(track):
        return track.pose_px[before] if time_s - float(track.time_s[before]) <= _LONGEST_GAP_S / 2 else None
    gap_s = float(track.time_s[after] - track.time_s[before])
    if gap_s > _LONGEST_GAP_S:
        return None
    share = (time_s - float(track.time_s[before])) / gap_s
    between: Array = (1 - share) * track.pose_px[before] + share * track.pose_px[after]
    return between


def webvtt(report: Report) -> str:
    """Subtitles: what is wrong and what to do, while it lasts."""
    result = report.checked.result
    parts = ["WEBVTT", ""]
    every = sorted((d for p in result.people for d in p.deviations), key=lambda d: d.start_s)
    for d in every:
        who = f"{report.person(d.person)}: " if len(result.people) > 1 else ""
        cue = report.criterion(d.criterion).cue.in_language(report.language)
        text = f"{who}{report.title(d.criterion)} → {cue}"
        parts += [f"{_stamp(d.start_s)} --> {_stamp(max(d.end_s, d.start_s + _LEAST_CUE_S))}", escape(text, False), ""]
    return "\n".join(parts)


def _stamp(time_s: float) -> str:
    millis = round(time_s * 1000)
    hours, rest = divmod(millis, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
