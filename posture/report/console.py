"""The summary in the terminal."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from posture.findings import Contact, Deviation, PersonFindings, Reason, Verdict
from posture.report import flow
from posture.report.labels import Report, by_importance, clock, main_reason, percent, with_verdict

_COLOURS = {"minor": "yellow", "moderate": "dark_orange", "serious": "red"}


def print_summary(report: Report, console: Console) -> None:
    """Print what was found; plain text when the console is no terminal."""
    result = report.checked.result
    parts: list[RenderableType] = [_head(report)]
    parts += [Text(report.tell("warning", text=warning), style="bold yellow") for warning in report.warnings]
    if not result.people:
        parts.append(Text(report.nobody, style="bold"))
    for person in result.people:
        parts += _person(report, person)
    for contact in result.contacts:
        parts += _contact(report, contact)
    parts += _endnotes(report)
    console.print(Group(*parts))


def _head(report: Report) -> RenderableType:
    result = report.checked.result
    grid = Table.grid(padding=(0, 2))
    width, height = result.image_size
    duration = report.length(result.duration_s)
    for key, value in (
        ("file", result.source),
        ("duration", duration),
        ("size", f"{width} × {height}"),
        ("people", str(len(result.people))),
        ("profile", report.judged_by()),
    ):
        grid.add_row(Text(report.tell(f"head.{key}"), style="dim"), Text(value))
    return Group(Text(report.tell("title"), style="bold underline"), grid)


def _person(report: Report, person: PersonFindings) -> list[RenderableType]:
    parts: list[RenderableType] = [Text()]
    if len(report.checked.result.people) > 1:
        parts.append(Text(report.person(person.person), style="bold reverse"))
    if person.role:
        parts.append(Text(f"{report.tell('head.role')}: {report.role(person)}"))
    if not person.scored:
        return parts
    parts += [_held(report, person), _score(report, person), Text(report.summary(person)), Text()]
    deviations = by_importance(person.deviations)
    if deviations:
        parts.append(_deviations(report, deviations))
    parts += _rest(report, person)
    return parts


def _contact(report: Report, contact: Contact) -> list[RenderableType]:
    """The service flow of one contact: sub-steps, the three principles, SOFTEN."""
    table = Table(title=flow.contact_title(report, contact), title_justify="left", title_style="bold", expand=True)
    for key, ratio in (("sub_step", 2), ("verdict", 1), ("time", None), ("remark", 4)):
        table.add_column(flow.tell(report, f"head.{key}"), ratio=ratio, overflow="fold")
    for row in flow.rows(report, contact):
        remark = "\n".join(t for t in (row["remark"], row["cue"] and f"→ {row['cue']}") if t)
        table.add_row(f"{row['step']} · {row['sub_step']}", f"{row['sign']} {row['verdict_text']}", row["time"], remark)
    lines = [flow.who(report, contact), flow.order_text(report, contact)]
    lines += [f"{name}: {value}" for name, value in flow.principle_rows(report, contact)]
    lines += [f"{name}: {value}" for name, value in flow.soften_rows(report, contact)]
    lines.append(flow.flow_note(report))
    return [Text(), table, Text("\n".join(lines), style="dim")]


def _held(report: Report, person: PersonFindings) -> RenderableType:
    lines = [f"{report.tell('head.views')}: {report.seen_from(person)}"]
    for s in person.segments or ():
        line = report.during(report.pose_name(s.pose), s.start_s, s.end_s)
        line += f" ({report.tell('similarity', value=f'{s.similarity:.0f}')}"
        lines.append(line + (f", {report.tell('upper_body_only')})" if s.upper_body_only else ")"))
    if not person.segments:
        lines.append(report.tell("none_held"))
    lines += [report.move(m) for m in person.moves if m.group != "nod"]
    nods = sum(m.count for m in person.moves if m.group == "nod")
    lines += [report.tell("nods", count=nods)] if nods else []
    return Text("\n".join(lines), style="dim")


def _score(report: Report, person: PersonFindings) -> RenderableType:
    score = person.score
    table = Table(title=report.tell("head.how"), title_justify="left", title_style="dim", box=None, padding=(0, 2))
    for key in ("category", "weight", "assessable", "deducted"):
        table.add_column(report.tell(f"head.{key}"), justify="left" if key == "category" else "right")
    for c in score.categories:
        table.add_row(report.tell(f"category.{c.category}"), f"{c.weight:g}", f"{c.assessable:.1f}", report.deducted(c))
        for item in c.items:
            what = f"  {report.title(item.criterion)}: {report.counts(item)}"
            table.add_row(Text(what, style="dim"), "", "", Text(f"−{item.deducted:g}", style="dim"))
    if score.value is None:
        least = percent(report.checked.library.profile.scoring.least_coverage)
        head = Text(report.tell("no_score"), style="bold")
        head.append("  " + report.tell("no_score_why", coverage=percent(score.coverage), least=least), style="dim")
    else:
        head = Text(report.tell("score_of", value=f"{score.value:.0f}"), style="bold")
        head.append(f"  {report.tell(f'grade.{score.grade}')}", style="bold")
        head.append("  " + report.tell("coverage", coverage=percent(score.coverage)), style="dim")
    return Group(Text(), head, table, Text())


def _deviations(report: Report, deviations: list[Deviation]) -> RenderableType:
    table = Table(title=report.tell("head.deviations"), title_justify="left", title_style="bold", expand=True)
    if not report.is_photo:
        table.add_column(report.tell("head.time"), no_wrap=True)
    table.add_column(report.tell("head.what"), ratio=3)
    table.add_column(report.tell("head.measured"), ratio=2)
    table.add_column(report.tell("head.severity"), no_wrap=True)
    table.add_column(report.tell("head.points"), justify="right", no_wrap=True)
    for d in deviations:
        criterion, unit = report.criterion(d.criterion), report.unit_of(d.criterion)
        what = Text(criterion.title.in_language(report.language), style="bold")
        what.append("\n→ " + criterion.cue.in_language(report.language), style="not bold green")
        if report.remark(d):
            what.append("\n" + report.remark(d), style="not bold dim")
        measured = f"{report.measured(d.value, d.error, unit)}\n{report.allowed(d.allowed, unit)}"
        table.add_row(
            *([] if report.is_photo else [report.span(d.start_s, d.end_s, "\n")]),
            what,
            measured,
            Text(report.tell(f"severity.{d.severity}"), style=_COLOURS[d.severity]),
            report.points(d),
        )
    return table


def _rest(report: Report, person: PersonFindings) -> list[RenderableType]:
    parts: list[RenderableType] = []
    join = "、" if report.language == "zh" else ", "
    for verdict, key in ((Verdict.OK, "ok"), (Verdict.BORDERLINE, "borderline")):
        found = with_verdict(person, verdict)
        if found:
            names = join.join(report.title(r.criterion) for r in found)
            parts.append(Text.assemble((f"{report.tell(f'head.{key}')}: ", "bold"), names))
    lost: dict[Reason, list[str]] = {}
    for r in with_verdict(person, Verdict.NOT_ASSESSABLE):
        lost.setdefault(main_reason(r), []).append(report.title(r.criterion))
    if lost:
        parts.append(Text(report.tell("head.not_assessable"), style="bold"))
    for reason, titles in lost.items():
        line = f"{join.join(titles)}: {report.tell(f'reason.{reason}')}"
        parts.append(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    return parts


def _endnotes(report: Report) -> list[RenderableType]:
    result = report.checked.result
    parts: list[RenderableType] = [Text()]
    lines = [f"{clock(a)}–{clock(b)} {report.damage(detail)}" for a, b, detail in result.damage]
    for head, texts in (
        ("damage", lines),
        ("notes", [*report.remarks, report.tell("head.margin_note")]),
    ):
        if texts:
            parts.append(Text(report.tell(f"head.{head}"), style="bold"))
        parts += [Padding(Text(t, style="dim"), (0, 0, 0, 2)) for t in texts]
    return parts
