"""What the hand model adds to arms: hands that hold a paper, of which the pose model is unsure, it often sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.geometry import rotated
from posture.landmarks import Array
from posture.measures.registry import Scene
from posture.measures.stances import own_width_px

FINGERS_UP_SW = 0.03
"""In both hands held out to the camera the fingers end this far over the wrists and more, in shoulder widths: 0.08 to
0.13 in rendered hand-overs; folded hands point 0.2 down and hide each other (own choice)."""
_WRIST, _INDEX_KNUCKLE, _INDEX_TIP, _MIDDLE_TIP = 0, 5, 8, 12


def hand_of(scene: Scene, side: int) -> tuple[Array, Array]:
    """(T, 2) wrist and (T, 2) fingertips by the hand model, where the pose model would see them, levelled."""
    hand = scene.track.hands_px[:, side, :, :2].astype(float)
    found = hand[:, _WRIST], (hand[:, _INDEX_KNUCKLE] + hand[:, _INDEX_TIP]) / 2
    return (rotated(found[0], scene.roll_deg), rotated(found[1], scene.roll_deg)) if scene.roll_deg else found


def palms_held_out(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether the hand model sees both hands with the fingers not below the wrists: under a paper the pose model
    puts the fingertips where those of folded hands are."""
    hands = scene.track.hands_px
    up = (hands[:, :, _WRIST, 1] - hands[:, :, _MIDDLE_TIP, 1]) / own_width_px(scene)[:, None]
    with np.errstate(invalid="ignore"):
        return np.asarray((up >= FINGERS_UP_SW).all(1))
