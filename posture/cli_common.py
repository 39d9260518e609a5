"""What all commands share: language, exit codes, progress, where results go."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from posture.errors import PostureError
from posture.native import INTERRUPT
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


def words(key: str, **values: object) -> str:
    return say(f"cli.{key}", LANGUAGE, **values)


def help_text(key: str) -> str:
    """A help text. Chinese has no spaces, and the help's table cuts a line that it cannot break at one."""
    return re.sub(r"(?<=[，、。；：）])(?=[^，、。；：）])|(?=（)", " ", words(key)).replace("  ", " ")


Lang = Annotated[Literal["zh", "en"], typer.Option("--lang", help=help_text("option.lang"))]


def require_writable(
    wanted: Mapping[str, Path | None], paths: Sequence[Path], more_inputs: Iterable[Path] = ()
) -> list[dict[str, Path]]:
    """Per recording the file of each result, JSON for the standard output left out; complains about every wrong target
    before minutes of work, not after."""
    from posture.targets import require_targets, targets_of

    to_files = {kind: None if kind == "json" and str(path) == "-" else path for kind, path in wanted.items()}
    targets = targets_of(to_files, paths)
    require_targets(targets, [*paths, *more_inputs])
    return targets


def bundles_ready(directory: Path | None) -> None:
    """Install the models with a progress bar when they are missing."""
    from posture.models import model_paths

    with _bar() as bar:
        task = None

        def progress(_name: str, done: float) -> None:
            nonlocal task
            if task is None:
                task = bar.add_task(words("models.installing"), total=1.0)
            bar.update(task, completed=done)

        model_paths(directory, progress)


@contextmanager
def progress_bar(name: str, key: str) -> Iterator[Any]:
    """A bar with the time left, on the error output so that the summary can be piped."""
    with _bar() as bar:
        task = bar.add_task(words(key, name=name), total=None)

        def progress(done_s: float, total_s: float) -> None:
            INTERRUPT.check()
            bar.update(task, completed=min(done_s, total_s or done_s), total=total_s or None)

        yield progress


@contextmanager
def survey_bar() -> Iterator[Callable[[float, float, str], None]]:
    """A bar over many recordings: told what is done, of what, and in words."""
    with _bar() as bar:
        task = bar.add_task("", total=None)

        def progress(done: float, total: float, said: str) -> None:
            INTERRUPT.check()
            bar.update(task, completed=done, total=total or None, description=said)

        yield progress


def _bar() -> Progress:
    console = Console(file=sys.stderr)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True), console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip


def print_or_write(text: str, path: Path | None) -> None:
    """On the screen, or to a file that is told of."""
    from posture.files import atomic_path

    if path is None or str(path) == "-":
        print(text)
        return
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")
    tell("written", path=path)


def tell(key: str, **values: object) -> None:
    show_text(words(key, **values))


def show_text(text: str) -> None:
    """A line as it is, without rich's markup and wrapping."""
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def complain(error: PostureError) -> None:
    """What is wrong, on the error output."""
    Console(file=sys.stderr, highlight=False, soft_wrap=True).print(
        words("error", text=error.in_language(LANGUAGE)), style="red", markup=False
    )
