"""A dressed person: body shape, rig, clothes, and the displacements of facial expressions. No pose yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.people.assets import Assets
from benchmarks.people.mesh import N_BODY, Face, Worn, read_base, read_rig, read_target, read_worn, triangles
from benchmarks.people.rotation import Array, unit

METRES = 0.1
SIDES = {"L": 1.0, "R": -1.0}
EXPRESSIONS = {
    "smile": {"mouth-corner-puller": 1.0, "eye-left-slit": 0.35, "eye-right-slit": 0.35},
    "mouth_open": {"mouth-open": 1.0},
    "eyes_closed": {"eye-left-closure": 1.0, "eye-right-closure": 1.0},
}
"""Each named expression as a sum of the mesh's expression units."""
_CHARACTERS = yaml.safe_load((Path(__file__).parent / "characters.yaml").read_text(encoding="utf-8"))
CHARACTERS: dict[str, dict[str, Any]] = _CHARACTERS["people"]
FITS: dict[str, list[list[float]] | None] = _CHARACTERS["fits"]


@dataclass
class Part:
    """A piece that is drawn: body, clothes, hair, eyes.

    vertices (V, 3) at rest in metres, weights (V, bones), triangles (F, 3), uv (F, 3, 2), texture file, tint RGB,
    expressions: name to (V, 3) displacement.
    """

    name: str
    kind: str
    vertices: Array
    weights: NDArray[np.float32]
    triangles: NDArray[np.int64]
    uv: Array
    texture: Path
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    expressions: dict[str, Array] = field(default_factory=dict)


class Person:
    """Built from one entry of characters.yaml."""

    def __init__(self, name: str, assets: Assets) -> None:
        self.name = name
        self.looks = CHARACTERS[name]
        raw, self._uv, faces = read_base(assets.body)
        n = len(raw)
        for target, share in macro_targets(self.looks).items():
            raw = raw + share * read_target(assets.body / "targets/macrodetails" / f"{target}.target.gz", n)
        self.base = raw * METRES
        self._read_rig(assets, n)
        expressions = self._expressions(assets, n)
        hidden = np.zeros(n, bool)
        self.parts: list[Part] = []
        for item, fit, texture, *tint in self.looks["wears"]:
            worn = read_worn(assets.wardrobe, item, texture)
            self.parts.append(
                self._dressed(worn, raw, FITS[fit], tuple(tint[0]) if tint else (1.0, 1.0, 1.0), expressions)
            )
            if worn.kind == "clothes":
                hidden |= worn.hides
        seen = [f for f in faces if not all(hidden[v] for v, _ in f)]
        self.parts.append(self._skin(seen, assets.wardrobe / "skins" / self.looks["skin"], expressions))

    def _read_rig(self, assets: Assets, n: int) -> None:
        rig, weights, groups = read_rig(assets.body)
        self.cubes = {
            name: self.base[[i for first, last in runs for i in range(first, last + 1)]].mean(0)
            for name, runs in groups.items()
            if name.startswith("joint-")
        }
        self.bones = _parents_first(rig)
        self.index = {bone: i for i, bone in enumerate(self.bones)}
        self.parent = [self.index[rig[b]["parent"]] if rig[b]["parent"] else -1 for b in self.bones]
        self.head = {b: self._place(rig[b]["head"]) for b in self.bones}
        self.tail = {b: self._place(rig[b]["tail"]) for b in self.bones}
        self.weights = np.zeros((n, len(self.bones)), np.float32)
        for bone, pairs in weights.items():
            for vertex, weight in pairs:
                self.weights[vertex, self.index[bone]] = weight
        self.weights[self.weights.sum(1) == 0, self.index["root"]] = 1
        self.weights /= self.weights.sum(1, keepdims=True)

    def _place(self, end: dict[str, Any]) -> Array:
        if end["strategy"] == "CUBE":
            return self.cubes[end["cube_name"]]
        chosen = end["vertex_indices"] if end["strategy"] == "MEAN" else [end["vertex_index"]]
        return self.base[chosen].mean(0)

    def _expressions(self, assets: Assets, n: int) -> dict[str, Array]:
        """Displacements of the base mesh in metres, by the person's main origin."""
        origin = max(self.looks["origin"], key=self.looks["origin"].get)
        folder = assets.body / "targets/expression/units" / origin
        return {
            name: sum(
                (k * read_target(folder / f"{unit_name}.target.gz", n) * METRES for unit_name, k in units.items()),
                np.zeros((n, 3)),
            )
            for name, units in EXPRESSIONS.items()
        }

    def _dressed(
        self,
        worn: Worn,
        raw: Array,
        fit: list[list[float]] | None,
        tint: tuple[float, ...],
        expressions: dict[str, Array],
    ) -> Part:
        scale = np.ones(3)
        if fit:
            scale = np.array([abs(raw[int(a), k] - raw[int(b), k]) / length for k, (a, b, length) in enumerate(fit)])
        at_rest = (np.einsum("nk,nkc->nc", worn.weight, raw[worn.base]) + worn.offset * scale) * METRES
        weights = np.clip(np.einsum("nk,nkb->nb", worn.weight, self.weights[worn.base]), 0, None)
        moved = {e: np.einsum("nk,nkc->nc", worn.weight, d[worn.base]) for e, d in expressions.items()}
        return _part(
            worn.name, worn.kind, at_rest, weights / weights.sum(1, keepdims=True), worn.faces, worn.uv, worn.texture,
            (float(tint[0]), float(tint[1]), float(tint[2])), moved,
        )  # fmt: skip

    def _skin(self, faces: list[Face], texture: Path, expressions: dict[str, Array]) -> Part:
        return _part("body", "skin", self.base, self.weights, faces, self._uv, texture, (1.0, 1.0, 1.0), expressions)

    @cached_property
    def rest(self) -> dict[str, dict[str, Array]]:
        """By side: directions at rest of upper arm, forearm, its hinge, hand, palm normal, thigh, shank and toes."""
        h, found = self.head, {}
        for side, sign in SIDES.items():
            upper = unit(h[f"lowerarm01.{side}"] - h[f"upperarm01.{side}"])
            fore = unit(h[f"wrist.{side}"] - h[f"lowerarm01.{side}"])
            hand = unit(h[f"finger3-1.{side}"] - h[f"wrist.{side}"])
            palm = unit(np.cross(hand, h[f"finger2-1.{side}"] - h[f"finger5-1.{side}"]))
            toe = h[f"toe2-1.{side}"] - h[f"foot.{side}"]
            found[side] = {
                "upper": upper, "fore": fore, "hinge": unit(np.cross(upper, fore)), "hand": hand,
                "palm": palm * np.sign(np.dot(palm, (-sign, -1.0, 0.0))),
                "thigh": unit(h[f"lowerleg01.{side}"] - h[f"upperleg01.{side}"]),
                "shank": unit(h[f"foot.{side}"] - h[f"lowerleg01.{side}"]), "toe": unit(toe * (1, 0, 1)),
            }  # fmt: skip
        return found

    @cached_property
    def marks(self) -> dict[str, NDArray[np.int64]]:
        """Vertices on the skin whose mean is a landmark: nose, ears, mouth corners, heels, toes."""
        base, skin = self.base, np.arange(len(self.base)) < N_BODY
        eye_y = (self.cubes["joint-l-eye"][1] + self.cubes["joint-r-eye"][1]) / 2
        middle = skin & (abs(base[:, 0]) < 0.012) & (base[:, 1] < eye_y) & (base[:, 1] > eye_y - 0.075)
        found = {"nose": _extreme(middle, base[:, 2])}
        on_head = skin & (self.weights[:, self.index["head"]] > 0.5)
        lips = (
            skin
            & (np.abs(base[:, 1] - self.cubes["joint-mouth"][1]) < 0.012)
            & (base[:, 2] > self.cubes["joint-mouth"][2] - 0.01)
        )
        for side, sign in SIDES.items():
            word = {"L": "left", "R": "right"}[side]
            sideways = base[:, 0] * sign
            outer = on_head & (sideways > sideways[on_head].max() - 0.012)
            front_of_ear = np.quantile(base[outer, 2], 0.6)  # the tragus lies in the front third of the ear
            found[f"{word}_ear"] = np.flatnonzero(outer & (base[:, 2] > front_of_ear))
            found[f"mouth_{word}"] = _extreme(lips & (np.abs(sideways - 0.026) < 0.004), base[:, 2])
            foot = skin & (sideways > 0) & (base[:, 1] < self.head[f"foot.{side}"][1] - 0.03)
            found[f"{word}_heel"] = _extreme(foot, -base[:, 2])
            found[f"{word}_foot_index"] = _extreme(foot, base[:, 2])
        return found


def _extreme(among: NDArray[np.bool_], height: Array) -> NDArray[np.int64]:
    candidates = np.flatnonzero(among)
    return candidates[[int(np.argmax(height[candidates]))]]


def _parents_first(rig: dict[str, Any]) -> list[str]:
    order: list[str] = []
    left = list(rig)
    while left:
        ready = [b for b in left if not rig[b]["parent"] or rig[b]["parent"] in order]
        order += ready
        left = [b for b in left if b not in ready]
    return order


def _part(
    name: str, kind: str, vertices: Array, weights: Array, faces: list[Face], uv: Array, texture: Path,
    tint: tuple[float, float, float], expressions: dict[str, Array],
) -> Part:  # fmt: skip
    corners, corner_uv = triangles(faces)
    used, compact = np.unique(corners, return_inverse=True)
    moved = {e: d[used] for e, d in expressions.items() if np.abs(d[used]).max() > 1e-6}
    return Part(
        name,
        kind,
        vertices[used],
        weights[used].astype(np.float32),
        compact.reshape(-1, 3),
        uv[corner_uv],
        texture,
        tint,
        moved,
    )


def macro_targets(looks: dict[str, Any]) -> dict[str, float]:
    """Shares of the mesh's macro targets for sex, age (0 young, 1 old), weight and height (-1..1) and origin."""
    sex = looks["sex"]
    ages = {"young": 1.0 - looks.get("age", 0.0), "old": looks.get("age", 0.0)}
    shares: dict[str, float] = {}
    for age, of_age in ages.items():
        for weight, of_weight in _mix(looks.get("weight", 0.0), "weight").items():
            shares[f"universal-{sex}-{age}-averagemuscle-{weight}"] = of_age * of_weight
        for origin, of_origin in looks["origin"].items():
            shares[f"{origin}-{sex}-{age}"] = of_age * of_origin
        for height, of_height in _mix(looks.get("height", 0.0), "height").items():
            if height != "averageheight":
                shares[f"height/{sex}-{age}-averagemuscle-averageweight-{height}"] = of_age * of_height
    return {target: share for target, share in shares.items() if share > 0}


def _mix(value: float, word: str) -> dict[str, float]:
    """-1 least, 0 average, 1 most, blended in between."""
    return {f"average{word}": 1 - abs(value), f"{'max' if value > 0 else 'min'}{word}": abs(value)}
