"""Windows, outlets, units and rounds side by side, what is broken most often where, and all of it as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast, get_args

import streamlit as st

from posture.app.audit_list import choose_filter
from posture.app.audit_seat import Desk
from posture.report.sheets import Table, csv_file, workbook
from posture.report.survey import (
    MOST_CRITERIA,
    MOST_GROUPS,
    Rates,
    changes,
    changes_table,
    heat_map,
    heat_table,
    means_table,
    most_often,
    rates_table,
    rounds_chart,
)
from posture.survey.queries import (
    CriterionRate,
    GroupMeans,
    Level,
    all_together,
    compare,
    criterion_rates_by,
    stamp,
    without_last,
)
from posture.survey.selection import Filter
from posture.survey.store import Store

_MOST_ROWS = 500
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@st.cache_data(show_spinner=False, max_entries=50)
def _means(
    where: str, by: tuple[Level, ...], wanted: Filter, machine: bool, made: object, _store: Store
) -> Sequence[GroupMeans]:
    return compare(_store, by, wanted, machine)


@st.cache_data(show_spinner=False, max_entries=50)
def _rates_by(where: str, by: tuple[Level, ...], wanted: Filter, made: object, _store: Store) -> Rates:
    return criterion_rates_by(_store, by, wanted)


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
    where, made, store = desk.store.where, stamp(desk.store), desk.store
    by = _with_above(level)
    over = _means(where, by if level == "round" else (*by, "round"), wanted, machine, made, store)
    means = over if level == "round" else without_last(over)
    if not means:
        st.info(desk.tell("compare.nothing"))
        return
    words = desk.words
    tables = [means_table(words, by, means)]
    st.subheader(desk.tell("means.title"), anchor=False)
    show_table(desk, tables[0], "means")
    st.caption(desk.tell("means.help"))
    if level != "round":
        tables += _show_change(desk, by, over)
    by_group = _rates_by(where, by, wanted, made, store)
    rates = all_together(by_group.values())
    tables.append(rates_table(words, rates))
    _show_rates(desk, rates)
    _show_heat(desk, level, by_group, rates)
    # The longest table is made when somebody wants it only.
    _show_export(desk, lambda: [*tables, heat_table(words, by, by_group)])


def _with_above(level: Level) -> tuple[Level, ...]:
    """A window is known by its outlet and unit."""
    if level == "round":
        return ("round",)
    order: tuple[Level, ...] = ("unit", "outlet", "window")
    return order[: order.index(level) + 1]


def _show_change(desk: Desk, by: tuple[Level, ...], over: Sequence[GroupMeans]) -> list[Table]:
    found = changes(over)
    if not found:
        st.caption(desk.tell("change.none"))
        return []
    table = changes_table(desk.words, by, found)
    st.subheader(desk.tell("change.title"), anchor=False)
    show_table(desk, table, "change")
    st.vega_lite_chart(None, rounds_chart(desk.words, over), width="stretch")
    st.caption(desk.tell("change.help"))
    return [table]


def _show_rates(desk: Desk, rates: Sequence[CriterionRate]) -> None:
    st.subheader(desk.tell("rates.title"), anchor=False)
    if not any(r.deviating for r in rates):
        st.info(desk.tell("rates.none"))
        return
    st.vega_lite_chart(None, most_often(desk.words, rates), width="stretch")
    st.caption(desk.tell("rates.help"))


def _show_heat(desk: Desk, level: Level, by_group: Rates, rates: Sequence[CriterionRate]) -> None:
    if not any(r.deviating for r in rates):
        return
    st.subheader(desk.tell("heat.title"), anchor=False)
    st.vega_lite_chart(None, heat_map(desk.words, level, by_group, rates), width="stretch")
    st.caption(desk.tell("heat.help"))
    if len(by_group) > MOST_GROUPS or sum(r.deviating > 0 for r in rates) > MOST_CRITERIA:
        st.caption(desk.tell("heat.more", groups=MOST_GROUPS, criteria=MOST_CRITERIA))


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


def _show_export(desk: Desk, tables: Callable[[], list[Table]]) -> None:
    st.download_button(
        desk.tell("compare.save"), lambda: workbook(desk.tell("title"), tables()), f"{desk.tell('file')}.xlsx", _XLSX,
        key="audit_xlsx", on_click="ignore", icon=":material/download:", type="primary",
    )  # fmt: skip
    st.caption(desk.tell("compare.save_help"))
