"""Joints of a recorded person in the axes of reference files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from posture.findings import View
from posture.geometry import distance, mean_of_seen, rotated
from posture.landmarks import Array, Pose
from posture.measures import Scene
from posture.measures.common import HIPS, SHOULDERS, TRUNK_PER_WIDTH
from posture.references import Point

_KEPT = tuple(p for p in Pose if not p.name.endswith(("INNER", "OUTER")) and not p.name.startswith("MOUTH"))
"""The landmarks that reference files have."""


def body_joints(scene: Scene, inside: NDArray[np.bool_], view: View) -> dict[str, Point]:
    """Medians of the landmarks seen in at least half of the samples, in the axes of `ReferencePose.joints`.

    Along the picture from pixels, into the depth from world coordinates; the camera's roll and pitch and the body's
    turn are taken out, so that in side view left and right are the world's. Unseen hips lie under the shoulders.
    """
    track = scene.track.part(inside)
    px = scene.levelled_px[:, inside].transpose(1, 0, 2)
    world = track.pose_m.astype(float)
    flat = rotated(world[..., :2], scene.roll_deg)
    middle: Callable[..., Array] = mean_of_seen if view == View.SIDE else np.mean
    shoulders, hips = (middle(px[:, list(pair)], axis=1) for pair in (SHOULDERS, HIPS))
    by_hips = np.isfinite(hips[:, 0]).mean() >= 0.5
    if by_hips:
        origin, pair = hips, HIPS
        length_px = distance(shoulders, hips)
        length_m = distance(flat[:, list(SHOULDERS)].mean(1), flat[:, list(HIPS)].mean(1))
    else:
        origin, pair = shoulders, SHOULDERS
        length_px, length_m = (distance(p[:, SHOULDERS[0]], p[:, SHOULDERS[1]]) for p in (px, flat))
        if view == View.SIDE:
            return {}
    with np.errstate(invalid="ignore", divide="ignore"):
        depth = (world[..., 2] - world[:, list(pair), 2].mean(1)[:, None]) * (length_px / length_m)[:, None]
    right, down = np.moveaxis(px - origin[:, None], 2, 0)
    pitch = np.radians(scene.pitch_deg)
    turn = np.radians(np.zeros(len(track)) if scene.yaw_deg is None else scene.yaw_deg[inside])[:, None]
    away, up = depth * np.cos(pitch) - down * np.sin(pitch), -depth * np.sin(pitch) - down * np.cos(pitch)
    body = np.stack([right * np.cos(turn) + away * np.sin(turn), up, right * np.sin(turn) - away * np.cos(turn)], 2)
    if by_hips:
        body = body / np.linalg.norm(middle(body[:, list(SHOULDERS)], axis=1), axis=1)[:, None, None]
    else:
        body = body / (TRUNK_PER_WIDTH * length_px)[:, None, None] + np.array([0.0, 1.0, 0.0])
    joints: dict[str, Point] = {}
    for landmark in _KEPT:
        here = body[:, landmark][np.isfinite(body[:, landmark]).all(1)]
        if len(here) >= max(0.5 * len(track), 1):
            x, y, z = (round(float(v), 3) + 0.0 for v in np.median(here, 0))
            joints[landmark.name.lower()] = (x, y, z)
    return joints
