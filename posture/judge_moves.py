"""Criteria of movements: every occurrence is judged by itself, with limits and errors as what holds over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.findings import CriterionResult, Deviation, Move, Reason, Severity, Verdict, View
from posture.judge import LEAST_ASSESSABLE_SHARE, Course, excess_of
from posture.landmarks import Array
from posture.library import ActiveCriterion, Library
from posture.measures import MEASURES
from posture.measures.registry import Reading, Scene, readings_over_time
from posture.references import Criterion

Judged = tuple[Move, Reading, View, float, Reason | None]
"""The movement, its corrected reading, the view at its middle, the whole error, and why there is no verdict."""


def of_criterion(moves: tuple[Move, ...], criterion: Criterion) -> tuple[Move, ...]:
    """The movements that a criterion judges."""
    return tuple(m for m in moves if m.kind in criterion.moves or m.group in criterion.moves)


def readings(active: ActiveCriterion, scene: Scene, library: Library) -> list[Judged]:
    """Every movement that the criterion judges, measured."""
    of_move = MEASURES[active.criterion.measure].of_move
    assert of_move is not None
    found = []
    for move in of_criterion(scene.moves, active.criterion):
        view = _view_at(scene.track.time_s, scene.view, move.peak_s)
        reading = of_move(scene, move)
        value = library.corrected(active.criterion.measure, reading.value, view)
        reading = Reading(value, reading.reason, reading.extra_error)
        found.append((move, reading, view, *_error_and_reason(active, reading, view)))
    return found


def _view_at(time_s: Array, view: NDArray[np.object_], moment_s: float) -> View:
    return View(view[int(np.argmin(np.abs(time_s - moment_s)))])


def _error_and_reason(active: ActiveCriterion, reading: Reading, view: View) -> tuple[float, Reason | None]:
    if view not in active.errors:
        refused = {r.view for r in active.refused}
        return float("nan"), Reason.ERROR_TOO_LARGE if view in refused else Reason.WRONG_VIEW
    error = float(np.hypot(active.errors[view], reading.extra_error))
    if not np.isfinite(reading.value):
        return error, reading.reason or Reason.NOT_VISIBLE
    return error, Reason.ERROR_TOO_LARGE if error > active.criterion.tightest() + 1e-9 else None


def course_of_moves(time_s: Array, judged: list[Judged]) -> Course:
    """The readings over time: constant while a movement lasts, without a value between movements."""
    over_time = readings_over_time(time_s, [(move, reading) for move, reading, *_ in judged])
    value, error = over_time.value.copy(), np.full(len(time_s), np.nan)
    reason = over_time.reason.copy()
    for move, _, _, its_error, its_reason in judged:
        during = (time_s >= move.start_s - 1e-9) & (time_s <= move.end_s + 1e-9)
        error[during], reason[during] = its_error, its_reason.code if its_reason else 0
        if its_reason is not None:
            value[during] = np.nan
    return Course(time_s, over_time.value, value, error, reason)


def judge_moves(active: ActiveCriterion, judged: list[Judged], person: int, is_photo: bool) -> CriterionResult:
    """The verdict on one criterion over all movements of one person. Seconds are those of the movements."""
    criterion = active.criterion
    seconds = {"ok_s": 0.0, "borderline_s": 0.0, "deviation_s": 0.0}
    lost_s: dict[Reason, float] = {}
    deviations: list[Deviation] = []
    for move, reading, view, error, reason in judged:
        length_s = 1.0 if is_photo else move.duration_s
        if reason is not None:
            lost_s[reason] = lost_s.get(reason, 0.0) + length_s
            continue
        excess = float(excess_of(np.array([reading.value]), criterion.allowed)[0])
        if excess > error:
            seconds["deviation_s"] += length_s
            deviations.append(_deviation(criterion, person, move, reading.value, error, view))
        else:
            seconds["borderline_s" if excess > 0 else "ok_s"] += length_s
    assessed = [(r.value, e) for _, r, _, e, reason in judged if reason is None]
    return CriterionResult(
        criterion=criterion.id,
        verdict=_verdict(seconds, lost_s, bool(deviations)),
        not_assessable_s=lost_s,
        typical_value=float(np.median([v for v, _ in assessed])) if assessed else None,
        error=float(np.median([e for _, e in assessed])) if assessed else None,
        deviations=tuple(deviations),
        **seconds,
    )


def _deviation(criterion: Criterion, person: int, move: Move, value: float, error: float, view: View) -> Deviation:
    serious = criterion.serious is not None and excess_of(np.array([value]), criterion.serious)[0] > error
    return Deviation(
        criterion=criterion.id,
        person=person,
        start_s=move.start_s,
        end_s=move.end_s,
        worst_s=move.peak_s,
        value=value,
        error=error,
        allowed=(criterion.allowed.low, criterion.allowed.high),
        target=criterion.target,
        severity=Severity.SERIOUS if serious else criterion.severity,
        view=view,
        move=move.kind,
    )


def _verdict(seconds: dict[str, float], lost_s: dict[Reason, float], deviating: bool) -> Verdict:
    """As for what holds over time: met needs a quarter assessable; borderline when more than half of it is."""
    if deviating:
        return Verdict.DEVIATION
    assessable_s = sum(seconds.values())
    if assessable_s <= 0 or assessable_s < LEAST_ASSESSABLE_SHARE * (assessable_s + sum(lost_s.values())):
        return Verdict.NOT_ASSESSABLE
    return Verdict.BORDERLINE if seconds["borderline_s"] > 0.5 * assessable_s else Verdict.OK
