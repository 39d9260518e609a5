"""A finished analysis on one page: scores, video, findings, timeline, the finding looked at, and everything else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import streamlit as st

from posture.app.player import jump
from posture.app.review_add import show_add
from posture.app.review_finding import show_finding
from posture.app.review_list import filtered, show_list
from posture.app.review_more import show_more
from posture.app.review_seat import Seat, jobs, start_drawing, tell, video_bytes, video_job
from posture.app.review_view import Work, moment_of, progress_text
from posture.app.wording import plain
from posture.findings import PersonFindings
from posture.jobs import JobState
from posture.kept.analysis import KeptAnalysis
from posture.report.timeline import PICK, timeline, unseen_stretches
from posture.report.video import picture_with_skeletons, webvtt
from posture.survey.records import Finding

PLAYER = "review-player"
PLAYABLE = (".mp4", ".m4v", ".mov", ".webm")
_LARGEST_BYTES = 500_000_000
"""Larger recordings are not played as they are: the server would hold them in memory (own choice)."""
_REFRESH_S = 2.0
_MOST_SCORES = 4


def show_work(place: Seat, kept: KeptAnalysis, language: str) -> None:
    """The page of a finished analysis."""
    work = Work(place, kept, kept.reviewed(), kept.words(language), language)
    _head(work)
    for warning in work.words.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    if not kept.result.people:
        st.info(plain(work.words.nobody) if work.is_photo else work.tell("player.nobody"))
        show_more(work)
        return
    left, right = st.columns([3, 2], gap="medium")
    with right:
        shown = filtered(work)
        chosen = _selected(work, shown)
        show_list(work, shown, chosen)
    with left:
        _player(work)
    if kept.result.kind == "video" and shown:
        _timeline(work, shown, chosen)
    if chosen is not None:
        show_finding(work, chosen, shown)
    show_add(work, PLAYER)
    show_more(work)


def _head(work: Work) -> None:
    result, whole = work.kept.result, len(work.reviewed.findings)
    people = list(zip(work.reviewed.result.people, result.people, strict=True))
    # Clerks before those who pass by, whoever has a score before whoever has none.
    people.sort(key=lambda both: (not both[0].scored, both[1].score.value is None))
    length = work.words.length(result.duration_s)
    done = sum(f.state != "open" for f in work.reviewed.findings)
    with st.container(horizontal=True, vertical_alignment="center", key="review-head"):
        with st.container(width="stretch"):
            st.header(plain(work.kept.about.source), anchor=False)
            still = work.tell("score.to_review", open=whole - done, all=whole)
            st.caption(" · ".join([length, plain(work.words.judged_by()), still]))
        if len(people) == 1:
            _score(work, *people[0])
        back = "back_to_survey" if work.kept.of_survey else "back"
        st.button(work.tell(back), icon=":material/arrow_back:", on_click=work.seat.leave, key="review_back")
    if len(people) > 1:
        with st.container(horizontal=True, key="review-scores"):
            for person, before in people[:_MOST_SCORES]:
                _score(work, person, before)
        if len(people) > _MOST_SCORES:
            st.caption(work.tell("score.more", count=len(people) - _MOST_SCORES))


def _score(work: Work, person: PersonFindings, before: PersonFindings) -> None:
    now, then = person.score.value, before.score.value
    value = work.tell("score.value", value=f"{now:.0f}") if now is not None else work.tell("score.none")
    name = work.shown(person.person)
    if not person.scored and person.role is not None:
        name += f" · {work.words.tell(f'role.{person.role}')}"
    elif person.score.grade:
        name += f" · {work.words.tell(f'grade.{person.score.grade}')}"
    change = None
    if now is not None and then is not None and round(now - then, 1):
        change = work.tell("score.reviewed", change=f"{now - then:+.1f}")
    st.metric(name, value, change, border=True, width=210)


def _player(work: Work) -> None:
    kept = work.kept
    with st.container(key=PLAYER):
        if not kept.recording.exists() and kept.drawn is None:
            st.info(work.tell("player.no_recording"))
        elif kept.result.kind == "photo":
            if kept.folder.landmarks.is_file():
                st.image(_photo(work.identifier, kept.appearance, kept), work.tell("player.photo"), width="stretch")
            else:
                st.info(work.tell("player.no_landmarks"))
            return
        else:
            # A player of its own for other subtitles: a browser goes on showing a line of those that were taken away.
            with st.container(key=f"{PLAYER}-{kept.appearance}-{work.language}"):
                _video(work)
    drawn = kept.drawn.stat().st_mtime_ns if kept.drawn else None
    video = f"{work.identifier} {kept.appearance} {work.language} {drawn}"
    recording = hashlib.sha256(str(kept.recording).encode()).hexdigest()  # no path of the server for the browser
    jump(PLAYER, recording, video, work.seat.jump, work.seat.jump_s)


@st.cache_data(show_spinner=False, max_entries=20)
def _photo(identifier: str, appearance: str, _kept: KeptAnalysis) -> bytes:
    return picture_with_skeletons(_kept.report("en"))


def _video(work: Work) -> None:
    """The video with skeletons, until it is drawn the recording itself where browsers play it."""
    kept = work.kept
    subtitles: dict[str, str | Path | bytes | BytesIO] = {}
    subtitles[work.tell("player.subtitles")] = BytesIO(webvtt(work.words).encode())
    if kept.drawn is not None:
        st.video(video_bytes(kept.drawn), subtitles=subtitles)
        _drawn_anew(work)
        return
    playable = kept.recording.suffix.lower() in PLAYABLE and kept.recording.stat().st_size <= _LARGEST_BYTES
    if playable:
        st.video(video_bytes(kept.recording), subtitles=subtitles)
    if not playable and kept.of_survey:
        st.info(work.tell("player.unplayable"))
    status = jobs().status(video_job(work.identifier))
    if kept.of_survey and (status is None or status.state is JobState.DONE):  # never drawn, or deleted since
        _offer_drawing(work)
        return
    _drawing(kept, "player.being_drawn" if playable else "player.being_drawn_unplayable", work.language, [])


def _offer_drawing(work: Work) -> None:
    if work.kept.folder.landmarks.is_file() and work.kept.recording.exists():
        st.button(
            work.tell("player.draw"), icon=":material/accessibility_new:", on_click=start_drawing, args=(work.kept,),
            help=work.tell("player.draw_help"), key="review_draw",
        )  # fmt: skip


def _drawn_anew(work: Work) -> None:
    """The video shows other names or findings than now: it is drawn again, of a survey's recording when asked for."""
    kept = work.kept
    if kept.drawn_as_now or not (kept.folder.landmarks.is_file() and kept.recording.exists()):
        return
    status = jobs().status(video_job(work.identifier))
    over = status is None or status.state is JobState.DONE
    if kept.of_survey and over:
        st.caption(work.tell("player.outdated"))
        _offer_drawing(work)
        return
    if over:
        start_drawing(kept)
    _drawing(kept, "player.being_drawn_anew", work.language, [])


@st.fragment(run_every=_REFRESH_S)
def _drawing(kept: KeptAnalysis, why: str, language: str, runs: list[None]) -> None:
    """How far the drawing is; the page is shown anew when it is done. `runs` is empty in a run of the whole page."""
    shown = bool(runs)
    runs.append(None)
    status = jobs().status(video_job(kept.folder.id))
    if status is not None and status.state is JobState.DONE:
        if shown:  # by itself: a run of the whole page that began with somebody's click must not end here
            st.rerun(scope="app")
        status = replace(status, share=1.0)
    elif status is None or status.over:
        st.caption(tell(language, "player.draw_failed"))
        if st.button(tell(language, "player.draw_again"), icon=":material/refresh:"):
            start_drawing(kept)
            st.rerun(scope="fragment")
        return
    st.progress(status.share or 0.0, progress_text(status, language))
    st.caption(tell(language, why))


def _selected(work: Work, shown: list[Finding]) -> Finding | None:
    """The finding looked at; the first while none was chosen or the chosen one is filtered out."""
    if not shown:
        return None
    return next((f for f in shown if f.key == work.seat.selected), shown[0])


def _timeline(work: Work, shown: list[Finding], chosen: Finding | None) -> None:
    st.subheader(work.tell("timeline.title"), anchor=False)
    total_s = work.kept.result.duration_s
    times = {person: course.time_s for (person, _), course in work.kept.courses.items()}
    unseen = {person: unseen_stretches(time_s, total_s) for person, time_s in times.items()}
    spec = timeline(work.words, shown, work.names, chosen.key if chosen else None, unseen)
    key = "review_timeline"

    def clicked() -> None:
        picked = st.session_state[key].selection.get(PICK) or []
        for one in picked[:1]:
            for f in shown:
                if f.key == one.get("key"):
                    work.seat.look_at(f.key, moment_of(f))

    st.vega_lite_chart(
        None, spec, width="stretch", key=key, on_select=clicked, selection_mode=PICK, alt=work.tell("timeline.alt")
    )
    st.caption(work.tell("timeline.hint"))
