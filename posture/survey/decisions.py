"""What people say about findings: decisions are added, never changed, beside what the machine found.

Whoever changes their mind decides again; each person's latest decision is theirs, and the latest of all counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from posture.errors import StoreError
from posture.findings import Severity
from posture.references import Criterion
from posture.survey.analyses import deviation_of, new_keys
from posture.survey.matching import Stretch
from posture.survey.recordings import get_recording
from posture.survey.records import Decision, DecisionKind, Finding, Origin, author, now
from posture.survey.store import Store
from posture.survey.tables import added_finding, analysis, decision, finding, finding_key


def decide(store: Store, key: int, who: str, kind: DecisionKind, text: str = "") -> int:
    """Confirm, dismiss (`text` is the reason and required) or comment a finding. Returns the decision's id.

    Raises
    ------
    StoreError
        There is no such finding, nobody is named, or the reason or comment is missing.
    """
    if kind is DecisionKind.ADD:
        raise ValueError("expected confirm, dismiss or comment; findings are added by add_finding")
    if kind is not DecisionKind.CONFIRM and not text.strip():
        missing = "reason_missing" if kind is DecisionKind.DISMISS else "comment_missing"
        raise StoreError(f"survey.errors.{missing}")
    who = author(who)
    with store.write() as connection:
        recording_id = connection.execute(select(finding_key.c.recording_id).where(finding_key.c.id == key)).scalar()
        if recording_id is None:
            raise StoreError("survey.errors.no_finding", id=key)
        return write_decision(connection, recording_id, key, who, kind, text.strip())


def add_finding(
    store: Store,
    recording_id: int,
    person: int,
    criterion: Criterion,
    start_s: float,
    end_s: float,
    who: str,
    comment: str,
    severity: Severity | None = None,
) -> int:
    """A deviation that a person saw and the machine did not; of the criterion's own severity unless another is given.
    Returns its key, under which it can be confirmed, dismissed and commented like the machine's.

    Raises
    ------
    StoreError
        There is no such recording, the stretch has no length or begins before 0, nobody is named or no comment given.
    """
    if not 0 <= start_s <= end_s:
        raise StoreError("survey.errors.bad_stretch", start=start_s, end=end_s)
    if not comment.strip():
        raise StoreError("survey.errors.comment_missing")
    who = author(who)
    get_recording(store, recording_id)
    seen = Stretch(person, criterion.id, start_s, end_s)
    with store.write() as connection:
        return write_added(connection, recording_id, seen, who, comment.strip(), severity or criterion.severity)


def write_added(
    connection: Connection, recording_id: int, seen: Stretch, who: str, comment: str, severity: Severity
) -> int:
    """`add_finding` within a larger change, everything looked over already."""
    row: dict[str, object] = {"recording_id": recording_id, "origin": Origin.HUMAN, "person": seen.person}
    (key,) = new_keys(connection, [row | {"criterion": seen.criterion}])
    stretch = {"start_s": seen.start_s, "end_s": seen.end_s}
    connection.execute(insert(added_finding).values(key=key, severity=severity, **stretch))
    write_decision(connection, recording_id, key, who, DecisionKind.ADD, comment)
    return key


def write_decision(connection: Connection, recording_id: int, key: int, who: str, kind: DecisionKind, text: str) -> int:
    """`decide` within a larger change, everything looked over already."""
    seen = connection.execute(select(func.max(finding.c.id)).where(finding.c.key == key)).scalar()
    row = {"recording_id": recording_id, "key": key, "finding_id": seen, "who": who, "made_at": now()}
    added = insert(decision).values(**row, kind=kind, text=text).returning(decision.c.id)
    made: int = connection.execute(added).scalar_one()
    return made


def findings_of(store: Store, analysis_id: int) -> list[Finding]:
    """The findings of an analysis and those that people added to its recording, with all decisions, in time order.

    Raises
    ------
    StoreError
        There is no such analysis.
    """
    with store.read() as connection:
        return read_findings(connection, analysis_id)


def read_findings(connection: Connection, analysis_id: int) -> list[Finding]:
    """`findings_of` within a larger reading."""
    recording_id = connection.execute(select(analysis.c.recording_id).where(analysis.c.id == analysis_id)).scalar()
    if recording_id is None:
        raise StoreError("survey.errors.no_analysis", id=analysis_id)
    made = _decisions(connection, recording_id)
    limits = _limits_seen(connection, recording_id)
    found = [
        _of_machine(row, made[row.key], limits)
        for row in connection.execute(select(finding).where(finding.c.analysis_id == analysis_id))
    ]
    added = (
        select(added_finding, finding_key.c.person, finding_key.c.criterion)
        .join(finding_key, finding_key.c.id == added_finding.c.key)
        .where(finding_key.c.recording_id == recording_id)
    )
    found += [
        Finding(
            row.key, Origin.HUMAN, row.person, row.criterion, row.start_s, row.end_s, row.severity, None,
            tuple(made[row.key]),
        )
        for row in connection.execute(added)
    ]  # fmt: skip
    return sorted(found, key=lambda f: (f.start_s, f.person, f.criterion, f.key))


def _decisions(connection: Connection, recording_id: int) -> dict[int, list[Decision]]:
    """By key, in the order they were made."""
    made: dict[int, list[Decision]] = defaultdict(list)
    asked = select(decision).where(decision.c.recording_id == recording_id).order_by(decision.c.id)
    for row in connection.execute(asked):
        one = Decision(row.id, row.key, row.finding_id, row.who, row.made_at, row.kind, row.text)
        made[row.key].append(one)
    return made


Limits = tuple[float | None, float | None]


def _limits_seen(connection: Connection, recording_id: int) -> dict[int, Limits]:
    """The limits of the rows that decisions were made on, by the row's id."""
    asked = (
        select(finding.c.id, finding.c.allowed_low, finding.c.allowed_high)
        .join(decision, decision.c.finding_id == finding.c.id)
        .where(decision.c.recording_id == recording_id)
    )
    return {row.id: (row.allowed_low, row.allowed_high) for row in connection.execute(asked)}


def _of_machine(row: Any, made: list[Decision], limits: dict[int, Limits]) -> Finding:
    found = Finding(
        row.key, Origin.MACHINE, row.person, row.criterion, row.start_s, row.end_s, row.severity, deviation_of(row),
        tuple(made),
    )  # fmt: skip
    counts = found.current
    if counts is None or counts.finding_id is None:
        return found
    return replace(found, limits_changed=limits[counts.finding_id] != (row.allowed_low, row.allowed_high))
