"""Drawings of reference poses, gestures and norms as inline SVG, from the joints in `reference_poses/`: a figure from
the front and one from the side. Arms that matter are blue and thicker, so that they stand out without colour too.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
from pydantic import Field

from posture.compare import projected
from posture.landmarks import Array
from posture.library import Library
from posture.reference_files import read, reference_dir
from posture.references import Gesture, Point, ReferencePose, Strict
from posture.text import say

NEUTRAL = "stand_hands_sides"
"""The pose whose body a gesture's arm is drawn on."""
FRONT_DEG, SIDE_DEG = 0.0, 90.0
_LEGS = ("knee", "ankle", "heel", "foot_index")
_HEAD = ("nose", "eye", "ear")
_ARMS = frozenset(f"{side}_{joint}" for side in ("left", "right") for joint in ("elbow", "wrist", "index"))
_NECK = (0.0, 1.15, 0.0)
_PX = 46.0
_TOP, _BOTTOM, _HALF = 1.95, -2.05, 1.65
"""What the drawing shows, in trunk lengths: up, down, and to either side of the hips."""


class Drawn(Strict):
    """What a drawing changes in a pose (figures.yaml)."""

    pose: str
    mirror: bool = False
    bend_deg: float = 0.0
    nod_deg: float = 0.0
    turn_deg: float = 0.0
    lower: float = 0.0
    joints: dict[str, Point] = Field(default_factory=dict)


class Drawings(Strict):
    """figures.yaml: id of a set, criterion or gesture to its drawings."""

    figures: dict[str, tuple[Drawn, ...]]


@dataclass(frozen=True)
class Figure:
    """A body to draw: its pose and the joints that matter."""

    pose: ReferencePose
    strong: frozenset[str] = frozenset()


def figures_of(name: str, library: Library) -> tuple[Figure, ...]:
    """What to draw for a pose, gesture, criteria set or criterion of that id; empty where there is no drawing.

    Raises
    ------
    ReferenceProblems
        figures.yaml has mistakes.
    """
    if drawn := _drawings(reference_dir() / "figures" / "figures.yaml").figures.get(name):
        return tuple(_changed(d, library.poses[d.pose]) for d in drawn)
    if name in library.poses:
        return (figure_of(library.poses[name]),)
    if name in library.gestures:
        return tuple(_gesture(library.gestures[name], i, library) for i in range(len(library.gestures[name].shapes)))
    return ()


@cache
def _drawings(path: Path) -> Drawings:
    return read(path, Drawings)[0]


def figure_of(pose: ReferencePose) -> Figure:
    """A pose to draw, its arms in colour."""
    return Figure(pose, _ARMS)


def figure_svg(figure: Figure, label: str) -> str:
    """The figure from the front and from the side, side by side. `label` is read to those who do not see it."""
    width, height = 4 * _HALF * _PX, (_TOP - _BOTTOM) * _PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(label)}" fill="none" stroke-linecap="round" stroke-linejoin="round">'
    ]
    for i, yaw_deg in enumerate((FRONT_DEG, SIDE_DEG)):
        parts += _body(figure, yaw_deg, ((2 * i + 1) * _HALF * _PX, _TOP * _PX))
    return "".join([*parts, "</svg>"])


def figure_html(figure: Figure, language: str, label: str) -> str:
    """The same as a picture with its two views named, for pages that take no SVG of their own."""
    data = base64.b64encode(figure_svg(figure, label).encode()).decode()
    views = "".join(
        f'<span style="flex:1;text-align:center">{escape(say(f"report.view.{view}", language))}</span>'
        for view in ("front", "side")
    )
    return (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(label)}" style="width:100%;display:block">'
        f'<div style="display:flex;font-size:.8rem;opacity:.75">{views}</div>'
    )


def _gesture(gesture: Gesture, shape: int, library: Library) -> Figure:
    body = library.poses[NEUTRAL]
    own = gesture.shapes[shape]
    sides = {n.split("_")[0] for n in own if "elbow" in n}
    kept = {n: p for n, p in body.joints.items() if not _of_arms(n, sides)}
    strong = {f"{side}_{joint}" for side in sides for joint in ("shoulder", "elbow", "wrist", "index")}
    return Figure(body.model_copy(update={"joints": kept | own}), frozenset(strong))


def _of_arms(name: str, sides: set[str]) -> bool:
    side, _, joint = name.partition("_")
    return side in sides and joint in ("shoulder", "elbow", "wrist", "index", "pinky", "thumb")


def _changed(drawn: Drawn, pose: ReferencePose) -> Figure:
    """The pose with what the drawing changes; what was changed matters."""
    own = dict(drawn.joints)
    if drawn.mirror:
        own |= {n.replace("left_", "right_"): (-p[0], p[1], p[2]) for n, p in drawn.joints.items()}
    moved = {n.split("_")[0] for n in own if n.endswith(("wrist", "elbow"))}
    joints = {n: p for n, p in pose.joints.items() if not (_of_arms(n, moved) and not n.endswith("shoulder"))}
    joints |= own
    for name, point in joints.items():
        x, y, z = point
        leg = name.endswith(_LEGS)
        if drawn.lower and not leg:
            y -= drawn.lower
        if name.endswith(_HEAD):
            x, y, z = _turned((x, y, z), drawn.turn_deg, drawn.nod_deg)
        if drawn.bend_deg and not leg:
            x, y, z = _bent((x, y, z), drawn.bend_deg, (0.0, 0.0, 0.0))
        joints[name] = (x, y, z)
    return Figure(pose.model_copy(update={"joints": joints}), frozenset(own) or _ARMS)


def _bent(point: Point, degrees: float, about: Point) -> Point:
    """Turned forward about the sideways axis through `about`."""
    angle = np.radians(degrees)
    y, z = point[1] - about[1], point[2] - about[2]
    up, forward = y * np.cos(angle) - z * np.sin(angle), y * np.sin(angle) + z * np.cos(angle)
    return point[0], float(up) + about[1], float(forward) + about[2]


def _turned(point: Point, turn_deg: float, nod_deg: float) -> Point:
    x, y, z = _bent(point, nod_deg, _NECK) if nod_deg else point
    angle = np.radians(turn_deg)
    return float(x * np.cos(angle) + z * np.sin(angle)), y, float(z * np.cos(angle) - x * np.sin(angle))


_FAR, _NEAR, _TRUNK, _STRONG = "#6f7d8b", "#8b98a6", "#9fabb7", "#1f77c9"
_BONES = (
    (("hip", "knee"), 0.23), (("knee", "ankle"), 0.18), (("ankle", "foot_index"), 0.12),
    (("shoulder", "elbow"), 0.17), (("elbow", "wrist"), 0.14), (("wrist", "index"), 0.12),
)  # fmt: skip


def _body(figure: Figure, yaw_deg: float, origin: tuple[float, float]) -> list[str]:
    """SVG parts, what is farther from the viewer first."""
    given = figure.pose.joints
    names = list(given)
    flat = projected(figure.pose, names, np.array([yaw_deg]), 0.0)[0].astype(float)
    at = dict(zip(names, flat * _PX + np.array(origin), strict=True))
    turn = np.radians(yaw_deg)
    away = {n: p[0] * np.sin(turn) - p[2] * np.cos(turn) for n, p in given.items()}
    pieces: list[tuple[float, str]] = []
    for side in ("left", "right"):
        for (a, b), width in _BONES:
            ends = (f"{side}_{a}", f"{side}_{b}")
            if not all(e in at for e in ends):
                continue
            depth = (away[ends[0]] + away[ends[1]]) / 2
            strong = ends[1] in figure.strong
            colour = _STRONG if strong else _FAR if depth > 0.05 else _NEAR
            pieces.append((depth, _line(at[ends[0]], at[ends[1]], width + 0.03 * strong, colour)))
    pieces += _trunk(at, yaw_deg)
    pieces += _head(given, at, away)
    return [*_floor(at, origin[0]), *(text for _, text in sorted(pieces, key=lambda piece: -piece[0]))]


def _floor(at: dict[str, Array], middle: float) -> list[str]:
    """A line under the feet, where there are any."""
    feet = [float(p[1]) for n, p in at.items() if n.endswith(("ankle", "heel", "foot_index"))]
    if not feet:
        return []
    y = max(feet) + 0.07 * _PX
    return [_line(np.array([middle - 1.1 * _PX, y]), np.array([middle + 1.1 * _PX, y]), 0.02, _FAR)]


def _trunk(at: dict[str, Array], yaw_deg: float) -> list[tuple[float, str]]:
    corners = [n for n in ("left_shoulder", "right_shoulder", "right_hip", "left_hip") if n in at]
    if len(corners) < 2:
        return []
    points = [at[n] for n in corners]
    if len(corners) == 2:  # hips behind a counter
        points += [points[1] + (0, 0.75 * _PX), points[0] + (0, 0.75 * _PX)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    width = (0.16 if yaw_deg == FRONT_DEG else 0.34) * _PX
    return [(0.0, f'<polygon points="{path}" fill="{_TRUNK}" stroke="{_TRUNK}" stroke-width="{width:.1f}"/>')]


def _head(given: dict[str, Point], at: dict[str, Array], away: dict[str, float]) -> list[tuple[float, str]]:
    ears = [n for n in ("left_ear", "right_ear") if n in at]
    shoulders = [n for n in ("left_shoulder", "right_shoulder") if n in at]
    if not ears or not shoulders:
        return []
    middle = np.mean([at[n] for n in ears], 0)
    depth = float(np.mean([away[n] for n in ears])) - 0.06
    radius = 0.24 * _PX
    parts = [(depth + 0.02, _line(np.mean([at[n] for n in shoulders], 0), middle, 0.14, _FAR))]
    circle = f'<circle cx="{middle[0]:.1f}" cy="{middle[1]:.1f}" r="{radius:.1f}" fill="{_NEAR}"/>'
    parts.append((depth, circle))
    if "nose" in at:
        off_px = max(float(np.linalg.norm(at["nose"] - middle)), 1e-6)
        tip = middle + (at["nose"] - middle) * min(1.0, 1.12 * radius / off_px)
        if away["nose"] < 0.02 or off_px > 0.8 * radius:
            parts.append((depth - 0.01, _line(middle + 0.75 * (tip - middle), tip, 0.07, _FAR)))
    return parts


def _line(a: Array, b: Array, width: float, colour: str) -> str:
    return (
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{colour}" '
        f'stroke-width="{width * _PX:.1f}"/>'
    )
