"""A person's poses over time: holds, eased moves, walking, and the small movements of a living body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.people.person import SIDES, Person
from benchmarks.people.posing import Posed, blended, on_floor, posed
from benchmarks.people.rotation import Array, X, Y, Z, about

MOVE_S = 0.9
STRIDE = ("step_left", "pass_left", "step_right", "pass_right")
STEP_PER_LEG = 0.72
"""Step length by leg length of the walking poses."""
_SWAY_DEG = {
    # bone: amplitude of slow sway (0.1 to 0.45 Hz) about x, y, z
    "spine03": (0.5, 0.4, 0.5), "neck02": (0.6, 0.7, 0.5), "head": (0.8, 0.9, 0.6),
    "clavicle.L": (0.0, 0.0, 0.4), "clavicle.R": (0.0, 0.0, 0.4),
}  # fmt: skip
_TREMOR_DEG = 0.12
_BLINK_EVERY_S, _BLINK_S = 4.0, 0.16


@dataclass(frozen=True)
class Piece:
    """From `start_s`: `length_s` seconds of holding `pose`, or of moving to it from the piece before, or of walking."""

    kind: str
    start_s: float
    length_s: float
    pose: Posed
    walk: tuple[Array, Array] | None = None
    strides: tuple[Posed, ...] = ()
    cadence_hz: float = 0.0

    @property
    def end_s(self) -> float:
        return self.start_s + self.length_s


class Performance:
    """A script played by one person.

    script : list of steps. `[pose, hold_s]`, `[pose, hold_s, move_s]`, the same with a dict of changes to the pose as
        last item, or `{walk: [x, z], cadence_per_min: 108}` (from where the person stands to x, z in metres).
    """

    def __init__(
        self, person: Person, script: list[Any], poses: dict[str, dict[str, Any]], seed: int,
        at: tuple[float, float] = (0.0, 0.0), yaw_deg: float = 0.0, lively: float = 1.0,
    ) -> None:  # fmt: skip
        self.person, self.lively = person, lively
        self._poses, self._where, self._yaw = poses, np.array([at[0], 0.0, at[1]]), yaw_deg
        self._noise = _Noise(seed)
        self.pieces: list[Piece] = []
        for step in script:
            if isinstance(step, dict):
                self._walk(step)
            else:
                name, hold_s, *rest = step
                changes = rest.pop() if rest and isinstance(rest[-1], dict) else {}
                self._hold(self._state(name, changes), float(hold_s), float(rest[0]) if rest else MOVE_S)

    @property
    def length_s(self) -> float:
        return self.pieces[-1].end_s

    def _state(self, name: str, changes: dict[str, Any]) -> Posed:
        spec = {**self._poses[name], **changes}
        spec["yaw"] = spec.get("yaw", 0.0) + self._yaw
        spec["at"] = tuple(self._where)
        return posed(self.person, spec, name)

    def _add(self, kind: str, length_s: float, pose: Posed, walk: tuple[Array, Array] | None = None) -> None:
        start_s = self.pieces[-1].end_s if self.pieces else 0.0
        self.pieces.append(Piece(kind, start_s, length_s, pose, walk))

    def _hold(self, state: Posed, hold_s: float, move_s: float) -> None:
        if self.pieces:
            self._add("move", move_s, state)
        self._add("hold", hold_s, state)

    def _walk(self, step: dict[str, Any]) -> None:
        target = np.array([step["walk"][0], 0.0, step["walk"][1]])
        way = target - self._where
        self._yaw = float(np.degrees(np.arctan2(way[0], way[2])))
        leg_m = self.person.head["upperleg01.L"][1] - self.person.head["foot.L"][1]
        speed = STEP_PER_LEG * leg_m * step.get("cadence_per_min", 108) / 60
        phases = tuple(self._state(name, {}) for name in STRIDE)
        if self.pieces:
            self._add("move", 0.6, phases[0])
        self._add("walk", float(np.linalg.norm(way)) / speed, phases[0], (self._where.copy(), target))
        cadence_hz = step.get("cadence_per_min", 108) / 60
        self.pieces[-1] = replace(self.pieces[-1], strides=phases, cadence_hz=cadence_hz)
        self._where = target

    def at(self, time_s: float) -> Posed:
        """The posed person."""
        number = next((i for i, p in enumerate(self.pieces) if time_s < p.end_s - 1e-9), len(self.pieces) - 1)
        piece = self.pieces[number]
        share = np.clip((time_s - piece.start_s) / max(piece.length_s, 1e-9), 0.0, 1.0)
        if piece.kind == "walk":
            state = self._striding(time_s - piece.start_s, share, piece)
        elif piece.kind == "move":
            state = self._moving(number, float(share))
        else:
            state = piece.pose
        return self._alive(state, time_s)

    def _moving(self, number: int, share: float) -> Posed:
        before, piece = self.pieces[number - 1], self.pieces[number]
        start = before.pose if before.kind != "walk" else self._striding(before.length_s, 1.0, before)
        return blended(self.person, start, piece.pose, eased(share))

    def _striding(self, since_s: float, share: float, piece: Piece) -> Posed:
        assert piece.walk is not None
        phase = since_s * piece.cadence_hz * 2  # two of the four phases a step
        first = int(phase) % 4
        state = blended(self.person, piece.strides[first], piece.strides[(first + 1) % 4], phase % 1.0)
        start, end = piece.walk
        return replace(state, place=start + (end - start) * share + np.array([0.0, state.place[1], 0.0]), label="walk")

    def _alive(self, state: Posed, time_s: float) -> Posed:
        """Sway, tremor, breathing and blinking on top of the pose."""
        local = state.local.copy()
        for bone, amplitude in _SWAY_DEG.items():
            i = self.person.index[bone]
            for axis, deg in zip((X, Y, Z), amplitude, strict=True):
                turn = deg * self._noise.slow(f"{bone}{axis}", time_s) + _TREMOR_DEG * self._noise.fast(
                    f"{bone}{axis}", time_s
                )
                local[i] = local[i] @ about(axis, self.lively * turn)
        if not state.seated:
            for side in SIDES:
                i = self.person.index[f"upperarm01.{side}"]
                local[i] = about(X, self.lively * 0.6 * self._noise.slow(f"arm{side}", time_s)) @ local[i]
        face = dict(state.face)
        if blinks(self._noise.start, time_s):
            face["eyes_closed"] = 1.0
        return on_floor(self.person, replace(state, local=local, face=face))


def eased(share: float) -> float:
    """How far a move has got when `share` of its time has passed."""
    return float(0.5 - 0.5 * np.cos(np.pi * share))


def blink_start(seed: int) -> float:
    """0..1, when the performance of this seed begins to blink."""
    return float(np.random.default_rng(seed).uniform())


def blinks(start: float, time_s: float) -> bool:
    """Whether the eyes are closed in a blink."""
    return (time_s + 2.0 * start) % _BLINK_EVERY_S < _BLINK_S


class _Noise:
    """Smooth random functions of time, the same for the same seed and name."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._waves: dict[tuple[str, float, float], tuple[Array, Array]] = {}
        self.start = blink_start(seed)

    def slow(self, name: str, time_s: float) -> float:
        return self._sum(name, 0.08, 0.45, time_s)

    def fast(self, name: str, time_s: float) -> float:
        return self._sum(name, 6.0, 9.0, time_s)

    def _sum(self, name: str, low_hz: float, high_hz: float, time_s: float) -> float:
        key = (name, low_hz, high_hz)
        if key not in self._waves:
            rng = np.random.default_rng([self._seed, int(low_hz * 100), *name.encode()])
            self._waves[key] = (rng.uniform(low_hz, high_hz, 3), rng.uniform(0, 2 * np.pi, 3))
        frequency, phase = self._waves[key]
        return float(np.sin(2 * np.pi * frequency * time_s + phase).sum() / np.sqrt(1.5))
