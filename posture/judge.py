"""Criteria over time: from a measured series to deviations with start, end, worst moment and verdict.

Every sample is one of: right, borderline (past the limit, but by less than the measuring error), out (past it by more)
or not assessable with a reason. A deviation begins when samples are out, lasts while the value stays past the limit at
all (hysteresis: it does not end in the borderline zone), ends when the value was right or could not be assessed for
longer than `GAP_S`, and counts only when its samples that are out add up to the criterion's least duration. Pure
numpy: an hour takes milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posture.findings import CriterionResult, Deviation, Reason, Severity, Verdict, View
from posture.geometry import rolling_median
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
DOES_NOT_APPLY = (Reason.POSE_NOT_HELD, Reason.IN_MOTION)
"""Reasons that say that the norm was not asked for, not that it could not be seen."""
PHOTO_S = 1.0
"""A photo counts as this many seconds; least durations cannot be checked in it and are waived."""


@dataclass(frozen=True)
class Timing:
    """The samples' times (T,) in seconds, how long each sample stands for (T,), and whether it is a photo."""

    time_s: Array
    weight_s: Array
    is_photo: bool


def timing(time_s: Array, sample_period_s: float, is_photo: bool) -> Timing:
    """Each sample stands for the time to the next one, at most two sampling periods (then it is a gap)."""
    if is_photo:
        return Timing(time_s, np.full(len(time_s), PHOTO_S), True)
    step = np.diff(time_s, append=time_s[-1:] + sample_period_s)
    return Timing(time_s, np.minimum(step, 2 * sample_period_s), False)


@dataclass(frozen=True)
class Gates:
    """Where a criterion applies: `held` (T,) its pose is held, `still` (T,) the person keeps still."""

    held: NDArray[np.bool_]
    still: NDArray[np.bool_]


@dataclass(frozen=True)
class Course:
    """One criterion for one person over time, as it is judged: what curves are drawn from.

    time_s (T,). measured (T,): as measured. value (T,): smoothed, NaN where not assessable. error (T,): the measuring
    error of the moment. why (T,) uint8: index into `REASONS` of the reason why it is not assessable, 0 where it is.
    """

    time_s: Array
    measured: Array
    value: Array
    error: Array
    why: NDArray[np.uint8]


REASONS: tuple[Reason | None, ...] = (None, *Reason)


def reason_codes(reason: NDArray[np.object_]) -> NDArray[np.uint8]:
    """(T,) of `Reason` or None as indices into `REASONS`."""
    code = np.zeros(len(reason), np.uint8)
    for i, one in enumerate(REASONS[1:], 1):
        code[reason == one] = i
    return code


def judge(
    active: ActiveCriterion, series: Series, view: NDArray[np.object_], when: Timing, gates: Gates, person: int
) -> CriterionResult:
    """The verdict on one criterion for one person."""
    return judge_course(active.criterion, course_of(active, series, view, when, gates), view, when, person)


def course_of(active: ActiveCriterion, series: Series, view: NDArray[np.object_], when: Timing, gates: Gates) -> Course:
    """What there is to judge: smoothed values, their errors, and why there is no value."""
    error, reason = _error_and_reason(active, series, view, gates)
    value = np.where(_none(reason), series.value, np.nan)
    value = value if when.is_photo else rolling_median(when.time_s, value, SMOOTH_S)
    value = np.where(_none(reason), value, np.nan)
    return Course(when.time_s, series.value, value, error, reason_codes(reason))


def judge_course(
    criterion: Criterion, course: Course, view: NDArray[np.object_], when: Timing, person: int
) -> CriterionResult:
    """The verdict on one criterion for one person."""
    value, error = course.value, course.error
    reason = np.array(REASONS, object)[course.why]
    excess = excess_of(value, criterion.allowed)
    out = excess > error
    runs = _episodes(out, excess > 0, when)
    deviations = tuple(
        _deviation(criterion, person, run, value, error, excess, view, when)
        for run in runs
        if when.is_photo or _out_s(run, out, when) >= criterion.min_duration_s - 1e-9
    )
    return _result(criterion, value, error, excess, reason, when, deviations)


def _none(reason: NDArray[np.object_]) -> NDArray[np.bool_]:
    empty: NDArray[np.bool_] = reason == np.array(None, object)
    return empty.astype(bool)


def _error_and_reason(
    active: ActiveCriterion, series: Series, view: NDArray[np.object_], gates: Gates
) -> tuple[Array, NDArray[np.object_]]:
    """(T,) error in the view of each sample and (T,) why a sample is not assessable, the deepest cause first."""
    refused = {r.view for r in active.refused}
    error = np.full(len(view), np.nan)
    reason = series.reason.copy()
    reason[~np.isfinite(series.value) & _none(reason)] = Reason.NOT_VISIBLE
    for one in set(view):
        here = view == one
        if one in active.errors:
            error[here] = active.errors[one]
        else:
            reason[here] = Reason.ERROR_TOO_LARGE if one in refused else Reason.WRONG_VIEW
    if series.extra_error is not None:
        error = np.hypot(error, series.extra_error)
        with np.errstate(invalid="ignore"):
            reason[(error > active.criterion.tightest()) & _none(reason)] = Reason.ERROR_TOO_LARGE
    if active.criterion.while_still:
        reason[~gates.still] = Reason.IN_MOTION
    reason[~gates.held] = Reason.POSE_NOT_HELD
    return error, reason


def excess_of(value: Array, limits: Threshold) -> Array:
    """(T,) how far the value is past the nearer limit, 0 inside, NaN where there is no value."""
    low, high = limits.low, limits.high
    below = (low - value) if low is not None else np.full_like(value, -np.inf)
    above = (value - high) if high is not None else np.full_like(value, -np.inf)
    return np.where(np.isfinite(value), np.maximum(np.maximum(below, above), 0.0), np.nan)


def _episodes(out: NDArray[np.bool_], past: NDArray[np.bool_], when: Timing) -> list[tuple[int, int]]:
    """First and last sample of each stretch that begins out of limits and then stays past the limit.

    Samples inside the limit or without a value for at most `GAP_S` do not cut it.
    """
    indices = np.flatnonzero(past)
    if not len(indices):
        return []
    cuts = np.flatnonzero(np.diff(when.time_s[indices]) > GAP_S + 1e-9) + 1
    runs = []
    for group in np.split(indices, cuts):
        outside = group[out[group]]
        if len(outside):
            runs.append((int(outside[0]), int(group[-1])))
    return runs


def _out_s(run: tuple[int, int], out: NDArray[np.bool_], when: Timing) -> float:
    """Seconds within the run in which the limit was passed by more than the error: one noisy sample is no deviation."""
    inside = slice(run[0], run[1] + 1)
    return float(when.weight_s[inside][out[inside]].sum())


def _deviation(
    criterion: Criterion,
    person: int,
    run: tuple[int, int],
    value: Array,
    error: Array,
    excess: Array,
    view: NDArray[np.object_],
    when: Timing,
) -> Deviation:
    first, last = run
    inside = slice(first, last + 1)
    worst = first + int(np.nanargmax(excess[inside]))
    return Deviation(
        criterion=criterion.id,
        person=person,
        start_s=float(when.time_s[first]),
        end_s=float(when.time_s[last] + (0.0 if when.is_photo else when.weight_s[last])),
        worst_s=float(when.time_s[worst]),
        value=float(value[worst]),
        error=float(error[worst]),
        allowed=(criterion.allowed.low, criterion.allowed.high),
        target=criterion.target,
        severity=_severity(criterion, value[inside], error[inside], when, inside),
        view=View(view[worst]),
    )


def _severity(criterion: Criterion, value: Array, error: Array, when: Timing, inside: slice) -> Severity:
    """`serious` when the serious limit, too, was passed by more than the error for the least duration."""
    if criterion.serious is None:
        return criterion.severity
    beyond = excess_of(value, criterion.serious) > error
    long_enough = when.is_photo or when.weight_s[inside][beyond].sum() >= criterion.min_duration_s
    return Severity.SERIOUS if beyond.any() and long_enough else criterion.severity


def _result(
    criterion: Criterion,
    value: Array,
    error: Array,
    excess: Array,
    reason: NDArray[np.object_],
    when: Timing,
    deviations: tuple[Deviation, ...],
) -> CriterionResult:
    assessable = np.isfinite(value)
    in_deviation = np.zeros(len(value), bool)
    for d in deviations:
        in_deviation |= (when.time_s >= d.start_s) & ((when.time_s < d.end_s) | when.is_photo)
    in_deviation &= assessable
    borderline = assessable & (excess > 0) & ~in_deviation
    seconds = {
        "ok_s": float(when.weight_s[assessable & (excess == 0) & ~in_deviation].sum()),
        "borderline_s": float(when.weight_s[borderline].sum()),
        "deviation_s": float(when.weight_s[in_deviation].sum()),
    }
    lost = ~assessable
    missing = np.where(_none(reason), Reason.NOT_VISIBLE, reason)
    lost_s = _seconds_by_reason(missing[lost], when.weight_s[lost])
    return CriterionResult(
        criterion=criterion.id,
        verdict=_verdict(criterion, deviations, seconds, lost_s),
        not_assessable_s=lost_s,
        typical_value=float(np.median(value[assessable])) if assessable.any() else None,
        error=float(np.median(error[assessable])) if assessable.any() else None,
        deviations=deviations,
        **seconds,
    )


def _seconds_by_reason(reason: NDArray[np.object_], weight_s: Array) -> dict[Reason, float]:
    there = set(reason.tolist())
    return {r: float(weight_s[reason == r].sum()) for r in Reason if r in there}


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
