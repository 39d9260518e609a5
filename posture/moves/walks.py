"""Walking across the picture, step by step."""

from __future__ import annotations

import numpy as np

from posture.findings import Move, View
from posture.geometry import rolling_median, stretches
from posture.landmarks import Array, Pose
from posture.measures import MEASURES
from posture.measures.common import point, trunk_length_px
from posture.measures.registry import Scene, once_per_scene

WALKING_SW_PER_S = 0.8
"""Movement of the shoulders that belongs to walking; it has 2 and more (own choice)."""
LEAST_STEPS = 3
LONGEST_SAMPLE_S = 0.13
"""Steps follow each other twice a second: fewer than eight pictures a second cannot tell them apart (own choice)."""
LEAST_BETWEEN_S = 0.22
LONGEST_GAP_S = 0.5
LEAST_STEP_TL = 0.30
"""Least distance of the ankles, in trunk lengths, at the widest moment of a step (own choice)."""
LEAST_SEEN = 0.75
"""Share of the samples between the first step and the last in which both ankles must be seen (own choice: true walks
show 0.95; with half of them missing, legs put wrong are taken for steps)."""


@once_per_scene
def ankles_apart_tl(scene: Scene) -> Array:
    """(T,) distance of the ankles along the way in trunk lengths, from the side."""
    apart = np.abs(point(scene, Pose.LEFT_ANKLE)[:, 0] - point(scene, Pose.RIGHT_ANKLE)[:, 0])
    length = rolling_median(scene.track.time_s, trunk_length_px(scene), 2.0)
    return np.where(scene.seen_from[View.SIDE], apart / length, np.nan)


def steps(scene: Scene, first: int, last: int) -> list[int]:
    """Samples at which the feet are widest apart, once a step."""
    apart = ankles_apart_tl(scene)
    found: list[int] = []
    time_s = scene.track.time_s
    for i in range(first + 1, last):
        around = apart[(time_s >= time_s[i] - LEAST_BETWEEN_S) & (time_s <= time_s[i] + LEAST_BETWEEN_S)]
        widest = np.isfinite(apart[i]) and apart[i] >= LEAST_STEP_TL and apart[i] >= np.nanmax(around)
        if widest and (not found or time_s[i] - time_s[found[-1]] > LEAST_BETWEEN_S):
            found.append(i)
    return found


def find_walks(scene: Scene) -> list[Move]:
    """Stretches of walking seen from the side, with the number of steps."""
    time_s = scene.track.time_s
    if len(time_s) < 3 or not scene.seen_from[View.SIDE].any() or np.median(np.diff(time_s)) > LONGEST_SAMPLE_S:
        return []
    with np.errstate(invalid="ignore"):
        moving = (MEASURES["body_speed_sw_per_s"].compute(scene).value >= WALKING_SW_PER_S) & scene.seen_from[View.SIDE]
    seen = np.isfinite(ankles_apart_tl(scene))
    found = []
    for group in stretches(moving, time_s, LONGEST_GAP_S):
        widest = steps(scene, *group)
        if len(widest) >= LEAST_STEPS and seen[widest[0] : widest[-1] + 1].mean() >= LEAST_SEEN:
            start, first, last, end = (float(time_s[i]) for i in (group[0], widest[0], widest[-1], group[-1]))
            found.append(Move("walk", "walk", scene.track.person, start, first, last, end, count=len(widest)))
    return found
