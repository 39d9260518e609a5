"""The generated set of the accuracy bench: eleven clips for each of ten people, different cameras, distances and light.

Deterministic. Nothing of it is committed; rendering takes about 55 minutes on two cores:
`python -m benchmarks.accuracy_set`; what is there already is not made again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from platformdirs import user_cache_path

from benchmarks.people.clip import Actor, Description, jobs_parser, make_missing
from benchmarks.people.person import CHARACTERS

FPS = 4
_SHORT_S, _LONG_S, _REST_S, _MOVE_S = 2.5, 4.5, 2.0, 0.6
_POSES: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
UPPER, FORBIDDEN, FORWARD, ARMS, SEATED = (_POSES[n] for n in ("upper", "forbidden", "forward", "arms", "seated"))
LIGHTS = ("office", "office", "dim", "office", "back", "side")


def folder() -> Path:
    return user_cache_path("posture") / "people" / "accuracy_set"


def _between_rests(poses: list[str], rests: tuple[str, ...]) -> list[Any]:
    """Every pose after a correct one; long enough for its norm's least duration."""
    script: list[Any] = [[rests[0], 4.0]]
    for i, pose in enumerate(poses):
        script.append([pose, _LONG_S if pose in _POSES["lasting"] else _SHORT_S, _MOVE_S])
        script.append([rests[i % len(rests)], _REST_S, _MOVE_S])
    return script


def _correct(i: int) -> list[Any]:
    smile: dict[str, Any] = {"face": {"smile": 0.7}}
    if i % 2:
        return [["desk", 15], ["desk", 10, smile], ["desk", 15]]
    return [["fold", 12], ["sides", 10], ["fold", 8, smile], ["fold_male", 10]]


Clip = tuple[list[Any], dict[str, Any], str | None]
"""Script, camera, counter."""


def descriptions() -> list[Description]:
    """All clips of the set, in a fixed order."""
    found = []
    for i, person in enumerate(CHARACTERS):
        for k, (name, (script, camera, counter)) in enumerate(_clips(i).items()):
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


def _clips(i: int) -> dict[str, Clip]:
    """What the person number `i` is filmed doing, by name. The order of the random numbers is part of the set."""
    rng = np.random.default_rng(1000 + i)
    side = 90.0 if i % 2 else -90.0
    near = {"distance_m": float(rng.uniform(1.8, 2.2)), "height_m": 1.3, "look_height_m": 1.1}
    clips: dict[str, Clip] = {}

    def add(name: str, poses: list[str], rests: str, camera: dict[str, Any], counter: str | None = None) -> None:
        clips[name] = (_between_rests(poses, tuple(rests.split())), camera, counter)

    add("upper_front", UPPER, "fold sides", _level(rng, 0.0))
    add("upper_above", UPPER[:8], "fold", _above(rng, 0.0, (15.0, 30.0, 40.0)[i % 3]))
    add("forbidden_front", FORBIDDEN, "sides fold", _level(rng, 0.0))
    aside = FORBIDDEN[:4] + UPPER[1:4]
    add("forbidden_oblique", aside, "fold", _above(rng, side / 2, (0.0, 15.0, 30.0)[i % 3]))
    add("forward_side", FORWARD, "sides", _above(rng, side, (0.0, 0.0, 15.0, 30.0)[i % 4]))
    add("arms", ARMS, "fold", _level(rng, 0.0 if i % 2 else side))
    turned = near | {"azimuth_deg": float(rng.uniform(-12, 12)), "pitch_down_deg": None}
    add("seated", SEATED, "desk", turned, "desk")
    add("forward_front", FORWARD, "fold", _above(rng, 0.0, (0.0, 5.0, 15.0, 30.0)[i % 4]))
    clips["correct"] = (_correct(i), near if i % 2 else _level(rng, 0.0), "desk" if i % 2 else None)
    # a phone on a pile of books: rolled far more than anybody mounts a camera
    rolled = _above(rng, 0.0, (0.0, 8.0, 20.0)[i % 3]) | {"roll_deg": (-12.0, -8.0, -5.0, 5.0, 8.0, 12.0)[i % 6]}
    add("rolled_front", ["lean_left12", "head_left18", "lean_right12"], "fold sides", rolled)
    add("seated_side", ["sit_back", "sit_forward"], "sit", _above(rng, side, (0.0, 15.0, 0.0, 30.0)[i % 4]))
    return clips


def _level(rng: np.random.Generator, azimuth_deg: float) -> dict[str, Any]:
    """A level camera at breast height, somewhat aside and rolled, as people put it up."""
    distance, roll = float(rng.uniform(2.6, 3.6)), float(rng.uniform(-2, 2))
    return {
        "azimuth_deg": azimuth_deg + float(rng.uniform(-12, 12)),
        "distance_m": distance,
        "height_m": float(rng.uniform(1.1, 1.5)),
        "look_height_m": 0.85,
        "roll_deg": roll,
    }


def _above(rng: np.random.Generator, azimuth_deg: float, pitch_deg: float) -> dict[str, Any]:
    """A camera that looks down by `pitch_deg` on the middle of the body."""
    distance = float(rng.uniform(2.8, 3.4))
    return {
        "azimuth_deg": azimuth_deg + float(rng.uniform(-10, 10)),
        "distance_m": distance,
        "height_m": 0.85 + distance * float(np.tan(np.radians(pitch_deg))),
        "pitch_down_deg": pitch_deg,
        "roll_deg": float(rng.uniform(-3, 3)),
    }


def main() -> None:
    make_missing(descriptions(), folder(), jobs_parser("accuracy_set", __doc__).parse_args().jobs)


if __name__ == "__main__":
    main()
