"""`posture survey export | import | purge | evidence`. Words in, calls to the core, words out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from posture.cli_common import DONE, LANGUAGE, UNUSABLE, Lang, help_text, show_text, tell, words
from posture.cli_survey import HERE, SurveyFolder, survey_app
from posture.reasons import why
from posture.text import say

Round = Annotated[str | None, typer.Option("--round", help=help_text("exchange.round"))]
Unit = Annotated[str | None, typer.Option("--unit", help=help_text("exchange.unit"))]
YesRecordings = Annotated[bool, typer.Option("--yes-recordings", help=help_text("exchange.yes_recordings"))]
Kind = Literal["csv", "parquet", "trc"]
_SHOWN = 12


@survey_app.command("export", help=help_text("exchange.export"))
def survey_export(
    survey: SurveyFolder = HERE,
    boris: Annotated[Path | None, typer.Option(metavar="DIR|FILE", help=help_text("exchange.export_boris"))] = None,
    elan: Annotated[Path | None, typer.Option(metavar="DIR", help=help_text("exchange.export_elan"))] = None,
    landmarks: Annotated[Path | None, typer.Option(metavar="DIR", help=help_text("exchange.export_landmarks"))] = None,
    kind: Annotated[Kind, typer.Option("--format", help=help_text("exchange.format"))] = "csv",
    round_: Round = None,
    unit: Unit = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.kept.export import export
    from posture.survey.folder import opened_survey
    from posture.survey.selection import Filter

    if boris is None and elan is None and landmarks is None:
        raise typer.BadParameter(words("exchange.export_nothing"))
    with opened_survey(survey) as (_, store):
        made = export(store, lang, Filter(unit=unit, round=round_), boris, elan, landmarks, kind)
    for path in made.written:
        tell("written", path=path)
    if not made.written:
        tell("exchange.export_none")
    if made.without_landmarks:
        tell("exchange.without_landmarks", count=len(made.without_landmarks), names=_some(made.without_landmarks))
    for name, error in made.failed:
        show_text(f"{name}: {error.in_language(lang)}")
    raise typer.Exit(UNUSABLE if made.failed else DONE)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


@survey_app.command("import", help=help_text("exchange.import"))
def survey_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=help_text("exchange.import_file"))],
    who: Annotated[str, typer.Option(help=help_text("exchange.who"))],
    survey: SurveyFolder = HERE,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help=help_text("exchange.skip_bad"))] = False,
    complete: Annotated[bool, typer.Option("--complete", help=help_text("exchange.complete"))] = False,
    findings: Annotated[bool, typer.Option("--findings", help=help_text("exchange.findings"))] = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.exchange.coded import read_coded
    from posture.survey.coded import keep_coded
    from posture.survey.coded_words import understand
    from posture.survey.folder import opened_survey

    read = read_coded(file.name, _bytes_of(file))
    with opened_survey(survey) as (_, store):
        understood = understand(store, read.rows, who)
        problems = sorted([*read.problems, *understood.problems], key=lambda p: p.line)
        for problem in problems:
            show_text(problem.in_language(lang))
        if problems and not skip_bad:
            tell("exchange.import_refused", count=len(problems))
            raise typer.Exit(UNUSABLE)
        kept = keep_coded(store, understood.rows, who, complete, findings, file.name)
        tell("exchange.imported", verdicts=kept.verdicts, events=kept.events, known=kept.known, left=len(problems))
        if findings:
            tell("exchange.imported_findings", confirmed=kept.confirmed, added=kept.added)
        _rescore(store, kept.recordings if findings else ())
        _compare(store, who.strip(), lang)
    raise typer.Exit(UNUSABLE if problems and not kept.recordings else DONE)


def _bytes_of(file: Path) -> bytes:
    from posture.errors import UnusableInputError

    try:
        return file.read_bytes()
    except OSError as error:
        raise UnusableInputError("exchange.errors.unreadable", path=file, detail=why(error)) from error


def _rescore(store: Any, recordings: tuple[int, ...]) -> None:
    """Have lists and comparisons count by the new decisions."""
    from posture.kept.survey import keep_review, open_of_survey

    for recording_id in recordings:
        kept = open_of_survey(store, recording_id, with_courses=False)
        if kept is not None:
            keep_review(store, kept)


def _compare(store: Any, who: str, lang: str) -> None:
    """What the person said beside the machine: kappa by criterion, and events with their onsets."""
    from posture.library import load_library
    from posture.report.survey import SurveyWords, agreement_table, interval_text, kappa_note
    from posture.survey.agreement import agreement
    from posture.survey.blind import machine_and_human
    from posture.survey.coded import event_agreement

    console = Console(highlight=False)
    said = SurveyWords(lang, load_library())
    made = agreement(machine_and_human(store, who))
    whole = agreement_table(said, made, say("audit.agreement.machine", lang), who)
    wide = {said.tell(f"agreement.{name}") for name in ("interval", "note", "left_out")}  # for a terminal
    narrow = [i for i, name in enumerate(whole.head) if name not in wide]
    rows = [[row[i] for i in narrow] for row, one in zip(whole.rows, made, strict=True) if one.kappa.pairs]
    _print(console, say("exchange.agreement", lang, who=who), [whole.head[i] for i in narrow], rows)
    interval = interval_text(said, made[0])
    show_text(f"{said.tell('agreement.interval')}: {interval}" if interval else kappa_note(said, made[0]))
    events = event_agreement(store, who)
    if len(events) > 1:
        head = [say(f"exchange.head.{k}", lang) for k in ("criterion", "matched", "missed", "extra", "onset", "size")]
        rows = [
            [
                said.title(e.criterion) if e.criterion else say("audit.agreement.whole", lang), e.matched, e.missed,
                e.extra, _signed(e.onset_s), "" if e.onset_size_s is None else f"{e.onset_size_s:.2f}",
            ]
            for e in events
        ]  # fmt: skip
        _print(console, say("exchange.events", lang, who=who), head, rows)


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"


def _print(console: Console, title: str, head: Any, rows: Any) -> None:
    table = Table(title=escape(title), title_justify="left")
    for i, name in enumerate(head):
        table.add_column(escape(str(name)), min_width=24 if i == 0 else None)
    for row in rows:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    console.print(table)


@survey_app.command("purge", help=help_text("exchange.purge"))
def survey_purge(
    survey: SurveyFolder = HERE,
    before: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("exchange.before"))] = None,
    round_: Round = None,
    unit: Unit = None,
    names: Annotated[bool, typer.Option("--names", help=help_text("exchange.names"))] = False,
    recordings: Annotated[bool, typer.Option("--recordings", help=help_text("exchange.recordings"))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=help_text("exchange.dry_run"))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=help_text("exchange.yes"))] = False,
    yes_recordings: YesRecordings = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.kept.retention import What, carry_out, plan_purge, require_choice
    from posture.survey.folder import opened_survey
    from posture.survey.selection import Filter

    wanted, day = Filter(unit=unit, round=round_), before.date() if before else None
    require_choice(wanted, day)
    with opened_survey(survey) as (here, store):
        plan = plan_purge(store, wanted, day, (here.landmarks,), here.options.observe, names, recordings)
        _tell_plan(plan, lang)
        if not plan.items or dry_run:
            raise typer.Exit(DONE)
        if not yes and not typer.confirm(words("exchange.purge_sure")):
            tell("exchange.purge_not")
            raise typer.Exit(DONE)
        footage = plan.of(What.RECORDING)
        question = words("exchange.purge_recordings_sure", count=len(footage))
        if footage and not yes_recordings and not typer.confirm(question):
            tell("exchange.purge_not")
            raise typer.Exit(DONE)
        failed = carry_out(store, plan)
    for path, error in failed:
        tell("exchange.purge_failed", path=path, detail=why(error))
    tell("exchange.purged", count=len(plan.items) - len(failed))
    raise typer.Exit(UNUSABLE if failed else DONE)


def _tell_plan(plan: Any, lang: str) -> None:
    from posture.kept.retention import What

    tell("exchange.purge_of", count=len(plan.recordings))
    for what in What:
        items = plan.of(what)
        if items:
            size = f"{sum(item.size_bytes for item in items) / 1e6:.1f}"
            show_text(say(f"exchange.purge.{what}", lang, count=len(items), size=size))
            for item in items[:_SHOWN]:
                if item.path is not None:
                    show_text(f"    {item.path}  ({item.size_bytes / 1e6:.2f} MB)")
            if len(items) > _SHOWN:
                show_text(f"    … {len(items) - _SHOWN}")
    if plan.busy:
        tell("exchange.purge_busy", count=len(plan.busy))
    if not plan.items:
        tell("exchange.purge_nothing")


@survey_app.command("evidence", help=help_text("exchange.evidence"))
def survey_evidence(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=help_text("exchange.evidence_out"))],
    finding: Annotated[int | None, typer.Argument(metavar="[FINDING]", help=help_text("exchange.finding"))] = None,
    every: Annotated[bool, typer.Option("--all", help=help_text("exchange.evidence_all"))] = False,
    survey: SurveyFolder = HERE,
    round_: Round = None,
    unit: Unit = None,
    blur: Annotated[Literal["none", "others", "all"], typer.Option(help=help_text("check.blur"))] = "others",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.errors import PostureError
    from posture.kept.evidence import findings_wanted, save_evidence
    from posture.kept.folder import make_private
    from posture.survey.folder import opened_survey
    from posture.survey.selection import Filter

    if (finding is None) is not every:
        raise typer.BadParameter(words("exchange.evidence_which"))
    make_private(out)
    failed = 0
    with opened_survey(survey) as (_, store):
        for kept, one in findings_wanted(store, finding, Filter(unit=unit, round=round_)):
            try:
                for path in save_evidence(kept, one, out, blur):
                    tell("written", path=path)
            except PostureError as error:
                failed += 1
                show_text(f"{one.key}: {error.in_language(lang)}")
    raise typer.Exit(UNUSABLE if failed else DONE)
