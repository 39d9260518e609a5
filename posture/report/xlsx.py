"""The result as an XLSX workbook: scorecard, findings, movements, criteria, people, provenance.

Everything a file or a person brought in (names, comments) is written as text, never as a formula or a link.
"""

from __future__ import annotations

import io
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from posture.files import atomic_path
from posture.findings import CheckResult, CriterionResult, Deviation, PersonFindings, Verdict
from posture.report.labels import Report, clock, main_reason, person_name
from posture.report.sheets import SAFE, Cell, Sheets
from posture.survey.records import Finding, PersonName


@dataclass(frozen=True)
class Decided:
    """What people made of the machine's result: the result scored anew, findings with decisions, people's names."""

    result: CheckResult
    findings: Sequence[Finding] = ()
    names: Mapping[int, PersonName] = field(default_factory=dict)


def xlsx_bytes(report: Report, decided: Decided | None = None) -> bytes:
    """The workbook in the report's language."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, SAFE)
    book.set_properties({"title": report.tell("title"), "comments": ""})
    sheets = _Sheets(book, report)
    said = decided or Decided(report.checked.result)
    names = {number: one.name for number, one in said.names.items() if one.name}
    _scores(sheets, report, said, names)
    _findings(sheets, report, said, names)
    _movements(sheets, report, names)
    _criteria(sheets, report, said, names)
    _people(sheets, report, said, names)
    _provenance(sheets, report)
    book.close()
    return data.getvalue()


def write_xlsx(report: Report, path: Path, decided: Decided | None = None) -> None:
    """Write the workbook; nothing half-written stays behind.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    with atomic_path(path) as partial:
        partial.write_bytes(xlsx_bytes(report, decided))


class _Sheets:
    """Sheets in the words of the report."""

    def __init__(self, book: Any, report: Report) -> None:
        self._sheets, self._report = Sheets(book), report

    def table(self, name: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """`name` and `head` are keys of `report.xlsx`."""
        titles = [self._report.tell(f"xlsx.head.{key}") for key in head]
        self._sheets.table(self._report.tell(f"xlsx.sheet.{name}"), titles, rows)


Names = Mapping[int, str]


def _scores(sheets: _Sheets, report: Report, said: Decided, names: Names) -> None:
    machine = {p.person: p.score for p in report.checked.result.people}
    rows: list[list[Cell]] = []
    for p in said.result.people:
        who = person_name(report, p.person, names)
        grade = report.tell(f"grade.{p.score.grade}") if p.score.grade else report.tell("no_score")
        share = round(100 * p.score.coverage, 1)
        rows.append([who, report.tell("head.total"), None, machine[p.person].value, p.score.value, grade, share])
        for c in p.score.categories:
            name = report.tell(f"category.{c.category}")
            before = next((k.deducted for k in machine[p.person].categories if k.category == c.category), None)
            lost = [-before if before else before, -c.deducted if c.deducted else c.deducted]
            part = round(100 * c.assessable / c.weight, 1) if c.weight else None
            rows.append([who, name, c.weight, *lost, "", part])
    head = ("person", "category", "weight", "machine", "reviewed", "grade", "coverage")
    sheets.table("scores", head, rows)


FINDING_HEAD = (
    "person", "criterion", "start", "end", "start_s", "end_s", "worst_s", "severity", "measured", "error", "unit",
    "allowed", "points", "remark", "cue", "reason", "source", "state", "comments",
)  # fmt: skip
"""Keys of `report.xlsx.head` for `finding_rows`."""


def _findings(sheets: _Sheets, report: Report, said: Decided, names: Names) -> None:
    sheets.table("findings", FINDING_HEAD, [row for _, row in finding_rows(report, said, names)])


def finding_rows(
    report: Report, said: Decided, names: Names, people: Container[int] | None = None
) -> list[tuple[Finding | None, list[Cell]]]:
    """Each finding (on these people, else on all) with its row, in the order of time, dismissed ones and those that
    people added included."""
    wanted = [f for f in said.findings if people is None or f.person in people]
    known = {(f.person, f.criterion, f.start_s, f.end_s): f for f in wanted}
    counted = {_key(d): d for p in said.result.people for d in p.deviations}
    rows: list[tuple[float, Finding | None, list[Cell]]] = []
    for p in report.checked.result.people:
        for d in p.deviations if people is None or p.person in people else ():
            finding = known.pop(_key(d), None)
            rows.append((d.start_s, finding, _finding_row(report, d, counted.get(_key(d)), finding, names)))
    rows += [(f.start_s, f, _added_row(report, f, counted, names)) for f in known.values() if f.deviation is None]
    return [(finding, row) for _, finding, row in sorted(rows, key=lambda one: one[0])]


def _key(d: Deviation) -> tuple[int, str, float, float]:
    return d.person, d.criterion, d.start_s, d.end_s


def _finding_row(
    report: Report, d: Deviation, counted: Deviation | None, finding: Finding | None, names: Names
) -> list[Cell]:
    criterion, unit = report.criterion(d.criterion), report.unit_of(d.criterion)
    points = counted.points if counted is not None else 0.0
    return [
        person_name(report, d.person, names), report.title(d.criterion), report.clock(d.start_s), report.clock(d.end_s),
        _s(report, d.start_s), _s(report, d.end_s), _s(report, d.worst_s), report.tell(f"severity.{d.severity}"),
        round(d.value, 3), round(d.error, 3), _unit(report, unit), report.allowed(d.allowed, unit), points,
        report.remark(counted) if counted is not None else "", criterion.cue.in_language(report.language),
        criterion.reason.in_language(report.language), report.sources(criterion), _state(report, finding),
        _comments(report, finding),
    ]  # fmt: skip


def _added_row(
    report: Report, f: Finding, counted: Mapping[tuple[int, str, float, float], Deviation], names: Names
) -> list[Cell]:
    criterion, unit = report.criterion(f.criterion), report.unit_of(f.criterion)
    d = counted.get((f.person, f.criterion, f.start_s, f.end_s))
    return [
        person_name(report, f.person, names), report.title(f.criterion), report.clock(f.start_s), report.clock(f.end_s),
        _s(report, f.start_s), _s(report, f.end_s), None, report.tell(f"severity.{f.severity}"), None, None,
        _unit(report, unit), report.allowed((criterion.allowed.low, criterion.allowed.high), unit),
        d.points if d is not None else 0.0, "", criterion.cue.in_language(report.language),
        criterion.reason.in_language(report.language), report.sources(criterion), _state(report, f),
        _comments(report, f),
    ]  # fmt: skip


def _s(report: Report, seconds: float, digits: int = 2) -> float | None:
    """Seconds as a cell; none for a photo, which is one moment."""
    return None if report.is_photo else round(seconds, digits)


def _unit(report: Report, unit: str) -> str:
    return report.tell(f"unit_in_brackets.{unit}").strip("（）() ")


def _state(report: Report, finding: Finding | None) -> str:
    return report.tell(f"state.{finding.state}") if finding is not None else ""


def _comments(report: Report, finding: Finding | None) -> str:
    """One line a decision: when, who, what, why."""
    made = finding.decisions if finding is not None else ()
    lines = []
    for d in made:
        line = f"{d.made_at:%Y-%m-%d %H:%M} UTC · {d.who} · {report.tell(f'decision.{d.kind}')}"
        lines.append(f"{line}: {d.text}" if d.text else line)
    return "\n".join(lines)


def _movements(sheets: _Sheets, report: Report, names: Names) -> None:
    rows: list[list[Cell]] = [
        [
            person_name(report, m.person, names), report.move_name(m.kind),
            report.tell(f"hand.{m.side}") if m.side else "", m.count, report.clock(m.start_s), report.clock(m.end_s),
            _s(report, m.start_s), _s(report, m.end_s),
        ]
        for p in report.checked.result.people
        for m in p.moves
    ]  # fmt: skip
    head = ("person", "movement", "hand", "count", "start", "end", "start_s", "end_s")
    sheets.table("movements", head, rows)


def _criteria(sheets: _Sheets, report: Report, said: Decided, names: Names) -> None:
    rows = [_criterion_row(report, p, r, names) for p in said.result.people for r in p.results]
    head = (
        "person", "criterion", "category", "verdict", "typical", "error", "unit", "allowed", "assessable_s",
        "deviation_s", "not_assessable", "how_to", "source",
    )  # fmt: skip
    sheets.table("criteria", head, rows)


def _criterion_row(report: Report, p: PersonFindings, r: CriterionResult, names: Names) -> list[Cell]:
    criterion, unit = report.criterion(r.criterion), report.unit_of(r.criterion)
    lost = r.verdict is Verdict.NOT_ASSESSABLE
    reason = main_reason(r)
    return [
        person_name(report, p.person, names), report.title(r.criterion), report.tell(f"category.{criterion.category}"),
        report.tell(f"verdict.{r.verdict}"), _rounded(r.typical_value), _rounded(r.error), _unit(report, unit),
        report.allowed((criterion.allowed.low, criterion.allowed.high), unit), _s(report, r.assessable_s, 1),
        _s(report, r.deviation_s, 1), report.tell(f"reason.{reason}") if lost else "",
        report.remedy(reason, r.criterion) if lost else "", report.sources(criterion),
    ]  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return round(value, 3) if value is not None else None


def _people(sheets: _Sheets, report: Report, said: Decided, names: Names) -> None:
    rows: list[list[Cell]] = [
        [
            report.tell("person", number=p.person), names.get(p.person, ""),
            report.tell(f"role.{role}") if (role := _role(said, p)) else "", _s(report, p.seen_s, 1),
            report.clock(p.first_seen_s), report.clock(p.last_seen_s), round(p.height_px), report.seen_from(p),
        ]
        for p in said.result.people
    ]  # fmt: skip
    head = ("person", "name", "role", "seen_s", "first_seen", "last_seen", "height_px", "views")
    sheets.table("people", head, rows)


def _role(said: Decided, person: PersonFindings) -> str | None:
    """What somebody said, else what was recognised."""
    named = said.names.get(person.person)
    return str(named.role) if named is not None and named.role is not None else person.role


def _provenance(sheets: _Sheets, report: Report) -> None:
    result = report.checked.result
    duration = report.length(result.duration_s)
    rows: list[list[Cell]] = [
        [report.tell("head.file"), result.source],
        [report.tell("head.duration"), duration],
        [report.tell("head.size"), "{} × {}".format(*result.image_size)],
        [report.tell("head.profile"), report.judged_by()],
        [report.tell("provenance.source_sha256"), report.checked.observation.source_sha256],
    ]
    rows += [[report.tell(f"provenance.{k}"), v] for k, v in result.provenance.items()]
    rows += [[report.tell("head.notes"), report.note(k, v)] for k, v in result.notes]
    rows += [[report.tell("head.damage"), f"{clock(a)}–{clock(b)} {report.damage(d)}"] for a, b, d in result.damage]
    sheets.table("provenance", ("what", "value"), rows)
