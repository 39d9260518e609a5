"""Taking the video that is shown to a moment, without loading it again."""

from __future__ import annotations

from typing import Any

import streamlit as st

_JUMP = """
const done = new Map();
export default function ({ data }) {
    if (!data || done.get(data.place) === data.number) return;
    const first = !done.has(data.place);
    done.set(data.place, data.number);
    if (first && data.number === 0) return;
    let left = 60;
    const jump = () => {
        const video = document.querySelector(`.st-key-${data.place} video`);
        if (!video) { if (left-- > 0) setTimeout(jump, 100); return; }
        const go = () => { video.pause(); video.currentTime = data.time_s; };
        if (video.readyState > 0) go();
        else video.addEventListener("loadedmetadata", go, { once: true });
        for (const track of video.textTracks) track.mode = "showing";
    };
    jump();
}
"""


def jump(place: str, number: int, time_s: float) -> None:
    """Have the video in the container with key `place` show the moment `time_s`, once for each new `number`."""
    component: Any = st.components.v2.component("posture_jump", js=_JUMP)
    component(key=f"jump-{place}", data={"place": place, "number": number, "time_s": time_s}, height=1)
