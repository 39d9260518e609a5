"""Reading the base mesh, its targets, and what is worn on it. Lengths in decimetres, as the files have them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.people.rotation import Array

Face = list[tuple[int, int]]
"""Corners of a polygon: vertex and texture coordinate."""
N_BODY = 13380
"""The first so many vertices are the visible body, the rest are helpers for clothes and joints."""


def read_base(folder: Path) -> tuple[Array, Array, list[Face]]:
    """(N, 3) vertices, (M, 2) texture coordinates and the polygons of the visible body."""
    vertices, uv, faces = [], [], []
    group = ""
    for line in (folder / "3dobjs" / "base.obj").read_text().splitlines():
        kind, *values = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in values[:3]])
        elif kind == "vt":
            uv.append([float(x) for x in values[:2]])
        elif kind == "g":
            group = values[0]
        elif kind == "f" and group == "body":
            corners = [[int(i) - 1 for i in corner.split("/")[:2]] for corner in values]
            faces.append([(v, t) for v, t in corners])
    return np.array(vertices), np.array(uv), faces


def read_target(path: Path, n: int) -> Array:
    """(n, 3) displacement of a target at full strength."""
    moved = np.zeros((n, 3))
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                index, *xyz = line.split()[:4]
                moved[int(index)] += [float(x) for x in xyz]
    return moved


@dataclass(frozen=True)
class Worn:
    """Clothes, hair, eyes or the like, fitted to the base mesh by three weighted vertices each."""

    name: str
    kind: str
    faces: list[Face]
    uv: Array
    base: NDArray[np.int64]
    weight: Array
    offset: Array
    hides: NDArray[np.bool_]
    """(N,) base vertices that it covers: faces wholly within are left away."""
    texture: Path


def read_worn(wardrobe: Path, item: str, texture: str | None) -> Worn:
    """`item` is `kind/name`; `texture` chooses among its textures by a part of the name."""
    kind, name = item.split("/")
    path = wardrobe / "proxies" / item / f"{name}.json"
    data = json.loads(path.read_text())
    material = next(
        (m for m in data["materials"] if texture and texture in str(m.get("mapDiffuse"))), data["materials"][0]
    )
    return Worn(
        name=name,
        kind=kind,
        faces=_faces(data["faces"]),
        uv=np.array(data["uvs"][0]).reshape(-1, 2),
        base=np.array(data["ref_vIdxs"]),
        weight=np.array(data["weights"]),
        offset=np.array(data["offsets"]),
        hides=np.array(data["metadata"]["deleteVerts"]) > 0,
        texture=path.parent / material["mapDiffuse"],
    )


def _faces(packed: list[int]) -> list[Face]:
    """Polygons of the three.js JSON format 3: a bit field tells which indices follow."""
    faces: list[Face] = []
    i = 0
    while i < len(packed):
        bits = packed[i]
        if bits & 0xF0:
            raise ValueError(f"expected faces with vertices, material and texture only, got bits {bits:#x}")
        n = 4 if bits & 1 else 3
        vertices = packed[i + 1 : i + 1 + n]
        i += 1 + n + bool(bits & 2)
        textures = [0] * n
        if bits & 8:
            textures = packed[i : i + n]
            i += n
        faces.append(list(zip(vertices, textures, strict=True)))
    return faces


def triangles(faces: list[Face]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(F, 3) vertices and (F, 3) texture coordinates of the polygons cut into triangles."""
    corners = [(f[0], f[k], f[k + 1]) for f in faces for k in range(1, len(f) - 1)]
    both = np.array(corners)
    return both[..., 0], both[..., 1]


def read_rig(folder: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Bones, their skin weights, and the vertex groups of the joint cubes, as in the files."""
    rig = json.loads((folder / "rigs/standard/rig.default.json").read_text())
    weights = json.loads((folder / "rigs/standard/weights.default.json").read_text())["weights"]
    groups = json.loads((folder / "mesh_metadata/basemesh_vertex_groups.json").read_text())
    return rig.get("bones", rig), weights, groups
