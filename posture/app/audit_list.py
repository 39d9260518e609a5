"""The recordings of the survey: filters, one line each, pages."""

from __future__ import annotations

import streamlit as st

from posture.app.audit_run import show_run
from posture.app.audit_seat import Desk, file_name
from posture.app.audit_store import show_add
from posture.app.shared import pager
from posture.app.wording import plain
from posture.survey.queries import Listed, PersonScore, list_recordings, places, stamp, state_counts
from posture.survey.records import State
from posture.survey.selection import Filter
from posture.survey.store import Store
from posture.text import say

ON_A_PAGE = 12
_WIDTHS = [3, 2.8, 1.4, 1.9, 1.6, 1.4, 1.4]
_STATE_MARK = {State.WAITING: "○", State.RUNNING: "◐", State.DONE: "●", State.FAILED: "⚠"}
_ALL = "\0"
"""Not None, for which Streamlit offers to clear the box, and no name of a place."""
_PLACES = ("unit", "outlet", "window", "round")


@st.cache_data(show_spinner=False, max_entries=20)
def _places(where: str, made: object, _store: Store) -> list[tuple[str, str, str, str]]:
    return places(_store)


def choose_filter(desk: Desk, key: str, with_state: bool = False) -> Filter:
    """One box each for unit, outlet, window and round; what is offered fits what was chosen before."""
    every = _places(desk.store.where, stamp(desk.store), desk.store)
    chosen: dict[str, str | None] = {}
    boxes = st.columns(len(_PLACES) + with_state)
    for i, (name, box) in enumerate(zip(_PLACES, boxes, strict=False)):
        fits = [p for p in every if all(chosen[n] is None or p[j] == chosen[n] for j, n in enumerate(_PLACES[:i]))]
        options = [_ALL, *sorted({p[i] for p in fits})]
        held = st.session_state.get(f"audit_{key}_{name}")
        if held not in options:
            st.session_state.pop(f"audit_{key}_{name}", None)
        picked = box.selectbox(
            desk.tell(f"level.{name}"), options, key=f"audit_{key}_{name}",
            format_func=lambda v: desk.tell("all") if v == _ALL else desk.words.group(v),
        )  # fmt: skip
        chosen[name] = None if picked == _ALL else picked
    state = _ALL
    if with_state:
        state = boxes[-1].selectbox(
            desk.tell("list.state"), [_ALL, *State], key=f"audit_{key}_state",
            format_func=lambda s: desk.tell("all") if s == _ALL else say(f"survey.state.{s}", desk.language),
        )  # fmt: skip
    return Filter(**chosen, state=None if state == _ALL else State(state))


def show_recordings(desk: Desk) -> None:
    counts = state_counts(desk.store)
    with st.container(horizontal=True, vertical_alignment="center"):
        told = " · ".join(
            f"{_STATE_MARK[s]} {say(f'survey.state.{s}', desk.language)} {n}" for s, n in counts.items() if n
        )
        st.markdown(told, width="stretch")
    if not desk.busy:
        show_run(desk, counts)
    wanted = choose_filter(desk, "list", with_state=True)
    page = list_recordings(desk.store, wanted, desk.seat.page * ON_A_PAGE, ON_A_PAGE)
    if not page.rows and desk.seat.page:
        desk.seat.page = 0
        page = list_recordings(desk.store, wanted, 0, ON_A_PAGE)
    if not page.rows:
        st.info(desk.tell("list.none"))
    else:
        _table(desk, page.rows)
        _pager(desk, page.total)
    if not desk.busy:
        with st.expander(desk.tell("add.title"), icon=":material/add:", key="audit_add_more"):
            show_add(desk)


def _table(desk: Desk, rows: tuple[Listed, ...]) -> None:
    with st.container(key="audit-list"):
        heads = ("recording", "place", "round", "score", "coverage", "findings", "reviewed")
        for column, name in zip(st.columns(_WIDTHS), heads, strict=True):
            column.caption(desk.tell(f"list.{name}"))
        for row in rows:
            _row(desk, row)


def _row(desk: Desk, row: Listed) -> None:
    r = row.recording
    columns = st.columns(_WIDTHS, vertical_alignment="center")
    label = f"{_STATE_MARK[r.state]} {plain(file_name(r))}"
    if row.analysis_id is not None:
        columns[0].button(
            label, key=f"audit_open_{r.id}", on_click=desk.seat.open, args=(r.id,), width="stretch",
            help=f"{plain(file_name(r))}: {desk.tell('list.open')}",
        )  # fmt: skip
    else:
        columns[0].markdown(label)
        columns[3].markdown(say(f"survey.state.{r.state}", desk.language))
    columns[1].markdown(plain(" / ".join(v for v in (r.place.unit, r.place.outlet, r.place.window) if v) or "–"))
    columns[2].markdown(plain(r.place.round or "–"))
    if r.state is State.FAILED and r.failure is not None:
        st.caption(f"⚠ {plain(r.failure.in_language(desk.language))}")
    if row.analysis_id is None:
        return
    told = [_scored(desk, p, len(row.subjects) > 1) for p in row.subjects]
    columns[3].markdown("  \n".join(told) or desk.tell("list.nobody"))
    columns[4].markdown("  \n".join(f"{100 * _coverage(p):.0f} %" for p in row.subjects) or "–")
    columns[5].markdown(str(row.findings))
    columns[6].markdown("✓" if any(p.reviewed for p in row.subjects) else "–")


def _scored(desk: Desk, p: PersonScore, several: bool) -> str:
    score, grade = (p.reviewed_score, p.reviewed_grade) if p.reviewed else (p.score, p.grade)
    if score is None:
        told = desk.tell("list.no_score")
    else:
        told = f"**{score:.0f}** {say(f'report.grade.{grade}', desk.language) if grade else ''}"
    who = p.name or say("report.person", desk.language, number=p.person)
    return f"{plain(who)} {told}" if several or p.name else told


def _coverage(p: PersonScore) -> float:
    return p.reviewed_coverage if p.reviewed and p.reviewed_coverage is not None else p.coverage


def _pager(desk: Desk, total: int) -> None:
    pages = -(-total // ON_A_PAGE)
    if pages == 1:
        st.caption(desk.tell("list.total", total=total))
        return
    between = desk.tell("list.page", page=desk.seat.page + 1, pages=pages, total=total)
    pager(desk.seat, pages, (desk.tell("list.previous"), desk.tell("list.next"), between), "audit")
