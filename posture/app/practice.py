"""The page for practising before a camera: choose, press Start, follow the cues."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from posture.app.browser import camera_state
from posture.app.connection import ice_servers
from posture.app.practice_panel import show_panel, tell
from posture.app.practice_summary import show_progress, show_summary
from posture.app.shared import choose_profile, choose_sample, choose_variant, sample_clips
from posture.app.stage import Keep, Stage
from posture.app.wording import fault
from posture.check import Calibration
from posture.errors import PostureError
from posture.finder import Finder
from posture.library import Library, load_library
from posture.live.lessons import Lesson, lesson_of_move, lesson_of_pose, load_lessons, movements, step_of
from posture.live.practice import Phase
from posture.live.session import LiveSession
from posture.models import model_paths

FIRST_SAMPLE = "standing_faults"
MOST_PEOPLE = 2
"""The trainee, and somebody who walks by: enough to tell them apart."""
_REFRESH_S = 0.4
_WEBRTC_WORDS = (
    "start", "stop", "select_device", "media_api_not_available", "device_ask_permission", "device_not_available",
    "device_access_denied", "turn_camera_on", "turn_camera_off", "mute_microphone", "unmute_microphone",
    "select_camera", "select_microphone",
)  # fmt: skip


def show(language: str) -> None:
    """The whole page; runs anew at every interaction, the picture goes on meanwhile."""
    st.html("<style>.block-container {padding-top: 3rem; padding-bottom: 2rem}</style>")
    st.header(tell(language, "title"))
    try:
        _show(language)
    except PostureError as error:
        fault(error, language)


def _show(language: str) -> None:
    stage: Stage = st.session_state.setdefault("stage", Stage())
    with st.sidebar:
        profile, variant = choose_profile(language), choose_variant(language)
        voice = st.toggle(tell(language, "voice"), value=True)
        stage.mirror = st.toggle(tell(language, "mirror"), value=True)
    library = load_library(profile, variant=variant)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        lesson = _choose_lesson(library, language)
    with right:
        from_sample = _choose_source(language)
    sample = choose_sample(sample_clips(FIRST_SAMPLE), language) if from_sample else None
    if lesson.variant != "any":
        library = load_library(profile, variant=lesson.variant)
    models = _models(language)
    stage.prepare((lesson, profile, library.variant), partial(_new_session, models, library, lesson))
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        playing, coming = _picture(stage, sample, language)
        if playing or coming:
            _buttons(stage, language)
    if coming and (session := stage.running_session()) is not None:
        session.warm_up()
    with words:
        _words(stage, playing or coming, sample is not None, voice, language)
    session = stage.session
    if session is not None and _practised(session) and (not playing or session.snapshot().practice.phase == Phase.DONE):
        show_summary(stage, session, language)
    st.caption(tell(language, "private"))
    show_progress(stage, language)


def _choose_lesson(library: Library, language: str) -> Lesson:
    lessons = load_lessons(library)
    wanted = {f"lesson {name}": lesson for name, lesson in lessons.items()}
    wanted |= {f"pose {pose}": lesson_of_pose(pose, library) for pose in library.poses}
    wanted |= {f"move {move}": lesson_of_move(move, library) for move in movements(library)}

    def named(key: str) -> str:
        lesson = wanted[key]
        name = lesson.names.in_language(language)
        if key.startswith("lesson"):
            return tell(language, "lesson_item", name=name)
        step = step_of(lesson.steps[0], library)
        if step.times:
            return tell(language, "move_item", name=name, times=step.times)
        return tell(language, "pose_item", name=name, seconds=f"{step.hold_s:g}")

    return wanted[str(st.selectbox(tell(language, "lesson"), list(wanted), format_func=named))]


def _choose_source(language: str) -> bool:
    """Whether a sample clip stands for the camera."""
    kinds = ["camera", "sample"] if sample_clips(FIRST_SAMPLE) else ["camera"]
    kind = st.radio(
        tell(language, "source"), kinds, format_func=lambda k: tell(language, f"source_{k}"), horizontal=True
    )
    return kind == "sample"


def _models(language: str) -> dict[str, Path]:
    """The models, fetched at the first time; looked at once a session."""
    # Also when it stays empty: what comes below must not change its place, or the browser makes the video anew.
    place = st.empty()
    if "models" not in st.session_state:

        def fetching(_package: str, done: float) -> None:
            place.progress(done, tell(language, "models"))

        st.session_state["models"] = model_paths(progress=fetching)
        place.empty()
    models: dict[str, Path] = st.session_state["models"]
    return models


def _new_session(
    models: dict[str, Path], library: Library, lesson: Lesson, keep: Keep, calibration: Calibration | None
) -> LiveSession:
    def finder() -> Finder:
        return Finder(models, MOST_PEOPLE, hands=True, face=True)

    return LiveSession(finder, library, lesson, keep=keep, calibration=calibration)


def _picture(stage: Stage, sample: Path | None, language: str) -> tuple[bool, bool]:
    """The video with its Start button; whether it plays, and whether it is about to."""
    options: dict[str, Any] = {"mode": WebRtcMode.SENDRECV, "key": "practice-camera"}
    if sample is not None:
        options = {"mode": WebRtcMode.RECVONLY, "key": f"practice-{sample.stem}", "player_factory": _player(sample)}
    context = webrtc_streamer(
        rtc_configuration={"iceServers": ice_servers()},
        media_stream_constraints={
            "video": {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}},
            "audio": False,
        },
        video_frame_callback=stage.frame,
        on_video_ended=stage.ended,
        video_html_attrs={"autoPlay": True, "controls": False, "muted": True, "playsInline": True,
                          "style": {"width": "100%", "borderRadius": "0.5rem"}},
        translations=cast(Any, {word: tell(language, f"webrtc.{word}") for word in _WEBRTC_WORDS}),
        media_toggle_controls=False,
        **options,
    )  # fmt: skip
    if sample is None:
        state = camera_state()
        if state in ("denied", "none", "insecure"):
            st.warning(tell(language, f"camera.{state}"))
    return context.state.playing, context.state.signalling


def _player(sample: Path) -> Callable[[], Any]:
    from aiortc.contrib.media import MediaPlayer

    return lambda: MediaPlayer(str(sample))


def _words(stage: Stage, running: bool, is_sample: bool, voice: bool, language: str) -> None:
    if not running:
        st.info(tell(language, "before_sample" if is_sample else "before"))
        return
    st.fragment(show_panel, run_every=_REFRESH_S)(stage, voice, language)


def _practised(session: LiveSession) -> bool:
    return session.snapshot().summary.duration_s > 0


def _buttons(stage: Stage, language: str) -> None:
    with st.container(horizontal=True):
        if st.button(tell(language, "calibrate_again")) and stage.session:
            stage.session.recalibrate()
        if st.button(tell(language, "skip_calibration")) and stage.session:
            stage.session.skip_calibration()
        if st.button(tell(language, "again")):
            stage.again()
