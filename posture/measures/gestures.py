"""How a gesture or hand-over was made: height, straightness, way, eyes and smile. One value for each movement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.findings import Move, Reason
from posture.geometry import angle_between_deg, distance, inner_angle_deg
from posture.landmarks import LEFT, RIGHT, Array, Pose
from posture.measures.common import (
    ARM_JOINTS,
    FRONT,
    FRONT_OBLIQUE,
    TRUNK_PER_WIDTH,
    WRISTS,
    mid_shoulder,
    point,
    steady_width_px,
)
from posture.measures.face import gaze_off_deg, smile
from posture.measures.registry import N_FACE, Reading, Scene, move_measure

GESTURES = ("gesture", "hand_over")
FACED = ("gesture", "hand_over", "bow", "nod")
LOOK_WITHIN_S = 1.0
"""norms.md gaze_at_handover: a look within a second of the moment."""
LOOK_BACK_S = 2.0
"""norms.md gest_gaze_follow: back at the client within two seconds."""
MINUTE_S = 60.0
TOGETHER_SW = 0.9
"""norms.md handover_two_hands: wrists this near to each other, in shoulder widths, hand over together."""
_ARM = (Pose.LEFT_ELBOW, Pose.RIGHT_ELBOW, Pose.LEFT_WRIST, Pose.RIGHT_WRIST)


def within(scene: Scene, start_s: float, end_s: float) -> NDArray[np.bool_]:
    """(T,) samples from start to end."""
    time_s = scene.track.time_s
    return (time_s >= start_s - 1e-9) & (time_s <= end_s + 1e-9)


def median_of(values: Array, reason: Reason = Reason.NOT_VISIBLE, share: float = 0.5) -> Reading:
    """The median of what was seen, or another quantile."""
    seen = values[np.isfinite(values)]
    return Reading(float(np.quantile(seen, share))) if len(seen) else Reading(float("nan"), reason)


def leading_side(move: Move) -> int:
    """The arm that is measured: the moving one; the right one when both do."""
    return LEFT if move.side == "left" else RIGHT


def _hold(scene: Scene, move: Move) -> NDArray[np.bool_]:
    return within(scene, move.hold_start_s, move.hold_end_s)


@move_measure("gesture_height_tl", "tl", FRONT, _ARM, GESTURES)
def gesture_height_tl(scene: Scene, move: Move) -> Reading:
    """Height of the fingertips over the shoulders in trunk lengths, negative below; the hands' mean in a hand-over."""
    sides = (LEFT, RIGHT) if move.side == "both" and move.group == "hand_over" else (leading_side(move),)
    width, during = steady_width_px(scene), _hold(scene, move)
    tips = np.mean([point(scene, ARM_JOINTS[s][3])[during, 1] for s in sides], 0)
    above = (mid_shoulder(scene)[during, 1] - tips) / width[during] / TRUNK_PER_WIDTH
    return median_of(above)


@move_measure("gesture_elbow_deg", "deg", FRONT, _ARM, GESTURES)
def gesture_elbow_deg(scene: Scene, move: Move) -> Reading:
    """Inner angle of the elbow in the picture during the hold: only for arms stretched to the side, in the picture's
    plane."""
    shoulder, elbow, wrist, _ = (point(scene, j)[_hold(scene, move)] for j in ARM_JOINTS[leading_side(move)])
    return median_of(inner_angle_deg(shoulder, elbow, wrist))


@move_measure("gesture_forearm_upright_deg", "deg", FRONT, _ARM, GESTURES)
def gesture_forearm_upright_deg(scene: Scene, move: Move) -> Reading:
    """Angle of the forearm to upright in the picture."""
    _, elbow, wrist, _ = (point(scene, j)[_hold(scene, move)] for j in ARM_JOINTS[leading_side(move)])
    arm = wrist - elbow
    return median_of(angle_between_deg(arm, np.broadcast_to(np.array([0.0, -1.0]), arm.shape)))


@move_measure("gesture_travel_sw", "sw", FRONT, _ARM, GESTURES)
def gesture_travel_sw(scene: Scene, move: Move) -> Reading:
    """How far the hand goes from side to side in the whole movement, in shoulder widths (80 cm are about 2.2)."""
    x = point(scene, ARM_JOINTS[leading_side(move)][2])[within(scene, move.start_s, move.end_s), 0]
    x = x[np.isfinite(x)]
    if len(x) < 2:
        return Reading(float("nan"), Reason.NOT_VISIBLE)
    return Reading(float(np.ptp(x) / np.nanmedian(steady_width_px(scene)[within(scene, move.start_s, move.end_s)])))


@move_measure("gesture_hold_s", "s", FRONT_OBLIQUE, _ARM, GESTURES)
def gesture_hold_s(scene: Scene, move: Move) -> Reading:
    """How long the gesture is held."""
    return Reading(move.hold_end_s - move.hold_start_s)


@move_measure("gestures_per_min", "per_min", FRONT, _ARM, ("gesture",))
def gestures_per_min(scene: Scene, move: Move) -> Reading:
    """How many gestures begin within half a minute before or after this one begins; unknown in a shorter recording."""
    time_s = scene.track.time_s
    if time_s[-1] - time_s[0] < MINUTE_S:
        return Reading(float("nan"), Reason.TOO_SHORT)
    return Reading(float(sum(m.group == "gesture" and _near(m.start_s, move.start_s) for m in scene.moves)))


def _near(one_s: float, other_s: float) -> bool:
    return abs(one_s - other_s) <= MINUTE_S / 2


@move_measure("swing_count", "count", FRONT, _ARM, ("gesture",))
def swing_count(scene: Scene, move: Move) -> Reading:
    """How many times the hand swings to the side and back."""
    return Reading(float(move.count))


@move_measure("hands_used", "count", FRONT, _ARM, ("hand_over",))
def hands_used(scene: Scene, move: Move) -> Reading:
    """With how many hands something is given or taken. The other hand is not used when it is seen far from the giving
    one; near it or hidden it may well take part."""
    if move.side == "both":
        return Reading(2.0)
    during = _hold(scene, move)
    left, right = (point(scene, w)[during] for w in WRISTS)
    apart_sw = distance(left, right) / steady_width_px(scene)[during]
    if np.isfinite(apart_sw).mean() < 0.5:
        return Reading(float("nan"), Reason.NOT_VISIBLE)
    return Reading(1.0) if np.nanmedian(apart_sw) > TOGETHER_SW else Reading(float("nan"), Reason.ERROR_TOO_LARGE)


@move_measure("gesture_head_turn_deg", "deg", FRONT, (N_FACE,), ("gesture",))
def gesture_head_turn_deg(scene: Scene, move: Move) -> Reading:
    """Largest turn of the head towards the pointing hand, from a second before the hold to its end, against before."""
    yaw = scene.track.face_rotation_deg[:, 1].astype(float) * (1.0 if leading_side(move) == LEFT else -1.0)
    before = yaw[within(scene, move.start_s - 1.5, move.start_s)]
    during = yaw[within(scene, move.hold_start_s - 1.0, move.hold_end_s)]
    if not np.isfinite(before).any() or np.isfinite(during).mean() < 0.5:
        return Reading(float("nan"), Reason.FACE_NOT_SEEN)
    return Reading(float(np.nanpercentile(during, 90) - np.nanmedian(before)))


def _looked(scene: Scene, start_s: float, end_s: float) -> Reading:
    """1 when the person looked into the client's face cone in that time, 0 when not."""
    during = within(scene, start_s, end_s)
    off = gaze_off_deg(scene).value[during]
    if not len(off) or np.isfinite(off).mean() < 0.5:
        return Reading(float("nan"), Reason.FACE_NOT_SEEN)
    return Reading(float((off[np.isfinite(off)] <= 6.0).any()))


@move_measure("look_at_client_ratio", "ratio", FRONT_OBLIQUE, (N_FACE,), FACED)
def look_at_client_ratio(scene: Scene, move: Move) -> Reading:
    """1 with a look at the client within a second of the middle of the movement, else 0."""
    return _looked(scene, move.hold_start_s - LOOK_WITHIN_S, move.hold_end_s + LOOK_WITHIN_S)


@move_measure("look_back_ratio", "ratio", FRONT_OBLIQUE, (N_FACE,), FACED)
def look_back_ratio(scene: Scene, move: Move) -> Reading:
    """1 with a look at the client within two seconds of the movement's end, else 0."""
    return _looked(scene, move.hold_end_s, move.end_s + LOOK_BACK_S)


@move_measure("smile_with_move", "ratio", FRONT, (N_FACE,), FACED)
def smile_with_move(scene: Scene, move: Move) -> Reading:
    """The strongest smile (90th percentile) from a second before the movement to a second after."""
    found = smile(scene).value[within(scene, move.start_s - 1.0, move.end_s + 1.0)]
    if not len(found) or np.isfinite(found).mean() < 0.5:
        return Reading(float("nan"), Reason.FACE_NOT_SEEN)
    return Reading(float(np.nanpercentile(found, 90)))
