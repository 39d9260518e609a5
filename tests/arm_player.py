"""A stick person whose arms play the shapes of the gesture files before a camera with true perspective."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.camera import facing, views
from posture.landmarks import Pose, Track
from posture.measures import Scene
from tests.stick_figure import Stick, stick_track

TRUNK_M, CAMERA_M, FOCAL_PX = 0.5, 2.7, 900.0
JOINTS = ("shoulder", "elbow", "wrist", "index")
Shape = dict[str, tuple[float, float, float]]


def arm_points(shape: Shape, arm: str, side: str) -> np.ndarray:
    """(4, 3) shoulder, elbow, wrist, fingertips of a shape's arm, mirrored when it is drawn with the other one."""
    points = np.array([shape[f"{arm}_{j}"] for j in JOINTS])
    return points if side == arm else points * np.array([-1.0, 1.0, 1.0])


def played(steps: list[tuple[dict[str, np.ndarray], float]], fps: float = 10.0, yaw_deg: float = 0.0) -> Scene:
    """The scene of somebody who goes through the steps: by side ("left", "right") the arm's points, and seconds.

    Between two steps the arms move evenly for the second's time when its points differ.
    """
    paths: dict[str, list[np.ndarray]] = {"left": [], "right": []}
    for number, (arms, seconds) in enumerate(steps):
        before = steps[max(number - 1, 0)][0]
        n = round(seconds * fps)
        for side, path in paths.items():
            moving = number % 2 == 1
            for i in range(n):
                share = 0.5 - 0.5 * np.cos(np.pi * (i + 1) / n) if moving else 1.0
                path.append((1 - share) * before[side] + share * arms[side])
    n = len(paths["left"])
    track = stick_track(Stick(), n=n, fps=fps, yaw_deg=yaw_deg)
    track = replace(track, pose_px=track.pose_px.copy())
    turn = np.radians(yaw_deg)
    for side, path in paths.items():
        world = np.array(path) * TRUNK_M
        right = world[..., 0] * np.cos(turn) + world[..., 2] * np.sin(turn)
        away = CAMERA_M + world[..., 0] * np.sin(turn) - world[..., 2] * np.cos(turn)
        x = 500 + FOCAL_PX * right / away
        y = 430 - FOCAL_PX * (world[..., 1] - TRUNK_M) / away
        for k, joint in enumerate(JOINTS):
            track.pose_px[:, Pose[f"{side}_{joint}".upper()], :2] = np.stack([x[:, k], y[:, k]], 1)
    hip_y = 430 + FOCAL_PX * TRUNK_M / CAMERA_M
    for side, sign in (("LEFT", 1), ("RIGHT", -1)):
        track.pose_px[:, Pose[f"{side}_HIP"], :2] = (500 + sign * 0.2 * TRUNK_M * FOCAL_PX / CAMERA_M, hip_y)
    turned = np.full(n, yaw_deg)
    return Scene(track, views(turned), facing(turned), yaw_deg=turned)


def scene_of_track(track: Track, yaw_deg: float = 0.0, **known: object) -> Scene:
    """A scene of any track, seen from one side all the time."""
    turned = np.full(len(track), yaw_deg)
    return Scene(track, views(turned), facing(turned), yaw_deg=turned, **known)  # type: ignore[arg-type]
