"""Rows that statistics are made of: the score of every recording, and how often each criterion is broken after review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Subquery, and_, case, func, select

from posture.survey.queries import CriterionRate, Level, criterion_rates_by, scores_to_use
from posture.survey.records import DecisionKind, Place, place_of
from posture.survey.selection import Filter, judged
from posture.survey.store import Store
from posture.survey.tables import added_finding, criterion_verdict, decision, finding, finding_key


@dataclass(frozen=True)
class Scored:
    """One recording as statistics see it; where it is about several clerks, their mean, weighted by the time that could be
    assessed."""

    recording_id: int
    place: Place
    score: float | None
    """0..100, after people's decisions where there are any; None where too little could be assessed for a score."""
    assessable_s: float
    """Time that stands behind the score: seen, times the share of the norms that could be assessed; 0 without a score."""
    seen_s: float
    """Time that the clerks were seen."""
    coverage: float
    """Assessable share of the norms' weight, 0..1, with a score or without."""
    duration_s: float
    reviewed: bool
    """Whether the score is that after people's decisions."""


def scored_recordings(store: Store, wanted: Filter, machine_only: bool = False) -> list[Scored]:
    """Every analysed recording in which somebody was found to score, in order of place."""
    people = judged(wanted).subquery("people").c
    score, coverage, reviewed = scores_to_use(people, machine_only)
    columns = [people[name] for name in ("unit", "outlet", "window", "round", "recording_id", "duration_s", "seen_s")]
    asked = select(*columns, score.label("score"), coverage.label("coverage"), reviewed.label("reviewed"))
    asked = asked.where(people.subject == 1).order_by(*columns[:5])
    by_recording: dict[int, list[Any]] = defaultdict(list)
    with store.read() as connection:
        for row in connection.execute(asked):
            by_recording[row.recording_id].append(row)
    return [_scored(rows) for rows in by_recording.values()]


def _scored(rows: list[Any]) -> Scored:
    seen_s = sum(r.seen_s for r in rows)
    coverage = sum(r.coverage * r.seen_s for r in rows) / seen_s if seen_s else rows[0].coverage
    known = [(r.score, r.coverage * r.seen_s) for r in rows if r.score is not None]
    assessable_s = sum(s for _, s in known)
    score = sum(v * s for v, s in known) / assessable_s if assessable_s else None
    first = rows[0]
    return Scored(
        first.recording_id, place_of(first), score, assessable_s, seen_s, coverage, first.duration_s or 0.0,
        any(r.reviewed for r in rows),
    )  # fmt: skip


def rates_after_review(
    store: Store, by: Sequence[Level], wanted: Filter, machine_only: bool = False
) -> dict[tuple[str, ...], list[CriterionRate]]:
    """`criterion_rates_by` as people left it: who had all deviations of a criterion dismissed has none of it, who had one
    added has one."""
    rates = criterion_rates_by(store, by, wanted)
    if machine_only:
        return rates
    change: dict[tuple[tuple[str, ...], str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    with store.read() as connection:
        for row in connection.execute(_touched(by, wanted)):
            key = (tuple(row[: len(by)]), row.criterion)
            for i, n in enumerate(_effect(row)):
                change[key][i] += n
    for (group, criterion), effect in change.items():
        rates[group] = _changed(rates.get(group, []), criterion, effect)
    return rates


def _effect(row: Any) -> tuple[int, int, int, int]:
    """What decisions change for one person and criterion: newly assessed, deviating, not assessable any more, single
    deviations."""
    was, left = row.verdict == "deviation", (row.deviations or 0) - row.dismissed + row.added > 0
    unseen = row.verdict is None or row.verdict == "not_assessable"
    fresh = left and unseen
    return int(fresh), int(left) - int(was), int(fresh and row.verdict is not None), row.added - row.dismissed


def _changed(rates: list[CriterionRate], criterion: str, effect: list[int]) -> list[CriterionRate]:
    assessed, deviating, seen_after_all, single = effect
    known = next((r for r in rates if r.criterion == criterion), CriterionRate(criterion, 0, 0, 0, 0, 0))
    now = replace(
        known, assessed=known.assessed + assessed, deviating=known.deviating + deviating,
        not_assessable=known.not_assessable - seen_after_all, deviations=known.deviations + single,
    )  # fmt: skip
    return [*(r for r in rates if r.criterion != criterion), now]


def _touched(by: Sequence[Level], wanted: Filter) -> Any:
    """(place, criterion, verdict, deviations, dismissed, added) of whom the recordings are about, where people dismissed or
    added anything."""
    people, v = judged(wanted).subquery("people"), criterion_verdict.c
    said = _said()
    same = and_(v.analysis_id == people.c.analysis_id, v.person == said.c.person, v.criterion == said.c.criterion)
    dismissed = func.sum(said.c.dismissed).label("dismissed")
    added = func.sum(said.c.added).label("added")
    group = [people.c[name] for name in by]
    return (
        select(*group, said.c.criterion, v.verdict, v.deviations, dismissed, added)
        .join_from(said, people, and_(people.c.recording_id == said.c.recording_id, people.c.person == said.c.person))
        .outerjoin(criterion_verdict, same)
        .where(people.c.subject == 1, said.c.analysis_id.is_(None) | (said.c.analysis_id == people.c.analysis_id))
        .group_by(*group, people.c.recording_id, said.c.person, said.c.criterion, v.verdict, v.deviations)
    )


def _said() -> Subquery:
    """One row for each finding that was dismissed (with the analyses it is in) or added and not dismissed."""
    last = (
        select(decision.c.key, func.max(decision.c.id).label("id"))
        .where(decision.c.kind != DecisionKind.COMMENT)
        .group_by(decision.c.key)
        .subquery("last")
    )
    dismissed = decision.c.kind == DecisionKind.DISMISS
    human = added_finding.c.key.is_not(None)
    return (
        select(
            finding_key.c.recording_id, finding_key.c.person, finding_key.c.criterion, finding.c.analysis_id,
            case((dismissed & ~human, 1), else_=0).label("dismissed"), case((human, 1), else_=0).label("added"),
        )
        .join_from(last, decision, decision.c.id == last.c.id)
        .join(finding_key, finding_key.c.id == last.c.key)
        .outerjoin(added_finding, added_finding.c.key == last.c.key)
        .outerjoin(finding, finding.c.key == last.c.key)
        .where((dismissed & ~human) | (~dismissed & human))
        .subquery("said")
    )  # fmt: skip
