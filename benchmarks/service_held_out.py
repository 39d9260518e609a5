"""Service scenes drawn at random, in the form of service_set.yaml: no limit but `bows.OWN_WAY_SHARE` came from them.

Drawn are people, camera, which sub-steps are late or wanting, and all times. They are played as landmarks without
pictures (service_tracks.py) or rendered (`python -m benchmarks.service_set --scene held_out_30_0`). Tracks are kept by
name: whoever changes the drawing takes another seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

SEED, N_SCENES = 30, 10
ARRIVES_S = 5.2
"""The client, who sets out after 2 s, stands at the counter about then (5.0 to 5.4, by the length of the legs)."""
PEOPLE = ("lin", "mei", "zhang", "wang", "amara", "kofi", "erik", "chen", "liu", "anna")
LONG_REST_S = (1.2, 2.5)
"""A pause on one's feet that is listening; a shorter one of 0.2 s is none."""


@dataclass
class _Script:
    """Steps of one person and the time at which the last one ends."""

    steps: list[Any] = field(default_factory=list)
    now_s: float = 0.0

    def add(self, pose: str, hold_s: float, move_s: float = 0.0, **changes: Any) -> int:
        """Number of the step that is added."""
        hold_s, move_s = round(max(hold_s, 0.05), 2), round(move_s, 2)
        self.steps.append([pose, hold_s, move_s, changes] if self.steps else [pose, hold_s])
        self.now_s += hold_s + move_s
        return len(self.steps) - 1

    def until(self, pose: str, until_s: float, move_s: float = 0.0, **changes: Any) -> int:
        return self.add(pose, until_s - self.now_s - move_s, move_s, **changes)


@cache
def held_out() -> dict[str, dict[str, Any]]:
    """Name to scene, the same every time."""
    return {f"held_out_{SEED}_{i}": _scene(np.random.default_rng([SEED, i]), 100 * SEED + i) for i in range(N_SCENES)}


def _scene(rng: np.random.Generator, seed: int) -> dict[str, Any]:
    side = -1.0 if rng.random() < 0.4 else 1.0
    clerk, client = rng.choice(PEOPLE, 2, replace=False)
    camera = {
        "azimuth_deg": side * rng.uniform(28, 36), "distance_m": rng.uniform(2.9, 3.2),
        "height_m": rng.uniform(1.5, 1.7), "look_height_m": 1.0, "pan_deg": -9.0 * side, "field_deg": 36,
    }  # fmt: skip
    script, marks, verdicts = _Script(), {}, {}
    rises = rng.random() < 0.8
    sits_s = _greeting(rng, script, marks, verdicts, rises, "sit_please_left" if side > 0 else "sit_please")
    given_s = _handling(rng, script, marks, verdicts)
    leaves_s = _parting(rng, script, marks, verdicts, rises, given_s[1] + 2.0)
    return {
        "clerk": str(clerk), "client": str(client), "camera": camera, "mirrored": side < 0, "seed": seed,
        "script": script.steps, "client_script": _client(side, sits_s, given_s, given_s[1] + 2.0, leaves_s),
        "marks": marks, "verdicts": verdicts,
    }  # fmt: skip


def _greeting(
    rng: np.random.Generator, script: _Script, marks: dict[str, Any], verdicts: dict[str, str], rises: bool, seat: str
) -> float:
    """From work to having listened; when the client sits down."""
    late = rises and rng.random() < 0.3
    script.until("desk_write_a", ARRIVES_S + (rng.uniform(4.5, 6.0) if late else rng.uniform(-0.5, 0.6)))
    marks["greet_look"] = [script.add("desk", rng.uniform(0.4, 0.8), 0.5)]
    rest = str(rng.choice(["fold", "sides"]))
    if not rises:
        marks["greet_stand"] = [script.add("desk_nod", 0.05, 0.3)]
        verdicts |= {"greet_stand": "partial", "greet_seat": "missing"}
        marks["prepare_ask"] = [script.add("desk", rng.uniform(3.0, 6.0), 0.3)]
        return script.now_s - 2.5
    rising = script.add(rest, rng.uniform(0.3, 0.6), rng.uniform(0.9, 1.2))
    bow = script.add("bow15" if rest == "fold" else "bow15_sides", rng.uniform(0.3, 0.6), rng.uniform(0.5, 0.7))
    marks["greet_stand"] = [rising, bow]
    verdicts |= {"greet_look": "late", "greet_stand": "late"} if late else {}
    offered, pause_s = rng.random() < 0.75, rng.uniform(*LONG_REST_S) if rng.random() < 0.5 else 0.2
    if offered:
        script.add(rest, 0.25, 0.6)
        marks["greet_seat"] = [script.add(seat, rng.uniform(0.9, 1.5), rng.uniform(0.5, 0.9))]
    else:
        verdicts["greet_seat"] = "missing"
    sits_s = script.now_s + 0.3
    paused = script.add(rest, pause_s, 0.6)
    seated = script.add("desk", rng.uniform(1.2, 3.0), rng.uniform(0.9, 1.2))
    marks["prepare_ask"] = [paused if pause_s > 0.2 else seated]
    return sits_s


def _handling(
    rng: np.random.Generator, script: _Script, marks: dict[str, Any], verdicts: dict[str, str]
) -> tuple[float, float]:
    """Papers taken, work or a phone, papers returned; when the hands are held out."""
    marks["prepare_receive"] = [script.add("desk_give_both", rng.uniform(1.0, 1.4), 0.7)]
    taken_s = script.now_s
    script.add("desk", rng.uniform(0.3, 0.7), 0.7)
    if rng.random() < 0.2:
        script.add("desk_phone", rng.uniform(6.5, 9.0), 0.8)
        verdicts["handle_focus"] = "missing"
    else:
        marks["handle_focus"] = [script.add("desk_write_a", rng.uniform(3.0, 6.0), 0.5)]
        if rng.random() < 0.5:
            marks["handle_attend"] = [script.add("desk", rng.uniform(0.9, 1.3), 0.5)]
            script.add("desk_write_a", rng.uniform(3.0, 5.0), 0.5)
    script.add("desk", rng.uniform(0.3, 0.6), 0.5)
    marks["close_return"] = [script.add("desk_give_both", rng.uniform(1.0, 1.4), 0.7)]
    return taken_s, script.now_s


def _parting(
    rng: np.random.Generator, script: _Script, marks: dict[str, Any], verdicts: dict[str, str], rises: bool,
    client_rises_s: float,
) -> float:  # fmt: skip
    """The farewell, late or left out, and when the client walks off."""
    how = rng.choice(["done", "late", "missing"], p=[0.6, 0.2, 0.2])
    script.add("desk", rng.uniform(0.4, 0.8), 0.7)
    if how == "missing":
        work = script.add("desk_write_a", 8.0, 0.5)
        verdicts["close_farewell"] = "missing"
        if verdicts.get("handle_focus"):  # a phone until the papers were returned, work only now
            marks["handle_focus"], verdicts["handle_focus"] = [work], "out_of_order"
        return client_rises_s + 3.5
    if not rises:
        script.until("desk", client_rises_s + rng.uniform(1.2, 2.0))
        marks["close_farewell"] = [script.add("desk_nod", 0.05, 0.3)]
        verdicts["close_farewell"] = "partial"
        script.add("desk", 5.0, 0.3)
        return client_rises_s + 3.5
    late = how == "late"
    script.until("desk_write_a" if late else "desk", client_rises_s + (5.0 if late else rng.uniform(0.3, 1.2)), 0.5)
    rising = script.add("fold", rng.uniform(0.3, 0.8), rng.uniform(0.9, 1.2))
    marks["close_farewell"] = [rising, script.add("bow15", rng.uniform(0.4, 0.6), 0.6)]
    verdicts |= {"close_farewell": "late"} if late else {}
    leaves_s = script.now_s + 0.3
    script.add("fold", 4.5, 0.6)
    return leaves_s


def _client(side: float, sits_s: float, given_s: tuple[float, float], rises_s: float, leaves_s: float) -> list[Any]:
    """Comes, sits down, gives and takes while the clerk does, rises and goes."""
    turned = {"yaw": 90 * side}
    script = _Script([["sides", 2.0], {"walk": [-0.1 * side, 1.1]}], ARRIVES_S)
    script.until("sides", sits_s, 0.7, **turned)
    script.add("sit", 0.5, 1.3, **turned)
    for moment_s in given_s:
        script.until("sit", moment_s - 2.0, 0.8, **turned)
        script.add("sit_give", 1.2, 0.8, **turned)
    script.until("sit", rises_s, 0.8, **turned)
    script.until("sides", leaves_s, 1.2, **turned)
    script.steps.append({"walk": [-2.7 * side, 1.1]})
    script.add("sides", 0.5, 0.6)
    return script.steps
