"""Criteria over time: from a measured series to deviations with start, end, worst moment and verdict.

Every sample is one of: right, borderline (past the limit, but by less than the measuring error), out (past it by more)
or not assessable with a reason. A deviation begins when samples are out, lasts while the value stays past the limit at
all (hysteresis: it does not end in the borderline zone), ends when the value was right or could not be assessed for
longer than `GAP_S`, and counts only when its samples that are out add up to the criterion's least duration. Pure
numpy: an hour takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from posture.findings import CriterionResult, Deviation, Reason, Severity, Verdict, View
from posture.geometry import Windows, median, stretches
from posture.landmarks import Array
from posture.library import ActiveCriterion
from posture.measures.registry import Series
from posture.references import Criterion, Threshold

SMOOTH_S = 0.5
"""Window of the rolling median over the measured values (norms.md section 0: fault gate on smoothed values)."""
GAP_S = 0.5
"""A deviation ends after this long inside the limit (norms.md section 0), or unseen (own choice)."""
LEAST_ASSESSABLE_S = 1.0
"""A recording in which less than this could be assessed gives no verdict (own choice)."""
LEAST_ASSESSABLE_SHARE = 0.25
"""Of the time in which a norm applies, at least this much must have been assessable to say that it was met (own
choice): six good seconds of forty say nothing about the rest."""
BORDERLINE_SHARE = 0.2
"""Share of the assessable time past the limit within the error that makes a verdict borderline (own choice)."""
DOES_NOT_APPLY = (Reason.POSE_NOT_HELD, Reason.IN_MOTION, Reason.AT_WORK)
"""Reasons that say that the norm was not asked for, not that it could not be seen."""
PHOTO_S = 1.0
"""A photo counts as this many seconds; least durations cannot be checked in it and are waived."""
_LOST, _OK, _BORDERLINE, _DEVIATING = range(4)


@dataclass(frozen=True)
class Timing:
    """The samples' times (T,) in seconds, how long each sample stands for (T,), and whether it is a photo."""

    time_s: Array
    weight_s: Array
    is_photo: bool

    @cached_property
    def windows(self) -> Windows:
        """Those of the smoothing."""
        return Windows(self.time_s, SMOOTH_S)


def timing(time_s: Array, sample_period_s: float, is_photo: bool) -> Timing:
    """Each sample stands for the time to the next one, at most two sampling periods (then it is a gap)."""
    if is_photo:
        return Timing(time_s, np.full(len(time_s), PHOTO_S), True)
    step = np.diff(time_s, append=time_s[-1:] + sample_period_s)
    return Timing(time_s, np.minimum(step, 2 * sample_period_s), False)


@dataclass(frozen=True)
class Gates:
    """Where a criterion applies: `held` (T,) its pose is held, `still` (T,) the person keeps still, `at_work` (T,) they
    work over papers before a client, None where that is not known."""

    held: NDArray[np.bool_]
    still: NDArray[np.bool_]
    at_work: NDArray[np.bool_] | None = None


Views = Mapping[View, NDArray[np.bool_]]
"""For every view that occurs, (T,) whether the person is seen from there."""


@dataclass(frozen=True)
class Course:
    """One criterion for one person over time, as it is judged: what curves are drawn from.

    time_s (T,). measured (T,): as measured. value (T,): smoothed, NaN where not assessable. error (T,): the measuring
    error of the moment. why (T,): `Reason.code` of the reason why it is not assessable, 0 where it is.
    """

    time_s: Array
    measured: Array
    value: Array
    error: Array
    why: NDArray[np.int8]


REASONS: tuple[Reason | None, ...] = (None, *Reason)
"""By `Reason.code`."""


def judge(
    active: ActiveCriterion, series: Series, seen_from: Views, when: Timing, gates: Gates, person: int
) -> CriterionResult:
    """The verdict on one criterion for one person."""
    return judge_course(active.criterion, course_of(active, series, seen_from, when, gates), seen_from, when, person)


def course_of(active: ActiveCriterion, series: Series, seen_from: Views, when: Timing, gates: Gates) -> Course:
    """What there is to judge: smoothed values, their errors, and why there is no value."""
    error, reason = _error_and_reason(active, series, seen_from, gates)
    value = np.where(reason == 0, series.value, np.nan)
    if not when.is_photo:
        value = np.where(reason == 0, when.windows.median(value), np.nan)
    return Course(when.time_s, series.value, value, error, reason)


def judge_course(criterion: Criterion, course: Course, seen_from: Views, when: Timing, person: int) -> CriterionResult:
    """The verdict on one criterion for one person."""
    judged = _Judged(criterion, course.value, course.error, excess_of(course.value, criterion.allowed), course.why)
    out = judged.excess > judged.error
    runs = [
        run for run in _episodes(out, judged.excess > 0, when)
        if when.is_photo or _out_s(run, out, when) >= criterion.min_duration_s - 1e-9
    ]  # fmt: skip
    deviations = tuple(_deviation(judged, person, run, seen_from, when) for run in runs)
    return _result(judged, when, runs, deviations)


@dataclass(frozen=True)
class _Judged:
    """A criterion and, over time (T,), the smoothed value, its error, how far it is past the limit, and the code of the
    reason why it is not assessable."""

    criterion: Criterion
    value: Array
    error: Array
    excess: Array
    reason: NDArray[np.int8]


def _error_and_reason(
    active: ActiveCriterion, series: Series, seen_from: Views, gates: Gates
) -> tuple[Array, NDArray[np.int8]]:
    """(T,) error in the view of each sample and (T,) why a sample is not assessable, the deepest cause first."""
    refused = {r.view for r in active.refused}
    error = np.full(len(series.value), np.nan)
    reason = series.reason.copy()
    reason[~np.isfinite(series.value) & (reason == 0)] = Reason.NOT_VISIBLE.code
    for view, here in seen_from.items():
        if view in active.errors:
            error[here] = active.errors[view]
        else:
            reason[here] = (Reason.ERROR_TOO_LARGE if view in refused else Reason.WRONG_VIEW).code
    if series.extra_error is not None:
        error = np.hypot(error, series.extra_error)
        with np.errstate(invalid="ignore"):
            reason[(error > active.criterion.tightest()) & (reason == 0)] = Reason.ERROR_TOO_LARGE.code
    if active.criterion.while_still:
        reason[~gates.still] = Reason.IN_MOTION.code
    if gates.at_work is not None and not active.criterion.at_work:
        reason[gates.at_work] = Reason.AT_WORK.code
    reason[~gates.held] = Reason.POSE_NOT_HELD.code
    return error, reason


def excess_of(value: Array, limits: Threshold) -> Array:
    """(T,) how far the value is past the nearer limit, 0 inside, NaN where there is no value."""
    excess = np.where(np.isfinite(value), 0.0, np.nan)
    if limits.low is not None:
        excess = np.maximum(excess, limits.low - value)
    return excess if limits.high is None else np.maximum(excess, value - limits.high)


def _episodes(out: NDArray[np.bool_], past: NDArray[np.bool_], when: Timing) -> list[tuple[int, int]]:
    """First and last sample of each stretch that begins out of limits and then stays past the limit.

    Samples inside the limit or without a value for at most `GAP_S` do not cut it.
    """
    found = stretches(past, when.time_s, GAP_S + 1e-9)
    return [(first + int(out[first:].argmax()), last) for first, last in found if out[first : last + 1].any()]


def _out_s(run: tuple[int, int], out: NDArray[np.bool_], when: Timing) -> float:
    """Seconds within the run in which the limit was passed by more than the error: one noisy sample is no deviation."""
    inside = slice(run[0], run[1] + 1)
    return float(when.weight_s[inside][out[inside]].sum())


def _deviation(judged: _Judged, person: int, run: tuple[int, int], seen_from: Views, when: Timing) -> Deviation:
    first, last = run
    worst = first + int(np.nanargmax(judged.excess[first : last + 1]))
    allowed = judged.criterion.allowed
    return Deviation(
        criterion=judged.criterion.id,
        person=person,
        start_s=float(when.time_s[first]),
        end_s=float(when.time_s[last] + (0.0 if when.is_photo else when.weight_s[last])),
        worst_s=float(when.time_s[worst]),
        value=float(judged.value[worst]),
        error=float(judged.error[worst]),
        allowed=(allowed.low, allowed.high),
        target=judged.criterion.target,
        severity=_severity(judged, slice(first, last + 1), when),
        view=next(view for view, here in seen_from.items() if here[worst]),
    )


def _severity(judged: _Judged, inside: slice, when: Timing) -> Severity:
    """`serious` when the serious limit, too, was passed by more than the error for the least duration."""
    criterion = judged.criterion
    if criterion.serious is None:
        return criterion.severity
    beyond = excess_of(judged.value[inside], criterion.serious) > judged.error[inside]
    long_enough = when.is_photo or when.weight_s[inside][beyond].sum() >= criterion.min_duration_s
    return Severity.SERIOUS if beyond.any() and long_enough else criterion.severity


def _result(
    judged: _Judged, when: Timing, runs: list[tuple[int, int]], deviations: tuple[Deviation, ...]
) -> CriterionResult:
    assessable = np.isfinite(judged.value)
    state = np.where(assessable, np.where(judged.excess > 0, _BORDERLINE, _OK), _LOST)
    for first, last in runs:
        state[first : last + 1][assessable[first : last + 1]] = _DEVIATING
    seconds = np.bincount(state, when.weight_s, 4).tolist()
    by_name = {"ok_s": seconds[_OK], "borderline_s": seconds[_BORDERLINE], "deviation_s": seconds[_DEVIATING]}
    lost_s = _seconds_by_reason(judged.reason[~assessable], when.weight_s[~assessable])
    return CriterionResult(
        criterion=judged.criterion.id,
        verdict=_verdict(judged.criterion, deviations, by_name, lost_s),
        not_assessable_s=lost_s,
        typical_value=median(judged.value[assessable]),
        error=median(judged.error[assessable]),
        deviations=deviations,
        **by_name,
    )


def _seconds_by_reason(reason: NDArray[np.int8], weight_s: Array) -> dict[Reason, float]:
    seconds = np.bincount(reason, weight_s, len(Reason) + 1).tolist()
    return {r: lost_s for r, lost_s in zip(Reason, seconds[1:], strict=True) if lost_s}


def _verdict(
    criterion: Criterion, deviations: tuple[Deviation, ...], seconds: dict[str, float], lost_s: dict[Reason, float]
) -> Verdict:
    if deviations:
        return Verdict.DEVIATION
    assessable_s = sum(seconds.values())
    blind_s = sum(s for reason, s in lost_s.items() if reason not in DOES_NOT_APPLY)
    if assessable_s < max(LEAST_ASSESSABLE_S, LEAST_ASSESSABLE_SHARE * (assessable_s + blind_s)):
        return Verdict.NOT_ASSESSABLE
    borderline_s = seconds["borderline_s"]
    lasting = borderline_s >= max(criterion.min_duration_s, LEAST_ASSESSABLE_S)
    return Verdict.BORDERLINE if lasting and borderline_s >= BORDERLINE_SHARE * assessable_s else Verdict.OK
