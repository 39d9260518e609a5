"""The same errors on public photographs whose joints people have marked by hand (`../shared/footage`, not committed).

In-plane angles only: what an annotator's points and the product's points give. An annotator is off by a few degrees
too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.people.rotation import Array
from posture.camera import with_unseen_removed
from posture.geometry import inner_angle_deg, lean_to_right_deg, line_tilt_deg
from posture.landmarks import Pose
from posture.observe import ObserveSettings, observe

FOOTAGE = Path(__file__).parents[2] / "shared" / "footage"
_LIMBS = [
    f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
]
_AIC = ["right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
"right_knee",
        "right_ankle", "left_hip", "left_knee", "left_ankle"]  # fmt: skip
_COCO = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", *_LIMBS]
_MPII = {0: "right_ankle", 1: "right_knee", 2: "right_hip", 3: "left_hip", 4: "left_knee", 5: "left_ankle",
10: "right_wrist",
         11: "right_elbow", 12: "right_shoulder", 13: "left_shoulder", 14: "left_elbow", 15: "left_wrist"}  # fmt: skip
SETS = {
    "coco_keypoints.json": (_COCO, {"000000000785.jpg": "coco_785.jpg", "000000040083.jpg": "coco_40083.jpg",
                                    "000000197388.jpg": "coco_197388.jpg"}),
    "aic_keypoints.json": (_AIC, {"054d9ce9201beffc76e5ff2169d2af2f027002ca.jpg": "aic_1.jpg",
                                  "fa436c914fe4a8ec1ec5474af4d3820b84d17561.jpg": "aic_2.jpg"}),
    "crowdpose_keypoints.json": (_LIMBS, {"103319.jpg": "crowd_1.jpg"}),
}  # fmt: skip
MPII_FILES = {"004645041.jpg": "mpii_1.jpg", "005808361.jpg": "mpii_2.jpg", "060754485.jpg": "mpii_4.jpg"}
SAME_PERSON = 0.35
"""Largest mean distance of the shoulders and hips, in shoulder-to-hip lengths, of the same person marked and found."""


@dataclass(frozen=True)
class Marked:
    """One person marked in a photograph: joint name to (2,) pixels."""

    photo: str
    joints: dict[str, Array]


def marked_people(folder: Path = FOOTAGE) -> Iterator[Marked]:
    for name, (order, files) in SETS.items():
        data = json.loads((folder / name).read_text())
        photos = {i["id"]: files[i["file_name"]] for i in data["images"] if i["file_name"] in files}
        for a in data["annotations"]:
            if a["image_id"] in photos and a["num_keypoints"] >= 6:
                points = np.array(a["keypoints"], float).reshape(-1, 3)
                # 0 = not marked; AIC writes 3 for not marked, 2 for hidden
                seen = (points[:, 2] > 0) & (points[:, 2] < 3)
                yield Marked(
                    photos[a["image_id"]],
                    {n: p[:2] for n, p, s in zip(order, points, seen[: len(order)], strict=False) if s},
                )
    for entry in json.loads((folder / "mpii_keypoints.json").read_text()):
        if entry["image"] in MPII_FILES:
            points = {
                _MPII[i]: np.array(p) for i, p in enumerate(entry["joints"]) if i in _MPII and entry["joints_vis"][i]
            }
            yield Marked(MPII_FILES[entry["image"]], points)


def angles(joints: dict[str, Array]) -> dict[str, float]:
    """In-plane angles whose joints are all there: tilts and leans as seen, elbows and knees."""
    found: dict[str, float] = {}
    has = joints.keys().__contains__
    if has("left_shoulder") and has("right_shoulder"):
        found["shoulder_line_deg"] = float(line_tilt_deg(joints["right_shoulder"], joints["left_shoulder"]))
        if has("left_hip") and has("right_hip"):
            top, bottom = (sum(joints[f"{s}_{j}"] for s in ("left", "right")) / 2 for j in ("shoulder", "hip"))
            found["trunk_in_picture_deg"] = float(lean_to_right_deg(bottom, top))
    for limb, chain in (("elbow", ("shoulder", "elbow", "wrist")), ("knee", ("hip", "knee", "ankle"))):
        for side in ("left", "right"):
            names = [f"{side}_{j}" for j in chain]
            if all(map(has, names)):
                found[f"{side}_{limb}_deg"] = float(inner_angle_deg(*(joints[n] for n in names)))
    return found


def errors(folder: Path = FOOTAGE) -> tuple[dict[str, list[float]], int, int]:
    """Found less marked by angle, the number of people marked, and of those found."""
    table: dict[str, list[float]] = {}
    people = list(marked_people(folder))
    matched = 0
    for photo in sorted({p.photo for p in people}):
        tracks = observe(folder / photo, ObserveSettings()).tracks
        seen = [_named(with_unseen_removed(t).pose_px[0]) for t in tracks]
        for person in (p for p in people if p.photo == photo):
            nearest = min(seen, key=lambda s, p=person: _apart(p.joints, s), default=None)
            if nearest is None or _apart(person.joints, nearest) > SAME_PERSON:
                continue
            matched += 1
            found = angles(nearest)
            for name, true in angles(person.joints).items():
                if name in found:
                    key = name.removeprefix("left_").removeprefix("right_")
                    table.setdefault(key, []).append((found[name] - true + 180) % 360 - 180)
    return table, len(people), matched


def _named(pose_px: Array) -> dict[str, Array]:
    return {p.name.lower(): pose_px[p, :2] for p in Pose if np.isfinite(pose_px[p, 0])}


def _apart(marked: dict[str, Array], found: dict[str, Array]) -> float:
    """Mean distance of shoulders and hips in lengths of the marked trunk; infinite when too little is there."""
    trunk = [n for n in ("left_shoulder", "right_shoulder", "left_hip", "right_hip") if n in marked]
    both = [n for n in trunk if n in found]
    if len(both) < 2:
        return float("inf")
    points = np.array([marked[n] for n in trunk])
    size = max(float(np.linalg.norm(points.max(0) - points.min(0))), 1.0)
    return float(np.mean([np.linalg.norm(marked[n] - found[n]) for n in both])) / size
