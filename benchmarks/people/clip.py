"""A described scene becomes an H.264 clip and its truth file."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.people import camera, room
from benchmarks.people.assets import Assets, fetch
from benchmarks.people.motion import Performance
from benchmarks.people.person import Person
from benchmarks.people.posing import joints, load_poses, posed
from benchmarks.people.truth import Record, as_json, judged

UNDER_WRISTS_M = 0.05
"""The counter's top lies this far under the wrists of somebody whose forearms rest on it."""
CONVENTIONS = (
    "Left and right are the subject's. Seconds from the first picture, degrees, millimetres (x to the right of "
    "somebody who stands before the camera at azimuth 0, that is the clerk's left, y up, z to that camera), "
    "pixels (x right, y down). measures: names and signs as in posture/measures, seen by an ideal camera; elbows "
    "and knees inner angles in space. hidden: one digit a frame, 1 = something hides the joint or it is outside "
    "the picture; behind_the_body: 1 = the body hides it from in front. head_quaternion: x, y, z, w of the head's "
    "rotation in space, looking along z = 0 0 0 1. deviations: what a judge without measuring error reports."
)


@dataclass(frozen=True)
class Actor:
    """One person of a clip: entry of characters.yaml, script (see motion.Performance), where and how turned."""

    person: str
    script: list[Any]
    at: tuple[float, float] = (0.0, 0.0)
    yaw_deg: float = 0.0
    lively: float = 1.0


@dataclass(frozen=True)
class Description:
    """A clip. `camera` are arguments of camera.placed; `counter`: None, `desk` (at the first person's wrists) or
    metres."""

    name: str
    people: list[Actor]
    camera: dict[str, Any]
    light: str = "office"
    counter: str | float | None = None
    fps: int = 15
    seed: int = 1
    crf: int = 27
    truth_every: int = 3
    soft_edges: bool = True


def described(name: str, entry: dict[str, Any]) -> Description:
    """A Description from its YAML entry; unknown fields are refused by the dataclasses."""
    people = [Actor(**{**a, "at": tuple(a.get("at", (0.0, 0.0)))}) for a in entry["people"]]
    return Description(name, people, **{k: v for k, v in entry.items() if k != "people"})


def make(description: Description, assets: Assets, folder: Path) -> Path:
    """Write `folder/NAME.mp4` and `folder/NAME.truth.json`; returns the clip. The same every time."""
    # moderngl is installed only where clips are made
    from benchmarks.people.render import Renderer

    poses = load_poses()
    people = [Person(a.person, assets) for a in description.people]
    players = [
        Performance(p, a.script, poses, description.seed * 100 + i, a.at, a.yaw_deg, a.lively)
        for i, (p, a) in enumerate(zip(people, description.people, strict=True))
    ]
    view = camera.placed(**description.camera)
    light = room.LIGHTS[description.light]
    renderer = Renderer(
        people, _boxes(description, people, players, light), light, (view.width, view.height), description.soft_edges
    )
    records = [Record() for _ in people]
    clip = folder / f"{description.name}.mp4"
    grain = _Grain(description.seed, light.noise, (view.height, view.width, 3))
    n = round(max(p.length_s for p in players) * description.fps)
    with av.open(str(clip), "w") as out:
        stream = out.add_stream(
            "libx264", rate=description.fps, options={"crf": str(description.crf), "preset": "slow", "threads": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = view.width, view.height, "yuv420p"
        stream.time_base = Fraction(1, description.fps)
        for i in range(n):
            time_s = i / description.fps
            states = [p.at(time_s) for p in players]
            picture = renderer.picture(states, view)
            depth = renderer.depth_m() if i % description.truth_every == 0 else None
            for record, person, state in zip(records, people, states, strict=True):
                record.add(time_s, person, state, view, depth)
            frame = av.VideoFrame.from_ndarray(grain.on(picture), "rgb24")
            frame.pts, frame.time_base = i, Fraction(1, description.fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    renderer.close()
    _write_truth(description, players, records, folder)
    return clip


def make_all(descriptions: Iterable[Description], assets: Assets, folder: Path, jobs: int) -> Iterator[Path]:
    """Make every clip, `jobs` at a time, each in a process of its own: a software renderer does not survive many.

    Several single-threaded renderers are faster than one that uses all cores: set LP_NUM_THREADS=1 for that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(make, d, assets, folder) for d in descriptions]):
            yield done.result()


def jobs_parser(module: str, about: str | None) -> argparse.ArgumentParser:
    """The command of a generated set, with how many clips are made at a time."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{module}", description=about)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="clips at a time (default: one a core)")
    return parser


def make_missing(wanted: Iterable[Description], folder: Path, jobs: int) -> None:
    """Make the clips that have no truth in the folder yet, and tell of each."""
    os.environ.setdefault("LP_NUM_THREADS", "1")
    missing = [d for d in wanted if not (folder / f"{d.name}.truth.json").exists()]
    for number, clip in enumerate(make_all(missing, fetch(), folder, jobs), 1):
        print(f"{number}/{len(missing)} {clip.name}: {clip.stat().st_size // 1024} KB", flush=True)


class _Grain:
    """Sensor noise: a few random fields, shifted at random from picture to picture."""

    def __init__(self, seed: int, strength: float, shape: tuple[int, ...]) -> None:
        self._random = np.random.default_rng(seed)
        self._fields = np.round(self._random.normal(0, strength, (4, *shape))).astype(np.int16)

    def on(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        which, down, right = self._random.integers((len(self._fields), *picture.shape[:2]))
        field = np.roll(self._fields[which], (down, right), (0, 1))
        return np.clip(picture + field, 0, 255).astype(np.uint8)


def _boxes(
    description: Description, people: list[Person], players: list[Performance], light: room.Light
) -> list[room.Box]:
    boxes = room.walls(light)
    for person, player in zip(people, players, strict=True):
        seat = next((piece.pose for piece in player.pieces if piece.pose.seated), None)
        if seat is not None:
            boxes += room.chair(person, seat)
    if description.counter is not None:
        height = desk_height_m(people[0]) if description.counter == "desk" else float(description.counter)
        boxes += room.counter(height, near_m=0.14)
    return boxes


def desk_height_m(person: Person) -> float:
    """Height of a desk on which this person's forearms rest."""
    found = joints(person, posed(person, load_poses()["desk"]))
    return float(min(found["left_wrist"][1], found["right_wrist"][1])) - UNDER_WRISTS_M


def _write_truth(description: Description, players: list[Performance], records: list[Record], folder: Path) -> None:
    people = []
    for actor, player, record in zip(description.people, players, records, strict=True):
        segments = [
            {
                "kind": p.kind,
                "pose": p.pose.label if p.kind != "walk" else "walk",
                "start_s": round(p.start_s, 3),
                "end_s": round(p.end_s, 3),
            }
            for p in player.pieces
        ]
        people.append({"person": actor.person, "segments": segments, **as_json(record, description.truth_every)})
    _write_json(
        folder / f"{description.name}.truth.json", asdict(description) | {"people": people, "conventions": CONVENTIONS}
    )


def judge_again(truth: Path) -> None:
    """Compute the measures and deviations of a truth file anew from its joints, after norms or measures have
    changed."""
    told = json.loads(truth.read_text(encoding="utf-8"))
    _write_json(truth, told | {"people": [judged(p) for p in told["people"]], "conventions": CONVENTIONS})


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
