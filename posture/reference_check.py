"""All reference files checked at once: what `posture reference validate` tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from posture.flow.files import is_flow, validate_flows
from posture.profiles import validate
from posture.reference_files import Problem, ReferenceProblems


def validate_all(path: Path | None = None) -> tuple[Problem, ...]:
    """Check the program's files and the user's own poses, profiles and service flows, those in the folder `path`, or
    the profile or flow in the file `path`. Returned are limits smaller than the error: no mistakes, but not judged.

    Raises
    ------
    ReferenceFileError
        There is nothing at `path`, or there are mistakes (all are named).
    """
    if path is not None and path.is_file():
        if not is_flow(path):
            return validate(path)
        validate_flows(path=path)
        return ()
    refused: tuple[Problem, ...] = ()
    problems: list[Problem] = []

    def profiles() -> None:
        nonlocal refused
        refused = validate(path)

    checks: tuple[Callable[[], None], ...] = (profiles, lambda: validate_flows(path))
    for check in checks:
        try:
            check()
        except ReferenceProblems as error:
            problems += error.problems
    if problems:
        raise ReferenceProblems(problems)
    return refused
