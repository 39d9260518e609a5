"""What the picture itself lacks: nobody there, too dark, too near, too far, cut off, turned away."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from posture.camera import SEEN_FROM
from posture.findings import View
from posture.landmarks import Array, Pose
from posture.measures.common import LEAST_SHOULDER_WIDTH_PX
from posture.people import body_size_px

DARK_LUMA = 40.0
"""Mean brightness, 0..255, under which landmarks become unsure (own choice; our clips have 90 to 190)."""
MOST_BODY_SHARE = 0.62
"""Largest upper body, by the picture's height: more leaves no room for hands and head (own choice)."""
_HEAD = [Pose.NOSE, Pose.LEFT_EAR, Pose.RIGHT_EAR]
_SHOULDERS = [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]
_ANKLES = [Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE]
_LUMA = np.array([0.299, 0.587, 0.114])


class Framing(StrEnum):
    """What is wrong with the picture, the most important first."""

    NOBODY = "nobody"
    TOO_DARK = "too_dark"
    TOO_NEAR = "too_near"
    TOO_FAR = "too_far"
    CUT_OFF = "cut_off"
    TURNED = "turned"
    TURN_SIDE = "turn_side"
    """What is practised is judged from the side."""


def brightness(image: NDArray[np.uint8]) -> float:
    """Mean brightness 0..255 of an RGB picture, from every eighth pixel."""
    return float((image[::8, ::8].reshape(-1, 3).mean(0) * _LUMA).sum())


def framing(
    pose_px: Array | None,
    visibility: Array | None,
    image_size: tuple[int, int],
    luma: float,
    wants_feet: bool,
    view: View | None = None,
    wants_side: bool = False,
) -> Framing | None:
    """What the trainee should change about place, light or camera; None when the picture is good.

    `pose_px` (33, 3) and `visibility` (33,) are as the model gave them, None when nobody is there. `wants_feet`: a
    standing pose is practised, `wants_side`: something that is judged from the side. `view`: from which side the
    trainee is seen.
    """
    if pose_px is None or visibility is None:
        return Framing.TOO_DARK if luma < DARK_LUMA else Framing.NOBODY
    width, height = image_size
    xy = pose_px[:, :2]
    outside: NDArray[np.bool_] = np.any((xy < 0) | (xy > (width, height)), axis=1)
    size = body_size_px(pose_px)
    if outside[_HEAD].all() or outside[_SHOULDERS].all() or size > MOST_BODY_SHARE * height:
        return Framing.TOO_NEAR
    if size < LEAST_SHOULDER_WIDTH_PX:
        return Framing.TOO_FAR
    if luma < DARK_LUMA:
        return Framing.TOO_DARK
    if outside[_SHOULDERS].any() or (wants_feet and (outside | (visibility < SEEN_FROM))[_ANKLES].all()):
        return Framing.CUT_OFF
    if wants_side:
        return Framing.TURN_SIDE if view not in (View.SIDE, None) else None
    return Framing.TURNED if view in (View.OBLIQUE, View.BACK) else None
