"""Windows, outlets, units and rounds side by side with what their differences show, what is broken most often where,
and the reports as files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import cast, get_args

import streamlit as st

from posture.app.audit_list import choose_filter
from posture.app.audit_seat import Desk
from posture.app.wording import plain
from posture.report.sheets import Table, csv_file
from posture.report.survey import (
    MOST_CRITERIA,
    MOST_GROUPS,
    Rates,
    SurveyWords,
    heat_map,
    heat_table,
    most_often,
)
from posture.report.survey_charts import Row, change_rows, interval_charts, score_rows
from posture.report.survey_html import Wanted, survey_html
from posture.report.survey_statistics import (
    cautions,
    change_sentences,
    changes_table,
    differences_table,
    ranking_help,
    ranking_rests,
    ranking_sentence,
    scores_table,
    tiers,
    together,
)
from posture.report.survey_xlsx import survey_workbook
from posture.survey.cards import card_ids, keep_reviews
from posture.survey.overview import Statistics, overview, statistics_of, with_above
from posture.survey.queries import CriterionRate, Level, all_together, stamp
from posture.survey.scored import rates_after_review, scored_recordings
from posture.survey.selection import Filter
from posture.survey.store import Store

_MOST_ROWS, _MOST_DRAWN = 500, 80
_MOST_IN_XLSX, _MOST_IN_HTML = 2000, 60
"""Recordings with scorecards in files made by the page, so that nobody waits for minutes."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@st.cache_data(show_spinner=False, max_entries=50)
def _kept(where: str, wanted: Filter, made: object, _store: Store) -> None:
    keep_reviews(_store, wanted)


@st.cache_data(show_spinner=False, max_entries=50)
def _statistics(where: str, level: Level, wanted: Filter, machine: bool, made: object, _store: Store) -> Statistics:
    return statistics_of(scored_recordings(_store, wanted, machine), level)


@st.cache_data(show_spinner=False, max_entries=50)
def _rates_by(where: str, level: Level, wanted: Filter, machine: bool, made: object, _store: Store) -> Rates:
    return rates_after_review(_store, with_above(level), wanted, machine)


def show_compare(desk: Desk) -> None:
    wanted = choose_filter(desk, "compare")
    left, right = st.columns(2, vertical_alignment="bottom")
    level = cast(
        Level,
        left.segmented_control(
            desk.tell("compare.by"), get_args(Level), default="unit", required=True, key="audit_level",
            format_func=lambda one: desk.tell(f"level.{one}"),
        ),
    )  # fmt: skip
    machine = right.toggle(desk.tell("compare.machine"), help=desk.tell("compare.machine_help"), key="audit_machine")
    _kept(desk.store.where, wanted, stamp(desk.store), desk.store)
    asked = (wanted, machine, stamp(desk.store), desk.store)
    found = _statistics(desk.store.where, level, *asked)
    if found.whole is None:
        st.info(desk.tell("compare.nothing"))
        return
    _show_scores(desk, found, machine)
    _show_change(desk, found)
    by_group = _rates_by(desk.store.where, level, *asked)
    rates = all_together(by_group.values())
    _show_rates(desk, rates)
    _show_heat(desk, level, by_group, rates)
    _show_reports(desk, level, wanted, machine)


def _show_scores(desk: Desk, found: Statistics, machine: bool) -> None:
    words, ranked = desk.words, found.ranking
    st.subheader(desk.tell("means.title"), anchor=False)
    st.markdown("  \n".join(f"**{plain(name)}** {plain(text)}" for name, text in together(words, found)))
    for caution in cautions(words, found, machine):
        st.caption(f":material/info: {plain(caution)}")
    _draw(desk, score_rows(words, found), words.stat("sheet.scores"))
    st.caption(words.stat("help.scores"))
    if ranked is not None:
        st.caption(words.stat("help.ranked"))
        st.markdown(f"**{words.report('section.ranks')}** {plain(ranking_sentence(words, ranked))}")
        groups = tiers(words, ranked)
        if groups:
            between = "、" if desk.language == "zh" else ", "
            heads = (words.stat("head.tier"), words.stat("head.place"))
            st.table([dict(zip(heads, (str(tier), plain(between.join(names))), strict=True)) for tier, names in groups])
        for text in (*ranking_rests(words, ranked), ranking_help(words, ranked)):
            st.caption(plain(text))
    show_table(desk, scores_table(words, found), "scores")
    if ranked is not None and ranked.differences:
        with st.expander(words.stat("sheet.differences")):
            show_table(desk, differences_table(words, ranked), "differences")


def _show_change(desk: Desk, found: Statistics) -> None:
    words = desk.words
    if not found.changes:
        st.caption(words.stat("change.none"))
        return
    st.subheader(desk.tell("change.title"), anchor=False)
    for text in change_sentences(words, found.changes):
        st.markdown(f"- {plain(text)}")
    _draw(desk, change_rows(words, found.changes), words.stat("sheet.changes"), zero=True)
    st.caption(words.stat("change.help"))
    show_table(desk, changes_table(words, found.changes), "change")


def _draw(desk: Desk, rows: Sequence[Row], title: str, zero: bool = False) -> None:
    for drawing in interval_charts(rows[:_MOST_DRAWN], title, zero):
        st.image(drawing, width="stretch")
    if len(rows) > _MOST_DRAWN:
        st.caption(desk.words.report("rows_cut", shown=_MOST_DRAWN, count=len(rows)))


def _show_rates(desk: Desk, rates: Sequence[CriterionRate]) -> None:
    st.subheader(desk.tell("rates.title"), anchor=False)
    if not any(r.deviating for r in rates):
        st.info(desk.tell("rates.none"))
        return
    st.vega_lite_chart(None, most_often(desk.words, rates), width="stretch")
    st.caption(desk.words.stat("help.rates"))


def _show_heat(desk: Desk, level: Level, by_group: Rates, rates: Sequence[CriterionRate]) -> None:
    if not any(r.deviating for r in rates):
        return
    st.subheader(desk.tell("heat.title"), anchor=False)
    st.vega_lite_chart(None, heat_map(desk.words, level, by_group, rates), width="stretch")
    st.caption(desk.tell("heat.help"))
    if len(by_group) > MOST_GROUPS or sum(r.deviating > 0 for r in rates) > MOST_CRITERIA:
        st.caption(desk.tell("heat.more", groups=MOST_GROUPS, criteria=MOST_CRITERIA))
    with st.expander(desk.words.report("sheet.heat_rows")):
        show_table(desk, heat_table(desk.words, with_above(level), by_group), "heat")


def show_table(desk: Desk, table: Table, name: str) -> None:
    """A table with its own CSV to save."""
    rows = [dict(zip(table.head, row, strict=True)) for row in table.rows[:_MOST_ROWS]]
    st.dataframe(rows, hide_index=True, width="stretch", placeholder="–", key=f"audit_table_{name}")
    st.download_button(
        desk.tell("save_csv"), lambda: csv_file(table), f"{name}.csv", "text/csv", key=f"audit_csv_{name}",
        on_click="ignore", icon=":material/download:", type="tertiary",
    )  # fmt: skip
    if len(table.rows) > _MOST_ROWS:
        st.caption(desk.tell("first_rows", shown=_MOST_ROWS, count=len(table.rows)))


def _show_reports(desk: Desk, level: Level, wanted: Filter, machine: bool) -> None:
    """The survey's reports, made when somebody asks for one."""
    store, words, name = desk.store, desk.words, desk.tell("file")

    def saw(most: int) -> None:
        """Whoever has a report has seen the machine's verdicts."""
        desk.saw(*card_ids(store, wanted, most))

    st.subheader(words.report("title"), anchor=False)
    with st.container(horizontal=True):
        st.download_button(
            desk.tell("compare.save"), lambda: _xlsx(store, words, level, wanted, machine), f"{name}.xlsx", _XLSX,
            key="audit_xlsx", on_click=saw, args=(_MOST_IN_XLSX,), icon=":material/download:", type="primary",
        )  # fmt: skip
        st.download_button(
            desk.tell("compare.save_html"), lambda: _html(store, words, level, wanted, machine), f"{name}.html",
            "text/html", key="audit_html", on_click=saw, args=(_MOST_IN_HTML,), icon=":material/print:",
        )  # fmt: skip
    st.caption(desk.tell("compare.save_help", xlsx=_MOST_IN_XLSX, html=_MOST_IN_HTML))


def _xlsx(store: Store, words: SurveyWords, level: Level, wanted: Filter, machine: bool) -> bytes:
    data = io.BytesIO()
    survey_workbook(store, overview(store, level, wanted, machine), words, data, most=_MOST_IN_XLSX)
    return data.getvalue()


def _html(store: Store, words: SurveyWords, level: Level, wanted: Filter, machine: bool) -> bytes:
    found = overview(store, level, wanted, machine)
    return "".join(survey_html(store, found, words, Wanted(_MOST_IN_HTML))).encode()
