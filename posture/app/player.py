"""The video that is shown: taken to a moment without loading it again, and asked which moment it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from posture.report.labels import clock

_JUMP = """
const places = new Map();
document.addEventListener("timeupdate", ({ target: video }) => {  // where it is, for the one that will take its place
    for (const [place, now] of places)
        if (video.readyState > 0 && video.closest(`.st-key-${place}`))
            Object.assign(now, { element: video, src: video.src, time_s: video.currentTime, playing: !video.paused });
}, true);
export default function ({ data }) {
    let now = places.get(data.place);
    if (!now || now.recording !== data.recording)
        places.set(data.place, now = { recording: data.recording, number: 0, time_s: 0, playing: false });
    if (data.number === 0) now.number = 0;
    const wished = data.number !== now.number, other = data.video !== now.video;
    if (!wished && !other) return;
    const old = { element: now.element, src: now.src };
    Object.assign(now, { number: data.number, video: data.video });
    if (wished) Object.assign(now, { time_s: data.time_s, playing: false });
    let left = 60;
    const show = () => {
        const video = document.querySelector(`.st-key-${data.place} video`);
        if (!video || other && old.element === video && old.src === video.src) {
            if (left-- > 0) setTimeout(show, 100);  // the new one is not there yet
            return;
        }
        const { time_s, playing } = now;
        Object.assign(now, { element: video, src: video.src });
        if (!wished && time_s === 0) return;
        const go = () => {
            if (!playing) video.pause();
            video.currentTime = time_s;
            if (playing) video.play().catch(() => {});
        };
        if (video.readyState > 0) go();
        else video.addEventListener("loadedmetadata", go, { once: true });
        for (const track of video.textTracks) track.mode = "showing";
    };
    show();
}
"""


def jump(place: str, recording: str, video: str, number: int, time_s: float) -> None:
    """Have the video in the container with key `place` show the moment `time_s`, once for each new `number`; 0 is no
    wish. Where another `video` of the same `recording` takes its place, that one goes on where the first one was."""
    component: Any = st.components.v2.component("posture_jump", js=_JUMP)
    data = {"place": place, "recording": recording, "video": video, "number": number, "time_s": time_s}
    component(key=f"jump-{place}", data=data, height=1)


_PRESENT = """
export default function ({ data, parentElement, setTriggerValue }) {
    const row = parentElement.querySelector(".row");
    row.replaceChildren(...data.labels.map((label, number) => {
        const button = document.createElement("button");
        button.textContent = label;
        button.onclick = () => {
            const video = document.querySelector(`.st-key-${data.place} video`);
            if (video) setTriggerValue("moment", { number, time_s: video.currentTime });
        };
        return button;
    }));
}
"""
_PRESENT_CSS = """
.row { display: flex; gap: .5rem; flex-wrap: wrap }
button { font: inherit; font-size: .875rem; color: inherit; background: transparent; cursor: pointer;
  padding: .25rem .75rem; border: 1px solid var(--st-border-color, #8886); border-radius: .5rem }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color) }
"""


def present_time(place: str, labels: Sequence[str], fields: Sequence[str], key: str) -> None:
    """A button for each label: it writes the present time of the video in the container with key `place` into the text
    input with the key in `fields`."""
    component: Any = st.components.v2.component(
        "posture_present_time", html='<div class="row"></div>', css=_PRESENT_CSS, js=_PRESENT
    )

    def taken() -> None:
        moment = st.session_state[key].get("moment")
        if moment:
            st.session_state[fields[int(moment["number"])]] = clock(float(moment["time_s"]))

    component(key=key, data={"place": place, "labels": list(labels)}, on_moment_change=taken)
