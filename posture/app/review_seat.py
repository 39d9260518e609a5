"""What one browser session keeps between runs of the review page, and what all sessions share without seeing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import streamlit as st

from posture.errors import PostureError
from posture.findings import Deviation
from posture.jobs import Jobs
from posture.kept.analysis import KeptAnalysis, draw_video, open_kept
from posture.kept.folder import Folder, delete_old, is_id
from posture.text import say

ADDRESS = "analysis"
"""The part of the page's address that names the analysis."""
_AT_ONCE = 2
_OPEN_AT_ONCE = 8
_SWEEP_S = 3600
_VIDEOS_AT_ONCE, _VIDEO_S = 3, 900
_PICTURES_S = 3600


def tell(language: str, key: str, **values: object) -> str:
    """The text `review.<key>`."""
    return say(f"review.{key}", language, **values)


@dataclass
class Seat:
    """One reviewer's place. `mine` are the analyses of this session with their names; `jump` counts the wishes to see
    a moment of the video."""

    current: str | None = None
    mine: dict[str, str] = field(default_factory=dict)
    selected: int | None = None
    jump: int = 0
    jump_s: float = 0.0
    page: int = 0
    who: str = ""
    uploads: int = 0
    """How many were taken over: each has an uploader of its own, so that its bytes do not stay in memory."""
    notice: str | None = None
    """Key of a text to show once."""
    error: PostureError | None = None

    def go_to(self, moment_s: float) -> None:
        """Have the video show that moment."""
        self.jump, self.jump_s = self.jump + 1, moment_s

    def look_at(self, key: int, moment_s: float) -> None:
        self.selected = key
        self.go_to(moment_s)

    def take(self, identifier: str) -> None:
        """Sit down before this analysis and name it in the page's address."""
        self.sit(identifier)
        st.query_params[ADDRESS] = identifier

    def sit(self, identifier: str) -> None:
        """Begin with this analysis, unless it is the one looked at already."""
        if identifier != self.current:
            self.current, self.selected, self.page, self.error, self.notice = identifier, None, 0, None, None
            self.jump, self.jump_s = 0, 0.0
            for name in [k for k in st.session_state if str(k).startswith("review_")]:
                if name != "review_seat":
                    del st.session_state[name]

    def leave(self, notice: str | None = None, error: PostureError | None = None) -> None:
        """Back to choosing a recording."""
        self.current, self.selected, self.notice, self.error = None, None, notice, error
        st.query_params.pop(ADDRESS, None)


def seat() -> Seat:
    place: Seat = st.session_state.setdefault("review_seat", Seat())
    return place


def asked() -> str | None:
    """The analysis that the address names, else the one this session had before it went to another page."""
    given = st.query_params.get(ADDRESS)
    if given and is_id(given):
        return given
    return seat().current


@cache
def jobs() -> Jobs:
    """The process' background work; a job is found by the id of its analysis only."""
    return Jobs(_AT_ONCE)


def _close(kept: KeptAnalysis) -> None:
    kept.close()


@st.cache_resource(show_spinner=False, max_entries=_OPEN_AT_ONCE, on_release=_close)
def opened(identifier: str) -> KeptAnalysis:
    """The analysis, opened once for all runs of the page.

    Raises
    ------
    LookupError
        There is none.
    PostureError
        As `open_kept`.
    """
    kept = open_kept(Folder(identifier))
    if kept is None:
        raise LookupError(identifier)
    return kept


@st.cache_data(show_spinner=False, max_entries=200, ttl=_PICTURES_S)
def moment_pictures(
    identifier: str, appearance: str, key: int, _deviation: Deviation, _kept: KeptAnalysis
) -> tuple[bytes | None, bytes | None, str | None]:
    """JPEG of the person at the worst moment, JPEG of the reference pose and the pose's id. `appearance` is the
    analysis' own."""
    from posture.report.beside import reference_picture
    from posture.report.evidence import picture

    try:
        report = _kept.report("en")
    except OSError:  # the landmarks were cleared from the cache
        return None, None, None
    try:
        person = picture(report, _deviation)
    except PostureError:  # the recording was replaced or damaged since
        person = None
    reference = reference_picture(report, _deviation)
    return (person, None, None) if reference is None else (person, reference[1], reference[0].id)


@st.cache_data(show_spinner=False, max_entries=50, ttl=_PICTURES_S)
def person_pictures(identifier: str, _kept: KeptAnalysis) -> dict[int, bytes]:
    """JPEG of everybody, the faces of others blurred: it is to tell one person from the others."""
    from posture.report.portrait import portraits

    try:
        return portraits(_kept.report("en", blur="others"))
    except (OSError, ValueError, PostureError):  # cleared from the cache, replaced or damaged since
        return {}


@st.cache_resource(show_spinner=False, max_entries=_VIDEOS_AT_ONCE, ttl=_VIDEO_S)
def _file_bytes(path: str, changed_ns: int) -> bytes:
    return Path(path).read_bytes()


def video_bytes(path: Path) -> bytes:
    """The file's bytes, read once and not at every run of the page: Streamlit serves media from memory anyway."""
    return _file_bytes(str(path), path.stat().st_mtime_ns)


def video_job(identifier: str) -> str:
    """Name of the job that draws the video of an analysis."""
    return f"{identifier}-video"


def start_drawing(kept: KeptAnalysis) -> None:
    """Have the video with skeletons drawn, unless it is there as it would be drawn now, or being drawn."""
    if not kept.drawn_as_now:
        jobs().start(video_job(kept.folder.id), lambda job: draw_video(job, kept))


def judged_again(place: Seat, kept: KeptAnalysis, identifier: str) -> None:
    """Somebody named people or had everything judged again: have it opened anew, under this id from now on."""
    place.current = identifier
    jobs().forget(video_job(kept.folder.id))  # what it is drawing would be outdated
    if kept.of_survey:
        return
    opened.clear(identifier)
    if kept.result.kind == "video" and kept.recording.exists():
        start_drawing(opened(identifier))


def delete(identifier: str) -> None:
    """Everything of the analysis, at once."""
    jobs().forget(video_job(identifier))
    jobs().forget(identifier)
    opened.clear(identifier)
    moment_pictures.clear()
    person_pictures.clear()
    _file_bytes.clear()
    Folder(identifier).delete()


@st.cache_data(show_spinner=False, ttl=_SWEEP_S)
def sweep() -> int:
    """Delete what is too old, once an hour."""
    return delete_old()
