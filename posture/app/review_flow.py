"""The service flow on the review page: one contact at a time as lanes that jump to the moment, and its sub-steps."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from posture.app.review_view import Work
from posture.app.wording import plain
from posture.report import flow, flow_lanes

_One = TypeVar("_One", float, int)
_WIDTHS_PX = {"step": 80, "sub_step": 220, "verdict": 200, "time": 70, "remark": 300}


def show_flow(work: Work) -> None:
    """The chosen contact; a click on a bar or a sub-step lets the video jump to it."""
    contacts = work.kept.result.contacts
    if not contacts:
        alone = len(work.kept.result.people) == 1
        st.info(flow.tell(work.words, "none_photo" if work.is_photo else "none_alone" if alone else "none"))
        return
    number = 0
    if len(contacts) > 1:
        chosen = st.selectbox(
            flow.tell(work.words, "title"), range(len(contacts)), key="review_flow_contact",
            format_func=lambda i: flow.contact_title(work.words, contacts[i]), label_visibility="collapsed",
        )  # fmt: skip
        number = int(chosen or 0)
    contact, key = contacts[number], f"review_flow_{number}"
    title, order = flow.contact_title(work.words, contact), flow.order_text(work.words, contact)
    st.markdown(f"**{plain(title)}** · {plain(order)}")
    st.caption(plain(flow.who(work.words, contact)))

    bars_before, rows_before = _bars(key), _rows(f"{key}_rows")

    def bar_clicked() -> None:
        _go_to(work, _clicked(bars_before, _bars(key)))

    st.vega_lite_chart(
        None, flow_lanes.lane_chart(work.words, contact), width="stretch", key=key, on_select=bar_clicked,
        selection_mode=flow_lanes.PICK_MOMENT, alt=flow.tell(work.words, "alt"),
    )  # fmt: skip
    st.html(flow_lanes.legend_html(work.words, contact))
    st.caption(flow.tell(work.words, "hint"))
    rows = flow.rows(work.words, contact)

    def row_chosen() -> None:
        row = _clicked(rows_before, _rows(f"{key}_rows"))
        _go_to(work, None if row is None else rows[row]["time_s"])

    table = [r | {"verdict": f"{r['sign']} {r['verdict_text']}"} for r in rows]
    st.dataframe(
        [{flow.tell(work.words, f"head.{h}"): r[h] for h in _WIDTHS_PX} for r in table],
        hide_index=True, width="stretch", height="content", key=f"{key}_rows", on_select=row_chosen,
        selection_mode="single-row",
        column_config={flow.tell(work.words, f"head.{h}"): {"width": px} for h, px in _WIDTHS_PX.items()},
    )  # fmt: skip
    for column, title, lines in zip(
        st.columns(2),
        ("principles", "soften"),
        (flow.principle_rows(work.words, contact), flow.soften_rows(work.words, contact)),
        strict=True,
    ):
        with column:
            st.markdown(f"**{flow.tell(work.words, title)}**")
            colon = "：" if work.language == "zh" else ": "
            st.markdown("\n".join(f"- {plain(name)}{colon}{plain(value)}" for name, value in lines))
    st.caption(plain(flow.flow_note(work.words)))


def _bars(key: str) -> frozenset[float]:
    """The beginnings of the bars that are selected in the chart, in seconds."""
    state = st.session_state.get(key)
    return frozenset(
        float(one["start"]) for one in (state.selection.get(flow_lanes.PICK_MOMENT) or [] if state else [])
    )


def _rows(key: str) -> frozenset[int]:
    state = st.session_state.get(key)
    return frozenset(state.selection.rows if state else [])


def _clicked(before: frozenset[_One], now: frozenset[_One]) -> _One | None:
    """What a click added to a selection, or took away from it; None where that cannot be told."""
    changed = now - before or before - now
    return next(iter(changed)) if len(changed) == 1 else None


def _go_to(work: Work, moment_s: float | None) -> None:
    if moment_s is not None:
        work.seat.go_to(moment_s)
