"""What is right to find in a rendered clip: angles, joints, what is hidden, which norms are broken and when.

Measures are computed by the product's own functions from the true joints as an ideal camera would see them: level, far
away, exactly in front or exactly at the own left side, without error. Elbows and knees are the true angles in space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from benchmarks.people.camera import Camera
from benchmarks.people.person import Person
from benchmarks.people.posing import Posed, head_rotation, joints
from benchmarks.people.rotation import Array, Y, about
from posture.camera import facing, views, with_unseen_removed
from posture.check import CheckOptions, judge_observation
from posture.findings import Deviation, View
from posture.geometry import inner_angle_deg
from posture.landmarkers import head_rotation_deg
from posture.landmarks import Observation, Pose, Track, empty_track
from posture.library import load_library
from posture.measures import MEASURES, Scene
from posture.neutral import find_neutral

PX_PER_M, CANVAS_PX = 1000.0, 8000
_INSIDE_M = {"hip": 0.17, "shoulder": 0.14, "knee": 0.12}
"""How far inside the body a joint lies at most: nearer things than that in front of it hide it."""
_OTHER_INSIDE_M = 0.09
_SIDE_RIGHT = np.array([[0.0, 0.0, -1.0], [0.0, -1.0, 0.0], [-1.0, 0.0, 0.0]])
_FRONT_RIGHT = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
"""Rows: right, down and away from an ideal camera at the own left side and in front."""


@dataclass
class Record:
    """What is kept of one person while the clip is rendered, a row a picture."""

    time_s: list[float] = field(default_factory=list)
    points: list[Array] = field(default_factory=list)
    pixels: list[Array] = field(default_factory=list)
    hidden: list[NDArray[np.bool_]] = field(default_factory=list)
    head: list[Array] = field(default_factory=list)
    unseen: list[NDArray[np.bool_]] = field(default_factory=list)

    def add(self, time_s: float, person: Person, state: Posed, camera: Camera, depth_m: Array | None) -> None:
        found = with_face_points(joints(person, state), head_rotation(person, state))
        points = np.array([found[p.name.lower()] for p in Pose])
        pixels, away = camera.seen(points)
        self.time_s.append(time_s)
        self.points.append(points)
        self.pixels.append(pixels)
        self.hidden.append(_hidden(pixels, away, depth_m))
        self.head.append(head_rotation(person, state))
        self.unseen.append(np.array([p.name.lower() in state.unseen for p in Pose]))


def with_face_points(found: dict[str, Array], head: Array) -> dict[str, Array]:
    """The joints with the inner and outer eye corners, which lie beside the eyes."""
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, aside_m in (("inner", -0.014), ("outer", 0.016)):
            found[f"{side}_eye_{name}"] = found[f"{side}_eye"] + head @ np.array([sign * aside_m, 0.0, 0.008])
    return found


def _hidden(pixels: Array, away: Array, depth_m: Array | None) -> NDArray[np.bool_]:
    """(33,) whether something nearer than the body's own thickness lies in front, or the point is out of the
    picture."""
    if depth_m is None:
        return np.zeros(len(Pose), bool)
    height, width = depth_m.shape
    column, row = (np.floor(pixels[:, k]).astype(int) for k in (0, 1))
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    shown = depth_m[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    thickness = np.array(
        [next((m for n, m in _INSIDE_M.items() if n in p.name.lower()), _OTHER_INSIDE_M) for p in Pose]
    )
    return ~inside | (shown < away - thickness)


def yaw_deg(record: Record) -> Array:
    """(T,) true turn of the body to the own left, 0 = along z."""
    points = np.array(record.points)
    across = points[:, Pose.LEFT_SHOULDER] - points[:, Pose.RIGHT_SHOULDER]
    across = across + points[:, Pose.LEFT_HIP] - points[:, Pose.RIGHT_HIP]
    return np.degrees(np.arctan2(-across[:, 2], across[:, 0]))


def ideal_tracks(record: Record) -> dict[View, Track]:
    """The person as ideal cameras in front and at the own left side see them."""
    points, turn = np.array(record.points), yaw_deg(record)
    hips = points[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]].mean(1)
    back = np.array([about(Y, -t) for t in turn])
    about_hips = np.einsum("tij,tpj->tpi", back, points - hips[:, None])
    walked = (hips - hips[0] * (1, 0, 1)) @ about(Y, -float(np.median(turn))).T
    turned = about_hips + walked[:, None]
    heads = np.array([head_rotation_deg(b @ h) for b, h in zip(back, record.head, strict=True)])
    found = {}
    for view, axes in ((View.FRONT, _FRONT_RIGHT), (View.SIDE, _SIDE_RIGHT)):
        track = empty_track(1, np.array(record.time_s), np.arange(len(points)), (CANVAS_PX, CANVAS_PX))
        track.pose_px[:] = turned @ axes.T * PX_PER_M + np.array([CANVAS_PX / 2, CANVAS_PX * 0.75, 0])
        track.pose_m[:] = about_hips @ axes.T
        track.visibility[:] = np.where(np.array(record.unseen) if view == View.FRONT else False, 0.0, 1.0)
        if view == View.FRONT:
            track.face_rotation_deg[:] = heads
        found[view] = track
    return found


def true_scene(track: Track, view: View) -> Scene:
    """The Scene of an ideal Track, with the person's own neutral when a calm stretch shows one."""
    turned = np.full(len(track), 0.0 if view == View.FRONT else -90.0)
    scene = Scene(with_unseen_removed(track), views(turned), facing(turned))
    neutral = find_neutral(scene)
    return replace(scene, neutral=neutral.values) if neutral else scene


@np.errstate(divide="ignore", invalid="ignore")
def true_measures(record: Record) -> dict[str, Array]:
    """(T,) true value of every measure by name; NaN where it does not exist."""
    tracks = ideal_tracks(record)
    scenes = {view: true_scene(track, view) for view, track in tracks.items()}
    found = {}
    for name, measure in MEASURES.items():
        view = View.FRONT if View.FRONT in measure.views else View.SIDE
        found[name] = measure.compute(scenes[view]).value
    return found | _true_limbs(np.array(record.points)) | _true_raises(tracks)


def _true_limbs(points: Array) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for limb, chain in (("elbow", ("SHOULDER", "ELBOW", "WRIST")), ("knee", ("HIP", "KNEE", "ANKLE"))):
        for side in ("LEFT", "RIGHT"):
            a, b, c = (points[:, Pose[f"{side}_{joint}"]] for joint in chain)
            found[f"{side.lower()}_{limb}_deg"] = inner_angle_deg(a, b, c)
        found[f"{limb}_min_deg"] = np.minimum(found[f"left_{limb}_deg"], found[f"right_{limb}_deg"])
    return found


def _true_raises(tracks: dict[View, Track]) -> dict[str, Array]:
    """Sideways and forward raise of both upper arms, as ideal cameras see them that nothing hides the arm from."""
    found = {}
    for way, view in (("sideways", View.FRONT), ("forward", View.SIDE)):
        points = tracks[view].pose_px[..., :2].astype(float)
        for side in ("LEFT", "RIGHT"):
            arm = points[:, Pose[f"{side}_ELBOW"]] - points[:, Pose[f"{side}_SHOULDER"]]
            found[f"{side.lower()}_arm_{way}_deg"] = np.degrees(np.arctan2(np.abs(arm[:, 0]), arm[:, 1]))
    return found


@np.errstate(divide="ignore", invalid="ignore")
def true_deviations(
    record: Record, errors: Mapping[str, dict[View, float]] | None = None
) -> dict[str, tuple[Deviation, ...]]:
    """By criterion, what a perfect observer with ideal cameras would report: the product's judge on true joints.

    Norms are judged in their best view, front before side; the held pose is what an ideal camera recognises.
    `errors` by measure and view are what has to be passed besides the limit (default: none).
    """
    library = load_library()
    exact = replace(library, errors=errors or {m: dict.fromkeys(View, 0.0) for m in library.errors}, corrections={})
    found: dict[str, tuple[Deviation, ...]] = {}
    for view, track in ideal_tracks(record).items():
        observation = Observation(
            (track,), "truth", "", track.image_size, "video", float(track.time_s[-1]), track.time_s,
            provenance={"settings": '{"fps": 10.0}'},
        )  # fmt: skip
        for person in judge_observation(observation, exact, CheckOptions(camera_roll_deg=0.0)).result.people:
            for result in person.results:
                if view in exact.all_criteria()[result.criterion].views:
                    found.setdefault(result.criterion, result.deviations)
    return found


def as_json(record: Record, every: int) -> dict[str, Any]:
    """Columns of every so manieth picture: times, joints in the picture and in space, which are hidden, and what
    `judged` says of them."""
    kept = Record(*(getattr(record, f.name)[::every] for f in fields(Record)))
    names = [p.name.lower() for p in Pose]
    pixels, points, hidden, unseen = (np.array(x) for x in (kept.pixels, kept.points, kept.hidden, kept.unseen))
    frames = {
        "t": [round(t, 4) for t in kept.time_s],
        "joints2d_px": {n: np.rint(pixels[:, i]).astype(int).tolist() for i, n in enumerate(names)},
        "joints3d_mm": {n: np.rint(points[:, i] * 1000).astype(int).tolist() for i, n in enumerate(names)},
        "head_quaternion": _rounded(Rotation.from_matrix(np.array(kept.head)).as_quat(), 4),
        "hidden": {n: _digits(hidden[:, i]) for i, n in enumerate(names)},
        "behind_the_body": {n: _digits(unseen[:, i]) for i, n in enumerate(names) if unseen[:, i].any()},
    }
    return judged({"frames": frames})


def judged(person: dict[str, Any]) -> dict[str, Any]:
    """The truth of one person with body yaw, measures and deviations computed from its joints by today's norms."""
    record = from_json(person["frames"])
    measures = {n: v for n, v in true_measures(record).items() if not n.endswith("_px") and np.isfinite(v).any()}
    frames = person["frames"] | {
        "body_yaw_deg": _rounded(yaw_deg(record), 1),
        "measures": {n: _rounded(v, 1 if n.endswith("_deg") else 2) for n, v in measures.items()},
    }
    deviations = sorted((d for own in true_deviations(record).values() for d in own), key=lambda d: d.start_s)
    return person | {"deviations": [_deviation(d) for d in deviations], "frames": frames}


def from_json(frames: dict[str, Any]) -> Record:
    """The record of one person's frames as `as_json` wrote them, without pixels."""
    names = [p.name.lower() for p in Pose]
    n = len(frames["t"])
    points = np.stack([np.array(frames["joints3d_mm"][name], float) for name in names], 1) / 1000
    behind = frames["behind_the_body"]
    unseen = np.array([[int(d) for d in behind[name]] if name in behind else [0] * n for name in names], bool).T
    return Record(
        time_s=list(frames["t"]), points=list(points), unseen=list(unseen),
        head=list(Rotation.from_quat(np.array(frames["head_quaternion"])).as_matrix()),
    )  # fmt: skip


def _digits(flags: NDArray[np.bool_]) -> str:
    return "".join("01"[int(f)] for f in flags)


def _deviation(d: Deviation) -> dict[str, Any]:
    return {
        "criterion": d.criterion, "start_s": round(d.start_s, 2), "end_s": round(d.end_s, 2),
        "worst_s": round(d.worst_s, 2),
        "worst_value": round(d.value, 2), "allowed": list(d.allowed), "severity": str(d.severity.value),
    }  # fmt: skip


def _rounded(values: Array, digits: int) -> list[Any]:
    """Lists with None for NaN: JSON knows no NaN."""
    return [
        _rounded(v, digits) if np.ndim(v) else (None if not np.isfinite(v) else round(float(v), digits))
        for v in np.asarray(values)
    ]
