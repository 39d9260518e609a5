"""A profile of one's own: limits and points of single norms, with what becomes of the verdicts on a recording."""

from __future__ import annotations

from typing import Any

import streamlit as st

from posture.app.library_preview import show_preview
from posture.app.media import upload
from posture.app.shared import profile_name
from posture.app.wording import fault, plain
from posture.errors import PostureError
from posture.findings import Severity
from posture.library import DEFAULT_PROFILE, Library, profile_names
from posture.measures import MEASURES
from posture.profile_edit import (
    Change,
    Draft,
    Row,
    base_library,
    delete_profile,
    imported,
    named,
    profile_text,
    rows,
    start_draft,
    with_change,
    write_profile,
)
from posture.profiles import own_profiles
from posture.reference_files import user_poses_dir
from posture.references import CriteriaSet, Gesture, ReferencePose
from posture.report.library_cards import Entry, matching, problem_text, refusal_of
from posture.report.reference import points_of, titled
from posture.text import say

_STEPS = {"deg": 1.0, "sw": 0.05, "tl": 0.05, "ratio": 0.05, "s": 0.5, "count": 1.0, "per_min": 1.0, "feet": 0.1}
_IMPORTED = "library_imported"


def show_edit(language: str) -> None:
    """The part of the page where limits are changed."""
    profile, number = _choose(language)
    drafts: dict[str, Draft] = st.session_state.setdefault("library_drafts", {})
    if profile not in drafts:
        drafts[profile] = start_draft(profile)
    start = start_draft(profile) if profile != _IMPORTED else {k: v for k, v in drafts[profile].items() if k in _FRAME}
    base = base_library(drafts[profile])
    st.html(_STYLE)
    with st.container(key="library_edit_body"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        drafts[profile] = _norms(drafts[profile], base, f"{profile}-{number}", language)
    with right:
        show_preview(start, drafts[profile], language)
    _save(profile, drafts, base, language)


_STYLE = """<style>
.st-key-library_edit_body > div > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"]:last-child
  {position: sticky; top: 4rem; align-self: flex-start}
@media (max-width: 1000px) {
  .st-key-library_edit_body > div > [data-testid="stHorizontalBlock"] {flex-direction: column-reverse}
  .st-key-library_edit_body > div > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"],
  .st-key-library_edit_body > div > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"]:last-child
    {width: 100%; flex: none; position: static; align-self: stretch}
}
</style>"""
"""The preview stays in sight beside the norms; on narrow screens it stands above them."""
_FIRST_GROUPS = ("upright", "standing", "sitting")
_FRAME = ("id", "names", "description", "based_on", "poses", "always", "scoring", "sources")


def _choose(language: str) -> tuple[str, int]:
    """The profile to change, and how often it was begun anew."""
    names = profile_names() + ([_IMPORTED] if _IMPORTED in st.session_state.get("library_drafts", {}) else [])
    if (wanted := st.session_state.pop("library_edit_next", None)) in names:
        st.session_state["library_edit_profile"] = wanted
    own = {p.stem for p in own_profiles()}

    def shown(name: str) -> str:
        if name == _IMPORTED:
            return say("library.edit.imported", language)
        key = "own" if name in own else "shipped"
        return say(f"library.edit.named_{key}", language, name=profile_name(name, language))

    first, second = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    kept = st.session_state.get("library_edit_profile")
    if kept is not None and kept not in names:
        del st.session_state["library_edit_profile"]
    index = names.index(DEFAULT_PROFILE)
    chosen = str(
        first.selectbox(
            say("library.edit.profile", language), names, index, format_func=shown, key="library_edit_profile",
            help=say("library.edit.profile_help", language),
        )
    )  # fmt: skip
    versions: dict[str, int] = st.session_state.setdefault("library_edit_versions", {})
    with second.container(horizontal=True, vertical_alignment="bottom"):
        if st.button(say("library.edit.reset", language)):
            st.session_state.get("library_drafts", {}).pop(chosen, None)
            versions[chosen] = versions.get(chosen, 0) + 1
            st.rerun()
        if chosen in own:
            with st.popover(say("library.delete", language)):
                st.write(say("library.edit.delete_sure", language, name=plain(profile_name(chosen, language))))
                if st.button(say("library.delete_yes", language)):
                    delete_profile(chosen)
                    st.session_state.get("library_drafts", {}).pop(chosen, None)
                    st.rerun()
        with st.popover(say("library.edit.import", language)):
            _import(language)
    return chosen, versions.get(chosen, 0)


def _import(language: str) -> None:
    given = upload(say("library.edit.import_file", language), ["yaml", "yml"], language, "library_import")
    if given is None or st.session_state.get("library_import_done") == given.file_id:
        return
    try:
        draft = imported(given.getvalue(), given.name)
    except PostureError as error:
        fault(error, language)
        return
    st.session_state["library_import_done"] = given.file_id
    st.session_state.setdefault("library_drafts", {})[_IMPORTED] = draft
    versions: dict[str, int] = st.session_state.setdefault("library_edit_versions", {})
    versions[_IMPORTED] = versions.get(_IMPORTED, 0) + 1
    st.session_state["library_edit_next"] = _IMPORTED
    st.rerun()


def _norms(draft: Draft, base: Library, key: str, language: str) -> Draft:
    """The norms of one group, each with its fields; the draft with what was changed."""
    groups = _groups(base)
    first, second = st.columns(2)
    group = first.selectbox(
        say("library.edit.group", language), list(groups), key="library_edit_group",
        format_func=lambda g: groups[g][0].in_language(language),
    )  # fmt: skip
    words = second.text_input(say("library.edit.search", language), key="library_edit_search",
                              placeholder=say("library.edit.search_hint", language))  # fmt: skip
    names = _found(base, words) if words.strip() else list(groups[str(group)][1])
    changed = [r.criterion.id for r in rows(draft, base, base.all_criteria()) if r.changed]
    if changed:
        titles = ("、" if language == "zh" else ", ").join(
            base.all_criteria()[n].title.in_language(language) for n in changed
        )
        st.caption(say("library.edit.changed", language, count=len(changed), titles=titles))
    if not names:
        st.info(say("library.nothing_found", language, words=plain(words)))
    for row in rows(draft, base, names):
        draft = _norm(row, draft, base, key, language)
    return draft


def _groups(base: Library) -> dict[str, tuple[Any, tuple[str, ...]]]:
    """Sets, poses and gestures with norms: their names and the norms' ids."""
    holders: list[CriteriaSet | ReferencePose | Gesture] = [*base.sets.values(), *base.poses.values()]
    holders += base.gestures.values()
    holders.sort(key=lambda h: _FIRST_GROUPS.index(h.id) if h.id in _FIRST_GROUPS else len(_FIRST_GROUPS))
    return {h.id: (h.names, tuple(c.id for c in h.criteria)) for h in holders if h.criteria}


def _found(base: Library, words: str) -> list[str]:
    """Norms in which the words occur."""
    criteria = base.all_criteria()
    every = [Entry(c.id, "manner", c.title, None, (base.judged(c),), c.sources) for c in criteria.values()]
    return [e.id for e in matching(every, base, words)][:40]


def _norm(row: Row, draft: Draft, base: Library, key: str, language: str) -> Draft:
    name, unit = row.criterion.id, MEASURES[row.criterion.measure].unit
    with st.container(border=True):
        change = _fields(row, f"{key}-{name}", unit, language)
        if change != row.change:
            draft = with_change(draft, base, name, change)
            row = rows(draft, base, [name])[0]
        _told(row, base, language)
    return draft


def _fields(row: Row, key: str, unit: str, language: str) -> Change:
    """One norm's fields as they stand in the page."""
    now, step = row.change, _STEPS.get(unit, 0.1)

    def number(place: Any, field: str, value: float | None, by: float, least: float | None = None) -> float | None:
        given = place.number_input(say(f"library.field.{field}", language), min_value=least, value=value, step=by,
                                   format="%.4g", key=f"{key}-{field}")  # fmt: skip
        return None if given is None else round(float(given), 6)

    title = titled(row.criterion, language)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        on = st.toggle(f"**{title}**", now.on, key=f"{key}-on", help=say("library.field.on", language))
        advisory = st.checkbox(say("library.field.advisory", language), now.advisory, key=f"{key}-advisory")
    unit_text = say(f"report.unit_in_brackets.{unit}", language)
    st.caption(say(f"measures.name.{row.criterion.measure}", language) + unit_text)
    places = st.columns([1, 1, 1, 1, 1.4])
    low, high = number(places[0], "low", now.low, step), number(places[1], "high", now.high, step)
    points, cap = number(places[2], "points", now.points, 0.5, 0.0), number(places[3], "cap", now.cap, 0.5, 0.0)
    severity = places[4].selectbox(
        say("library.field.severity", language), list(Severity), list(Severity).index(now.severity),
        format_func=lambda s: say(f"report.severity.{s}", language), key=f"{key}-severity",
    )  # fmt: skip
    with st.expander(say("library.field.more", language)):
        rest = st.columns(5)
        target = number(rest[0], "target", now.target, step)
        serious_low = number(rest[1], "serious_low", now.serious_low, step)
        serious_high = number(rest[2], "serious_high", now.serious_high, step)
        points_serious = number(rest[3], "points_serious", now.points_serious, 0.5, 0.0)
        lasting = number(rest[4], "min_duration_s", now.min_duration_s, 0.5, 0.0)
    return Change(
        on=on, target=target, low=low, high=high, serious_low=serious_low, serious_high=serious_high, points=points,
        points_serious=points_serious, cap=cap, severity=severity or now.severity, advisory=advisory,
        min_duration_s=lasting or 0.0,
    )  # fmt: skip


def _told(row: Row, base: Library, language: str) -> None:
    """Below a norm: mistakes, views in which it would not be judged, what it costs and how exact it is."""
    for problem in row.mistakes:
        st.error(plain(problem_text(problem, language)))
    if row.active is None:
        return
    for refusal in row.active.refused:
        st.warning(plain(refusal_of(refusal, row.active.criterion, language)))
    mark = "、" if language == "zh" else ", "
    errors = mark.join(f"{say(f'report.view.{v}', language)} ±{e:g}" for v, e in row.active.errors.items())
    cost = points_of(row.active.criterion, base.profile.scoring, language)
    st.caption(say("library.edit.told", language, errors=errors or say("library.no_view", language), cost=cost))


def _save(profile: str, drafts: dict[str, Draft], base: Library, language: str) -> None:
    """Name, save, take along; mistakes in place of them."""
    draft = drafts[profile]
    wrong = [r for r in rows(draft, base, base.all_criteria()) if r.mistakes]
    st.subheader(say("library.edit.save_title", language))
    if told := st.session_state.pop("library_edit_told", None):
        st.success(plain(told))
    st.caption(say("library.edit.where", language, folder=plain(str(user_poses_dir() / "profiles"))))
    if wrong:
        titles = ("、" if language == "zh" else ", ").join(r.criterion.title.in_language(language) for r in wrong)
        st.error(say("library.edit.wrong", language, titles=titles))
        return
    own = profile in {p.stem for p in own_profiles()}
    key, names = f"library_save_{profile}", draft["names"]
    places = st.columns(3)
    mine = {"zh": say("library.edit.my_name", "zh", name=names["zh"]),
            "en": say("library.edit.my_name", "en", name=names["en"])}  # fmt: skip
    first = names if own or profile == _IMPORTED else mine
    zh = places[0].text_input(say("library.name_zh", language), first["zh"], key=f"{key}_zh")
    en = places[1].text_input(say("library.name_en", language), first["en"], key=f"{key}_en")
    identifier = places[2].text_input(say("library.edit.id", language), draft["id"], key=f"{key}_id",
                                      help=say("library.record.id_help", language)).strip()  # fmt: skip
    try:
        ready = named(draft, identifier, zh, en)
    except PostureError as error:
        fault(error, language)
        return
    there = identifier in {p.stem for p in own_profiles()} and not (own and identifier == profile)
    replaced = (
        st.checkbox(say("library.edit.replace", language, id=plain(identifier)), key=f"{key}_replace") if there else own
    )
    with st.container(horizontal=True):
        if st.button(say("library.edit.save", language), type="primary", disabled=there and not replaced):
            write_profile(ready, overwrite=bool(replaced))
            drafts.pop(profile, None)
            drafts.pop(identifier, None)
            st.session_state["library_edit_next"] = identifier
            shown = ready["names"][language]
            st.session_state["library_edit_told"] = say("library.edit.saved", language, name=shown)
            st.rerun()
        st.download_button(say("library.edit.export", language), profile_text(ready), f"{identifier}.yaml",
                           "application/yaml")  # fmt: skip
