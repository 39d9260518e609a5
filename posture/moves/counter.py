"""Handing over across a counter with both hands, seen from the front, where the hands never rise above it.

Whoever gives or takes something over a counter stretches both forearms towards the camera: both elbows come in front
of the body, the wrists part a little and the fingertips rise over the wrists, all against the person's own way of
resting and working. Of one hand alone the same is seen when a line in a form is shown: nothing is claimed of it.
"""

from __future__ import annotations

import numpy as np

from posture.findings import Move, View
from posture.geometry import mean_of_seen, own_way, rolling_median, stretches
from posture.landmarks import LEFT, RIGHT, Array, Pose
from posture.measures.registry import Scene
from posture.moves.arms import Arm, arm_of
from posture.moves.size import HAND_OVER_APART_SW, least_width_px, wide_enough

ELBOWS_IN, WRISTS_APART, TIPS_UP = 0.60, 0.16, 0.24
"""Weights of the three signs, from a linear discriminant of rendered hand-overs against desk work."""
REACHED_SW = 0.057
"""Weighted sum in shoulder widths from which both arms reach over the counter: desk work of eight rendered people stays
below 0.054, 12 of their 16 hand-overs are over 0.060 (`python -m benchmarks.moves`)."""
LET_GO_SW = 0.03
"""The movement begins and ends where the sum is smaller than this (own choice)."""
EACH_ELBOW_SW = 0.01
"""Each elbow comes in by at least this; otherwise one arm reaches and the other one keeps its place: with one hand the
sum stays below 0.01 (own choice)."""
SMOOTH_S = 0.4
LEAST_HOLD_S, MOST_HOLD_S = 0.4, 5.0
GAP_S = 0.5


def find_counter_hand_overs(scene: Scene, kind: str) -> list[Move]:
    """Hand-overs with both hands of somebody whose hips a counter hides, named `kind`."""
    time_s = scene.track.time_s
    hips = scene.track.pose_px[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP], 0]
    large = wide_enough(scene, least_width_px(HAND_OVER_APART_SW))
    here = ~np.isfinite(hips).any(1) & scene.seen_from[View.FRONT] & large
    if len(time_s) < 3 or not here.any():
        return []
    arms = {side: arm_of(scene, side) for side in (LEFT, RIGHT)}
    reach = np.where(here, reach_sw(time_s, arms), np.nan)
    with np.errstate(invalid="ignore"):
        holds = stretches(reach >= REACHED_SW, time_s, GAP_S)
    moves: list[Move] = []
    for first, last in holds:
        start, end = _edge(reach, first, -1), _edge(reach, last, +1)
        goes_on = moves and time_s[start] <= moves[-1].end_s
        if not goes_on and LEAST_HOLD_S <= time_s[last] - time_s[first] <= MOST_HOLD_S:
            at = [float(time_s[i]) for i in (start, first, last, end)]
            moves.append(Move(kind, "hand_over", scene.track.person, at[0], at[1], at[2], at[3], side="both"))
    return moves


def reach_sw(time_s: Array, arms: dict[int, Arm]) -> Array:
    """(T,) how far both arms reach forward against their own way of working, in shoulder widths as the front view shows
    it; NaN where an elbow or both hands were not seen or the own way is not known. Paper often hides a hand."""
    changed = []
    for arm in (arms[LEFT].joints_sw.astype(float), arms[RIGHT].joints_sw.astype(float)):
        signs = (-arm[:, 0, 0], arm[:, 1, 0], arm[:, 1, 1] - arm[:, 2, 1])
        changed.append([rolling_median(time_s, sign, SMOOTH_S) - own_way(time_s, sign) for sign in signs])
    (_, wrist, tips), elbows = mean_of_seen(np.array(changed), 0), np.array(changed)[:, 0]
    both_in = np.where(elbows.min(0) >= EACH_ELBOW_SW, elbows.mean(0), elbows.min(0))
    return np.asarray(ELBOWS_IN * both_in + WRISTS_APART * wrist + TIPS_UP * tips)


def _edge(reach: Array, sample: int, step: int) -> int:
    """The sample at which the arms leave their place or are back."""
    while 0 <= sample + step < len(reach) and reach[sample] > LET_GO_SW and np.isfinite(reach[sample + step]):
        sample += step
    return sample
