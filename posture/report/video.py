"""The recording with skeletons and marked deviations as H.264 video, and the words beside it as WebVTT subtitles.

Browsers play it. The sound is left out on purpose: a report needs no voices of clients.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from html import escape
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from posture.camera import with_unseen_removed
from posture.errors import OutputError
from posture.files import atomic_path
from posture.landmarks import Array, Track
from posture.report.draw import draw_skeleton
from posture.report.evidence import blur_as_asked, faulty_joints, jpeg
from posture.report.labels import Report
from posture.video import FrameReader, frames_at

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
    if report.checked.result.kind == "photo" or report.source_path is None:
        raise OutputError("files.errors.no_video_of_photo", path=report.checked.result.source)
    subtitles = path.with_suffix(".vtt")
    with atomic_path(path) as partial:
        _encode(report, report.source_path, partial, progress)
    with atomic_path(subtitles) as partial:
        partial.write_text(webvtt(report), encoding="utf-8")
    return subtitles


def _encode(report: Report, source: Path, target: Path, progress: Callable[[float, float], None] | None) -> None:
    overlay = _Overlay(report)
    with (
        FrameReader(source, fps=_FASTEST_FPS) as reader,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        width, height = (side - side % 2 for side in reader.info.analysed_size)
        stream = out.add_stream("libx264", rate=30, options={"crf": "23", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = max(width, 2), max(height, 2), "yuv420p"
        stream.codec_context.time_base = stream.time_base = _TIME_BASE
        for frame in reader:
            image = frame.image.copy()
            overlay.draw(image, frame.time_s)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
            picture.pts, picture.time_base = round(frame.time_s * 1000), _TIME_BASE
            out.mux(stream.encode(picture))
            if progress:
                progress(frame.time_s, reader.info.duration_s or 0.0)
        out.mux(stream.encode(None))


class _Overlay:
    """Draws everybody's skeleton at any time of the recording."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tracks = [(t, with_unseen_removed(t)) for t in report.checked.observation.tracks]
        self._deviations = {p.person: p.deviations for p in report.checked.result.people}

    def draw(self, image: NDArray[np.uint8], time_s: float) -> None:
        blur_as_asked(self._report, image, time_s, None)
        for raw, seen in self._tracks:
            pose = pose_between(seen, time_s)
            if pose is not None:
                draw_skeleton(image, pose, self._faulty(raw.person, time_s))

    def _faulty(self, person: int, time_s: float) -> set[int]:
        now = [d for d in self._deviations.get(person, ()) if d.start_s <= time_s <= d.end_s]
        return {joint for d in now for joint in faulty_joints(self._report, d.criterion)}


def photo_with_skeletons(report: Report) -> bytes:
    """JPEG of the photo with everybody's skeleton, or of a recording's first picture.

    Raises
    ------
    UnusableInputError
        It cannot be read any more.
    """
    assert report.source_path is not None
    frame = next(iter(frames_at(report.source_path, [0.0])))
    image = frame.image.copy()
    _Overlay(report).draw(image, frame.time_s)
    return jpeg(image)


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
        who = f"{report.tell('person', number=d.person)}: " if len(result.people) > 1 else ""
        cue = report.criterion(d.criterion).cue.in_language(report.language)
        text = f"{who}{report.title(d.criterion)} → {cue}"
        parts += [f"{_stamp(d.start_s)} --> {_stamp(max(d.end_s, d.start_s + _LEAST_CUE_S))}", escape(text, False), ""]
    return "\n".join(parts)


def _stamp(time_s: float) -> str:
    millis = round(time_s * 1000)
    hours, rest = divmod(millis, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
