"""What is true in a clip of the movements set: the movements of its script, and what an ideal camera and an ideal face
model would see, from which the product's own measures compute the true values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.moves_set import descriptions, folder
from benchmarks.people.assets import fetch
from benchmarks.people.limbs import fingers
from benchmarks.people.motion import blink_start, blinks, eased
from benchmarks.people.person import SIDES, Person
from benchmarks.people.posing import forward, load_poses
from benchmarks.people.rotation import Array
from benchmarks.people.truth import from_json, ideal_tracks, true_scene
from posture.findings import Move, View
from posture.landmarks import FACE_POINTS, Track
from posture.library import load_library
from posture.measures import Scene
from posture.measures.face import EYE_PITCH_DEG, EYE_YAW_DEG, Blend
from posture.moves.walks import steps

NAMES = {
    "please": "horizontal_sweep", "sit_please": "slant_seat", "point_finger": "mid_guide",
    "near_guide_palm_down": "near_guide", "near_guide_fingers_apart": "near_guide", "give_both": "give",
    "give_one": "give", "wave_out": "wave_farewell", "wave_in": "wave_farewell", "nod": "nod",
}  # fmt: skip
"""Pose of the set, without `desk_` and `_left`, to the movement that it is; the others have its name."""
RESTS = {"fold", "sides", "desk", "desk_type_a"}
NOT_CLAIMED = {"desk_reading_point", "desk_reading_finger", "desk_give_one"}
"""One hand on or just over the counter: docs/norms.md says that it is not recognised."""
NO_BOW = {"bow_head_only"}
IN_A_ROW_S = 0.3
"""A rest shorter than this does not end a movement: nods in a row."""
EYES_APART_PX, APERTURE, LIDS_IN_SMILE = 100.0, 0.3, 0.35
"""Outer eye corners of the ideal face, its eyelid gap by the eye's width, and by which share a full smile narrows it
(person.py: `smile` closes the lids by that)."""


@dataclass(frozen=True)
class Truth:
    """One clip: person, plan, script's segments, true movements and what ideal cameras in front and at the side see.

    looks : (T,) by `gaze_yaw`, `gaze_pitch` (degrees, own left and up positive), `smile` and `mouth_open` (0..1).
    held : (T,) whether a pose is held, not moved to.
    hands : points of the moving hands by movement, as `true_hands` gives them.
    """

    person: str
    plan: str
    moves: tuple[Move, ...]
    scenes: dict[View, Scene]
    looks: dict[str, Array]
    held: NDArray[np.bool_]
    hands: dict[Move, list[Array]]

    @property
    def time_s(self) -> Array:
        return self.scenes[View.FRONT].track.time_s


def true_moves(segments: list[dict[str, Any]]) -> list[Move]:
    """Every movement of a clip's script: start of the stroke, of the hold, its end, end of the return.

    Rests shorter than IN_A_ROW_S join nods; swings of a wave are one movement.
    """
    found: list[Move] = []
    after_rest = True
    for i, piece in enumerate(segments):
        if piece["kind"] == "walk":
            found.append(_move("walk", "", segments, i))
            after_rest = True
        if piece["kind"] != "hold":
            continue
        kind = kind_of(piece["pose"])
        if kind is None:
            after_rest = piece["end_s"] - piece["start_s"] >= IN_A_ROW_S
            continue
        move = _move(kind, _hand(piece["pose"]), segments, i)
        if found and not after_rest:
            count = found[-1].count + 1
            found[-1] = replace(found[-1], hold_end_s=move.hold_end_s, end_s=move.end_s, count=count)
        else:
            found.append(move)
        after_rest = False
    return [replace(m, count=m.count // 2) if m.kind == "wave_farewell" else m for m in found]


def kind_of(pose: str) -> str | None:
    """The movement that a pose of the set is, None for rests and for what is no movement that is claimed."""
    if pose in RESTS | NOT_CLAIMED | NO_BOW:
        return None
    base = pose.removeprefix("desk_").replace("_left", "")
    base = "bow" if base.startswith("bow") else NAMES.get(base, base)
    return base if base in _groups() else None


@cache
def _groups() -> dict[str, str]:
    known = {name: g.group for name, g in load_library().gestures.items() if g.group != "none"}
    return known | {name: name for name in ("bow", "nod", "walk")}


def _hand(pose: str) -> str:
    base = pose.removeprefix("desk_")
    if base in ("both_arms", "give_both"):
        return "both"
    return "" if base.startswith(("bow", "nod")) else "left" if base.endswith("_left") else "right"


def _move(kind: str, hand: str, segments: list[dict[str, Any]], i: int) -> Move:
    piece = segments[i]
    start_s = segments[i - 1]["start_s"] if i else 0.0
    end_s = segments[i + 1]["end_s"] if i + 1 < len(segments) else piece["end_s"]
    hold = (piece["start_s"], piece["end_s"])
    return Move(kind, _groups()[kind], 1, start_s, *hold, end_s, side=hand)


def truths() -> Iterator[tuple[str, Truth]]:
    """Name and truth of every clip that has been rendered."""
    for description in descriptions():
        path = folder() / f"{description.name}.truth.json"
        if not path.exists():
            continue
        told = json.loads(path.read_text(encoding="utf-8"))["people"][0]
        actor, plan = description.people[0], description.name.split("_", 1)[1]
        segments, record = told["segments"], from_json(told["frames"])
        time_s = np.array(record.time_s)
        looks = _looks(actor.script, segments, time_s)
        closed = np.array([blinks(blink_start(description.seed * 100), t) for t in time_s])
        tracks = ideal_tracks(record)
        _with_face(tracks[View.FRONT], looks, closed)
        held = np.zeros(len(time_s), bool)
        for piece in (s for s in segments if s["kind"] == "hold"):
            held |= (time_s >= piece["start_s"]) & (time_s <= piece["end_s"])
        scenes = {view: true_scene(track, view) for view, track in tracks.items()}
        moves = tuple(_stepped(m, scenes[View.SIDE]) if m.kind == "walk" else m for m in true_moves(segments))
        scenes = {view: scene.with_moves(moves) for view, scene in scenes.items()}
        hands = {m: true_hands(actor.person, _pose_at(segments, m), m.side) for m in moves if m.side}
        yield description.name, Truth(actor.person, plan, moves, scenes, looks, held, hands)


def _stepped(walk: Move, side: Scene) -> Move:
    """The walk from its first to its last step, and how many there are, by the true ankles."""
    first, last = np.searchsorted(side.track.time_s, (walk.hold_start_s, walk.hold_end_s))
    widest = steps(side, int(first) - 1, int(last))
    start_s, end_s = (float(side.track.time_s[widest[i]]) for i in (0, -1))
    return replace(walk, hold_start_s=start_s, hold_end_s=end_s, count=len(widest))


def _pose_at(segments: list[dict[str, Any]], move: Move) -> str:
    return str(next(s["pose"] for s in segments if s["kind"] == "hold" and s["start_s"] == move.hold_start_s))


def _looks(script: list[Any], segments: list[dict[str, Any]], time_s: Array) -> dict[str, Array]:
    """Turn of the eyes in the head and strength of the expressions, from the script's steps."""
    steps = iter(script)
    now = dict.fromkeys(("gaze_yaw", "gaze_pitch", "smile", "mouth_open"), 0.0)
    found = {name: np.zeros(len(time_s)) for name in now}
    before, after = now, now
    for i, piece in enumerate(segments):
        if piece["kind"] == "walk" or (piece["kind"] == "move" and segments[i + 1]["kind"] == "walk"):
            continue
        if piece["kind"] == "move" or not i or segments[i - 1]["kind"] != "move":
            step = next(s for s in steps if not isinstance(s, dict))
            before, after = after, _look_of(step)
        here = (time_s >= piece["start_s"]) & (time_s < piece["end_s"] + 1e-9)
        length_s = max(piece["end_s"] - piece["start_s"], 1e-9)
        for name, values in found.items():
            share = [eased(t) if piece["kind"] == "move" else 1.0 for t in (time_s[here] - piece["start_s"]) / length_s]
            values[here] = before[name] + (after[name] - before[name]) * np.array(share)
    return found


def _look_of(step: list[Any]) -> dict[str, float]:
    spec = _poses()[step[0]] | (step[-1] if isinstance(step[-1], dict) else {})
    face = spec.get("face", {})
    return {
        "gaze_yaw": spec.get("gaze_yaw", 0.0), "gaze_pitch": -spec.get("gaze_pitch", 0.0),
        "smile": face.get("smile", 0.0), "mouth_open": face.get("mouth_open", 0.0),
    }  # fmt: skip


@cache
def _poses() -> dict[str, dict[str, Any]]:
    return load_poses()


def _with_face(track: Track, looks: dict[str, Array], closed: NDArray[np.bool_]) -> None:
    """Scores and eyelid points as a face model without error would give them: the product's factors backwards."""
    left, up = looks["gaze_yaw"] / EYE_YAW_DEG, looks["gaze_pitch"] / EYE_PITCH_DEG
    scores = track.blendshapes
    scores[:] = 0.0
    for first, own, other in ((Blend.EYE_LOOK_OUT, left, -left), (Blend.EYE_LOOK_IN, -left, left)):
        scores[:, first], scores[:, first + 1] = np.maximum(own, 0), np.maximum(other, 0)
    for shape, values in (
        (Blend.EYE_LOOK_UP, np.maximum(up, 0)), (Blend.EYE_LOOK_DOWN, np.maximum(-up, 0)),
        (Blend.EYE_BLINK, closed), (Blend.MOUTH_SMILE, looks["smile"]),
        (Blend.EYE_SQUINT, LIDS_IN_SMILE * looks["smile"]),
    ):  # fmt: skip
        scores[:, shape : shape + 2] = np.asarray(values, float)[:, None]
    scores[:, Blend.JAW_OPEN] = looks["mouth_open"]
    gap = APERTURE * (1 - LIDS_IN_SMILE * looks["smile"]) * EYES_APART_PX / 3
    for (outer, inner, upper, lower), x in (((33, 133, 159, 145), 0.0), ((263, 362, 386, 374), EYES_APART_PX)):
        towards = 1.0 if x == 0 else -1.0
        for number, dx, dy in ((outer, 0, 0), (inner, 1 / 3, 0), (upper, 1 / 6, -gap / 2), (lower, 1 / 6, gap / 2)):
            track.face_px[:, FACE_POINTS.index(number), 0] = x + towards * dx * EYES_APART_PX
            track.face_px[:, FACE_POINTS.index(number), 1] = dy


def true_hands(person: str, pose: str, hand: str) -> list[Array]:
    """(1, 21, 3) points in metres of each moving hand in the shape that the pose gives it, as the hand model numbers
    them."""
    sides = {"left": "L", "right": "R"}
    wanted = list(SIDES) if hand == "both" else [sides[hand]]
    return [_true_hand(person, pose, side) for side in wanted]


@cache
def _true_hand(person: str, pose: str, side: str) -> Array:
    body, spec = _person(person), _poses()[pose]
    local = np.repeat(np.eye(3)[None], len(body.bones), 0)
    for bone, turn in fingers(body, side, {**spec.get("hand", {}), **spec.get(f"hand_{side}", {})}).items():
        local[body.index[bone]] = turn
    bones = forward(body, local, np.zeros(3))
    points = [bones.place[body.index[f"wrist.{side}"]]]
    for finger in range(1, 6):
        points += [bones.place[body.index[f"finger{finger}-{joint}.{side}"]] for joint in (1, 2, 3)]
        last = f"finger{finger}-3.{side}"
        points.append(points[-1] + bones.rotation[body.index[last]] @ (body.tail[last] - body.head[last]))
    return np.array(points)[None]


@cache
def _person(name: str) -> Person:
    return Person(name, fetch())
