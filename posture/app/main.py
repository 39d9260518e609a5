"""The dashboard: its pages and what stands beside all of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from posture.app import audit, library_page, practice, review
from posture.app.shared import choose_language, t
from posture.app.wording import hide_foreign_words

_ICON = Path(__file__).with_name("icon.png")


def show() -> None:
    """Choose the page and run it; runs anew at every interaction."""
    # An icon of our own: Streamlit would have the browser fetch its symbols from a server on the internet.
    st.set_page_config(page_title="仪态 · Posture", page_icon=str(_ICON), layout="wide")
    language = choose_language()
    hide_foreign_words(language)
    icons = {
        "practice": ":material/accessibility_new:",
        "review": ":material/fact_check:",
        "audit": ":material/monitoring:",
        "library": ":material/menu_book:",
    }
    shown = {
        "practice": partial(practice.show, language),
        "review": partial(review.show, language),
        "audit": partial(audit.show, language),
        "library": partial(library_page.show, language),
    }
    pages = [
        st.Page(
            page,
            title=t(language, f"page_{name}"),
            icon=icons[name],
            url_path=None if name == "practice" else name,
            default=name == "practice",
        )
        for name, page in shown.items()
    ]
    # The first page has the address "/" only; its name is what people type who know those of the others.
    first = partial(st.switch_page, pages[0])
    named = st.Page(first, title=pages[0].title, url_path="practice", visibility="hidden")
    st.navigation([*pages, named]).run()
