"""What pages ask: lists with scores, comparisons of places and rounds, how often each criterion is broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, case, false, func, select

from posture.findings import Role, Verdict
from posture.survey.recordings import recording_of
from posture.survey.records import DecisionKind, Origin, Recording, State
from posture.survey.selection import EVERYTHING, Filter, conditions, judged
from posture.survey.store import Store
from posture.survey.tables import (
    analysis,
    blind_score,
    criterion_verdict,
    decision,
    finding_key,
    judged_person,
    person_name,
    recording,
)

Level = Literal["unit", "outlet", "window", "round"]


@dataclass(frozen=True)
class PersonScore:
    """What the newest analysis says about one person; `reviewed_*` are scores after people's decisions, valid where
    `reviewed`."""

    person: int
    seen_s: float
    name: str
    role: Role | None
    subject: bool
    """Whether the recording is about this person: named as clerk, or, where nobody is, seen longest."""
    score: float | None
    """0..100; None where too little could be assessed."""
    grade: str | None
    coverage: float
    reviewed: bool
    reviewed_score: float | None
    reviewed_grade: str | None
    reviewed_coverage: float | None


@dataclass(frozen=True)
class Listed:
    """One line of the list of recordings."""

    recording: Recording
    analysis_id: int | None
    made_at: datetime | None
    people: tuple[PersonScore, ...]
    """Whom the recording is about first."""
    findings: int
    """Findings of the newest analysis."""

    @property
    def subjects(self) -> tuple[PersonScore, ...]:
        return tuple(p for p in self.people if p.subject)


@dataclass(frozen=True)
class Page:
    rows: tuple[Listed, ...]
    total: int
    """Recordings that the filter lets through, on all pages."""


def list_recordings(store: Store, wanted: Filter = EVERYTHING, offset: int = 0, limit: int = 50) -> Page:
    """Recordings, the newest first, with their newest scores."""
    asked = select(recording).where(*conditions(wanted)).order_by(recording.c.id.desc()).offset(offset).limit(limit)
    with store.read() as connection:
        total = connection.execute(select(func.count()).select_from(recording).where(*conditions(wanted))).scalar_one()
        recordings = [recording_of(row) for row in connection.execute(asked)]
        ids = [r.id for r in recordings]
        scores: dict[int, list[PersonScore]] = defaultdict(list)
        for row in connection.execute(judged(EVERYTHING, only=ids)):
            scores[row.recording_id].append(_person_score(row))
        heads = {row.recording_id: row for row in connection.execute(_heads(ids))}
    rows = []
    for r in recordings:
        head, people = heads.get(r.id), sorted(scores[r.id], key=lambda p: (not p.subject, -p.seen_s))
        if head is None:
            rows.append(Listed(r, None, None, (), 0))
        else:
            rows.append(Listed(r, head.id, head.made_at, tuple(people), head.findings or 0))
    return Page(tuple(rows), total)


def _heads(ids: list[int]) -> Select[Any]:
    """The newest analyses of some recordings and how many findings each has."""
    newest = select(func.max(analysis.c.id)).where(analysis.c.recording_id.in_(ids)).group_by(analysis.c.recording_id)
    counted = (
        select(func.sum(criterion_verdict.c.deviations))
        .where(criterion_verdict.c.analysis_id == analysis.c.id)
        .scalar_subquery()
        .label("findings")
    )
    return select(analysis.c.recording_id, analysis.c.id, analysis.c.made_at, counted).where(analysis.c.id.in_(newest))


def _person_score(row: Any) -> PersonScore:
    return PersonScore(
        row.person, row.seen_s, row.name or "", row.role, bool(row.subject), row.score, row.grade, row.coverage,
        bool(row.reviewed), row.reviewed_score, row.reviewed_grade, row.reviewed_coverage,
    )  # fmt: skip


def people_scores(store: Store, recording_id: int) -> tuple[PersonScore, ...]:
    """Everybody in the newest analysis of one recording, whom it is about first."""
    with store.read() as connection:
        people = [_person_score(row) for row in connection.execute(judged(EVERYTHING, only=[recording_id]))]
    return tuple(sorted(people, key=lambda p: (not p.subject, -p.seen_s)))


def state_counts(store: Store, wanted: Filter = EVERYTHING) -> dict[State, int]:
    """How many recordings are in each state."""
    asked = select(recording.c.state, func.count()).where(*conditions(wanted)).group_by(recording.c.state)
    with store.read() as connection:
        counts = {row[0]: row[1] for row in connection.execute(asked)}
    return {state: counts.get(state, 0) for state in State}


def stamp(store: Store) -> tuple[object, ...]:
    """Changes whenever recordings, analyses, decisions, blind scores or names were added: what was computed with the
    same stamp is still right."""
    ids = [func.max(t.c.id) for t in (recording, analysis, decision, blind_score)]
    asked = [*ids, func.count(person_name.c.person), func.max(person_name.c.named_at)]
    fresh = select(func.max(judged_person.c.reviewed_upto)).scalar_subquery()
    with store.read() as connection:
        return tuple(connection.execute(select(one)).scalar() for one in (*asked, fresh))


def waiting_bytes(store: Store) -> int:
    """Size of all recordings that wait: how much work is left."""
    asked = select(func.coalesce(func.sum(recording.c.size_bytes), 0)).where(recording.c.state == State.WAITING)
    with store.read() as connection:
        return int(connection.execute(asked).scalar_one())


def places(store: Store) -> list[tuple[str, str, str, str]]:
    """Every (unit, outlet, window, round) there is, in order: what filters offer."""
    columns = [recording.c[name] for name in ("unit", "outlet", "window", "round")]
    with store.read() as connection:
        return [(r[0], r[1], r[2], r[3]) for r in connection.execute(select(*columns).distinct().order_by(*columns))]


def scores_to_use(people: Any, machine_only: bool) -> tuple[Any, Any, Any]:
    """Of the columns of `judged`: score and coverage after people's decisions where there are any, unless
    `machine_only`, and 1 where they are those after decisions."""
    use = false() if machine_only else people.reviewed == 1
    score = case((use, people.reviewed_score), else_=people.score)
    return score, case((use, people.reviewed_coverage), else_=people.coverage), case((use, 1), else_=0)


@dataclass(frozen=True)
class CriterionRate:
    """How often clerks broke one criterion, by the machine's newest judgement."""

    criterion: str
    assessed: int
    """Clerks for whom there is a verdict."""
    deviating: int
    borderline: int
    not_assessable: int
    deviations: int
    """Single deviations of all of them."""


def criterion_rates(store: Store, wanted: Filter = EVERYTHING) -> list[CriterionRate]:
    """Every criterion that was judged, the most often broken first."""
    return all_together([[_rate(row) for row in _counted(store, (), wanted)]])


def all_together(groups: Iterable[Sequence[CriterionRate]]) -> list[CriterionRate]:
    """The rates of several groups added up, the most often broken first."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    for r in (rate for group in groups for rate in group):
        counts = (r.assessed, r.deviating, r.borderline, r.not_assessable, r.deviations)
        sums[r.criterion] = [a + b for a, b in zip(sums[r.criterion], counts, strict=True)]
    rates = [CriterionRate(name, *counts) for name, counts in sums.items()]
    return sorted(rates, key=lambda r: (-r.deviating, r.criterion))


def criterion_rates_by(
    store: Store, by: Sequence[Level], wanted: Filter = EVERYTHING
) -> dict[tuple[str, ...], list[CriterionRate]]:
    """By place or round, as `compare`: every criterion that was judged there."""
    rates: dict[tuple[str, ...], list[CriterionRate]] = defaultdict(list)
    for row in _counted(store, by, wanted):
        rates[tuple(row[: len(by)])].append(_rate(row[len(by) :]))
    return dict(rates)


def _rate(row: Sequence[Any]) -> CriterionRate:
    name, n, bad, edge, lost, single = row
    return CriterionRate(name, n - lost, bad, edge, lost, single)


def _counted(store: Store, by: Sequence[Level], wanted: Filter) -> Sequence[Any]:
    """Verdicts on whom the recordings are about, counted by place and criterion."""
    people = judged(wanted).subquery("people")
    group = [people.c[name] for name in by]
    v = criterion_verdict.c

    def how_many(verdict: Verdict) -> Any:
        return func.sum(case((v.verdict == verdict, 1), else_=0))

    asked = (
        select(
            *group,
            v.criterion,
            func.count(),
            how_many(Verdict.DEVIATION),
            how_many(Verdict.BORDERLINE),
            how_many(Verdict.NOT_ASSESSABLE),
            func.sum(v.deviations),
        )
        .join(people, and_(people.c.analysis_id == v.analysis_id, people.c.person == v.person))
        .where(people.c.subject == 1)
        .group_by(*group, v.criterion)
        .order_by(*group, v.criterion)
    )
    with store.read() as connection:
        return connection.execute(asked).all()


@dataclass(frozen=True)
class ReviewCount:
    """What became of the findings of one criterion. Each finding counts once, by the decision that counts."""

    criterion: str
    confirmed: int
    dismissed: int
    added: int


def review_counts(store: Store, wanted: Filter = EVERYTHING) -> list[ReviewCount]:
    """By criterion: the machine's findings that people confirmed or dismissed, and what they added."""
    last = (
        select(func.max(decision.c.id))
        .join(recording, recording.c.id == decision.c.recording_id)
        .where(decision.c.kind != DecisionKind.COMMENT, *conditions(wanted))
        .group_by(decision.c.key)
    )
    asked = (
        select(finding_key.c.criterion, finding_key.c.origin, decision.c.kind, func.count())
        .join(decision, decision.c.key == finding_key.c.id)
        .where(decision.c.id.in_(last))
        .group_by(finding_key.c.criterion, finding_key.c.origin, decision.c.kind)
    )
    counts: dict[str, dict[str, int]] = defaultdict(lambda: {"confirmed": 0, "dismissed": 0, "added": 0})
    with store.read() as connection:
        for criterion, origin, kind, n in connection.execute(asked):
            dismissed = kind is DecisionKind.DISMISS
            if origin is Origin.MACHINE:
                counts[criterion]["dismissed" if dismissed else "confirmed"] += n
            elif not dismissed:
                counts[criterion]["added"] += n
    return [ReviewCount(criterion, **n) for criterion, n in sorted(counts.items())]
