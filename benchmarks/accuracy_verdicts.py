"""How right the verdicts are: precision, recall and F1 of deviations by criterion, false alarms, abstention, poses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from benchmarks.accuracy_data import Case
from benchmarks.people.rotation import Array
from benchmarks.people.truth import true_deviations
from posture.check import GRAVITY_MEASURES
from posture.findings import CriterionResult, Deviation, View
from posture.library import load_library

NEAR_S = 0.75
"""A reported deviation and a true one are the same when they are no further apart than this."""
ASSESSED_SHARE = 0.5
"""Part of a true deviation that must have been assessable for a miss to count as one."""


BEYOND_THE_TRUTH = ("finger_pointing_ratio", "finger_gap_ratio")
"""Measures of the fingers: the truth has no fingers, so that it cannot tell whether they are right."""

Truth = dict[str, tuple[Deviation, ...]]


@dataclass
class Tally:
    """Counts of one criterion. `missed` and `hit` are of true deviations that pass the limit by more than the error."""

    true_alarms: int = 0
    false_alarms: int = 0
    hit: int = 0
    missed: int = 0
    not_assessed: int = 0
    """Clear true deviations in time that could not be assessed: an abstention, not a miss."""
    assessable_s: float = 0.0
    lost_s: float = 0.0
    examples: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return _share(self.true_alarms, self.true_alarms + self.false_alarms)

    @property
    def recall(self) -> float:
        return _share(self.hit, self.hit + self.missed)

    @property
    def f1(self) -> float:
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else float("nan")

    @property
    def abstention(self) -> float:
        """Share of the time in which the criterion applied and could not be assessed."""
        return _share(self.lost_s, self.lost_s + self.assessable_s)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _errors_passed(roll_allowance_deg: float) -> dict[str, dict[View, float]]:
    """The largest error that the product works with, by measure: what is past it is a clear deviation in every view."""
    found = {}
    for measure, by_view in load_library().errors.items():
        allowance = roll_allowance_deg if measure in GRAVITY_MEASURES else 0.0
        found[measure] = dict.fromkeys(View, float(np.hypot(max(by_view.values()), allowance)))
    return found


def tally(cases: list[Case]) -> dict[str, Tally]:
    """By criterion, over all clips."""
    table: dict[str, Tally] = {}
    for case in cases:
        every = true_deviations(case.record)
        clear = true_deviations(case.record, _errors_passed(case.tilt.allowance_deg))
        for result in case.findings.results:
            if case.checked.library.all_criteria()[result.criterion].measure in BEYOND_THE_TRUTH:
                continue
            _count(table.setdefault(result.criterion, Tally()), case, result, every, clear)
    return table


def _count(t: Tally, case: Case, result: CriterionResult, every: Truth, clear: Truth) -> None:
    t.assessable_s += result.assessable_s
    t.lost_s += sum(result.not_assessable_s.values())
    for d in result.deviations:
        right = any(_near(d, other) for other in every.get(result.criterion, ()))
        t.true_alarms += right
        t.false_alarms += not right
        if not right:
            t.examples.append(f"{case.name} {d.start_s:.1f}-{d.end_s:.1f} s: {d.value:.2f} seen, not so")
    for d in clear.get(result.criterion, ()):
        if any(_near(d, other) for other in result.deviations):
            t.hit += 1
        elif assessed_share(case, result.criterion, d) < ASSESSED_SHARE:
            t.not_assessed += 1
        else:
            t.missed += 1
            t.examples.append(f"{case.name} {d.start_s:.1f}-{d.end_s:.1f} s: {d.value:.2f} true, not reported")


def _near(a: Deviation, b: Deviation) -> bool:
    return a.start_s <= b.end_s + NEAR_S and b.start_s <= a.end_s + NEAR_S


def assessed_share(case: Case, criterion: str, d: Deviation) -> float:
    """Share of the samples during `d` in which the product had a value, in a view that the criterion is judged in."""
    series = case.checked.series.get((case.raw.person, criterion))
    if series is None:
        return 0.0
    library = case.checked.library
    definition = library.all_criteria()[criterion]
    limit = definition.tightest()
    valid = [v for v in definition.views if library.errors[definition.measure].get(v, np.inf) <= limit]
    time_s, value = series
    during = (time_s >= d.start_s) & (time_s < d.end_s)
    if not during.any():
        return 0.0
    in_view = np.isin(_view_at(case, time_s[during]), [str(v) for v in valid])
    return float((np.isfinite(value[during]) & in_view).mean())


def _view_at(case: Case, times_s: Array) -> Array:
    nearest = np.abs(case.raw.time_s[:, None] - times_s[None]).argmin(0)
    return np.array([str(v) for v in case.scene.view])[nearest]


def false_alarms_per_10_min(cases: list[Case]) -> tuple[float, float]:
    """Deviations without a true counterpart in time that is right in every respect, for 10 minutes; and the minutes."""
    alarms, right_s = 0, 0.0
    for case in cases:
        every = [d for found in true_deviations(case.record).values() for d in found]
        free = np.array(
            [not any(d.start_s - NEAR_S <= t <= d.end_s + NEAR_S for d in every) for t in case.raw.time_s], bool
        )
        step = float(np.median(np.diff(case.raw.time_s)))
        right_s += float(free.sum()) * step
        for d in case.findings.deviations:
            inside = (case.raw.time_s >= d.start_s) & (case.raw.time_s < d.end_s)
            alarms += bool(inside.any() and free[inside].mean() > 0.5)
    return _share(alarms, right_s / 600), right_s / 60


def pose_confusion(cases: list[Case]) -> Counter[tuple[str, str]]:
    """(true pose, recognised pose or `none`) of the samples in which a correct pose is held."""
    counts: Counter[tuple[str, str]] = Counter()
    for case in cases:
        for t, pose in zip(case.raw.time_s, case.pose_at(), strict=True):
            if pose in CORRECT:
                seen = next((s.pose for s in case.findings.segments if s.start_s <= t <= s.end_s), "none")
                counts[CORRECT[pose], seen] += 1
    return counts


CORRECT = {
    "fold": "stand_front_fold", "fold_male": "stand_front_fold_male", "sides": "stand_hands_sides",
    "desk": "sit_forearms_on_desk", "sit": "sit_upright",
}  # fmt: skip
"""Rendered poses that are a reference pose, and which."""
