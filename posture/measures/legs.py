"""Legs of somebody who sits or stands without a counter before them: crossed legs, feet put up."""

from __future__ import annotations

import numpy as np

from posture.measures.common import (
    ANKLES,
    FRONT,
    FRONT_SIDE,
    KNEES,
    point,
    series,
    small_from_front,
    small_trunk,
    steady_width_px,
    trunk_length_px,
)
from posture.measures.registry import Scene, Series, measure

_LEGS = (*KNEES, *ANKLES)


@measure("legs_crossed_sw", "sw", FRONT, _LEGS)
def legs_crossed_sw(scene: Scene) -> Series:
    """How far the ankle of the higher knee's leg lies past the other knee, in shoulder widths; negative: on its own
    side. The legs of somebody who sits with one knee over the other cross in the picture."""
    left_knee, right_knee = (point(scene, k) for k in KNEES)
    left_ankle, right_ankle = (point(scene, a) for a in ANKLES)
    left_over = right_knee[:, 0] - left_ankle[:, 0]
    right_over = right_ankle[:, 0] - left_knee[:, 0]
    past = np.where(left_knee[:, 1] < right_knee[:, 1], left_over, right_over)
    return series(past / steady_width_px(scene), small_from_front(scene))


@measure("foot_raised_tl", "tl", FRONT_SIDE, _LEGS)
def foot_raised_tl(scene: Scene) -> Series:
    """How far the higher ankle is above the higher knee, in trunk lengths; negative: below, as it should be."""
    knee = np.minimum(*(point(scene, k)[:, 1] for k in KNEES))
    ankle = np.minimum(*(point(scene, a)[:, 1] for a in ANKLES))
    return series((knee - ankle) / trunk_length_px(scene), small_trunk(scene))
