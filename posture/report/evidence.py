"""Pictures of deviations at their worst moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.camera import with_unseen_removed
from posture.findings import Deviation
from posture.landmarks import Track
from posture.measures import MEASURES
from posture.report.draw import blur_face, crop_box, draw_label, draw_skeleton
from posture.report.labels import Report, by_importance
from posture.video import Frame, frames_at

Key = TypeVar("Key")
FrameSource = Callable[[Path, Sequence[float]], Iterator[Frame]]
MOST_PICTURES = 40
_WIDTH_PX, _HEIGHT_PX, _QUALITY = 480, 560, 82
_NEAR_S = 0.6


@dataclass(frozen=True)
class Shot(Generic[Key]):
    """A picture to make of the recording at a moment, and what it is known by."""

    key: Key
    time_s: float
    drawn: Callable[[Frame], NDArray[np.uint8]]


def taken(report: Report, shots: Iterable[Shot[Key]], source: FrameSource = frames_at) -> dict[Key, bytes]:
    """JPEG of every shot, from one reading of the recording; empty when it is not at hand."""
    if report.source_path is None or not report.source_path.exists():
        return {}
    wanted = sorted(shots, key=lambda shot: shot.time_s)
    frames = source(report.source_path, [shot.time_s for shot in wanted]) if wanted else iter(())
    return {shot.key: jpeg(shot.drawn(frame)) for shot, frame in zip(wanted, frames, strict=False)}


def shots_of(report: Report, most: int = MOST_PICTURES, of: Iterable[Deviation] | None = None) -> list[Shot[Deviation]]:
    """Of the most important deviations at their worst moments, `of` these or all."""
    every = [d for p in report.checked.result.people for d in p.deviations] if of is None else of
    return [Shot(d, d.worst_s, partial(_picture, report, d)) for d in by_importance(every)[:most]]


def pictures(
    report: Report, source: FrameSource = frames_at, most: int = MOST_PICTURES, of: Iterable[Deviation] | None = None
) -> dict[Deviation, bytes]:
    """JPEG pictures of `shots_of`; empty when the recording is not at hand."""
    return taken(report, shots_of(report, most, of), source)


def picture(report: Report, deviation: Deviation, source: FrameSource = frames_at) -> bytes | None:
    """JPEG of one deviation at its worst moment, None when the recording is not at hand."""
    return taken(report, shots_of(report, of=[deviation]), source).get(deviation)


def faulty_joints(report: Report, criterion: str) -> tuple[int, ...]:
    """Joints that the criterion's measure looks at."""
    return tuple(int(j) for j in MEASURES[report.criterion(criterion).measure].landmarks)


def nearest_sample(track: Track, time_s: float) -> int | None:
    """Index of the sample at that time, None when the person was not found near it."""
    if not len(track):
        return None
    i = int(np.argmin(np.abs(track.time_s - time_s)))
    return i if abs(float(track.time_s[i]) - time_s) <= _NEAR_S else None


def blur_as_asked(report: Report, image: NDArray[np.uint8], time_s: float, person: int | None) -> None:
    """Blur the faces that the report's setting wants blurred, in place."""
    if report.blur == "none":
        return
    for track in report.checked.observation.tracks:
        i = nearest_sample(track, time_s)
        if i is not None and (report.blur == "all" or track.person != person):
            blur_face(image, track.pose_px[i])


def _picture(report: Report, deviation: Deviation, frame: Frame) -> NDArray[np.uint8]:
    image = frame.image.copy()
    blur_as_asked(report, image, frame.time_s, deviation.person)
    track = next(t for t in report.checked.observation.tracks if t.person == deviation.person)
    i = nearest_sample(track, frame.time_s)
    if i is None:
        return image
    seen = with_unseen_removed(track.part(slice(i, i + 1))).pose_px[0]
    left, top, right, bottom = crop_box(image, seen)
    image = image[top:bottom, left:right]
    scale = min(_WIDTH_PX / image.shape[1], _HEIGHT_PX / image.shape[0], 3.0)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    shown = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    points = seen.copy()
    points[:, :2] = (points[:, :2] - (left, top)) * scale
    draw_skeleton(shown, points, faulty_joints(report, deviation.criterion))
    draw_label(shown, points, report.label(deviation.person))
    return shown


def jpeg(image: NDArray[np.uint8]) -> bytes:
    """The RGB picture as JPEG."""
    good, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not good:
        raise RuntimeError("expected the picture to be encoded as JPEG")
    return bytes(data.tobytes())
