"""The pictures in which a measure is off the most: where its limit lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy_data import Case, smoothed
from benchmarks.accuracy_measures import EXTRA_UP_TO, judged_at
from benchmarks.people.camera import placed
from benchmarks.people.rotation import Array
from posture.findings import View
from posture.landmarks import Pose
from posture.measures import MEASURES

SHOWN = (
    ("shoulder_tilt_deg", View.FRONT), ("head_pitch_change_deg", View.FRONT), ("trunk_lean_side_deg", View.FRONT),
    ("trunk_lean_forward_change_deg", View.SIDE),
)  # fmt: skip
TILE_PX = (400, 300)
_BONES = (
    (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER), (Pose.LEFT_SHOULDER, Pose.LEFT_HIP), (Pose.RIGHT_SHOULDER,
    Pose.RIGHT_HIP),
    (Pose.LEFT_HIP, Pose.RIGHT_HIP), (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW), (Pose.RIGHT_SHOULDER, Pose.RIGHT_ELBOW),
    (Pose.LEFT_EAR, Pose.NOSE), (Pose.RIGHT_EAR, Pose.NOSE),
)  # fmt: skip
_TRUE_COLOUR, _FOUND_COLOUR = (40, 190, 40), (230, 60, 40)


@dataclass(frozen=True)
class Worst:
    """The sample with the largest error of one measure and view."""

    measure: str
    view: View
    case: Case
    sample: int
    found: float
    true: float


def worst(cases: list[Case]) -> list[Worst]:
    found = []
    for name, view in SHOWN:
        best: Worst | None = None
        for case in cases:
            candidate = _worst_of(case, name, view)
            if candidate and (best is None or _off(candidate) > _off(best)):
                best = candidate
        if best:
            found.append(best)
    return found


def _off(w: Worst) -> float:
    return abs(w.found - w.true)


def _worst_of(case: Case, name: str, view: View) -> Worst | None:
    measure = MEASURES[name]
    series = case.checked.library.measured(name, case.scene)
    found, true = smoothed(case, series.value), smoothed(case, case.truth[name])
    counts = case.settled & judged_at(case)[name] & (case.scene.view == view)
    if series.extra_error is not None:
        counts &= series.extra_error <= EXTRA_UP_TO.get(measure.unit, np.inf)
    error = np.where(counts, np.abs(found - true), np.nan)
    if not np.isfinite(error).any():
        return None
    i = int(np.nanargmax(error))
    return Worst(name, view, case, i, float(found[i]), float(true[i]))


def montage(chosen: list[Worst], folder: Path, file: Path) -> None:
    """One JPEG of the pictures side by side: green what is true, red what was found."""
    tiles = [_tile(w, folder) for w in chosen]
    cv2.imwrite(str(file), np.hstack(tiles)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])


def _tile(w: Worst, folder: Path) -> NDArray[np.uint8]:
    picture = _picture(folder / f"{w.case.name}.mp4", float(w.case.raw.time_s[w.sample]))
    nearest = int(np.abs(np.array(w.case.record.time_s) - w.case.raw.time_s[w.sample]).argmin())
    true_px, _ = placed(**w.case.camera).seen(w.case.record.points[nearest])
    for points, colour in ((true_px, _TRUE_COLOUR), (w.case.raw.pose_px[w.sample, :, :2], _FOUND_COLOUR)):
        for a, b in _BONES:
            cv2.line(picture, _pixel(points[a]), _pixel(points[b]), colour, 2, cv2.LINE_AA)
    middle = true_px[[Pose.NOSE, Pose.LEFT_HIP, Pose.RIGHT_HIP]].mean(0)
    size = max(float(np.ptp(true_px[[Pose.NOSE, Pose.LEFT_HIP, Pose.RIGHT_HIP], 1])) * 2.4, 120.0)
    height, width = picture.shape[:2]
    half_w, half_h = size * TILE_PX[0] / TILE_PX[1] / 2, size / 2
    left, top = (int(np.clip(m - h, 0, max(limit - 2 * h, 0))) for m, h, limit in
                 ((middle[0], half_w, width), (middle[1], half_h, height)))  # fmt: skip
    part = picture[top : top + int(2 * half_h), left : left + int(2 * half_w)]
    return cv2.resize(part, TILE_PX, interpolation=cv2.INTER_AREA)


def _pixel(point: Array) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _picture(clip: Path, time_s: float) -> NDArray[np.uint8]:
    with av.open(str(clip)) as source:
        for frame in source.decode(video=0):
            if frame.time is not None and frame.time >= time_s - 1e-3:
                return frame.to_ndarray(format="rgb24")
    raise ValueError(f"expected a picture at {time_s} s in {clip.name}")
