"""The generated set of the movements bench: gestures, hand-overs, bows, nods, faces, walking and ordinary desk work.

Deterministic; nothing of it is committed. `python -m benchmarks.moves_set` renders what is missing (ten people,
eight clips each, about an hour on two cores). Scripts are in moves_set.yaml.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from platformdirs import user_cache_path

from benchmarks.people.clip import Actor, Description, jobs_parser, make_missing
from benchmarks.people.person import CHARACTERS

FPS = 10
PLANS: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
LIGHTS = ("office", "office", "dim", "office", "side")


def folder() -> Path:
    return user_cache_path("posture") / "people" / "moves_set"


def descriptions() -> list[Description]:
    """All clips of the set, in a fixed order: person after person."""
    return [_clip(i, person, k, name) for i, person in enumerate(CHARACTERS) for k, name in enumerate(PLANS)]


def _clip(i: int, person: str, k: int, name: str) -> Description:
    plan, rng = PLANS[name], np.random.default_rng([2000 + i, k])
    script = _script(plan, rng)
    camera = {key: rng.uniform(*v) if isinstance(v, list) else v for key, v in plan["camera"].items()}
    if abs(camera.get("azimuth_deg", 0)) > 60 and i % 2:
        camera["azimuth_deg"] = -camera["azimuth_deg"]
    actors = [_actor(person, plan, script)]
    if "partner" in plan:
        everybody = list(CHARACTERS)
        actors.append(_actor(everybody[(i + 1) % len(everybody)], plan["partner"], script))
    return Description(
        f"{person}_{name}",
        actors,
        {key: float(v) for key, v in camera.items()},
        LIGHTS[(i + k) % len(LIGHTS)],
        plan.get("counter"),
        fps=FPS,
        seed=i * 50 + k,
        crf=25,
        truth_every=1,
        soft_edges=False,
    )


def _actor(person: str, plan: dict[str, Any], script: list[Any]) -> Actor:
    x, z = plan.get("at", [0.0, 0.0])
    return Actor(person, script, at=(x, z), yaw_deg=plan.get("yaw_deg", 0.0))


def _script(plan: dict[str, Any], rng: np.random.Generator) -> list[Any]:
    """The steps: as written, or every one of `moves` in random order and tempo, each after a rest."""
    if "script" in plan:
        return list(plan["script"])
    moves, rests = list(plan["moves"]), plan["rests"]
    script: list[Any] = [[rests[0], 4.0]]
    for number, which in enumerate(rng.permutation(len(moves))):
        tempo_s, hold_s = float(rng.uniform(0.6, 1.0)), float(rng.uniform(*plan.get("hold_s", [1.2, 2.2])))
        script += _steps(moves[which], tempo_s, hold_s)
        rest_s, back_s = float(rng.uniform(*plan.get("rest_s", [1.4, 2.2]))), float(rng.uniform(0.6, 1.0))
        script.append([rests[number % len(rests)], rest_s, back_s])
    return script


def _steps(move: Any, tempo_s: float, hold_s: float) -> list[Any]:
    """A pose that is moved to and held, or a list of steps as written."""
    return [[move, hold_s, tempo_s]] if isinstance(move, str) else list(move)


def main() -> None:
    parser = jobs_parser("moves_set", __doc__)
    parser.add_argument("--people", type=int, default=len(CHARACTERS), help="only the first so many people")
    parser.add_argument("--plan", choices=list(PLANS), help="only the clips of this plan")
    given = parser.parse_args()
    wanted = descriptions()[: given.people * len(PLANS)]
    make_missing((d for d in wanted if given.plan is None or d.name.endswith(f"_{given.plan}")), folder(), given.jobs)


if __name__ == "__main__":
    main()
