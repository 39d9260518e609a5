"""One recording of the survey: its place, what was deleted of it, and the review page's parts."""

from __future__ import annotations

import streamlit as st

from posture.app.audit_seat import Desk, opened_recording
from posture.app.review_work import show_work
from posture.app.wording import plain
from posture.kept.retention import purges_of
from posture.kept.survey import keep_review
from posture.survey.recordings import get_recording
from posture.text import say

_COMMA = {"zh": "、", "en": ", "}


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
    kept.folder.touch()
    recording = get_recording(desk.store, recording_id)
    place = [v for v in (recording.place.unit, recording.place.outlet, recording.place.window) if v]
    day = f"{recording.recorded_on:%Y-%m-%d}" if recording.recorded_on else ""
    line = " · ".join(plain(v) for v in (" / ".join(place), recording.place.round, day) if v)
    if line:
        st.caption(line)
    for one in purges_of(desk.store, recording_id):
        what = _COMMA[desk.language].join(say(f"exchange.deleted.{w}", desk.language) for w in one.what)
        st.info(desk.tell("purged", day=f"{one.made_at.astimezone():%Y-%m-%d}", what=what), icon=":material/delete:")
    show_work(view, kept, desk.language)
    return True
