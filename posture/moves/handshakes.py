"""Handshakes: two people whose hands lie in each other, both in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np

from posture.findings import Move
from posture.geometry import distance, rolling_median, stretches
from posture.landmarks import LEFT, RIGHT, Array
from posture.measures.common import ARM_JOINTS, point, trunk_length_px
from posture.measures.registry import Scene
from posture.moves.arms import SIDE_NAMES

CLASPED_TL = 0.26
"""Fingertips of either this near to the other's wrist, in trunk lengths (13 cm), clasp each other (own choice)."""
SHORTEST_S, LONGEST_S, GAP_S = 0.5, 15.0, 0.5
"""Shorter it is a touch, longer something else, such as leading by the hand (own choices)."""
_SMOOTH_S = 0.3

Clasp = tuple[float, float]
"""Start and end in seconds."""


def find_handshakes(scenes: Sequence[Scene]) -> dict[int, list[Move]]:
    """By person, the handshakes they took part in, each with the hand that they gave."""
    found: dict[int, list[Move]] = {scene.track.person: [] for scene in scenes}
    for one, other in combinations(scenes, 2):
        pairs = product((LEFT, RIGHT), (LEFT, RIGHT))
        clasps = [(clasp, sides) for sides in pairs for clasp in _clasps(one, other, *sides)]
        for (start, end), sides in _longest_first(clasps):
            for scene, side in zip((one, other), sides, strict=True):
                move = Move("handshake", "handshake", scene.track.person, start, start, end, end, SIDE_NAMES[side])
                found[scene.track.person].append(move)
    return found


def _longest_first(clasps: list[tuple[Clasp, tuple[int, int]]]) -> list[tuple[Clasp, tuple[int, int]]]:
    """Of several pairs of hands together at one time those that are together for longest."""
    kept: list[tuple[Clasp, tuple[int, int]]] = []
    for clasp, sides in sorted(clasps, key=lambda c: c[0][0] - c[0][1]):
        if not any(clasp[0] < k[1] and k[0] < clasp[1] for k, _ in kept):
            kept.append((clasp, sides))
    return kept


def _clasps(one: Scene, other: Scene, side: int, other_side: int) -> list[Clasp]:
    """When these two hands are in each other."""
    time_s, mine, theirs = np.intersect1d(one.track.time_s, other.track.time_s, return_indices=True)
    if len(time_s) < 3:
        return []
    wrist, tips = (point(one, ARM_JOINTS[side][k])[mine] for k in (2, 3))
    their_wrist, their_tips = (point(other, ARM_JOINTS[other_side][k])[theirs] for k in (2, 3))
    length = np.fmax(_usual_trunk_px(one), _usual_trunk_px(other))
    apart = np.fmax(distance(tips, their_wrist), distance(their_tips, wrist)) / length
    with np.errstate(invalid="ignore"):
        runs = stretches(rolling_median(time_s, apart, _SMOOTH_S) <= CLASPED_TL, time_s, GAP_S)
    times = ((float(time_s[first]), float(time_s[last])) for first, last in runs)
    return [(start, end) for start, end in times if SHORTEST_S <= end - start <= LONGEST_S]


def _usual_trunk_px(scene: Scene) -> Array:
    length = trunk_length_px(scene)
    return np.asarray(np.nanmedian(length) if np.isfinite(length).any() else np.nan)
