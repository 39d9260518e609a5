"""The generated set of the bench of several people: crossings, occlusions, rows of trainees, a window with a client.

Deterministic; nothing of it is committed. `python -m benchmarks.people_set` renders what is missing (eight clips, about
twenty minutes on two cores). Scripts are in people_set.yaml; `python -m benchmarks.identities` measures on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from platformdirs import user_cache_path

from benchmarks.people.clip import Actor, Description, jobs_parser, make_missing
from benchmarks.people.person import CHARACTERS

FPS = 10
PLANS: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def folder() -> Path:
    return user_cache_path("posture") / "people" / "people_set"


def descriptions() -> list[Description]:
    """All clips of the set, in a fixed order."""
    return [_clip(number, name) for number, name in enumerate(PLANS)]


def _clip(number: int, name: str) -> Description:
    plan = PLANS[name]
    people = plan["people"] if "people" in plan else _row(**plan["row"])
    return Description(
        name,
        [Actor(**{**person, "at": tuple(person["at"])}) for person in people],
        {**plan["camera"], "size": tuple(plan["size"])},
        counter=plan.get("counter"),
        fps=FPS,
        seed=700 + number,
        crf=24,
        truth_every=1,
        soft_edges=False,
    )


def _row(people: int, apart_m: float, script: list[Any]) -> list[dict[str, Any]]:
    """So many people side by side, all with the same script."""
    names = list(CHARACTERS)[:people]
    return [
        {"person": name, "at": [(i - (people - 1) / 2) * apart_m, 0.0], "script": script}
        for i, name in enumerate(names)
    ]


def main() -> None:
    parser = jobs_parser("people_set", __doc__)
    parser.add_argument("--plan", choices=list(PLANS), action="append", help="only these clips")
    given = parser.parse_args()
    make_missing((d for d in descriptions() if not given.plan or d.name in given.plan), folder(), given.jobs)


if __name__ == "__main__":
    main()
