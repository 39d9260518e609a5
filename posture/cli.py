"""The command `posture`: words in, calls to the core, words out. Nothing is computed here.

Exit codes: 0 done, 1 deviations where that was asked for, 2 unusable input or arguments, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from typer import rich_utils
from typer.exceptions import TyperException

from posture.cli_common import (
    DEVIATIONS,
    DONE,
    LANGUAGE,
    STOPPED,
    UNUSABLE,
    Lang,
    bundles_ready,
    complain,
    help_text,
    print_or_write,
    progress_bar,
    require_writable,
    show_text,
    tell,
    words,
)
from posture.cli_drill import drill_app
from posture.cli_survey import survey_app
from posture.cli_usage import usage_text
from posture.errors import PostureError
from posture.native import INTERRUPT, silence_native_stderr
from posture.text import say

rich_utils.ARGUMENTS_PANEL_TITLE = words("panel.arguments")
rich_utils.OPTIONS_PANEL_TITLE = words("panel.options")
rich_utils.COMMANDS_PANEL_TITLE = words("panel.commands")

app = typer.Typer(help=help_text("help"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
reference_app = typer.Typer(help=help_text("reference.help"), no_args_is_help=True)
models_app = typer.Typer(help=help_text("models.help"), no_args_is_help=True)
app.add_typer(reference_app, name="reference")
app.add_typer(models_app, name="models")
app.add_typer(drill_app, name="drill")
app.add_typer(survey_app, name="survey")

Form = Annotated[Literal["any", "female", "male"], typer.Option("--variant", help=help_text("check.variant"))]


@app.command("check", help=help_text("check.help"))
def check_command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=help_text("check.paths"))],
    pose: Annotated[str, typer.Option(help=help_text("check.pose"))] = "auto",
    profile: Annotated[str, typer.Option(help=help_text("check.profile"))] = "government_window",
    variant: Form = "any",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
    report: Annotated[Path | None, typer.Option(help=help_text("check.report"))] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help=help_text("check.json"))] = None,
    xlsx: Annotated[Path | None, typer.Option(help=help_text("check.xlsx"))] = None,
    video: Annotated[Path | None, typer.Option(help=help_text("check.video"))] = None,
    boris: Annotated[Path | None, typer.Option(help=help_text("check.boris"))] = None,
    elan: Annotated[Path | None, typer.Option(help=help_text("check.elan"))] = None,
    landmarks: Annotated[Path | None, typer.Option(help=help_text("check.landmarks"))] = None,
    fps: Annotated[float, typer.Option(min=0.5, max=60.0, help=help_text("check.fps"))] = 10.0,
    camera_roll: Annotated[float | None, typer.Option(min=-90.0, max=90.0, help=help_text("check.camera_roll"))] = None,
    people: Annotated[int, typer.Option(min=1, max=20, help=help_text("check.people"))] = 8,
    clerk_region: Annotated[str | None, typer.Option(metavar="X,Y,X,Y", help=help_text("check.clerk_region"))] = None,
    everyone: Annotated[bool, typer.Option("--score-everyone", help=help_text("check.everyone"))] = False,
    flow: Annotated[str, typer.Option(help=help_text("check.flow"))] = "window_service",
    blur: Annotated[Literal["none", "others", "all"], typer.Option(help=help_text("check.blur"))] = "none",
    models: Annotated[Path | None, typer.Option(help=help_text("check.models"))] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help=help_text("check.fresh"))] = False,
    fail_on_deviation: Annotated[bool, typer.Option("--fail-on-deviation", help=help_text("check.fail"))] = False,
) -> None:
    from posture.check import CheckOptions, check
    from posture.exchange.landmark_table import require_landmark_kind
    from posture.observe import ObserveSettings
    from posture.report.labels import Report
    from posture.roles import parse_region

    region, seen = parse_region(clerk_region) if clerk_region else None, ObserveSettings(fps=fps, max_people=people)
    options = CheckOptions(pose, profile, variant, camera_roll, seen, region, everyone, flow=flow)
    wanted = {"report": report, "json": json_file, "xlsx": xlsx, "video": video, "boris": boris, "elan": elan}
    wanted |= {"landmarks": landmarks}
    targets = require_writable(wanted, paths, [Path(text) for text in (profile, clerk_region, flow) if text])
    require_landmark_kind(landmarks)
    bundles_ready(models)
    deviating = unusable = False
    for path, target in zip(paths, targets, strict=True):
        try:
            with progress_bar(path.name, "check.observing") as progress:
                checked = check(path, options, models, progress, fresh)
            deviating |= any(p.deviations for p in checked.result.people)
            _tell(Report(checked, lang, path, blur), target, str(json_file) == "-")
            _exchange(Report(checked, lang, path), options, target)
        except PostureError as error:
            complain(error)
            unusable = True
    raise typer.Exit(UNUSABLE if unusable else DEVIATIONS if fail_on_deviation and deviating else DONE)


def _tell(report: Any, target: dict[str, Path], as_json: bool) -> None:
    """Print the summary, or the JSON, and write the files that were asked for."""
    from posture.report.console import print_summary
    from posture.report.html import write_html
    from posture.report.json_file import to_json, write_json
    from posture.report.video import write_video
    from posture.report.xlsx import write_xlsx

    if as_json:
        print(json.dumps(to_json(report), ensure_ascii=False))
    else:
        print_summary(report, Console())
    written = []
    for kind, write in (("report", write_html), ("json", write_json), ("xlsx", write_xlsx)):
        if kind in target:
            write(report, target[kind])
            written.append(target[kind])
    if "video" in target:
        with progress_bar(target["video"].name, "check.drawing") as progress:
            written += [target["video"], write_video(report, target["video"], progress)]
    for path in written:
        tell("written", path=path)


def _exchange(report: Any, options: Any, target: dict[str, Path]) -> None:
    """Write the files for other tools that were asked for."""
    from posture.exchange.boris import write_boris
    from posture.exchange.coding import coding_of
    from posture.exchange.elan import write_eaf
    from posture.exchange.landmark_table import write_landmarks

    if not {"boris", "elan", "landmarks"} & set(target):
        return
    coding = coding_of(report, options)
    written = []
    if "boris" in target:
        write_boris(coding, target["boris"])
        written.append(target["boris"])
    if "landmarks" in target:
        written += write_landmarks(report.checked.observation, coding.statement, target["landmarks"])
    if "elan" in target:
        write_eaf(coding, report.checked.library, target["elan"])
        written.append(target["elan"])
    for path in written:
        tell("written", path=path)


@reference_app.command("list", help=help_text("reference.list"))
def reference_list(
    profile: Annotated[str, typer.Option(help=help_text("check.profile"))] = "government_window",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.library import load_library
    from posture.report.reference import print_flows, print_poses, print_profiles

    print_poses(load_library(profile), lang, Console())
    print_profiles(lang, Console())
    print_flows(lang, Console())


@reference_app.command("show", help=help_text("reference.show"))
def reference_show(
    name: Annotated[str, typer.Argument(metavar="NAME", help=help_text("reference.show_name"))],
    profile: Annotated[str, typer.Option(help=help_text("check.profile"))] = "government_window",
    variant: Form = "any",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.errors import ReferenceFileError
    from posture.flow.files import flow_names, load_flow
    from posture.library import load_library
    from posture.own_files import is_path
    from posture.report.reference import print_flow, print_pose

    library = load_library(profile, variant=variant)
    known, flows = (*library.poses, *library.practised()), flow_names()
    if name in known:
        library.require_pose(name)
        print_pose(library, name, lang, Console())
    elif name in flows or is_path(name):
        print_flow(load_flow(name), library, lang, Console())
    else:
        told = {"poses": ", ".join(known), "flows": ", ".join(flows)}
        raise ReferenceFileError("references.errors.nothing_to_show", name=name, **told)


@reference_app.command("copy", help=help_text("reference.copy"))
def reference_copy(
    name: Annotated[str, typer.Argument(metavar="NAME", help=help_text("reference.copy_name"))],
    identifier: Annotated[str, typer.Option("--id", help=help_text("reference.copy_id"))],
    force: Annotated[bool, typer.Option("--force", help=help_text("reference.copy_force"))] = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.errors import ReferenceFileError
    from posture.flow.files import FLOWS
    from posture.profiles import PROFILES

    kinds = {"flow": FLOWS, "profile": PROFILES}
    option = next((option for option, kind in kinds.items() if name in kind.names()), None)
    if option is None:
        known = ", ".join(one for kind in kinds.values() for one in kind.names())
        raise ReferenceFileError("references.errors.nothing_to_copy", name=name, known=known)
    tell("written", path=kinds[option].copy(name, identifier, force))
    tell("reference.copied", option=option, id=identifier)


@reference_app.command("validate", help=help_text("reference.validate"))
def reference_validate(
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help=help_text("reference.folder"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.library import load_library
    from posture.live.lessons import load_lessons
    from posture.reference_check import validate_all

    for problem in validate_all(path):
        show_text(problem.in_language(lang))
    if path is None or path.is_dir():
        load_lessons(load_library(), None if path is None else [path / "lessons"])
    tell("reference.valid")


@reference_app.command("record", help=help_text("record.help"))
def reference_record(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=help_text("record.path"))],
    name: Annotated[str, typer.Option(help=help_text("record.name"))],
    identifier: Annotated[str | None, typer.Option("--id", help=help_text("record.id"))] = None,
    person: Annotated[int | None, typer.Option(min=1, help=help_text("record.person"))] = None,
    like: Annotated[str | None, typer.Option(metavar="POSE", help=help_text("record.like"))] = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help=help_text("record.out"))] = None,
    force: Annotated[bool, typer.Option("--force", help=help_text("record.force"))] = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture import reference_record as making
    from posture.library import load_library
    from posture.observe import ObserveSettings
    from posture.report.reference import print_recorded

    library, folder = load_library(), out or making.user_poses_dir()
    chosen = identifier or making.free_identifier(name, folder, library)
    making.require_identifier(chosen, name, library)
    making.require_free(chosen, folder, force)
    bundles_ready(None)
    with progress_bar(path.name, "check.observing") as progress:
        recorded = making.record(path, name, chosen, library, ObserveSettings(), person, like, None, progress)
    written = making.write(recorded, folder, force)
    tell("written", path=written)
    print_recorded(recorded, path, written, lang, Console())


@reference_app.command("norms", help=help_text("reference.norms"))
def reference_norms(
    out: Annotated[Path | None, typer.Option(help=help_text("reference.norms_out"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.library import load_library
    from posture.report.norms import norms_markdown

    print_or_write(norms_markdown(load_library()), out)


@models_app.command("install", help=help_text("models.install"))
def models_install(
    force: Annotated[bool, typer.Option("--force", help=help_text("models.force"))] = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture import models

    if force:
        models.install(force=True)
    bundles_ready(None)
    tell("models.ready", folder=models.models_dir())


@models_app.command("list", help=help_text("models.list"))
def models_list(lang: Lang = LANGUAGE) -> None:  # type: ignore[assignment]
    from posture import models

    for bundle in models.BUNDLES.values():
        state = words(f"models.state.{models.state(bundle)}")
        print(f"{bundle.name:5} {state:10} {bundle.file_name}  sha256 {bundle.sha256}  ({bundle.package.requirement})")


@models_app.command("export", help=help_text("models.export"))
def models_export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=help_text("models.folder"))],
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture import models

    bundles_ready(None)
    models.export(folder)
    tell("models.exported", folder=folder)


@app.command("doctor", help=help_text("doctor.help"))
def doctor_command(lang: Lang = LANGUAGE) -> None:  # type: ignore[assignment]
    from posture.doctor import run_checks

    console = Console(highlight=False, soft_wrap=True)
    lines = run_checks()
    console.print(say("doctor.title", lang), style="bold")
    styles = {"ok": "green", "warning": "yellow", "failed": "bold red"}
    for line in lines:
        console.print(f"[{styles[line.state]}]{say(f'doctor.state.{line.state}', lang):8}[/]", end=" ")
        console.print(line.in_language(lang), markup=False)
    raise typer.Exit(UNUSABLE if any(line.state == "failed" for line in lines) else DONE)


@app.command("app", help=help_text("app.help"))
def app_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help=help_text("app.port"))] = 8501,
    address: Annotated[str, typer.Option(help=help_text("app.address"))] = "localhost",
    cert: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=help_text("app.cert"))] = None,
    key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=help_text("app.key"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.dashboard import start

    raise typer.Exit(start(port, address, cert, key))


def main() -> None:
    """Entry point: every way out is an exit code, no traceback for anything a user can do something about."""
    silence_native_stderr()
    INTERRUPT.install()
    try:
        code = app(standalone_mode=False)
    except PostureError as error:
        complain(error)
        code = UNUSABLE
    except TyperException as error:
        Console(file=sys.stderr, highlight=False, soft_wrap=True).print(
            words("usage", text=usage_text(error, LANGUAGE)), style="red", markup=False
        )
        code = UNUSABLE
    except (KeyboardInterrupt, typer.Abort):
        INTERRUPT.acted_upon()
        code = STOPPED
    if code == STOPPED:
        Console(file=sys.stderr).print(words("stopped"))
    sys.exit(code if isinstance(code, int) else DONE)
