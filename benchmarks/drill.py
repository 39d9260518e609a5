"""How exact the drill is on the rendered set: everybody's gestures and bows laid over everybody else's.

python -m benchmarks.drill      (after python -m benchmarks.moves_set)

Truth is the drill's own reading of the true joints before an ideal camera; for lags the moments of the two true
movements themselves, one recording shifted by a drawn time. Only pairs that begin and end in the same posture
are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from benchmarks.moves import scene_of, true_gestures, truth
from benchmarks.moves_set import folder
from benchmarks.people.truth import from_json, ideal_tracks, true_scene
from posture.drill.align import moments_of
from posture.drill.compare import compare
from posture.drill.files import load_limits
from posture.drill.group import follow
from posture.drill.motion import Motion, Performance, cut, motion_of, part_of
from posture.findings import Move, Verdict, View
from posture.library import load_library
from posture.moves import find_moves
from posture.native import silence_native_stderr

SIDES = {"gestures": View.FRONT, "bows": View.SIDE}


@dataclass(frozen=True)
class Made:
    """One movement: whose, what was found and what is true, and the postures before and after."""

    clip: str
    what: tuple[str, str]
    rests: tuple[str, str]
    motion: Motion
    found: Performance
    true: Performance


def made() -> list[Made]:
    """Every gesture (without waves, which are not held) and bow that was recognised."""
    library, every = load_library(), []
    for path in sorted(folder().glob("*.truth.json")):
        name = path.name.removesuffix(".truth.json")
        plan = name.split("_", 1)[1]
        if plan not in SIDES:
            continue
        scene = scene_of(folder() / f"{name}.mp4")
        motion = motion_of(scene.with_moves(find_moves(scene, library.gestures)), library)
        person = truth(name)
        view = SIDES[plan]
        ideal = motion_of(true_scene(ideal_tracks(from_json(person["frames"]))[view], view), library)
        every += _of_clip(name, plan, motion, ideal, person["segments"])
    return every


def _of_clip(name: str, plan: str, motion: Motion, ideal: Motion, segments: list[dict[str, Any]]) -> list[Made]:
    holds = [s for s in segments if s["kind"] == "hold"]
    if plan == "gestures":
        known = [g for g in true_gestures(segments) if not g[0].startswith("wave")]
    else:
        known = [
            ("bow", "", segments[i - 1]["start_s"], segments[i + 1]["end_s"]) for i, s in enumerate(segments)
            if s["kind"] == "hold" and s["pose"].startswith("bow")
        ]  # fmt: skip
    found = []
    for kind, hand, start_s, end_s in known:
        near = [m for m in motion.moves if m.start_s < end_s and start_s < m.end_s and (m.kind, m.side) == (kind, hand)]
        inside = [s for s in holds if s["start_s"] >= start_s - 1e-6 and s["end_s"] <= end_s + 1e-6]
        before = [s["pose"] for s in holds if abs(s["end_s"] - start_s) < 0.01]
        after = [s["pose"] for s in holds if abs(s["start_s"] - end_s) < 0.01]
        if near and before and after:
            true = Move(kind, near[0].group, 1, start_s, inside[0]["start_s"], inside[-1]["end_s"], end_s, side=hand)
            ideal_cut = cut(replace(ideal, moves=(true,)), true)
            what = (inside[0]["pose"] if kind == "bow" else kind, hand)
            found.append(Made(name, what, (before[0], after[0]), motion, cut(motion, near[0]), ideal_cut))
    return found


def _later(motion: Motion, by_s: float) -> Motion:
    moves = tuple(
        replace(m, start_s=m.start_s + by_s, hold_start_s=m.hold_start_s + by_s, hold_end_s=m.hold_end_s + by_s,
                end_s=m.end_s + by_s) for m in motion.moves
    )  # fmt: skip
    return replace(motion, person=2, time_s=motion.time_s + by_s, moves=moves)


def main() -> None:
    silence_native_stderr()
    limits, rng = load_limits(), np.random.default_rng(5)
    off: dict[tuple[str, str], list[float]] = defaultdict(list)
    verdicts: Counter[tuple[str, str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    for model, other in permutations(made(), 2):
        bow = model.what[0].startswith("bow")
        if model.clip == other.clip or model.what != other.what or model.rests != other.rests:
            continue
        group = "bow" if bow else "gesture"
        here, there = compare(model.found, other.found, limits), compare(model.true, other.true, limits)
        refused[(group, str(here.refusal))] += 1
        right = {(f.aspect, f.channel): f for f in there.findings}
        for one in here.findings:
            true = right.get((one.aspect, one.channel))
            if true is None or one.aspect == "form" or not np.isfinite(one.difference - true.difference):
                continue
            name = part_of(one.channel) + " at the hold, deg" if one.channel else one.aspect + ", s"
            off[(group, name)].append(one.difference - true.difference)
            broken = "broken" if abs(true.difference) > one.allowed else "kept"
            verdicts[(group, broken, str(one.verdict))] += 1
            if not one.channel and here.tempo and there.tempo:
                off[(group, one.aspect + ", tempo %")].append(
                    100 * np.log(here.tempo[one.aspect] / there.tempo[one.aspect])
                )
        _lag(model, other, rng.uniform(-0.8, 1.5), group, off)
    for (group, name), values in sorted(off.items()):
        middle, most = np.nanpercentile(np.abs(values), [50, 95])
        print(f"{group:8} {name:24} n {len(values):4}  median {middle:6.3f}  95 % within {most:6.3f}")
    print("compared or refused:", dict(refused))
    for (group, broken, verdict), count in sorted(verdicts.items()):
        print(f"{group:8} limit truly {broken:7} {verdict:12} {count}")
    claims = sum(n for (_, _, v), n in verdicts.items() if v == Verdict.DEVIATION)
    right_claims = sum(n for (_, b, v), n in verdicts.items() if v == Verdict.DEVIATION and b == "broken")
    print(f"deviations that are right: {right_claims} of {claims}")


def _lag(model: Made, other: Made, wanted_s: float, group: str, off: dict[tuple[str, str], list[float]]) -> None:
    """The other person's recording shifted so that they set off `wanted_s` after the model."""
    channels = [c for c in model.found.timing() if c in model.true.known() and c in other.true.known()]
    if not channels:
        return
    first, second = moments_of(model.true, channels), moments_of(other.true, channels)
    by_s = first["set_off"] + wanted_s - second["set_off"]
    if not np.isfinite(by_s):
        return
    own = tuple(m for m in model.motion.moves if abs(m.start_s - model.found.start_s) < 1e-6)
    led = follow([replace(model.motion, person=1, moves=own), _later(other.motion, by_s)], 1, load_limits())
    for follower in led[0].followers:
        for moment, lag_s in (follower.lag_s or {}).items():
            off[(group, f"lag, {moment}, s")].append(lag_s - (second[moment] + by_s - first[moment]))


if __name__ == "__main__":
    main()
