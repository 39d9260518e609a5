"""What is left of a session: times, faults, best moments; and the progress over days."""

from __future__ import annotations

import io

import streamlit as st
from PIL import Image

from posture.app.practice_panel import tell
from posture.app.stage import Stage
from posture.app.wording import fault, plain
from posture.errors import PostureError
from posture.live.lessons import names
from posture.live.overlay import Drawn, drawn
from posture.live.progress import LEAST_CODE, ProgressStore, by_day
from posture.live.session import BestMoment, LiveSession
from posture.live.steps import StepResult

_MOST_FAULTS = 3


def show_summary(stage: Stage, session: LiveSession, language: str) -> None:
    """The running or last session's results."""
    now = session.snapshot()
    st.subheader(tell(language, "summary.title"))
    st.dataframe([_row(step, session, language) for step in now.summary.steps], hide_index=True, width="stretch")
    known = session.library.all_criteria()
    faults = now.summary.faults()[:_MOST_FAULTS]
    if faults:
        st.markdown(f"**{tell(language, 'summary.faults')}**")
        lines = [
            tell(language, "summary.fault", title=known[c].title.in_language(language), seconds=f"{seconds:.0f}")
            for c, seconds in faults
        ]
        st.markdown("\n".join(f"- {line}" for line in lines))
    elif any(step.share for step in now.summary.steps):
        st.markdown(tell(language, "summary.no_faults"))
    for place, best in zip(st.columns(3) * len(now.best), now.best.values(), strict=False):
        with place:
            _show_best(best, session, stage.mirror, language)
    if stage.error is not None:
        fault(stage.error, language)
    else:
        st.caption(tell(language, "summary.kept" if stage.kept else "summary.not_kept"))


def _row(step: StepResult, session: LiveSession, language: str) -> dict[str, object]:
    best = "–" if step.best_similarity is None else f"{step.best_similarity:.0f}"
    unit = "times" if step.times else "seconds"
    held, wanted = (step.right, step.times) if step.times else (round(step.longest_s, 1), round(step.hold_s, 1))
    return {
        tell(language, "summary.pose"): names(step.what, session.library).in_language(language),
        tell(language, "summary.held"): tell(language, f"summary.{unit}", count=held),
        tell(language, "summary.wanted"): tell(language, f"summary.{unit}", count=wanted),
        tell(language, "summary.reached"): tell(language, "summary.yes" if step.done else "summary.no"),
        tell(language, "summary.tries"): step.tries,
        tell(language, "summary.best"): best,
    }


def _show_best(best: BestMoment, session: LiveSession, mirror: bool, language: str) -> None:
    name = names(best.what, session.library).in_language(language)
    picture = drawn(best.image, Drawn(best.pose_px, best.joints), mirror)
    alike = "" if best.similarity is None else tell(language, "summary.alike", similarity=f"{best.similarity:.0f}")
    st.image(picture, tell(language, "summary.best_moment", pose=plain(name)) + alike)
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "JPEG", quality=88)
    st.download_button(
        tell(language, "summary.save_picture"),
        data.getvalue(),
        f"{best.what}.jpg",
        "image/jpeg",
        key=f"save-{best.what}",
    )


def show_progress(stage: Stage, language: str) -> None:
    """Name and code, and what is kept under them."""
    with st.expander(tell(language, "you")):
        name_place, code_place = st.columns(2)
        name = name_place.text_input(tell(language, "progress.name"))
        code = code_place.text_input(tell(language, "progress.code"), type="password")
        st.caption(tell(language, "progress.help"))
        if not name.strip() and not code.strip():
            stage.store = None
            return
        if not name.strip() or len(code.strip()) < LEAST_CODE:
            stage.store = None
            st.warning(tell(language, "progress.too_short"))
            return
        _show_kept(stage, name, code, language)


def _show_kept(stage: Stage, name: str, code: str, language: str) -> None:
    opened = st.session_state.get("opened")
    if opened is None or opened[0] != (name, code):
        opened = st.session_state["opened"] = ((name, code), ProgressStore(name, code))
    stage.store = store = opened[1]
    try:
        days = by_day(store.sessions())
        if not days:
            st.info(tell(language, "progress.empty"))
            return
        names = [tell(language, f"progress.{key}") for key in ("day", "sessions", "held", "right", "share", "faults")]
        table = [
            dict(
                zip(
                    names,
                    (d.day, d.sessions, round(d.held_s), d.right, round(100 * d.share), round(d.fault_s)),
                    strict=True,
                )
            )
            for d in days
        ]
        st.markdown(f"**{tell(language, 'progress.chart')}**")
        st.bar_chart(table, x=names[0], y=names[2])
        st.dataframe(table, hide_index=True, width="stretch")
        if st.button(tell(language, "progress.delete")):
            store.delete()
            st.success(tell(language, "progress.deleted"))
    except PostureError as error:
        fault(error, language)
