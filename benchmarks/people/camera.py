"""A pinhole camera anywhere round the person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.people.rotation import Array, Y, about, unit


@dataclass(frozen=True)
class Camera:
    """rotation (3, 3): rows are the picture's right, down and the viewing direction in the room's axes; eye (3,) in
    metres; focal_px; width, height in pixels."""

    rotation: Array
    eye: Array
    focal_px: float
    width: int = 640
    height: int = 480

    def seen(self, points: Array) -> tuple[Array, Array]:
        """(..., 2) pixels and (...) distance along the viewing direction in metres of points (..., 3)."""
        inside = (points - self.eye) @ self.rotation.T
        depth = inside[..., 2]
        centre = np.array([self.width / 2, self.height / 2])
        return self.focal_px * inside[..., :2] / depth[..., None] + centre, depth


def placed(
    azimuth_deg: float = 0.0,
    distance_m: float = 3.0,
    height_m: float = 1.25,
    look_height_m: float | None = None,
    pitch_down_deg: float | None = None,
    pan_deg: float = 0.0,
    roll_deg: float = 0.0,
    field_deg: float = 42.0,
    size: tuple[int, int] = (640, 480),
) -> Camera:
    """A camera `distance_m` from the origin on the floor, seen from above at `azimuth_deg` (0 in front, 90 at the
    person's own left), turned to the origin and then panned to its right by `pan_deg`.

    Its tilt is `pitch_down_deg`, or what makes it look at `look_height_m` over the origin (default: its own height).
    `roll_deg` is positive when the camera is turned clockwise. `field_deg` is the vertical field of view.
    """
    around = np.radians(azimuth_deg)
    eye = np.array([distance_m * np.sin(around), height_m, distance_m * np.cos(around)])
    if pitch_down_deg is None:
        pitch_down_deg = float(
            np.degrees(np.arctan2(height_m - (height_m if look_height_m is None else look_height_m), distance_m))
        )
    ahead = about(Y, -pan_deg) @ unit(np.array([-eye[0], 0.0, -eye[2]]))
    right = np.cross(ahead, Y)
    forward = about(right, -pitch_down_deg) @ ahead
    rolled = about(forward, roll_deg)
    right, down = rolled @ right, rolled @ np.cross(forward, right)
    focal = size[1] / 2 / np.tan(np.radians(field_deg) / 2)
    return Camera(np.stack([right, down, forward]), eye, float(focal), *size)
