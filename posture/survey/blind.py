"""Scores that a second person gave without having seen the machine's, and pairs of judgements to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, and_, case, exists, func, insert, select

from posture.errors import StoreError
from posture.findings import Verdict
from posture.survey.agreement import Tally
from posture.survey.recordings import get_recording
from posture.survey.records import DecisionKind, author, now
from posture.survey.selection import EVERYTHING, Filter, conditions, latest
from posture.survey.store import Store
from posture.survey.tables import blind_score, criterion_verdict, decision, finding_key, recording

Judged = dict[tuple[int, int, str], Verdict]
"""Verdicts by (recording, person, criterion)."""


def score_blind(store: Store, recording_id: int, person: int, who: str, verdicts: Mapping[str, Verdict]) -> None:
    """Keep a person's verdicts by criterion. Scoring again adds; the latest counts.

    Raises
    ------
    StoreError
        There is no such recording, nobody is named, or this person has decided on the machine's findings of the
        recording before and so is no longer blind.
    """
    who = author(who)
    get_recording(store, recording_id)
    rows = [
        {"recording_id": recording_id, "person": person, "criterion": c, "verdict": v, "who": who, "made_at": now()}
        for c, v in verdicts.items()
    ]
    saw = (decision.c.recording_id == recording_id) & (decision.c.who == who)
    with store.write() as connection:
        if connection.execute(select(exists().where(saw))).scalar():
            raise StoreError("survey.errors.not_blind", who=who)
        if rows:
            connection.execute(insert(blind_score), rows)


def raters(store: Store) -> list[str]:
    """Everybody who scored blind, in order of name."""
    with store.read() as connection:
        return list(connection.execute(select(blind_score.c.who).distinct().order_by(blind_score.c.who)).scalars())


def blind_scores(store: Store, who: str, wanted: Filter = EVERYTHING, recording_id: int | None = None) -> Judged:
    """The latest blind verdicts of one person; of one recording when it is given."""
    b = blind_score.c
    asked = (
        select(b.recording_id, b.person, b.criterion, b.verdict)
        .join(recording, recording.c.id == b.recording_id)
        .where(b.who == who, *conditions(wanted))
        .order_by(b.id)
    )
    if recording_id is not None:
        asked = asked.where(b.recording_id == recording_id)
    with store.read() as connection:
        return {(row[0], row[1], row[2]): row[3] for row in connection.execute(asked)}


@dataclass(frozen=True)
class Pair:
    """What two judges said about one person of one recording in one criterion."""

    recording_id: int
    person: int
    criterion: str
    first: Verdict
    second: Verdict


def _judgements(who: str | None) -> Subquery:
    """(recording_id, person, criterion, verdict) of somebody's latest blind scores; of the machine for None."""
    if who is None:
        new, v = latest(), criterion_verdict.c
        asked = select(new.c.recording_id, v.person, v.criterion, v.verdict)
        return asked.join(new, new.c.analysis_id == v.analysis_id).subquery()
    b = blind_score.c
    last = select(func.max(b.id)).where(b.who == who).group_by(b.recording_id, b.person, b.criterion)
    return select(b.recording_id, b.person, b.criterion, b.verdict).where(b.id.in_(last)).subquery()


def _beside(first: str | None, second: str, wanted: Filter, *columns: Any) -> Select[Any]:
    """Both judgements side by side: `columns` of the two, then their verdicts."""
    one, two = _judgements(first), _judgements(second)
    same = [one.c[name] == two.c[name] for name in ("recording_id", "person", "criterion")]
    return (
        select(*(two.c[name] for name in columns), one.c.verdict, two.c.verdict)
        .join_from(two, one, and_(*same))
        .join(recording, recording.c.id == two.c.recording_id)
        .where(*conditions(wanted))
    )


def machine_and_human(store: Store, who: str, wanted: Filter = EVERYTHING) -> Tally:
    """The machine's newest verdicts (first) beside the blind ones of one person (second)."""
    return _tally(store, _beside(None, who, wanted, "criterion").subquery())


def human_and_human(store: Store, first: str, second: str, wanted: Filter = EVERYTHING) -> Tally:
    """The blind verdicts of two people."""
    return _tally(store, _beside(first, second, wanted, "criterion").subquery())


def decided_by_both(store: Store, first: str, second: str, wanted: Filter = EVERYTHING) -> Tally:
    """Findings on which two people decided, a confirmed one as deviation, a dismissed one as none: not blind."""
    one, two = _decided(first), _decided(second)
    asked = (
        select(finding_key.c.criterion, one.c.verdict, two.c.verdict)
        .join_from(one, two, one.c.key == two.c.key)
        .join(finding_key, finding_key.c.id == one.c.key)
        .join(recording, recording.c.id == finding_key.c.recording_id)
        .where(*conditions(wanted))
    )
    return _tally(store, asked.subquery())


def _decided(who: str) -> Subquery:
    """(key, verdict) of somebody's latest decisions, comments aside."""
    d = decision.c
    last = select(func.max(d.id)).where(d.who == who, d.kind != DecisionKind.COMMENT).group_by(d.key)
    said = case((d.kind == DecisionKind.DISMISS, Verdict.OK.value), else_=Verdict.DEVIATION.value)
    return select(d.key, said.label("verdict")).where(d.id.in_(last)).subquery()


def _tally(store: Store, beside: Subquery) -> Tally:
    with store.read() as connection:
        rows = connection.execute(select(*beside.c, func.count()).group_by(*beside.c))
        return {(row[0], Verdict(row[1]), Verdict(row[2])): row[3] for row in rows}


def disagreements(
    store: Store, first: str | None, second: str, wanted: Filter = EVERYTHING, limit: int = 200
) -> list[Pair]:
    """Where exactly one of two judges (None: the machine) saw a deviation; what one could not assess aside."""
    asked = _beside(first, second, wanted, "recording_id", "person", "criterion").subquery()
    one, two = asked.c[3], asked.c[4]
    differ = (one == Verdict.DEVIATION) != (two == Verdict.DEVIATION)
    assessed = and_(one != Verdict.NOT_ASSESSABLE, two != Verdict.NOT_ASSESSABLE)
    ordered = select(asked).where(assessed, differ).order_by(asked.c[0], asked.c[1], asked.c[2]).limit(limit)
    with store.read() as connection:
        return [Pair(*row) for row in connection.execute(ordered)]
