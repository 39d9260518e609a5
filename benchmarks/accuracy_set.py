"""The generated set of the accuracy bench: eleven clips for each of ten people, different cameras, distances and light.

Deterministic. Nothing of it is committed; rendering takes about 55 minutes on two cores:
`python -m benchmarks.accuracy_set`; what is there already is not made again.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from benchmarks.people.assets import fetch
from benchmarks.people.clip import Actor, Description, make_all
from benchmarks.people.person import CHARACTERS

FPS = 4
_SHORT_S, _LONG_S, _REST_S, _MOVE_S = 2.5, 4.5, 2.0, 0.6
_LASTING = {"head_down35", "head_up20", "slouch", "slouch_fold", "hands_behind", "feet_wide", "weight_left",
"chin_standing", "phone",
            "lean_back12", "lean_forward10", "head_forward", "desk_slump", "desk_head_down35", "desk_chin",
            "desk_phone", "sit_back",
            "sit_forward", "desk_lean_back"}  # fmt: skip
"""Poses whose norm has a least duration of two seconds or more."""
UPPER = ["shoulder_right7", "shoulder_right14", "lean_left6", "lean_left12", "head_left10", "head_right18",
"head_turned25",
         "head_down20", "head_down35", "shoulder_left14", "lean_right12", "head_up20"]  # fmt: skip
FORBIDDEN = ["crossed", "akimbo", "hands_behind", "akimbo_left", "chin_standing", "feet_wide", "weight_left", "phone"]
FORWARD = [
    "slouch",
    "bow15_sides",
    "lean_back12",
    "bow30_sides",
    "head_forward",
    "bow45_sides",
    "lean_forward10",
    "slouch_fold",
]
ARMS = ["arm_side30", "near_guide", "arm_side60", "far_guide", "arm_side90", "arm_front40", "please", "elbow60",
"sit_please",
        "arm_front75", "elbow100", "give_both"]  # fmt: skip
SEATED = ["desk_shoulder14", "desk_head_left18", "desk_slump", "desk_lean_left12", "desk_head_down35", "desk_crossed",
          "desk_turned35", "desk_chin", "desk_phone", "desk_lean_back"]  # fmt: skip
LIGHTS = ("office", "office", "dim", "office", "back", "side")


def folder() -> Path:
    return user_cache_path("posture") / "people" / "accuracy_set"


def _between_rests(poses: list[str], rests: tuple[str, ...]) -> list[Any]:
    """Every pose after a correct one; long enough for its norm's least duration."""
    script: list[Any] = [[rests[0], 4.0]]
    for i, pose in enumerate(poses):
        script.append([pose, _LONG_S if pose in _LASTING else _SHORT_S, _MOVE_S])
        script.append([rests[i % len(rests)], _REST_S, _MOVE_S])
    return script


def _correct(i: int) -> list[Any]:
    smile: dict[str, Any] = {"face": {"smile": 0.7}}
    if i % 2:
        return [["desk", 15], ["desk", 10, smile], ["desk", 15]]
    return [["fold", 12], ["sides", 10], ["fold", 8, smile], ["fold_male", 10]]


def descriptions() -> list[Description]:
    """All clips of the set, in a fixed order."""
    found = []
    for i, person in enumerate(CHARACTERS):
        rng = np.random.default_rng(1000 + i)
        side = 1 if i % 2 else -1
        near = {"distance_m": float(rng.uniform(1.8, 2.2)), "height_m": 1.3, "look_height_m": 1.1}
        pitch = (15.0, 30.0, 40.0)[i % 3]
        clips: dict[str, tuple[list[Any], dict[str, Any], str | None]] = {
            "upper_front": (_between_rests(UPPER, ("fold", "sides")), _level(rng, 0.0), None),
            "upper_above": (_between_rests(UPPER[:8], ("fold",)), _above(rng, 0.0, pitch), None),
            "forbidden_front": (_between_rests(FORBIDDEN, ("sides", "fold")), _level(rng, 0.0), None),
            "forbidden_oblique": (_between_rests(FORBIDDEN[:4] + UPPER[1:4], ("fold",)), _above(rng, side * 45.0,
            (0.0, 15.0, 30.0)[i % 3]), None),
            "forward_side": (_between_rests(FORWARD, ("sides",)), _above(rng, side * 90.0, (0.0, 0.0, 15.0,
            30.0)[i % 4]), None),
            "arms": (_between_rests(ARMS, ("fold",)), _level(rng, 0.0 if i % 2 else side * 90.0), None),
            "seated": (_between_rests(SEATED, ("desk",)), near | {"azimuth_deg": float(rng.uniform(-12, 12)),
            "pitch_down_deg": None}, "desk"),
            "forward_front": (_between_rests(FORWARD, ("fold",)), _above(rng, 0.0, (0.0, 5.0, 15.0, 30.0)[i % 4]),
            None),
            "correct": (_correct(i), near if i % 2 else _level(rng, 0.0), "desk" if i % 2 else None),
        }  # fmt: skip
        # a phone on a pile of books: rolled far more than anybody mounts a camera
        rolled = _above(rng, 0.0, (0.0, 8.0, 20.0)[i % 3]) | {"roll_deg": (-12.0, -8.0, -5.0, 5.0, 8.0, 12.0)[i % 6]}
        clips["rolled_front"] = (
            _between_rests(["lean_left12", "head_left18", "lean_right12"], ("fold", "sides")),
            rolled,
            None,
        )
        seated = _above(rng, side * 90.0, (0.0, 15.0, 0.0, 30.0)[i % 4])
        clips["seated_side"] = (_between_rests(["sit_back", "sit_forward"], ("sit",)), seated, None)
        for k, (name, (script, camera, counter)) in enumerate(clips.items()):
            found.append(
                Description(
                    f"{person}_{name}",
                    [Actor(person, script)],
                    camera,
                    LIGHTS[(i + k) % len(LIGHTS)],
                    counter,
                    fps=FPS,
                    seed=i * 20 + k,
                    crf=25,
                    truth_every=1,
                    soft_edges=False,
                )
            )
    return found


def _level(rng: np.random.Generator, azimuth_deg: float) -> dict[str, Any]:
    distance = float(rng.uniform(2.6, 3.6))
    roll = float(rng.uniform(-2, 2))
    return {"azimuth_deg": azimuth_deg + float(rng.uniform(-12, 12)), "distance_m": distance,
    "height_m": float(rng.uniform(1.1, 1.5)),
            "look_height_m": 0.85, "roll_deg": roll}  # fmt: skip


def _above(rng: np.random.Generator, azimuth_deg: float, pitch_deg: float) -> dict[str, Any]:
    """A camera that looks down by `pitch_deg` on the middle of the body."""
    distance = float(rng.uniform(2.8, 3.4))
    height = 0.85 + distance * float(np.tan(np.radians(pitch_deg)))
    return {"azimuth_deg": azimuth_deg + float(rng.uniform(-10, 10)), "distance_m": distance, "height_m": height,
            "pitch_down_deg": pitch_deg, "roll_deg": float(rng.uniform(-3, 3))}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy_set", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="clips at a time (default: one a core)")
    os.environ.setdefault("LP_NUM_THREADS", "1")
    missing = [d for d in descriptions() if not (folder() / f"{d.name}.truth.json").exists()]
    for number, clip in enumerate(make_all(missing, fetch(), folder(), parser.parse_args().jobs), 1):
        print(f"{number}/{len(missing)} {clip.name}: {clip.stat().st_size // 1024} KB", flush=True)


if __name__ == "__main__":
    main()
