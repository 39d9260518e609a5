"""A survey in words, tables and charts: means by place and round, how they change, what is broken most often where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.library import Library
from posture.report.sheets import Cell, Table
from posture.survey.agreement import Agreement
from posture.survey.queries import CriterionRate, Level
from posture.text import say

Spec = dict[str, Any]
Rates = Mapping[tuple[str, ...], Sequence[CriterionRate]]
MOST_GROUPS, MOST_CRITERIA = 30, 15
_ROW_PX, _AXIS_PX = 26, 56
_NAMES = {"labelLimit": 260, "labelOverlap": False}
HEAT = ("#FFF3E6", "#FDAE6B", "#B93C00")
"""Fill of the heat map at shares of 0, 0.5 and 1."""
_BAR_COLOUR = "#D55E00"


@dataclass(frozen=True)
class SurveyWords:
    """Names in one language. `library` knows the criteria; one that it does not know goes by its id."""

    language: str
    library: Library

    def tell(self, key: str, **values: object) -> str:
        """The text `audit.<key>`."""
        return say(f"audit.{key}", self.language, **values)

    def stat(self, key: str, **values: object) -> str:
        """The text `statistics.<key>`."""
        return say(f"statistics.{key}", self.language, **values)

    def report(self, key: str, **values: object) -> str:
        """The text `survey_report.<key>`."""
        return say(f"survey_report.{key}", self.language, **values)

    def title(self, criterion: str) -> str:
        known = self.library.all_criteria().get(criterion)
        return known.title.in_language(self.language) if known else criterion

    def group(self, value: str) -> str:
        return value or self.tell("not_given")

    def groups(self, values: Sequence[str]) -> str:
        return " / ".join(self.group(v) for v in values)

    def level(self, level: Level) -> str:
        return self.tell(f"level.{level}")

    def length(self, seconds: float) -> str:
        whole = round(seconds)
        hours, minutes = divmod(whole // 60, 60)
        if hours:
            return self.tell("hours", hours=hours, minutes=minutes)
        return self.tell("minutes", minutes=minutes, seconds=whole % 60)


def rates_table(words: SurveyWords, rates: Sequence[CriterionRate]) -> Table:
    names = ("criterion", "share", "deviating", "assessed", "borderline", "not_assessable", "deviations")
    rows: list[list[Cell]] = [
        [
            words.title(r.criterion), percent(r), r.deviating, r.assessed, r.borderline, r.not_assessable,
            r.deviations,
        ]
        for r in rates
    ]  # fmt: skip
    return Table(words.tell("rates.title"), [words.tell(f"rates.{n}") for n in names], rows)


def percent(rate: CriterionRate) -> float | None:
    """Of those assessed, how many in 100 deviate."""
    return round(100 * rate.deviating / rate.assessed, 1) if rate.assessed else None


def heat_table(words: SurveyWords, by: Sequence[Level], by_group: Rates) -> Table:
    """What the heat map shows, all criteria and groups, as rows."""
    names = ("criterion", "share", "deviating", "assessed", "not_assessable")
    rows: list[list[Cell]] = [
        [
            *(words.group(g) for g in group), words.title(r.criterion), percent(r), r.deviating, r.assessed,
            r.not_assessable,
        ]
        for group, rates in by_group.items()
        for r in rates
    ]  # fmt: skip
    head = [*(words.level(level) for level in by), *(words.tell(f"rates.{n}") for n in names)]
    return Table(words.tell("heat.title"), head, rows)


def agreement_table(words: SurveyWords, found: Sequence[Agreement], first: str, second: str) -> Table:
    """Raw agreement and kappa with its interval, and why there is none; `first` and `second` are who judged."""
    head = [
        words.tell(f"agreement.{n}") for n in ("criterion", "pairs", "observed", "kappa", "interval", "note", "both")
    ]
    head += [words.tell("agreement.only", who=who) for who in (first, second)]
    head += [words.tell(f"agreement.{n}") for n in ("neither", "left_out")]
    rows: list[list[Cell]] = []
    for a in found:
        k = a.kappa
        title = words.tell("agreement.whole") if a.criterion is None else words.title(a.criterion)
        observed = round(100 * k.observed, 1) if k.observed is not None else None
        kappa = round(k.kappa, 2) if k.kappa is not None else None
        counts = (a.both, a.only_first, a.only_second, a.neither, a.left_out)
        rows.append([title, k.pairs, observed, kappa, interval_text(words, a), kappa_note(words, a), *counts])
    return Table(words.tell("agreement.sheet"), head, rows)


def kappa_note(words: SurveyWords, found: Agreement) -> str:
    """Why there is no kappa, or no interval; empty where there are both."""
    kappa = found.kappa
    if kappa.reason is not None:
        return say(f"survey.agreement.{kappa.reason}", words.language)
    return words.tell("agreement.no_interval") if kappa.interval is None else ""


def interval_text(words: SurveyWords, found: Agreement) -> str:
    if found.kappa.interval is None:
        return ""
    low, high = (f"{v:.2f}".replace("-", "−") for v in found.kappa.interval)
    return words.tell("agreement.from_to", low=low, high=high)


def most_often(words: SurveyWords, rates: Sequence[CriterionRate], most: int = 10) -> Spec:
    """Bars: of those assessed, the share with a deviation; the criteria broken by most people first."""
    shown = [r for r in rates if r.deviating][:most]
    values = [
        {
            "criterion": words.title(r.criterion),
            "share": r.deviating / r.assessed,
            "text": words.tell("rates.of", deviating=r.deviating, assessed=r.assessed),
        }
        for r in shown
    ]
    order = [v["criterion"] for v in values]
    share = {"field": "share", "type": "quantitative", "title": words.tell("rates.share_axis"),
             "axis": {"format": "%"}, "scale": {"domain": [0, 1]}}  # fmt: skip
    tooltip = [{"field": "criterion", "title": words.tell("rates.criterion")},
               {"field": "text", "title": words.tell("rates.share")}]  # fmt: skip
    y = {
        "field": "criterion",
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": _NAMES,
    }
    return {
        "height": max(len(order), 1) * _ROW_PX + _AXIS_PX,
        "data": {"values": values},
        "encoding": {"y": y, "x": share, "tooltip": tooltip},
        "layer": [
            {"mark": {"type": "bar", "color": _BAR_COLOUR, "height": {"band": 0.7}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": "#888"},
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }


def heat_map(words: SurveyWords, level: Level, by_group: Rates, rates: Sequence[CriterionRate]) -> Spec:
    """Criteria, the most often broken, by groups: darker where more of those assessed deviate, with the share written
    in; crossed out where nobody could be assessed. At most `MOST_CRITERIA` and the worst
    `MOST_GROUPS`, in order of their names."""
    criteria = [r.criterion for r in rates if r.deviating][:MOST_CRITERIA]
    worst = sorted(by_group, key=lambda g: -shares(by_group[g]))[:MOST_GROUPS]
    groups = [g for g in by_group if g in worst]
    values = []
    for group in groups:
        known = {r.criterion: r for r in by_group[group]}
        for c in criteria:
            r = known.get(c)
            share = r.deviating / r.assessed if r is not None and r.assessed else None
            of = words.tell("rates.of", deviating=r.deviating, assessed=r.assessed) if r is not None else "–"
            label = "×" if share is None else f"{100 * share:.0f}"
            values.append(
                {"group": words.groups(group), "criterion": words.title(c), "share": share, "label": label, "of": of}
            )
    order = [words.title(c) for c in criteria]
    colour = {
        "field": "share", "type": "quantitative", "scale": {"domain": [0, 0.5, 1], "range": list(HEAT)},
        "legend": {"title": words.tell("rates.share_axis"), "format": "%", "orient": "bottom"},
    }  # fmt: skip
    unseen = {"test": "datum.share === null", "value": "#9993"}
    text = {"condition": [{"test": "datum.share === null", "value": "#888"},
                          {"test": "datum.share > 0.7", "value": "white"}], "value": "#222"}  # fmt: skip
    tooltip = [{"field": "group", "title": words.level(level)},
               {"field": "criterion", "title": words.tell("rates.criterion")},
               {"field": "of", "title": words.tell("rates.share")}]  # fmt: skip
    return {
        "height": max(len(order), 1) * _ROW_PX + 2 * _AXIS_PX,
        "data": {"values": values},
        "encoding": {
            "x": {"field": "group", "type": "nominal", "title": None, "sort": [words.groups(g) for g in groups],
                  "axis": {"orient": "top", "labelAngle": -30 if len(groups) > 6 else 0, "labelLimit": 140}},
            "y": {"field": "criterion", "type": "nominal", "title": None, "sort": order, "axis": _NAMES},
            "tooltip": tooltip,
        },
        "layer": [
            {"mark": {"type": "rect", "stroke": "#8884"}, "encoding": {"color": {"condition": unseen, **colour}}},
            {"mark": "text", "encoding": {"text": {"field": "label"}, "color": text}},
        ],
    }  # fmt: skip


def shares(rates: Sequence[CriterionRate]) -> float:
    """Over all criteria, the share with a deviation of those assessed."""
    assessed = sum(r.assessed for r in rates)
    return sum(r.deviating for r in rates) / assessed if assessed else 0.0
