"""Scorecards of a survey one after the other: what the newest analysis of each recording says, as people left it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, exists, func, select

from posture.errors import PostureError, ReferenceFileError
from posture.findings import CheckResult, PersonFindings
from posture.flow.files import load_flow
from posture.library import Library, load_library
from posture.service_flow import ServiceFlow
from posture.survey.analyses import latest_analysis, load_result, norms_sha256
from posture.survey.decisions import findings_of
from posture.survey.folder import landmark_file
from posture.survey.queries import PersonScore, people_scores
from posture.survey.recordings import get_recording, people_names, recording_of
from posture.survey.records import Analysis, Finding, PersonName, Recording, State
from posture.survey.review import rescored, review
from posture.survey.selection import Filter, conditions, last_decision, latest
from posture.survey.store import Store
from posture.survey.tables import analysis, judged_person, recording

_PLACE = ("unit", "outlet", "window", "round")


@dataclass(frozen=True)
class Card:
    """One recording with its newest analysis."""

    recording: Recording
    analysis: Analysis
    machine: CheckResult
    """As the machine left it."""
    result: CheckResult
    """As people left it; the machine's where nobody decided anything."""
    findings: tuple[Finding, ...]
    names: dict[int, PersonName]
    scores: tuple[PersonScore, ...]
    """Whom the recording is about first."""
    library: Library
    landmarks: Path | None
    """Its landmark file, which may have been cleared away."""
    norms_changed: bool
    """Whether the norms are others than those of the analysis."""
    flow_changed: bool
    """Whether the service flow is another than that of the analysis, or its file is gone."""

    @property
    def subjects(self) -> tuple[PersonFindings, ...]:
        """Whom the recording is about."""
        people = {p.person: p for p in self.result.people}
        return tuple(people[s.person] for s in self.scores if s.subject and s.person in people)


@dataclass(frozen=True)
class Unreadable:
    """A recording of which no scorecard can be made any more."""

    recording: Recording
    problem: PostureError


class Libraries:
    """Norms by profile and form, and service flows by name: each read once, with their hash."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Library] = {}
        self._hashes: dict[tuple[str, str, ServiceFlow | None], str] = {}
        self._flows: dict[str, ServiceFlow | None] = {}

    def of(self, one: Analysis) -> Library:
        """ReferenceFileError when the profile is gone."""
        key = (one.profile, one.variant)
        if key not in self._known:
            self._known[key] = load_library(one.profile, variant=one.options.variant)
        return self._known[key]

    def norms_of(self, one: Analysis, flow: ServiceFlow | None) -> str:
        """Hash of today's norms with that flow; ReferenceFileError as `of`."""
        key = (one.profile, one.variant, flow)
        if key not in self._hashes:
            self._hashes[key] = norms_sha256(self.of(one), flow)
        return self._hashes[key]

    def flow_of(self, one: Analysis) -> ServiceFlow | None:
        """The flow as it is today; None when it is gone or has mistakes: results carry their own."""
        name = one.options.flow
        if name not in self._flows:
            try:
                self._flows[name] = load_flow(name).carried()
            except ReferenceFileError:
                self._flows[name] = None
        return self._flows[name]


def count_cards(store: Store, wanted: Filter) -> int:
    """Analysed recordings."""
    asked = select(func.count()).select_from(recording).where(_analysed(), *conditions(wanted))
    with store.read() as connection:
        return int(connection.execute(asked).scalar_one())


def card_ids(store: Store, wanted: Filter, most: int | None = None) -> list[int]:
    """The first `most` analysed recordings in order of place."""
    order = [recording.c[name] for name in (*_PLACE, "id")]
    asked = select(recording.c.id).where(_analysed(), *conditions(wanted)).order_by(*order).limit(most)
    with store.read() as connection:
        return list(connection.execute(asked).scalars())


def cards(
    store: Store, wanted: Filter, most: int | None = None, libraries: Libraries | None = None
) -> Iterator[Card | Unreadable]:
    """The first `most` in order of place, read when they are asked for."""
    libraries = libraries or Libraries()
    for recording_id in card_ids(store, wanted, most):
        try:
            card = _card(store, recording_id, libraries)
        except PostureError as problem:
            yield Unreadable(get_recording(store, recording_id), problem)
        else:
            if card is not None:
                yield card


def failures(store: Store, wanted: Filter, most: int | None = None) -> list[Recording]:
    """Recordings whose analysis failed, in order of place."""
    order = [recording.c[name] for name in (*_PLACE, "id")]
    failed = recording.c.state == State.FAILED
    asked = select(recording).where(failed, *conditions(wanted)).order_by(*order).limit(most)
    with store.read() as connection:
        return [recording_of(row) for row in connection.execute(asked)]


@dataclass(frozen=True)
class KindOfAnalysis:
    """Recordings whose newest analyses were made with the same program, models, norms and options."""

    recordings: int
    software: str
    models_sha256: str
    norms_sha256: str
    profile: str
    options: str
    """As JSON."""
    provenance: dict[str, str]
    """Of one of them: the single models' hashes and more."""
    flow: ServiceFlow | None
    """The service flow that was looked for in one of them."""


def kinds_of_analyses(store: Store, wanted: Filter) -> list[KindOfAnalysis]:
    """How the recordings were analysed, the most frequent way first."""
    new, a = latest(), analysis.c
    kind = (a.software, a.models_sha256, a.norms_sha256, a.profile, a.options)
    asked = (
        select(*kind, func.count().label("recordings"), func.max(a.id).label("one"))
        .join(new, new.c.analysis_id == a.id)
        .join(recording, recording.c.id == a.recording_id)
        .where(*conditions(wanted))
        .group_by(*kind)
    )
    with store.read() as connection:
        rows = connection.execute(asked).all()
    found = [(r, load_result(store, r.one)) for r in sorted(rows, key=lambda r: (-r.recordings, r.one))]
    return [
        KindOfAnalysis(
            r.recordings, r.software, r.models_sha256, r.norms_sha256, r.profile, r.options, one.provenance, one.flow
        )
        for r, one in found
    ]


def _analysed() -> ColumnElement[bool]:
    return exists().where(analysis.c.recording_id == recording.c.id)


def _card(store: Store, recording_id: int, libraries: Libraries) -> Card | None:
    newest = latest_analysis(store, recording_id)
    if newest is None:
        return None
    library = libraries.of(newest)
    machine, findings = load_result(store, newest.id), findings_of(store, newest.id)
    decided = any(f.current is not None for f in findings)
    return Card(
        recording=get_recording(store, recording_id),
        analysis=newest,
        machine=machine,
        result=rescored(machine, findings, library) if decided else machine,
        findings=tuple(findings),
        names=people_names(store, recording_id),
        scores=people_scores(store, recording_id),
        library=library,
        landmarks=landmark_file(store, newest.landmark_path) if newest.landmark_path else None,
        norms_changed=libraries.norms_of(newest, machine.flow) != newest.norms_sha256,
        flow_changed=machine.flow is not None and machine.flow != libraries.flow_of(newest),
    )


def keep_reviews(
    store: Store, wanted: Filter, libraries: Libraries | None = None, progress: Callable[[int, int], None] | None = None
) -> int:
    """Have statistics count by all decisions: scores of recordings that were decided on since are worked out anew. How
    many. Those whose norms are gone keep the machine's score."""
    new = latest()
    last = last_decision(recording.c.id)
    stale = judged_person.c.reviewed_upto.is_(None) | (judged_person.c.reviewed_upto != last)
    asked = (
        select(recording.c.id)
        .join(new, new.c.recording_id == recording.c.id)
        .join(judged_person, judged_person.c.analysis_id == new.c.analysis_id)
        .where(last.is_not(None), stale, *conditions(wanted))
        .distinct()
        .order_by(recording.c.id)
    )
    with store.read() as connection:
        ids = list(connection.execute(asked).scalars())
    libraries, kept = libraries or Libraries(), 0
    for done, recording_id in enumerate(ids):
        if progress is not None:
            progress(done, len(ids))
        newest = latest_analysis(store, recording_id)
        try:
            if newest is not None:
                review(store, recording_id, libraries.of(newest))
                kept += 1
        except PostureError:
            continue
    return kept
