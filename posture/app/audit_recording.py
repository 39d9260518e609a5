"""One recording of the survey: the review page's parts, its place, and findings that people add."""

from __future__ import annotations

import re

import streamlit as st

from posture.app.audit_seat import Desk, opened_recording, plain
from posture.app.review_work import show_work
from posture.errors import PostureError, StoreError, UnusableInputError
from posture.findings import Severity
from posture.kept.analysis import KeptAnalysis
from posture.kept.survey import keep_review
from posture.survey.decisions import add_finding
from posture.survey.recordings import get_recording

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:[.,]\d+)?)")


def show_recording(desk: Desk, recording_id: int) -> bool:
    """The whole page of one recording; False when it was left or has nothing to show."""
    view = desk.seat.view
    kept = opened_recording(desk.store, recording_id)
    if kept is None:
        desk.seat.leave()
        return False
    view.sit(kept.folder.id)
    desk.saw(recording_id)
    keep_review(desk.store, kept)
    recording = get_recording(desk.store, recording_id)
    place = [v for v in (recording.place.unit, recording.place.outlet, recording.place.window) if v]
    day = f"{recording.recorded_on:%Y-%m-%d}" if recording.recorded_on else ""
    line = " · ".join(plain(v) for v in (" / ".join(place), recording.place.round, day) if v)
    if line:
        st.caption(line)
    show_work(view, kept, desk.language)
    if kept.result.people:
        with st.expander(desk.tell("added.title"), icon=":material/add_comment:", key="audit_add_finding"):
            _add(desk, kept)
    return True


def _add(desk: Desk, kept: KeptAnalysis) -> None:
    """What the machine did not see."""
    st.caption(desk.tell("added.help"))
    words, reviewed = kept.words(desk.language), kept.reviewed()
    criteria = kept.library.all_criteria()
    judged = sorted({r.criterion for p in kept.result.people for r in p.results}, key=words.title)
    others = sorted((c for c in criteria if c not in judged), key=words.title)
    with st.form("audit_added", clear_on_submit=True, border=False):
        left, middle, right = st.columns([2, 3, 2])
        people = [p.person for p in kept.result.people]
        named = {n: one.name for n, one in reviewed.names.items() if one.name}
        person = left.selectbox(
            desk.tell("added.person"), people,
            format_func=lambda n: named.get(n) or words.tell("person", number=n), key="audit_added_person",
        )  # fmt: skip
        criterion = middle.selectbox(
            desk.tell("added.criterion"), [*judged, *others], format_func=words.title, key="audit_added_criterion"
        )
        severity = right.selectbox(
            desk.tell("added.severity"), [None, *Severity], key="audit_added_severity",
            format_func=lambda s: words.tell(f"severity.{s}") if s else desk.tell("added.own_severity"),
        )  # fmt: skip
        left, middle, right = st.columns([1, 1, 5])
        start = left.text_input(desk.tell("added.start"), placeholder="0:05", key="audit_added_start")
        end = middle.text_input(desk.tell("added.end"), placeholder="0:08", key="audit_added_end")
        comment = right.text_input(desk.tell("added.comment"), key="audit_added_comment")
        who = st.text_input(desk.tell("who"), value=desk.seat.who, key="audit_added_who")
        pressed = st.form_submit_button(desk.tell("added.save"), icon=":material/add:")
    if not pressed or person is None or criterion is None:
        return
    desk.seat.view.who = who.strip()
    try:
        stretch = _seconds(start, kept.result.duration_s), _seconds(end or start, kept.result.duration_s)
        add_finding(
            desk.store, kept.about.recording_id, person, criteria[criterion], *stretch, who, comment,
            severity,
        )  # fmt: skip
    except PostureError as error:
        st.error(error.in_language(desk.language))
        return
    st.toast(desk.tell("added.saved"))
    st.rerun()


def _seconds(text: str, length_s: float) -> float:
    """`1:02.5` or `62.5` as seconds."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise UnusableInputError("audit.errors.clock", text=text)
    hours, minutes, seconds = match.groups()
    value = 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds.replace(",", "."))
    if value > length_s + 1.0:
        raise StoreError("audit.errors.after_end", text=text, length=f"{length_s:.1f}")
    return value
