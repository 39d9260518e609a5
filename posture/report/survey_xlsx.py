"""The survey as an XLSX workbook, written row by row: overview, scorecards, findings, statistics, what could not be
assessed, agreement, provenance. Whatever a file or a person brought in is text, never a formula."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, get_args

import xlsxwriter

from posture import __version__
from posture.files import atomic_path
from posture.findings import PersonFindings, Verdict
from posture.references import Category
from posture.report.labels import Report, main_reason, person_name
from posture.report.sheets import LARGE, Cell, Shade, Sheet, Sheets
from posture.report.survey import SurveyWords, agreement_table, heat_table, percent, rates_table
from posture.report.survey_cards import file_name, file_state, words_of
from posture.report.survey_charts import heat_colour
from posture.report.survey_html import where
from posture.report.survey_statistics import (
    cautions,
    change_sentences,
    changes_table,
    differences_table,
    ranking_help,
    ranking_rests,
    ranking_sentence,
    scores_table,
    together,
)
from posture.report.xlsx import FINDING_HEAD, Decided, finding_rows
from posture.survey.cards import (
    Card,
    KindOfAnalysis,
    Libraries,
    Unreadable,
    cards,
    count_cards,
    failures,
    kinds_of_analyses,
)
from posture.survey.overview import Overview
from posture.survey.queries import Level
from posture.survey.records import Recording
from posture.survey.store import Store
from posture.text import say

Progress = Callable[[int, int], None]
_PLACES: tuple[Level, ...] = get_args(Level)
_HIDDEN = "cue", "reason", "comments"
"""Columns of findings that say nothing about this one, or that stand in columns of their own here."""


def write_survey_xlsx(
    store: Store, found: Overview, words: SurveyWords, path: Path, progress: Progress | None = None
) -> None:
    """Write the workbook; nothing half-written stays behind.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    with atomic_path(path) as partial, partial.open("wb") as file:
        survey_workbook(store, found, words, file, progress)


def survey_workbook(
    store: Store, found: Overview, words: SurveyWords, into: BinaryIO, progress: Progress | None = None,
    most: int | None = None,
) -> None:  # fmt: skip
    """The workbook, in the language of `words`; scorecards and findings of at most so many recordings, which it says.
    `progress` gets recordings done and to be done."""
    with tempfile.TemporaryDirectory() as folder:  # whatever happens, no rows stay behind
        book = xlsxwriter.Workbook(into, {**LARGE, "tmpdir": folder})
        book.set_properties({"title": words.report("title"), "comments": ""})
        _fill(Sheets(book), words, store, found, progress, most)
        book.close()


def _fill(
    sheets: Sheets, words: SurveyWords, store: Store, found: Overview, progress: Progress | None, most: int | None
) -> None:
    count = count_cards(store, found.wanted)
    shown = count if most is None else min(most, count)
    _overview(sheets, words, found, words.report("cut", shown=shown, count=count) if shown < count else "")
    scores = scores_table(words, found.statistics)
    sheets.table(scores.name, scores.head, scores.rows, len(found.statistics.by))
    left_out = _recordings(sheets, words, store, found, shown, progress)
    apart, changed = found.statistics.ranking, found.statistics.changes
    for table, none in (
        (differences_table(words, apart), ranking_sentence(words, apart)),
        (changes_table(words, changed), words.stat("change.none")),
    ):
        sheets.table(table.name, table.head, table.rows or [[none]], 1)
    rates = rates_table(words, found.rates)
    sheets.table(words.report("sheet.rates"), rates.head, rates.rows, 1)
    _heat(sheets, words, found)
    _agreement(sheets, words, found)
    _provenance(sheets, words, store, found, left_out)


def _overview(sheets: Sheets, words: SurveyWords, found: Overview, cut: str) -> None:
    """Sentences: what was asked for, what to know, what the scores show."""
    made = found.statistics.ranking
    told: list[tuple[Cell, Cell]] = [(words.report("asked"), where(words, found.wanted))]
    told += [(say(f"survey.state.{state}", words.language), n) for state, n in found.states.items() if n]
    told += together(words, found.statistics)
    told += [(words.stat("head.note"), text) for text in cautions(words, found.statistics, found.machine_only)]
    told.append((words.report("section.ranks"), ranking_sentence(words, made)))
    told += [("", text) for text in ranking_rests(words, made)]
    told.append(("", ranking_help(words, made)))
    changes = change_sentences(words, found.statistics.changes) or [words.stat("change.none")]
    told += [(words.report("section.change") if i == 0 else "", text) for i, text in enumerate(changes)]
    told += [("", text) for text in (cut, words.report("method")) if text]
    told.append(("", words.report("hint")))
    sheets.table(words.report("sheet.overview"), (words.stat("head.note"), words.report("title")), told)


@dataclass
class _Open:
    """Sheets to which every recording adds rows."""

    cards: Sheet
    findings: Sheet
    lost: Sheet


def _recordings(
    sheets: Sheets, words: SurveyWords, store: Store, found: Overview, shown: int, progress: Progress | None
) -> list[tuple[Cell, Cell]]:
    """One reading of all recordings fills three sheets; which of them had no room for all rows."""
    opened = _Open(
        sheets.open(words.report("sheet.cards"), _card_head(words), 4),
        sheets.open(words.report("sheet.findings"), _finding_head(words), 4),
        sheets.open(words.report("sheet.not_assessable"), _lost_head(words), 4),
    )
    for done, card in enumerate(cards(store, found.wanted, shown, Libraries())):
        if progress is not None:
            progress(done, shown)
        if isinstance(card, Unreadable):
            _not_told(opened, words, card.recording, card.problem.in_language(words.language))
        else:
            _add(opened, words, card)
    for one in failures(store, found.wanted):
        _not_told(opened, words, one, one.failure.in_language(words.language) if one.failure else "")
    names = [words.report(f"sheet.{name}") for name in ("cards", "findings", "not_assessable")]
    filled = list(zip(names, (opened.cards, opened.findings, opened.lost), strict=True))
    for _, sheet in filled:
        sheet.close()
    return [(name, words.report("rows_left_out", count=s.left_out)) for name, s in filled if s.left_out]


def _not_told(opened: _Open, words: SurveyWords, recording: Recording, why: str) -> None:
    """A recording without a scorecard, and why."""
    opened.lost.add([*_place(words, recording), None, words.report("section.not_analysed"), None, why])


def _add(opened: _Open, words: SurveyWords, card: Card) -> None:
    report = words_of(card, words.language)
    names = {n: p.name for n, p in card.names.items() if p.name}
    place = _place(words, card.recording)
    for p in card.subjects:
        clerk: Cell = person_name(report, p.person, names)
        opened.cards.add([*place, clerk, *_card_cells(words, report, card, p)])
        for r in (one for one in p.results if one.verdict is Verdict.NOT_ASSESSABLE):
            criterion, reason = report.criterion(r.criterion), main_reason(r)
            cells = [report.title(r.criterion), report.tell(f"category.{criterion.category}")]
            lost_s = round(sum(r.not_assessable_s.values()), 1)
            told: list[Cell] = [report.tell(f"reason.{reason}"), report.remedy(reason, r.criterion), lost_s]
            opened.lost.add([*place, clerk, *cells, *told])
    subjects = {p.person for p in card.subjects}
    said = Decided(card.result, card.findings, card.names)
    kept = [i for i, key in enumerate(FINDING_HEAD) if key not in _HIDDEN]
    for finding, row in finding_rows(report, said, names, subjects):
        made = finding.current if finding is not None else None
        decided: list[Cell] = [None, None, None]
        if made is not None:
            decided = [made.who, made.made_at, made.text]
        opened.findings.add([*place, *(row[i] for i in kept), *decided])


def _place(words: SurveyWords, r: Recording) -> list[Cell]:
    return [*(words.group(getattr(r.place, level)) for level in _PLACES), r.recorded_on, f"{file_name(r)} (#{r.id})"]


def _place_head(words: SurveyWords) -> list[str]:
    head = [words.level(level) for level in _PLACES]
    return [*head, words.report("head.date"), say("report.head.file", words.language)]


def _card_head(words: SurveyWords) -> list[str]:
    own = [words.report("head.clerk"), words.stat("head.score"), say("report.xlsx.head.grade", words.language)]
    own += [words.report("head.score_machine"), words.stat("head.reviewed"), words.stat("head.coverage")]
    own += [words.report("head.lost", category=_category(words, c)) for c in _CATEGORIES]
    names = (
        "length_s", "seen", "analysed_at", "software", "norms_changed", "flow_changed", "file_state", "sha256",
    )  # fmt: skip
    return [*_place_head(words), *own, *(words.report(f"head.{n}") for n in names)]


_CATEGORIES: tuple[str, ...] = get_args(Category)


def _category(words: SurveyWords, category: str) -> str:
    return say(f"report.category.{category}", words.language)


def _card_cells(words: SurveyWords, report: Report, card: Card, p: PersonFindings) -> list[Cell]:
    machine = next((m.score.value for m in card.machine.people if m.person == p.person), None)
    reviewed = any(f.current is not None for f in card.findings if f.person == p.person)
    lost = {c.category: c.deducted for c in p.score.categories}
    r, made = card.recording, card.analysis
    return [
        _round(p.score.value), report.tell(f"grade.{p.score.grade}") if p.score.grade else report.tell("no_score"),
        _round(machine), "✓" if reviewed else None, round(100 * p.score.coverage, 1),
        *(_round(lost.get(c), 2) for c in _CATEGORIES),
        _round(r.duration_s), round(p.seen_s, 1), made.made_at, made.software,
        *("✓" if changed else None for changed in (card.norms_changed, card.flow_changed)),
        words.report(f"file_state.{file_state(r)}"), r.sha256,
    ]  # fmt: skip


def _round(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)


def _finding_head(words: SurveyWords) -> list[str]:
    titles = {key: say(f"report.xlsx.head.{key}", words.language) for key in FINDING_HEAD if key not in _HIDDEN}
    own = [*(titles | {"unit": words.report("head.measure_unit")}).values()]
    return [*_place_head(words), *own, *(words.report(f"head.decided_{n}") for n in ("by", "at", "why"))]


def _lost_head(words: SurveyWords) -> list[str]:
    names = ("criterion", "category", "not_assessable", "how_to")
    own = [say(f"report.xlsx.head.{name}", words.language) for name in names]
    return [*_place_head(words), words.report("head.clerk"), *own, words.report("head.seconds")]


def _heat(sheets: Sheets, words: SurveyWords, found: Overview) -> None:
    """Coloured cells with the share in per cent; all of it as rows in the sheet behind."""
    groups, criteria = sorted(found.heat), [r.criterion for r in found.rates if r.deviating]
    known = {g: {r.criterion: r for r in found.heat[g]} for g in groups}
    rows: list[list[Cell]] = []
    for c in criteria:
        cells: list[Cell] = []
        for g in groups:
            rate = known[g].get(c)
            share = percent(rate) if rate is not None else None
            cells.append("×" if share is None else Shade(share, *heat_colour(share / 100)))
        rows.append([words.title(c), *cells])
    titles = [words.tell("rates.criterion"), *(words.groups(g) for g in groups)]
    sheets.table(words.report("sheet.heat"), titles, rows, 1)
    table = heat_table(words, found.heat_by, found.heat)
    sheets.table(words.report("sheet.heat_rows"), table.head, table.rows, len(found.heat_by))


def _agreement(sheets: Sheets, words: SurveyWords, found: Overview) -> None:
    rows: list[Sequence[Cell]] = []
    head: list[str] = []
    for who, agreed in found.agreements:
        table = agreement_table(words, agreed, words.tell("agreement.machine"), words.report("head.rater"))
        head = [words.report("head.rater"), *table.head]
        rows += [[who, *row] for row in table.rows]
    if not rows:
        head, rows = [words.stat("head.note")], [[words.report("agreement_none")]]
    sheets.table(words.report("sheet.agreement"), head, rows, 1)


def _provenance(
    sheets: Sheets, words: SurveyWords, store: Store, found: Overview, left_out: list[tuple[Cell, Cell]]
) -> None:
    """With what the analyses were made, and what could not be analysed."""
    rows: list[tuple[Cell, Cell]] = [
        (words.report("made", day=f"{datetime.now():%Y-%m-%d %H:%M}", version=__version__), None),
        (words.report("asked"), where(words, found.wanted)),
        *left_out,
    ]
    for kind in kinds_of_analyses(store, found.wanted):
        rows += [
            (words.report("recordings"), kind.recordings),
            (words.report("head.software"), kind.software),
            (say("report.head.profile", words.language), kind.profile),
            (say("reference.column.flow", words.language), _flow_name(kind, words.language)),
            (words.report("norms"), kind.norms_sha256),
            (words.report("models"), kind.models_sha256),
            (words.report("options"), kind.options),
        ]
        rows += [(say(f"report.provenance.{key}", words.language), v) for key, v in kind.provenance.items()]
    head = [say(f"report.xlsx.head.{name}", words.language) for name in ("what", "value")]
    sheets.table(words.report("sheet.provenance"), head, rows)


def _flow_name(kind: KindOfAnalysis, language: str) -> str:
    return f"{kind.flow.names.in_language(language)} ({kind.flow.id})" if kind.flow else "–"
