"""Clips of the accuracy bench as the product sees them, beside their truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.people import camera
from benchmarks.people.camera import Camera
from benchmarks.people.rotation import Array, unit
from benchmarks.people.truth import Record, from_json, true_measures
from posture.check import Checked, CheckOptions, check, seen
from posture.findings import PersonFindings
from posture.geometry import rolling_median
from posture.landmarkers import head_rotation_deg
from posture.landmarks import Pose, Track
from posture.measures import Scene
from posture.neutral import find_neutral
from posture.observe import ObserveSettings
from posture.tilt import Tilt, camera_tilt, tilted


@dataclass(frozen=True)
class Case:
    """One clip: what was found of its person and what is true, at the same samples (T)."""

    name: str
    person: str
    camera: dict[str, Any]
    checked: Checked
    raw: Track
    scene: Scene
    tilt: Tilt
    truth: dict[str, Array]
    record: Record
    segments: list[dict[str, Any]]

    @property
    def pitch_deg(self) -> float:
        """How far the camera looks down."""
        return float(np.degrees(np.arcsin(-camera.placed(**self.camera).rotation[2, 1])))

    @property
    def findings(self) -> PersonFindings:
        """What the product found of this person."""
        return next(p for p in self.checked.result.people if p.person == self.raw.person)

    @property
    def settled(self) -> NDArray[np.bool_]:
        """(T,) whether a pose is held, not moved to."""
        return np.array([p != ">" for p in self.pose_at()])

    def pose_at(self) -> list[str]:
        """Which pose is true at each sample; `>` while moving between two."""
        names = []
        for t in self.raw.time_s:
            piece = next((s for s in self.segments if s["start_s"] <= t < s["end_s"]), self.segments[-1])
            names.append(piece["pose"] if piece["kind"] == "hold" else ">")
        return names


def cases(folder: Path, part: str = "") -> Iterator[Case]:
    """Every finished clip of the folder whose name contains `part`; clips in which nobody was found are left out."""
    for path in sorted(p for p in folder.glob("*.truth.json") if part in p.name):
        clip = path.with_name(path.name.replace(".truth.json", ".mp4"))
        case = load(clip, json.loads(path.read_text(encoding="utf-8")))
        if case is not None:
            yield case


def load(clip: Path, truth: dict[str, Any], options: CheckOptions | None = None) -> Case | None:
    """The clip checked, beside its truth; None when nobody was found. Only the first person of the truth."""
    options = options or CheckOptions(observe=ObserveSettings(fps=10.0))
    checked = check(clip, options)
    if not checked.observation.tracks:
        return None
    person = truth["people"][0]
    record = from_json(person["frames"])
    whole = min(checked.observation.tracks, key=lambda t: _apart_px(t, person["frames"]))
    raw, index = _paired(whole, np.array(record.time_s))
    scenes = [seen(t) for t in checked.observation.tracks]
    tilt = camera_tilt(options.camera_roll_deg, scenes, 1 / options.observe.fps)
    scene = tilted(seen(raw), tilt)
    neutral = find_neutral(scene)
    scene = replace(scene, neutral=neutral.values) if neutral else scene
    measures = {name: values[index] for name, values in true_measures(record).items()}
    measures |= _head_to_camera(record, camera.placed(**truth["camera"]), index)
    return Case(
        clip.stem, person["person"], truth["camera"], checked, raw, scene, tilt, measures, record, person["segments"]
    )


def _head_to_camera(record: Record, view: Camera, index: NDArray[np.integer]) -> dict[str, Array]:
    """True head pitch and yaw against looking into this camera, as the face model means them."""
    found = []
    for i in index:
        towards = unit(view.eye - record.points[i][Pose.NOSE])
        right = unit(np.cross((0.0, 1.0, 0.0), towards))
        axes = np.stack([right, np.cross(towards, right), towards])
        found.append(head_rotation_deg(axes @ record.head[i]))
    rotation = np.array(found).reshape(-1, 3)
    return {"head_pitch_deg": rotation[:, 0], "head_yaw_deg": rotation[:, 1]}


def _apart_px(track: Track, frames: dict[str, Any]) -> float:
    """Median distance of the found nose from the true one: which track is the person of the truth."""
    found, index = _paired(track, np.array(frames["t"]))
    true = np.array(frames["joints2d_px"]["nose"], float)[index]
    return float(np.median(np.linalg.norm(found.pose_px[:, Pose.NOSE, :2] - true, axis=1))) if len(found) else np.inf


def _paired(track: Track, times_s: Array) -> tuple[Track, Array]:
    """The samples that have a true picture within a hundredth of a second, and the number of that picture."""
    nearest = np.abs(track.time_s[:, None] - times_s[None]).argmin(1)
    near = np.abs(times_s[nearest] - track.time_s) < 0.01
    return track.part(near), nearest[near]


def smoothed(case: Case, values: Array, window_s: float = 0.5) -> Array:
    return rolling_median(case.raw.time_s, values, window_s)
