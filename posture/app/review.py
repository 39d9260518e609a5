"""The page for recordings: choose a recording or photo, check it, read the report, take it along."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from posture.app.shared import LANGUAGES, choose_profile, choose_sample, choose_variant, sample_clips, t
from posture.check import Checked, CheckOptions, check
from posture.errors import PostureError
from posture.library import AUTO, load_library
from posture.models import model_paths
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.report.labels import Report

FIRST_SAMPLE = "standing_faults"
MEDIA = ["mp4", "mov", "mkv", "webm", "avi", "gif", "jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff"]


def show(language: str) -> None:
    """The whole page; runs anew at every interaction, finished checks are kept in the session."""
    st.title(t(language, "title"))
    st.caption(t(language, "private"))
    source = _choose_source(language)
    try:
        options = _choose_options(language)
    except PostureError as error:  # a mistake in a file of the user's own
        st.error(error.in_language(language))
        return
    if st.button(t(language, "check"), type="primary", disabled=source is None) and source is not None:
        _run(source, options, language)
    _show_result(language)


Source = tuple[str, Callable[[], tuple[Path, bool]]]
"""Name, and a function that gives the path and whether it is a temporary copy."""


def _choose_source(language: str) -> Source | None:
    samples = sample_clips(FIRST_SAMPLE)
    kinds = ["upload", "path"] + (["sample"] if samples else [])
    kind = st.radio(t(language, "source"), kinds, format_func=lambda k: t(language, f"source_{k}"), horizontal=True)
    if kind == "sample":
        chosen = choose_sample(samples, language)
        return (chosen.name, lambda: (chosen, False)) if chosen else None
    if kind == "path":
        typed = st.text_input(t(language, "path"), help=t(language, "path_help"))
        return (Path(typed).name, lambda: (Path(typed).expanduser(), False)) if typed else None
    upload = st.file_uploader(t(language, "upload"), type=MEDIA)
    if upload is None:
        return None

    def copy() -> tuple[Path, bool]:
        folder = Path(tempfile.mkdtemp(prefix="posture-"))
        path = folder / Path(upload.name).name
        path.write_bytes(upload.getbuffer())
        return path, True

    return upload.name, copy


def _choose_options(language: str) -> CheckOptions:
    profile, variant = choose_profile(language), choose_variant(language)
    library = load_library(profile, variant=variant)
    named = {name: pose.names for name, pose in library.poses.items() if library.fits(pose)}
    named |= {name: gesture.names for name, gesture in library.practised().items()}
    pose = st.selectbox(
        t(language, "pose"),
        [AUTO, *named],
        format_func=lambda p: t(language, "auto") if p == AUTO else named[p].in_language(language),
    )
    with st.expander(t(language, "more")):
        known = st.checkbox(t(language, "roll_known"))
        roll = st.number_input(t(language, "roll"), -45.0, 45.0, 0.0, 0.5, disabled=not known)
    return CheckOptions(str(pose), profile, variant, float(roll) if known else None)


def _run(source: Source, options: CheckOptions, language: str) -> None:
    name, fetch = source
    path, temporary = fetch()
    bar = st.progress(0.0, text=t(language, "running", name=name))

    def progress(done_s: float, total_s: float) -> None:
        share = min(done_s / total_s, 1.0) if total_s else 0.0
        bar.progress(share, text=t(language, "running", name=name))

    def fetching(_package: str, done: float) -> None:
        bar.progress(done, text=t(language, "models"))

    try:
        model_paths(progress=fetching)
        checked = check(path, options, progress=progress)
        # Both languages at once, while the recording is there: an upload is deleted right after.
        pages = {code: render_html(Report(checked, code, path)) for code in LANGUAGES}
        st.session_state["result"] = (checked, pages)
        st.session_state.pop("error", None)
    except PostureError as error:
        st.session_state["error"] = error
        st.session_state.pop("result", None)
    finally:
        bar.empty()
        if temporary:
            path.unlink(missing_ok=True)
            path.parent.rmdir()


def _show_result(language: str) -> None:
    error: PostureError | None = st.session_state.get("error")
    if error is not None:
        st.error(error.in_language(language))
        return
    kept: tuple[Checked, dict[str, str]] | None = st.session_state.get("result")
    if kept is None:
        st.info(t(language, "start"))
        return
    checked, pages = kept
    stem = Path(checked.result.source).stem
    first, second = st.columns(2)
    first.download_button(t(language, "download_html"), pages[language], f"{stem}.html", "text/html")
    data = json.dumps(to_json(Report(checked, language)), ensure_ascii=False, indent=1)
    second.download_button(t(language, "download_json"), data, f"{stem}.json", "application/json")
    st.iframe(pages[language], height=1400)
