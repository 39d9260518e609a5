"""The findings as a list that can be filtered: one button each, so that mouse and keyboard do the same."""

from __future__ import annotations

import streamlit as st

from posture.app.review_view import Work, moment_of
from posture.app.shared import pager
from posture.app.wording import plain
from posture.findings import Deviation, Severity
from posture.report.labels import clock
from posture.survey.records import Finding

ON_A_PAGE = 8
_SEVERITY_MARK = {Severity.MINOR: "▲", Severity.MODERATE: "▲▲", Severity.SERIOUS: "▲▲▲"}
_STATE_MARK = {"open": "", "confirmed": " ✓", "dismissed": " ✗"}
_STATES = tuple(_STATE_MARK)


def filtered(work: Work) -> list[Finding]:
    """The filter's widgets, and the findings that it lets through."""
    every = work.reviewed.findings
    people = sorted({f.person for f in every})
    criteria = sorted({f.criterion for f in every}, key=work.words.title)
    head, filter_place = st.columns([3, 2], vertical_alignment="bottom")
    head.subheader(work.tell("list.title"), anchor=False)
    with filter_place.popover(work.tell("filter.title"), icon=":material/filter_list:", width="stretch"):
        who = []
        if len(people) > 1:
            who = st.pills(
                work.tell("filter.person"), people, selection_mode="multi", format_func=work.shown,
                key="review_f_person",
            )  # fmt: skip
        severity = st.pills(
            work.tell("filter.severity"), list(Severity), selection_mode="multi", key="review_f_severity",
            format_func=lambda s: f"{_SEVERITY_MARK[Severity(s)]} {work.words.tell(f'severity.{s}')}",
        )  # fmt: skip
        state = st.pills(
            work.tell("filter.state"), _STATES, selection_mode="multi", key="review_f_state",
            format_func=lambda s: work.words.tell(f"state.{s}"),
        )  # fmt: skip
        what = st.multiselect(
            work.tell("filter.criterion"), criteria, format_func=work.words.title, key="review_f_criterion",
            placeholder=work.tell("filter.all"), select_all=False,
        )  # fmt: skip
    return [
        f
        for f in every
        if (not who or f.person in who)
        and (not severity or f.severity in severity)
        and (not state or f.state in state)
        and (not what or f.criterion in what)
    ]


def _clear() -> None:
    for name in ("person", "severity", "state", "criterion"):
        st.session_state.pop(f"review_f_{name}", None)


def show_list(work: Work, shown: list[Finding], chosen: Finding | None) -> None:
    """The page of the list on which the seat is, with the chosen finding marked."""
    every = work.reviewed.findings
    flow = work.words.flow_summary()
    if flow:
        st.info(plain(flow), icon=":material/conversion_path:")
    if not every:
        # Nothing green beside a service that was late, or where nobody could be judged.
        judged = any(p.scored and p.score.value is not None for p in work.reviewed.result.people)
        (st.success if judged and not flow else st.info)(work.tell("filter.none"))
        return
    if len(shown) < len(every):
        st.caption(work.tell("filter.shown", shown=len(shown), all=len(every)))
    else:
        st.caption(work.tell("list.marks") if work.is_photo else f"{work.tell('list.hint')} {work.tell('list.marks')}")
    if not shown:
        st.info(work.tell("filter.none_shown"))
        st.button(work.tell("filter.clear"), on_click=_clear, key="review_clear")
        return
    pages = -(-len(shown) // ON_A_PAGE)
    work.seat.page = min(work.seat.page, pages - 1)
    counted = {_key(d): d for p in work.reviewed.result.people for d in p.deviations}
    first = work.seat.page * ON_A_PAGE
    with st.container(key="review-list"):
        for f in shown[first : first + ON_A_PAGE]:
            _row(work, f, counted.get((f.person, f.criterion, f.start_s, f.end_s)), f is chosen)
    if pages > 1:
        _pager(work, pages)


def _key(d: Deviation) -> tuple[int, str, float, float]:
    return d.person, d.criterion, d.start_s, d.end_s


def _row(work: Work, f: Finding, counted: Deviation | None, chosen: bool) -> None:
    who = f"{work.shown(f.person)} · " if len(work.kept.result.people) > 1 else ""
    costs = f"{counted.points:g}" if counted is not None and counted.points else ""
    points = work.tell("list.costs", points=costs) if costs else work.tell("list.free")
    title = f"{who}{work.words.title(f.criterion)}"
    title = f"~~{title}~~" if f.dismissed else title
    when = "" if work.is_photo else f"**{clock(f.start_s)}** "
    label = f"{_SEVERITY_MARK[f.severity]} {when}{title} · {points}{_STATE_MARK[f.state]}"
    st.button(
        label, key=f"review_row_{f.key}", width="stretch", on_click=work.seat.look_at, args=(f.key, moment_of(f)),
        type="primary" if chosen else "secondary",
    )  # fmt: skip


def _pager(work: Work, pages: int) -> None:
    between = work.tell("list.page", page=work.seat.page + 1, pages=pages)
    pager(work.seat, pages, (work.tell("list.previous"), work.tell("list.next"), between), "review")
