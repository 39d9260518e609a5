"""The service flow on the review page: one contact at a time as lanes that jump to the moment, and its sub-steps."""

from __future__ import annotations

import streamlit as st

from posture.app.review_view import Work
from posture.app.wording import plain
from posture.report import flow, flow_lanes


def show_flow(work: Work) -> None:
    """The chosen contact; a click on a bar lets the video jump to it."""
    contacts = work.kept.result.contacts
    if not contacts:
        st.info(flow.tell(work.words, "none"))
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

    def clicked() -> None:
        picked = st.session_state[key].selection.get(flow_lanes.PICK_MOMENT) or []
        for one in picked[:1]:
            work.seat.go_to(float(one["start"]))

    st.vega_lite_chart(
        None, flow_lanes.lane_chart(work.words, contact), width="stretch", key=key, on_select=clicked,
        selection_mode=flow_lanes.PICK_MOMENT, alt=flow.tell(work.words, "alt"),
    )  # fmt: skip
    st.html(flow_lanes.legend_html(work.words, contact))
    st.caption(flow.tell(work.words, "hint"))
    heads = ("step", "sub_step", "verdict", "time", "remark")
    rows = [
        {
            flow.tell(work.words, f"head.{h}"): f"{r['sign']} {r['verdict_text']}" if h == "verdict" else r[h]
            for h in heads
        }
        for r in flow.rows(work.words, contact)
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
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
