"""All of `reference_poses/`: poses, gestures, criteria, errors, sources, profiles; mistakes with their place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import Field

from posture.findings import View
from posture.landmarks import Pose
from posture.measures import MEASURES
from posture.reference_files import Parsed, Place, Problem, ReferenceProblems, read
from posture.references import (
    Correction,
    CriteriaSet,
    Criterion,
    Gesture,
    ReferencePose,
    Source,
    Strict,
)

MOVE_GROUPS = ("gesture", "hand_over", "bow", "nod", "squat", "walk", "handshake", "stand_up", "sit_down")
"""Kinds of movement that are recognised; `gesture` and `hand_over` also by the ids of their files."""
ERROR_FILES = ("measure_errors_own.yaml", "measure_errors_moves.yaml", "measure_errors.yaml")
"""What was measured goes before what was estimated: later files replace a measure of earlier ones."""
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
class Loaded:
    """What the files hold, whichever profile is used."""

    poses: dict[str, ReferencePose]
    gestures: dict[str, Gesture]
    sets: dict[str, CriteriaSet]
    sources: dict[str, Source]
    known: MeasureErrors
    refused: tuple[Problem, ...] = ()
    """Limits smaller than the error of their measure, not judged in that view: no mistakes, but to be told."""

    @property
    def criteria(self) -> dict[str, Criterion]:
        """All criteria by id, as the files have them."""
        holders: list[CriteriaSet | ReferencePose | Gesture] = [*self.sets.values(), *self.poses.values()]
        holders += self.gestures.values()
        return {c.id: c for holder in holders for c in holder.criteria}


@cache
def load_files(folder: Path, extra: Path | None) -> Loaded:
    """Every file of `folder`, and the poses in the folder `extra`.

    Raises
    ------
    ReferenceProblems
        With every mistake.
    """
    sources = read(folder / "sources.yaml", Sources)[0].sources
    known = _together([read(folder / name, MeasureErrors)[0] for name in ERROR_FILES])
    set_files = [read(p, CriteriaSet) for p in sorted((folder / "criteria").glob("*.yaml"))]
    own = {"sources.yaml", *ERROR_FILES}
    paths = [p for p in sorted(folder.glob("*.yaml")) if p.name not in own]
    paths += sorted(extra.glob("*.yaml")) if extra else []
    pose_files = [read(p, ReferencePose) for p in paths]
    gesture_files = [read(p, Gesture) for p in sorted((folder / "gestures").glob("*.yaml"))]
    sets, gestures = {s.id: s for s, _ in set_files}, {g.id: g for g, _ in gesture_files}
    checks = _Checks(sources, known.errors, {*gestures, *MOVE_GROUPS})
    for pose, parsed in pose_files:
        checks.pose(pose, parsed, sets)
    for gesture, parsed in gesture_files:
        checks.gesture(gesture, parsed, gestures)
    every = [(s.criteria, parsed) for s, parsed in set_files] + [(p.criteria, parsed) for p, parsed in pose_files]
    for criteria, parsed in every + [(g.criteria, parsed) for g, parsed in gesture_files]:
        for i, criterion in enumerate(criteria):
            checks.criterion(criterion, parsed, ("criteria", i))
    if checks.problems:
        raise ReferenceProblems(checks.problems)
    gestures = {name: _with_own_moves(g) for name, g in gestures.items()}
    return Loaded({p.id: p for p, _ in pose_files}, gestures, sets, sources, known, tuple(checks.refused))


def _together(files: list[MeasureErrors]) -> MeasureErrors:
    """All measures; of one that several files have, what the last of them says."""
    return MeasureErrors(
        errors={name: by for f in files for name, by in f.errors.items()},
        corrections={name: by for f in files for name, by in f.corrections.items()},
        sources={name: told for f in files for name, told in f.sources.items()},
    )


def _with_own_moves(gesture: Gesture) -> Gesture:
    """A gesture's own criteria judge that gesture."""
    own = tuple(c if c.moves else c.model_copy(update={"moves": (gesture.id,)}) for c in gesture.criteria)
    return gesture.model_copy(update={"criteria": own})


class _Checks:
    """What a schema cannot see: names that point nowhere, ids used twice, views without an error."""

    def __init__(self, sources: dict[str, Source], errors: dict[str, dict[View, float]], moves: set[str]) -> None:
        self.sources, self.errors, self.moves = sources, errors, moves
        self.problems: list[Problem] = []
        self.refused: list[Problem] = []
        self._seen: dict[str, str] = {}

    def pose(self, pose: ReferencePose, parsed: Parsed, sets: dict[str, CriteriaSet]) -> None:
        self._known(parsed, ("joints",), "unknown_joint", pose.joints, _JOINTS)
        self._known(parsed, ("include",), "unknown_set", pose.include, sets)
        self._known(parsed, ("sources",), "unknown_source", pose.sources, self.sources)

    def gesture(self, gesture: Gesture, parsed: Parsed, gestures: dict[str, Gesture]) -> None:
        sides = ("right",) if gesture.arms == "either" else ("right", "left")
        needed = {"left_shoulder", *(f"{s}_{j}" for s in sides for j in ("shoulder", "elbow", "wrist", "index"))}
        for i, shape in enumerate(gesture.shapes):
            self._known(parsed, ("shapes", i), "unknown_joint", shape, _JOINTS)
            for name in sorted(needed - set(shape)):
                self.problems.append(parsed.problem(("shapes", i, name), "missing"))
        if gesture.swings_from is not None:
            self._known(parsed, (), "unknown_move", (gesture.swings_from,), gestures, "swings_from")
        self._known(parsed, ("sources",), "unknown_source", gesture.sources, self.sources)

    def criterion(self, criterion: Criterion, parsed: Parsed, at: Place) -> None:
        if criterion.id in self._seen:
            other = self._seen[criterion.id]
            self.problems.append(parsed.problem((*at, "id"), "duplicate", found=criterion.id, other=other))
        self._seen[criterion.id] = parsed.file
        self._known(parsed, (*at, "sources"), "unknown_source", criterion.sources, self.sources)
        self._known(parsed, (*at, "moves"), "unknown_move", criterion.moves, self.moves)
        if criterion.measure not in MEASURES:
            self.problems.append(unknown(parsed, (*at, "measure"), "unknown_measure", criterion.measure, MEASURES))
            return
        measure, known = MEASURES[criterion.measure], self.errors.get(criterion.measure, {})
        if measure.of_move is None and criterion.moves:
            self.problems.append(parsed.problem((*at, "moves"), "not_of_moves", found=criterion.measure))
        for view in criterion.views:
            if view not in measure.views or view not in known:
                valid = ", ".join(known) or "-"
                self.problems.append(parsed.problem((*at, "views"), "view_not_valid", found=view, expected=valid))
        self.refused += refusals(criterion, known, parsed, at)

    def _known(
        self, parsed: Parsed, at: Place, key: str, names: Iterable[str], known: Iterable[str],
        field: str = "",
    ) -> None:  # fmt: skip
        """A problem for each name that is not known."""
        listed = not isinstance(names, dict)
        for i, name in enumerate(names):
            if name not in known:
                place = (*at, field) if field else (*at, i if listed else name)
                self.problems.append(unknown(parsed, place, key, name, known))


def refusals(criterion: Criterion, errors: dict[View, float], parsed: Parsed, at: Place) -> list[Problem]:
    """One for each view in which the criterion cannot be judged: its limit is nearer to the ideal than the error."""
    limit = criterion.tightest()
    return [
        parsed.problem((*at, "allowed"), "refused", view=view, error=f"{errors[view]:g}", limit=f"{limit:g}")
        for view in criterion.views
        if too_small(limit, errors.get(view, 0.0))
    ]


def too_small(limit: float, error: float) -> bool:
    """Whether a limit that far from the ideal value cannot be judged with that error."""
    return error > limit + 1e-9


def unknown(parsed: Parsed, at: Place, key: str, found: str, known: Iterable[str]) -> Problem:
    near = difflib.get_close_matches(found, list(known), n=3, cutoff=0.5)
    return parsed.problem(at, key, found=found, near=", ".join(near) or "-")
