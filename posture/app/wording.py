"""Streamlit's own words: hidden, or put in the page's language, which Streamlit itself cannot do; other people's words
as they were written."""

from __future__ import annotations

import re

import streamlit as st

from posture.errors import PostureError
from posture.text import say

_MADE_OF_TEXT = re.compile(r"(?<=[-<>~])(?=[-=>])|(?<=:)(?=//|material/)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
"""Where Streamlit makes arrows, dashes, symbols and links of words, escaped or not."""
_LIST_MARK = re.compile(r"^(\s*\d*)([-+.)])(?=\s|$)", re.MULTILINE)
_ALWAYS = """
[data-testid="stElementToolbar"], [data-testid="stStatusWidget"], [data-testid="stToolbarActions"],
[data-testid="stDecoration"], [data-testid="InputInstructions"] {display: none}
[data-testid="stFileUploaderDropzoneInstructions"] {display: none}
.block-container {padding-top: 4rem; padding-bottom: 3rem}
[data-testid="stDataFrameColumnMenu"] {display: none}
.st-key-audit-list {gap: .2rem}
.st-key-audit-list button, .st-key-audit-list button div {justify-content: flex-start; text-align: left}
.st-key-audit-list [data-testid="stMarkdownContainer"] {margin-bottom: 0}
.st-key-audit-list [data-testid="stMarkdownContainer"] p {margin-bottom: 0}
.st-key-review-player video {max-height: 60vh; width: 100%; background: #000; border-radius: .5rem}
.st-key-review-list button, .st-key-review-list button div {justify-content: flex-start; text-align: left}
.st-key-review-list button [data-testid="stMarkdownContainer"] {width: 100%}
.st-key-review-scores [data-testid="stMetricLabel"] * {white-space: normal; overflow-wrap: anywhere}
.st-key-review-list {gap: .45rem}
.st-key-review-facts [data-testid="stMarkdownContainer"] p {margin-bottom: .35rem}
"""
_OWN = """
[data-testid="stSkipToContent"] {{font-size: 0}}
[data-testid="stSkipToContent"]::after {{content: "{skip}"; font-size: 1rem}}
[data-testid="stFileUploaderDropzone"] button p {{font-size: 0}}
[data-testid="stFileUploaderDropzone"] button p::after {{content: "{choose}"; font-size: 1rem}}
"""


def hide_foreign_words(language: str) -> None:
    """Once a page, before its widgets."""
    words = _OWN.format(skip=say("app.skip", language), choose=say("app.choose_file", language))
    st.html(f"<style>{_ALWAYS}{words}</style>")


def plain(text: str) -> str:
    """What somebody wrote, to be shown as it is where Streamlit reads Markdown."""
    apart = _MADE_OF_TEXT.sub("\u2060", text)
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>#|~$:&" else c for c in apart)
    return _LIST_MARK.sub(r"\1\\\2", escaped).replace("\n", "  \n")


def fault(error: PostureError, language: str) -> None:
    """Say what went wrong, line by line, with names of files and what somebody wrote as they are."""
    st.error(plain(error.in_language(language)))
