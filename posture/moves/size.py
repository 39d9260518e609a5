"""How large somebody must be in the picture for a movement to stand out of the noise of the landmarks.

Landmarks of somebody who stands are not still: what they wander by is the same few pixels however small the figure is,
and so the larger a part of it. A movement is told only where its own way in pixels is larger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.landmarks import Array
from posture.measures.registry import Scene
from posture.measures.stances import own_width_px

ARM_NOISE_PX = 4.0
"""Elbows and fingertips of rendered people 24 to 41 px wide at the shoulders lie, in nine pictures of ten, up to 2 to 5
px from where they are; of a third of these people the fingertips lie much farther off."""
GESTURES_APART_SW, HAND_OVER_APART_SW = 0.20, 0.16
"""How far a gesture's shape is from the next one, and a hand-over's from folded hands (reference_poses/gestures)."""
NOD_NOISE_DEG_PX = 240.0
"""The face model's pitch of a head that is kept still wanders, in 95 % of the pictures, by up to 1.5 to 2 degrees where
the shoulders are 75 px wide, 3 to 5 at 40, 6 to 10 at 27 (rendered people): about 150 degrees divided by the width. A
nod dips by 1.6 times as much."""
LEAST_NOD_WIDTH_PX = 45.0
"""Of somebody 200 px high, from where on landmarks are trusted (`remarks.SMALL_PERSON_PX`). Under it a nod of 9
degrees, of which the face model shows 0.6, dips by no more than the noise."""


def least_width_px(apart_sw: float) -> float:
    """Least width of the shoulders at which shapes so many shoulder widths apart are told apart: half-way between them
    both are as far as the noise."""
    return 2.0 * ARM_NOISE_PX / apart_sw


def wide_enough(scene: Scene, least_px: float) -> NDArray[np.bool_]:
    """(T,) whether the person is so large."""
    with np.errstate(invalid="ignore"):
        return np.asarray(own_width_px(scene) >= least_px)


def least_dip_deg(scene: Scene, usual_deg: float) -> Array:
    """(T,) least dip of a nod: `usual_deg` of somebody large, more of smaller people, inf where they are too small."""
    with np.errstate(invalid="ignore", divide="ignore"):
        least = np.maximum(usual_deg, NOD_NOISE_DEG_PX / own_width_px(scene))
    return np.where(wide_enough(scene, LEAST_NOD_WIDTH_PX), least, np.inf)
