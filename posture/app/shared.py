"""What the pages share: texts, choice of language, workplace and sample."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Protocol, cast, get_args

import streamlit as st

from posture.errors import PostureError
from posture.flow.files import DEFAULT_FLOW, flow_names, flow_title
from posture.library import DEFAULT_PROFILE, load_library
from posture.profiles import profile_names
from posture.references import Variant
from posture.text import default_language, say

SAMPLES = Path(__file__).parents[2] / "samples"
LANGUAGES = {"zh": "中文", "en": "English"}


def t(language: str, key: str, **values: object) -> str:
    """The text `app.<key>`."""
    return say(f"app.{key}", language, **values)


def choose_language() -> str:
    """`zh` or `en`, first as the browser asks for."""
    browser = (getattr(st.context, "locale", None) or "").lower()
    first = "zh" if browser.startswith("zh") else "en" if browser else default_language()
    codes = list(LANGUAGES)
    chosen = st.sidebar.radio(
        "语言 / Language", codes, index=codes.index(first), format_func=lambda code: LANGUAGES[code], horizontal=True
    )
    return str(chosen)


def choose_profile(language: str) -> str:
    """Id of the workplace's profile, one of the user's own included."""
    names = profile_names()
    titles = told_apart({name: profile_name(name, language) for name in names})
    return str(
        st.selectbox(t(language, "profile"), names, names.index(DEFAULT_PROFILE), format_func=titles.__getitem__)
    )


def told_apart(titles: dict[str, str]) -> dict[str, str]:
    """Titles by name, with the name where several have one title, as a copy has that of the shipped one at first."""
    count = Counter(titles.values())
    return {name: f"{name} · {title}" if count[title] > 1 else title for name, title in titles.items()}


def profile_name(profile: str, language: str) -> str:
    """The name of a profile; one with mistakes, which are told when it is chosen, goes by the name of its file."""
    try:
        return load_library(profile).profile.names.in_language(language)
    except PostureError:
        return profile


def choose_flow(language: str) -> str:
    """Name of the service flow; asked for only where the user has one of their own."""
    names = flow_names()
    if len(names) == 1:
        return names[0]
    titles = told_apart({name: flow_title(name, language) for name in names})
    return str(
        st.selectbox(
            t(language, "flow"), names, names.index(DEFAULT_FLOW), format_func=titles.__getitem__,
            help=t(language, "flow_help"),
        )
    )  # fmt: skip


def choose_variant(language: str) -> Variant:
    """The form of etiquette."""
    chosen = st.radio(
        t(language, "variant"),
        get_args(Variant),
        format_func=lambda v: t(language, f"variant_{v}"),
        help=t(language, "variant_help"),
        horizontal=True,
    )
    return cast(Variant, chosen)


def sample_clips(first: str) -> list[Path]:
    """The clips that come with the program, `first` at the top; empty where there are none."""
    return sorted(SAMPLES.glob("*.mp4"), key=lambda p: (p.stem != first, p.stem)) if SAMPLES.is_dir() else []


def choose_sample(samples: list[Path], language: str) -> Path | None:
    chosen = st.selectbox(t(language, "sample"), samples, format_func=lambda p: t(language, f"sample_{p.stem}"))
    return cast("Path | None", chosen)


class Paged(Protocol):
    """Who turns pages: `page` counts from 0."""

    page: int


def pager(seat: Paged, pages: int, words: tuple[str, str, str], key: str) -> None:
    """Back, where one is, on. `words`: the labels of both buttons and what stands between them."""
    back, on, between = words

    def turn(by: int) -> None:
        seat.page = min(max(seat.page + by, 0), pages - 1)

    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.button(
            back, on_click=turn, args=(-1,), disabled=seat.page == 0, icon=":material/chevron_left:",
            key=f"{key}_page_back",
        )  # fmt: skip
        st.caption(between, width="content")
        st.button(
            on, on_click=turn, args=(1,), disabled=seat.page >= pages - 1, icon=":material/chevron_right:",
            icon_position="right", key=f"{key}_page_on",
        )  # fmt: skip
