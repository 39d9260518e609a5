"""A small picture of everybody, to know whom a number means: head and shoulders, when they are well seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.camera import FRONT_UP_TO_DEG, body_yaw_deg
from posture.landmarks import Array, Pose, Track
from posture.people import body_size_px
from posture.report.draw import HEAD
from posture.report.evidence import FrameSource, Shot, blur_as_asked, nearest_sample, taken
from posture.report.labels import Report
from posture.video import Frame, frames_at

_SIDE_PX = 240
_MOST_LOOKED_AT = 300
_SHOULDERS = (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER)
_FROM_FRONT, _HIDDEN = 0.5, 1.0
"""What a face turned to the camera is worth, and what somebody else in the picture costs, beside the share 0..1 of the
body's points that the model is sure of (own choices)."""


def portraits(report: Report, people: Iterable[int] | None = None, source: FrameSource = frames_at) -> dict[int, bytes]:
    """JPEG of these people or all, by number, without anything drawn on it; faces blurred as the report says. Empty
    when the recording is not at hand; whoever is never seen is left out.

    Raises
    ------
    UnusableInputError
        The recording cannot be read.
    """
    return taken(report, portrait_shots(report, people), source)


def portrait_shots(report: Report, people: Iterable[int] | None = None) -> list[Shot[int]]:
    """As `portraits`, to be taken together with other pictures."""
    tracks = report.checked.observation.tracks
    wanted = set(people) if people is not None else {p.person for p in report.checked.result.people}
    found = [(track, best_moment(track, tracks)) for track in tracks if track.person in wanted]
    return [
        Shot(track.person, float(track.time_s[i]), partial(_portrait, report, track))
        for track, i in found
        if i is not None
    ]


def best_moment(track: Track, everybody: Sequence[Track]) -> int | None:
    """Index of the sample in which the person is seen best: whole, from the front, nobody else before or beside them.
    None when they were never found."""
    found = np.flatnonzero(track.found)
    if not len(found):
        return None
    looked_at = found[np.unique(np.linspace(0, len(found) - 1, _MOST_LOOKED_AT).astype(int))]
    sure = np.nan_to_num(track.visibility[looked_at]).mean(1)
    worth = sure + _FROM_FRONT * (np.abs(body_yaw_deg(track)[looked_at]) <= FRONT_UP_TO_DEG)
    for n, i in enumerate(looked_at):
        box, time_s = portrait_box(track.pose_px[i]), float(track.time_s[i])
        worth[n] -= _HIDDEN * sum(_within(box, other, time_s) for other in everybody if other is not track)
    return int(looked_at[int(np.argmax(worth))])


def _within(box: Array, other: Track, time_s: float) -> bool:
    """Whether somebody else's head is in the box (left, top, right, bottom)."""
    i = nearest_sample(other, time_s)
    if i is None:
        return False
    x, y = other.pose_px[i, Pose.NOSE, :2]
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def portrait_box(pose_px: Array) -> Array:
    """Left, top, right, bottom of head and shoulders in pixels, not cut off at the picture's rim; NaN where neither
    is known."""
    size = body_size_px(pose_px)
    head, shoulders = pose_px[list(HEAD), :2], pose_px[list(_SHOULDERS), :2]
    known = np.concatenate([head, shoulders])
    known = known[np.isfinite(known).all(1)]
    if not len(known) or not np.isfinite(size):
        return np.full(4, np.nan)
    middle, top, bottom = float(known[:, 0].mean()), float(known[:, 1].min()), float(known[:, 1].max())
    return np.array([middle - 0.85 * size, top - 0.6 * size, middle + 0.85 * size, bottom + 0.8 * size])


def _portrait(report: Report, track: Track, frame: Frame) -> NDArray[np.uint8]:
    image = frame.image.copy()
    blur_as_asked(report, image, frame.time_s, track.person)
    i = nearest_sample(track, frame.time_s)
    box = portrait_box(track.pose_px[i]) if i is not None else np.full(4, np.nan)
    height, width = image.shape[:2]
    if np.isfinite(box).all():
        left, top = (int(max(v, 0)) for v in box[:2])
        right, bottom = int(min(box[2], width)), int(min(box[3], height))
        if right - left > 8 and bottom - top > 8:
            image = image[top:bottom, left:right]
    scale = min(_SIDE_PX / max(image.shape[:2]), 3.0)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)
