"""From a pose's named angles to bones, and from bones to the skin and to the landmarks' true places."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.people.limbs import Trunk, arm, fingers, leg
from benchmarks.people.person import SIDES, Part, Person
from benchmarks.people.rotation import Array, X, Y, Z, about, between

SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
NECK = ("neck01", "neck02", "neck03")
_SETTLE = 6
_COLLAR_BONE_GAIN = 2.2
"""Degrees that the collar bone has to turn for one degree of the shoulder line, to begin with."""
_FROM_BONE = {
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist", "pinky": "finger5-1", "index": "finger2-1",
    "thumb": "finger1-2", "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
}  # fmt: skip
"""Landmark to the bone at whose head it lies."""


@dataclass(frozen=True)
class Posed:
    """A person in a pose.

    local : (B, 3, 3) rotation of each bone against its parent. place : (3,) shift of the whole body in metres, the
    soles on the floor. face : expression name to strength 0..1. label : name of the pose. seated : on a chair.
    unseen : landmarks that this pose hides from in front. holds : name of a thing in the right hand, or None.
    """

    local: Array
    place: Array
    face: dict[str, float] = field(default_factory=dict)
    label: str = ""
    seated: bool = False
    unseen: tuple[str, ...] = ()
    holds: str | None = None


@dataclass(frozen=True)
class Bones:
    """World rotation (B, 3, 3) and place (B, 3) in metres of every bone."""

    rotation: Array
    place: Array


def load_poses(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Named poses of poses.yaml; `like` names one or several poses that a pose changes, `mirrored`
    exchanges left and right."""
    raw: dict[str, dict[str, Any]] = yaml.safe_load(
        (path or Path(__file__).parent / "poses.yaml").read_text(encoding="utf-8")
    )
    done: dict[str, dict[str, Any]] = {}

    def resolved(name: str) -> dict[str, Any]:
        if name not in done:
            pose: dict[str, Any] = {}
            own = raw[name]
            like = own.get("like", [])
            for other in [like] if isinstance(like, str) else like:
                pose.update(copy.deepcopy(resolved(other)))
            pose.update({k: copy.deepcopy(v) for k, v in own.items() if k not in ("like", "mirrored")})
            done[name] = _mirrored(pose) if own.get("mirrored") else pose
        return done[name]

    return {name: resolved(name) for name in raw}


def _mirrored(pose: dict[str, Any]) -> dict[str, Any]:
    """The pose with left and right exchanged. What both sides share needs no exchange: its signs are by side."""
    swapped = {"_L": "_R", "_R": "_L"}
    done: dict[str, Any] = {}
    for name, value in pose.items():
        if name[-2:] in swapped and isinstance(value, dict):
            vectors = {k: [-v[0], *v[1:]] for k, v in value.items() if k in ("wrist", "pole", "along", "palm")}
            done[name[:-2] + swapped[name[-2:]]] = {**value, **vectors}
        elif name in ("head_yaw", "head_roll", "trunk_roll", "trunk_yaw", "gaze_yaw", "shoulder_tilt"):
            done[name] = -value
        else:
            done[name] = value
    return done


def posed(person: Person, spec: dict[str, Any], label: str = "") -> Posed:
    """The pose with the trunk's lean and the shoulder line exactly as asked: corrected until they are.

    Raises
    ------
    ValueError
        The pose has a field that nothing reads.
    """
    unknown = set(spec) - KNOWN
    if unknown:
        raise ValueError(f"expected only known fields in pose {label!r}, got {sorted(unknown)}")
    spec = dict(spec)
    asked = np.array([spec.get("trunk_pitch", 0.0), spec.get("trunk_roll", 0.0)])
    tilt, correction, local = spec.get("shoulder_tilt"), np.zeros(2), np.zeros((0, 3, 3))
    for _ in range(_SETTLE):
        local = _solve(person, spec, *(asked + correction))
        bones = forward(person, local, np.zeros(3))
        correction += asked - _trunk_deg(person, bones, spec.get("yaw", 0.0))
        if tilt is not None:
            across = _bone(person, bones, "upperarm01.R") - _bone(person, bones, "upperarm01.L")
            now = np.degrees(np.arctan2(across[1], np.hypot(across[0], across[2])))
            spec["shrug_R"] = spec.get("shrug_R", 0.0) + _COLLAR_BONE_GAIN * (tilt - now)
    for side in SIDES:
        local[person.index[f"eye.{side}"]] = about(Y, spec.get("gaze_yaw", 0.0)) @ about(X, spec.get("gaze_pitch", 0.0))
    result = Posed(
        local, np.zeros(3), dict(spec.get("face", {})), label, bool(spec.get("seated")), tuple(spec.get("unseen",
        ())), spec.get("holds"),
    )  # fmt: skip
    return on_floor(person, replace(result, place=np.array(spec.get("at", (0.0, 0.0, 0.0)), float)))


KNOWN = {
    "trunk_pitch", "trunk_roll", "trunk_yaw", "spine_share", "neck_pitch", "head_pitch", "head_yaw", "head_roll",
    "shrug",
    "shrug_L", "shrug_R", "shoulder_tilt", "protract", "yaw", "at", "seated", "unseen", "holds", "face", "gaze_yaw",
    "gaze_pitch", *(f"{part}{side}" for part in ("arm", "hand", "leg", "foot") for side in ("", "_L", "_R")),
}  # fmt: skip


def _solve(person: Person, spec: dict[str, Any], pitch: float, roll: float) -> Array:
    """(B, 3, 3) local rotations; `pitch` and `roll` are what the trunk's bones are turned by."""
    heading = about(Y, spec.get("yaw", 0.0))
    share = spec.get("spine_share", 0.5)
    local = {"root": heading @ about(Z, -roll / 2) @ about(X, pitch * (1 - share))}
    for bone in SPINE:
        local[bone] = about(Y, spec.get("trunk_yaw", 0.0) / 5) @ about(Z, -roll / 10) @ about(X, pitch * share / 5)
    neck, nod, turn, tilt = (spec.get(k, 0.0) for k in ("neck_pitch", "head_pitch", "head_yaw", "head_roll"))
    for bone in NECK:
        local[bone] = about(Y, turn / 6) @ about(Z, -tilt / 6) @ about(X, neck / 3)
    local["head"] = about(Y, turn / 2) @ about(Z, -tilt / 2) @ about(X, nod)
    of_side = {
        part: {s: {**spec.get(part, {}), **spec.get(f"{part}_{s}", {})} for s in SIDES}
        for part in ("arm", "hand", "leg", "foot")
    }
    for side, sign in SIDES.items():
        lift = spec.get(f"shrug_{side}", spec.get("shrug", 0.0))
        if "wrist" not in of_side["arm"][side]:  # the shoulder girdle rises with a raised arm
            lift += max(0.0, of_side["arm"][side].get("abduction", 0.0) - 40) * 0.2
        local[f"clavicle.{side}"] = about(Z, sign * lift) @ about(Y, -sign * spec.get("protract", 0.0))
        local.update(fingers(person, side, of_side["hand"][side]))
    return _with_limbs(person, local, of_side, heading)


def _with_limbs(person: Person, local: dict[str, Array], of_side: dict[str, dict[str, Any]], heading: Array) -> Array:
    """Local rotations with arms and legs put in, whose directions are known only in the world."""
    table = np.repeat(np.eye(3)[None], len(person.bones), 0)
    for bone, turn in local.items():
        table[person.index[bone]] = turn
    bones = forward(person, table, np.zeros(3))
    thorax, h = bones.rotation[person.index["spine01"]], person.head
    resting = (h["upperarm01.L"] + h["upperarm01.R"]) / 2 - h["spine01"]
    trunk = Trunk(
        heading, thorax, bones.rotation[person.index["root"]],
        _bone(person, bones, "spine01") + thorax @ resting, _bone(person, bones, "root"),
    )  # fmt: skip
    world: dict[str, Array] = {}
    for side in SIDES:
        shoulder = _bone(person, bones, f"upperarm01.{side}")
        world |= arm(person, side, of_side["arm"][side], of_side["hand"][side], trunk, shoulder)
        world |= leg(person, side, of_side["leg"][side], of_side["foot"][side], trunk)
    rotation = bones.rotation.copy()
    for i, bone in enumerate(person.bones):
        above = person.parent[i]
        rotation[i] = world[bone] if bone in world else (rotation[above] @ table[i] if above >= 0 else table[i])
        table[i] = rotation[above].T @ rotation[i] if above >= 0 else rotation[i]
    return table


def forward(person: Person, local: Array, place: Array) -> Bones:
    """World rotations and places from local rotations, down the tree."""
    rotation, where = np.empty_like(local), np.empty((len(local), 3))
    for i, bone in enumerate(person.bones):
        above = person.parent[i]
        if above < 0:
            rotation[i], where[i] = local[i], person.head[bone] + place
        else:
            rotation[i] = rotation[above] @ local[i]
            where[i] = where[above] + rotation[above] @ (person.head[bone] - person.head[person.bones[above]])
    return Bones(rotation, where)


def _bone(person: Person, bones: Bones, name: str) -> Array:
    return bones.place[person.index[name]]


def _trunk_deg(person: Person, bones: Bones, yaw_deg: float) -> Array:
    """Forward and sideways lean (to the own left) of the line mid-hip to mid-shoulder."""
    up = sum(_bone(person, bones, f"upperarm01.{s}") - _bone(person, bones, f"upperleg01.{s}") for s in SIDES)
    x, y, z = about(Y, -yaw_deg) @ up
    return np.array([np.degrees(np.arctan2(z, y)), np.degrees(np.arctan2(x, y))])


def skinning(person: Person, bones: Bones) -> Array:
    """(B, 3, 4) matrices that take a point at rest to where the bones take it."""
    at_rest = np.array([person.head[b] for b in person.bones])
    shift = bones.place - np.einsum("bij,bj->bi", bones.rotation, at_rest)
    return np.concatenate([bones.rotation, shift[..., None]], 2)


def skinned(vertices: Array, weights: Array, matrices: Array) -> Array:
    """(V, 3) vertices where the weighted bones take them (linear blend skinning)."""
    mixed = (weights @ matrices.reshape(len(matrices), 12).astype(np.float32)).reshape(-1, 3, 4)
    return np.einsum("vij,vj->vi", mixed[:, :, :3], vertices) + mixed[:, :, 3]


def with_expression(part: Part, face: dict[str, float]) -> Array:
    """(V, 3) vertices at rest with the expressions in the face."""
    vertices = part.vertices
    for name, strength in face.items():
        if strength and name in part.expressions:
            vertices = vertices + strength * part.expressions[name]
    return vertices


def on_floor(person: Person, state: Posed) -> Posed:
    """The same with the lowest point of the soles at height 0."""
    matrices = skinning(person, forward(person, state.local, np.array([state.place[0], 0.0, state.place[2]])))
    soles = next((p for p in person.parts if p.name.startswith("shoes")), person.parts[-1])
    lowest = float(skinned(soles.vertices, soles.weights, matrices)[:, 1].min())
    return replace(state, place=np.array([state.place[0], -lowest, state.place[2]]))


def blended(person: Person, a: Posed, b: Posed, share: float) -> Posed:
    """In between two poses of one person, the feet on the floor."""
    if share <= 0.0 or share >= 1.0:
        return a if share <= 0.0 else b
    face = {k: (1 - share) * a.face.get(k, 0.0) + share * b.face.get(k, 0.0) for k in {*a.face, *b.face}}
    nearer = a if share < 0.5 else b
    mixed = replace(
        nearer, local=between(a.local, b.local, share), place=(1 - share) * a.place + share * b.place, face=face,
        label=f"{a.label}>{b.label}" if a.label != b.label else a.label,
    )  # fmt: skip
    return on_floor(person, mixed)


def joints(person: Person, state: Posed) -> dict[str, Array]:
    """The true places in metres of MediaPipe's landmarks, by name."""
    bones = forward(person, state.local, state.place)
    matrices = skinning(person, bones)
    found = {
        name: skinned(person.base[chosen], person.weights[chosen], matrices).mean(0)
        for name, chosen in person.marks.items()
    }
    head = matrices[person.index["head"]]
    for side, word in (("L", "left"), ("R", "right")):
        found[f"{word}_eye"] = head[:, :3] @ person.cubes[f"joint-{side.lower()}-eye"] + head[:, 3]
        for landmark, bone in _FROM_BONE.items():
            found[f"{word}_{landmark}"] = _bone(person, bones, f"{bone}.{side}")
    return found


def head_rotation(person: Person, state: Posed) -> Array:
    """(3, 3) world rotation of the head against looking level along z."""
    rotation = forward(person, state.local, state.place).rotation
    return rotation[person.index["head"]]
