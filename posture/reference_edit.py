"""A recorded pose before and after it is written: names and limits changed by somebody, and taking it away again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from posture.errors import ReferenceFileError
from posture.library import Library, Refusal
from posture.library_files import load_files
from posture.profiles import own_profiles
from posture.reference_draft import one_line, pose_text, told
from posture.reference_files import Problem, parse, parse_text, problems_of
from posture.reference_record import Recorded
from posture.references import Criterion, Threshold, Words


@dataclass(frozen=True)
class Limits:
    """A proposed criterion as somebody wants it; None for no limit on that side. Not `kept`: left out."""

    kept: bool
    target: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Edited:
    """What became of a recorded pose. mistakes : by criterion id, with any of them it must not be written.
    refused : by criterion id, limits that are smaller than the error and would not be judged."""

    recorded: Recorded
    mistakes: dict[str, tuple[Problem, ...]]
    refused: dict[str, tuple[Refusal, ...]]


def limits_of(criterion: Criterion) -> Limits:
    """The criterion as it was proposed."""
    return Limits(True, criterion.ideal, criterion.allowed.low, criterion.allowed.high)


def edited(recorded: Recorded, library: Library, names: Words, limits: Mapping[str, Limits]) -> Edited:
    """The pose with these names and, by id, limits of its proposed criteria; those not named stay as proposed."""
    kept: dict[str, Criterion | None] = {}
    mistakes: dict[str, tuple[Problem, ...]] = {}
    refused: dict[str, tuple[Refusal, ...]] = {}
    for proposal in recorded.proposals:
        criterion = proposal.criterion
        wanted = limits.get(criterion.id, limits_of(criterion))
        if not wanted.kept:
            kept[criterion.id] = None
            continue
        try:
            kept[criterion.id] = _limited(criterion, wanted)
        except ValidationError as error:
            parsed = parse_text(f"{criterion.id}:\n", f"{recorded.pose.id}.yaml")
            mistakes[criterion.id] = tuple(problems_of(error, parsed, (criterion.id,)))
            continue
        if views := library.judged(kept[criterion.id] or criterion).refused:
            refused[criterion.id] = views
    criteria = (kept.get(c.id, c) for c in recorded.pose.criteria)
    pose = recorded.pose.model_copy(update={"names": names, "criteria": tuple(c for c in criteria if c is not None)})
    return Edited(replace(recorded, pose=pose, text=pose_text(pose, recorded.comment)), mistakes, refused)


def _limited(criterion: Criterion, limits: Limits) -> Criterion:
    if limits == limits_of(criterion):
        return criterion
    allowed = Threshold(low=limits.low, high=limits.high).model_dump()
    changed: dict[str, object] = {"target": limits.target, "allowed": allowed}
    if limits.target is not None:
        cue, reason = told(criterion.measure, limits.target)
        changed |= {"cue": cue.model_dump(), "reason": reason.model_dump()}
    return Criterion.model_validate(criterion.model_dump() | changed)


def names_of(zh: str, en: str) -> Words:
    """Both names; an empty one is taken from the other language. Raises ReferenceFileError when both are empty."""
    zh, en = one_line(zh), one_line(en)
    if not (zh or en):
        raise ReferenceFileError("references.edit.no_name")
    return Words(zh=zh or en, en=en or zh)


def pose_path(identifier: str, folder: Path) -> Path | None:
    """The file in `folder` that holds the pose of that id, None when there is none."""
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        content = parse(path).content
        if isinstance(content, dict) and content.get("id") == identifier:
            return path
    return None


def delete_pose(identifier: str, folder: Path) -> None:
    """Delete the file of an own pose; one that is gone already is no error.

    Raises
    ------
    ReferenceFileError
        Own profiles name the pose and would be of no use without it.
    """
    users = []
    for profile in own_profiles(folder):
        content = parse(profile).content
        if isinstance(content, dict) and identifier in (content.get("poses") or ()):
            users.append(profile.stem)
    if users:
        raise ReferenceFileError("references.edit.pose_in_use", pose=identifier, profiles=", ".join(users))
    path = pose_path(identifier, folder)
    if path is not None:
        path.unlink(missing_ok=True)
        load_files.cache_clear()
