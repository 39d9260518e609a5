"""Which store, and how recordings come into it: a folder, a list, the samples."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from posture.app.audit_seat import AuditSeat, Desk, on_this_machine, opened_store, tell
from posture.app.shared import SAMPLES
from posture.app.wording import fault, plain
from posture.errors import PostureError, UnusableInputError
from posture.jobs import Job
from posture.kept.folder import new_id
from posture.kept.sources import recordings_folder
from posture.survey.demonstration import demonstration_entries, demonstration_store
from posture.survey.folder import open_store_or_survey
from posture.survey.manifest import (
    COLUMNS,
    EXAMPLE_PATTERN,
    PLACES,
    Entry,
    entries_of_folder,
    entries_of_list,
    new_recordings,
)
from posture.survey.recordings import add_recordings
from posture.survey.store import open_store

_SHOWN = 8


def show_change_store(place: AuditSeat, language: str) -> None:
    """Back to the default store, or to another one."""
    if place.where is not None:
        st.button(
            tell(language, "default_store"), on_click=place.go_to, args=(None,), icon=":material/home:",
            key="audit_default_store",
        )  # fmt: skip
    if not on_this_machine():
        st.caption(tell(language, "store_by_administrator"))
        return
    with st.form("audit_store_form", clear_on_submit=True, border=False):
        # Hidden while it is typed, because it may hold a password.
        where = st.text_input(
            tell(language, "store_address"), type="password", help=tell(language, "store_address_help"),
            placeholder=tell(language, "store_example"), key="audit_store_address", autocomplete="off",
        )  # fmt: skip
        st.caption(tell(language, "store_address_hint"))
        pressed = st.form_submit_button(tell(language, "open_store"))
    if pressed and where.strip():
        try:
            opened_store(where.strip())
        except PostureError as error:
            fault(error, language)
            return
        place.go_to(where.strip())
        st.rerun()


def show_empty(desk: Desk) -> None:
    """How recordings come in."""
    st.markdown(desk.tell("empty"))
    if demonstration_entries(SAMPLES, ("", ""), "", ("", "")):
        left, right = st.columns([2, 3], gap="large")
        with left, st.container(border=True):
            st.subheader(desk.tell("try.title"), anchor=False)
            st.markdown(desk.tell("try.text"))
            if st.button(desk.tell("try.button"), type="primary", icon=":material/play_circle:", key="audit_try"):
                _demonstrate(desk)
        with right, st.container(border=True):
            show_add(desk)
    else:
        show_add(desk)


def _demonstrate(desk: Desk) -> None:
    identifier = new_id()
    path = demonstration_store(identifier)
    units = (desk.tell("try.unit_a"), desk.tell("try.unit_b"))
    rounds = (desk.tell("try.round_a"), desk.tell("try.round_b"))
    entries = demonstration_entries(SAMPLES, units, desk.tell("try.outlet"), rounds)
    with open_store(path) as store:
        add_recordings(store, new_recordings(entries)[0])
    desk.seat.go_to(str(path), identifier)
    st.rerun()


def show_add(desk: Desk) -> None:
    """Choose, look at what was found, add."""
    st.subheader(desk.tell("add.title"), anchor=False)
    kind = st.radio(
        desk.tell("add.kind"), ("folder", "list"), format_func=lambda k: desk.tell(f"add.{k}"), horizontal=True,
        key="audit_add_kind", label_visibility="collapsed",
    )  # fmt: skip
    root = recordings_folder()
    if root is None and not on_this_machine():
        st.info(desk.tell("add.by_administrator"))
        return
    try:
        found = _from_folder(desk, root) if kind == "folder" else _from_list(desk, root)
        if found is not None:
            desk.seat.entries = _allowed(found, root)
    except PostureError as error:
        desk.seat.entries = []
        fault(error, desk.language)
    if desk.seat.entries:
        _look_and_add(desk)


def _from_folder(desk: Desk, root: Path | None) -> list[Entry] | None:
    with st.form("audit_folder", border=False):
        folder = st.text_input(
            desk.tell("add.path"), value=str(root) if root else "", key="audit_folder_path",
            placeholder=desk.tell("add.path_example"),
        )  # fmt: skip
        pattern = st.text_input(desk.tell("add.pattern"), value=EXAMPLE_PATTERN, key="audit_pattern")
        st.caption(desk.tell("add.pattern_help"))
        pressed = st.form_submit_button(desk.tell("add.look"), icon=":material/search:")
    if not pressed:
        return None
    if not folder.strip():
        raise UnusableInputError("audit.errors.folder_missing")
    return entries_of_folder(_allowed_path(Path(folder.strip()).expanduser(), root), pattern)


def _from_list(desk: Desk, root: Path | None) -> list[Entry] | None:
    with st.form("audit_list", border=False):
        upload = st.file_uploader(
            desk.tell("add.upload"), type=["csv", "xlsx"], key=f"audit_list_upload_{desk.seat.uploads}"
        )
        names = "、" if desk.language == "zh" else ", "
        st.caption(desk.tell("add.upload_help", columns=names.join(_titles(desk.language))))
        base = st.text_input(desk.tell("add.base"), value=str(root) if root else "", key="audit_list_base")
        pressed = st.form_submit_button(desk.tell("add.look"), icon=":material/search:")
    if not pressed:
        return None
    if upload is None:
        raise UnusableInputError("audit.errors.list_missing")
    folder = _allowed_path(Path(base.strip()).expanduser(), root) if base.strip() else None
    return entries_of_list(upload.name, upload.getvalue(), folder)


def _titles(language: str) -> list[str]:
    return [next(w for w in words if w.isascii() is (language == "en")) for words in COLUMNS.values()]


def _allowed_path(path: Path, root: Path | None) -> Path:
    if not on_this_machine() and (root is None or not path.resolve().is_relative_to(root)):
        raise UnusableInputError("audit.errors.outside", folder=root or "-")
    return path


def _allowed(entries: list[Entry], root: Path | None) -> list[Entry]:
    for entry in entries:
        _allowed_path(entry.path, root)
    return entries


def _look_and_add(desk: Desk) -> None:
    entries, words = desk.seat.entries, desk.words
    levels = {name: desk.tell(f"level.{name}") for name in PLACES}
    st.markdown(desk.tell("add.found", count=len(entries)))
    rows = [
        {
            desk.tell("add.file"): plain(e.path.name),
            **{title: plain(words.group(getattr(e.place, name))) for name, title in levels.items()},
            desk.tell("add.date"): f"{e.recorded_on:%Y-%m-%d}" if e.recorded_on else "",
        }
        for e in entries[:_SHOWN]
    ]  # fmt: skip
    st.table(rows)
    if len(entries) > _SHOWN:
        st.caption(desk.tell("add.more", count=len(entries) - _SHOWN))
    if st.button(desk.tell("add.button", count=len(entries)), type="primary", icon=":material/add:", key="audit_add"):
        _add(desk, entries)
        st.rerun()


def _add(desk: Desk, entries: list[Entry]) -> None:
    """Every file is read once, which takes its time: in the background."""
    where = desk.seat.where

    def work(job: Job) -> tuple[int, int]:
        new, same = new_recordings(entries, lambda done: job.report("adding", done, len(entries)))
        with open_store_or_survey(where) as store:
            added = add_recordings(store, new)
        fresh = sum(a.is_new for a in added)
        return fresh, len(added) - fresh + len(same)

    desk.seat.entries = []
    desk.seat.uploads += 1
    desk.begin("add", work, desk.tell("add.title"))
