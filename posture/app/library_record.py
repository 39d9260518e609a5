"""Recording a reference pose of one's own: choose seconds, look at what was measured, change it, save it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import streamlit as st

from posture.app.media import choose_media, observed
from posture.app.wording import plain
from posture.errors import PostureError, ReferenceFileError
from posture.library import AUTO, Library, load_library
from posture.measures import MEASURES
from posture.observe import ObserveSettings
from posture.reference_edit import Edited, Limits, delete_pose, edited, names_of, pose_path
from posture.reference_files import user_poses_dir
from posture.reference_record import LEAST_S, Kind, Recorded, free_identifier, record_observed, write
from posture.references import Words
from posture.report.figure import figure_html, figure_of, figures_of
from posture.report.library_cards import problem_text, refusal_of
from posture.text import say
from posture.video import frames_at, probe

FIRST_SAMPLE = "standing_correct"
_PREVIEW_PX = 480
_WITHOUT_ENGLISH = """<style>
[data-testid="stElementToolbar"], [data-testid="stDataFrameColumnMenu"] {display: none}
</style>"""
"""The table's own tool bar and menus have English words only."""


def show_record(language: str) -> None:
    """The part of the page where a pose is recorded."""
    library = load_library()
    st.caption(say("library.record.what", language, folder=plain(str(user_poses_dir()))))
    left, right = st.columns([3, 2], gap="large")
    with left:
        path = cast("Path | None", choose_media(language, "library_record", FIRST_SAMPLE))
        seconds = _choose_seconds(path, language) if path else None
    with right:
        wanted = _choose_names(library, language)
        if path is None:
            st.info(say("library.record.choose_first", language))
        measure = st.button(say("library.record.measure", language), type="primary", disabled=path is None)
    if measure and path is not None:
        _measure(path, seconds, wanted, library, language)
    if error := st.session_state.get("library_record_error"):
        st.error(plain(_own_words(error, language)))
    recorded: Recorded | None = st.session_state.get("library_recorded")
    if recorded is not None:
        _proposal(recorded, wanted, library, language)
    _own_poses(library, language)


def _choose_seconds(path: Path, language: str) -> tuple[float, float] | None:
    """The stretch to use, None for a photo; pictures of its beginning, middle and end."""
    info = probe(path)
    if info.kind == "photo" or not info.duration_s:
        _pictures(path, [0.0], language)
        return None
    length = round(info.duration_s, 1)
    if length <= LEAST_S:
        return 0.0, info.duration_s
    start, end = st.slider(
        say("library.record.seconds", language), 0.0, length, (0.0, min(length, 5.0)), 0.1, format="%.1f",
        key=f"library_seconds_{path.name}_{length}",
        help=say("library.record.seconds_help", language, least=f"{LEAST_S:g}"),
    )  # fmt: skip
    _pictures(path, [start, (start + end) / 2, end], language)
    return float(start), float(end)


def _pictures(path: Path, times_s: list[float], language: str) -> None:
    key = (str(path), tuple(times_s))
    kept = st.session_state.get("library_pictures")
    if kept is None or kept[0] != key:
        kept = (key, [f.image for f in frames_at(path, times_s, _PREVIEW_PX)])
        st.session_state["library_pictures"] = kept
    for place, image, time_s in zip(st.columns(len(times_s)), kept[1], times_s, strict=False):
        told = say("library.record.at", language, time=f"{time_s:.1f}") if len(times_s) > 1 else None
        place.image(image, caption=told, width="stretch" if len(times_s) > 1 else 320)


def _choose_names(library: Library, language: str) -> dict[str, Any]:
    first, second = st.columns(2)
    zh = first.text_input(say("library.name_zh", language), key="library_name_zh")
    en = second.text_input(say("library.name_en", language), key="library_name_en")
    kind = st.radio(
        say("library.record.kind", language), ["auto", "standing", "sitting"], horizontal=True, key="library_kind",
        format_func=lambda k: say("library.record.by_itself" if k == "auto" else f"reference.kind.{k}", language),
    )  # fmt: skip
    with st.expander(say("library.record.more", language)):
        shipped = {n: p.names for n, p in library.poses.items() if n not in library.own}
        like = st.selectbox(
            say("library.record.like", language), [AUTO, *shipped], key="library_like",
            help=say("library.record.like_help", language),
            format_func=lambda n: say("library.record.most_alike", language) if n == AUTO
            else shipped[n].in_language(language),
        )  # fmt: skip
        person = st.number_input(
            say("library.record.person", language), 0, 99, 0, help=say("library.record.person_help", language)
        )
        identifier = st.text_input(say("library.record.id", language), help=say("library.record.id_help", language))
    return {"zh": zh, "en": en, "kind": kind, "like": str(like), "person": int(person), "id": identifier.strip()}


def _measure(
    path: Path, seconds: tuple[float, float] | None, wanted: dict[str, Any], library: Library, language: str
) -> None:
    st.session_state.pop("library_record_error", None)
    st.session_state.pop("library_recorded", None)
    try:
        names = names_of(wanted["zh"], wanted["en"])
        identifier = wanted["id"] or free_identifier(names.en, user_poses_dir(), library)
        observation = observed(path, language)
        if seconds is not None:
            observation = observation.between(*seconds)
        kind: Kind | None = None if wanted["kind"] == "auto" else wanted["kind"]
        st.session_state["library_recorded"] = record_observed(
            observation, names.zh, identifier, library, ObserveSettings().fps, wanted["person"] or None,
            wanted["like"], kind,
        )  # fmt: skip
        st.session_state["library_recorded_number"] = st.session_state.get("library_recorded_number", 0) + 1
    except PostureError as error:
        st.session_state["library_record_error"] = error


def _own_words(error: PostureError, language: str) -> str:
    """Errors that name options of the command line, in words of the page."""
    own = {"references.record.errors.several": "several", "references.record.errors.bad_id": "bad_id",
           "references.record.errors.taken": "taken"}  # fmt: skip
    name = own.get(error.key)
    return say(f"library.record.errors.{name}", language, **error.values) if name else error.in_language(language)


def _proposal(recorded: Recorded, wanted: dict[str, Any], library: Library, language: str) -> None:
    st.subheader(say("library.record.proposed", language))
    picture, table = st.columns([1, 2], gap="large")
    with picture:
        name = recorded.pose.names.in_language(language)
        st.html(f'<div style="max-width:340px">{figure_html(figure_of(recorded.pose), language, name)}</div>')
        st.caption(plain(_origin(recorded, language)))
        st.caption(say("library.record.depth", language))
    with table:
        limits = _table(recorded, language)
        names = recorded.pose.names
        if wanted["zh"] or wanted["en"]:
            names = names_of(wanted["zh"], wanted["en"])
        changed = edited(recorded, library, names, limits)
        _messages(recorded, changed, language)
        _not_proposed(recorded, language)
        _save(changed, names, language)


def _origin(recorded: Recorded, language: str) -> str:
    start, end = (f"{s:.1f}" for s in recorded.stretch_s)
    key = "stretch" if recorded.stretch_s[1] > recorded.stretch_s[0] else "photo"
    like = recorded.like.names.in_language(language)
    view = say(f"report.view.{recorded.view}", language)
    return say(f"reference.record.{key}", language, view=view, start=start, end=end, like=like)


def _table(recorded: Recorded, language: str) -> dict[str, Limits]:
    """The proposed limits to be changed, by criterion id."""
    if not recorded.proposals:
        st.info(say("reference.record.nothing", language))
        return {}
    titles = {c: say(f"library.record.column.{c}", language)
              for c in ("keep", "measure", "mean", "spread", "target", "low", "high")}  # fmt: skip
    data = [
        {
            "keep": True,
            "measure": say(f"measures.name.{p.criterion.measure}", language)
            + say(f"report.unit_in_brackets.{MEASURES[p.criterion.measure].unit}", language),
            "mean": float(f"{p.mean:.3g}"), "spread": float(f"{p.spread:.2g}"), "target": p.criterion.ideal,
            "low": p.criterion.allowed.low, "high": p.criterion.allowed.high,
        }
        for p in recorded.proposals
    ]  # fmt: skip
    config: dict[str, Any] = {c: st.column_config.NumberColumn(titles[c], format="%.6g")
                              for c in ("mean", "spread", "target", "low", "high")}  # fmt: skip
    config["keep"] = st.column_config.CheckboxColumn(titles["keep"], width="small")
    config["measure"] = st.column_config.TextColumn(titles["measure"], width="medium")
    st.caption(say("library.record.table", language))
    st.html(_WITHOUT_ENGLISH)
    given = st.data_editor(
        data, hide_index=True, column_config=config, disabled=["measure", "mean", "spread"],
        key=f"library_table_{st.session_state.get('library_recorded_number', 0)}_{language}",
    )  # fmt: skip
    return {
        p.criterion.id: Limits(bool(row["keep"]), *(_number(row[c]) for c in ("target", "low", "high")))
        for p, row in zip(recorded.proposals, given, strict=True)
    }


def _number(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _messages(recorded: Recorded, changed: Edited, language: str) -> None:
    criteria = {p.criterion.id: p.criterion for p in recorded.proposals}
    mark = "：" if language == "zh" else ": "
    for name, problems in changed.mistakes.items():
        for problem in problems:
            st.error(plain(criteria[name].title.in_language(language) + mark + problem_text(problem, language)))
    for name, views in changed.refused.items():
        for view in views:
            said = refusal_of(view, criteria[name], language)
            st.warning(plain(criteria[name].title.in_language(language) + mark + said))


def _not_proposed(recorded: Recorded, language: str) -> None:
    mark = "：" if language == "zh" else ": "
    lines = [f"- {say(f'measures.name.{u.measure}', language)}{mark}{say(f'library.record.why.{u.reason}', language)}"
             for u in recorded.unmeasured]  # fmt: skip
    lines += [f"- {c.title.in_language(language)}{mark}{say('library.record.why.left_out', language)}"
              for c in recorded.left_out]  # fmt: skip
    if lines:
        with st.expander(say("library.record.not_proposed", language, count=len(lines))):
            st.markdown("\n".join(lines))


def _save(changed: Edited, names: Words, language: str) -> None:
    pose = changed.recorded.pose
    there = pose_path(pose.id, user_poses_dir())
    replaced = False
    if there is not None:
        st.warning(say("library.record.exists", language, id=plain(pose.id)))
        replaced = st.checkbox(say("library.record.replace", language), key=f"library_replace_{pose.id}")
    blocked = bool(changed.mistakes) or (there is not None and not replaced)
    if st.button(say("library.record.save", language), type="primary", disabled=blocked):
        if there is not None and there.name != f"{pose.id}.yaml":
            raise ReferenceFileError("references.record.errors.taken_in", id=pose.id, path=there)
        write(changed.recorded, user_poses_dir(), overwrite=replaced)
        st.session_state.pop("library_recorded", None)
        st.session_state["library_record_told"] = names.in_language(language)
        st.rerun()


def _own_poses(library: Library, language: str) -> None:
    st.subheader(say("library.record.mine", language))
    if told := st.session_state.pop("library_record_told", None):
        st.success(say("library.record.saved", language, name=plain(told)))
    if not library.own:
        st.caption(say("library.record.none", language))
        return
    for place, name in zip(_places(len(library.own)), library.own, strict=False):
        pose = library.poses[name]
        title = pose.names.in_language(language)
        with place, st.container(border=True):
            st.html("".join(figure_html(f, language, title) for f in figures_of(name, library)))
            st.markdown(f"**{plain(title)}** · `{name}`")
            st.caption(plain(pose.description.in_language(language)))
            with st.popover(say("library.delete", language)):
                st.write(say("library.record.delete_sure", language, name=plain(title)))
                if st.button(say("library.delete_yes", language), key=f"library_delete_{name}"):
                    delete_pose(name, user_poses_dir())
                    st.rerun()


def _places(count: int) -> list[Any]:
    places: list[Any] = []
    while len(places) < count:
        places += st.columns(3)
    return places
