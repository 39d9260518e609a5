"""Who is who: people found in one picture are matched with the people of the pictures before.

Assignment is by keypoint similarity (the OKS form of the COCO keypoint task, with one spread for all points)
between where a person was last seen, moved on by the last speed, and where people are now. Nothing about
appearance is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from posture.landmarks import Array, Pose

BODY_POINTS = np.array(
    [
        Pose.NOSE, Pose.LEFT_EAR, Pose.RIGHT_EAR, Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.LEFT_ELBOW,
        Pose.RIGHT_ELBOW, Pose.LEFT_HIP, Pose.RIGHT_HIP,
    ]
)  # fmt: skip
TRUNK = [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.LEFT_HIP, Pose.RIGHT_HIP]
_WIDEST = 2.5
"""Widest found body, as width by height (own choice; arms spread wide give about 1, a deep bow too)."""
_SPREAD = 0.25
"""Distance, in body sizes, at which the similarity of a point falls to 0.61 (own choice)."""
_MOVING_SPREAD = 0.4
"""The same between two samples of one person: a tenth of a second of walking is 0.4 shoulder widths."""
SAME_PERSON = 0.15
"""Least similarity between two samples of one person (own choice: at most two spreads apart)."""
_DUPLICATE = 0.75
"""Two detections in one picture that are more alike than this are one person found twice (own choice)."""


def body_size_px(pose_px: Array) -> float:
    """Size of the upper body in pixels: the longest of shoulder width, trunk and head-to-shoulder distance.

    Largest of several lengths, because each of them shrinks to nothing in some view.
    """
    points = pose_px[:, :2]
    shoulders = points[[Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]]
    hips = points[[Pose.LEFT_HIP, Pose.RIGHT_HIP]]
    middle = (shoulders[0] + shoulders[1]) / 2
    lengths = [
        _length(shoulders[0] - shoulders[1]),
        0.6 * _length(middle - (hips[0] + hips[1]) / 2),
        1.4 * _length(points[Pose.NOSE] - middle),
    ]
    return max([1.0, *(length for length in lengths if math.isfinite(length))])


def _length(vector: Array) -> float:
    return math.hypot(float(vector[0]), float(vector[1]))


def similarity(a: Array, b: Array, spread: float = _SPREAD) -> float:
    """Keypoint similarity 0..1 of two (33, >=2) sets of pixel points; 0 when they share no seen point."""
    size = max(body_size_px(a), body_size_px(b))
    distance = np.linalg.norm(a[BODY_POINTS, :2] - b[BODY_POINTS, :2], axis=1) / (size * spread)
    seen = np.isfinite(distance)
    return float(np.exp(-0.5 * distance[seen] ** 2).mean()) if seen.any() else 0.0


def looks_like_a_person(pose_px: Array) -> bool:
    """False for what is far wider than high: lettering and the like, taken for somebody lying down."""
    low, high = np.nanmin(pose_px[:, :2], axis=0), np.nanmax(pose_px[:, :2], axis=0)
    return bool(high[0] - low[0] <= _WIDEST * max(high[1] - low[1], 1.0))


def is_part_of(pose_px: Array, other_px: Array) -> bool:
    """Whether a found person is rather a part of another one: its trunk lies within the other and it is smaller."""
    if body_size_px(pose_px) > 0.8 * body_size_px(other_px):
        return False
    trunk = pose_px[TRUNK, :2]
    low, high = np.nanmin(other_px[:, :2], axis=0), np.nanmax(other_px[:, :2], axis=0)
    return bool(((trunk >= low) & (trunk <= high)).all(1).mean() >= 0.75)


def without_duplicates(poses: list[Array], certainty: list[float]) -> list[int]:
    """Indices of the detections to keep, best first: of two that are one person, the more certain one."""
    kept: list[int] = []
    for i in sorted(range(len(poses)), key=lambda k: -certainty[k]):
        if all(similarity(poses[i], poses[k]) < _DUPLICATE for k in kept):
            kept.append(i)
    return kept


def _best_pairs(alike: Array) -> list[tuple[int, int]]:
    """Row and column of the pairs with the largest sum of similarity, each row and column used once."""
    if 1 in alike.shape:
        best = int(np.argmax(alike))
        return [(best // alike.shape[1], best % alike.shape[1])]
    # Imported here: most recordings show one person, and scipy.optimize takes 45 MB.
    from scipy.optimize import linear_sum_assignment

    return list(zip(*linear_sum_assignment(-alike), strict=True))


@dataclass
class _Known:
    person: int
    pose_px: Array
    seen_s: float
    speed_px_per_s: Array = field(default_factory=lambda: np.zeros(2))

    def expected_at(self, time_s: float) -> Array:
        ahead_s = min(time_s - self.seen_s, 0.5)
        moved = self.pose_px.copy()
        moved[:, :2] += self.speed_px_per_s * ahead_s
        return moved


class PeopleTracker:
    """Gives each detection of a picture its person number; numbers survive an occlusion of `memory_s`."""

    def __init__(self, memory_s: float = 3.0) -> None:
        self.memory_s = memory_s
        self._known: list[_Known] = []
        self._next = 1

    def assign(self, time_s: float, poses: list[Array]) -> list[int]:
        """Person numbers of `poses` ((33, 3) pixel arrays), in their order. Times must not go back.

        Those who appear at once are numbered from the left of the picture to the right.
        """
        self._known = [k for k in self._known if time_s - k.seen_s <= self.memory_s]
        people = [0] * len(poses)
        if self._known and poses:
            alike = np.array(
                [[similarity(k.expected_at(time_s), p, _MOVING_SPREAD) for p in poses] for k in self._known]
            )
            for row, column in _best_pairs(alike):
                if alike[row, column] >= SAME_PERSON:
                    people[column] = self._known[row].person
                    self._update(self._known[row], time_s, poses[column])
        new = [i for i in range(len(poses)) if not people[i]]
        for i in sorted(new, key=lambda i: float(np.nanmedian(poses[i][BODY_POINTS, 0]))):
            people[i] = self._next
            self._known.append(_Known(self._next, poses[i].copy(), time_s))
            self._next += 1
        return people

    @staticmethod
    def _update(known: _Known, time_s: float, pose: Array) -> None:
        gap_s = time_s - known.seen_s
        steps = pose[BODY_POINTS, :2] - known.pose_px[BODY_POINTS, :2]
        steps = steps[np.isfinite(steps).all(1)]
        if gap_s > 0 and len(steps):
            step = np.median(steps, axis=0)
            known.speed_px_per_s = 0.5 * known.speed_px_per_s + 0.5 * step / gap_s
        known.pose_px, known.seen_s = pose.copy(), time_s
