"""How well the service flow is told on the service scenes: F1 of the sub-steps, verdicts, and when each one began.

python -m benchmarks.flow             (rendered scenes, after python -m benchmarks.service_set)
python -m benchmarks.flow --composed  (the same scenes as landmarks without pictures: benchmarks/service_tracks.py)
python -m benchmarks.flow --held-out [--composed]  (drawn scenes instead: benchmarks/service_held_out.py)
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.service_held_out import held_out
from benchmarks.service_set import SCENES, folder, scene_of
from benchmarks.service_tracks import composed, performances
from posture.check import CheckOptions, judge_observation
from posture.errors import PostureError
from posture.findings import Contact, StepVerdict, SubStepFinding
from posture.landmarks import Observation
from posture.library import load_library
from posture.native import silence_native_stderr
from posture.observe import ObserveSettings, observe
from posture.video import probe

SAME_WITHIN_S = 3.0
"""A sub-step found farther from the truth than this is another one."""
WITHIN_S = 0.5
WHEN_HELD = {"look", "listen", "look_up", "exchange", "work"}
"""Cues that begin somewhere on the way to the pose; the others begin with the way."""
DONE = (StepVerdict.SEEN, StepVerdict.LATE, StepVerdict.PARTIAL, StepVerdict.OUT_OF_ORDER)


@dataclass
class Counts:
    right: int = 0
    wrong: int = 0
    missed: int = 0
    not_told: int = 0
    """Of those missed, the ones of which it is said that they could not be told."""
    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    off_s: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)


def true_starts_s(name: str, sub_step: str) -> list[tuple[float, float]]:
    """For every clerk's step that shows a cue of the sub-step: when it sets out, when it is there."""
    pieces = performances(name)[0].pieces
    found = []
    for step in scene_of(name).get("marks", {}).get(sub_step, []):
        hold = pieces[2 * step]
        found.append((pieces[2 * step - 1].start_s if step else hold.start_s, hold.start_s))
    return found


def true_verdict(name: str, sub_step: str) -> str | None:
    """What a trainer would say, None where nothing is to be said."""
    scene = scene_of(name)
    told = scene.get("verdicts", {}).get(sub_step)
    return str(told) if told else "seen" if sub_step in scene.get("marks", {}) else None


def count(counts: Counts, name: str, contact: Contact) -> None:
    for found in contact.sub_steps:
        truth, starts = true_verdict(name, found.sub_step), true_starts_s(name, found.sub_step)
        off = [_off_s(found, start) for start in starts[:1]] if found.verdict in DONE else []
        same = bool(off) and abs(off[0]) <= SAME_WITHIN_S
        counts.right += same
        counts.missed += bool(starts) and not same
        counts.not_told += bool(starts) and found.verdict is StepVerdict.NOT_ASSESSABLE
        counts.wrong += found.verdict in DONE and not same
        counts.off_s += off if same else []
        if truth is not None:
            counts.verdicts[name, truth, str(found.verdict)] += 1
        if (
            (truth and truth != found.verdict)
            or (found.verdict in DONE and not same)
            or (same and abs(off[0]) > WITHIN_S)
        ):
            seen = ", ".join(f"{c.cue} {c.start_s:.1f}{' ' + c.hands if c.hands else ''}" for c in found.cues)
            counts.notes.append(
                f"  {name} {found.sub_step}: {found.verdict}, true {truth} at {[round(s[0], 1) for s in starts]} "
                f"({seen}; lacking {found.lacking}, unseen {found.unseen}, {found.why or ''})"
            )


def _off_s(found: SubStepFinding, start: tuple[float, float]) -> float:
    """Found less true beginning of the first cue; 0 on the way where the cue begins somewhere on it."""
    first, (sets_out, there) = found.cues[0], start
    if first.cue not in WHEN_HELD:
        return first.start_s - sets_out
    return first.start_s - min(max(first.start_s, sets_out), there)


def observation_of(name: str, is_composed: bool) -> Observation | None:
    if is_composed:
        return composed(name)
    clip = folder() / f"{name}.mp4"
    return observe(clip, ObserveSettings(fps=10.0)) if _whole(clip, name) else None


def _whole(clip: Path, name: str) -> bool:
    """Whether the clip has been rendered to its end."""
    try:
        length_s = probe(clip).duration_s
    except PostureError:
        return False
    return length_s is not None and length_s >= max(p.length_s for p in performances(name)) - 0.5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flow", description=__doc__)
    parser.add_argument("--composed", action="store_true", help="landmarks without pictures instead of clips")
    parser.add_argument("--held-out", action="store_true", help="scenes drawn at random instead")
    given = parser.parse_args()
    silence_native_stderr()
    counts, told = Counts(), 0
    library = load_library()
    names = list(held_out() if given.held_out else SCENES)
    for name in names:
        observation = observation_of(name, given.composed)
        if observation is None:
            print(f"{name}: not rendered")
            continue
        result = judge_observation(observation, library, CheckOptions()).result
        contacts = [c for c in result.contacts if c.client is not None]
        if len(contacts) != 1:
            print(f"{name}: {len(contacts)} contacts found, {len(observation.tracks)} people, 1 is true")
        if contacts:
            told += 1
            count(counts, name, max(contacts, key=lambda c: c.end_s - c.start_s))
        else:
            counts.missed += len(scene_of(name)["marks"])
    off = np.abs(counts.off_s)
    right = sum(n for (_, truth, found), n in counts.verdicts.items() if truth == found)
    print(
        f"{told} of {len(names)} scenes; F1 {counts.f1:.2f} ({counts.right} right, {counts.wrong} wrong, "
        f"{counts.missed} missed, {counts.not_told} of them said to be not assessable)"
    )
    print(f"verdicts: {right} of {sum(counts.verdicts.values())} right")  # fmt: skip
    if len(off):
        print(f"beginnings: median {np.median(off):.2f} s off, {(off <= WITHIN_S).mean():.0%} within {WITHIN_S} s")
    print("\n".join(counts.notes))


if __name__ == "__main__":
    main()
