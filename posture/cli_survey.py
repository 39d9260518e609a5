"""`posture survey`: thousands of recordings. Words in, calls to the core, words out."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from posture.cli_common import (
    DONE,
    LANGUAGE,
    UNUSABLE,
    Lang,
    bundles_ready,
    complain,
    help_text,
    print_or_write,
    progress_bar,
    survey_bar,
    tell,
    words,
)
from posture.errors import UnusableInputError

if TYPE_CHECKING:
    from posture.survey.manifest import Entry
    from posture.survey.store import Store

_MOST_SHOWN = 20
_ADDED_AT_ONCE = 20

survey_app = typer.Typer(help=help_text("survey.help"), no_args_is_help=True)

SurveyFolder = Annotated[Path, typer.Option("--survey", metavar="FOLDER", help=help_text("survey.folder"))]
HERE = Path(".")
"""What `SurveyFolder` is by default."""


@survey_app.command("init", help=help_text("survey.init"))
def survey_init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=help_text("survey.init_folder"))],
    name: Annotated[str, typer.Option(help=help_text("survey.name"))] = "",
    store: Annotated[str | None, typer.Option(metavar="URL", help=help_text("survey.store"))] = None,
    pattern: Annotated[str | None, typer.Option(help=help_text("survey.pattern"))] = None,
    pose: Annotated[str, typer.Option(help=help_text("check.pose"))] = "auto",
    profile: Annotated[str, typer.Option(help=help_text("check.profile"))] = "government_window",
    variant: Annotated[Literal["any", "female", "male"], typer.Option(help=help_text("check.variant"))] = "any",
    fps: Annotated[float, typer.Option(min=0.5, max=60.0, help=help_text("check.fps"))] = 10.0,
    people: Annotated[int, typer.Option(min=1, max=20, help=help_text("check.people"))] = 8,
    camera_roll: Annotated[float | None, typer.Option(min=-90.0, max=90.0, help=help_text("check.camera_roll"))] = None,
    clerk_region: Annotated[str | None, typer.Option(metavar="X,Y,X,Y", help=help_text("check.clerk_region"))] = None,
    everyone: Annotated[bool, typer.Option("--score-everyone", help=help_text("check.everyone"))] = False,
    flow: Annotated[str, typer.Option(help=help_text("check.flow"))] = "window_service",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.roles import parse_region
    from posture.survey.folder import Settings, make_survey
    from posture.survey.manifest import EXAMPLE_PATTERN

    region = parse_region(clerk_region) if clerk_region else None
    settings = Settings(
        pose=pose, profile=profile, variant=variant, fps=fps, people=people, camera_roll_deg=camera_roll,
        clerk_region=region, score_everyone=everyone, flow=flow,
    )  # fmt: skip
    made = make_survey(folder, name, store, pattern or EXAMPLE_PATTERN, settings)
    tell("survey.made", folder=made.folder, name=made.name)


@survey_app.command("add", help=help_text("survey.add"))
def survey_add(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=help_text("survey.add_paths"))],
    survey: SurveyFolder = HERE,
    pattern: Annotated[str | None, typer.Option(help=help_text("survey.pattern"))] = None,
    unit: Annotated[str, typer.Option(help=help_text("survey.unit"))] = "",
    outlet: Annotated[str, typer.Option(help=help_text("survey.outlet"))] = "",
    window: Annotated[str, typer.Option(help=help_text("survey.window"))] = "",
    round_: Annotated[str, typer.Option("--round", help=help_text("survey.round"))] = "",
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=help_text("survey.date"))] = "",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.survey.folder import opened_survey
    from posture.survey.manifest import Entry, day_of, entries_of_path
    from posture.survey.records import Place

    others = Entry(Path(), Place(unit, outlet, window, round_), day_of(date))
    wrong: list[UnusableInputError] = []
    with opened_survey(survey) as (opened, store):
        entries = [e for path in paths for e in entries_of_path(path, pattern or opened.pattern, wrong, others)]
        fresh, known = _added(store, entries, wrong)
    tell("survey.added", fresh=fresh, known=known)
    for error in wrong[:_MOST_SHOWN]:
        complain(error)
    if len(wrong) > _MOST_SHOWN:
        tell("survey.more", count=len(wrong) - _MOST_SHOWN)
    if wrong:
        tell("survey.wrong", count=len(wrong))
        raise typer.Exit(UNUSABLE)


def _added(store: Store, entries: Sequence[Entry], wrong: list[UnusableInputError]) -> tuple[int, int]:
    """Add in small parts, so that Ctrl-C keeps what was read; how many are new, how many were there already."""
    from posture.survey.manifest import new_recordings
    from posture.survey.recordings import add_recordings

    fresh = known = 0
    with progress_bar("", "survey.reading") as progress:
        for start in range(0, len(entries), _ADDED_AT_ONCE):
            some = entries[start : start + _ADDED_AT_ONCE]
            told = partial(_told_from, progress, start, len(entries))
            new, same = new_recordings(some, told, wrong)
            added = add_recordings(store, new)
            fresh += sum(a.is_new for a in added)
            known += sum(not a.is_new for a in added) + len(same)
    return fresh, known


def _told_from(progress: Callable[[float, float], None], start: int, total: int, done: int) -> None:
    progress(start + done, total)


@survey_app.command("status", help=help_text("survey.status"))
def survey_status(
    survey: SurveyFolder = HERE,
    json_file: Annotated[Path | None, typer.Option("--json", help=help_text("check.json"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.report.survey_status import print_status, status_json
    from posture.survey.folder import opened_survey
    from posture.survey.status import standing

    with opened_survey(survey) as (opened, store):
        now = standing(store)
    if json_file is None:
        print_status(opened.name, now, lang, Console())
        return
    print_or_write(json.dumps(status_json(opened.name, now, lang), ensure_ascii=False, indent=2), json_file)


@survey_app.command("run", help=help_text("survey.run"))
def survey_run(
    survey: SurveyFolder = HERE,
    workers: Annotated[int, typer.Option(min=1, max=256, help=help_text("survey.workers"))] = 1,
    cluster: Annotated[str | None, typer.Option(metavar="tcp://HOST:PORT", help=help_text("survey.cluster"))] = None,
    retries: Annotated[int, typer.Option(min=0, max=10, help=help_text("survey.retries"))] = 1,
    threads: Annotated[int | None, typer.Option(min=1, max=64, help=help_text("survey.threads"))] = None,
    slice_minutes: Annotated[float, typer.Option(min=0.0, help=help_text("survey.slices"))] = 5.0,
    again: Annotated[bool, typer.Option("--again", help=help_text("survey.again"))] = False,
    models: Annotated[Path | None, typer.Option(help=help_text("check.models"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.survey.folder import opened_survey
    from posture.survey.recordings import failed_again
    from posture.survey.run import Plan, RunProgress, run_waiting

    # What is wrong with single recordings is in the store; a log on the terminal would tear the progress bar.
    if not os.environ.get("POSTURE_DEBUG"):
        logging.getLogger("posture").addHandler(logging.NullHandler())
    bundles_ready(models)
    with opened_survey(survey) as (opened, store):
        if again:
            failed_again(store)
        plan = Plan(
            workers, cluster, threads, retries, slice_minutes * 60 or None, opened.landmarks,
            models.resolve() if models else None,
        )  # fmt: skip
        with survey_bar() as bar:

            def progress(at: RunProgress) -> None:
                bar(at.bytes_done, at.bytes_total, words("survey.at", done=at.done, failed=at.failed, name=at.name))

            ran = run_waiting(store, opened.options, progress, plan)
    tell("survey.ran", done=ran.done, failed=ran.failed)
    if ran.failed:
        tell("survey.see_status", folder=survey)
    raise typer.Exit(UNUSABLE if ran.failed and not ran.done else DONE)


# Commands of other files that add themselves to `survey_app`:
from posture import cli_survey_exchange, cli_survey_report  # noqa: E402, F401
