"""Squatting to pick something up or to speak with somebody who sits low: from the height of the hips over the feet."""

from __future__ import annotations

import numpy as np

from posture.findings import Move, View
from posture.geometry import rolling_median, stretches
from posture.landmarks import Array, Pose
from posture.measures.common import ANKLES, HIPS, knees_differ_tl, middle
from posture.measures.registry import Scene

LOW_SHARE = 0.60
"""norms.md squat_high_low: hips below 60 % of their standing height."""
LOWEST_SEAT_SHARE = 0.38
"""Under this share no chair is so low (own choice); higher up the knees must differ as in the norm's squat."""
UNEVEN_KNEES_TL = 0.20
"""norms.md squat_high_low: one knee higher by this, in trunk lengths; both are level when somebody sits."""
UP_SHARE = 0.9
SHORTEST_S, LONGEST_S = 0.4, 30.0
"""Down for less is a stumble, for longer something else (own choices)."""
_SMOOTH_S, _GAP_S = 0.3, 0.5


def hips_over_feet(scene: Scene) -> Array:
    """(T,) height of the hips over the ankles as a share of the person's own standing height, the 90th percentile."""
    over_feet = middle(scene, *ANKLES)[:, 1] - middle(scene, *HIPS)[:, 1]
    height: Array = rolling_median(scene.track.time_s, over_feet, _SMOOTH_S)
    return height / np.nanpercentile(height, 90) if np.isfinite(height).any() else height


def find_squats(scene: Scene) -> list[Move]:
    """Squats that begin and end upright, seen whole from the side or from the front."""
    time_s = scene.track.time_s
    whole = np.isfinite(scene.track.pose_px[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP], 0]).all(1)
    if len(time_s) < 3 or not whole.any():
        return []
    share, uneven = hips_over_feet(scene), knees_differ_tl(scene)
    seen = scene.seen_from[View.SIDE] | scene.seen_from[View.FRONT]
    with np.errstate(invalid="ignore"):
        low = seen & (share < LOW_SHARE) & ((uneven >= UNEVEN_KNEES_TL) | (share < LOWEST_SEAT_SHARE))
        up = share >= UP_SHARE
    moves = []
    for first, last in stretches(low, time_s, _GAP_S):
        before, after = np.flatnonzero(up[:first]), np.flatnonzero(up[last:])
        if len(before) and len(after) and SHORTEST_S <= time_s[last] - time_s[first] <= LONGEST_S:
            at = [float(time_s[i]) for i in (before[-1], first, last, last + after[0])]
            moves.append(Move("squat", "squat", scene.track.person, at[0], at[1], at[2], at[3]))
    return moves
