"""The finding that is looked at: the moment beside the reference, the facts, the curve, and the reviewer's decision."""

from __future__ import annotations

import streamlit as st

from posture.app.review_list import ON_A_PAGE
from posture.app.review_seat import moment_pictures, video_bytes
from posture.app.review_view import Work, ask_who, moment_of
from posture.app.wording import fault, plain
from posture.errors import PostureError, StoreError
from posture.findings import Deviation
from posture.kept.evidence import clip, deviation_of, evidence_picture
from posture.report.curve import curve
from posture.report.labels import Blur, clock
from posture.survey.decisions import decide
from posture.survey.records import DecisionKind, Finding

_WHY = ("hidden", "duty", "other_person", "brief")


def show_finding(work: Work, finding: Finding, shown: list[Finding]) -> None:
    """Everything about one finding; `shown` are those that Previous and Next go through."""
    with st.container(border=True, key="review-finding"):
        _head(work, finding, shown)
        pictures, facts, decision = st.columns([4, 3, 4], gap="medium")
        with pictures:
            _pictures(work, finding)
        with facts:
            _facts(work, finding)
        with decision:
            _decision(work, finding)
        if not work.is_photo:
            _evidence(work, finding)
        course = work.kept.courses.get((finding.person, finding.criterion))
        if course is not None and not work.is_photo:
            st.markdown(f"**{work.tell('detail.curve')}**")
            own = [f for f in shown if (f.person, f.criterion) == (finding.person, finding.criterion)]
            moment_s = finding.deviation.worst_s if finding.deviation else finding.start_s
            st.vega_lite_chart(None, curve(work.words, finding.criterion, course, own, moment_s), width="stretch")
            st.caption(work.tell("curves.legend"))


def _head(work: Work, finding: Finding, shown: list[Finding]) -> None:
    at = next(i for i, f in enumerate(shown) if f.key == finding.key)

    def go(by: int) -> None:
        to = min(max(at + by, 0), len(shown) - 1)
        work.seat.look_at(shown[to].key, moment_of(shown[to]))
        work.seat.page = to // ON_A_PAGE

    when = clock(finding.start_s)
    if finding.end_s > finding.start_s:
        when += f" – {clock(finding.end_s)}"
    title = work.words.title(finding.criterion)
    parts = [title, work.shown(finding.person)] + ([] if work.is_photo else [when])
    st.subheader(" · ".join(parts), anchor=False)
    if work.kept.of_survey:
        st.caption(work.tell("detail.number", number=finding.key))
    with st.container(horizontal=True):
        if not work.is_photo:
            st.button(
                work.tell("detail.show"), icon=":material/play_circle:", on_click=go, args=(0,), key="review_show"
            )
        st.button(
            work.tell("detail.previous"), on_click=go, args=(-1,), disabled=at == 0, shortcut="P", key="review_previous"
        )
        last = at == len(shown) - 1
        st.button(work.tell("detail.next"), on_click=go, args=(1,), disabled=last, shortcut="N", key="review_next")


def _pictures(work: Work, finding: Finding) -> None:
    deviation = deviation_of(work.kept, finding)
    person, reference, pose = moment_pictures(work.identifier, work.kept.appearance, finding.key, deviation, work.kept)
    left, right = st.columns(2)
    with left:
        if person is None:
            st.info(work.tell("detail.no_picture"))
        else:
            time = work.words.tell("photo") if work.is_photo else clock(deviation.worst_s)
            caption = work.tell("detail.person_picture", time=time)
            st.image(person, caption, width="stretch")
    with right:
        if reference is None or pose is None:
            st.info(work.tell("detail.reference_none"))
        else:
            name = deviation.move if deviation.move in work.kept.library.gestures else pose
            shown_pose = plain(work.words.pose_name(name or pose))
            st.image(reference, work.tell("detail.reference", pose=shown_pose), width="stretch")


def _evidence(work: Work, finding: Finding) -> None:
    """A clip and a picture to take along, made when somebody asks for them."""
    ready = work.kept.folder.landmarks.is_file() and work.kept.recording.exists()
    place = f"review_clip_of_{finding.key}"
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            work.tell("clip.make"), icon=":material/movie:", key="review_clip", disabled=not ready,
            help=work.tell("clip.help" if ready else "clip.gone"),
        )  # fmt: skip
        blurred = st.toggle(work.tell("clip.blur"), value=True, key="review_clip_blur", disabled=not ready)
    blur: Blur = "others" if blurred else "none"
    if not ready or not (pressed or st.session_state.get(place)):
        return
    st.session_state[place] = True
    try:
        with st.spinner(work.tell("clip.making")):
            made = video_bytes(clip(work.kept, finding, blur))
            shown = evidence_picture(work.kept, finding, blur)
    except PostureError as error:
        fault(error, work.language)
        return
    left, right = st.columns([3, 2])
    left.video(made)
    stem = f"finding-{finding.key}-{finding.criterion}"
    for kind, data, mime in (("mp4", made, "video/mp4"), ("jpg", shown, "image/jpeg")):
        if data is not None:
            right.download_button(
                work.tell(f"clip.save_{kind}"), data, f"{stem}.{kind}", mime, key=f"review_clip_{kind}",
                on_click="ignore", icon=":material/download:",
            )  # fmt: skip


def _facts(work: Work, finding: Finding) -> None:
    words, criterion = work.words, work.words.criterion(finding.criterion)
    unit, rows = words.unit_of(finding.criterion), []
    if finding.deviation is not None:
        d = finding.deviation
        measured = words.measured(d.value, d.error, unit)
        limits = work.tell("detail.limits", allowed=words.allowed(d.allowed, unit))
        rows.append(("measured", f"{words.measure_name(d.criterion)} {measured} {limits}"))
    counted = _counted(work, finding)
    points = [words.tell(f"severity.{finding.severity}")]
    if counted is not None:
        points += [one for one in (words.points(counted), words.remark(counted)) if one]
    rows.append(("severity", " · ".join(points)))
    rows.append(("cue", criterion.cue.in_language(work.language)))
    rows.append(("reason", criterion.reason.in_language(work.language)))
    rows.append(("source", words.sources(criterion)))
    with st.container(key="review-facts"):
        for key, text in rows:
            st.markdown(f"**{work.tell(f'detail.{key}')}**  \n{plain(text)}")


def _counted(work: Work, finding: Finding) -> Deviation | None:
    """The deviation with its points after review, None when it was dismissed."""
    key = (finding.person, finding.criterion, finding.start_s, finding.end_s)
    every = (d for p in work.reviewed.result.people for d in p.deviations)
    return next((d for d in every if (d.person, d.criterion, d.start_s, d.end_s) == key), None)


def _decision(work: Work, finding: Finding) -> None:
    state = work.words.tell(f"state.{finding.state}")
    st.markdown(f"**{work.tell('decide.title')}** · {work.tell('decide.state', state=state)}")
    if finding.limits_changed:
        st.warning(work.tell("decide.changed"))
    who = ask_who(work, "review_who", "decide.who")
    ready = st.pills(
        work.tell("decide.why"), _WHY, format_func=lambda one: work.tell(f"why.{one}"),
        key=f"review_ready_{finding.key}", wrap=True, help=work.tell("decide.why_help"),
    )  # fmt: skip
    own = st.text_input(
        work.tell("decide.why"), placeholder=work.tell("decide.why_placeholder"), label_visibility="collapsed",
        key=f"review_why_{finding.key}",
    )  # fmt: skip
    why = " · ".join(text for text in (work.tell(f"why.{ready}") if ready else "", own.strip()) if text)
    pressed: DecisionKind | None = None
    with st.container(horizontal=True):
        for kind, icon in (
            (DecisionKind.CONFIRM, "check"), (DecisionKind.DISMISS, "close"), (DecisionKind.COMMENT, "comment"),
        ):  # fmt: skip
            if st.button(work.tell(f"decide.{kind}"), icon=f":material/{icon}:", key=f"review_{kind}"):
                pressed = kind
        if _own(finding, who) and not finding.dismissed:
            back = st.button(work.tell("added.take_back"), icon=":material/undo:", key="review_take_back")
            if back:
                pressed, why = DecisionKind.DISMISS, why or work.tell("added.taken_back")
    if pressed is not None:
        _decide(work, finding, pressed, who, why)
    for d in reversed(finding.decisions):
        when, text = f"{d.made_at.astimezone():%m-%d %H:%M}", f": {plain(d.text)}" if d.text else ""
        what = work.words.tell(f"decision.{d.kind}")
        st.caption(work.tell("decide.said", when=when, who=plain(d.who), what=what, text=text))


def _own(finding: Finding, who: str) -> bool:
    """Whether this person added it."""
    return any(d.kind is DecisionKind.ADD and d.who == who.strip() for d in finding.decisions)


def _decide(work: Work, finding: Finding, kind: DecisionKind, who: str, why: str) -> None:
    try:
        decide(work.kept.store, finding.key, who, kind, why)
    except StoreError as error:
        fault(error, work.language)
        return
    st.toast(work.tell(f"decide.saved_{kind}"))
    st.rerun()
