"""The printable report of a survey: an overview, then one scorecard a page. Written as it is made, so that a large
survey needs no more memory than a small one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from markupsafe import Markup

from posture import __version__
from posture.files import atomic_path
from posture.report.html import environment
from posture.report.sheets import Cell, Table
from posture.report.survey import MOST_CRITERIA, SurveyWords, agreement_table, shares
from posture.report.survey_cards import Form, Pictures, file_name, forms
from posture.report.survey_charts import Row, change_rows, heat_colour, interval_charts, score_rows, share_bars
from posture.report.survey_statistics import (
    cautions,
    change_sentence,
    change_sentences,
    number,
    ranking_help,
    ranking_rests,
    ranking_sentence,
    tiers,
    together,
)
from posture.survey.cards import Libraries, Unreadable, cards, count_cards, failures
from posture.survey.overview import Overview
from posture.survey.queries import CriterionRate, Level
from posture.survey.records import State
from posture.survey.selection import Filter
from posture.survey.statistics import RoundChange
from posture.survey.store import Store
from posture.text import say

MOST_CARDS = 200
_MOST_DRAWN, _MOST_COLUMNS, _MOST_FAILED = 120, 16, 50


@dataclass(frozen=True)
class Wanted:
    """What a printed report holds. `most_cards` None is all."""

    most_cards: int | None = MOST_CARDS
    pictures: Pictures = "others"


def write_survey_html(
    store: Store, found: Overview, words: SurveyWords, path: Path, wanted: Wanted | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:  # fmt: skip
    """Write the report; nothing half-written stays behind.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8") as file:
        for part in survey_html(store, found, words, wanted, progress):
            file.write(part)


def survey_html(
    store: Store, found: Overview, words: SurveyWords, wanted: Wanted | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[str]:  # fmt: skip
    """The page in parts. `progress` gets scorecards done and to be done."""
    wanted = wanted or Wanted()
    count = count_cards(store, found.wanted)
    shown = count if wanted.most_cards is None else min(count, wanted.most_cards)
    template = environment().get_template("survey.html.j2")
    yield from template.generate(
        w=words,
        say=words.report,
        stat=words.stat,
        head=_head(found, words),
        blurred=words.report(f"blurred_{wanted.pictures}") if wanted.pictures != "none" else "",
        cautions=cautions(words, found.statistics, found.machine_only),
        together=together(words, found.statistics),
        ranking=_ranking(found, words),
        changes=_changes(found, words),
        bars=Markup(share_bars(words, found.rates)),
        heat=_heat(found, words),
        agreements=[_agreement(words, who, found) for who, found in found.agreements],
        failed=[
            words.report("unreadable", file=file_name(r), reason=r.failure.in_language(words.language))
            for r in failures(store, found.wanted, _MOST_FAILED)
            if r.failure is not None
        ],
        cut=_cut(words, shown, count, wanted),
        pages=_pages(store, found.wanted, words, wanted, shown, progress),
    )


def where(words: SurveyWords, wanted: Filter) -> str:
    """The filter in words."""
    chosen = [f"{words.level(n)} {words.group(v)}" for n in get_args(Level) if (v := getattr(wanted, n)) is not None]
    return " · ".join(chosen) or words.report("everything")


def _head(found: Overview, words: SurveyWords) -> dict[str, Any]:
    states = [
        words.report("states", state=say(f"survey.state.{state}", words.language), count=n)
        for state, n in found.states.items()
        if n or state is State.DONE
    ]
    made = words.report("made", day=f"{date.today():%Y-%m-%d}", version=__version__)
    return {"where": words.report("filter", place=where(words, found.wanted)), "made": made, "states": states}


def _cut(words: SurveyWords, shown: int, count: int, wanted: Wanted) -> str:
    if wanted.most_cards == 0:
        return words.report("no_cards")
    return words.report("cut", shown=shown, count=count) if shown < count else words.report("all_cards", count=count)


def _charts(rows: Sequence[Row], title: str, words: SurveyWords, zero: bool = False) -> dict[str, Any]:
    drawn = interval_charts(rows[:_MOST_DRAWN], title, zero)
    cut = words.report("rows_cut", shown=_MOST_DRAWN, count=len(rows)) if len(rows) > _MOST_DRAWN else ""
    return {"charts": [Markup(one) for one in drawn], "cut": cut}


def _ranking(found: Overview, words: SurveyWords) -> dict[str, Any]:
    made = found.statistics.ranking
    return {
        **_charts(score_rows(words, found.statistics), words.stat("sheet.scores"), words),
        "sentence": ranking_sentence(words, made),
        "help": ranking_help(words, made),
        "tiers": tiers(words, made),
        "rests": ranking_rests(words, made),
    }


def _changes(found: Overview, words: SurveyWords) -> list[dict[str, Any]]:
    """For each two rounds: the sentence on all together, those on places, and the chart."""
    pairs: dict[tuple[str, str], list[RoundChange]] = {}
    for c in found.statistics.changes:
        pairs.setdefault((c.before, c.after), []).append(c)
    told = []
    for own in pairs.values():
        sentences = change_sentences(words, own[1:])
        drawn = _charts(change_rows(words, own), words.stat("sheet.changes"), words, zero=True)
        told.append({"whole": change_sentence(words, own[0]), "sentences": sentences, **drawn})
    return told


@dataclass(frozen=True)
class HeatCell:
    """`text` is what stands in it, `under` how many of how many, `unseen` the share that could not be assessed."""

    text: str
    under: str
    unseen: str
    style: str


def _heat(found: Overview, words: SurveyWords) -> dict[str, Any]:
    """The criteria most often broken by the places with most deviations, in order of their names."""
    criteria = [r.criterion for r in found.rates if r.deviating][:MOST_CRITERIA]
    worst = set(sorted(found.heat, key=lambda g: -shares(found.heat[g]))[:_MOST_COLUMNS])
    groups = [g for g in sorted(found.heat) if g in worst]
    known = {g: {r.criterion: r for r in found.heat[g]} for g in groups}
    rows = [(words.title(c), [_heat_cell(words, known[g].get(c)) for g in groups]) for c in criteria]
    count = len(found.heat)
    cut = words.report("groups_cut", shown=_MOST_COLUMNS, count=count) if count > _MOST_COLUMNS else ""
    return {"groups": [words.groups(g) for g in groups], "rows": rows, "cut": cut}


def _heat_cell(words: SurveyWords, rate: CriterionRate | None) -> HeatCell:
    lost = rate.not_assessable / (rate.assessed + rate.not_assessable) if rate and rate.not_assessable else 0.0
    unseen = words.report("not_seen", share=f"{100 * lost:.0f}") if lost else ""
    if rate is None or not rate.assessed:
        return HeatCell("×", "", unseen, "background:#e9ecef;color:#5b6775")
    share = rate.deviating / rate.assessed
    fill, ink = heat_colour(share)
    under = f"{rate.deviating}/{rate.assessed}"
    return HeatCell(f"{100 * share:.0f}", under, unseen, f"background:{fill};color:{ink}")


def _agreement(words: SurveyWords, who: str, found: Any) -> dict[str, Any]:
    table = agreement_table(words, found, words.tell("agreement.machine"), who)
    return {"who": who, "table": _as_text(table)}


def _as_text(table: Table) -> Table:
    return Table(table.name, table.head, [[_cell(cell) for cell in row] for row in table.rows])


def _cell(cell: Cell) -> str:
    if cell is None:
        return "–"
    return number(cell, 2 if abs(cell) <= 1 else 1) if isinstance(cell, float) else str(cell)


def _pages(
    store: Store, wanted: Filter, words: SurveyWords, asked: Wanted, shown: int,
    progress: Callable[[int, int], None] | None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Scorecards one by one."""
    if not shown:
        return
    for done, card in enumerate(cards(store, wanted, shown, Libraries())):
        if progress is not None:
            progress(done, shown)
        if isinstance(card, Unreadable):
            told = words.report(
                "unreadable", file=file_name(card.recording), reason=card.problem.in_language(words.language)
            )
            yield {"problem": told}
            continue
        for form in forms(card, words, asked.pictures):
            yield {"problem": "", "form": form, "pictures": _encoded(form)}


def _encoded(form: Form) -> dict[str, Markup]:
    return {
        item.criterion: Markup(base64.b64encode(item.picture).decode())
        for section in form.sections
        for item in section.items
        if item.picture
    }
