"""How far every measure is off, by view: bias, mean absolute error, 95th percentile, share not assessable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy_data import Case, smoothed
from benchmarks.people.rotation import Array
from posture.findings import View
from posture.measures import MEASURES

LEAST_SAMPLES = 100
VIEWS = (View.FRONT, View.OBLIQUE, View.SIDE)
STEEP_FROM_DEG = 12.0
"""Cameras that look down by more than this are listed apart."""


@dataclass(frozen=True)
class Samples:
    """Found and true values (N,) of one measure in one view, and whose they are."""

    found: Array
    true: Array
    person: Any
    steep: Any

    @property
    def assessable(self) -> Array:
        return np.isfinite(self.found) & np.isfinite(self.true)


@dataclass(frozen=True)
class Row:
    """One line of the table, in the measure's own unit. `p95` is of the absolute error after taking out `bias`,
    `p95_raw` with it."""

    measure: str
    view: View
    n: int
    bias: float
    mae: float
    mae_unbiased: float
    p95: float
    p95_raw: float
    not_assessable: float
    mae_level: float
    mae_steep: float


def collect(cases: list[Case]) -> dict[tuple[str, View], Samples]:
    """Samples of every measure in every view, whichever views it claims to be valid in."""
    parts: dict[tuple[str, View], list[tuple[Any, ...]]] = {}
    for case in cases:
        settled = np.array([p != ">" for p in case.pose_at()])
        applies = judged_at(case)
        for name, measure in MEASURES.items():
            if measure.unit == "px":
                continue
            counts = settled & applies[name]
            found, true = smoothed(case, measure.compute(case.scene).value), smoothed(case, case.truth[name])
            for view in VIEWS:
                here = counts & (case.scene.view == view)
                n = int(here.sum())
                if n:
                    who = np.full(n, case.person, object)
                    steep = np.full(n, case.pitch_deg > STEEP_FROM_DEG)
                    parts.setdefault((name, view), []).append((found[here], true[here], who, steep))
    return {
        key: Samples(*(np.concatenate(column) for column in zip(*rows, strict=True))) for key, rows in parts.items()
    }


def judged_at(case: Case) -> dict[str, NDArray[np.bool_]]:
    """(T,) by measure: where some criterion would judge it, everywhere when none or one of every pose does."""
    library, time_s = case.checked.library, case.raw.time_s
    (person,) = [p for p in case.checked.result.people if p.person == case.raw.person]
    poses = {p.id: {a.criterion.measure for a in library.criteria_of(p.id)} for p in library.candidates()}
    found = {}
    for name in MEASURES:
        using = [pose for pose, measures in poses.items() if name in measures]
        where = np.zeros(len(time_s), bool)
        for segment in person.segments:
            if segment.pose in using:
                where |= (time_s >= segment.start_s) & (time_s <= segment.end_s)
        found[name] = where if using and len(using) < len(poses) else np.ones(len(time_s), bool)
    return found


def rows(samples: dict[tuple[str, View], Samples]) -> list[Row]:
    """The table, only where there are enough samples. Bias is the median over people of each person's own median."""
    table = []
    for (name, view), s in samples.items():
        good = s.assessable
        if good.sum() < LEAST_SAMPLES:
            continue
        error = (s.found - s.true)[good]
        bias = bias_of(error, s.person[good])
        table.append(
            Row(
                name,
                view,
                int(good.sum()),
                bias,
                float(np.abs(error).mean()),
                float(np.abs(error - bias).mean()),
                float(np.percentile(np.abs(error - bias), 95)),
                float(np.percentile(np.abs(error), 95)),
                float(1 - np.isfinite(s.found).mean()),
                _mae(error - bias, ~s.steep[good]),
                _mae(error - bias, s.steep[good]),
            )
        )
    return table


def bias_of(error: Array, person: Any) -> float:
    """What is constant in the error over people: the median of their medians."""
    return float(np.median([np.median(error[person == p]) for p in sorted(set(person))]))


def bias_correction_helps(error: Array, person: Any) -> bool:
    """Whether the bias of the other people lowers the mean absolute error of each left-out person, by a tenth or
    more."""
    people = sorted(set(person))
    if len(people) < 3:
        return False
    corrected = np.concatenate([error[person == p] - bias_of(error[person != p], person[person != p]) for p in people])
    return bool(np.abs(corrected).mean() < 0.9 * np.abs(error).mean())


def _mae(error: Array, where: Array) -> float:
    return float(np.abs(error[where]).mean()) if where.any() else float("nan")
