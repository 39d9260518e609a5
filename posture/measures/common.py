"""What the measures share: points of a scene, scales, and how a value becomes a `Series` with reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from posture.findings import Reason, View
from posture.geometry import distance, mean_of_seen, rolling_median
from posture.landmarks import Array, Pose
from posture.measures.registry import Scene, Series, once_per_scene

FRONT = (View.FRONT,)
FRONT_OBLIQUE = (View.FRONT, View.OBLIQUE)
SIDE = (View.SIDE,)
FRONT_SIDE = (View.FRONT, View.SIDE)
ALL_SIDES = (View.FRONT, View.OBLIQUE, View.SIDE)
EVERY_VIEW = (View.FRONT, View.OBLIQUE, View.SIDE, View.BACK, View.UNKNOWN)

SHOULDERS = (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER)
ELBOWS = (Pose.LEFT_ELBOW, Pose.RIGHT_ELBOW)
WRISTS = (Pose.LEFT_WRIST, Pose.RIGHT_WRIST)
HIPS = (Pose.LEFT_HIP, Pose.RIGHT_HIP)
EARS = (Pose.LEFT_EAR, Pose.RIGHT_EAR)
KNEES = (Pose.LEFT_KNEE, Pose.RIGHT_KNEE)
ANKLES = (Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE)
HEELS = (Pose.LEFT_HEEL, Pose.RIGHT_HEEL)
TOES = (Pose.LEFT_FOOT_INDEX, Pose.RIGHT_FOOT_INDEX)

ARM_JOINTS = tuple(zip(SHOULDERS, ELBOWS, WRISTS, (Pose.LEFT_INDEX, Pose.RIGHT_INDEX), strict=True))
"""By `LEFT` and `RIGHT`: shoulder, elbow, wrist, fingertips."""

LEAST_SHOULDER_WIDTH_PX = 40.0
LEAST_TRUNK_PX = 60.0
"""Under these the landmarks are off by more than the tolerances (accuracy_evidence.md 4.3: under about 200 px of
person height, shoulder tilt moves by up to 6 degrees)."""


def point(scene: Scene, landmark: Pose) -> Array:
    """(T, 2) pixels of a landmark with the camera's roll taken out: the vertical is the picture's vertical."""
    return scene.levelled_px[landmark]


def middle(scene: Scene, a: Pose, b: Pose) -> Array:
    """(T, 2) middle of two landmarks; NaN unless both were seen."""
    return (point(scene, a) + point(scene, b)) / 2


@once_per_scene
def mid_shoulder(scene: Scene) -> Array:
    return middle(scene, Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER)


@once_per_scene
def mid_hip(scene: Scene) -> Array:
    return middle(scene, Pose.LEFT_HIP, Pose.RIGHT_HIP)


@once_per_scene
def shoulder_width_px(scene: Scene) -> Array:
    """(T,) shoulder width in pixels: the unit `sw` in front views; NaN instead of 0."""
    width = distance(point(scene, Pose.LEFT_SHOULDER), point(scene, Pose.RIGHT_SHOULDER))
    return np.where(width == 0, np.nan, width)


@once_per_scene
def trunk_length_px(scene: Scene) -> Array:
    """(T,) distance of mid-shoulder and mid-hip in pixels: the unit `tl`; one seen side serves for both."""
    shoulder = mean_of_seen(np.stack([point(scene, Pose.LEFT_SHOULDER), point(scene, Pose.RIGHT_SHOULDER)]), 0)
    hip = mean_of_seen(np.stack([point(scene, Pose.LEFT_HIP), point(scene, Pose.RIGHT_HIP)]), 0)
    return distance(shoulder, hip)


def knees_differ_tl(scene: Scene) -> Array:
    """(T,) difference in height of the knees in the person's usual trunk lengths; NaN where one is unseen."""
    left, right = (point(scene, knee)[:, 1] for knee in KNEES)
    length = trunk_length_px(scene)
    usual = np.nanmedian(length) if np.isfinite(length).any() else np.nan
    return np.abs(left - right) / usual


TRUNK_PER_WIDTH = 1.45
"""Trunk length by shoulder width between MediaPipe's joints, measured on rendered adults in front view."""


@once_per_scene
def steady_width_px(scene: Scene) -> Array:
    """(T,) shoulder width in pixels as if seen from the front, steady over time: also from the trunk's length."""
    with np.errstate(invalid="ignore"):
        width = np.fmax(shoulder_width_px(scene), trunk_length_px(scene) / TRUNK_PER_WIDTH)
    return rolling_median(scene.track.time_s, width, 2.0)


def series(value: Array, too_small: NDArray[np.bool_] | None = None, unseen: Reason = Reason.NOT_VISIBLE) -> Series:
    """A Series of `value` with the reason `unseen` where it is NaN and TOO_SMALL where the person is."""
    value = np.asarray(value, float).copy()
    seen = np.isfinite(value)
    reason = np.where(seen, np.int8(0), np.int8(unseen.code))
    if too_small is not None:
        reason[too_small & seen] = Reason.TOO_SMALL.code
        value[too_small] = np.nan
    return Series(value, reason)


@once_per_scene
def small_from_front(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether the shoulders span too few pixels for tilts and distances in a front view."""
    with np.errstate(invalid="ignore"):
        return scene.seen_from[View.FRONT] & (shoulder_width_px(scene) < LEAST_SHOULDER_WIDTH_PX)


@once_per_scene
def small_trunk(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether the trunk spans too few pixels."""
    with np.errstate(invalid="ignore"):
        return trunk_length_px(scene) < LEAST_TRUNK_PX


FORWARD_LEAN_DEG = 10.0
"""Forward lean that is not known from the front and shows as a sideways lean of somebody turned (own choice)."""
SHORT_TRUNK_SW, SHORT_TRUNK_ERROR_DEG = 1.3, 4.0
"""Upright trunks are 1.3 to 1.6 shoulder widths long in front view; error when one looks half as long (own choices)."""
_YAW_ERROR_DEG, _YAW_ERROR_SHARE = 3.0, 0.2
"""Error of the body's turn: 3 degrees and a fifth of the turn (rendered: 35 degrees are found as 24 to 32)."""


@once_per_scene
def seen_from_above_deg(scene: Scene) -> tuple[Array, Array]:
    """(T,) how far a level line across the body looks tilted (own left higher positive) and (T,) the error of that.

    A camera that looks down by p sees the nearer shoulder of somebody turned by y lower: tan = tan(y) sin(p).
    """
    if scene.yaw_deg is None:
        return np.zeros(len(scene.track)), np.zeros(len(scene.track))
    yaw, pitch = np.radians(scene.yaw_deg), np.radians(scene.pitch_deg)
    yaw_error = _YAW_ERROR_DEG + _YAW_ERROR_SHARE * np.abs(scene.yaw_deg)
    with np.errstate(invalid="ignore"):
        by_yaw = np.sin(abs(pitch)) / np.maximum(np.cos(yaw) ** 2, 0.1) * yaw_error
        by_pitch = np.abs(np.tan(yaw)) * np.cos(pitch) * scene.pitch_error_deg
    return np.degrees(np.arctan(np.tan(yaw) * np.sin(pitch))), np.hypot(by_yaw, by_pitch)


@once_per_scene
def sideways_lean_error_deg(scene: Scene) -> Array | None:
    """(T,) error of a sideways lean: a forward lean of somebody turned looks like one, and a trunk that bends towards
    the camera looks short, so that the same error in pixels turns it further."""
    if scene.yaw_deg is None:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        looks = trunk_length_px(scene) / shoulder_width_px(scene)
        short = SHORT_TRUNK_ERROR_DEG * np.maximum(SHORT_TRUNK_SW / looks - 1.0, 0.0)
    turned = FORWARD_LEAN_DEG * np.abs(np.sin(np.radians(scene.yaw_deg)))
    return np.hypot(turned, np.nan_to_num(short))


def change(scene: Scene, name: str, now: Series, ratio: bool) -> Series:
    """`now` compared with the neutral of the base measure `name`: difference, or ratio."""
    base = scene.neutral.get(name)
    if base is None or (ratio and base <= 0):
        reason = now.reason.copy()
        reason[np.isfinite(now.value)] = Reason.NO_NEUTRAL.code
        return Series(np.full(len(now.value), np.nan), reason)
    return replace(now, value=now.value / base if ratio else now.value - base)
