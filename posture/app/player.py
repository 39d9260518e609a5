"""Taking the video that is shown to a moment, without loading it again."""

from __future__ import annotations

from typing import Any

import streamlit as st

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
