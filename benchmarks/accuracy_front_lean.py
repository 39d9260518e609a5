"""Can a forward lean be told from the front? A correction fitted on rendered people, tried on people it has not seen.

From the front a forward lean shows in the trunk's foreshortening, in lower and wider shoulders, in a lower head, and in
MediaPipe's world coordinates, all against the person's own neutral. Linear, ridge; each person is left out in turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy_data import Case, smoothed
from benchmarks.people.rotation import Array
from posture.findings import View
from posture.landmarks import Pose
from posture.measures.common import mid_shoulder, shoulder_width_px, trunk_length_px
from posture.tilt import trunk_to_camera_deg

RIDGE = 1.0
LEANING_FROM_DEG = 5.0


@dataclass(frozen=True)
class Tried:
    """Mean absolute errors in degrees: of everybody, of those who lean, and the 95th percentile."""

    name: str
    mae: float
    mae_upright: float
    mae_leaning: float
    p95: float


def features(case: Case) -> tuple[Array, Array] | None:
    """(N, 5) features and (N,) true change of the forward lean in degrees, front view; None without a neutral."""
    person, scene = case.findings, case.scene
    if person.neutral_s is None or "shoulder_width_px" not in scene.neutral:
        return None
    time_s = scene.track.time_s
    calm = (time_s >= person.neutral_s[0]) & (time_s <= person.neutral_s[1])
    head = mid_shoulder(scene)[:, 1] - scene.track.pose_px[:, Pose.NOSE, 1]
    width, length = shoulder_width_px(scene), trunk_length_px(scene)

    def change(values: Array) -> tuple[Array, float]:
        steady = smoothed(case, values)
        own = float(np.nanmedian(steady[calm]))
        return steady - own, own

    lean, _ = change(trunk_to_camera_deg(scene))
    (shorter, own_length), (wider, own_width) = change(length), change(width)
    lower, sinks = change(mid_shoulder(scene)[:, 1])[0], change(head)[0]
    found = np.stack([lean, shorter / own_length, wider / own_width, lower / own_length, sinks / own_width], 1)
    true, _ = change(case.truth["trunk_lean_forward_deg"])
    good = case.settled & (scene.view == View.FRONT) & np.isfinite(found).all(1) & np.isfinite(true)
    return found[good], true[good]


def compare(cases: list[Case]) -> list[Tried]:
    """The world coordinates as they are, and the fit on people it has not seen."""
    parts = [(case.person, *f) for case in cases if (f := features(case)) is not None and len(f[0])]
    x, y = np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts])
    person = np.concatenate([np.full(len(p[2]), p[0], object) for p in parts])
    scaled = x / x.std(0)
    fitted = np.zeros(len(y))
    for left_out in sorted(set(person)):
        others = person != left_out
        a, b = scaled[others], y[others]
        weights = np.linalg.solve(a.T @ a + RIDGE * np.eye(x.shape[1]), a.T @ b)
        fitted[~others] = scaled[~others] @ weights
    return [
        _tried("no lean is assumed", np.zeros(len(y)), y),
        _tried("world coordinates, change from the own neutral", x[:, 0], y),
        _tried("fit on rendered people, left-out person", fitted, y),
    ]


def _tried(name: str, found: Array, true: Array) -> Tried:
    error, leaning = np.abs(found - true), np.abs(true) > LEANING_FROM_DEG
    return Tried(
        name,
        float(error.mean()),
        float(error[~leaning].mean()),
        float(error[leaning].mean()),
        float(np.percentile(error, 95)),
    )
