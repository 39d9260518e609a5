"""Work in the background: analysing what waits, adding recordings; how far it is, and ending it."""

from __future__ import annotations

import streamlit as st

from posture.app.audit_seat import Desk, file_name
from posture.app.review_seat import jobs
from posture.app.review_view import progress_text
from posture.app.shared import choose_flow, choose_profile, choose_variant
from posture.app.wording import fault, plain
from posture.check import CheckOptions
from posture.errors import PostureError
from posture.flow.files import load_flow
from posture.jobs import Job, JobState, Status
from posture.library import load_library
from posture.models import model_paths
from posture.survey.folder import open_store_or_survey, survey_at
from posture.survey.queries import list_recordings, state_counts
from posture.survey.recordings import failed_again
from posture.survey.records import State
from posture.survey.run import Plan, Ran, run_waiting
from posture.survey.selection import Filter

_REFRESH_S = 1.0
_KINDS = ("add", "run")


def show_jobs(desk: Desk) -> bool:
    """What is at work on this store and, once, to those who watched it, what became of it. Whether something is at
    work."""
    busy = False
    for kind in _KINDS:
        status = jobs().status(desk.job(kind))
        if status is None:
            continue
        if status.over:
            if kind in desk.seat.watched:
                desk.seat.watched.discard(kind)
                _tell_end(desk, kind, status)
            continue
        busy = True
        desk.seat.watched.add(kind)
        with st.container(border=True, key=f"audit-job-{kind}"):
            _progress(desk, kind)
    return busy


@st.fragment(run_every=_REFRESH_S)
def _progress(desk: Desk, kind: str) -> None:
    status = jobs().status(desk.job(kind))
    if status is None or status.over:
        st.rerun(scope="app")
    if kind == "run":
        counts = state_counts(desk.store)
        at = list_recordings(desk.store, Filter(state=State.RUNNING), limit=1).rows
        name = file_name(at[0].recording) if at else "–"
        numbers = {str(state): count for state, count in counts.items()}
        st.markdown(desk.tell("run.at", name=plain(name), **numbers))
    st.progress(status.share or 0.0, progress_text(status, desk.language))
    if st.button(
        desk.tell("run.cancelling" if status.ending else "run.cancel"),
        disabled=status.ending,
        key=f"audit_cancel_{kind}",
    ):
        jobs().cancel(desk.job(kind))
        st.rerun(scope="fragment")
    st.caption(desk.tell(f"run.stay_{kind}"))


def _tell_end(desk: Desk, kind: str, status: Status) -> None:
    job = jobs().get(desk.job(kind))
    if status.state is JobState.CANCELLED:
        st.warning(desk.tell(f"run.cancelled_{kind}"))
    elif isinstance(status.error, PostureError):
        fault(status.error, desk.language)
    elif status.state is JobState.FAILED:
        st.error(desk.tell("run.broke_off"))
    elif job is not None and isinstance(job.result, Ran):
        st.success(desk.tell("run.finished", done=job.result.done, failed=job.result.failed))
    elif job is not None:
        fresh, known_already = job.result
        st.success(desk.tell("add.added", count=fresh, known=known_already))


def show_run(desk: Desk, counts: dict[State, int]) -> None:
    """Begin or continue; what stopped half-way or failed can be tried again."""
    # What runs although nothing is at work here was left by a run that is gone, or is another one's: the next run
    # finds out which, and takes back what was left.
    waiting, failed = counts[State.WAITING] + counts[State.RUNNING], counts[State.FAILED]
    if waiting:
        _begin(desk, waiting)
    if failed and st.button(desk.tell("run.again", count=failed), icon=":material/replay:", key="audit_again"):
        failed_again(desk.store)
        st.rerun()


def _begin(desk: Desk, waiting: int) -> None:
    with st.container(border=True):
        st.markdown(desk.tell("run.waiting", count=waiting))
        survey = survey_at(desk.seat.where)
        if survey is not None:
            _offer(desk, survey.options, Plan(landmarks=survey.landmarks))
            return
        left, right = st.columns(2, gap="large")
        with left:
            profile = choose_profile(desk.language)
        with right:
            variant = choose_variant(desk.language)
        flow = choose_flow(desk.language)
        _offer(desk, CheckOptions(profile=profile, variant=variant, flow=flow), Plan())


def _offer(desk: Desk, options: CheckOptions, plan: Plan) -> None:
    try:
        load_library(options.profile, variant=options.variant)
        load_flow(options.flow)
    except PostureError as error:
        fault(error, desk.language)
        return
    if st.button(desk.tell("run.begin"), type="primary", icon=":material/play_arrow:", key="audit_run"):
        _start(desk, options, plan)
        st.rerun()


def _start(desk: Desk, options: CheckOptions, plan: Plan) -> None:
    where = desk.seat.where

    def work(job: Job) -> Ran:
        model_paths(progress=lambda _package, done: job.report("models", done, 1.0))
        with open_store_or_survey(where) as store:
            return run_waiting(store, options, lambda p: job.report("surveying", p.bytes_done, p.bytes_total), plan)

    desk.begin("run", work, desk.tell("title"))
