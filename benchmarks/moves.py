"""How well movements are recognised on the rendered set: F1 of gestures, start and end, bow angles, false gestures.

python -m benchmarks.moves      (after python -m benchmarks.moves_set)

People whose clips shaped the reference files (lin, zhang, wang) are counted apart from those who had no part in them.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.moves_set import folder
from benchmarks.people.truth import from_json, true_measures
from posture.check import seen
from posture.findings import Move
from posture.library import load_library
from posture.measures import MEASURES, Scene
from posture.moves import find_moves
from posture.native import silence_native_stderr
from posture.neutral import find_neutral
from posture.observe import ObserveSettings, observe, without_ghosts
from posture.tilt import camera_tilt, tilted

SHAPED_BY = ("lin", "zhang", "wang")
"""People whose measured arms are in reference_poses/gestures/."""
NAMES = {
    "please": "horizontal_sweep", "sit_please": "slant_seat", "point_finger": "mid_guide",
    "near_guide_palm_down": "near_guide", "near_guide_fingers_apart": "near_guide", "give_both": "give",
    "give_one": "give", "wave_out": "wave_farewell", "wave_in": "wave_farewell",
}  # fmt: skip
RESTS = {"fold", "sides", "desk", "desk_type_a"}
NOT_CLAIMED = {"desk_reading_point", "desk_reading_finger", "desk_give_one"}
"""One hand on or just over the counter: docs/norms.md says that it is not recognised."""


@dataclass
class Counts:
    """Of the gestures of one group of people."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    off_s: list[tuple[float, float]] = field(default_factory=list)

    def f1(self, kind: str) -> float:
        hit = 2 * self.right[kind]
        return hit / max(hit + self.wrong[kind] + self.missed[kind], 1)


def scene_of(clip: Path) -> Scene:
    """The person of a clip as the judge sees them."""
    observation = without_ghosts(observe(clip, ObserveSettings(fps=10.0)))
    track = max(observation.tracks, key=len)
    scene = seen(track)
    scene = tilted(scene, camera_tilt(None, [scene], 0.1))
    neutral = find_neutral(scene)
    return replace(scene, neutral=neutral.values) if neutral else scene


def true_gestures(segments: list[dict[str, Any]]) -> list[tuple[str, str, float, float]]:
    """Kind, hand, start and end in seconds of every gesture of a clip's script."""
    found: list[tuple[str, str, float, float]] = []
    after_rest = True
    for i, piece in enumerate(segments):
        if piece["kind"] != "hold":
            continue
        pose = piece["pose"]
        if pose in RESTS or pose in NOT_CLAIMED:
            after_rest = True
            continue
        base = pose.replace("desk_", "").replace("_left", "")
        kind = NAMES.get(base, base)
        hand = "both" if base in ("both_arms", "give_both") else "left" if pose.endswith("_left") else "right"
        start = segments[i - 1]["start_s"] if i else 0.0
        end = segments[i + 1]["end_s"] if i + 1 < len(segments) else piece["end_s"]
        if found and not after_rest:
            found[-1] = (*found[-1][:3], end)
        else:
            found.append((kind, hand, start, end))
        after_rest = False
    return found


def count(counts: Counts, moves: list[Move], segments: list[dict[str, Any]]) -> None:
    """Pair what was found with what is true."""
    free = list(moves)
    for kind, hand, start, end in true_gestures(segments):
        near = [m for m in free if m.start_s < end and start < m.end_s and m.kind == kind and m.side == hand]
        if near:
            free.remove(near[0])
            counts.right[kind] += 1
            counts.off_s.append((near[0].start_s - start, near[0].end_s - end))
        else:
            counts.missed[kind] += 1
    counts.wrong.update(m.kind for m in free)


def _truth(name: str) -> dict[str, Any]:
    person: dict[str, Any] = json.loads((folder() / f"{name}.truth.json").read_text(encoding="utf-8"))["people"][0]
    return person


def bow_errors_deg(scene: Scene, person: dict[str, Any]) -> list[float]:
    """Found less true angle of every bow up to 60 degrees."""
    record = from_json(person["frames"])
    lean, time_s = true_measures(record)["trunk_lean_forward_deg"], np.array(record.time_s)
    upright = float(np.nanmedian(lean[time_s < 3.5]))
    of_move, errors = MEASURES["bow_angle_deg"].of_move, []
    assert of_move is not None
    for move in (m for m in scene.moves if m.kind == "bow"):
        true = float(np.nanmax(lean[(time_s >= move.start_s) & (time_s <= move.end_s)])) - upright
        if true <= 60:
            errors.append(of_move(scene, move).value - true)
    return errors


def main() -> None:
    silence_native_stderr()
    library = load_library()
    groups = {"shaped the references": Counts(), "had no part in them": Counts()}
    bows: list[float] = []
    false, desk_s = 0, 0.0
    for path in sorted(folder().glob("*.truth.json")):
        name = path.name.removesuffix(".truth.json")
        person, plan = name.split("_", 1)
        if plan in ("face", "walking"):
            continue
        scene = scene_of(folder() / f"{name}.mp4")
        scene = replace(scene, moves=find_moves(scene, library.gestures))
        gestures = [m for m in scene.moves if m.group in ("gesture", "hand_over")]
        if plan == "bows":
            bows += bow_errors_deg(scene, _truth(name))
        elif plan == "desk_work":
            false, desk_s = false + len(gestures), desk_s + float(scene.track.time_s[-1])
        else:
            group = "shaped the references" if person in SHAPED_BY else "had no part in them"
            count(groups[group], gestures, _truth(name)["segments"])
    for title, counts in groups.items():
        _print(title, counts)
    print(f"bows up to 60 degrees from the side: {len(bows)} found, MAE {np.mean(np.abs(bows)):.1f}")
    print(f"desk work: {false} gestures in {desk_s / 60:.1f} minutes")


def _print(title: str, counts: Counts) -> None:
    kinds = sorted({*counts.right, *counts.missed, *counts.wrong})
    print(f"people who {title}: macro F1 {np.mean([counts.f1(k) for k in kinds]):.2f}")
    for kind in kinds:
        right, wrong, missed = counts.right[kind], counts.wrong[kind], counts.missed[kind]
        print(f"  {kind:18} right {right:3}  wrong {wrong:3}  missed {missed:3}  F1 {counts.f1(kind):.2f}")
    start, end = np.abs(np.array(counts.off_s)).T
    within = float((np.maximum(start, end) <= 0.4).mean())
    print(f"  start, end: median {np.median(start):.2f}, {np.median(end):.2f} s; both within 0.4 s: {within:.0%}")


if __name__ == "__main__":
    main()
