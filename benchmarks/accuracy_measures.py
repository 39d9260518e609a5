"""How far every measure is off, by view: bias, mean absolute error, 95th percentile, share not assessable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy_data import Case, smoothed
from benchmarks.people.rotation import Array
from posture.findings import View
from posture.library import load_library
from posture.measures import MEASURES, Series
from posture.references import Correction

LEAST_SAMPLES = 100
VIEWS = (View.FRONT, View.OBLIQUE, View.SIDE)
STEEP_FROM_DEG = 12.0
"""Cameras that look down by more than this are listed apart."""
EXTRA_UP_TO = {"deg": 2.0, "sw": 0.1}
"""Samples whose own extra error (a turned person, a camera from above) is larger are not counted: verdicts add it."""
WORTH = 0.9
"""A correction is kept when it lowers the mean absolute error of people left out of its fit to this share or less."""
LARGEST_FACTOR = 1.4
"""Rendered heads and backs are no proof for real ones: no value is enlarged by more (own choice)."""


@dataclass(frozen=True)
class Samples:
    """Found and true values (N,) of one measure in one view, and whose they are."""

    found: Array
    true: Array
    person: NDArray[np.object_]
    steep: NDArray[np.bool_]

    @property
    def assessable(self) -> NDArray[np.bool_]:
        return np.isfinite(self.found) & np.isfinite(self.true)


@dataclass(frozen=True)
class Row:
    """One line of the table, in the measure's own unit. What follows `correction` is after it."""

    measure: str
    view: View
    n: int
    bias: float
    mae: float
    correction: Correction | None
    mae_corrected: float
    p95: float
    p95_blaming: float
    """The same of the error away from the ideal value alone: what could blame somebody. Equal where no norm has one."""
    not_assessable: float
    mae_level: float
    mae_steep: float


def collect(cases: list[Case]) -> dict[tuple[str, View], Samples]:
    """Samples of every measure in every view, whichever views it claims to be valid in."""
    parts: dict[tuple[str, View], list[tuple[Any, ...]]] = {}
    for case in cases:
        applies = judged_at(case)
        for name, measure in MEASURES.items():
            if measure.unit == "px":
                continue
            found = smoothed(case, _clear(measure.compute(case.scene), measure.unit))
            true = smoothed(case, case.truth[name])
            for view in VIEWS:
                here = case.settled & applies[name] & (case.scene.view == view)
                if n := int(here.sum()):
                    who, steep = np.full(n, case.person, object), np.full(n, case.pitch_deg > STEEP_FROM_DEG)
                    parts.setdefault((name, view), []).append((found[here], true[here], who, steep))
    joined = {key: zip(*rows, strict=True) for key, rows in parts.items()}
    return {key: Samples(*(np.concatenate(column) for column in columns)) for key, columns in joined.items()}


def _clear(series: Series, unit: str) -> Array:
    """The values without those that carry a large error of their own."""
    if series.extra_error is None:
        return series.value
    return np.where(series.extra_error > EXTRA_UP_TO.get(unit, np.inf), np.nan, series.value)


def judged_at(case: Case) -> dict[str, NDArray[np.bool_]]:
    """(T,) by measure: where some criterion would judge it, everywhere when none or one of every pose does."""
    library, time_s = case.checked.library, case.raw.time_s
    poses = {p.id: {a.criterion.measure for a in library.criteria_of(p.id)} for p in library.candidates()}
    found = {}
    for name in MEASURES:
        using = [pose for pose, measures in poses.items() if name in measures]
        where = np.zeros(len(time_s), bool)
        for segment in case.findings.segments:
            if segment.pose in using:
                where |= (time_s >= segment.start_s) & (time_s <= segment.end_s)
        found[name] = where if using and len(using) < len(poses) else np.ones(len(time_s), bool)
    return found


def rows(samples: dict[tuple[str, View], Samples]) -> list[Row]:
    """The table, only where there are enough samples."""
    return [_row(*key, s) for key, s in samples.items() if s.assessable.sum() >= LEAST_SAMPLES]


def _row(name: str, view: View, s: Samples) -> Row:
    good = s.assessable
    found, true, person, steep = s.found[good], s.true[good], s.person[good], s.steep[good]
    correction = correction_for(name, found, true, person)
    corrected = correction.of(found) if correction else found
    error = corrected - true
    ideal = _ideals().get(name)
    outward = np.abs(error) if ideal is None else np.abs(corrected - ideal) - np.abs(true - ideal)
    return Row(
        measure=name,
        view=view,
        n=int(good.sum()),
        bias=bias_of(found - true, person),
        mae=float(np.abs(found - true).mean()),
        correction=correction,
        mae_corrected=float(np.abs(error).mean()),
        p95=float(np.percentile(np.abs(error), 95)),
        p95_blaming=max(float(np.percentile(outward, 95)), 0.0),
        not_assessable=float(1 - np.isfinite(s.found).mean()),
        mae_level=_mae(error, ~steep),
        mae_steep=_mae(error, steep),
    )


@cache
def _ideals() -> dict[str, float]:
    """Ideal value by measure, of the criterion that judges it; of one asked of everybody where there is one."""
    criteria = sorted(load_library().all_criteria().values(), key=lambda c: c.variant == "any")
    return {c.measure: c.ideal for c in criteria}


def correction_for(name: str, found: Array, true: Array, person: NDArray[np.object_]) -> Correction | None:
    """What is systematically wrong with an angle, when taking it out helps people who had no part in finding it.

    A constant for angles, a factor for what is compared with the person's own neutral (0 or, of ratios, 1).
    """
    people, measure = sorted(set(person)), MEASURES[name]
    if len(people) < 3 or (measure.unit != "deg" and not (measure.relative and measure.unit == "ratio")):
        return None
    fit = partial(_factor, about=1.0 if measure.unit == "ratio" else 0.0) if measure.relative else _offset
    error = []
    for left_out in people:
        others = person != left_out
        error.append(fit(found[others], true[others], person[others]).of(found[~others]) - true[~others])
    helps = np.abs(np.concatenate(error)).mean() <= WORTH * np.abs(found - true).mean()
    return fit(found, true, person) if helps else None


def _offset(found: Array, true: Array, person: NDArray[np.object_]) -> Correction:
    return Correction(offset=round(-bias_of(found - true, person), 1))


def _factor(found: Array, true: Array, _person: NDArray[np.object_], about: float) -> Correction:
    """Least squares through the neutral, never smaller than 1: noise must not make a measure blind."""
    seen, real = found - about, true - about
    slope = float((seen * real).sum() / max((seen**2).sum(), 1e-9))
    return Correction(about=about, factor=round(float(np.clip(slope, 1.0, LARGEST_FACTOR)), 2))


def bias_of(error: Array, person: NDArray[np.object_]) -> float:
    """What is constant in the error over people: the median of their medians."""
    return float(np.median([np.median(error[person == p]) for p in sorted(set(person))]))


def _mae(error: Array, where: NDArray[np.bool_]) -> float:
    return float(np.abs(error[where]).mean()) if where.any() else float("nan")
