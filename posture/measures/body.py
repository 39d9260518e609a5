"""Trunk, shoulders, legs and feet.

Tilts and sideways leans are taken in the picture (front view), forward leans in the picture in side view: both are
more exact there than in MediaPipe's world coordinates (platform.md, last section).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.geometry import (
    distance,
    inner_angle_deg,
    lean_to_right_deg,
    line_tilt_deg,
    mean_of_seen,
)
from posture.landmarks import Array, Pose
from posture.measures.common import (
    ANKLES,
    EARS,
    FRONT,
    FRONT_SIDE,
    HEELS,
    HIPS,
    KNEES,
    SHOULDERS,
    SIDE,
    TOES,
    change,
    mid_hip,
    mid_shoulder,
    middle,
    point,
    seen_from_above_deg,
    series,
    shoulder_width_px,
    sideways_lean_error_deg,
    small_from_front,
    small_trunk,
)
from posture.measures.registry import Scene, Series, measure

SHRUG_FROM_SW = 0.05
"""Least rise of the shoulders, in shoulder widths, of a shrug; smaller ones are noise and breathing (own choice)."""


@measure("shoulder_tilt_deg", "deg", FRONT, SHOULDERS)
def shoulder_tilt_deg(scene: Scene) -> Series:
    """Angle of the shoulder line to the horizontal; positive when the own left shoulder is higher."""
    tilt = line_tilt_deg(point(scene, Pose.RIGHT_SHOULDER), point(scene, Pose.LEFT_SHOULDER))
    from_above, error = seen_from_above_deg(scene)
    return replace(series(tilt - from_above, small_from_front(scene)), extra_error=error)


@measure("trunk_lean_side_deg", "deg", FRONT, (*SHOULDERS, *HIPS))
def trunk_lean_side_deg(scene: Scene) -> Series:
    """Angle of the line mid-hip to mid-shoulder to the vertical; positive towards the own left."""
    # Facing the camera, the own left is on the right of the picture.
    found = series(lean_to_right_deg(mid_hip(scene), mid_shoulder(scene)), small_from_front(scene))
    return replace(found, extra_error=sideways_lean_error_deg(scene))


@measure("neck_lean_side_deg", "deg", FRONT, (*SHOULDERS, *EARS))
def neck_lean_side_deg(scene: Scene) -> Series:
    """Angle of the line mid-shoulder to mid-ear to the vertical; positive towards the own left."""
    found = series(lean_to_right_deg(mid_shoulder(scene), middle(scene, *EARS)), small_from_front(scene))
    return replace(found, extra_error=sideways_lean_error_deg(scene))


def _forward(scene: Scene, bottom: tuple[Pose, Pose], top: tuple[Pose, Pose]) -> Array:
    """(T,) lean towards where the person faces in side view: mean of the sides that were seen."""
    leans = [lean_to_right_deg(point(scene, b), point(scene, t)) for b, t in zip(bottom, top, strict=True)]
    facing = np.where(scene.facing == 0, np.nan, scene.facing)
    return mean_of_seen(np.stack(leans), 0) * facing


@measure("trunk_lean_forward_deg", "deg", SIDE, (*SHOULDERS, *HIPS))
def trunk_lean_forward_deg(scene: Scene) -> Series:
    """Angle of the line hip to shoulder to the vertical in side view; positive forward."""
    return series(_forward(scene, HIPS, SHOULDERS), small_trunk(scene))


@measure("trunk_lean_forward_change_deg", "deg", SIDE, (*SHOULDERS, *HIPS), relative=True)
def trunk_lean_forward_change_deg(scene: Scene) -> Series:
    """Forward lean less that of the own neutral; takes out MediaPipe's constant error of about 3 degrees."""
    return change(scene, "trunk_lean_forward_deg", trunk_lean_forward_deg(scene), ratio=False)


@measure("neck_forward_deg", "deg", SIDE, (*SHOULDERS, *EARS))
def neck_forward_deg(scene: Scene) -> Series:
    """Angle of the line shoulder to ear to the vertical in side view; positive forward (poking chin)."""
    return series(_forward(scene, SHOULDERS, EARS), small_trunk(scene))


@measure("neck_forward_change_deg", "deg", SIDE, (*SHOULDERS, *EARS), relative=True)
def neck_forward_change_deg(scene: Scene) -> Series:
    """Forward neck less that of the own neutral; takes out MediaPipe's constant error of about 10 degrees."""
    return change(scene, "neck_forward_deg", neck_forward_deg(scene), ratio=False)


@measure("ear_shoulder_gap_sw", "sw", FRONT, (*SHOULDERS, *EARS))
def ear_shoulder_gap_sw(scene: Scene) -> Series:
    """How far the ears are above the shoulders, in shoulder widths."""
    gap = mid_shoulder(scene)[:, 1] - middle(scene, *EARS)[:, 1]
    return series(gap / shoulder_width_px(scene), small_from_front(scene))


@measure("nose_shoulder_gap_sw", "sw", FRONT, (*SHOULDERS, Pose.NOSE))
def nose_shoulder_gap_sw(scene: Scene) -> Series:
    """How far the nose is above the shoulders, in shoulder widths."""
    gap = mid_shoulder(scene)[:, 1] - point(scene, Pose.NOSE)[:, 1]
    return series(gap / shoulder_width_px(scene), small_from_front(scene))


@measure("shoulder_width_px", "px", FRONT, SHOULDERS)
def shoulder_width(scene: Scene) -> Series:
    """Shoulder width in pixels, a base of relative measures."""
    return series(shoulder_width_px(scene), small_from_front(scene))


@measure("shoulder_height_px", "px", FRONT, SHOULDERS)
def shoulder_height(scene: Scene) -> Series:
    """Height of mid-shoulder in the picture, y down in pixels, a base of relative measures."""
    return series(mid_shoulder(scene)[:, 1], small_from_front(scene))


@measure("shrug_ratio", "ratio", FRONT, (*SHOULDERS, *EARS), relative=True)
def shrug_ratio(scene: Scene) -> Series:
    """Ear-to-shoulder height against the own neutral; under 1 when the shoulders are pulled up.

    At least 1 while the shoulders are hardly higher than in the neutral: then it is the head that sinks (a nod, a bow,
    a slump).
    """
    gap = change(scene, "ear_shoulder_gap_sw", ear_shoulder_gap_sw(scene), ratio=True)
    with np.errstate(invalid="ignore"):
        raised = shoulder_drop_sw(scene).value < -SHRUG_FROM_SW
    return Series(np.where(raised, gap.value, np.maximum(gap.value, 1.0)), gap.reason)


@measure("slump_ratio", "ratio", FRONT, (*SHOULDERS, Pose.NOSE), relative=True)
def slump_ratio(scene: Scene) -> Series:
    """Nose-to-shoulder height against the own neutral; under 1 when head and chest sink."""
    return change(scene, "nose_shoulder_gap_sw", nose_shoulder_gap_sw(scene), ratio=True)


@measure("shoulder_drop_sw", "sw", FRONT, SHOULDERS, relative=True)
def shoulder_drop_sw(scene: Scene) -> Series:
    """How much lower mid-shoulder is than in the own neutral, in the neutral's shoulder widths; positive lower."""
    lower = change(scene, "shoulder_height_px", shoulder_height(scene), ratio=False)
    return Series(lower.value / scene.neutral.get("shoulder_width_px", np.nan), lower.reason)


def _knee(scene: Scene, hip: Pose, knee: Pose, ankle: Pose) -> Array:
    return inner_angle_deg(point(scene, hip), point(scene, knee), point(scene, ankle))


def left_knee(scene: Scene) -> Array:
    return _knee(scene, Pose.LEFT_HIP, Pose.LEFT_KNEE, Pose.LEFT_ANKLE)


def right_knee(scene: Scene) -> Array:
    return _knee(scene, Pose.RIGHT_HIP, Pose.RIGHT_KNEE, Pose.RIGHT_ANKLE)


@measure("left_knee_deg", "deg", FRONT_SIDE, (Pose.LEFT_HIP, Pose.LEFT_KNEE, Pose.LEFT_ANKLE))
def left_knee_deg(scene: Scene) -> Series:
    """Inner angle of the left knee in the picture, 180 straight."""
    return series(left_knee(scene), small_trunk(scene))


@measure("right_knee_deg", "deg", FRONT_SIDE, (Pose.RIGHT_HIP, Pose.RIGHT_KNEE, Pose.RIGHT_ANKLE))
def right_knee_deg(scene: Scene) -> Series:
    """Inner angle of the right knee in the picture, 180 straight."""
    return series(right_knee(scene), small_trunk(scene))


@measure("knee_min_deg", "deg", FRONT_SIDE, (*HIPS, *KNEES, *ANKLES))
def knee_min_deg(scene: Scene) -> Series:
    """Inner angle of the more bent knee; both have to be seen."""
    return series(np.minimum(left_knee(scene), right_knee(scene)), small_trunk(scene))


def _gap_sw(scene: Scene, pair: tuple[Pose, Pose]) -> Series:
    gap = distance(point(scene, pair[0]), point(scene, pair[1]))
    return series(gap / shoulder_width_px(scene), small_from_front(scene))


@measure("knee_gap_sw", "sw", FRONT, KNEES)
def knee_gap_sw(scene: Scene) -> Series:
    """Distance of the knees in shoulder widths; touching knees have about 0.3 (joint centres)."""
    return _gap_sw(scene, KNEES)


@measure("ankle_gap_sw", "sw", FRONT, ANKLES)
def ankle_gap_sw(scene: Scene) -> Series:
    """Distance of the ankles in shoulder widths: the stance width."""
    return _gap_sw(scene, ANKLES)


@measure("heel_gap_sw", "sw", FRONT, HEELS)
def heel_gap_sw(scene: Scene) -> Series:
    """Distance of the heels in shoulder widths; touching heels have about 0.2."""
    return _gap_sw(scene, HEELS)


@measure("toe_out_deg", "deg", FRONT, (*HEELS, *TOES))
def toe_out_deg(scene: Scene) -> Series:
    """Angle between the feet on the floor from world coordinates, 0 parallel, positive when toes point out."""
    feet = []
    for heel, toe in zip(HEELS, TOES, strict=True):
        d = (scene.track.pose_m[:, toe] - scene.track.pose_m[:, heel]).astype(float)
        # On the floor: x to the right of the picture, towards the camera is -z.
        feet.append(np.degrees(np.arctan2(d[:, 0], -d[:, 2])))
    seen = np.isfinite(scene.track.pose_px[:, [*HEELS, *TOES], 0]).all(1)
    return series(np.where(seen, feet[0] - feet[1], np.nan), small_trunk(scene))


@measure("weight_offset_sw", "sw", FRONT, (*HIPS, *ANKLES))
def weight_offset_sw(scene: Scene) -> Series:
    """How far mid-hip is sideways of the middle between the ankles, in shoulder widths; positive to the own left."""
    offset = mid_hip(scene)[:, 0] - middle(scene, *ANKLES)[:, 0]
    return series(offset / shoulder_width_px(scene), small_from_front(scene))
