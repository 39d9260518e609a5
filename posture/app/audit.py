"""The auditor's page: a survey of many recordings: run, read, decide, score blind, see agreement, compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from posture.app.audit_agreement import show_agreement
from posture.app.audit_blind import show_blind
from posture.app.audit_compare import show_compare
from posture.app.audit_list import show_recordings
from posture.app.audit_recording import show_recording
from posture.app.audit_run import show_jobs
from posture.app.audit_seat import Desk, opened_store, seat, sweep, tell
from posture.app.audit_store import show_change_store, show_empty
from posture.app.wording import fault, plain
from posture.errors import PostureError
from posture.survey.queries import state_counts

_SECTIONS: dict[str, Callable[[Desk], None]] = {
    "recordings": show_recordings,
    "blind": show_blind,
    "agreement": show_agreement,
    "compare": show_compare,
}


def show(language: str) -> None:
    """The whole page; runs anew at every interaction."""
    sweep()
    place = seat()
    try:
        store = opened_store(place.where)
    except PostureError as error:
        st.header(tell(language, "title"), anchor=False)
        fault(error, language)
        show_change_store(place, language)
        return
    desk = Desk(place, store, language)
    try:
        _show(desk)
    except PostureError as error:
        place.leave()
        fault(error, language)
        st.button(tell(language, "again"), icon=":material/refresh:")


def _show(desk: Desk) -> None:
    place = desk.seat
    if place.view.left:
        place.recording = None
    if place.recording is not None and show_recording(desk, place.recording):
        return
    _head(desk)
    desk = replace(desk, busy=show_jobs(desk))
    if not sum(state_counts(desk.store).values()):
        if not desk.busy:
            show_empty(desk)
        return
    chosen = st.segmented_control(
        desk.tell("sections"), list(_SECTIONS), format_func=lambda s: desk.tell(f"section.{s}"), required=True,
        default=place.section, label_visibility="collapsed", key="audit_section",
    )  # fmt: skip
    place.section = chosen or "recordings"
    _SECTIONS[place.section](desk)


def _head(desk: Desk) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="audit-head"):
        with st.container(width="stretch"):
            st.header(desk.tell("title"), anchor=False)
            told = "demonstration_help" if desk.seat.demonstration else "store"
            st.caption(desk.tell(told, where=plain(desk.store.where)))
        if desk.seat.demonstration:
            st.button(
                desk.tell("leave_demonstration"), icon=":material/logout:", on_click=desk.seat.go_to, args=(None,),
                key="audit_leave_demonstration",
            )  # fmt: skip
        with st.popover(desk.tell("change_store"), icon=":material/database:"):
            show_change_store(desk.seat, desk.language)
