"""The trainer's page: choose a recording, wait with the time left in sight, review what was found, take it along."""

from __future__ import annotations

import streamlit as st

from posture.app.review_seat import Seat, asked, jobs, opened, seat, start_drawing, sweep, tell
from posture.app.review_start import show_start
from posture.app.review_view import progress_text
from posture.app.review_work import show_work
from posture.app.wording import plain
from posture.errors import PostureError
from posture.jobs import JobState, Status
from posture.kept.folder import Folder

_REFRESH_S = 0.5


def show(language: str) -> None:
    """The whole page; runs anew at every interaction."""
    sweep()
    place = seat()
    try:
        _show(place, language)
    except PostureError as error:
        place.leave(error=error)
        show_start(place, language)


def _show(place: Seat, language: str) -> None:
    identifier = asked()
    if identifier is None:
        show_start(place, language)
        return
    place.take(identifier)
    status = jobs().status(identifier)
    if status is not None and not status.over:
        st.header(tell(language, "progress.title", name=plain(status.title)), anchor=False)
        _progress(identifier, language)
        return
    if status is not None and status.state in (JobState.FAILED, JobState.CANCELLED):
        jobs().forget(identifier)
        _leave_after(place, status)
        show_start(place, language)
        return
    if Folder(identifier).about() is None:
        opened.clear(identifier)
        place.leave("gone")
        show_start(place, language)
        return
    kept = opened(identifier)
    place.mine[identifier] = kept.about.source
    if kept.result.kind == "video" and kept.result.people and kept.recording.exists() and status is not None:
        jobs().forget(identifier)
        start_drawing(kept)
    show_work(place, kept, language)


def _leave_after(place: Seat, status: Status) -> None:
    if status.state is JobState.CANCELLED:
        place.leave("cancelled")
    elif isinstance(status.error, PostureError):
        place.leave(error=status.error)
    else:
        place.leave("failed")


@st.fragment(run_every=_REFRESH_S)
def _progress(identifier: str, language: str) -> None:
    status = jobs().status(identifier)
    if status is None or status.over:
        st.rerun(scope="app")
    with st.container(key="review-progress"):
        st.progress(status.share or 0.0, progress_text(status, language))
        ending = status.ending
        if st.button(tell(language, "progress.cancelling" if ending else "progress.cancel"), disabled=ending):
            jobs().cancel(identifier)
            st.rerun(scope="fragment")
        st.caption(tell(language, "progress.stay"))
