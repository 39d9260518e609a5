"""Scores that a second person gave without having seen the machine's, and pairs of judgements to compare."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import exists, insert, select

from posture.errors import StoreError
from posture.findings import Verdict
from posture.survey.agreement import Pair
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


def machine_verdicts(store: Store, wanted: Filter = EVERYTHING) -> Judged:
    """The machine's verdicts by (recording, person, criterion), of recordings that somebody scored blind."""
    new, v = latest(), criterion_verdict.c
    scored = select(blind_score.c.recording_id)
    asked = (
        select(new.c.recording_id, v.person, v.criterion, v.verdict)
        .join(new, new.c.analysis_id == v.analysis_id)
        .join(recording, recording.c.id == new.c.recording_id)
        .where(recording.c.id.in_(scored), *conditions(wanted))
    )
    with store.read() as connection:
        return {(row[0], row[1], row[2]): row[3] for row in connection.execute(asked)}


def machine_and_human(store: Store, who: str, wanted: Filter = EVERYTHING) -> list[Pair]:
    """The machine's newest verdicts beside the blind ones of one person."""
    return _pairs(machine_verdicts(store, wanted), blind_scores(store, who, wanted))


def human_and_human(store: Store, first: str, second: str, wanted: Filter = EVERYTHING) -> list[Pair]:
    """The blind verdicts of two people."""
    return _pairs(blind_scores(store, first, wanted), blind_scores(store, second, wanted))


def _pairs(first: Judged, second: Judged) -> list[Pair]:
    return [Pair(*key, first[key], second[key]) for key in sorted(first.keys() & second.keys())]


def decided_by_both(store: Store, first: str, second: str, wanted: Filter = EVERYTHING) -> list[Pair]:
    """Findings on which two people decided, a confirmed one as deviation, a dismissed one as none: not blind."""
    asked = (
        select(decision.c.who, decision.c.key, decision.c.kind, decision.c.recording_id, finding_key.c.person,
               finding_key.c.criterion)
        .join(finding_key, finding_key.c.id == decision.c.key)
        .join(recording, recording.c.id == decision.c.recording_id)
        .where(decision.c.who.in_([first, second]), decision.c.kind != DecisionKind.COMMENT, *conditions(wanted))
        .order_by(decision.c.id)
    )  # fmt: skip
    said: dict[str, dict[int, Verdict]] = {first: {}, second: {}}
    about: dict[int, tuple[int, int, str]] = {}
    with store.read() as connection:
        for row in connection.execute(asked):
            dismissed = row.kind is DecisionKind.DISMISS
            said[row.who][row.key] = Verdict.OK if dismissed else Verdict.DEVIATION
            about[row.key] = (row.recording_id, row.person, row.criterion)
    one, two = said[first], said[second]
    return [Pair(*about[key], one[key], two[key]) for key in sorted(one.keys() & two.keys())]
