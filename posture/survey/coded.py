"""What people coded elsewhere (BORIS, ELAN, spreadsheets) into the store, and the machine beside it.

A verdict on a recording is a blind score; a coded event is kept as such (`coded_event`) and makes its criterion a
deviation in the blind scores. Only where that is asked for do events become decisions: one that the machine found, too,
confirms that finding, any other is added. Nothing is there twice however often a file is imported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, insert, select

from posture.exchange.match import Matched, matched, pairs
from posture.findings import Verdict
from posture.survey.analyses import latest_analysis
from posture.survey.blind import Judged, blind_scores, verdicts_of_machine
from posture.survey.coded_words import Coded, blind_of, said_blind
from posture.survey.decisions import findings_of, read_findings, write_added, write_decision
from posture.survey.matching import Stretch
from posture.survey.records import DecisionKind, Finding, Origin, author, now
from posture.survey.selection import EVERYTHING, Filter, conditions
from posture.survey.store import Store
from posture.survey.tables import blind_score, coded_event, recording

_EXACT_S = 1e-3


@dataclass
class Kept:
    """How many rows were new, and how many were there already."""

    verdicts: int = 0
    events: int = 0
    confirmed: int = 0
    added: int = 0
    known: int = 0
    recordings: tuple[int, ...] = ()


def keep_coded(
    store: Store, rows: Sequence[Coded], who: str, complete: bool = False, as_findings: bool = False, source: str = ""
) -> Kept:
    """Keep what `understand` gave, all of it or, when anything fails, nothing.

    complete : whoever coded looked for everything: criteria that the machine judged and the rows do not name are met.
    as_findings : events confirm what the machine found and add what it did not. source : name of the file, for the
    comments of those who left none.

    Raises
    ------
    StoreError
        Nobody is named, or the store cannot be written.
    """
    who, kept = author(who), Kept()
    verdicts = blind_of(rows)
    if complete:
        verdicts = _completed(store, rows, verdicts)
    latest = {r: latest_analysis(store, r) for r in {one.recording_id for one in rows}}
    kept.recordings = tuple(sorted(latest))
    with store.write() as connection:
        for recording_id in kept.recordings:
            _keep_verdicts(connection, recording_id, verdicts, who, kept)
            own = [one for one in rows if one.recording_id == recording_id and one.is_event]
            _keep_events(connection, own, who, kept)
            analysis = latest[recording_id]
            if as_findings and analysis is not None:
                deviations = [one for one in own if one.verdict is Verdict.DEVIATION]
                _keep_findings(connection, read_findings(connection, analysis.id), deviations, (who, source), kept)
    return kept


def _completed(store: Store, rows: Sequence[Coded], verdicts: Judged) -> Judged:
    people = {(one.recording_id, one.person) for one in rows}
    whole: Judged = {}
    for recording_id in {r for r, _ in people}:
        for key in verdicts_of_machine(store, recording_id):
            if (key[0], key[1]) in people:
                whole[key] = Verdict.OK
    return whole | verdicts


def _keep_verdicts(connection: Connection, recording_id: int, verdicts: Judged, who: str, kept: Kept) -> None:
    before = said_blind(connection, recording_id, who)
    own = {key: verdict for key, verdict in verdicts.items() if key[0] == recording_id}
    new = {key: verdict for key, verdict in own.items() if before.get(key) is not verdict}
    kept.known += len(own) - len(new)
    kept.verdicts += len(new)
    if new:
        made = {"who": who, "made_at": now()}
        values = [{"recording_id": r, "person": p, "criterion": c, "verdict": v} | made for (r, p, c), v in new.items()]
        connection.execute(insert(blind_score), values)


def _keep_events(connection: Connection, rows: Sequence[Coded], who: str, kept: Kept) -> None:
    e = coded_event.c
    for one in rows:
        start_s, end_s = one.stretch
        values: dict[str, Any] = {
            "recording_id": one.recording_id, "person": one.person, "criterion": one.criterion.id, "start_s": start_s,
            "end_s": end_s, "verdict": one.verdict, "who": who,
        }  # fmt: skip
        there = exists().where(*(e[name] == value for name, value in values.items()))
        if connection.execute(select(there)).scalar():
            kept.known += 1
            continue
        connection.execute(insert(coded_event).values(**values, comment=one.row.comment, made_at=now()))
        kept.events += 1


def _keep_findings(
    connection: Connection, findings: Sequence[Finding], rows: Sequence[Coded], said: tuple[str, str], kept: Kept
) -> None:
    who, source = said
    for key in dict.fromkeys(one.key for one in rows):
        own = [one for one in rows if one.key == key]
        here = [f for f in findings if (f.person, f.criterion) == key[1:]]
        of_machine = [f for f in here if f.origin is Origin.MACHINE]
        mine = [(f.start_s, f.end_s) for f in here if f.decisions and f.decisions[0].who == who]
        found = dict(pairs([one.stretch for one in own], [(f.start_s, f.end_s) for f in of_machine]))
        for i, one in enumerate(own):
            text = one.row.comment or source
            if i in found:
                f = of_machine[found[i]]
                if who in f.by_person:
                    continue
                write_decision(connection, one.recording_id, f.key, who, DecisionKind.CONFIRM, text)
                kept.confirmed += 1
            elif not any(abs(a - one.stretch[0]) + abs(b - one.stretch[1]) < _EXACT_S for a, b in mine):
                seen_by = Stretch(one.person, one.criterion.id, *one.stretch)
                write_added(connection, one.recording_id, seen_by, who, text or "–", one.criterion.severity)
                mine.append(one.stretch)
                kept.added += 1


def coders(store: Store) -> list[str]:
    """Everybody whose events were imported, in order of name."""
    with store.read() as connection:
        return list(connection.execute(select(coded_event.c.who).distinct().order_by(coded_event.c.who)).scalars())


def event_agreement(store: Store, who: str, wanted: Filter = EVERYTHING) -> list[Matched]:
    """The events that somebody coded beside the machine's of the newest analyses: all criteria together, then each.

    What the machine found is extra only where this person judged that criterion of that recording: somebody who coded
    bows says nothing about shoulders.
    """
    e = coded_event.c
    asked = select(e.recording_id, e.person, e.criterion, e.start_s, e.end_s)
    asked = asked.join(recording, recording.c.id == e.recording_id)
    asked = asked.where(e.who == who, e.verdict == Verdict.DEVIATION, *conditions(wanted))
    coded: dict[tuple[int, int, str], list[tuple[float, float]]] = defaultdict(list)
    with store.read() as connection:
        for row in connection.execute(asked.order_by(e.start_s)):
            coded[row.recording_id, row.person, row.criterion].append((row.start_s, row.end_s))
    judged = set(coded) | set(blind_scores(store, who, wanted)) if coded else set()
    machine = _of_machine(store, {recording_id for recording_id, *_ in judged})
    by: dict[str, Matched] = {}
    for key in sorted(judged):
        if key in coded or key in machine:
            by.setdefault(key[2], Matched(key[2])).add(matched(key[2], coded.get(key, []), machine.get(key, [])))
    whole = Matched(None)
    for one in by.values():
        whole.add(one)
    return [whole, *by.values()]


def _of_machine(store: Store, recordings: Iterable[int]) -> Mapping[tuple[int, int, str], list[tuple[float, float]]]:
    found: dict[tuple[int, int, str], list[tuple[float, float]]] = defaultdict(list)
    for recording_id in recordings:
        latest = latest_analysis(store, recording_id)
        for f in findings_of(store, latest.id) if latest else ():
            if f.origin is Origin.MACHINE:
                found[recording_id, f.person, f.criterion].append((f.start_s, f.end_s))
    return found
