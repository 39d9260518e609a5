"""The generated set of the service flow bench: a clerk and a client at a counter, from arrival to farewell.

Deterministic; nothing of it is committed. `python -m benchmarks.service_set` renders what is missing (a few minutes a
scene). Scripts are in service_set.yaml; drawn scenes (service_held_out) only with `--scene`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from platformdirs import user_cache_path

from benchmarks.people.clip import Actor, Description, jobs_parser, make_missing
from benchmarks.service_held_out import held_out

FPS = 10
CLIENT_AT = (-2.7, 1.1)
"""Where the client waits, outside the picture, in metres."""
SCENES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))[
    "scenes"
]


def folder() -> Path:
    return user_cache_path("posture") / "people" / "service_set"


def scene_of(name: str) -> dict[str, Any]:
    """A scene of the set, or a drawn one."""
    return SCENES[name] if name in SCENES else held_out()[name]


def described(name: str) -> Description:
    """A scene as a clip: the clerk first, then the client."""
    scene = scene_of(name)
    side = -1.0 if scene.get("mirrored") else 1.0
    people = [
        Actor(scene["clerk"], scene["script"]),
        Actor(scene["client"], scene["client_script"], at=(side * CLIENT_AT[0], CLIENT_AT[1]), yaw_deg=side * 90.0),
    ]
    return Description(
        name, people, scene["camera"], scene.get("light", "office"), "desk", fps=FPS,
        seed=scene.get("seed", 7000 + len(name)), crf=25, truth_every=5, soft_edges=False,
    )  # fmt: skip


def main() -> None:
    parser = jobs_parser("service_set", __doc__)
    parser.add_argument("--scene", choices=[*SCENES, *held_out()], action="append", help="only this scene")
    given = parser.parse_args()
    make_missing((described(name) for name in given.scene or SCENES), folder(), given.jobs)


if __name__ == "__main__":
    main()
