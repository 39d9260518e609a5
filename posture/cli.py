"""The command `posture`: words in, calls to the core, words out. Nothing is computed here.

Exit codes: 0 done, 1 deviations where that was asked for, 2 unusable input or arguments, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from typer import rich_utils
from typer.exceptions import TyperException

from posture.errors import PostureError
from posture.native import INTERRUPT, silence_native_stderr
from posture.text import LANGUAGES, default_language, say

DONE, DEVIATIONS, UNUSABLE, STOPPED = 0, 1, 2, 130


def _language_of(arguments: list[str]) -> str:
    """The language asked for on the command line, read before anything else: help texts need it, too."""
    for i, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--lang=") else ""
        if argument == "--lang" and i + 1 < len(arguments):
            value = arguments[i + 1]
        if value in LANGUAGES:
            return value
    return default_language()


LANGUAGE = _language_of(sys.argv[1:])


def _t(key: str, **values: object) -> str:
    return say(f"cli.{key}", LANGUAGE, **values)


def _help(key: str) -> str:
    """A help text. Chinese has no spaces, and the help's table cuts a line that it cannot break at one."""
    return re.sub(r"(?<=[，、。；：）])(?=[^，、。；：）])|(?=（)", " ", _t(key)).replace("  ", " ")


rich_utils.ARGUMENTS_PANEL_TITLE = _t("panel.arguments")
rich_utils.OPTIONS_PANEL_TITLE = _t("panel.options")
rich_utils.COMMANDS_PANEL_TITLE = _t("panel.commands")

app = typer.Typer(help=_help("help"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
reference_app = typer.Typer(help=_help("reference.help"), no_args_is_help=True)
models_app = typer.Typer(help=_help("models.help"), no_args_is_help=True)
app.add_typer(reference_app, name="reference")
app.add_typer(models_app, name="models")

Form = Annotated[Literal["any", "female", "male"], typer.Option("--variant", help=_help("check.variant"))]
Lang = Annotated[Literal["zh", "en"], typer.Option("--lang", help=_help("option.lang"))]


@app.command("check", help=_help("check.help"))
def check_command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=_help("check.paths"))],
    pose: Annotated[str, typer.Option(help=_help("check.pose"))] = "auto",
    profile: Annotated[str, typer.Option(help=_help("check.profile"))] = "government_window",
    variant: Form = "any",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
    report: Annotated[Path | None, typer.Option(help=_help("check.report"))] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help=_help("check.json"))] = None,
    xlsx: Annotated[Path | None, typer.Option(help=_help("check.xlsx"))] = None,
    video: Annotated[Path | None, typer.Option(help=_help("check.video"))] = None,
    fps: Annotated[float, typer.Option(min=0.5, max=60.0, help=_help("check.fps"))] = 10.0,
    camera_roll: Annotated[float | None, typer.Option(min=-90.0, max=90.0, help=_help("check.camera_roll"))] = None,
    people: Annotated[int, typer.Option(min=1, max=20, help=_help("check.people"))] = 6,
    blur: Annotated[Literal["none", "others", "all"], typer.Option(help=_help("check.blur"))] = "none",
    models: Annotated[Path | None, typer.Option(help=_help("check.models"))] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help=_help("check.fresh"))] = False,
    fail_on_deviation: Annotated[bool, typer.Option("--fail-on-deviation", help=_help("check.fail"))] = False,
) -> None:
    from posture.check import CheckOptions, check
    from posture.observe import ObserveSettings
    from posture.report.labels import Report

    options = CheckOptions(pose, profile, variant, camera_roll, ObserveSettings(fps=fps, max_people=people))
    wanted = {"report": report, "json": json_file, "xlsx": xlsx, "video": video}
    _require_writable(wanted, paths)
    bundles_ready(models)
    deviating = unusable = False
    for path in paths:
        try:
            with _progress(path.name, "check.observing") as progress:
                checked = check(path, options, models, progress, fresh)
            deviating |= any(p.deviations for p in checked.result.people)
            _tell(Report(checked, lang, path, blur), wanted, len(paths) > 1)
        except PostureError as error:
            _complain(error)
            unusable = True
    if unusable:
        raise typer.Exit(UNUSABLE)
    raise typer.Exit(DEVIATIONS if fail_on_deviation and deviating else DONE)


def _tell(report: Any, wanted: dict[str, Path | None], several: bool) -> None:
    """Print the summary and write the files that were asked for."""
    from posture.report.console import print_summary
    from posture.report.html import write_html
    from posture.report.json_file import to_json, write_json
    from posture.report.video import write_video
    from posture.report.xlsx import write_xlsx

    target = {k: _named(p, report.source_path, several) if p else None for k, p in wanted.items()}
    if str(wanted["json"]) == "-":
        print(json.dumps(to_json(report), ensure_ascii=False))
        target["json"] = None
    else:
        print_summary(report, Console())
    written = []
    for kind, write in (("report", write_html), ("json", write_json), ("xlsx", write_xlsx)):
        path = target[kind]
        if path is not None:
            write(report, path)
            written.append(path)
    if target["video"]:
        with _progress(target["video"].name, "check.drawing") as progress:
            written += [target["video"], write_video(report, target["video"], progress)]
    for path in written:
        _say("written", path=path)


def _named(target: Path, source: Path, several: bool) -> Path:
    """With several recordings each gets its own file: the recording's name is put before the suffix."""
    return target.with_name(f"{target.stem}-{source.stem}{target.suffix}") if several else target


def _require_writable(wanted: dict[str, Path | None], paths: list[Path]) -> None:
    """Complain about a wrong target before minutes of work, not after."""
    from posture.files import atomic_path

    class _Probe(Exception):
        pass

    for target in wanted.values():
        if target is None or str(target) == "-":
            continue
        try:
            with atomic_path(_named(target, paths[0], len(paths) > 1)):
                raise _Probe
        except _Probe:
            pass


def bundles_ready(directory: Path | None) -> None:
    """Install the models with a progress bar when they are missing."""
    from posture.models import model_paths

    with _bar() as bar:
        task = None

        def progress(_name: str, done: float) -> None:
            nonlocal task
            if task is None:
                task = bar.add_task(_t("models.installing"), total=1.0)
            bar.update(task, completed=done)

        model_paths(directory, progress)


@contextmanager
def _progress(name: str, key: str) -> Iterator[Any]:
    """A bar with the time left, on the error output so that the summary can be piped."""
    with _bar() as bar:
        task = bar.add_task(_t(key, name=name), total=None)

        def progress(done_s: float, total_s: float) -> None:
            INTERRUPT.check()
            bar.update(task, completed=min(done_s, total_s or done_s), total=total_s or None)

        yield progress


def _bar() -> Progress:
    console = Console(file=sys.stderr)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True), console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip


@reference_app.command("list", help=_help("reference.list"))
def reference_list(
    profile: Annotated[str, typer.Option(help=_help("check.profile"))] = "government_window",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.library import load_library
    from posture.report.reference import print_poses, print_profiles

    print_poses(load_library(profile), lang, Console())
    print_profiles(lang, Console())


@reference_app.command("show", help=_help("reference.show"))
def reference_show(
    pose: Annotated[str, typer.Argument(help=_help("check.pose"))],
    profile: Annotated[str, typer.Option(help=_help("check.profile"))] = "government_window",
    variant: Form = "any",
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.errors import ReferenceFileError
    from posture.library import AUTO, load_library
    from posture.report.reference import print_pose

    library = load_library(profile, variant=variant)
    if pose == AUTO:
        raise ReferenceFileError("references.errors.no_pose", pose=pose, known=", ".join(library.poses))
    library.require_pose(pose)
    print_pose(library, pose, lang, Console())


@reference_app.command("validate", help=_help("reference.validate"))
def reference_validate(
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help=_help("reference.folder"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.library import load_library
    from posture.live.lessons import load_lessons
    from posture.profiles import validate

    for problem in validate(path):
        _print(problem.in_language(lang))
    if path is None:
        load_lessons(load_library())
    _say("reference.valid")


@reference_app.command("record", help=_help("record.help"))
def reference_record(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=_help("record.path"))],
    name: Annotated[str, typer.Option(help=_help("record.name"))],
    identifier: Annotated[str | None, typer.Option("--id", help=_help("record.id"))] = None,
    person: Annotated[int | None, typer.Option(min=1, help=_help("record.person"))] = None,
    like: Annotated[str | None, typer.Option(metavar="POSE", help=_help("record.like"))] = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help=_help("record.out"))] = None,
    force: Annotated[bool, typer.Option("--force", help=_help("record.force"))] = False,
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
    with _progress(path.name, "check.observing") as progress:
        recorded = making.record(path, name, chosen, library, ObserveSettings(), person, like, None, progress)
    written = making.write(recorded, folder, force)
    _say("written", path=written)
    print_recorded(recorded, path, written, lang, Console())


@reference_app.command("norms", help=_help("reference.norms"))
def reference_norms(
    out: Annotated[Path | None, typer.Option(help=_help("reference.norms_out"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.files import atomic_path
    from posture.library import load_library
    from posture.report.norms import norms_markdown

    page = norms_markdown(load_library())
    if out is None:
        print(page)
        return
    with atomic_path(out) as partial:
        partial.write_text(page, encoding="utf-8")
    _say("written", path=out)


@models_app.command("install", help=_help("models.install"))
def models_install(
    force: Annotated[bool, typer.Option("--force", help=_help("models.force"))] = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture import models

    if force:
        models.install(force=True)
    bundles_ready(None)
    _say("models.ready", folder=models.models_dir())


@models_app.command("list", help=_help("models.list"))
def models_list(lang: Lang = LANGUAGE) -> None:  # type: ignore[assignment]
    from posture import models

    for bundle in models.BUNDLES.values():
        state = _t(f"models.state.{models.state(bundle)}")
        print(f"{bundle.name:5} {state:10} {bundle.file_name}  sha256 {bundle.sha256}  ({bundle.package.requirement})")


@models_app.command("export", help=_help("models.export"))
def models_export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_help("models.folder"))],
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture import models

    bundles_ready(None)
    models.export(folder)
    _say("models.exported", folder=folder)


@app.command("doctor", help=_help("doctor.help"))
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


@app.command("app", help=_help("app.help"))
def app_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help=_help("app.port"))] = 8501,
    address: Annotated[str, typer.Option(help=_help("app.address"))] = "localhost",
    cert: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=_help("app.cert"))] = None,
    key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=_help("app.key"))] = None,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.dashboard import start

    raise typer.Exit(start(port, address, cert, key))


def _say(key: str, **values: object) -> None:
    _print(_t(key, **values))


def _print(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def _complain(error: PostureError) -> None:
    Console(file=sys.stderr, highlight=False, soft_wrap=True).print(
        _t("error", text=error.in_language(LANGUAGE)), style="red", markup=False
    )


def main() -> None:
    """Entry point: every way out is an exit code, no traceback for anything a user can do something about."""
    silence_native_stderr()
    INTERRUPT.install()
    try:
        code = app(standalone_mode=False)
    except PostureError as error:
        _complain(error)
        code = UNUSABLE
    except TyperException as error:
        Console(file=sys.stderr, highlight=False, soft_wrap=True).print(
            _t("usage", text=error.format_message()), style="red", markup=False
        )
        code = UNUSABLE
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    if code == STOPPED:
        Console(file=sys.stderr).print(_t("stopped"))
    sys.exit(code if isinstance(code, int) else DONE)
