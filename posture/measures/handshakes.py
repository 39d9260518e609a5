"""How a handshake was made. One value for each."""

from __future__ import annotations

from posture.findings import Move, Reason
from posture.landmarks import Pose
from posture.measures.common import ALL_SIDES, ARM_JOINTS, mid_shoulder, point, trunk_length_px
from posture.measures.gestures import leading_side, median_of, within
from posture.measures.registry import Reading, Scene, move_measure

_HANDS = (Pose.LEFT_WRIST, Pose.RIGHT_WRIST)
_SHAKES = ("handshake",)


@move_measure("handshake_s", "s", ALL_SIDES, _HANDS, _SHAKES)
def handshake_s(scene: Scene, move: Move) -> Reading:
    """How long the hands are in each other."""
    return Reading(move.hold_end_s - move.hold_start_s)


@move_measure("handshake_right_ratio", "ratio", ALL_SIDES, _HANDS, _SHAKES)
def handshake_right_ratio(scene: Scene, move: Move) -> Reading:
    """1 when the right hand was given, 0 when it was the left one; unknown where the hands were not told apart."""
    if not move.side:
        return Reading(float("nan"), Reason.NOT_VISIBLE)
    return Reading(1.0 if move.side == "right" else 0.0)


@move_measure("handshake_height_tl", "tl", ALL_SIDES, _HANDS, _SHAKES)
def handshake_height_tl(scene: Scene, move: Move) -> Reading:
    """How far the wrist is below the shoulders, in trunk lengths: at 1 it is at the hips."""
    during = within(scene, move.hold_start_s, move.hold_end_s)
    wrist = point(scene, ARM_JOINTS[leading_side(move)][2])
    return median_of(((wrist - mid_shoulder(scene))[:, 1] / trunk_length_px(scene))[during])
