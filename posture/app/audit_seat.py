"""What one auditor's session keeps between runs of the page, and the stores that are open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import streamlit as st

from posture.app.review_seat import Seat, jobs
from posture.errors import PostureError
from posture.jobs import Job
from posture.kept.analysis import KeptAnalysis
from posture.kept.folder import delete_old, is_id
from posture.kept.survey import open_of_survey
from posture.library import load_library
from posture.report.survey import SurveyWords
from posture.survey.analyses import latest_analysis
from posture.survey.demonstration import delete_old_demonstrations, demonstration_store
from posture.survey.folder import open_store_or_survey
from posture.survey.manifest import Entry
from posture.survey.records import Recording
from posture.survey.store import Store, default_location
from posture.text import say

DEMONSTRATION = "demonstration"
"""The part of the page's address that names a demonstration."""
_OPEN_AT_ONCE = 8
_SWEEP_S = 3600
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def tell(language: str, key: str, **values: object) -> str:
    """The text `audit.<key>`."""
    return say(f"audit.{key}", language, **values)


class View(Seat):
    """The place before one recording, as the review page knows it, but not named in the page's address."""

    left: bool = False

    def leave(self, notice: str | None = None, error: PostureError | None = None) -> None:
        self.current, self.selected, self.left = None, None, True


@dataclass
class AuditSeat:
    """One auditor's place. `where` is the address of the store, None for the default one; `view` is the place before
    the recording that is open, and knows the auditor's name; `seen` are recordings (store, id) of which this session
    was shown the machine's or others' verdicts."""

    where: str | None = None
    demonstration: str | None = None
    recording: int | None = None
    view: View = field(default_factory=View)
    section: str = "recordings"
    page: int = 0
    entries: list[Entry] = field(default_factory=list)
    """Found, shown for a look, and not yet added."""
    uploads: int = 0
    scoring: int | None = None
    """The recording that is scored blind."""
    seen: set[tuple[str, int]] = field(default_factory=set)
    watched: set[str] = field(default_factory=set)
    """Kinds of jobs that this session saw at work, and whose end it is to be told."""

    @property
    def who(self) -> str:
        return self.view.who

    def go_to(self, where: str | None, demonstration: str | None = None) -> None:
        """To another store."""
        self.where, self.demonstration = where, demonstration
        self.recording, self.scoring, self.page, self.entries, self.section = None, None, 0, [], "recordings"
        self.watched = set()
        for name in [k for k in st.session_state if str(k).startswith("audit_") and k != "audit_seat"]:
            del st.session_state[name]
        if demonstration is None:
            st.query_params.pop(DEMONSTRATION, None)
        else:
            st.query_params[DEMONSTRATION] = demonstration

    def open(self, recording_id: int) -> None:
        self.recording, self.view.left = recording_id, False

    def leave(self) -> None:
        """Back to the list."""
        self.recording = None
        self.view.leave()


@dataclass(frozen=True)
class Desk:
    """What every part of the page works with."""

    seat: AuditSeat
    store: Store
    language: str
    busy: bool = False
    """Whether something is at work on the store."""

    def tell(self, key: str, **values: object) -> str:
        return tell(self.language, key, **values)

    @cached_property
    def words(self) -> SurveyWords:
        return SurveyWords(self.language, load_library())

    def job(self, kind: str) -> str:
        """Name of a job on this store."""
        return f"audit {kind} {self.store.where}"

    def begin(self, kind: str, work: Callable[[Job], Any], title: str = "") -> None:
        self.seat.watched.add(kind)
        jobs().start(self.job(kind), work, title)

    def saw(self, *recordings: int) -> None:
        """This session was shown verdicts on these recordings."""
        self.seat.seen.update((self.store.where, one) for one in recordings)

    def is_blind(self, recording_id: int) -> bool:
        return (self.store.where, recording_id) not in self.seat.seen


def seat() -> AuditSeat:
    place: AuditSeat = st.session_state.setdefault("audit_seat", AuditSeat())
    given = st.query_params.get(DEMONSTRATION)
    if given and is_id(given) and place.demonstration != given and demonstration_store(given).is_file():
        place.go_to(str(demonstration_store(given)), given)
    elif place.demonstration:
        st.query_params[DEMONSTRATION] = place.demonstration
    return place


def on_this_machine() -> bool:
    """Whether only people at this machine reach the page: others must not read any file of it by typing a path."""
    return st.get_option("server.address") in _THIS_MACHINE


def _close(store: Store) -> None:
    store.close()


@st.cache_resource(show_spinner=False, max_entries=_OPEN_AT_ONCE, on_release=_close)
def _opened(where: str | None, default: str) -> Store:
    return open_store_or_survey(where)


def opened_store(where: str | None) -> Store:
    """The store, opened once for all runs of the page. StoreError as in `open_store`."""
    return _opened(where, default_location() if where is None else "")


@st.cache_resource(show_spinner=False, max_entries=_OPEN_AT_ONCE)
def _opened_recording(where: str, recording_id: int, analysis_id: int, _store: Store) -> KeptAnalysis | None:
    return open_of_survey(_store, recording_id)


def opened_recording(store: Store, recording_id: int) -> KeptAnalysis | None:
    """A recording with its newest analysis, opened once; None while it was never analysed."""
    latest = latest_analysis(store, recording_id)
    return _opened_recording(store.where, recording_id, latest.id, store) if latest else None


@st.cache_data(show_spinner=False, ttl=_SWEEP_S)
def sweep() -> int:
    """Delete demonstrations, and what was drawn, that are too old, once an hour."""
    return delete_old_demonstrations() + delete_old()


def file_name(recording: Recording) -> str:
    """As on the machine that added it, Windows included."""
    return recording.path.replace("\\", "/").rsplit("/", 1)[-1]
