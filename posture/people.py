"""Who is who: people found in one picture are matched with the people of the pictures before.

Assignment is by keypoint similarity (the OKS form of the COCO keypoint task, with one spread for all points)
between where a person was last seen, moved on by the last speed, and where people are now; sizes must agree. Nothing
about appearance is used.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from posture.geometry import distance
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
MOVING_SPREAD = 0.4
"""The same between two samples of one person: a tenth of a second of walking is 0.4 shoulder widths."""
_SECOND_LOOK = 0.4
"""The same for somebody looked for again where another one stands now (own choice): in a crop the same body is put a
little otherwise, and a moment lost at a crossing matters less than one person with two numbers."""
SPREAD_PER_S = 0.5
"""By how much that spread grows for every second somebody was out of sight (own choice)."""
_MOST_MORE_SPREAD = 0.8
_GAP_S = 0.25
"""Who was not seen for longer may have stopped or turned (own choice)."""
_SHAPE_COUNTS = 0.6
"""Share of the likeness that a pose of quite another shape loses (own choice)."""
AHEAD_S = 1.0
"""For at most so long somebody out of sight is expected to have walked on (own choice)."""
_STAYED = 0.75
"""Likeness to where somebody was last seen counts by this much (own choice)."""
_HARDLY_SEEN = 0.6
"""So does that of somebody hardly seen yet: many a pose put between two people is nobody (own choice)."""
_MISSED = 0.75
"""So does that of somebody missed in the picture before (own choice)."""
_CLOSE = 0.6
"""Spread, in body sizes, by which two people count as close to a pose (own choice: up to 1.2 body sizes)."""
_THERE_S = 0.5
"""Who was not seen for longer may be anywhere: nothing is concluded from where they are expected (own choice)."""
_NEITHER = 0.4
"""A pose less like both of two close people than this is neither of them (own choice)."""
_LEAST_LIKENESS = 0.1
_FIRM_AFTER = 4
"""Samples from which somebody is surely there (own choice)."""
_SPEED_OVER_S = 0.6
SIZE_SPREAD = 0.25
"""Spread of the logarithm of the ratio of two samples' sizes (own choice: the size of the seen part of a body jumps by
a third when an arm or a shoulder is hidden; a half more makes another person)."""
SAME_PERSON = 0.15
"""Least similarity between two samples of one person (own choice: at most two spreads apart)."""
_SAME_PLACE = 0.5
"""Two expected places less alike than this are looked at both (own choice)."""
_DUPLICATE = 0.75
"""Two detections in one picture that are more alike than this are one person found twice (own choice)."""


def body_size_px(pose_px: Array) -> float:
    """`body_sizes_px` of one sample (33, k)."""
    return float(body_sizes_px(pose_px[None])[0])


def body_sizes_px(pose_px: Array) -> Array:
    """(T,) size of the upper body in pixels in samples (T, 33, k): the longest of shoulder width, trunk and
    head-to-shoulder distance.

    Largest of several lengths, because each of them shrinks to nothing in some view.
    """
    points = pose_px[..., :2].astype(float)
    shoulders, hips = points[:, [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]], points[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]]
    middle = shoulders.mean(1)
    lengths = (
        distance(shoulders[:, 0], shoulders[:, 1]),
        0.6 * distance(middle, hips.mean(1)),
        1.4 * distance(points[:, Pose.NOSE], middle),
    )
    return np.asarray(np.fmax.reduce([np.ones(len(points)), *lengths]))


def similarity(a: Array, b: Array, spread: float = _SPREAD) -> float:
    """Keypoint similarity 0..1 of two (33, >=2) sets of pixel points; 0 when they share no seen point."""
    return float(similarities(a[None], b[None], spread)[0])


def similarities(a: Array, b: Array, spread: float | Array = _SPREAD) -> Array:
    """(T,) `similarity` of samples (T, 33, >=2), each with its own spread if wanted."""
    size = np.fmax(body_sizes_px(a), body_sizes_px(b))
    apart = distance(a[:, BODY_POINTS, :2], b[:, BODY_POINTS, :2]) / (size * spread)[:, None]
    seen = np.isfinite(apart)
    alike = np.where(seen, np.exp(-0.5 * np.where(seen, apart, 0.0) ** 2), 0.0)
    return np.asarray(alike.sum(1) / np.fmax(seen.sum(1), 1))


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


def is_new_beside(pose_px: Array, others_px: list[Array]) -> bool:
    """Whether somebody looked for again is not only one of the others found a second time."""
    return all(similarity(pose_px, other) < _SECOND_LOOK for other in others_px)


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
    """Somebody seen before: where, when, how large, and the places of the last moments, from which the speed comes."""

    person: int
    pose_px: Array
    size_px: float
    seen_s: float
    places: deque[tuple[float, Array]] = field(default_factory=deque)
    samples: int = 0

    def take(self, time_s: float, pose_px: Array) -> None:
        fresh = self.samples == 0
        size_px = height_of_trunk_px(pose_px)
        self.size_px = size_px if fresh else 0.7 * self.size_px + 0.3 * size_px
        self.pose_px, self.seen_s, self.samples = pose_px.copy(), time_s, self.samples + 1
        self.places.append((time_s, np.nanmedian(pose_px[BODY_POINTS, :2], axis=0)))
        while len(self.places) > 2 and time_s - self.places[0][0] > _SPEED_OVER_S:
            self.places.popleft()

    @property
    def speed_px_per_s(self) -> Array:
        """(2,) over the last moments: one pose put wrong hardly changes it."""
        (first_s, first), (last_s, last) = self.places[0], self.places[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else np.zeros(2)

    def expected_at(self, time_s: float) -> Array:
        """(33, 3) the last pose moved on; who has been out of sight for long has probably stopped or turned."""
        moved = self.pose_px.copy()
        moved[:, :2] += self.speed_px_per_s * min(time_s - self.seen_s, AHEAD_S)
        return moved

    def likeness(self, time_s: float, pose_px: Array, last_s: float) -> float:
        """0..1 how well a pose fits: its place to where the person was going or stayed, its size and its shape.

        The shape (which way somebody looks, where the arms are) tells apart two who pass each other. `last_s` is when
        the picture before was taken: of two who may be meant, it is the one who was seen there, too.
        """
        gap_s = time_s - self.seen_s
        sizes = math.log(height_of_trunk_px(pose_px) / self.size_px) / SIZE_SPREAD
        spread = MOVING_SPREAD + min(SPREAD_PER_S * max(gap_s - _GAP_S, 0.0), _MOST_MORE_SPREAD)
        # A wide guess is a weak one: who is out of sight must not take the place of who hides them.
        found = MOVING_SPREAD / spread * similarity(self.expected_at(time_s), pose_px, spread)
        found = max(found, _STAYED * similarity(self.pose_px, pose_px, MOVING_SPREAD))
        shape = similarity(centred(self.pose_px), centred(pose_px), spread)
        found *= (1.0 - _SHAPE_COUNTS * (1.0 - shape)) * math.exp(-0.5 * sizes**2)
        found *= 1.0 if self.seen_s >= last_s else _MISSED
        return found if self.samples >= _FIRM_AFTER else _HARDLY_SEEN * found


def height_of_trunk_px(pose_px: Array) -> Any:
    """From the hips to the nose, of (..., 33, k) poses: unlike `body_size_px` the same whichever way somebody turns."""
    hips = pose_px[..., [Pose.LEFT_HIP, Pose.RIGHT_HIP], :2].mean(-2)
    return np.fmax(1.0, np.linalg.norm(pose_px[..., Pose.NOSE, :2] - hips, axis=-1))


def centred(pose_px: Array) -> Array:
    """(..., 33, 2) of (..., 33, k) poses: where they stand taken out."""
    middle = np.nanmedian(pose_px[..., BODY_POINTS, :2], axis=-2, keepdims=True)
    return np.asarray(pose_px[..., :2] - middle)


class PeopleTracker:
    """Gives each detection of a picture its person number; numbers survive an occlusion of `memory_s`."""

    def __init__(self, memory_s: float = 3.0) -> None:
        self.memory_s = memory_s
        self._known: list[_Known] = []
        self._next = 1
        self._last_s = -math.inf

    def assign(self, time_s: float, poses: list[Array]) -> list[int]:
        """Person numbers of `poses` ((33, 3) pixel arrays), in their order. Times must not go back.

        Those who appear at once are numbered from the left of the picture to the right.
        """
        self._known = [k for k in self._known if time_s - k.seen_s <= self.memory_s]
        people = [0] * len(poses)
        for known, i in self._pairs(time_s, poses):
            people[i] = known.person
            known.take(time_s, poses[i])
        new = [i for i in range(len(poses)) if not people[i]]
        for i in sorted(new, key=lambda i: float(np.nanmedian(poses[i][BODY_POINTS, 0]))):
            people[i] = self._next
            self._known.append(_Known(self._next, poses[i], 1.0, time_s))
            self._known[-1].take(time_s, poses[i])
            self._next += 1
        self._last_s = time_s
        return people

    def missing(self, time_s: float, poses: list[Array], since_s: float) -> list[Array]:
        """(33, 3) where those are expected to whom none of `poses` belongs and who were seen in the last `since_s`:
        where they were going, and where they may have stayed."""
        known = [k for k in self._known if time_s - k.seen_s <= (since_s if k.samples >= _FIRM_AFTER else _GAP_S)]
        there = {k.person for k, _ in self._pairs(time_s, poses)}
        expected = []
        for one in (k for k in known if k.person not in there):
            expected.append(one.expected_at(time_s))
            if similarity(expected[-1], one.pose_px) < _SAME_PLACE:
                expected.append(one.pose_px)
        return expected

    def in_between(self, time_s: float, pose_px: Array) -> bool:
        """Whether a pose is neither of two people who are that close: made up from parts of both, as the model does
        where one hides another. Nothing should be measured on it."""
        there = [k for k in self._known if k.samples >= _FIRM_AFTER and time_s - k.seen_s <= _THERE_S]
        near = [
            k.likeness(time_s, pose_px, self._last_s)
            for k in there
            if similarity(k.expected_at(time_s), pose_px, _CLOSE) >= SAME_PERSON
        ]
        return len(near) >= 2 and max(near) < _NEITHER

    def _pairs(self, time_s: float, poses: list[Array]) -> list[tuple[_Known, int]]:
        """Who is which of `poses`: the pairs with the largest sum of likeness."""
        if not self._known or not poses:
            return []
        alike = np.array([[k.likeness(time_s, p, self._last_s) for p in poses] for k in self._known])
        alike[alike < _LEAST_LIKENESS] = 0.0
        return [(self._known[row], column) for row, column in _best_pairs(alike) if alike[row, column] > 0]
