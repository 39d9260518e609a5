"""A recording or photo for a page: uploaded or a sample; its landmarks, kept in the session."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from posture.app.shared import choose_sample, sample_clips, t
from posture.app.wording import plain
from posture.landmarks import Observation
from posture.models import model_paths
from posture.observe import ObserveSettings, landmark_path, observe
from posture.text import say
from posture.video import sha256_of

MEDIA = ["mp4", "mov", "mkv", "webm", "avi", "gif", "jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff"]
_KEPT = 2
"""Recordings whose landmarks a session keeps: an hour of one person is about 70 MB."""


def upload(label: str, types: Sequence[str], language: str, key: str) -> Any:
    """Streamlit's uploader without its English words."""
    said = {name: say(f"library.upload.{name}", language).replace('"', "'") for name in ("choose", "drop")}
    st.html(f"""<style>
    .st-key-{key} [data-testid="stFileUploaderDropzone"] button:not([aria-label]) {{font-size: 0; gap: 0}}
    .st-key-{key} [data-testid="stFileUploaderDropzone"] button:not([aria-label]) * {{font-size: 0}}
    .st-key-{key} [data-testid="stFileUploaderDropzone"] button:not([aria-label])::after
      {{content: "{said["choose"]}"; font-size: .95rem}}
    .st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] * {{display: none}}
    .st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"]::after
      {{content: "{said["drop"]}"; font-size: .85rem; opacity: .8}}
    </style>""")
    return st.file_uploader(label, type=list(types), key=key)


def choose_media(language: str, key: str, first: str, more: dict[str, str] | None = None) -> Path | str | None:
    """The path of a sample or of a copy of an upload, a key of `more` (to its name), or None while nothing is chosen.

    Copies vanish with the session.
    """
    samples = sample_clips(first)
    names = {**({"sample": t(language, "source_sample")} if samples else {}), "upload": t(language, "source_upload")}
    names = (more or {}) | names
    kind = st.radio(
        say("library.source", language), list(names), format_func=names.__getitem__, horizontal=True, key=f"{key}_kind"
    )
    if kind == "sample":
        return choose_sample(samples, language)
    if kind != "upload":
        return str(kind)
    given = upload(t(language, "upload"), MEDIA, language, f"{key}_upload")
    return None if given is None else _copy(given, key)


def _copy(given: Any, key: str) -> Path:
    """The upload as a file, made anew when another one is uploaded."""
    kept = st.session_state.get(f"{key}_copy")
    if kept is None or kept[0] != given.file_id:
        folder = tempfile.TemporaryDirectory(prefix="posture-")
        path = Path(folder.name) / Path(given.name).name
        path.write_bytes(given.getbuffer())
        kept = st.session_state[f"{key}_copy"] = (given.file_id, folder, path)
    path = kept[2]
    assert isinstance(path, Path)
    return path


def known_already(path: Path) -> bool:
    """Whether its landmarks are in the session or in the cache, so that nothing has to be waited for."""
    return str(path) in _observations() or landmark_path(_digest(path), ObserveSettings()).exists()


def observed(path: Path, language: str) -> Observation:
    """Its landmarks, with a progress bar where they have to be made; raises as `observe`."""
    kept = _observations()
    if str(path) not in kept:
        place = st.empty()

        def progress(done_s: float, total_s: float) -> None:
            share = min(done_s / total_s, 1.0) if total_s else 0.0
            place.progress(share, text=t(language, "running", name=plain(path.name)))

        def fetching(_package: str, done: float) -> None:
            place.progress(done, text=t(language, "models"))

        try:
            model_paths(progress=fetching)
            kept[str(path)] = observe(path, ObserveSettings(), progress=progress)
        finally:
            place.empty()
        while len(kept) > _KEPT:
            kept.pop(next(iter(kept)))
    return kept[str(path)]


def _observations() -> dict[str, Observation]:
    found: dict[str, Observation] = st.session_state.setdefault("library_observations", {})
    return found


def _digest(path: Path) -> str:
    known: dict[str, str] = st.session_state.setdefault("library_digests", {})
    if str(path) not in known:
        known[str(path)] = sha256_of(path)
    return known[str(path)]
