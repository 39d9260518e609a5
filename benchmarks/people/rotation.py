"""Rotations as (3, 3) matrices; angles in degrees. Axes: x the person's left, y up, z the way the person faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.floating]
X, Y, Z = np.eye(3)


def about(axis: Array, angle_deg: float) -> Array:
    """Rotation by `angle_deg` about `axis` (right-hand rule)."""
    return Rotation.from_rotvec(np.radians(angle_deg) * unit(axis)).as_matrix()


def unit(vector: Array) -> Array:
    return np.asarray(vector, float) / (np.linalg.norm(vector) + 1e-12)


def from_axes(first: Array, second: Array, to_first: Array, to_second: Array) -> Array:
    """The rotation that takes direction `first` to `to_first`, and `second` as near to `to_second` as that allows."""
    return _frame(to_first, to_second) @ _frame(first, second).T


def _frame(first: Array, second: Array) -> Array:
    a = unit(first)
    b = unit(np.asarray(second, float) - np.dot(second, a) * a)
    return np.stack([a, b, np.cross(a, b)], 1)


def shortest(first: Array, second: Array) -> Array:
    """The smallest rotation that takes direction `first` to `second`."""
    a, b = unit(first), unit(second)
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis))
    return np.eye(3) if sine < 1e-9 else about(axis, np.degrees(np.arctan2(sine, np.dot(a, b))))


def twist_deg(rotation: Array, axis: Array) -> float:
    """How far `rotation` turns about `axis` (its twist part)."""
    quaternion = Rotation.from_matrix(rotation).as_quat()
    return float(np.degrees(2 * np.arctan2(np.dot(quaternion[:3], unit(axis)), quaternion[3])))


def between(a: Array, b: Array, share: float) -> Array:
    """(N, 3, 3) rotations `share` of the way from `a` to `b`, each along the shortest arc."""
    step = Rotation.from_matrix(np.swapaxes(a, -1, -2) @ b).as_rotvec()
    return a @ Rotation.from_rotvec(step * share).as_matrix()
