"""All reference poses, criteria and profiles together, checked against the measures and their errors.

A criterion whose limit is smaller than the error of its measure in a view is refused for that view when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from posture.errors import ReferenceFileError
from posture.findings import View
from posture.library_files import load_files, too_small
from posture.measures import MEASURES, Scene, Series
from posture.profiles import DEFAULT_PROFILE, load_profile, profile_names
from posture.reference_files import reference_dir, user_poses_dir
from posture.references import Correction, CriteriaSet, Criterion, Gesture, Profile, ReferencePose, Source, Variant

__all__ = ["AUTO", "DEFAULT_PROFILE", "ActiveCriterion", "Library", "Refusal", "load_library", "profile_names"]

AUTO = "auto"


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


_F = TypeVar("_F", bound=Callable[..., Any])


def _once(question: _F) -> _F:
    """The library's answers do not change: each is worked out once."""

    @wraps(question)
    def answer(library: Library, *asked: str | None) -> Any:
        key = (question.__name__, *asked)
        if key not in library._answers:
            library._answers[key] = question(library, *asked)
        return library._answers[key]

    return cast(_F, answer)


@dataclass(frozen=True)
class Library:
    """Everything that was loaded, as one profile sees it."""

    poses: dict[str, ReferencePose]
    sets: dict[str, CriteriaSet]
    sources: dict[str, Source]
    errors: dict[str, dict[View, float]]
    corrections: dict[str, dict[View, Correction]]
    profile: Profile
    gestures: dict[str, Gesture] = field(default_factory=dict)
    variant: Variant = "any"
    """The form asked for: poses and criteria of the other form do not apply. With `any` the poses of either form are
    accepted, and only what is asked of everybody is judged."""
    own: tuple[str, ...] = ()
    """Ids of the poses that come from a folder of the user's own."""

    def measured(self, name: str, scene: Scene) -> Series:
        """The measure `name` over time with its systematic error in each view taken out."""
        series = MEASURES[name].compute(scene)
        for view, correction in self.corrections.get(name, {}).items():
            value = np.where(scene.seen_from[view], correction.of(series.value), series.value)
            series = replace(series, value=value)
        return series

    def corrected(self, name: str, value: float, view: View) -> float:
        """A value of the measure `name` with its systematic error in this view taken out."""
        correction = self.corrections.get(name, {}).get(view)
        return value if correction is None else float(correction.of(np.array(value)))

    @cached_property
    def _answers(self) -> dict[tuple[str | None, ...], Any]:
        """By question, which criteria apply: a live picture asks several times a second."""
        return {}

    @property
    def head_pitch_factor(self) -> float:
        """By which `head_pitch_change_deg` is corrected in front view; the gaze is computed from the same pitch."""
        correction = self.corrections.get("head_pitch_change_deg", {}).get(View.FRONT)
        return correction.factor if correction else 1.0

    def require_pose(self, pose: str) -> None:
        """Raise ReferenceFileError unless `pose` is `auto` or a known pose or gesture, and not of the other form."""
        if pose in self.poses and not self.fits(self.poses[pose]):
            raise ReferenceFileError(
                "references.errors.other_form", pose=pose, form=self.poses[pose].variant, asked=self.variant
            )
        if pose != AUTO and pose not in self.poses and pose not in self.practised():
            known = ", ".join((*self.poses, *self.practised()))
            raise ReferenceFileError("references.errors.no_pose", pose=pose, known=known)

    def fits(self, one: ReferencePose | Criterion) -> bool:
        """Whether a pose may be held in the form asked for; of a criterion, whether it is asked for in that form."""
        if isinstance(one, Criterion):
            return one.variant in ("any", self.variant)
        return "any" in (one.variant, self.variant) or one.variant == self.variant

    def practised(self) -> dict[str, Gesture]:
        """The gestures that can be asked for by themselves."""
        return {name: g for name, g in self.gestures.items() if g.group != "none"}

    @_once
    def criteria_of(self, pose: str) -> tuple[ActiveCriterion, ...]:
        """Criteria that apply while `pose` is held: its own, its included sets, and the profile's taboos."""
        held = self.poses[pose]
        included = (c for name in (*held.include, *self.profile.always) for c in self.sets[name].criteria)
        return self._active(c for c in (*held.criteria, *included) if not c.moves)

    @_once
    def criteria_of_moves(self) -> tuple[ActiveCriterion, ...]:
        """Criteria that judge movements, each occurrence by itself."""
        common = [c for name in self.profile.always for c in self.sets[name].criteria if c.moves]
        return self._active((*common, *(c for g in self.gestures.values() for c in g.criteria)))

    def criteria_of_gesture(self, gesture: str) -> tuple[ActiveCriterion, ...]:
        """Criteria that judge this gesture whenever it is made."""
        asked = {gesture, self.gestures[gesture].group}
        return tuple(a for a in self.criteria_of_moves() if asked & set(a.criterion.moves))

    @_once
    def common_criteria(self, kind: str | None) -> tuple[ActiveCriterion, ...]:
        """Criteria that apply whichever pose of `kind` (None: standing or sitting, unknown) is held."""
        same_kind = [p for p in self._of_profile() if kind in (None, p.kind)]
        if not same_kind:  # a guide's profile without any sitting
            return self._active(c for n in self.profile.always for c in self.sets[n].criteria if not c.moves)
        shared = set.intersection(*({a.criterion.id for a in self.criteria_of(p.id)} for p in same_kind))
        return tuple(a for a in self.criteria_of(same_kind[0].id) if a.criterion.id in shared)

    def candidates(self) -> list[ReferencePose]:
        """Poses that may be recognised by themselves: the profile's and the user's own, of the form asked for."""
        own = [self.poses[p] for p in self.own if p not in self.profile.poses]
        return self._of_profile() + [p for p in own if self.fits(p)]

    def _of_profile(self) -> list[ReferencePose]:
        return [p for p in map(self.poses.__getitem__, self.profile.poses) if self.fits(p)]

    @_once
    def all_criteria(self) -> dict[str, Criterion]:
        """Every criterion of the library as the profile has it, by id."""
        every = [c for s in self.sets.values() for c in s.criteria]
        every += [c for p in self.poses.values() for c in p.criteria]
        every += [c for g in self.gestures.values() for c in g.criteria]
        return {c.id: self._overridden(c) for c in every}

    def _active(self, criteria: Iterable[Criterion]) -> tuple[ActiveCriterion, ...]:
        wanted = (self._overridden(c) for c in criteria if c.id not in self.profile.without)
        return tuple(self.judged(c) for c in wanted if self.fits(c))

    def _overridden(self, criterion: Criterion) -> Criterion:
        changes = self.profile.override.get(criterion.id)
        return changes.of(criterion) if changes else criterion

    def judged(self, criterion: Criterion) -> ActiveCriterion:
        """The criterion with the errors of its measure; views whose error is larger than the limit are refused."""
        known = self.errors[criterion.measure]
        limit = criterion.tightest()
        refused = tuple(Refusal(v, limit, known[v]) for v in criterion.views if too_small(limit, known[v]))
        too_large = {r.view for r in refused}
        return ActiveCriterion(criterion, {v: known[v] for v in criterion.views if v not in too_large}, refused)


def load_library(profile: str = DEFAULT_PROFILE, extra: Path | None = None, variant: Variant = "any") -> Library:
    """The library as the profile (a name, or the path of a YAML file) and the variant see it. `extra` is a folder of
    own poses and profiles, by default `user_poses_dir()` when it exists.

    Raises
    ------
    ReferenceFileError
        A file has mistakes (all are named), or there is no such profile.
    """
    if extra is None and user_poses_dir().is_dir():
        extra = user_poses_dir()
    loaded = load_files(reference_dir(), extra)
    shipped = load_files(reference_dir(), None).poses if extra else loaded.poses
    return Library(
        loaded.poses, loaded.sets, loaded.sources, loaded.known.errors, loaded.known.corrections,
        load_profile(profile, loaded, extra), loaded.gestures, variant,
        tuple(p for p in loaded.poses if p not in shipped),
    )  # fmt: skip
