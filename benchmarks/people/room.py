"""What stands round the people: walls, floor, counter, chair, and what a hand holds. All are boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.people.person import Person
from benchmarks.people.posing import Posed, forward
from benchmarks.people.rotation import Array, unit

CHAIR_UNDER_HIPS_M = 0.115
THING_HALF_M = {"phone": (0.037, 0.075, 0.005), "paper": (0.105, 0.002, 0.148)}
THING_COLOUR = {"phone": (0.02, 0.02, 0.025), "paper": (0.85, 0.85, 0.83)}


@dataclass(frozen=True)
class Light:
    """Strength of the lamp in front, the one from the side, the light from everywhere, and of the back wall itself
    (a window behind the person); `noise` is the sensor's, in grey levels."""

    key: float = 1.0
    fill: float = 1.0
    everywhere: float = 1.0
    wall: float = 0.0
    noise: float = 2.0


LIGHTS = {
    "office": Light(),
    "dim": Light(key=0.16, fill=0.12, everywhere=0.2, noise=5.0),
    "back": Light(key=0.10, fill=0.15, everywhere=0.42, wall=0.75, noise=3.0),
    "side": Light(key=0.15, fill=1.9, everywhere=0.55),
}


@dataclass(frozen=True)
class Box:
    """Corners (8, 3) are `centre` plus or minus the rows of `half` (3, 3); `lit` adds light of its own."""

    centre: tuple[float, float, float] | Array
    half: Array
    colour: tuple[float, float, float]
    lit: float = 0.0


def upright(
    centre: tuple[float, float, float],
    half: tuple[float, float, float],
    colour: tuple[float, float, float],
    lit: float = 0.0,
) -> Box:
    return Box(centre, np.diag(half), colour, lit)


def walls(
    light: Light,
    wall: tuple[float, float, float] = (0.60, 0.58, 0.53),
    floor: tuple[float, float, float] = (0.30, 0.26, 0.23),
) -> list[Box]:
    """Floor, back wall with skirting, two side walls."""
    return [
        upright((0, -0.01, 0), (8, 0.01, 8), floor),
        upright((0, 1.5, -1.9), (8, 1.6, 0.02), wall, light.wall),
        upright((0, 0.05, -1.875), (8, 0.05, 0.01), (0.75, 0.75, 0.75), light.wall * 0.5),
        upright((-4, 1.5, 0), (0.02, 1.6, 8), wall),
        upright((4, 1.5, 0), (0.02, 1.6, 8), wall),
    ]


def counter(height_m: float, near_m: float = 0.28, depth_m: float = 0.7, width_m: float = 2.6) -> list[Box]:
    """A counter between person and camera, its edge `near_m` in front of the person: front and a lighter top."""
    middle = near_m + depth_m / 2
    return [
        upright(
            (0, (height_m - 0.03) / 2, middle), (width_m / 2, (height_m - 0.03) / 2, depth_m / 2), (0.42, 0.36, 0.30)
        ),
        upright((0, height_m - 0.015, middle), (width_m / 2 + 0.02, 0.015, depth_m / 2 + 0.02), (0.62, 0.58, 0.52)),
    ]


def chair(person: Person, state: Posed) -> list[Box]:
    """A seat under the hips, in the direction that the person sits."""
    bones = forward(person, state.local, state.place)
    hips = (bones.place[person.index["upperleg01.L"]] + bones.place[person.index["upperleg01.R"]]) / 2
    seat = float(hips[1]) - CHAIR_UNDER_HIPS_M
    return [upright((float(hips[0]), seat / 2, float(hips[2]) + 0.03), (0.23, seat / 2, 0.22), (0.05, 0.06, 0.09))]


def held(person: Person, state: Posed) -> list[Box]:
    """What is in the hands: a phone in the palm of the right, a sheet between both or in the right."""
    if state.holds is None:
        return []
    bones = forward(person, state.local, state.place)
    palm = {s: _palm(person, bones.place, s) for s in "LR"}
    wrist = bones.rotation[person.index["wrist.R"]]
    along, out = wrist @ person.rest["R"]["hand"], wrist @ person.rest["R"]["palm"]
    size = THING_HALF_M[state.holds]
    if state.holds == "phone":
        axes = np.stack([unit(np.cross(along, out)), along, out])
        centre = palm["R"] + 0.03 * out + 0.03 * along
    else:
        across = palm["L"] - palm["R"]
        both = np.linalg.norm(across) < 0.45
        side = unit(across) if both else unit(np.cross(along, out))
        axes = np.stack([side, unit(np.cross(along, side)), along])
        centre = (palm["L"] + palm["R"]) / 2 + 0.13 * along if both else palm["R"] + 0.13 * along
    return [Box(centre, axes * np.array(size)[:, None], THING_COLOUR[state.holds])]


def _palm(person: Person, place: Array, side: str) -> Array:
    return (place[person.index[f"finger3-1.{side}"]] + place[person.index[f"wrist.{side}"]]) / 2


def corners(box: Box) -> tuple[Array, Array, NDArray[np.int32]]:
    """(24, 3) vertices, (24, 3) normals, (36,) indices of a box whose rows of `half` may point anywhere."""
    vertices, normals, index = [], [], []
    for axis in range(3):
        b, c = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1, 1):
            first = len(vertices)
            for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                vertices.append(np.asarray(box.centre) + sign * box.half[axis] + u * box.half[b] + v * box.half[c])
                normals.append(sign * unit(box.half[axis]))
            order = (0, 1, 2, 0, 2, 3) if sign > 0 else (0, 2, 1, 0, 3, 2)
            index += [first + k for k in order]
    return np.array(vertices), np.array(normals), np.array(index, np.int32)
