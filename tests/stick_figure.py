"""A stick person with known joint angles, projected without perspective from any side: tests' own truth.

Body axes: x to the person's own left, y up, z forward; lengths in shoulder widths. Angles in degrees with the signs of
the measures: sideways to the own left, forward, and up are positive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posture.landmarks import LEFT, RIGHT, Pose, Track, empty_track

TRUNK, UPPER_ARM, FOREARM, THIGH, SHIN, FOOT = 1.45, 0.80, 0.70, 1.15, 1.10, 0.45
SIGN = {LEFT: 1.0, RIGHT: -1.0}


@dataclass(frozen=True)
class Stick:
    """Joint angles; the defaults are an upright person with hanging arms."""

    trunk_side: float = 0.0
    trunk_forward: float = 0.0
    shoulder_tilt: float = 0.0
    head_roll: float = 0.0
    head_pitch: float = 0.0
    neck_length: float = 0.55
    arm_out: tuple[float, float] = (6.0, 6.0)
    """Sideways raise of the left and right upper arm."""
    arm_forward: tuple[float, float] = (0.0, 0.0)
    elbow: tuple[float, float] = (180.0, 180.0)
    forearm_in: tuple[float, float] = (0.0, 0.0)
    """0: a bent forearm goes forward; 90: across the body."""
    feet_apart: float = 0.4
    seated: bool = False
    knees_apart: float = 0.6
    """Of a seated person; the feet are under the knees."""


def _rotation_x(deg: float) -> np.ndarray:
    c, s = np.cos(np.radians(deg)), np.sin(np.radians(deg))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _rotation_z(deg: float) -> np.ndarray:
    c, s = np.cos(np.radians(deg)), np.sin(np.radians(deg))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def joints(stick: Stick) -> dict[Pose, np.ndarray]:
    """Positions in body axes; mid-hip is the origin."""
    j: dict[Pose, np.ndarray] = {}
    # Positive forward: y towards +z; positive side: y towards +x.
    trunk = _rotation_z(-stick.trunk_side) @ _rotation_x(stick.trunk_forward)
    mid = trunk @ np.array([0, TRUNK, 0])
    half = _rotation_z(stick.shoulder_tilt) @ np.array([0.5, 0, 0])
    half = trunk @ half if stick.trunk_side or stick.trunk_forward else half
    j[Pose.LEFT_SHOULDER], j[Pose.RIGHT_SHOULDER] = mid + half, mid - half
    j[Pose.LEFT_HIP], j[Pose.RIGHT_HIP] = np.array([0.3, 0, 0]), np.array([-0.3, 0, 0])
    _head(stick, mid, j)
    for side in (LEFT, RIGHT):
        _arm(stick, side, j)
        _leg(stick, side, j)
    return j


def _head(stick: Stick, mid: np.ndarray, j: dict[Pose, np.ndarray]) -> None:
    turn = _rotation_z(-stick.head_roll) @ _rotation_x(-stick.head_pitch)
    centre = mid + np.array([0, stick.neck_length, 0])
    for pose, at in {
        Pose.NOSE: (0, 0, 0.25), Pose.LEFT_EAR: (0.2, 0.02, 0), Pose.RIGHT_EAR: (-0.2, 0.02, 0),
        Pose.LEFT_EYE: (0.08, 0.1, 0.2), Pose.RIGHT_EYE: (-0.08, 0.1, 0.2), Pose.LEFT_EYE_INNER: (0.04, 0.1, 0.2),
        Pose.RIGHT_EYE_INNER: (-0.04, 0.1, 0.2), Pose.LEFT_EYE_OUTER: (0.12, 0.1, 0.19),
        Pose.RIGHT_EYE_OUTER: (-0.12, 0.1, 0.19), Pose.MOUTH_LEFT: (0.06, -0.12, 0.2),
        Pose.MOUTH_RIGHT: (-0.06, -0.12, 0.2),
    }.items():  # fmt: skip
        j[pose] = centre + turn @ np.array(at, float)


def _arm(stick: Stick, side: int, j: dict[Pose, np.ndarray]) -> None:
    names = {
        LEFT: (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW, Pose.LEFT_WRIST, Pose.LEFT_INDEX, Pose.LEFT_PINKY, Pose.LEFT_THUMB),
        RIGHT: (
            Pose.RIGHT_SHOULDER, Pose.RIGHT_ELBOW, Pose.RIGHT_WRIST, Pose.RIGHT_INDEX, Pose.RIGHT_PINKY,
            Pose.RIGHT_THUMB,
        ),
    }[side]  # fmt: skip
    shoulder, elbow, wrist, *hand = names
    out, forward = stick.arm_out[side], stick.arm_forward[side]
    upper = _rotation_z(SIGN[side] * out) @ _rotation_x(-forward) @ np.array([0, -1.0, 0])
    across = np.radians(stick.forearm_in[side])
    towards = np.array([-SIGN[side] * np.sin(across), 0, np.cos(across)])
    towards = towards - (towards @ upper) * upper
    towards /= np.linalg.norm(towards)
    bend = np.radians(180.0 - stick.elbow[side])
    fore = np.cos(bend) * upper + np.sin(bend) * towards
    j[elbow] = j[shoulder] + UPPER_ARM * upper
    j[wrist] = j[elbow] + FOREARM * fore
    for i, point in enumerate(hand):
        j[point] = j[wrist] + (0.25 - 0.03 * i) * fore


def _leg(stick: Stick, side: int, j: dict[Pose, np.ndarray]) -> None:
    hip, knee, ankle, heel, toe = {
        LEFT: (Pose.LEFT_HIP, Pose.LEFT_KNEE, Pose.LEFT_ANKLE, Pose.LEFT_HEEL, Pose.LEFT_FOOT_INDEX),
        RIGHT: (Pose.RIGHT_HIP, Pose.RIGHT_KNEE, Pose.RIGHT_ANKLE, Pose.RIGHT_HEEL, Pose.RIGHT_FOOT_INDEX),
    }[side]
    x = SIGN[side] * stick.feet_apart / 2
    if stick.seated:
        j[knee] = np.array([SIGN[side] * stick.knees_apart / 2, -0.05, THIGH])
        j[ankle] = j[knee] + np.array([0, -SHIN, 0])
    else:
        j[knee] = (j[hip] + np.array([x, -THIGH - SHIN, 0])) / 2
        j[ankle] = np.array([x, -THIGH - SHIN, 0])
    j[heel] = j[ankle] + np.array([0, -0.08, -0.1])
    j[toe] = j[heel] + np.array([0, 0, FOOT])


def stick_track(
    sticks: Stick | list[Stick],
    n: int = 1,
    fps: float = 10.0,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
    width_px: float = 100.0,
    at_px: tuple[float, float] = (500.0, 450.0),
    image_size: tuple[int, int] = (1000, 1000),
    unseen: tuple[Pose, ...] = (),
    person: int = 1,
) -> Track:
    """A Track of the stick person(s); one for every sample, or the same one `n` times.

    yaw_deg turns the body to its own left; roll_deg turns the camera clockwise (the person leans to the left of the
    picture). `unseen` points are NaN with visibility 0.
    """
    every = sticks if isinstance(sticks, list) else [sticks] * n
    track = empty_track(person, np.arange(len(every)) / fps, np.arange(len(every)), image_size)
    turn = np.radians(yaw_deg)
    c, s = np.cos(np.radians(-roll_deg)), np.sin(np.radians(-roll_deg))
    for t, stick in enumerate(every):
        for pose, (x, y, z) in joints(stick).items():
            right = x * np.cos(turn) + z * np.sin(turn)
            away = x * np.sin(turn) - z * np.cos(turn)
            down = -y
            px = np.array([c * right - s * down, s * right + c * down]) * width_px + at_px
            track.pose_px[t, pose] = (*px, away * width_px)
            track.pose_m[t, pose] = np.array([right, down, away]) * 0.37
    track.visibility[:] = 1.0
    for point in unseen:
        track.visibility[:, point] = 0.0
        track.pose_px[:, point] = np.nan
    return track


def moved(track: Track, scale: float, shift: tuple[float, float]) -> Track:
    """The same person elsewhere in the picture and larger or smaller."""
    pose_px = track.pose_px * scale
    pose_px[..., :2] += np.array(shift, np.float32)
    return replace(track, pose_px=pose_px)


SWAP = np.array([Pose[p.name.replace("LEFT", "#").replace("RIGHT", "LEFT").replace("#", "RIGHT")] for p in Pose])


def mirrored(track: Track) -> Track:
    """As if seen in a mirror: x turned round and left and right swapped."""
    pose_px, pose_m = track.pose_px[:, SWAP].copy(), track.pose_m[:, SWAP].copy()
    pose_px[..., 0] = track.image_size[0] - pose_px[..., 0]
    pose_m[..., 0] *= -1
    face = track.face_rotation_deg * np.array([1, -1, -1], np.float32)
    return replace(track, pose_px=pose_px, pose_m=pose_m, visibility=track.visibility[:, SWAP], face_rotation_deg=face)
