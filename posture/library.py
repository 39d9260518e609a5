"""All reference poses, criteria and profiles together, checked against the measures and their errors.

A criterion whose limit is smaller than the error of its measure in a view is refused for that view when it is loaded.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import Field

from posture.errors import ReferenceFileError
from posture.findings import View
from posture.landmarks import Pose
from posture.measures import MEASURES, Scene, Series
from posture.reference_files import Parsed, Problem, ReferenceProblems, read, reference_dir
from posture.references import Correction, CriteriaSet, Criterion, Profile, ReferencePose, Source, Strict

AUTO = "auto"
DEFAULT_PROFILE = "government_window"
_JOINTS = {p.name.lower() for p in Pose}


class MeasureErrors(Strict):
    """measure_errors.yaml: error of each measure by view, in its own unit, with where the figure comes from, and what
    is corrected before judging."""

    errors: dict[str, dict[View, float]]
    corrections: dict[str, dict[View, Correction]] = Field(default_factory=dict)
    sources: dict[str, str]


class Sources(Strict):
    sources: dict[str, Source]


@dataclass(frozen=True)
class Refusal:
    """A view in which a criterion cannot be judged: its nearest limit is closer to the ideal than the error."""

    view: View
    limit: float
    error: float


@dataclass(frozen=True)
class ActiveCriterion:
    """A criterion with the error of its measure in each view it may be judged in."""

    criterion: Criterion
    errors: dict[View, float]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True)
class Library:
    """Everything that was loaded, as one profile sees it."""

    poses: dict[str, ReferencePose]
    sets: dict[str, CriteriaSet]
    sources: dict[str, Source]
    errors: dict[str, dict[View, float]]
    corrections: dict[str, dict[View, Correction]]
    profile: Profile

    def measured(self, name: str, scene: Scene) -> Series:
        """The measure `name` over time with its systematic error in each view taken out."""
        series = MEASURES[name].compute(scene)
        value = series.value
        for view, correction in self.corrections.get(name, {}).items():
            value = np.where(scene.view == view, correction.of(value), value)
        return replace(series, value=value)

    def require_pose(self, pose: str) -> None:
        """Raise ReferenceFileError unless `pose` is `auto` or known."""
        if pose != AUTO and pose not in self.poses:
            raise ReferenceFileError("references.errors.no_pose", pose=pose, known=", ".join(self.poses))

    def criteria_of(self, pose: str) -> tuple[ActiveCriterion, ...]:
        """Criteria that apply while `pose` is held: its own, its included sets, and the profile's taboos."""
        held = self.poses[pose]
        included = (c for name in (*held.include, *self.profile.always) for c in self.sets[name].criteria)
        return self._active((*held.criteria, *included))

    def common_criteria(self, kind: str | None) -> tuple[ActiveCriterion, ...]:
        """Criteria that apply whichever pose of `kind` (None: standing or sitting, unknown) is held."""
        same_kind = [p for p in self.candidates() if kind in (None, p.kind)]
        shared = set.intersection(*({a.criterion.id for a in self.criteria_of(p.id)} for p in same_kind))
        return tuple(a for a in self.criteria_of(same_kind[0].id) if a.criterion.id in shared)

    def candidates(self) -> list[ReferencePose]:
        """Poses that may be recognised by themselves."""
        return [self.poses[p] for p in self.profile.poses]

    def all_criteria(self) -> dict[str, Criterion]:
        """Every criterion of the library as the profile has it, by id."""
        every = [c for s in self.sets.values() for c in s.criteria] + [
            c for p in self.poses.values() for c in p.criteria
        ]
        return {c.id: self._overridden(c) for c in every}

    def _active(self, criteria: Iterable[Criterion]) -> tuple[ActiveCriterion, ...]:
        return tuple(self._judged(self._overridden(c)) for c in criteria if c.id not in self.profile.without)

    def _overridden(self, criterion: Criterion) -> Criterion:
        changes = self.profile.override.get(criterion.id)
        if changes is None:
            return criterion
        return criterion.model_copy(update={name: getattr(changes, name) for name in changes.model_fields_set})

    def _judged(self, criterion: Criterion) -> ActiveCriterion:
        known = self.errors[criterion.measure]
        limit = criterion.tightest()
        refused = tuple(Refusal(v, limit, known[v]) for v in criterion.views if known[v] > limit + 1e-9)
        too_large = {r.view for r in refused}
        return ActiveCriterion(criterion, {v: known[v] for v in criterion.views if v not in too_large}, refused)


def load_library(profile: str = DEFAULT_PROFILE, extra: Path | None = None) -> Library:
    """The library as the profile (a name, or the path of a YAML file) sees it. `extra` is a folder of own poses.

    Raises
    ------
    ReferenceFileError
        A file has mistakes (all are named), or there is no such profile.
    """
    poses, sets, sources, known = _load_files(reference_dir(), extra)
    return Library(poses, sets, sources, known.errors, known.corrections, _load_profile(profile, poses, sets))


@cache
def _load_files(
    folder: Path, extra: Path | None
) -> tuple[dict[str, ReferencePose], dict[str, CriteriaSet], dict[str, Source], MeasureErrors]:
    sources = read(folder / "sources.yaml", Sources)[0].sources
    known = read(folder / "measure_errors.yaml", MeasureErrors)[0]
    errors = known.errors
    problems: list[Problem] = []
    set_files = [read(p, CriteriaSet) for p in sorted((folder / "criteria").glob("*.yaml"))]
    own = {"sources.yaml", "measure_errors.yaml"}
    paths = [p for p in sorted(folder.glob("*.yaml")) if p.name not in own]
    paths += sorted(extra.glob("*.yaml")) if extra else []
    pose_files = [read(p, ReferencePose) for p in paths]
    sets = {s.id: s for s, _ in set_files}
    seen: dict[str, str] = {}
    for group, parsed in set_files:
        for i, criterion in enumerate(group.criteria):
            problems += _check_criterion(criterion, parsed, ("criteria", i), sources, errors, seen)
    for pose, parsed in pose_files:
        problems += _check_pose(pose, parsed, sets, sources)
        for i, criterion in enumerate(pose.criteria):
            problems += _check_criterion(criterion, parsed, ("criteria", i), sources, errors, seen)
    if problems:
        raise ReferenceProblems(problems)
    return {p.id: p for p, _ in pose_files}, sets, sources, known


def _check_pose(
    pose: ReferencePose, parsed: Parsed, sets: dict[str, CriteriaSet], sources: dict[str, Source]
) -> list[Problem]:
    problems = []
    for name in pose.joints:
        if name not in _JOINTS:
            problems.append(_unknown(parsed, ("joints", name), "unknown_joint", name, _JOINTS))
    for i, name in enumerate(pose.include):
        if name not in sets:
            problems.append(_unknown(parsed, ("include", i), "unknown_set", name, sets))
    for i, name in enumerate(pose.sources):
        if name not in sources:
            problems.append(_unknown(parsed, ("sources", i), "unknown_source", name, sources))
    return problems


def _check_criterion(
    criterion: Criterion,
    parsed: Parsed,
    at: tuple[str | int, ...],
    sources: dict[str, Source],
    errors: dict[str, dict[View, float]],
    seen: dict[str, str],
) -> list[Problem]:
    problems = []
    if criterion.id in seen:
        problems.append(parsed.problem((*at, "id"), "duplicate", found=criterion.id, other=seen[criterion.id]))
    seen[criterion.id] = parsed.file
    for i, name in enumerate(criterion.sources):
        if name not in sources:
            problems.append(_unknown(parsed, (*at, "sources", i), "unknown_source", name, sources))
    if criterion.measure not in MEASURES:
        problems.append(_unknown(parsed, (*at, "measure"), "unknown_measure", criterion.measure, MEASURES))
        return problems
    for view in criterion.views:
        if view not in MEASURES[criterion.measure].views or view not in errors.get(criterion.measure, {}):
            known = ", ".join(errors.get(criterion.measure, {})) or "-"
            problems.append(parsed.problem((*at, "views"), "view_not_valid", found=view, expected=known))
    return problems


def _unknown(parsed: Parsed, at: tuple[str | int, ...], key: str, found: str, known: Iterable[str]) -> Problem:
    near = difflib.get_close_matches(found, list(known), n=3, cutoff=0.5)
    return parsed.problem(at, key, found=found, near=", ".join(near) or "-")


def _load_profile(name: str, poses: dict[str, ReferencePose], sets: dict[str, CriteriaSet]) -> Profile:
    folder = reference_dir() / "profiles"
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if not path.is_file():
        raise ReferenceFileError("references.errors.no_profile", profile=name, known=", ".join(profile_names()))
    profile, parsed = read(path, Profile)
    known_criteria = {c.id for s in sets.values() for c in s.criteria} | {
        c.id for p in poses.values() for c in p.criteria
    }
    problems = [
        _unknown(parsed, (field, i), key, name, known)
        for field, key, names, known in (
            ("poses", "unknown_pose", profile.poses, poses),
            ("always", "unknown_set", profile.always, sets),
            ("without", "unknown_criterion", profile.without, known_criteria),
            ("override", "unknown_criterion", tuple(profile.override), known_criteria),
        )
        for i, name in enumerate(names)
        if name not in known
    ]
    if problems:
        raise ReferenceProblems(problems)
    return profile


def profile_names() -> list[str]:
    """Ids of the profiles that come with the program."""
    return sorted(p.stem for p in (reference_dir() / "profiles").glob("*.yaml"))
