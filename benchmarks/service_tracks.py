"""The service scenes as landmarks without pictures: true joints before the scene's own camera, with noise on top.

What nobody could see has a low visibility as MediaPipe gives it: what lies behind the counter, a face turned more than
75 degrees from the camera. Nothing else is as in real pictures: no wrong joints, no exchanged people, no expressions.
A bench on these says how well the flow is told from good landmarks.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.people import camera
from benchmarks.people.assets import fetch
from benchmarks.people.camera import Camera
from benchmarks.people.clip import Description, desk_height_m
from benchmarks.people.motion import Performance
from benchmarks.people.person import Person
from benchmarks.people.posing import load_poses
from benchmarks.people.rotation import Array, Y, about
from benchmarks.people.truth import Record
from benchmarks.service_set import FPS, described, folder
from posture.landmarkers import head_rotation_deg
from posture.landmarks import Observation, Pose, Track, empty_track

NOISE_PX, NOISE_M, NOISE_DEG = 1.5, 0.01, 0.7
"""Standard deviations of landmarks, of world coordinates and of the head's angles."""
FACE_UP_TO_DEG, COUNTER_NEAR_M, COUNTER_FAR_M = 75.0, 0.14, 0.84
_FACE = [p for p in Pose if p <= Pose.MOUTH_RIGHT]


@cache
def performances(name: str) -> tuple[Performance, ...]:
    """The clerk and the client of a scene."""
    scene, poses = described(name), load_poses()
    return tuple(
        Performance(_person(a.person), a.script, poses, scene.seed * 100 + i, a.at, a.yaw_deg, a.lively)
        for i, a in enumerate(scene.people)
    )


@cache
def _person(name: str) -> Person:
    return Person(name, fetch())


def composed(name: str) -> Observation:
    """The scene as an Observation, 10 samples a second; kept in the cache."""
    scene = described(name)
    view = camera.placed(**scene.camera)
    length_s = max(p.length_s for p in performances(name))
    tracks = tuple(
        _track(number, scene, view, _recorded(name, number), np.random.default_rng([scene.seed, number]))
        for number in range(len(scene.people))
    )
    times = np.arange(round(length_s * FPS)) / FPS
    size = (view.width, view.height)
    return Observation(
        tracks, name, "", size, "video", float(length_s), times, provenance={"settings": '{"fps": 10.0}'}
    )


def _recorded(name: str, number: int) -> dict[str, Array]:
    """(T, 33, 3) true joints and (T, 3, 3) true turn of the head of one person."""
    kept = folder() / f"{name}.{number}.npz"
    if not kept.exists():
        player, view, record = performances(name)[number], camera.placed(**described(name).camera), Record()
        length_s = max(p.length_s for p in performances(name))
        for i in range(round(length_s * FPS)):
            record.add(i / FPS, player.person, player.at(i / FPS), view, None)
        _keep(kept, np.array(record.points), np.array(record.head))
    with np.load(kept) as found:
        return dict(found)


def _keep(path: Path, points: Array, head: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, points=points.astype(np.float32), head=head.astype(np.float32))


def _track(number: int, scene: Description, view: Camera, truth: dict[str, Array], noise: np.random.Generator) -> Track:
    """The person as seen; samples in which hardly anything of them is in the picture are left out."""
    points = truth["points"].astype(float)
    pixels, _ = view.seen(points)
    n = len(points)
    track = empty_track(number + 1, np.arange(n) / FPS, np.arange(n), (view.width, view.height))
    track.pose_px[..., :2] = pixels + noise.normal(0, NOISE_PX, pixels.shape)
    track.pose_px[..., 2] = 0.0
    hips = points[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]].mean(1)
    world = _from_line_of_sight((points - hips[:, None]) @ view.rotation.T, view.seen(hips)[0], view)
    track.pose_m[:] = world + noise.normal(0, NOISE_M, world.shape)
    seen = ~_behind_counter(points, view.eye, desk_height_m(_person(scene.people[0].person)))
    turned = np.array([head_rotation_deg(_to_camera(view) @ h.astype(float)) for h in truth["head"]])
    face = np.abs(turned[:, 1]) <= FACE_UP_TO_DEG
    track.face_rotation_deg[:] = np.where(face[:, None], turned + noise.normal(0, NOISE_DEG, turned.shape), np.nan)
    track.visibility[:] = np.where(seen, 0.98, 0.2)
    track.visibility[:, _FACE] = np.where(face[:, None], 0.98, 0.7)
    inside = (pixels[..., 0] >= 0) & (pixels[..., 0] < view.width) & (pixels[..., 1] < view.height)
    in_picture = inside[:, [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.NOSE]].all(1)
    return track.part(in_picture)


def _from_line_of_sight(world: Array, hips_px: Array, view: Camera) -> Array:
    """World coordinates as the pose model tells them: of a person in the middle of a crop, wherever that is."""
    aside = np.degrees(np.arctan2(hips_px[:, 0] - view.width / 2, view.focal_px))
    turned = np.array([about(Y, -float(a)) for a in aside])
    return np.asarray(np.einsum("tij,tpj->tpi", turned, world))


def _to_camera(view: Camera) -> Array:
    """From the room's axes to those of somebody who looks into the camera: x to their left, y up, z to the camera."""
    return np.diag([1.0, -1.0, -1.0]) @ view.rotation


def _behind_counter(points: Array, eye: Array, height_m: float) -> Array:
    """(T, 33) whether the counter lies between the eye and the point: the line of sight meets its top or front."""
    below = points[..., 1] < height_m
    share = (height_m - points[..., 1]) / (eye[1] - points[..., 1])
    crossing = points[..., 2] + share * (eye[2] - points[..., 2])
    return np.asarray(below & (points[..., 2] < COUNTER_FAR_M) & (crossing > COUNTER_NEAR_M))
