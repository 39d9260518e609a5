"""Which way the palm of a showing hand faces, and whether the wrist is straight.

From the hand model's 21 points in depth: on rendered hands of 36 pixels and more the palm's tilt is within 28 degrees
of what it is, where all pictures of the hold agree (`python -m benchmarks.moves` renders them).
"""

from __future__ import annotations

import numpy as np

from posture.findings import Move, Reason
from posture.geometry import angle_between_deg
from posture.landmarks import LEFT, Array, Pose
from posture.measures.common import ARM_JOINTS, FRONT, point
from posture.measures.gestures import leading_side, median_of, within
from posture.measures.hand_shape import LEAST_HAND_PX
from posture.measures.registry import Reading, Scene, move_measure

AGREEING = 0.9
"""Least length of the mean of the pictures' palm directions (1: all the same; own choice): hands that are seen edge-on
turn over from picture to picture."""
_HANDS = (Pose.LEFT_INDEX, Pose.RIGHT_INDEX)
_GESTURE = ("gesture",)
WRIST, INDEX_KNUCKLE, MIDDLE_KNUCKLE, LITTLE_KNUCKLE = 0, 5, 9, 17


def _hand_in_hold(scene: Scene, move: Move) -> tuple[Array, Reason | None]:
    """(N, 21, 3) the leading hand's points in the hold, NaN where there is none, or why it cannot be measured."""
    during = within(scene, move.hold_start_s, move.hold_end_s)
    hand = scene.track.hands_px[during, leading_side(move)].astype(float)
    length = 2 * np.linalg.norm(hand[:, MIDDLE_KNUCKLE, :2] - hand[:, WRIST, :2], axis=1)
    if not np.isfinite(length).any():
        return hand, Reason.NOT_VISIBLE
    return hand, Reason.TOO_SMALL if np.nanmedian(length) < LEAST_HAND_PX else None


@move_measure("palm_tilt_deg", "deg", FRONT, _HANDS, _GESTURE)
def palm_tilt_deg(scene: Scene, move: Move) -> Reading:
    """Angle of the palm's direction to straight up: 0 palm up, 90 palm upright, 180 palm down."""
    hand, reason = _hand_in_hold(scene, move)
    if reason:
        return Reading(float("nan"), reason)
    across = np.cross(hand[:, INDEX_KNUCKLE] - hand[:, WRIST], hand[:, LITTLE_KNUCKLE] - hand[:, WRIST])
    across = across[np.isfinite(across).all(1)]
    mean = (across / np.linalg.norm(across, axis=1, keepdims=True)).mean(0)
    if np.linalg.norm(mean) < AGREEING:
        return Reading(float("nan"), Reason.ERROR_TOO_LARGE)
    palm = -mean if leading_side(move) == LEFT else mean
    return Reading(float(angle_between_deg(palm, np.array([0.0, -1.0, 0.0]))))


@move_measure("wrist_bend_deg", "deg", FRONT, _HANDS, _GESTURE)
def wrist_bend_deg(scene: Scene, move: Move) -> Reading:
    """Angle between forearm and hand in the picture: 0 when they are in one line."""
    hand, reason = _hand_in_hold(scene, move)
    if reason:
        return Reading(float("nan"), reason)
    during = within(scene, move.hold_start_s, move.hold_end_s)
    _, elbow, wrist, _ = (point(scene, joint)[during] for joint in ARM_JOINTS[leading_side(move)])
    return median_of(angle_between_deg(wrist - elbow, (hand[:, MIDDLE_KNUCKLE] - hand[:, WRIST])[:, :2]))
