"""The review page before there is an analysis: which recording, by which norms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from posture.app.review_seat import Seat, jobs, tell
from posture.app.shared import choose_flow, choose_profile, choose_sample, choose_variant, sample_clips, t
from posture.app.wording import fault, plain
from posture.check import CheckOptions
from posture.errors import OutputError, PostureError
from posture.flow.files import load_flow
from posture.kept.analysis import analyse, upload_path
from posture.kept.folder import Folder, keep_days, new_id
from posture.kept.sources import MEDIA, recordings_folder, server_recordings
from posture.library import AUTO, load_library
from posture.reasons import why

FIRST_SAMPLE = "standing_faults"
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

Fetch = Callable[[Folder], tuple[Path, bool]]
"""Gives the path of the recording and whether it is a copy of ours in the folder."""
Source = tuple[str, Fetch]


def show_start(place: Seat, language: str) -> None:
    """Choose and start. What went wrong before is said on top, once."""
    st.header(tell(language, "title"), anchor=False)
    _say_once(place, language)
    st.caption(f"{tell(language, 'lead')} {t(language, 'private')}")
    left, right = st.columns(2, gap="large")
    with left:
        source = _choose_source(place, language)
    with right:
        options = _choose_options(language)
    if st.button(tell(language, "start"), type="primary", disabled=source is None or options is None, width="content"):
        assert source is not None and options is not None
        _start(place, source, options, language)
        st.rerun()
    if source is None:
        st.caption(tell(language, "choose_first"))
    _reopen(place, language)


def _say_once(place: Seat, language: str) -> None:
    if place.error is not None:
        fault(place.error, language)
    if place.notice:
        kind = st.success if place.notice == "deleted" else st.warning
        days = f"{keep_days():g}"
        kind(tell(language, place.notice, days=days) if place.notice == "gone" else tell(language, place.notice))


def _choose_source(place: Seat, language: str) -> Source | None:
    samples, folder = sample_clips(FIRST_SAMPLE), recordings_folder()
    kinds = ["upload"] + (["server"] if folder else []) + (["path"] if _on_this_machine() else [])
    kinds += ["sample"] if samples else []
    kind = st.radio(
        tell(language, "source"), kinds, format_func=lambda k: tell(language, f"source_{k}"), horizontal=True,
        key="choose_source",
    )  # fmt: skip
    if kind == "sample":
        chosen = choose_sample(samples, language)
        return _lying_there(chosen) if chosen else None
    if kind == "path":
        typed = st.text_input(tell(language, "path"), help=tell(language, "path_help"), key="choose_path")
        return _lying_there(Path(typed.strip()).expanduser()) if typed.strip() else None
    return _from_server(folder, language) if kind == "server" and folder else _uploaded(place, folder, language)


def _on_this_machine() -> bool:
    """Whether only people at this machine reach the page: others must not read any file of it by typing a path."""
    return st.get_option("server.address") in _THIS_MACHINE


def _lying_there(path: Path) -> Source:
    return path.name, lambda _folder: (path, False)


def _from_server(folder: Path, language: str) -> Source | None:
    try:
        files = server_recordings(folder)
    except PostureError as error:
        fault(error, language)
        return None
    if not files:
        st.info(tell(language, "server_empty", folder=plain(str(folder))))
        return None
    chosen = st.selectbox(
        tell(language, "server"), files, format_func=lambda p: str(p.relative_to(folder)), key="choose_server"
    )
    st.caption(tell(language, "server_search", count=len(files)))
    return _lying_there(chosen) if chosen else None


def _uploaded(place: Seat, folder: Path | None, language: str) -> Source | None:
    upload = st.file_uploader(tell(language, "upload"), type=list(MEDIA), key=f"choose_upload_{place.uploads}")
    limit = st.get_option("server.maxUploadSize")
    larger = "upload_larger" if folder else "upload_larger_path" if _on_this_machine() else "upload_larger_off"
    help_text = tell(language, "upload_help", limit=limit, kinds=" ".join(MEDIA))
    st.caption(f"{help_text} {tell(language, larger)}")
    if upload is None:
        return None

    def copy(target: Folder) -> tuple[Path, bool]:
        path = upload_path(target, upload.name)
        path.write_bytes(upload.getbuffer())
        place.uploads += 1
        return path, True

    return upload.name, copy


def _choose_options(language: str) -> CheckOptions | None:
    """None, and why, when a file of the user's own has a mistake."""
    profile, flow, variant = choose_profile(language), choose_flow(language), choose_variant(language)
    try:
        library = load_library(profile, variant=variant)
        load_flow(flow)
    except PostureError as error:
        fault(error, language)
        return None
    named = {name: pose.names for name, pose in library.poses.items() if library.fits(pose)}
    named |= {name: gesture.names for name, gesture in library.practised().items()}
    with st.expander(tell(language, "more_settings")):
        pose = st.selectbox(
            t(language, "pose"),
            [AUTO, *named],
            format_func=lambda p: t(language, "auto") if p == AUTO else named[p].in_language(language),
        )
        known = st.checkbox(t(language, "roll_known"))
        roll = st.number_input(t(language, "roll"), -45.0, 45.0, 0.0, 0.5, disabled=not known)
    return CheckOptions(str(pose), profile, variant, float(roll) if known else None, flow=flow)


def _start(place: Seat, source: Source, options: CheckOptions, language: str) -> None:
    """Begin the analysis under a new address."""
    name, fetch = source
    place.notice, place.error = None, None
    folder = Folder(new_id())
    try:
        with st.spinner(tell(language, "copying")):
            path, own_copy = fetch(folder.make())
    except OSError as error:
        folder.delete()
        place.error = OutputError("review.errors.folder", folder=folder.path.parent, detail=why(error))
        return
    except PostureError as error:
        place.error = error
        return
    work = partial(analyse, folder=folder, recording=path, own_copy=own_copy, options=options)
    jobs().start(folder.id, work, title=name)
    place.take(folder.id)


def _reopen(place: Seat, language: str) -> None:
    """What this session finished before."""
    there = {i: name for i, name in reversed(place.mine.items()) if Folder(i).about() is not None}
    if not there:
        return
    st.subheader(tell(language, "reopen"))
    st.caption(tell(language, "reopen_help"))
    colon = "：" if language == "zh" else ": "
    for identifier, name in there.items():
        st.button(
            f"{tell(language, 'open')}{colon}{plain(name)}", key=f"reopen_{identifier}", icon=":material/folder_open:",
            on_click=place.take, args=(identifier,),
        )  # fmt: skip
