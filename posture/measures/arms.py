"""Arms and hands: where they are held, and the arm postures that are taboo at a window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from posture.camera import SEEN_FROM
from posture.findings import Reason, View
from posture.geometry import angle_between_deg, distance, inner_angle_deg, rotated
from posture.landmarks import Array, Pose
from posture.measures.common import (
    ALL_SIDES,
    ELBOWS,
    FRONT,
    FRONT_OBLIQUE,
    FRONT_SIDE,
    HIPS,
    SHOULDERS,
    SIDE,
    WRISTS,
    mid_hip,
    mid_shoulder,
    middle,
    point,
    series,
    shoulder_width_px,
    small_from_front,
    small_trunk,
    steady_width_px,
    trunk_length_px,
)
from posture.measures.registry import Scene, Series, measure

HEAD = (Pose.NOSE, Pose.MOUTH_LEFT, Pose.MOUTH_RIGHT, Pose.LEFT_EAR, Pose.RIGHT_EAR)
HAND_POINTS = {
    0: (Pose.LEFT_WRIST, Pose.LEFT_INDEX, Pose.LEFT_PINKY, Pose.LEFT_THUMB),
    1: (Pose.RIGHT_WRIST, Pose.RIGHT_INDEX, Pose.RIGHT_PINKY, Pose.RIGHT_THUMB),
}
HIDDEN_BELOW = 0.45
"""Model visibility under which a wrist is surely hidden."""
HANDS_APART_SW = 0.5
"""Wrists nearer to each other than this are folded hands (own choice: rendered 0.1 to 0.4 folded, over 0.9 akimbo)."""
KNUCKLES = (0, 5, 17, 8)
"""Wrist, knuckles of index and little finger and index tip in the hand model."""
NEAR_FACE_SW = 0.6
"""Nearer than this the seen hand is the one at the face, whatever the other does."""
HANDS_BEFORE_BODY_SW = 0.6
"""How far folded hands are in front of the body's middle, in shoulder widths, at most (rendered: 0.5)."""
SHORT_FOREARM_SW = 0.2
"""A forearm that looks shorter than this points at the camera (own choice; a forearm has 0.7)."""
ABSENT_FORM_SW = 1.0
"""Least value of a measure of an arm posture while no arm has that form."""


def _elevation(scene: Scene, side: int) -> Array:
    """(T,) angle between upper arm and the trunk axis pointing down, from world coordinates; the picture in side view.

    World coordinates are the more exact ones for this from front and oblique (platform.md). Gravity stands in for the
    trunk axis where the hips are hidden.
    """
    world = scene.track.pose_m.astype(float)
    arm = world[:, ELBOWS[side]] - world[:, SHOULDERS[side]]
    trunk = world[:, list(HIPS)].mean(1) - world[:, list(SHOULDERS)].mean(1)
    hips_seen = np.isfinite(scene.track.pose_px[:, list(HIPS), 0]).all(1)
    down = np.where(np.atleast_1d(hips_seen)[:, None], trunk, np.array([0.0, 1.0, 0.0]))
    value = angle_between_deg(arm, down)
    arm_px = point(scene, ELBOWS[side]) - point(scene, SHOULDERS[side])
    trunk_px = point(scene, HIPS[side]) - point(scene, SHOULDERS[side])
    flat = angle_between_deg(arm_px, np.where(np.isfinite(trunk_px), trunk_px, np.array([0.0, 1.0])))
    value = np.where(scene.seen_from[View.SIDE], flat, value)
    return np.where(np.isfinite(arm_px).all(1) & ~_far(scene, side), value, np.nan)


def _far(scene: Scene, side: int) -> NDArray[np.bool_]:
    """(T,) whether this arm is the one behind the body in side view, which the model guesses.

    Facing the right edge of the picture the camera sees the own right arm.
    """
    return scene.facing == (1.0 if side == 0 else -1.0)


def _raise_in_picture(scene: Scene, side: int) -> Array:
    """(T,) angle of the upper arm to hanging down, as the picture shows it."""
    arm = point(scene, ELBOWS[side]) - point(scene, SHOULDERS[side])
    return angle_between_deg(arm, np.broadcast_to(np.array([0.0, 1.0]), arm.shape))


def _elbow(scene: Scene, side: int) -> Array:
    angle = inner_angle_deg(point(scene, SHOULDERS[side]), point(scene, ELBOWS[side]), point(scene, WRISTS[side]))
    return np.where(_far(scene, side), np.nan, angle)


def forearm_direction_deg(scene: Scene, side: int) -> Array:
    """(T,) direction from elbow to wrist in the picture: 0 hanging down, 90 level and away from the body (from the
    side: the way the person faces), negative across it; runs on past 180 so that a way over the top has no jump; whole
    turns are arbitrary.

    NaN where the forearm points at the camera: its direction in the picture is noise then.
    """
    arm = point(scene, WRISTS[side]) - point(scene, ELBOWS[side])
    outwards = np.where(scene.view == View.SIDE, scene.facing, 1.0 if side == 0 else -1.0)
    short = distance(arm, np.zeros_like(arm)) < SHORT_FOREARM_SW * steady_width_px(scene)
    angle = np.arctan2(outwards * arm[:, 0], arm[:, 1])
    known = np.isfinite(angle) & ~short & ~_far(scene, side)
    found = np.full(len(angle), np.nan)
    if known.any():
        found[known] = np.degrees(np.unwrap(angle[known]))
    return found


@measure("left_arm_sideways_deg", "deg", FRONT, (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW))
def left_arm_sideways_deg(scene: Scene) -> Series:
    """Sideways raise of the left upper arm from the vertical in the picture, 0..180: 1 to 3 degrees off, where world
    coordinates are 9 off; blind to a forward raise."""
    return series(_raise_in_picture(scene, 0), small_from_front(scene))


@measure("right_arm_sideways_deg", "deg", FRONT, (Pose.RIGHT_SHOULDER, Pose.RIGHT_ELBOW))
def right_arm_sideways_deg(scene: Scene) -> Series:
    """Sideways raise of the right upper arm from the vertical in the picture, 0..180."""
    return series(_raise_in_picture(scene, 1), small_from_front(scene))


@measure("left_arm_forward_deg", "deg", SIDE, (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW))
def left_arm_forward_deg(scene: Scene) -> Series:
    """Raise of the left upper arm forward or backward from the vertical in side view, 0..180; only the near arm."""
    return series(np.where(_far(scene, 0), np.nan, _raise_in_picture(scene, 0)), small_trunk(scene))


@measure("right_arm_forward_deg", "deg", SIDE, (Pose.RIGHT_SHOULDER, Pose.RIGHT_ELBOW))
def right_arm_forward_deg(scene: Scene) -> Series:
    """Raise of the right upper arm forward or backward from the vertical in side view, 0..180; only the near arm."""
    return series(np.where(_far(scene, 1), np.nan, _raise_in_picture(scene, 1)), small_trunk(scene))


@measure("left_arm_elevation_deg", "deg", ALL_SIDES, (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW))
def left_arm_elevation_deg(scene: Scene) -> Series:
    """Angle of the left upper arm from hanging down, 0..180."""
    return series(_elevation(scene, 0), small_trunk(scene))


@measure("right_arm_elevation_deg", "deg", ALL_SIDES, (Pose.RIGHT_SHOULDER, Pose.RIGHT_ELBOW))
def right_arm_elevation_deg(scene: Scene) -> Series:
    """Angle of the right upper arm from hanging down, 0..180."""
    return series(_elevation(scene, 1), small_trunk(scene))


@measure("arm_elevation_max_deg", "deg", ALL_SIDES, (*SHOULDERS, *ELBOWS))
def arm_elevation_max_deg(scene: Scene) -> Series:
    """Angle of the more raised upper arm; both have to be seen."""
    return series(np.maximum(_elevation(scene, 0), _elevation(scene, 1)), small_trunk(scene))


@measure("left_elbow_deg", "deg", FRONT_SIDE, (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW, Pose.LEFT_WRIST))
def left_elbow_deg(scene: Scene) -> Series:
    """Inner angle of the left elbow in the picture, 180 straight."""
    return series(_elbow(scene, 0), small_trunk(scene))


@measure("right_elbow_deg", "deg", FRONT_SIDE, (Pose.RIGHT_SHOULDER, Pose.RIGHT_ELBOW, Pose.RIGHT_WRIST))
def right_elbow_deg(scene: Scene) -> Series:
    """Inner angle of the right elbow in the picture, 180 straight."""
    return series(_elbow(scene, 1), small_trunk(scene))


@measure("elbow_min_deg", "deg", FRONT_SIDE, (*SHOULDERS, *ELBOWS, *WRISTS))
def elbow_min_deg(scene: Scene) -> Series:
    """Inner angle of the more bent elbow; both have to be seen."""
    return series(np.minimum(_elbow(scene, 0), _elbow(scene, 1)), small_trunk(scene))


@measure("wrist_gap_sw", "sw", FRONT, WRISTS)
def wrist_gap_sw(scene: Scene) -> Series:
    """Distance of the wrists in shoulder widths."""
    gap = distance(point(scene, Pose.LEFT_WRIST), point(scene, Pose.RIGHT_WRIST))
    return series(gap / shoulder_width_px(scene), small_from_front(scene))


@measure("hands_height_tl", "tl", FRONT, (*SHOULDERS, *HIPS, *WRISTS))
def hands_height_tl(scene: Scene) -> Series:
    """How far the wrists are below the shoulders, in trunk lengths: 1 is hip height."""
    below = middle(scene, *WRISTS)[:, 1] - mid_shoulder(scene)[:, 1]
    return series(below / trunk_length_px(scene), small_from_front(scene))


@measure("hands_height_sw", "sw", FRONT, (*SHOULDERS, *WRISTS))
def hands_height_sw(scene: Scene) -> Series:
    """How far the wrists are below the shoulders, in shoulder widths: serves where a counter hides the hips."""
    below = middle(scene, *WRISTS)[:, 1] - mid_shoulder(scene)[:, 1]
    return series(below / shoulder_width_px(scene), small_from_front(scene))


@measure("hands_offset_sw", "sw", FRONT, (*SHOULDERS, *WRISTS))
def hands_offset_sw(scene: Scene) -> Series:
    """How far the middle of the wrists is sideways of the body's middle, in shoulder widths, 0 and more."""
    body = mid_shoulder(scene)[:, 0]
    hips = mid_hip(scene)[:, 0]
    body = np.where(np.isfinite(hips), (body + hips) / 2, body)
    offset = np.abs(middle(scene, *WRISTS)[:, 0] - body)
    found = series(offset / shoulder_width_px(scene), small_from_front(scene))
    if scene.yaw_deg is None:
        return found
    # Hands before the body of somebody turned lie beside its middle in the picture.
    return replace(found, extra_error=HANDS_BEFORE_BODY_SW * np.abs(np.sin(np.radians(scene.yaw_deg))))


@measure("wrist_side_offset_sw", "sw", FRONT, (*HIPS, *WRISTS))
def wrist_side_offset_sw(scene: Scene) -> Series:
    """How far the farther wrist is sideways of its own hip, in shoulder widths."""
    offsets = [np.abs(point(scene, w)[:, 0] - point(scene, h)[:, 0]) for w, h in zip(WRISTS, HIPS, strict=True)]
    return series(np.maximum(*offsets) / shoulder_width_px(scene), small_from_front(scene))


@measure("hand_on_hip_sw", "sw", FRONT_OBLIQUE, (*SHOULDERS, *ELBOWS, *WRISTS, *HIPS))
def hand_on_hip_sw(scene: Scene) -> Series:
    """Distance of a wrist from its own hip while that arm stands akimbo; 1 and more while none does.

    Akimbo (norms.md section 11): elbow bent 50 to 130 degrees and more than 0.35 shoulder widths outside the shoulder;
    and the hands apart: folded hands of somebody who leans come near one hip.
    """
    width = shoulder_width_px(scene)
    with np.errstate(invalid="ignore"):
        together = distance(point(scene, Pose.LEFT_WRIST), point(scene, Pose.RIGHT_WRIST)) < HANDS_APART_SW * width
    values = []
    for side in (0, 1):
        apart = distance(point(scene, WRISTS[side]), point(scene, HIPS[side])) / width
        outwards = point(scene, SHOULDERS[side])[:, 0] - point(scene, SHOULDERS[1 - side])[:, 0]
        elbow_out = (point(scene, ELBOWS[side]) - point(scene, SHOULDERS[side]))[:, 0] * np.sign(outwards) / width
        bend = _elbow(scene, side)
        with np.errstate(invalid="ignore"):
            akimbo = (bend >= 50) & (bend <= 130) & (elbow_out >= 0.35) & ~together
        value = np.where(akimbo, apart, np.maximum(apart, ABSENT_FORM_SW))
        values.append(np.where(np.isfinite(bend), value, np.nan))
    return series(np.fmin(*values), small_from_front(scene))


@measure("arms_crossed_sw", "sw", FRONT, (*SHOULDERS, *ELBOWS, *WRISTS))
def arms_crossed_sw(scene: Scene) -> Series:
    """How much nearer the opposite elbow than the own one both wrists are; negative is crossed arms.

    The larger, in shoulder widths, of (distance to the opposite elbow - distance to the own elbow) of both wrists
    (norms.md section 11), while both forearms lie across the chest: wrists above the elbows' height plus a hand, unlike
    hands folded before the abdomen, where forearms point down. 1 and more otherwise.
    """
    width = shoulder_width_px(scene)
    values, across = [], []
    for side in (0, 1):
        wrist, own = point(scene, WRISTS[side]), point(scene, ELBOWS[side])
        values.append((distance(wrist, point(scene, ELBOWS[1 - side])) - distance(wrist, own)) / width)
        with np.errstate(invalid="ignore"):
            across.append(wrist[:, 1] - own[:, 1] <= 0.30 * width)
    value = np.maximum(*values)
    form = np.where(across[0] & across[1], value, np.maximum(value, ABSENT_FORM_SW))
    return series(np.where(np.isfinite(value), form, np.nan), small_from_front(scene))


@measure("hand_to_face_sw", "sw", FRONT, (Pose.NOSE, Pose.LEFT_EAR, Pose.RIGHT_EAR, *WRISTS))
def hand_to_face_sw(scene: Scene) -> Series:
    """Smallest distance of a hand's points to mouth, nose and ears in shoulder widths.

    A hand at the face is often seen by the hand model only. While a hand is not seen at all it may be there: then only
    a near other hand is a value.
    """
    width = shoulder_width_px(scene)
    nearest = np.full((2, len(width)), np.nan)
    for side in (0, 1):
        knuckles = scene.track.hands_px[:, side, KNUCKLES, :2].transpose(1, 0, 2).astype(float)
        hand = np.concatenate([scene.levelled_px[list(HAND_POINTS[side])], rotated(knuckles, scene.roll_deg)])
        for place in HEAD:
            nearest[side] = np.fmin(nearest[side], np.fmin.reduce(distance(hand, point(scene, place))))
    least = np.fmin(*nearest) / width
    with np.errstate(invalid="ignore"):
        unknown = np.isnan(nearest).any(0) & (least > NEAR_FACE_SW)
    return series(np.where(unknown, np.nan, least), small_from_front(scene))


@measure("hands_behind_ratio", "ratio", FRONT, (*SHOULDERS, *HIPS))
def hands_behind_ratio(scene: Scene) -> Series:
    """Share of the two hands that are hidden behind the body, 0, 0.5 or 1.

    A hand is behind when both hips are seen (no counter hides it), the picture goes on below them, and the model is
    sure not to see the wrist: visibility under `HIDDEN_BELOW` (rendered people: 0.03 to 0.4 behind the back, over 0.46
    in every other pose but a hand-over). Between that and "seen" nothing is said.
    """
    _, height = scene.track.image_size
    hips = mid_hip(scene)
    visibility = scene.track.visibility[:, list(WRISTS)].astype(float)
    hidden = visibility < HIDDEN_BELOW
    with np.errstate(invalid="ignore"):
        room_below = scene.track.pose_px[:, list(HIPS), 1].max(1) + 0.35 * trunk_length_px(scene) < height
        assessable = np.isfinite(hips).all(1) & room_below & (hidden | (visibility >= SEEN_FROM)).all(1)
    return series(np.where(assessable, hidden.mean(1), np.nan), small_from_front(scene), Reason.NOT_VISIBLE)
