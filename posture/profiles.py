"""Profiles: which poses and criteria count at a workplace and what they cost; shipped ones and a hall's own.

An own profile is a file given by its path, or one in the folder `profiles` of the user's own pose files, which is then
known by its name. Mistakes are told with file, line and field.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import ValidationError

from posture.errors import ReferenceFileError
from posture.findings import Severity
from posture.library_files import Loaded, load_files, refusals, unknown
from posture.own_files import Kind
from posture.reference_files import (
    Parsed,
    Problem,
    ReferenceProblems,
    parse,
    problems_of,
    reference_dir,
    user_poses_dir,
    validated,
)
from posture.references import Criterion, Grade, Profile, Scoring
from posture.scoring import price

DEFAULT_PROFILE = "government_window"
PROFILES = Kind("profiles", "references.errors.no_profile", "references.errors.profile_twice")


def profile_names(extra: Path | None = None) -> list[str]:
    """Names of the profiles that come with the program and of those in the user's own folder (`extra`)."""
    return PROFILES.names(extra)


def shipped_profiles() -> list[Path]:
    """The profile files that come with the program."""
    return PROFILES.shipped()


def own_profiles(extra: Path | None = None) -> list[Path]:
    """The profile files in the user's own folder (`extra`)."""
    return PROFILES.own(extra)


def load_profile(name: str, loaded: Loaded, extra: Path | None = None) -> Profile:
    """The profile of that name, or in that file.

    Raises
    ------
    ReferenceFileError
        There is none, or it has mistakes.
    """
    return check_profile(PROFILES.path_of(name, extra), loaded)[0]


def check_profile(path: Path, loaded: Loaded) -> tuple[Profile, list[Problem]]:
    """The profile in that file, and limits in it that are smaller than the error and therefore not judged.

    Raises
    ------
    ReferenceProblems
        With every mistake.
    """
    return check_parsed(parse(path), loaded)


def check_parsed(parsed: Parsed, loaded: Loaded) -> tuple[Profile, list[Problem]]:
    """As `check_profile`, of what a file holds or would hold."""
    parsed = _on_its_base(parsed)
    profile = validated(parsed, Profile)
    problems = _names(profile, parsed, loaded) + _scoring(profile, parsed)
    refused: list[Problem] = []
    for name, changes in profile.override.items():
        if name not in loaded.criteria:
            continue
        at = ("override", name)
        try:
            criterion = changes.of(loaded.criteria[name])
        except ValidationError as error:
            problems += problems_of(error, parsed, at)
            continue
        problems += price_problems(criterion, profile, parsed, at)
        refused += refusals(criterion, loaded.known.errors[criterion.measure], parsed, at)
    if problems:
        raise ReferenceProblems(problems)
    return profile, refused


def _on_its_base(parsed: Parsed) -> Parsed:
    """With the fields of the shipped profile that it is based on, where it does not say otherwise."""
    if not isinstance(parsed.content, dict) or "based_on" not in parsed.content:
        return parsed
    base, known = str(parsed.content["based_on"]), {p.stem: p for p in shipped_profiles()}
    if base not in known:
        raise ReferenceProblems([unknown(parsed, ("based_on",), "unknown_profile", base, known)])
    return replace(parsed, content=merged(parse(known[base]).content, parsed.content))


def merged(base: Any, own: Any) -> Any:
    """Groups of fields are joined field by field; lists and values are replaced."""
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    return base | {key: merged(base.get(key), value) for key, value in own.items()}


def _names(profile: Profile, parsed: Parsed, loaded: Loaded) -> list[Problem]:
    """Names that point nowhere."""
    asked: tuple[tuple[str, str, Iterable[str], Iterable[str]], ...] = (
        ("poses", "unknown_pose", profile.poses, loaded.poses),
        ("always", "unknown_set", profile.always, loaded.sets),
        ("without", "unknown_criterion", profile.without, loaded.criteria),
        ("override", "unknown_criterion", profile.override, loaded.criteria),
        ("sources", "unknown_source", profile.sources, loaded.sources),
    )
    return [
        unknown(parsed, (field, name if field == "override" else i), key, name, known)
        for field, key, names, known in asked
        for i, name in enumerate(names)
        if name not in known
    ]


def _scoring(profile: Profile, parsed: Parsed) -> list[Problem]:
    """What scoring would look up in vain, and grades in the wrong order."""
    scoring: Scoring = profile.scoring
    missing: list[tuple[str, str]] = [("deduction", s) for s in Severity if s not in scoring.deduction]
    missing += [("weights", c) for c in scoring.judged_categories if c not in scoring.weights]
    missing += [("grades", g) for g in get_args(Grade) if g not in scoring.grades]
    problems = [parsed.problem(("scoring", *place), "missing") for place in missing]
    bounds = [scoring.grades[g] for g in cast(tuple[Grade, ...], get_args(Grade)) if g in scoring.grades]
    if bounds != sorted(bounds, reverse=True):
        problems.append(parsed.problem(("scoring", "grades"), "grades_not_falling"))
    return problems


def price_problems(criterion: Criterion, profile: Profile, parsed: Parsed, at: tuple[str, ...]) -> list[Problem]:
    """A cap that not even one occurrence fits under; a serious one that costs less."""
    if any(s not in profile.scoring.deduction for s in Severity):
        return []
    once = price(criterion, criterion.severity, profile.scoring)
    serious = price(criterion, Severity.SERIOUS, profile.scoring) if criterion.serious else once
    problems, dearest = [], max(once, serious)
    if criterion.cap is not None and criterion.cap < dearest:
        problems.append(
            parsed.problem((*at, "cap"), "cap_below_points", found=f"{criterion.cap:g}", points=f"{dearest:g}")
        )
    if serious < once:
        problems.append(
            parsed.problem((*at, "points_serious"), "serious_cheaper", found=f"{serious:g}", points=f"{once:g}")
        )
    return problems


def validate(path: Path | None = None) -> tuple[Problem, ...]:
    """Check everything: the program's files and the user's own poses and profiles, those in the folder `path`, or the
    profile in the file `path`. What comes back are limits smaller than the error: no mistakes, but not judged.

    Raises
    ------
    ReferenceFileError
        There is nothing at `path`, or there are mistakes (all are named).
    """
    if path is not None and not path.exists():
        raise ReferenceFileError("references.errors.no_file", path=path)
    extra = path if path is not None and path.is_dir() else user_poses_dir()
    loaded = load_files(reference_dir(), extra if extra.is_dir() else None)
    paths = [path] if path is not None and path.is_file() else own_profiles(extra)
    problems: list[Problem] = []
    refused = list(loaded.refused)
    for one in (*shipped_profiles(), *paths):
        try:
            refused += check_profile(one, loaded)[1]
        except ReferenceProblems as error:
            problems += error.problems
    if problems:
        raise ReferenceProblems(problems)
    PROFILES.require_distinct(extra)
    return tuple(refused)
