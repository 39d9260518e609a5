"""Rows that statistics are made of: scores of recordings, and how often each criterion is broken after review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Subquery, and_, func, select

from posture.findings import Verdict
from posture.survey.queries import CriterionRate, Level, criterion_rates_by, scores_to_use
from posture.survey.records import DecisionKind, Place, place_of
from posture.survey.selection import Filter, judged
from posture.survey.store import Store
from posture.survey.tables import added_finding, criterion_verdict, decision, finding, finding_key

_AT_ONCE = 500
"""Values in one condition: databases bound how many."""


@dataclass(frozen=True)
class Scored:
    """One recording as statistics see it; where it is about several clerks, their mean, weighted by the time that
    could be assessed."""

    recording_id: int
    place: Place
    score: float | None
    """0..100, after people's decisions where there are any; None where too little could be assessed for a score."""
    assessable_s: float
    """Time behind the score: seen, times the share of the norms that could be assessed; 0 without a score."""
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
    """`criterion_rates_by` as people left it: who had all deviations of a criterion dismissed has none of it, who had
    one added has one."""
    rates = criterion_rates_by(store, by, wanted)
    if machine_only:
        return rates
    change: dict[tuple[tuple[str, ...], str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for group, touched in _touched(store, by, wanted):
        for i, n in enumerate(touched.effect):
            change[group, touched.criterion][i] += n
    by_criterion = {group: {r.criterion: r for r in rates.get(group, ())} for group, _ in change}
    for (group, criterion), effect in change.items():
        known = by_criterion[group].get(criterion, CriterionRate(criterion, 0, 0, 0, 0, 0))
        by_criterion[group][criterion] = _changed(known, effect)
    return rates | {group: list(own.values()) for group, own in by_criterion.items()}


def _changed(known: CriterionRate, effect: list[int]) -> CriterionRate:
    assessed, deviating, seen_after_all, single = effect
    return CriterionRate(
        known.criterion, known.assessed + assessed, known.deviating + deviating, known.borderline,
        known.not_assessable - seen_after_all, known.deviations + single,
    )  # fmt: skip


@dataclass(frozen=True)
class _Touched:
    """One person and criterion of which people dismissed or added deviations. `verdict` is the machine's, None where it
    gave none; `deviations` how many it found."""

    criterion: str
    verdict: Verdict | None
    deviations: int
    dismissed: int
    added: int

    @property
    def effect(self) -> tuple[int, int, int, int]:
        """What it changes: assessed, deviating, not assessable any more, single deviations."""
        was, left = self.verdict is Verdict.DEVIATION, self.deviations - self.dismissed + self.added > 0
        unseen = self.verdict is None or self.verdict is Verdict.NOT_ASSESSABLE
        lost = self.verdict is Verdict.NOT_ASSESSABLE
        return int(left and unseen), int(left) - int(was), int(left and lost), self.added - self.dismissed


def _touched(store: Store, by: Sequence[Level], wanted: Filter) -> list[tuple[tuple[str, ...], _Touched]]:
    """With the group; of whom the recordings are about only. Put together here, not by the database: SQLite joins two
    groupings by trying every pair."""
    people = judged(wanted).subquery("people").c
    subjects = select(people.analysis_id, people.recording_id, people.person, *(people[name] for name in by))
    with store.read() as connection:
        dismissed, added = connection.execute(_dismissed()).all(), connection.execute(_added()).all()
        if not dismissed and not added:
            return []
        groups, newest = {}, {}
        for row in connection.execute(subjects.where(people.subject == 1)):
            groups[row.analysis_id, row.person] = tuple(row[3:])
            newest[row.recording_id, row.person] = row.analysis_id
        counts: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0])
        verdicts: dict[tuple[int, int, str], Any] = {}
        for row in dismissed:
            if (row.analysis_id, row.person) in groups:
                key = (row.analysis_id, row.person, row.criterion)
                counts[key][0], verdicts[key] = row.times, row
        for row in added:
            analysis_id = newest.get((row.recording_id, row.person))
            if analysis_id is not None:
                counts[analysis_id, row.person, row.criterion][1] = row.times
        unknown = {key[0] for key in counts if key not in verdicts}
        verdicts |= {(r.analysis_id, r.person, r.criterion): r for r in _verdicts(connection, unknown)}
    found = []
    for key, (out, more) in counts.items():
        said = verdicts.get(key)
        one = _Touched(key[2], said.verdict if said else None, said.deviations if said else 0, out, more)
        found.append((groups[key[:2]], one))
    return found


def _last() -> Subquery:
    """The decision that counts of every finding that people decided on."""
    asked = select(decision.c.key, func.max(decision.c.id).label("id")).where(decision.c.kind != DecisionKind.COMMENT)
    return asked.group_by(decision.c.key).subquery("last")


def _dismissed() -> Select[Any]:
    """How many of the machine's findings people dismissed, by analysis, person and criterion, with its verdict."""
    last, f, v = _last(), finding.c, criterion_verdict.c
    what = (f.analysis_id, f.person, f.criterion)
    counted = (
        select(*what, func.count().label("times"))
        .join_from(last, decision, decision.c.id == last.c.id)
        .join(finding, f.key == last.c.key)
        .where(decision.c.kind == DecisionKind.DISMISS)
        .group_by(*what)
        .subquery("counted")
    )
    c = counted.c
    same = and_(v.analysis_id == c.analysis_id, v.person == c.person, v.criterion == c.criterion)
    return select(counted, v.verdict, v.deviations).join_from(counted, criterion_verdict, same)


def _added() -> Select[Any]:
    """How many findings people added that nobody dismissed since, by recording, person and criterion."""
    k, said, newest = finding_key.c, decision.c, decision.alias("newest")
    later = newest.c.recording_id == k.recording_id, newest.c.key == k.id, newest.c.kind != DecisionKind.COMMENT
    last = select(func.max(newest.c.id)).where(*later).correlate(finding_key).scalar_subquery()
    return (
        select(k.recording_id, k.person, k.criterion, func.count().label("times"))
        .join_from(added_finding, finding_key, k.id == added_finding.c.key)
        .join(decision, said.id == last)
        .where(said.kind != DecisionKind.DISMISS)
        .group_by(k.recording_id, k.person, k.criterion)
    )


def _verdicts(connection: Connection, analyses: Iterable[int]) -> Iterator[Any]:
    """The machine's verdicts of these analyses."""
    ids, v = sorted(analyses), criterion_verdict.c
    asked = select(v.analysis_id, v.person, v.criterion, v.verdict, v.deviations)
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(asked.where(v.analysis_id.in_(ids[start : start + _AT_ONCE])))
