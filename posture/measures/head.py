"""Head: from the face model where it sees the face, because it is far more exact than the pose model's ears.

Measured on rendered people (front): roll off by 0.3 degrees from the face model on a crop, 2.2 from the ear line.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.findings import Reason
from posture.geometry import line_tilt_deg
from posture.landmarks import Array, Pose
from posture.measures.common import FRONT, FRONT_OBLIQUE, change, point, series
from posture.measures.registry import N_FACE, Scene, Series, measure

LEAST_FACE_PX = 24.0
"""Least distance of the outer eye corners for the face model (own choice)."""
LEAST_EAR_LINE_PX = 14.0
EAR_LINE_ERROR_DEG = 2.5
"""Error that the ear line adds to the face model's (rendered people: mean 2.2 against 0.3 degrees)."""
_PITCH, _YAW, _ROLL = 0, 1, 2


def _face(scene: Scene, axis: int) -> Series:
    return series(scene.track.face_rotation_deg[:, axis].astype(float), unseen=Reason.FACE_NOT_SEEN)


@measure("head_roll_deg", "deg", FRONT, (Pose.LEFT_EAR, Pose.RIGHT_EAR))
def head_roll_deg(scene: Scene) -> Series:
    """Sideways tilt of the head; positive towards the own left shoulder. Ear line where the face model saw none."""
    face = scene.track.face_rotation_deg[:, _ROLL].astype(float) + scene.roll_deg
    left, right = point(scene, Pose.LEFT_EAR), point(scene, Pose.RIGHT_EAR)
    ears = -line_tilt_deg(right, left)
    with np.errstate(invalid="ignore"):
        short = np.abs(left - right)[:, 0] < LEAST_EAR_LINE_PX
    found = series(np.where(np.isfinite(face), face, np.where(short, np.nan, ears)))
    by_ears = np.where(np.isfinite(face), 0.0, EAR_LINE_ERROR_DEG)
    return replace(found, extra_error=np.hypot(_turned_and_from_above_deg(scene), by_ears))


def _turned_and_from_above_deg(scene: Scene) -> Array:
    """(T,) error of the roll of a head that is turned before a camera that looks down: the two mix.

    A level head turned by y seems to roll by atan(sin(y) tan(p)); the face model shows about a third of that.
    """
    yaw = np.radians(np.nan_to_num(scene.track.face_rotation_deg[:, _YAW].astype(float)))
    largest_pitch = np.radians(abs(scene.pitch_deg) + scene.pitch_error_deg)
    return 0.4 * np.degrees(np.arctan(np.abs(np.sin(yaw)) * np.tan(largest_pitch)))


@measure("head_pitch_deg", "deg", FRONT_OBLIQUE, (N_FACE,))
def head_pitch_deg(scene: Scene) -> Series:
    """Nod of the head against looking into the camera; positive up. Holds the camera's own height and pitch."""
    return _face(scene, _PITCH)


@measure("head_yaw_deg", "deg", FRONT_OBLIQUE, (N_FACE,))
def head_yaw_deg(scene: Scene) -> Series:
    """Turn of the head against looking into the camera; positive to the own left."""
    return _face(scene, _YAW)


@measure("head_pitch_change_deg", "deg", FRONT_OBLIQUE, (N_FACE,), relative=True)
def head_pitch_change_deg(scene: Scene) -> Series:
    """Nod of the head against the own neutral: free of the camera's height and pitch. Positive up."""
    return change(scene, "head_pitch_deg", head_pitch_deg(scene), ratio=False)
