"""What the parts of the review page look at together, and words that several of them use."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from posture.app.review_seat import Seat, tell
from posture.app.wording import plain
from posture.jobs import JobState, Status
from posture.kept.analysis import KeptAnalysis, Reviewed
from posture.report.labels import Report, person_name
from posture.survey.records import Finding
from posture.text import say


@dataclass(frozen=True)
class Work:
    """What all parts of the page look at. `findings` are those of people's present decisions, none filtered out."""

    seat: Seat
    kept: KeptAnalysis
    reviewed: Reviewed
    words: Report
    language: str

    @property
    def identifier(self) -> str:
        return self.kept.folder.id

    @property
    def names(self) -> dict[int, str]:
        return dict(self.words.names)

    def tell(self, key: str, **values: object) -> str:
        return tell(self.language, key, **values)

    @property
    def is_photo(self) -> bool:
        return self.kept.result.kind == "photo"

    def person(self, number: int) -> str:
        """For boxes, tables and charts, which take words as they are."""
        return person_name(self.words, number, self.names)

    def shown(self, number: int) -> str:
        """The same where Streamlit reads Markdown."""
        return plain(self.person(number))


_WHO = ("review_who", "review_added_who")
"""Every field of a page that asks for the reviewer's name: one name for all."""


def ask_who(work: Work, key: str, label: str) -> str:
    """The reviewer's name, as it was last written into any field that asks for it. `label` is a key of the texts."""

    def written() -> None:
        work.seat.who = str(st.session_state[key])
        for other in _WHO:
            st.session_state[other] = work.seat.who

    if not st.session_state.get(key):
        st.session_state[key] = work.seat.who
    who = st.text_input(work.tell(label), placeholder=work.tell("decide.who_placeholder"), key=key, on_change=written)
    return str(who)


def moment_of(finding: Finding) -> float:
    """Where to look at a finding: its worst moment, or where it begins."""
    return finding.deviation.worst_s if finding.deviation is not None else finding.start_s


def progress_text(status: Status, language: str) -> str:
    """What a job is at, how far it is, and the time left once that can be told."""
    if status.state is JobState.WAITING:
        return tell(language, "stage.waiting", before=status.before)
    stage = tell(language, f"stage.{status.stage or 'starting'}")
    if status.share is None:
        return tell(language, "progress.plain", stage=stage)
    share = f"{100 * status.share:.0f}"
    if status.left_s is None:
        return tell(language, "progress.share", stage=stage, share=share)
    return tell(language, "progress.left", stage=stage, share=share, left=duration(status.left_s, language))


def duration(seconds: float, language: str) -> str:
    """As reports say it, whole seconds."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return say("report.seconds", language, value=whole)
    return say("report.minutes", language, minutes=whole // 60, seconds=whole % 60)
