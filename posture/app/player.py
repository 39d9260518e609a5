"""The video that is shown: taken to a moment without loading it again, and asked which moment it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from posture.report.labels import clock

_JUMP = """
const done = new Map(), old = new Map();
export default function ({ data }) {
    // A moment is shown once, and again when another video takes the place of the one it was shown in.
    const wish = `${data.number} ${data.video}`;
    if (data.number === 0 || done.get(data.place) === wish) return;
    done.set(data.place, wish);
    let left = 60;
    const jump = () => {
        const video = document.querySelector(`.st-key-${data.place} video`);
        if (!video || video.src === old.get(data.place)?.src && data.video !== old.get(data.place).video) {
            if (left-- > 0) setTimeout(jump, 100);  // the new one is not there yet
            return;
        }
        old.set(data.place, { src: video.src, video: data.video });
        const go = () => { video.pause(); video.currentTime = data.time_s; };
        if (video.readyState > 0) go();
        else video.addEventListener("loadedmetadata", go, { once: true });
        for (const track of video.textTracks) track.mode = "showing";
    };
    jump();
}
"""


def jump(place: str, video: str, number: int, time_s: float) -> None:
    """Have the video in the container with key `place` show the moment `time_s`, once for each new `number` and again
    when `video` names another one; 0 is no wish."""
    component: Any = st.components.v2.component("posture_jump", js=_JUMP)
    component(key=f"jump-{place}", data={"place": place, "video": video, "number": number, "time_s": time_s}, height=1)


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
