"""How a bow, a nod or a walk was made. One value for each movement."""

from __future__ import annotations

from functools import partial

import numpy as np

from posture.findings import Move, Reason, View
from posture.geometry import distance, inner_angle_deg, mean_of_seen, own_way, rolling_median
from posture.landmarks import LEFT, RIGHT, Array, Pose
from posture.measures.body import trunk_lean_forward_change_deg, trunk_lean_forward_deg
from posture.measures.common import (
    EARS,
    FRONT_OBLIQUE,
    FRONT_SIDE,
    HIPS,
    KNEES,
    SHOULDERS,
    SIDE,
    WRISTS,
    knees_differ_tl,
    mid_hip,
    mid_shoulder,
    point,
    shoulder_width_px,
)
from posture.measures.gestures import median_of, within
from posture.measures.registry import N_FACE, Reading, Scene, move_measure, once_per_scene

UPRIGHT_WITHIN_DEG, LEAST_HOLD_DEG = 3.5, 3.0
"""A lean under the first counts as upright, one within the second of the deepest as held (own choices: noise)."""
DEEPEST_SHARE = 0.15
"""The hold of a bow lasts while the lean is within this share of the deepest (own choice)."""
FRONT_BEND_DEG = 86.0
"""Bows of 15, 30 and 45 degrees of rendered people shorten the trunk by 3, 12 and 28 % (`benchmarks/moves.py`)."""
_SMOOTH_S = 0.3
_TRUNK = (*SHOULDERS, *HIPS)


@partial(once_per_scene, relative=True)
def bending_deg(scene: Scene) -> Array:
    """(T,) forward lean of the trunk against the own upright, median over 0.3 s."""
    return rolling_median(scene.track.time_s, trunk_lean_forward_change_deg(scene).value, _SMOOTH_S)


@once_per_scene
def bending_front_deg(scene: Scene) -> Array:
    """(T,) forward lean of somebody who bows towards the camera, from the share by which the trunk shortens against the
    shoulders' width: for small angles it grows with the square of the angle."""
    time_s = scene.track.time_s
    height = mid_hip(scene)[:, 1] - mid_shoulder(scene)[:, 1]
    ratio = rolling_median(time_s, height / shoulder_width_px(scene), _SMOOTH_S)
    ratio = np.where(scene.seen_from[View.FRONT], ratio, np.nan)
    with np.errstate(invalid="ignore"):
        shorter = np.clip(1.0 - ratio / own_way(time_s, ratio), 0.0, 1.0)
    return FRONT_BEND_DEG * np.sqrt(shorter)


@move_measure("bow_angle_deg", "deg", FRONT_SIDE, _TRUNK, ("bow",))
def bow_angle_deg(scene: Scene, move: Move) -> Reading:
    """Deepest forward lean of the trunk against the own upright."""
    during = within(scene, move.hold_start_s, move.hold_end_s)
    from_front = (scene.view[during] == View.FRONT).mean() > 0.5
    return median_of((bending_front_deg if from_front else bending_deg)(scene)[during], share=1.0)


@move_measure("head_waist_bend_deg", "deg", SIDE, (*_TRUNK, *EARS), ("bow",))
def head_waist_bend_deg(scene: Scene, move: Move) -> Reading:
    """How far ear, shoulder and hip bend away, in the bow, from the line they make when the person stands upright."""
    ear, shoulder, hip = (
        mean_of_seen(np.stack([point(scene, p) for p in pair]), 0) for pair in (EARS, SHOULDERS, HIPS)
    )
    line = inner_angle_deg(ear, shoulder, hip)
    before = line[within(scene, move.start_s - 1.5, move.start_s)]
    during = line[within(scene, move.hold_start_s, move.hold_end_s)]
    if not np.isfinite(before).any() or not np.isfinite(during).any():
        return Reading(float("nan"), Reason.NOT_VISIBLE)
    return Reading(float(abs(np.nanmedian(during) - np.nanmedian(before))))


@move_measure("bow_down_s", "s", SIDE, _TRUNK, ("bow",))
def bow_down_s(scene: Scene, move: Move) -> Reading:
    """How long going down takes."""
    return _whole_way(scene, move, move.hold_start_s - move.start_s)


@move_measure("bow_pause_s", "s", SIDE, _TRUNK, ("bow",))
def bow_pause_s(scene: Scene, move: Move) -> Reading:
    """How long the deepest point is held."""
    down, up = bow_down_s(scene, move), bow_up_s(scene, move)
    _, high = _seen_part(bow_angle_deg(scene, move).value)
    pause_s = move.hold_end_s - move.hold_start_s - (1 - high) * (down.value + up.value)
    return Reading(max(0.0, pause_s), extra_error=(1 - high) * down.extra_error)


@move_measure("bow_up_s", "s", SIDE, _TRUNK, ("bow",))
def bow_up_s(scene: Scene, move: Move) -> Reading:
    """How long coming up takes."""
    return _whole_way(scene, move, move.end_s - move.hold_end_s)


def _seen_part(angle_deg: float) -> tuple[float, float]:
    """Which part of the time of an eased way (cosine) lies under where a bow is seen to begin and to be held."""
    low = min(UPRIGHT_WITHIN_DEG / max(angle_deg, 1.0), 0.45)
    high = 1.0 - min(max(LEAST_HOLD_DEG, DEEPEST_SHARE * angle_deg) / max(angle_deg, 1.0), 0.45)
    return float(np.arccos(1 - 2 * low) / np.pi), float(np.arccos(1 - 2 * high) / np.pi)


def _whole_way(scene: Scene, move: Move, seen_s: float) -> Reading:
    """Seconds of the whole way down or up: its beginning and end are too small to be told from noise. The smaller the
    bow the larger that part, and the error (half a second for every way that is added; own choice)."""
    low, high = _seen_part(bow_angle_deg(scene, move).value)
    factor = 1.0 / (high - low)
    return Reading(seen_s * factor, extra_error=max(0.0, 0.5 * (factor - 1.5)))


@move_measure("squat_lean_deg", "deg", SIDE, _TRUNK, ("squat",))
def squat_lean_deg(scene: Scene, move: Move) -> Reading:
    """Forward lean of the trunk while squatting."""
    return median_of(trunk_lean_forward_deg(scene).value[within(scene, move.hold_start_s, move.hold_end_s)])


@move_measure("squat_knees_tl", "tl", FRONT_SIDE, (*KNEES, *HIPS), ("squat",))
def squat_knees_tl(scene: Scene, move: Move) -> Reading:
    """How much higher one knee is than the other, in trunk lengths."""
    return median_of(knees_differ_tl(scene)[within(scene, move.hold_start_s, move.hold_end_s)])


@move_measure("nod_count", "count", FRONT_OBLIQUE, (N_FACE,), ("nod",))
def nod_count(scene: Scene, move: Move) -> Reading:
    """Nods in a row."""
    return Reading(float(move.count))


@move_measure("walk_cadence_per_min", "per_min", SIDE, (Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE), ("walk",))
def walk_cadence_per_min(scene: Scene, move: Move) -> Reading:
    """Steps a minute."""
    length_s = move.hold_end_s - move.hold_start_s
    if move.count < 3 or length_s <= 0:
        return Reading(float("nan"), Reason.TOO_SHORT)
    return Reading(60.0 * (move.count - 1) / length_s)


@move_measure("walk_step_feet", "feet", SIDE, (Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE), ("walk",))
def walk_step_feet(scene: Scene, move: Move) -> Reading:
    """Widest distance of the ankles, median of the steps, in the person's own foot lengths (heel to toe
    where the foot lies flat, its longer moments)."""
    during = within(scene, move.hold_start_s, move.hold_end_s)
    feet = [
        distance(point(scene, heel)[during], point(scene, toe)[during])
        for heel, toe in (
            (Pose.LEFT_HEEL, Pose.LEFT_FOOT_INDEX), (Pose.RIGHT_HEEL, Pose.RIGHT_FOOT_INDEX),
        )
    ]  # fmt: skip
    foot = median_of(np.concatenate(feet), share=0.75)
    apart = np.abs(point(scene, Pose.LEFT_ANKLE)[during, 0] - point(scene, Pose.RIGHT_ANKLE)[during, 0])
    if not np.isfinite(foot.value) or not np.isfinite(apart).any():
        return Reading(float("nan"), Reason.NOT_VISIBLE)
    return Reading(float(np.nanpercentile(apart, 90)) / foot.value)


@move_measure("walk_arm_swing_deg", "deg", SIDE, (Pose.LEFT_WRIST, Pose.RIGHT_WRIST), ("walk",))
def walk_arm_swing_deg(scene: Scene, move: Move) -> Reading:
    """Whole swing, forward and back, of the nearer arm: shoulder to wrist against the trunk."""
    during = within(scene, move.hold_start_s, move.hold_end_s)
    near = RIGHT if np.nanmedian(scene.facing[during]) > 0 else LEFT
    shoulder, wrist, hip = (point(scene, p[near])[during] for p in (SHOULDERS, WRISTS, HIPS))
    arm, trunk = wrist - shoulder, hip - shoulder
    signed = np.degrees(np.arctan2(arm[:, 0], arm[:, 1]) - np.arctan2(trunk[:, 0], trunk[:, 1]))
    if np.isfinite(signed).mean() < 0.5:
        return Reading(float("nan"), Reason.NOT_VISIBLE)
    return Reading(float(np.nanpercentile(signed, 95) - np.nanpercentile(signed, 5)))


@move_measure("walk_trunk_sway_deg", "deg", SIDE, _TRUNK, ("walk",))
def walk_trunk_sway_deg(scene: Scene, move: Move) -> Reading:
    """Spread (standard deviation) of the trunk's forward lean while walking."""
    lean = trunk_lean_forward_deg(scene).value[within(scene, move.hold_start_s, move.hold_end_s)]
    if np.isfinite(lean).mean() < 0.5:
        return Reading(float("nan"), Reason.NOT_VISIBLE)
    return Reading(float(np.nanstd(lean)))
