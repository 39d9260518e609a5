"""Held-out scenes of several people: crossings drawn at random, by which no threshold was chosen.

Two to four walk past each other (and up to three stand behind) at other sizes, speeds and times in every scene, put
together as in `people_composed`. Harder than any drill: some walk behind one another for seconds. Deterministic.
`python -m benchmarks.people_crossings` makes what is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from benchmarks import people_composed

_SCENES = 12
_STANDING = ("standing_correct", "standing_correct_male", "standing_faults")
_LENGTH_S = 8.0
_MIDDLE_S = 4.25
"""When the walker of the sample is in the middle of the picture."""


def folder() -> Path:
    return user_cache_path("posture") / "people" / "people_crossings"


def _plan(seed: int) -> dict[str, Any]:
    """A scene as in people_composed.yaml."""
    draw = np.random.default_rng(seed)
    wide = bool(draw.integers(2))
    width, height = size = [960, 540] if wide else [640, 480]
    walkers = int(draw.integers(2, 5 if wide else 4))
    layers = [_stander(draw, i, size) for i in range(int(draw.integers(0, 4 if wide else 3)))]
    for i, scale in enumerate(sorted(draw.uniform(0.75, 1.15, walkers).round(2))):
        speed, middle_s = float(draw.uniform(0.8, 1.2)), float(draw.uniform(3.2, 4.2))
        mirror = bool(i % 2) if draw.random() < 0.8 else bool(draw.integers(2))
        place = [round(width / 2 - 320 * scale + draw.uniform(-60, 60)), round(height - 480 + 240 * (1 - scale))]
        ends = [[s, round(_MIDDLE_S + speed * (s - middle_s), 2)] for s in (0.0, _LENGTH_S)]
        layers.append({"of": "walking_side", "scale": scale, "move": place, "mirror": mirror, "times": ends})
    return {"size": size, "layers": layers}


def _stander(draw: np.random.Generator, which: int, size: list[int]) -> dict[str, Any]:
    scale = round(float(draw.uniform(0.55, 0.7)), 2)
    place = [round(draw.uniform(-0.15, 0.55) * size[0]), round(size[1] - 460 + 240 * (1 - scale))]
    times = [[0.0, 0.5], [_LENGTH_S, 0.5 + _LENGTH_S]]
    return {"of": _STANDING[which], "scale": scale, "move": place, "mirror": bool(draw.integers(2)), "times": times}


PLANS = {f"crossing_{seed}": _plan(seed) for seed in range(_SCENES)}


if __name__ == "__main__":
    people_composed.make_missing(PLANS, folder(), __doc__)
