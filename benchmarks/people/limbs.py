"""World rotations of the bones of one arm or one leg from named angles or from where the wrist shall be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.people.person import SIDES, Person
from benchmarks.people.rotation import Array, X, Y, Z, about, from_axes, shortest, twist_deg, unit

DOWN = -Y


@dataclass(frozen=True)
class Trunk:
    """What limbs hang on: rotation of the whole body about the vertical, of thorax and pelvis, and the place in the
    middle between the resting shoulders and that of the pelvis."""

    heading: Array
    thorax: Array
    pelvis: Array
    shoulders: Array
    hips: Array

    def frame(self, name: str) -> Array:
        return {"world": self.heading, "thorax": self.thorax, "pelvis": self.pelvis}[name]


def arm(
    person: Person, side: str, spec: dict[str, Any], hand: dict[str, Any], trunk: Trunk, shoulder: Array
) -> dict[str, Array]:
    """Rotations of upper arm, forearm and wrist.

    spec : `wrist` in arm lengths from mid-shoulder (x own left, y up, z forward) or, with `frame` world, from the
        pelvis, and `pole`, the direction the elbow points to; or `abduction`, `flexion`, `elbow`, `turn` in degrees.
    hand : `along` and `palm`, the directions of hand and palm normal in `frame`; without `along` the hand goes on in
        the line of the forearm.
    """
    rest, sign = person.rest[side], SIDES[side]
    upper, fore, hinge = (
        _reach(person, side, spec, trunk, shoulder) if "wrist" in spec else _by_angles(sign, spec, trunk)
    )
    full = from_axes(rest["upper"], rest["hinge"], upper, hinge)
    untwisted = shortest(trunk.thorax @ rest["upper"], upper) @ trunk.thorax
    half = about(upper, twist_deg(full @ untwisted.T, upper) / 2) @ untwisted
    lower = from_axes(rest["fore"], rest["hinge"], fore, hinge)
    frame = trunk.frame(hand.get("frame", "thorax"))
    along = unit(frame @ np.array(hand["along"])) if "along" in hand else fore
    palm = unit(frame @ np.array(hand.get("palm", (-sign, 0, 0)), float))
    wrist = from_axes(rest["hand"], rest["palm"], along, palm)
    as_forearm = shortest(lower @ rest["hand"], along) @ lower
    turned = about(fore, twist_deg(wrist @ as_forearm.T, fore) / 2) @ lower
    return {
        f"upperarm01.{side}": half, f"upperarm02.{side}": full, f"lowerarm01.{side}": lower,
        f"lowerarm02.{side}": turned, f"wrist.{side}": wrist,
    }  # fmt: skip


def _by_angles(sign: float, spec: dict[str, Any], trunk: Trunk) -> tuple[Array, Array, Array]:
    raised = about(Z, sign * spec.get("abduction", 8.0)) @ about(X, -spec.get("flexion", 0.0))
    upper = raised @ DOWN
    bends_towards = about(upper, sign * spec.get("turn", 0.0)) @ (raised @ Z)
    hinge = trunk.thorax @ unit(np.cross(upper, bends_towards))
    upper = trunk.thorax @ upper
    return upper, about(hinge, spec.get("elbow", 12.0)) @ upper, hinge


def _reach(
    person: Person, side: str, spec: dict[str, Any], trunk: Trunk, shoulder: Array
) -> tuple[Array, Array, Array]:
    """Two-bone reach: law of cosines for the elbow's bend, `pole` for its direction. Too far is cut to a straight
    arm."""
    h = person.head
    a = float(np.linalg.norm(h[f"lowerarm01.{side}"] - h[f"upperarm01.{side}"]))
    b = float(np.linalg.norm(h[f"wrist.{side}"] - h[f"lowerarm01.{side}"]))
    frame = spec.get("frame", "thorax")
    start = trunk.shoulders if frame == "thorax" else trunk.hips
    to_wrist = start + trunk.frame(frame) @ np.array(spec["wrist"]) * (a + b) - shoulder
    length = min(float(np.linalg.norm(to_wrist)), 0.999 * (a + b))
    towards = unit(to_wrist)
    cosine = (a * a + length * length - b * b) / (2 * a * length)
    pole = trunk.thorax @ unit(spec.get("pole", (SIDES[side] * 0.6, -1, -0.3)))
    aside = unit(pole - np.dot(pole, towards) * towards)
    upper = unit(towards * cosine + aside * np.sqrt(max(0.0, 1 - cosine * cosine)))
    fore = unit(towards * length - a * upper)
    return upper, fore, unit(np.cross(upper, fore))


def leg(person: Person, side: str, spec: dict[str, Any], foot: dict[str, Any], trunk: Trunk) -> dict[str, Array]:
    """Rotations of thigh, shank and foot from `abduction`, `flexion`, `turn`, `knee`; foot `out` and `pitch`."""
    rest, sign = person.rest[side], SIDES[side]
    raised = trunk.heading @ about(Z, sign * spec.get("abduction", 2.0)) @ about(X, -spec.get("flexion", 0.0))
    thigh = raised @ DOWN
    hinge = about(thigh, -sign * spec.get("turn", 8.0)) @ (raised @ X)
    shank = about(hinge, spec.get("knee", 2.0)) @ thigh
    points_out = np.degrees(np.arctan2(rest["toe"][0], rest["toe"][2]))
    upper = from_axes(rest["thigh"], X, thigh, hinge)
    lower = from_axes(rest["shank"], X, shank, hinge)
    sole = trunk.heading @ about(Y, sign * foot.get("out", 12.0) - points_out) @ about(X, foot.get("pitch", 0.0))
    return {
        f"upperleg01.{side}": upper, f"upperleg02.{side}": upper, f"lowerleg01.{side}": lower,
        f"lowerleg02.{side}": lower, f"foot.{side}": sole,
    }  # fmt: skip


def fingers(person: Person, side: str, hand: dict[str, Any]) -> dict[str, Array]:
    """Local rotations of the finger bones. `curl` in degrees, one for all or [index, middle, ring, little];
    `together` 0 as the mesh spreads them .. 1 closed; `thumb` its bend."""
    h, t, palm = person.head, person.tail, person.rest[side]["palm"]
    curl = np.broadcast_to(np.asarray(hand.get("curl", 12.0), float), 4)
    middle = unit(h[f"finger3-2.{side}"] - h[f"finger3-1.{side}"])
    found = {}
    for finger in range(1, 6):
        for joint in (1, 2, 3):
            bone = f"finger{finger}-{joint}.{side}"
            along = unit(t[bone] - h[bone])
            hinge = unit(np.cross(along, palm))
            if finger == 1:
                found[bone] = about(hinge, hand.get("thumb", 10.0) * (0.3 if joint == 1 else 1.0))
                continue
            bend = about(hinge, curl[finger - 2] * (1.0 if joint > 1 else 0.8))
            if joint == 1:
                a, b = (v - np.dot(v, palm) * palm for v in (along, middle))
                spread = np.degrees(np.arctan2(np.dot(np.cross(a, b), palm), np.dot(a, b)))
                bend = bend @ about(palm, spread * hand.get("together", 1.0))
            found[bone] = bend
    return found
