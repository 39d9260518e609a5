"""What the practice page says while the camera runs: read anew every moment, all of it page text."""

from __future__ import annotations

from html import escape

import streamlit as st

from posture.app.browser import speak
from posture.app.stage import Stage
from posture.findings import Verdict
from posture.live.engine import EngineStats
from posture.live.moment import Standing
from posture.live.practice import Phase
from posture.live.session import LiveSession, LiveSnapshot
from posture.text import say

LEAST_PER_S = 5.0
"""Fewer pictures than this a second leave gaps in which short faults are missed (own choice)."""
_ENOUGH_TO_TELL = 20
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
    _timer(now, language)
    _hints(now, language)
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
        f'<div data-testid="cue" style="font-size:clamp(1.6rem,2.6vw,2.6rem);font-weight:700;line-height:1.25">'
        f"{first}{escape(text)}{last}</div>"
        f'<div style="font-size:1.05rem;opacity:.85;margin-top:.3rem">{escape(small)}</div></div>'
    )


def _words(session: LiveSession, now: LiveSnapshot, language: str) -> tuple[str, str, str]:
    """Tone, headline and the smaller line under it."""
    state = now.practice
    pose = session.library.poses[state.pose]
    name = pose.names.in_language(language)
    step = tell(language, "phase.step", step=state.step + 1, steps=state.steps, pose=name)
    if now.cue.criterion is not None:
        criterion = session.library.all_criteria()[now.cue.criterion]
        return "fault", criterion.cue.in_language(language), criterion.reason.in_language(language)
    if state.phase == Phase.HOLD:
        if now.cue.corrected:
            return "good", tell(language, "phase.corrected"), step
        if state.counting:
            return "good", tell(language, "phase.hold"), step
        return "plain", tell(language, "phase.take", pose=name), pose.description.in_language(language)
    if state.phase == Phase.REST:
        following = session.library.poses[session.lesson.steps[state.step + 1].pose].names.in_language(language)
        return "good", tell(language, "phase.rest", pose=following), step
    if state.phase == Phase.CALIBRATION and now.calibration_failed:
        return "plain", tell(language, "phase.calibration_failed"), step
    return "good" if state.phase == Phase.DONE else "plain", tell(language, f"phase.{state.phase}"), step


def _countdown(now: LiveSnapshot) -> str:
    return f"{-int(-now.practice.remaining_s // 1)}" if now.practice.remaining_s > 0 else ""


def _timer(now: LiveSnapshot, language: str) -> None:
    state = now.practice
    if state.phase != Phase.HOLD:
        return
    parts = [tell(language, "hold.time", held=f"{state.held_s:.0f}", wanted=f"{state.hold_s:g}")]
    if not state.counting:
        parts.append(tell(language, "hold.paused"))
    if state.steady is not None:
        parts.append(tell(language, "hold.steady" if state.steady else "hold.unsteady"))
    if now.moment is not None and now.moment.similarity is not None:
        parts.append(tell(language, "hold.similarity", value=f"{now.moment.similarity:.0f}"))
    st.progress(min(state.held_s / state.hold_s, 1.0), " · ".join(parts))


def _hints(now: LiveSnapshot, language: str) -> None:
    if now.framing is not None:
        st.warning(tell(language, f"framing.{now.framing}"))
    if now.stats.analysed > _ENOUGH_TO_TELL and now.stats.analysed_per_s < LEAST_PER_S:
        st.warning(tell(language, "too_slow", rate=f"{now.stats.analysed_per_s:.0f}"))
    if now.others:
        st.info(tell(language, "others"))
    if now.practice.phase == Phase.HOLD and not now.practice.calibrated:
        st.caption(tell(language, "uncalibrated"))


def _criteria(session: LiveSession, now: LiveSnapshot, language: str) -> None:
    with st.expander(tell(language, "criteria.title")):
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
