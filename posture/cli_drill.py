"""`posture drill`: practising in time. Words in, calls to the core, words out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from posture.cli_common import (
    DEVIATIONS,
    DONE,
    LANGUAGE,
    Lang,
    bundles_ready,
    help_text,
    progress_bar,
    require_writable,
    tell,
)  # fmt: skip

drill_app = typer.Typer(help=help_text("drill.help"), no_args_is_help=True)

Clip = Annotated[Path, typer.Argument(metavar="PATH", help=help_text("drill.clip"))]
Json = Annotated[Path | None, typer.Option("--json", help=help_text("check.json"))]
Fps = Annotated[float, typer.Option(min=5.0, max=60.0, help=help_text("drill.fps"))]
Roll = Annotated[float | None, typer.Option(min=-90.0, max=90.0, help=help_text("check.camera_roll"))]
Fail = Annotated[bool, typer.Option("--fail-on-deviation", help=help_text("drill.fail"))]


def _motions(path: Path, fps: float, roll_deg: float | None) -> tuple[Any, Any]:
    """The library and everybody's motion in the recording."""
    from posture.drill.record import motions_of
    from posture.library import load_library
    from posture.observe import ObserveSettings, observe

    library = load_library()
    bundles_ready(None)
    with progress_bar(path.name, "check.observing") as progress:
        observation = observe(path, ObserveSettings(fps=fps), None, progress)
    return library, motions_of(observation, library, fps, roll_deg)


def _told(data: dict[str, Any], json_file: Path | None) -> bool:
    """Write the JSON where it was asked for; whether the table is still to be printed."""
    from posture.report.drill import write_json

    if str(json_file) == "-":
        print(json.dumps(data, ensure_ascii=False))
        return False
    if json_file is not None:
        write_json(data, json_file)
    return True


@drill_app.command("compare", help=help_text("drill.compare"))
def drill_compare(
    path: Clip,
    reference: Annotated[str, typer.Option(help=help_text("drill.reference"))],
    person: Annotated[int | None, typer.Option(min=1, help=help_text("drill.person"))] = None,
    json_file: Json = None,
    fps: Fps = 20.0,
    camera_roll: Roll = None,
    fail_on_deviation: Fail = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.drill import files
    from posture.drill.record import person_of, practised
    from posture.report.drill import compared_json, print_compared

    model, limits = files.load(reference), files.load_limits()
    require_writable({"json": json_file}, [path])
    _, motions = _motions(path, fps, camera_roll)
    wanted = motions if person is None else [person_of(motions, person)]
    people = [practised(model, m, limits) for m in wanted]
    if _told(compared_json(model, people), json_file):
        print_compared(model, people, lang, Console())
        if json_file is not None:
            tell("written", path=json_file)
    deviating = any(c.deviations for one in people for c in one.comparisons)
    raise typer.Exit(DEVIATIONS if fail_on_deviation and deviating else DONE)


@drill_app.command("group", help=help_text("drill.group"))
def drill_group(
    path: Clip,
    leader: Annotated[int, typer.Option(min=1, help=help_text("drill.leader"))],
    json_file: Json = None,
    fps: Fps = 20.0,
    camera_roll: Roll = None,
    fail_on_deviation: Fail = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.drill.files import load_limits
    from posture.drill.group import follow
    from posture.drill.record import person_of
    from posture.findings import Verdict
    from posture.report.drill import group_json, print_group

    require_writable({"json": json_file}, [path])
    library, motions = _motions(path, fps, camera_roll)
    limits = load_limits()
    led = follow(motions, person_of(motions, leader).person, limits)
    if _told(group_json(led, leader, limits), json_file):
        print_group(led, leader, limits, library, lang, Console())
        if json_file is not None:
            tell("written", path=json_file)
    deviating = any(f.verdict == Verdict.DEVIATION for one in led for f in one.followers)
    raise typer.Exit(DEVIATIONS if fail_on_deviation and deviating else DONE)


@drill_app.command("record", help=help_text("drill.record"))
def drill_record(
    path: Clip,
    name: Annotated[str, typer.Option(help=help_text("drill.name"))],
    identifier: Annotated[str | None, typer.Option("--id", help=help_text("drill.id"))] = None,
    person: Annotated[int | None, typer.Option(min=1, help=help_text("drill.person_record"))] = None,
    move: Annotated[int | None, typer.Option(min=1, help=help_text("drill.move"))] = None,
    force: Annotated[bool, typer.Option("--force", help=help_text("drill.force"))] = False,
    fps: Fps = 20.0,
    camera_roll: Roll = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.drill import files
    from posture.drill.record import person_of, recorded
    from posture.library import load_library
    from posture.reference_draft import free_identifier, one_line, require_identifier
    from posture.report.drill import listed, print_recorded

    known = load_library()
    chosen = identifier or free_identifier(name, files.performances_dir(), known)
    require_identifier(chosen, name, known)
    files.require_free(chosen, force)
    library, motions = _motions(path, fps, camera_roll)
    motion = person_of(motions, person)
    performance = recorded(motion, move, listed(motion, library, lang))
    start_s = f"{performance.start_s:.1f}"
    text = files.text_of(performance, chosen, one_line(name), f"{one_line(path.name)}, {start_s} s")
    written = files.store(text, chosen, force)
    print_recorded(performance, chosen, library, lang, Console())
    tell("written", path=written)


@drill_app.command("list", help=help_text("drill.list"))
def drill_list(lang: Lang = LANGUAGE) -> None:  # type: ignore[assignment]
    from posture.drill import files
    from posture.library import load_library
    from posture.report.drill import print_stored

    print_stored([files.load(name) for name in files.stored()], load_library(), lang, Console())
