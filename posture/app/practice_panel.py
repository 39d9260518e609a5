"""What the practice page says while the camera runs: read anew every moment, all of it page text."""

from __future__ import annotations

import time
from html import escape

import streamlit as st

from posture.app.browser import speak
from posture.app.stage import Stage
from posture.findings import Verdict
from posture.live.engine import EngineStats
from posture.live.lessons import description, names
from posture.live.moment import Standing
from posture.live.practice import Phase, PracticeState
from posture.live.session import TOLD_S, LiveSession, LiveSnapshot
from posture.text import say

LEAST_PER_S = 5.0
"""Fewer pictures than this a second leave gaps in which short faults are missed (own choice)."""
_ENOUGH_TO_TELL = 20
_SILENT_S = 3.0
_MARKS = {Verdict.OK: "✓", Verdict.BORDERLINE: "◇", Verdict.DEVIATION: "▲", Verdict.NOT_ASSESSABLE: "–"}
_ORDER = [Verdict.DEVIATION, Verdict.BORDERLINE, Verdict.OK, Verdict.NOT_ASSESSABLE]
# Edge colours as on the picture; the mark and the words tell the same without them.
_TONES = {"fault": ("#D55E00", "▲"), "good": ("#0072B2", "✓"), "plain": ("#808080", "")}


def tell(language: str, key: str, **values: object) -> str:
    """The text `live.<key>`."""
    return say(f"live.{key}", language, **values)


def show_panel(stage: Stage, voice: bool, language: str) -> None:
    """Headline, hold timer, hints, list of criteria, delay; and the voice."""
    session = stage.session
    if session is None:
        return
    now = session.snapshot()
    if now.stats.failed:
        st.error(tell(language, "failed"))
        return
    _headline(session, now, language)
    # Each part in a container of its own: what comes and goes in one must not move, and so make anew, the others.
    with st.container():
        _timer(now, language)
    with st.container():
        _hints(now, language)
    if st.toggle(tell(language, "criteria.title"), key="criteria_shown"):
        _criteria(session, now, language)
    st.caption(_rate(now.stats, language))
    speak(_speech(session, now, language), now.speech.number, f"{stage.name}-{id(session)}", language, voice)
    if now.practice.phase == Phase.DONE and st.session_state.get("done_shown") != id(session):
        # The summary stands outside of this fragment.
        st.session_state["done_shown"] = id(session)
        st.rerun(scope="app")


def _headline(session: LiveSession, now: LiveSnapshot, language: str) -> None:
    tone, text, small = _words(session, now, language)
    colour, mark = _TONES[tone]
    number = _countdown(now)
    first = f'<span style="color:{colour}" aria-hidden="true">{mark}</span> ' if mark else ""
    last = f' <span style="font-variant-numeric:tabular-nums">{number}</span>' if number else ""
    st.html(
        f'<div role="status" aria-live="polite" style="border-left:.5rem solid {colour};padding:.4rem 0 .4rem 1rem;'
        'min-height:7.5rem;margin-bottom:.5rem">'
        f'<div data-testid="cue" style="font-size:clamp(1.5rem,2.2vw,2.4rem);font-weight:700;line-height:1.25">'
        f"{first}{escape(text)}{last}</div>"
        f'<div style="font-size:1.05rem;opacity:.85;margin-top:.3rem">{escape(small)}</div></div>'
    )


def _words(session: LiveSession, now: LiveSnapshot, language: str) -> tuple[str, str, str]:
    """Tone, headline and the smaller line under it."""
    state = now.practice
    name = names(state.what, session.library).in_language(language)
    how = description(state.what, session.library).in_language(language)
    step = tell(language, "phase.step", step=state.step + 1, steps=state.steps, pose=name)
    if now.cue.criterion is not None:
        criterion = session.library.all_criteria()[now.cue.criterion]
        return "fault", criterion.cue.in_language(language), criterion.reason.in_language(language)
    if state.phase == Phase.HOLD:
        if now.cue.corrected:
            return "good", tell(language, "phase.corrected"), step
        if state.counting:
            return "good", tell(language, "phase.hold"), step
        return "plain", tell(language, "phase.take", pose=name), how
    if state.phase == Phase.MOVE:
        return _words_on_move(session, now, name, how, language)
    if state.phase == Phase.REST:
        following = names(session.lesson.steps[state.step + 1].what, session.library).in_language(language)
        return "good", tell(language, "phase.rest", pose=following), step
    if state.phase == Phase.CALIBRATION and now.calibration_failed:
        return "plain", tell(language, "phase.calibration_failed"), step
    return "good" if state.phase == Phase.DONE else "plain", tell(language, f"phase.{state.phase}"), step


def _words_on_move(
    session: LiveSession, now: LiveSnapshot, name: str, how: str, language: str
) -> tuple[str, str, str]:  # fmt: skip
    """What became of the last movement, for as long as that is news; else what to do."""
    state, last = now.practice, now.practice.last
    if last is None or now.time_s - last.end_s > TOLD_S:
        return "plain", tell(language, "phase.move", move=name, count=state.right + 1, times=state.times), how
    if last.kind != state.what:
        other = names(last.kind, session.library).in_language(language)
        return "plain", tell(language, "phase.other_move", other=other, move=name), how
    if not last.judged:
        return "plain", tell(language, "phase.move_unjudged"), how
    return "good", tell(language, "phase.made_right", count=state.right, times=state.times), how


def _countdown(now: LiveSnapshot) -> str:
    return f"{-int(-now.practice.remaining_s // 1)}" if now.practice.remaining_s > 0 else ""


def _timer(now: LiveSnapshot, language: str) -> None:
    state = now.practice
    if state.phase == Phase.MOVE:
        st.progress(state.share, _count_of_moves(state, language))
    if state.phase != Phase.HOLD:
        return
    parts = [tell(language, "hold.time", held=f"{state.held_s:.0f}", wanted=f"{state.hold_s:g}")]
    if not state.counting:
        parts.append(tell(language, "hold.paused"))
    if state.steady is not None:
        parts.append(tell(language, "hold.steady" if state.steady else "hold.unsteady"))
    if now.moment is not None and now.moment.similarity is not None:
        parts.append(tell(language, "hold.similarity", value=f"{now.moment.similarity:.0f}"))
    st.progress(min(state.share, 1.0), " · ".join(parts))


def _count_of_moves(state: PracticeState, language: str) -> str:
    parts = [tell(language, "hold.moves", right=state.right, wanted=state.times)]
    last = state.last
    if last is not None and last.kind == state.what and last.similarity is not None:
        parts.append(tell(language, "hold.similarity", value=f"{last.similarity:.0f}"))
    return " · ".join(parts)


def _hints(now: LiveSnapshot, language: str) -> None:
    if now.framing is not None:
        st.warning(tell(language, f"framing.{now.framing}"))
    if now.stats.submitted and time.monotonic() - now.picture_s > _SILENT_S:
        st.info(tell(language, "no_pictures"))
    elif now.stats.analysed > _ENOUGH_TO_TELL and now.stats.analysed_per_s < LEAST_PER_S:
        st.warning(tell(language, "too_slow", rate=f"{now.stats.analysed_per_s:.0f}"))
    if now.others:
        st.info(tell(language, "others"))
    if now.practice.phase in (Phase.HOLD, Phase.MOVE) and not now.practice.calibrated:
        st.caption(tell(language, "uncalibrated"))


def _criteria(session: LiveSession, now: LiveSnapshot, language: str) -> None:
    if now.moment is None:
        st.caption(tell(language, "phase.waiting"))
        return
    known = session.library.all_criteria()
    lines = sorted(now.moment.criteria, key=lambda c: _ORDER.index(c.verdict))
    listed = [_line(one, known[one.criterion].title.in_language(language), language) for one in lines]
    st.markdown("\n".join(f"- {line}" for line in listed))
    st.caption(tell(language, "criteria.legend"))


def _line(one: Standing, title: str, language: str) -> str:
    verdict = tell(language, f"criteria.{one.verdict}")
    if one.reason is not None:
        verdict += " · " + say(f"report.reason.{one.reason}", language)
    return f"{_MARKS[one.verdict]} **{title}** · {verdict}"


def _rate(stats: EngineStats, language: str) -> str:
    if stats.latency_median_s is None:
        return tell(language, "rate_waiting")
    return tell(language, "rate", rate=f"{stats.analysed_per_s:.0f}", delay=f"{1000 * stats.latency_median_s:.0f}")


def _speech(session: LiveSession, now: LiveSnapshot, language: str) -> str:
    if now.speech.criterion is not None:
        return session.library.all_criteria()[now.speech.criterion].cue.in_language(language)
    return tell(language, f"say.{now.speech.event}") if now.speech.event is not None else ""
