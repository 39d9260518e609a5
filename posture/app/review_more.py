"""The lower part of the review page, one section at a time: scores, curves, movements, people, exports, storage."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast, get_args

import streamlit as st

from posture.app.review_flow import show_flow
from posture.app.review_people import show_people
from posture.app.review_seat import delete
from posture.app.review_view import Work
from posture.app.wording import fault, plain
from posture.errors import PostureError
from posture.findings import PersonFindings, Score, Verdict
from posture.judge import REASONS
from posture.kept.folder import keep_days
from posture.report.curve import curve
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.report.labels import Blur, main_reason, with_verdict
from posture.report.video import webvtt
from posture.report.xlsx import Decided, xlsx_bytes

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_more(work: Work) -> None:
    sections: dict[str, Callable[[Work], None]] = {
        "scores": _scores,
        "curves": _curves,
        "moves": _moves,
        "flow": show_flow,
        "people": show_people,
        "lost": _lost,
        "export": _export,
        "storage": _storage,
    }
    if work.kept.of_survey:
        del sections["storage"]
    if not work.kept.result.people:
        sections = {name: sections[name] for name in ("export", "storage") if name in sections}
    chosen = st.segmented_control(
        work.tell("more.scores"), list(sections), format_func=lambda s: work.tell(f"more.{s}"), required=True,
        default=next(iter(sections)), label_visibility="collapsed", key="review_section",
    )  # fmt: skip
    sections[chosen or next(iter(sections))](work)


def _scores(work: Work) -> None:
    for now, before in zip(work.reviewed.result.people, work.kept.result.people, strict=True):
        st.markdown(f"**{work.shown(now.person)}** · " + _total(work, before.score, now.score))
        lost = {c.category: c for c in before.score.categories}
        rows = [
            {
                work.tell("scores.category"): work.words.tell(f"category.{c.category}"),
                work.tell("scores.weight"): f"{c.weight:g}",
                work.tell("scores.assessable"): f"{c.assessable:.1f}",
                work.tell("scores.machine"): work.words.deducted(lost[c.category]) if c.category in lost else "–",
                work.tell("scores.reviewed"): work.words.deducted(c),
                work.tell("scores.how"): "；".join(
                    f"{work.words.title(i.criterion)} {work.words.counts(i)}" for i in c.items
                ),
            }
            for c in now.score.categories
        ]
        st.dataframe(rows, hide_index=True, width="stretch")
        if now.score.value is None:
            least = f"{100 * work.kept.library.profile.scoring.least_coverage:.0f} %"
            share = f"{100 * now.score.coverage:.0f} %"
            st.caption(work.words.tell("no_score_why", coverage=share, least=least))


def _total(work: Work, before: Score, now: Score) -> str:
    told = [f"{s.value:.1f}" if s.value is not None else work.tell("score.none") for s in (before, now)]
    return work.tell("scores.total", machine=told[0], reviewed=told[1])


def _one_person(work: Work, key: str) -> PersonFindings:
    people = {p.person: p for p in work.reviewed.result.people}
    if len(people) == 1:
        return next(iter(people.values()))
    chosen = st.selectbox(work.tell("curves.person"), list(people), format_func=work.person, key=key)
    return people[int(chosen)] if chosen is not None else next(iter(people.values()))


def _curves(work: Work) -> None:
    if work.kept.result.kind == "photo":
        st.info(work.tell("curves.photo"))
        return
    person = _one_person(work, "review_curve_person")
    order = {Verdict.DEVIATION: 0, Verdict.BORDERLINE: 1, Verdict.OK: 2, Verdict.NOT_ASSESSABLE: 3}
    known = [r for r in person.results if (person.person, r.criterion) in work.kept.courses]
    known.sort(key=lambda r: order[r.verdict])
    if not known:
        st.info(work.tell("curves.none"))
        return
    named = {
        r.criterion: f"{work.words.title(r.criterion)}（{work.words.tell(f'verdict.{r.verdict}')}）" for r in known
    }
    criterion = st.selectbox(
        work.tell("curves.criterion"), list(named), format_func=lambda c: named[c], key=f"review_curve_{person.person}"
    )
    result = next(r for r in known if r.criterion == criterion)
    course = work.kept.courses[(person.person, result.criterion)]
    if (course.why > 0).all():
        reasons = [REASONS[i] for i in course.why if REASONS[i] is not None]
        reason = work.words.tell(f"reason.{max(set(reasons), key=reasons.count)}")
        st.info(work.tell("curves.all_lost", reason=reason))
        return
    own = [f for f in work.reviewed.findings if (f.person, f.criterion) == (person.person, result.criterion)]
    st.vega_lite_chart(None, curve(work.words, result.criterion, course, own), width="stretch")
    st.caption(work.tell("curves.legend"))


def _moves(work: Work) -> None:
    rows = [
        {work.tell("curves.person"): work.person(p.person), work.tell("more.moves"): work.words.move(m)}
        for p in work.kept.result.people
        for m in p.moves
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.info(work.tell("moves.none"))


def _lost(work: Work) -> None:
    several = len(work.kept.result.people) > 1
    rows = [
        ({work.tell("lost.person"): work.shown(p.person)} if several else {})
        | {
            work.tell("lost.criterion"): work.words.title(r.criterion),
            work.tell("lost.reason"): work.words.tell(f"reason.{main_reason(r)}"),
            work.tell("lost.how_to"): work.words.remedy(main_reason(r), r.criterion),
        }
        for p in work.kept.result.people
        for r in with_verdict(p, Verdict.NOT_ASSESSABLE)
    ]
    if rows:
        st.table(rows)
    else:
        st.success(work.tell("lost.none"))


def _export(work: Work) -> None:
    if not work.kept.folder.landmarks.is_file():
        st.info(work.tell("export.no_landmarks"))
        return
    stem = Path(work.kept.about.source).stem
    blur = cast(
        Blur,
        st.segmented_control(
            work.tell("export.blur"), get_args(Blur), default="none", required=True, key="review_blur",
            format_func=lambda b: work.tell(f"export.blur_{b}"),
        ),
    )  # fmt: skip
    decided = Decided(work.reviewed.result, work.reviewed.findings, work.reviewed.names)
    files: list[tuple[str, str, str, Callable[[], bytes] | None]] = [
        ("html", f"{stem}.html", "text/html", partial(_html, work, blur)),
        ("xlsx", f"{stem}.xlsx", _XLSX, lambda: xlsx_bytes(work.kept.report(work.language), decided)),
        ("json", f"{stem}.json", "application/json", partial(_json, work)),
        ("landmarks", f"{stem}.parquet", "application/octet-stream", work.kept.folder.landmarks.read_bytes),
    ]
    video = work.kept.drawn
    if work.kept.result.kind == "video" and work.kept.result.people and (video or not work.kept.of_survey):
        files.append(("video", f"{stem}-annotated.mp4", "video/mp4", video.read_bytes if video else None))
        files.append(("subtitles", f"{stem}-annotated.vtt", "text/vtt", lambda: webvtt(work.words).encode()))
    for start in range(0, len(files), 3):
        for place, (kind, name, mime, make) in zip(st.columns(3), files[start : start + 3], strict=False):
            with place:
                st.download_button(
                    work.tell(f"export.{kind}"), make or b"", name, mime, key=f"review_save_{kind}", on_click="ignore",
                    icon=":material/download:", width="stretch", disabled=make is None,
                )  # fmt: skip
                st.caption(work.tell("export.video_wait" if make is None else f"export.{kind}_help"))


def _html(work: Work, blur: Blur) -> bytes:
    return render_html(work.kept.report(work.language, work.reviewed.result, blur)).encode()


def _json(work: Work) -> bytes:
    return json.dumps(to_json(work.kept.report(work.language)), ensure_ascii=False, indent=1).encode()


def _storage(work: Work) -> None:
    own = work.kept.about.own_copy
    lines = [work.tell("storage.address")]
    lines.append(
        work.tell("storage.upload") if own else work.tell("storage.original", path=plain(work.kept.about.recording))
    )
    lines += [work.tell("storage.results"), work.tell("storage.days", days=f"{keep_days():g}")]
    if not own:
        lines.append(work.tell("storage.cache"))
    for line in lines:
        st.markdown(f"- {line}")
    if st.button(work.tell("storage.delete"), icon=":material/delete:", key="review_delete"):
        st.session_state["review_sure"] = True
    if not st.session_state.get("review_sure"):
        return
    st.warning(work.tell("storage.sure"))
    with st.container(horizontal=True):
        if st.button(work.tell("storage.yes"), type="primary", key="review_delete_yes"):
            _delete(work)
        if st.button(work.tell("storage.no"), key="review_delete_no"):
            st.session_state.pop("review_sure")
            st.rerun()


def _delete(work: Work) -> None:
    st.session_state.pop("review_sure", None)
    try:
        delete(work.identifier)
    except PostureError as error:
        fault(error, work.language)
        return
    work.seat.mine.pop(work.identifier, None)
    work.seat.leave("deleted")
    st.rerun()
