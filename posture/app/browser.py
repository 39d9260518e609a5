"""What only the browser can do: speak, and say whether there is a camera that it may use."""

from __future__ import annotations

from typing import Any

import streamlit as st

_SPEAK = """
const spoken = new Map();
export default function ({ data, key }) {
    if (!("speechSynthesis" in window) || !data) return;
    if (!data.on) { window.speechSynthesis.cancel(); return; }
    const last = spoken.get(data.session);
    if (!data.text || last === data.number) return;
    spoken.clear();
    spoken.set(data.session, data.number);
    const words = new SpeechSynthesisUtterance(data.text);
    words.lang = data.lang;
    const voices = window.speechSynthesis.getVoices();
    const voice = voices.find((v) => v.lang.toLowerCase().startsWith(data.lang.slice(0, 2)));
    if (voice) words.voice = voice;
    window.speechSynthesis.cancel();
    window.speechSynthesis.speak(words);
    window.postureSpoken = (window.postureSpoken || []).concat(data.text).slice(-20);
}
"""
_CAMERA = """
export default function ({ setStateValue }) {
    let gone = false, last = null;
    const tell = (state) => { if (!gone && state !== last) { last = state; setStateValue("camera", state); } };
    async function look() {
        if (!window.isSecureContext || !navigator.mediaDevices) return tell("insecure");
        try {
            const permission = await navigator.permissions.query({ name: "camera" });
            permission.onchange = look;
            if (permission.state === "denied") return tell("denied");
        } catch (error) { /* this browser cannot tell beforehand */ }
        const devices = await navigator.mediaDevices.enumerateDevices();
        tell(devices.some((d) => d.kind === "videoinput") ? "there" : "none");
    }
    look();
    navigator.mediaDevices?.addEventListener("devicechange", look);
    return () => { gone = true; navigator.mediaDevices?.removeEventListener("devicechange", look); };
}
"""


def speak(text: str, number: int, session: str, language: str, on: bool) -> None:
    """Say `text` once for each new `number` of a session, in the browser's voice of that language."""
    render = _component("posture_speak", _SPEAK)
    data = {
        "text": text,
        "number": number,
        "session": session,
        "on": on,
        "lang": "zh-CN" if language == "zh" else "en-US",
    }
    render(key="speak", data=data, height=1)


def camera_state() -> str | None:
    """`there`, `none`, `denied` or `insecure`; None while the browser has not answered."""
    render = _component("posture_camera", _CAMERA)
    answer = render(key="camera", height=1, on_camera_change=lambda: None)
    state = getattr(answer, "camera", None)
    return str(state) if state else None


def _component(name: str, script: str) -> Any:
    return st.components.v2.component(name, js=script)
