"""The reference library: what is asked for and where it comes from, poses of one's own, limits of one's own."""

from __future__ import annotations

import streamlit as st

from posture.app.library_edit import show_edit
from posture.app.library_record import show_record
from posture.app.shared import choose_profile, choose_variant
from posture.app.wording import fault, plain
from posture.errors import PostureError
from posture.library import load_library
from posture.report.library_cards import CARD_STYLE, KINDS, cards_html, entries, matching, not_measured_html
from posture.text import say

_PARTS = ("browse", "record", "edit")


def show(language: str) -> None:
    """The whole page; runs anew at every interaction."""
    st.html("<style>.block-container {padding-top: 3rem; padding-bottom: 2rem}</style>")
    st.header(say("library.title", language))
    part = st.segmented_control(
        say("library.title", language), _PARTS, default="browse", required=True, key="library_part",
        format_func=lambda p: say(f"library.part.{p}", language), label_visibility="collapsed",
    )  # fmt: skip
    try:
        {"record": show_record, "edit": show_edit}.get(str(part), _browse)(language)
    except PostureError as error:
        fault(error, language)


def _browse(language: str) -> None:
    with st.sidebar:
        profile, variant = choose_profile(language), choose_variant(language)
    library = load_library(profile, variant=variant)
    st.caption(plain(library.profile.description.in_language(language)))
    words = st.text_input(
        say("library.search", language), placeholder=say("library.search_hint", language), key="library_search"
    )
    every = entries(library)
    found = matching(every, library, words)
    st.html(CARD_STYLE)
    for kind in KINDS:
        shown = [e for e in found if e.kind == kind]
        if not shown:
            continue
        st.subheader(say(f"library.kind.{kind}", language, count=len(shown)))
        st.html(cards_html(shown, library, language, opened=bool(words.strip())))
    untold = not_measured_html(language, words)
    if not found and not untold:
        st.info(say("library.nothing_found", language, words=plain(words)))
    if untold:
        st.subheader(say("library.not_measured", language))
        st.caption(say("library.not_measured_why", language))
        st.html(untold)
