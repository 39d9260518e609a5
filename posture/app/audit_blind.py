"""Scoring a recording a second time without having seen the machine's verdicts, and then both side by side."""

from __future__ import annotations

import secrets

import streamlit as st

from posture.app.audit_list import choose_filter
from posture.app.audit_seat import Desk, file_name, opened_recording
from posture.app.review_work import PLAYABLE
from posture.app.wording import fault, plain
from posture.errors import PostureError, StoreError
from posture.findings import PersonFindings, Verdict
from posture.kept.analysis import KeptAnalysis
from posture.report.labels import Report
from posture.report.portrait import portraits
from posture.survey.blind import blind_scores, score_blind, to_score, verdicts_of_machine
from posture.survey.recordings import get_recording
from posture.text import say

_CHOICES = (Verdict.OK, Verdict.DEVIATION, Verdict.NOT_ASSESSABLE)
_MOST_OFFERED = 200


def show_blind(desk: Desk) -> None:
    st.caption(desk.tell("blind.help"))
    who = st.text_input(
        desk.tell("who"), value=desk.seat.who, placeholder=desk.tell("who_placeholder"), key="audit_blind_who"
    )
    desk.seat.view.who = who.strip()
    if not desk.seat.who:
        st.info(desk.tell("blind.who_first"))
        return
    if desk.seat.scoring is not None:
        _one(desk, desk.seat.scoring)
        return
    wanted = choose_filter(desk, "blind")
    left = [i for i in to_score(desk.store, desk.seat.who, wanted) if desk.is_blind(i)]
    if not left:
        st.info(desk.tell("blind.none_left"))
        return
    st.markdown(desk.tell("blind.left", count=len(left)))

    def draw() -> None:
        desk.seat.scoring = secrets.choice(left)

    st.button(
        desk.tell("blind.draw"), type="primary", icon=":material/shuffle:", on_click=draw,
        help=desk.tell("blind.draw_help"), key="audit_draw",
    )  # fmt: skip
    chosen = st.selectbox(
        desk.tell("blind.choose"), left[:_MOST_OFFERED], format_func=lambda i: _name(desk, i), key="audit_blind_choose"
    )

    def take() -> None:
        desk.seat.scoring = chosen

    st.button(desk.tell("blind.take"), on_click=take, disabled=chosen is None, key="audit_take")


def _name(desk: Desk, recording_id: int) -> str:
    r = get_recording(desk.store, recording_id)
    place = " / ".join(v for v in (r.place.unit, r.place.outlet, r.place.window, r.place.round) if v)
    return f"{recording_id} · {place or '–'} · {file_name(r)}"


def _one(desk: Desk, recording_id: int) -> None:
    kept = opened_recording(desk.store, recording_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(_name(desk, recording_id))}**", width="stretch")

        def back() -> None:
            desk.seat.scoring = None

        st.button(desk.tell("blind.back"), icon=":material/arrow_back:", on_click=back, key="audit_blind_back")
    if kept is None:
        st.info(desk.tell("blind.none_left"))
        return
    if not kept.result.people:
        st.info(say("review.player.nobody", desk.language))
        return
    mine = blind_scores(desk.store, desk.seat.who, recording_id=recording_id)
    if mine:
        _side_by_side(desk, kept, mine)
        return
    left, right = st.columns([1, 1], gap="large")
    with left:
        person = _whom(desk, kept)
    with right:
        _form(desk, kept, person)


def _whom(desk: Desk, kept: KeptAnalysis) -> PersonFindings:
    """The recording as it is, without anything drawn into it, and the person to score."""
    people = {p.person: p for p in kept.result.people}
    if kept.recording.exists():
        if kept.result.kind == "photo":
            st.image(kept.recording, width="stretch")
        elif kept.recording.suffix.lower() in PLAYABLE:
            st.video(kept.recording)
        else:
            st.info(desk.tell("blind.unplayable", path=plain(str(kept.recording))))
    else:
        st.warning(desk.tell("blind.no_recording", path=plain(str(kept.recording))))
    words = kept.words(desk.language)
    longest = max(people, key=lambda n: people[n].seen_s)
    if len(people) == 1:
        return people[longest]
    order = sorted(people, key=lambda n: -people[n].seen_s)
    number = st.radio(
        desk.tell("blind.whom"), order, format_func=lambda n: _seen(words, people[n]), key="audit_blind_person"
    )
    picture = _portrait(kept.folder.id, number, kept)
    if picture is not None:
        st.image(picture, desk.tell("blind.portrait"), width=180)
    return people[number]


def _seen(words: Report, p: PersonFindings) -> str:
    parts = words.tell("person", number=p.person), words.span(p.first_seen_s, p.last_seen_s)
    return " · ".join(filter(None, parts))


@st.cache_data(show_spinner=False, max_entries=100)
def _portrait(identifier: str, person: int, _kept: KeptAnalysis) -> bytes | None:
    try:
        return portraits(_kept.report("en"), [person]).get(person)
    except (OSError, PostureError):  # cleared from the cache, moved away or damaged since
        return None


def _form(desk: Desk, kept: KeptAnalysis, person: PersonFindings) -> None:
    """One choice a criterion, none made beforehand; grouped as scorecards are."""
    words = kept.words(desk.language)
    by_category: dict[str, list[str]] = {}
    for r in person.results:
        by_category.setdefault(words.criterion(r.criterion).category, []).append(r.criterion)
    recording = kept.about.recording_id
    chosen: dict[str, Verdict] = {}
    with st.form(f"audit_blind_{recording}_{person.person}", border=True):
        st.caption(desk.tell("blind.form_help"))
        with st.container(height=480, border=False):
            for category, criteria in by_category.items():
                st.markdown(f"**{words.tell(f'category.{category}')}**")
                for criterion in criteria:
                    made = st.segmented_control(
                        words.title(criterion), _CHOICES, key=f"audit_blind_{recording}_{person.person}_{criterion}",
                        format_func=lambda v: desk.tell(f"blind.{v}"),
                        help=words.criterion(criterion).cue.in_language(desk.language),
                    )  # fmt: skip
                    if made is not None:
                        chosen[criterion] = Verdict(made)
        pressed = st.form_submit_button(desk.tell("blind.submit"), type="primary", icon=":material/check:")
    if pressed:
        _submit(desk, kept, person.person, chosen)


def _submit(desk: Desk, kept: KeptAnalysis, person: int, chosen: dict[str, Verdict]) -> None:
    if not chosen:
        st.error(desk.tell("blind.nothing"))
        return
    if not desk.is_blind(kept.about.recording_id):
        st.error(desk.tell("blind.seen"))
        return
    try:
        score_blind(desk.store, kept.about.recording_id, person, desk.seat.who, chosen)
    except StoreError as error:
        fault(error, desk.language)
        return
    st.toast(desk.tell("blind.saved"))
    st.rerun()


def _side_by_side(desk: Desk, kept: KeptAnalysis, mine: dict[tuple[int, int, str], Verdict]) -> None:
    recording = kept.about.recording_id
    desk.saw(recording)
    machine, words = verdicts_of_machine(desk.store, recording), kept.words(desk.language)
    st.success(desk.tell("blind.done"))
    rows = []
    for key, own in mine.items():
        other = machine.get(key)
        rows.append(
            {
                desk.tell("blind.person"): words.tell("person", number=key[1]),
                desk.tell("blind.criterion"): desk.words.title(key[2]),
                desk.tell("blind.yours"): desk.tell(f"blind.{own}"),
                desk.tell("blind.machine"): words.tell(f"verdict.{other}") if other else "–",
                desk.tell("blind.same"): _same(desk, own, other),
            }
        )
    st.table(rows)
    st.button(
        desk.tell("blind.open"), icon=":material/open_in_new:", on_click=desk.seat.open, args=(recording,),
        key="audit_blind_open",
    )  # fmt: skip


def _same(desk: Desk, own: Verdict, other: Verdict | None) -> str:
    """As kappa counts it: borderline is no deviation, what one could not see is no disagreement."""
    if other is None or Verdict.NOT_ASSESSABLE in (own, other):
        return "–"
    agree = (own is Verdict.DEVIATION) == (other is Verdict.DEVIATION)
    return f"✓ {desk.tell('blind.agree')}" if agree else f"✗ {plain(desk.tell('blind.differ'))}"
