"""Scenes of several people put together from the shipped samples of one: crossings, occlusions, rows of trainees.

A person is cut out of a sample (what differs from its background) and put into a scene, scaled, mirrored, at another
time; truth follows from the sample's. Minutes faster than rendering (`people_set`), with the same kind of people;
edges are a little harder, half of a shadow comes along. Deterministic.
`python -m benchmarks.people_composed` makes what is missing.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from platformdirs import user_cache_path

from posture.landmarks import Array, Pose
from posture.video import FrameReader

Image = NDArray[np.uint8]
FPS = 10
SAMPLES = Path(__file__).parents[1] / "samples"
PLANS: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_NAMES = [p.name.lower() for p in Pose]
_LONGEST_S = 14.0
"""Of a sample that is used: keeps its pictures in memory small."""
_UNLIKE = 14
"""Grey levels by which a person differs from the background (the samples' noise stays under it after smoothing)."""


def folder() -> Path:
    return user_cache_path("posture") / "people" / "people_composed"


@dataclass(frozen=True)
class Layer:
    """One person of a scene; fields as in people_composed.yaml."""

    of: str
    times: list[list[float]]
    scale: float = 1.0
    move: list[float] = field(default_factory=lambda: [0.0, 0.0])
    mirror: bool = False


@dataclass(frozen=True)
class _Sample:
    """Pictures (T, H, W, 3), masks (T, H, W) 0..255, joints (T, 33, 2), hidden (T, 33), times (T,), background."""

    time_s: Array
    pictures: list[Image]
    masks: list[Image]
    joints: Array
    hidden: NDArray[np.bool_]
    background: Image


def layers_of(plan: dict[str, Any]) -> list[Layer]:
    """Everybody of a scene, those at the back first."""
    layers = [Layer(**entry) for entry in plan.get("layers", [])]
    rows = plan.get("rows", [plan["row"]] if "row" in plan else [])
    width, height = plan.get("size", [640, 480])
    for row in rows:
        scale, n, shift = row["scale"], row["people"], row.get("move", [0, 0])
        for i in range(n):
            x = width / 2 + (i - (n - 1) / 2) * row["apart_px"] - 320 * scale + shift[0]
            y = height * 0.55 - 240 * scale + shift[1]
            layers.append(Layer(row["of"][i % len(row["of"])], row["times"], scale, [x, y], i % 2 == 1))
    return layers


@lru_cache(maxsize=4)
def _sample(name: str) -> _Sample:
    with FrameReader(SAMPLES / f"{name}.mp4", fps=FPS) as reader:
        frames = [(f.time_s, f.image) for f in reader if f.time_s <= _LONGEST_S]
    times, pictures = np.array([t for t, _ in frames]), [i for _, i in frames]
    told = json.loads((SAMPLES / f"{name}.truth.json").read_text(encoding="utf-8"))["people"][0]["frames"]
    at, joints = np.array(told["t"]), np.stack([np.array(told["joints2d_px"][n], float) for n in _NAMES], 1)
    exact = np.stack([[np.interp(times, at, joints[:, p, k]) for k in (0, 1)] for p in range(len(Pose))], 0)
    hidden = np.array([[int(d) for d in told["hidden"][n]] for n in _NAMES], bool).T
    nearest = np.abs(at[None] - times[:, None]).argmin(1)
    background = _background(pictures, joints)
    masks = [_mask(picture, background) for picture in pictures]
    return _Sample(times, pictures, masks, exact.transpose(2, 0, 1), hidden[nearest], background)


def _background(pictures: list[Image], joints: Array) -> Image:
    """The median of all pictures where the person walks; where they stand, every row from beside them."""
    if np.ptp(joints[:, Pose.NOSE, 0]) > 300:
        return np.median(np.stack(pictures[::4]), 0).astype(np.uint8)
    middle = np.median(np.stack(pictures[::8]), 0)
    n = middle.shape[1] // 8
    left, right = np.median(middle[:, :n], 1), np.median(middle[:, -n:], 1)
    share = np.linspace(0, 1, middle.shape[1])[None, :, None]
    return (left[:, None] * (1 - share) + right[:, None] * share).astype(np.uint8)


def _mask(picture: Image, background: Image) -> Image:
    """(H, W) 0..255: the largest connected piece that differs from the background, closed and soft at its edge."""
    unlike = cv2.absdiff(cv2.GaussianBlur(picture, (5, 5), 0), cv2.GaussianBlur(background, (5, 5), 0)).max(2)
    rough = cv2.morphologyEx((unlike > _UNLIKE).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    rough = cv2.morphologyEx(rough, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(rough)
    if len(stats) < 2:
        return np.zeros(picture.shape[:2], np.uint8)
    whole = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return cv2.GaussianBlur(np.where(whole, 255, 0).astype(np.uint8), (3, 3), 0)


def _placed(layer: Layer, time_s: float, size: tuple[int, int]) -> tuple[Image, Image, Array, NDArray[np.bool_]]:
    """Picture, mask, joints (33, 2) and hidden (33,) of a layer in the scene's pixels."""
    sample, knots = _sample(layer.of), np.array(layer.times, float)
    i = int(np.abs(sample.time_s - np.interp(time_s, knots[:, 0], knots[:, 1])).argmin())
    matrix = np.array([[layer.scale, 0, layer.move[0]], [0, layer.scale, layer.move[1]]])
    order = np.arange(len(Pose))
    if layer.mirror:
        matrix = matrix @ np.array([[-1, 0, sample.background.shape[1] - 1], [0, 1, 0], [0, 0, 1.0]])
        swap = {"left": "right", "right": "left"}
        order = np.array([_NAMES.index("_".join(swap.get(w, w) for w in n.split("_"))) for n in _NAMES])
    how = cv2.INTER_AREA if layer.scale < 1 else cv2.INTER_LINEAR
    picture = cv2.warpAffine(sample.pictures[i], matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpAffine(sample.masks[i], matrix, size, flags=how)
    joints = sample.joints[i][order] @ matrix[:, :2].T + matrix[:, 2]
    return picture, mask, joints, sample.hidden[i][order]


def make(name: str, target: Path, plan: dict[str, Any] | None = None) -> Path:
    """Write `target/NAME.mp4` and `target/NAME.truth.json`; returns the clip. The same every time."""
    plan = plan or PLANS[name]
    width, height = size = tuple(plan.get("size", [640, 480]))
    layers = layers_of(plan)
    background = cv2.resize(_sample(layers[-1].of).background, size, interpolation=cv2.INTER_LINEAR)
    noise = np.random.default_rng(list(name.encode())).normal(0, 2, (4, height, width, 3))
    n = round(layers[0].times[-1][0] * FPS)
    joints, hidden = np.zeros((len(layers), n, len(Pose), 2)), np.zeros((len(layers), n, len(Pose)), bool)
    target.mkdir(parents=True, exist_ok=True)
    clip = target / f"{name}.mp4"
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"crf": "22", "preset": "fast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for k in range(n):
            canvas = background + noise[k % 4]
            for person, layer in enumerate(layers):
                picture, mask, joints[person, k], hidden[person, k] = _placed(layer, k / FPS, size)
                share = mask[..., None] / 255.0
                canvas = canvas * (1 - share) + picture * share
                for behind in range(person):
                    hidden[behind, k] |= _covered(joints[behind, k], mask)
                hidden[person, k] |= _outside(joints[person, k], size)
            frame = av.VideoFrame.from_ndarray(np.clip(canvas, 0, 255).astype(np.uint8), "rgb24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    _write_truth(clip.with_suffix(".truth.json"), joints, hidden)
    return clip


def _outside(joints: Array, size: tuple[int, int]) -> NDArray[np.bool_]:
    outside: NDArray[np.bool_] = ((joints < 0) | (joints >= size)).any(1)
    return outside


def _covered(joints: Array, mask: Image) -> NDArray[np.bool_]:
    height, width = mask.shape
    x, y = (np.clip(np.floor(joints[:, k]).astype(int), 0, limit - 1) for k, limit in ((0, width), (1, height)))
    covered: NDArray[np.bool_] = mask[y, x] > 127
    return covered


def _write_truth(path: Path, joints: Array, hidden: NDArray[np.bool_]) -> None:
    """The fields of a rendered clip's truth that are about the picture."""
    people = [
        {
            "frames": {
                "t": [k / FPS for k in range(joints.shape[1])],
                "joints2d_px": {n: np.round(own[:, p], 1).tolist() for p, n in enumerate(_NAMES)},
                "hidden": {n: "".join(str(int(h)) for h in out[:, p]) for p, n in enumerate(_NAMES)},
            }
        }
        for own, out in zip(joints, hidden, strict=True)
    ]
    path.write_text(json.dumps({"people": people}), encoding="utf-8")


def make_missing(plans: dict[str, Any], target: Path, description: str | None) -> None:
    """Make those scenes that are not in `target` yet, or all where the command line asks for it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--again", action="store_true", help="also those that are there")
    given = parser.parse_args()
    for name, plan in plans.items():
        if given.again or not (target / f"{name}.truth.json").exists():
            print(make(name, target, plan), flush=True)


if __name__ == "__main__":
    make_missing(PLANS, folder(), __doc__)
