"""A finding of one's own: who, which criterion, from when to when with the player's present time, what was seen."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from posture.app.player import present_time
from posture.app.review_view import Work, ask_who
from posture.app.wording import fault
from posture.errors import PostureError, StoreError, UnusableInputError
from posture.findings import Severity
from posture.report.labels import clock, seconds_of
from posture.survey.decisions import add_finding

_LATER_S = 1.0
"""A player may count this much further than the recording lasts."""
_ERROR, _DONE = "review_added_error", "review_added_done"


@dataclass(frozen=True)
class _Asked:
    """What stands in the form."""

    person: int
    criterion: str
    severity: Severity | None


def show_add(work: Work, player: str) -> None:
    """The form; `player` is the key of the container with the video."""
    with st.expander(work.tell("added.title"), icon=":material/add_comment:", key="review_add"):
        st.caption(work.tell("added.help"))
        asked = _choices(work)
        if not work.is_photo:
            labels = [work.tell("added.take_start"), work.tell("added.take_end")]
            present_time(player, labels, [_field("start"), _field("end")], "review_added_present")
        left, middle, right = st.columns([1, 1, 4])
        if not work.is_photo:
            left.text_input(work.tell("added.start"), placeholder="0:05", key=_field("start"))
            middle.text_input(work.tell("added.end"), placeholder="0:08", key=_field("end"))
        right.text_input(work.tell("added.comment"), key=_field("comment"))
        ask_who(work, _field("who"), "added.who")
        st.button(
            work.tell("added.save"), icon=":material/add:", key="review_added_save", on_click=_save, args=(work, asked)
        )
        error = st.session_state.pop(_ERROR, None)
        if isinstance(error, PostureError):
            fault(error, work.language)
        if st.session_state.pop(_DONE, False):
            st.toast(work.tell("added.saved"))


def _field(name: str) -> str:
    return f"review_added_{name}"


def _choices(work: Work) -> _Asked:
    words, people = work.words, [p.person for p in work.kept.result.people]
    judged = sorted({r.criterion for p in work.kept.result.people for r in p.results}, key=words.title)
    others = sorted((c for c in work.kept.library.all_criteria() if c not in judged), key=words.title)
    left, middle, right = st.columns([2, 3, 2])
    person = left.selectbox(work.tell("added.person"), people, format_func=work.person, key=_field("person"))
    criterion = middle.selectbox(
        work.tell("added.criterion"), [*judged, *others], format_func=words.title, key=_field("criterion")
    )
    severity = right.selectbox(
        work.tell("added.severity"), [None, *Severity], key=_field("severity"),
        format_func=lambda s: words.tell(f"severity.{s}") if s else work.tell("added.own_severity"),
    )  # fmt: skip
    return _Asked(person or people[0], criterion or judged[0], severity)


def _save(work: Work, asked: _Asked) -> None:
    """Keep it and look at it; what was written stays where something is wrong."""
    said = {name: str(st.session_state.get(_field(name), "")) for name in ("start", "end", "comment", "who")}
    try:
        start_s, end_s = (0.0, 0.0) if work.is_photo else _stretch(said, work.kept.result.duration_s)
        key = add_finding(
            work.kept.store, work.kept.about.recording_id, asked.person,
            work.kept.library.all_criteria()[asked.criterion], start_s, end_s, said["who"], said["comment"],
            asked.severity,
        )  # fmt: skip
    except PostureError as error:
        st.session_state[_ERROR] = error
        return
    for name in ("start", "end", "comment"):
        st.session_state[_field(name)] = ""
    st.session_state[_DONE] = True
    work.seat.look_at(key, start_s)


def _stretch(said: dict[str, str], length_s: float) -> tuple[float, float]:
    times = []
    for text in (said["start"], said["end"] or said["start"]):
        seconds = seconds_of(text)
        if seconds is None:
            raise UnusableInputError("review.errors.clock", text=text)
        if seconds > length_s + _LATER_S:
            raise StoreError("review.errors.after_end", text=text, length=clock(length_s))
        times.append(seconds)
    return times[0], times[1]
