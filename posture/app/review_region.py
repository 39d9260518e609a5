"""The clerk's place in the picture: drawn once for a recording with the mouse, or written as numbers; roles follow."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import streamlit as st

from posture.app.review_seat import judged_again
from posture.app.review_view import Work
from posture.app.wording import fault
from posture.errors import PostureError, UnusableInputError
from posture.kept.again import judge_again
from posture.kept.analysis import KeptAnalysis
from posture.landmarks import Observation
from posture.report.video import picture_with_skeletons
from posture.roles import Region, parse_region

_FIELD, _ERROR = "review_region", "review_region_error"
_NUMBERS = frozenset("0123456789., ")
_HTML = (
    '<div class="box"><img draggable="false"><svg viewBox="0 0 1 1" preserveAspectRatio="none"><polygon/></svg></div>'
)
_CSS = """
.box { position: relative; max-width: 640px; cursor: crosshair; touch-action: none; user-select: none }
img { display: block; width: 100%; border-radius: .5rem }
svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none }
polygon { fill: #0072b240; stroke: #fff; stroke-width: 3px; vector-effect: non-scaling-stroke;
  filter: drop-shadow(0 0 2px #000) }
"""
_DRAW = """
export default function ({ data, parentElement, setTriggerValue }) {
    const box = parentElement.querySelector(".box"), image = box.querySelector("img");
    const shape = box.querySelector("polygon");
    const show = corners => shape.setAttribute("points", corners.map(([x, y]) => `${x},${y}`).join(" "));
    const within = value => Math.min(Math.max(value, 0), 1);
    const at = event => {
        const place = box.getBoundingClientRect();
        return [within((event.clientX - place.left) / place.width), within((event.clientY - place.top) / place.height)];
    };
    if (image.src !== data.picture) image.src = data.picture;
    image.alt = data.alt;
    show(data.corners);
    let from = null;
    box.onpointerdown = event => { from = at(event); box.setPointerCapture(event.pointerId); event.preventDefault(); };
    box.onpointermove = event => {
        if (!from) return;
        const [x, y] = at(event);
        show([from, [x, from[1]], [x, y], [from[0], y]]);
    };
    box.onpointercancel = () => { from = null; show(data.corners); };
    box.onpointerup = event => {
        if (!from) return;
        const [a, b] = [from, at(event)];
        from = null;
        const large = Math.abs(a[0] - b[0]) > 0.02 && Math.abs(a[1] - b[1]) > 0.02;
        if (large) setTriggerValue("region", [...a, ...b].map(value => value.toFixed(3)).join(","));
        else show(data.corners);
    };
}
"""


def show_region(work: Work) -> None:
    """The picture to draw on, the numbers, and having everything judged by them."""
    with st.expander(work.tell("region.title"), icon=":material/select_all:", key="review_region_open"):
        st.caption(work.tell("region.help"))
        st.session_state.setdefault(_FIELD, _numbers(work.kept.options.clerk_region))
        picture = _picture(work.identifier, work.kept.appearance, work.kept)
        if picture is None:
            st.info(work.tell("region.no_picture"))
        else:
            _canvas(work, picture)
        st.text_input(work.tell("region.numbers"), help=work.tell("region.numbers_help"), key=_FIELD)
        with st.container(horizontal=True):
            st.button(work.tell("region.save"), on_click=_save, args=(work,), key="review_region_save")
            nothing = work.kept.options.clerk_region is None
            st.button(
                work.tell("region.clear"), on_click=_clear, args=(work,), disabled=nothing, key="review_region_no"
            )
        error = st.session_state.pop(_ERROR, None)
        if isinstance(error, PostureError):
            fault(error, work.language)


def _canvas(work: Work, picture: bytes) -> None:
    component: Any = st.components.v2.component("posture_region", html=_HTML, css=_CSS, js=_DRAW)

    def drawn() -> None:
        region = st.session_state["review_region_canvas"].get("region")
        if region:
            st.session_state[_FIELD] = str(region)

    try:
        corners = _region(st.session_state[_FIELD])
    except PostureError:  # being written; told when it is to be used
        corners = ()
    address = f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    data = {"picture": address, "corners": [list(c) for c in corners], "alt": work.tell("region.alt")}
    component(key="review_region_canvas", data=data, on_region_change=drawn)


def _numbers(region: Region | None) -> str:
    return ",".join(f"{value:g}" for corner in region or () for value in corner)


def _region(text: str) -> Region:
    """As `parse_region`, but never a file of the server."""
    if not set(text) <= _NUMBERS:
        raise UnusableInputError("roles.errors.region", region=text)
    return parse_region(text)


def _save(work: Work) -> None:
    """What was written stays where something is wrong."""
    try:
        _judge(work, _region(st.session_state[_FIELD]))
    except PostureError as error:
        st.session_state[_ERROR] = error


def _clear(work: Work) -> None:
    try:
        _judge(work, None)
    except PostureError as error:
        st.session_state[_ERROR] = error
    else:
        st.session_state[_FIELD] = ""


def _judge(work: Work, region: Region | None) -> None:
    judged_again(work.seat, work.kept, judge_again(work.kept, region))
    st.toast(work.tell("region.saved"))


@st.cache_data(show_spinner=False, max_entries=20)
def _picture(identifier: str, appearance: str, _kept: KeptAnalysis) -> bytes | None:
    try:
        report = _kept.report("en")
        return picture_with_skeletons(report, _fullest_s(_kept.observation)) if report.source_path else None
    except (OSError, ValueError, PostureError):  # the landmarks were cleared, the recording replaced or damaged since
        return None


def _fullest_s(seen: Observation) -> float:
    """The middle of the times at which most people are in the picture."""
    if not seen.tracks:
        return 0.0
    times, counts = np.unique(np.concatenate([t.time_s[t.found] for t in seen.tracks]), return_counts=True)
    most = times[counts == counts.max(initial=0)]
    return float(most[len(most) // 2]) if len(most) else 0.0
