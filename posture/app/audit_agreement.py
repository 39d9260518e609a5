"""How far people agree with the machine and with each other, and where they do not."""

from __future__ import annotations

import streamlit as st

from posture.app.audit_compare import show_table
from posture.app.audit_list import choose_filter
from posture.app.audit_seat import Desk, file_name
from posture.app.wording import plain
from posture.report.survey import agreement_table, interval_text, kappa_note
from posture.survey.agreement import Agreement, agreement
from posture.survey.blind import Pair, disagreements, human_and_human, machine_and_human, raters
from posture.survey.queries import stamp
from posture.survey.recordings import get_recording
from posture.survey.selection import Filter
from posture.survey.store import Store
from posture.text import say

_MOST_SHOWN = 30


@st.cache_data(show_spinner=False, max_entries=50)
def _compared(
    where: str, first: str | None, second: str, wanted: Filter, made: object, _store: Store
) -> tuple[list[Agreement], list[Pair]]:
    """Agreement and the pairs that differ; `first` None is the machine."""
    if first is None:
        tally = machine_and_human(_store, second, wanted)
    else:
        tally = human_and_human(_store, first, second, wanted)
    return agreement(tally), disagreements(_store, first, second, wanted)


def show_agreement(desk: Desk) -> None:
    st.caption(desk.tell("agreement.help"))
    people = raters(desk.store)
    if not people:
        st.info(desk.tell("agreement.nobody"))
        return
    left, right = st.columns(2)
    first = left.selectbox(
        desk.tell("agreement.first"), [None, *people], key="audit_first",
        format_func=lambda w: w or desk.tell("agreement.machine"),
    )  # fmt: skip
    others = [p for p in people if p != first]
    if not others:
        st.info(desk.tell("agreement.one_only"))
        return
    second = right.selectbox(desk.tell("agreement.second"), others, key="audit_second")
    wanted = choose_filter(desk, "agreement")
    found, pairs = _compared(desk.store.where, first, second, wanted, stamp(desk.store), desk.store)
    whole = found[0]
    words, kappa = desk.words, whole.kappa
    with st.container(horizontal=True):
        st.metric(desk.tell("agreement.pairs"), kappa.pairs, border=True, width=170)
        observed = f"{100 * kappa.observed:.0f} %" if kappa.observed is not None else "–"
        st.metric(desk.tell("agreement.raw"), observed, border=True, width=210)
        value = f"{kappa.kappa:.2f}".replace("-", "−") if kappa.kappa is not None else "–"
        st.metric(desk.tell("agreement.kappa"), value, border=True, width=210)
        st.metric(desk.tell("agreement.interval"), interval_text(words, whole) or "–", border=True, width=230)
    if kappa_note(words, whole):
        st.info(plain(kappa_note(words, whole)))
    if whole.left_out:
        st.caption(desk.tell("agreement.left_out_help", count=whole.left_out))
    who = first or desk.tell("agreement.machine")
    show_table(desk, agreement_table(words, found, who, second), "agreement")
    _where(desk, pairs, who, second)


def _where(desk: Desk, pairs: list[Pair], first: str, second: str) -> None:
    st.subheader(desk.tell("differ.title"), anchor=False)
    if not pairs:
        st.success(desk.tell("differ.none"))
        return
    st.caption(desk.tell("differ.help", shown=min(len(pairs), _MOST_SHOWN), count=len(pairs)))
    shown = pairs[:_MOST_SHOWN]
    desk.saw(*(p.recording_id for p in shown))
    names = {i: file_name(get_recording(desk.store, i)) for i in {p.recording_id for p in shown}}
    for n, p in enumerate(shown):
        person = say("report.person", desk.language, number=p.person)
        said = [
            f"{one}: {say(f'report.verdict.{v}', desk.language)}" for one, v in ((first, p.first), (second, p.second))
        ]
        label = plain(" · ".join([names[p.recording_id], person, desk.words.title(p.criterion), *said]))
        st.button(
            label, key=f"audit_differ_{n}", on_click=desk.seat.open, args=(p.recording_id,),
            icon=":material/open_in_new:", width="stretch",
        )  # fmt: skip
