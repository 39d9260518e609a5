"""What becomes of the verdicts on a recording when a profile is changed: judged anew at every change."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from posture.app.media import choose_media, known_already, observed
from posture.app.wording import plain
from posture.check import Checked, CheckOptions, judge_observation
from posture.errors import PostureError
from posture.findings import Verdict
from posture.landmarks import Observation
from posture.profile_edit import Draft, library_of, profile_text
from posture.profile_preview import Compared, compare_results
from posture.report.reference import titled
from posture.text import say

FIRST_SAMPLE = "standing_faults"
_SIGNS = {Verdict.OK: "✓", Verdict.DEVIATION: "✗", Verdict.BORDERLINE: "≈", Verdict.NOT_ASSESSABLE: "?"}
_REVIEWED = "reviewed"


def show_preview(start: Draft, draft: Draft, language: str) -> None:
    """The verdicts by both drafts side by side, what changed first."""
    st.subheader(say("library.preview.title", language))
    observation = _choose(language)
    if observation is None:
        return
    try:
        before, after = _judged("before", observation, start), _judged("after", observation, draft)
    except PostureError as error:
        st.warning(say("library.preview.wrong", language))
        st.caption(plain(error.in_language(language)))
        return
    found = compare_results(before, after)
    if not before.result.people:
        st.info(say("report.nobody", language))
    for one, other in zip(before.result.people, after.result.people, strict=True):
        own = [c for c in found if c.person == one.person]
        several = len(before.result.people) > 1
        _person(own, one, other, (before, after), several, language)


def _choose(language: str) -> Observation | None:
    checked: Checked | None = (st.session_state.get("result") or (None,))[0]
    more = (
        {_REVIEWED: say("library.preview.reviewed", language, name=plain(checked.result.source))} if checked else None
    )
    media = choose_media(language, "library_preview", FIRST_SAMPLE, more)
    if media == _REVIEWED and checked:
        return checked.observation
    if not isinstance(media, Path):
        return None
    if not known_already(media) and not st.button(say("library.preview.use", language), type="primary"):
        st.caption(say("library.preview.use_help", language))
        return None
    return observed(media, language)


def _judged(which: str, observation: Observation, draft: Draft) -> Checked:
    """Judged by the draft; the last one of each kind is kept in the session."""
    key = (observation.source_sha256, profile_text(draft))
    kept: dict[str, tuple[Any, Checked]] = st.session_state.setdefault("library_judged", {})
    if which not in kept or kept[which][0] != key:
        kept[which] = (key, judge_observation(observation, library_of(draft), CheckOptions()))
    return kept[which][1]


def _person(
    found: list[Compared], one: Any, other: Any, both: tuple[Checked, Checked], several: bool, language: str
) -> None:
    if several:
        st.markdown(f"**{say('report.person', language, number=one.person)}**")
    scores = [_score(p.score.value, language) for p in (one, other)]
    grades = [say(f"report.grade.{p.score.grade}", language) if p.score.grade else "–" for p in (one, other)]
    moved = (one.score.value or 0.0) != (other.score.value or 0.0)
    st.html(
        f'<div data-testid="preview-score" style="font-size:1.15rem"><b>{say("library.preview.score", language)}</b> '
        f"{scores[0]} <small>{escape(grades[0])}</small> → <b>{scores[1]}</b> <small>{escape(grades[1])}</small> "
        f"{'▲▼'[(other.score.value or 0) < (one.score.value or 0)] if moved else '='}</div>"
    )
    changed = [c for c in found if c.changed]
    st.caption(say("library.preview.changed" if changed else "library.preview.same", language, count=len(changed)))
    if changed:
        st.html(_STYLE + _table(changed, both, language))
    same = [c for c in found if not c.changed]
    if same:
        with st.expander(say("library.preview.unchanged", language, count=len(same))):
            st.html(_STYLE + _table(same, both, language))


def _score(value: float | None, language: str) -> str:
    return say("report.no_score", language) if value is None else f"{value:.1f}"


def _table(found: list[Compared], both: tuple[Checked, Checked], language: str) -> str:
    head = "".join(f"<th>{say(f'library.preview.{k}', language)}</th>" for k in ("norm", "before", "after"))
    return f"<table class='lib-preview'><tr>{head}</tr>{''.join(_row(c, both, language) for c in found)}</table>"


def _row(one: Compared, both: tuple[Checked, Checked], language: str) -> str:
    criterion = both[0].library.all_criteria()[one.criterion]
    cells = [
        _cell(verdict, count, points, language)
        for verdict, count, points in zip(one.verdicts, one.counts, one.points, strict=True)
    ]
    mark = f'<b aria-label="{say("library.preview.marked", language)}">●</b> ' if one.changed else ""
    return (
        f'<tr class="{"lib-changed" if one.changed else ""}" data-norm="{one.criterion}">'
        f"<td>{mark}{escape(titled(criterion, language))}</td><td>{cells[0]}</td><td>{cells[1]}</td></tr>"
    )


def _cell(verdict: Verdict | None, count: int, points: float, language: str) -> str:
    if verdict is None:
        return say("library.preview.off", language)
    text = f"{_SIGNS[verdict]} {say(f'report.verdict.{verdict}', language)}"
    if count:
        text += f"<br><small>{say('library.preview.cost', language, count=count, points=f'{points:g}')}</small>"
    return text


_STYLE = """<style>
.lib-preview {border-collapse: collapse; width: 100%; font-size: .88rem}
.lib-preview th, .lib-preview td {border-bottom: 1px solid rgba(128,128,128,.35); padding: 4px 6px; text-align: left;
  vertical-align: top}
.lib-changed td {background: rgba(31,119,201,.14)}
.lib-changed td:first-child {border-left: 4px solid #1f77c9}
</style>"""
