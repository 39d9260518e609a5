"""Scores that a second person gave without having seen the machine's, and pairs of judgements to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Subquery, and_, case, cast, exists, func, insert, select

from posture.errors import StoreError
from posture.findings import Verdict
from posture.survey.agreement import Tally
from posture.survey.recordings import get_recording
from posture.survey.records import DecisionKind, author, now
from posture.survey.selection import EVERYTHING, Filter, conditions
from posture.survey.store import Store
from posture.survey.tables import analysis, blind_score, criterion_verdict, decision, finding_key, recording

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


def to_score(store: Store, who: str, wanted: Filter = EVERYTHING) -> list[int]:
    """Recordings with an analysis that this person has neither scored blind nor decided on, the oldest first."""
    here = recording.c.id
    scored = exists().where((blind_score.c.recording_id == here) & (blind_score.c.who == who))
    saw = exists().where((decision.c.recording_id == here) & (decision.c.who == who))
    asked = select(here).where(exists().where(analysis.c.recording_id == here), ~scored, ~saw, *conditions(wanted))
    with store.read() as connection:
        return list(connection.execute(asked.order_by(here)).scalars())


def verdicts_of_machine(store: Store, recording_id: int) -> Judged:
    """What the newest analysis of a recording says."""
    newest = select(func.max(analysis.c.id)).where(analysis.c.recording_id == recording_id).scalar_subquery()
    v = criterion_verdict.c
    with store.read() as connection:
        rows = connection.execute(select(v.person, v.criterion, v.verdict).where(v.analysis_id == newest))
        return {(recording_id, row[0], row[1]): row[2] for row in rows}


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


_VERDICTS = tuple(Verdict)
_CODE = {verdict: code for code, verdict in enumerate(_VERDICTS)}


def _last_said(who: str, author: Any, number: Any, code: Any) -> Any:
    """Aggregate: what somebody said last, as number * 4 + code, so that one pass over the rows finds it (SQLite joins
    two groupings by trying every pair)."""
    return func.max(case((author == who, cast(number, BigInteger) * len(_VERDICTS) + code)))


def _verdict_code(column: Any) -> Any:
    return case(*((column == verdict, code) for verdict, code in _CODE.items()))


def _beside(first: str | None, second: str, wanted: Filter) -> Subquery:
    """(recording_id, person, criterion, first, second), the verdicts as codes, where both judged; `first` None is the
    machine's newest analysis."""
    b = blind_score.c
    what = (b.recording_id, b.person, b.criterion)
    said = [
        _last_said(who, b.who, b.id, _verdict_code(b.verdict)).label(name)
        for name, who in (("first", first), ("second", second))
        if who is not None
    ]
    asked = select(*what, *said).join(recording, recording.c.id == b.recording_id)
    asked = asked.where(b.who.in_([who for who in (first, second) if who is not None]), *conditions(wanted))
    said_by_both = asked.group_by(*what).subquery("said")
    c, n = said_by_both.c, len(_VERDICTS)
    one = _of_machine(said_by_both) if first is None else c.first % n
    both = select(c.recording_id, c.person, c.criterion, one.label("first"), (c.second % n).label("second"))
    whole = both.subquery("both")
    return select(whole).where(whole.c.first.is_not(None), whole.c.second.is_not(None)).subquery("beside")


def _of_machine(said: Subquery) -> Any:
    """The code of the newest verdict on what a row of `said` is about, looked up row by row."""
    mine = analysis.c.recording_id == said.c.recording_id
    newest = select(func.max(analysis.c.id)).where(mine).correlate(said).scalar_subquery()
    v = criterion_verdict.c
    here = and_(v.analysis_id == newest, v.person == said.c.person, v.criterion == said.c.criterion)
    return select(_verdict_code(v.verdict)).where(here).correlate(said).scalar_subquery()


def machine_and_human(store: Store, who: str, wanted: Filter = EVERYTHING) -> Tally:
    """The machine's newest verdicts (first) beside the blind ones of one person (second)."""
    return _tally(store, _beside(None, who, wanted))


def human_and_human(store: Store, first: str, second: str, wanted: Filter = EVERYTHING) -> Tally:
    """The blind verdicts of two people."""
    return _tally(store, _beside(first, second, wanted))


def decided_by_both(store: Store, first: str, second: str, wanted: Filter = EVERYTHING) -> Tally:
    """Findings on which two people decided, a confirmed one as deviation, a dismissed one as none: not blind."""
    d = decision.c
    code = case((d.kind == DecisionKind.DISMISS, _CODE[Verdict.OK]), else_=_CODE[Verdict.DEVIATION])
    said = [_last_said(who, d.who, d.id, code).label(name) for name, who in (("first", first), ("second", second))]
    asked = select(d.key, *said).join(recording, recording.c.id == d.recording_id)
    asked = asked.where(d.who.in_([first, second]), d.kind != DecisionKind.COMMENT, *conditions(wanted))
    c = asked.group_by(d.key).subquery("said").c
    n = len(_VERDICTS)
    both = select(finding_key.c.criterion, (c.first % n).label("first"), (c.second % n).label("second"))
    both = both.join(finding_key, finding_key.c.id == c.key)
    return _tally(store, both.where(c.first.is_not(None), c.second.is_not(None)).subquery("beside"))


def _tally(store: Store, beside: Subquery) -> Tally:
    columns = [beside.c[name] for name in ("criterion", "first", "second")]
    with store.read() as connection:
        rows = connection.execute(select(*columns, func.count()).group_by(*columns))
        return {(row[0], _VERDICTS[row[1]], _VERDICTS[row[2]]): row[3] for row in rows}


def disagreements(
    store: Store, first: str | None, second: str, wanted: Filter = EVERYTHING, limit: int = 200
) -> list[Pair]:
    """Where exactly one of two judges (None: the machine) saw a deviation; what one could not assess aside."""
    c = _beside(first, second, wanted).c
    wrong, unseen = _CODE[Verdict.DEVIATION], _CODE[Verdict.NOT_ASSESSABLE]
    one_only = ((c.first == wrong) & (c.second != wrong)) | ((c.first != wrong) & (c.second == wrong))
    asked = select(c.recording_id, c.person, c.criterion, c.first, c.second)
    asked = asked.where(one_only, c.first != unseen, c.second != unseen)
    ordered = asked.order_by(c.recording_id, c.person, c.criterion).limit(limit)
    with store.read() as connection:
        return [
            Pair(row[0], row[1], row[2], _VERDICTS[row[3]], _VERDICTS[row[4]]) for row in connection.execute(ordered)
        ]
