"""Lessons: poses to hold and movements to make one after another, from the YAML files in `reference_poses/lessons/`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from posture.library import Library
from posture.live.steps import Step
from posture.reference_files import Problem, ReferenceProblems, read, reference_dir, user_poses_dir
from posture.references import Identifier, Strict, Variant, Words
from posture.report.labels import move_name
from posture.text import LANGUAGES, say

TIMES = 3
"""How often a movement is made where nothing else is said (own choice)."""
BODY_MOVES = ("bow", "squat")
"""Movements of the body that can be practised, besides the gestures of the library. They are judged from the side."""


class LessonStep(Strict):
    """One pose, held for `hold_s` seconds (without it for as long as the pose's file says), or one movement, to be made
    well `times` times: a gesture's id or one of `BODY_MOVES`."""

    pose: Identifier | None = None
    hold_s: Annotated[float, Field(gt=0, le=600)] | None = None
    move: Identifier | None = None
    times: Annotated[int, Field(ge=1, le=50)] = TIMES

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        other = "times" if self.pose else "hold_s"
        if (self.pose is None) == (self.move is None) or other in self.model_fields_set:
            raise ValueError("pose_or_move")
        return self

    @property
    def what(self) -> str:
        """The id of the pose or movement."""
        return self.pose or self.move or ""


class Lesson(Strict):
    """A lesson (lessons/*.yaml)."""

    id: Identifier
    names: Words
    description: Words
    variant: Variant = "any"
    """The form of etiquette that is practised."""
    steps: Annotated[tuple[LessonStep, ...], Field(min_length=1)]


def load_lessons(library: Library, folders: list[Path] | None = None) -> dict[str, Lesson]:
    """All lessons by id: those that come with the program, then the user's own, in the order of their files.

    Raises
    ------
    ReferenceProblems
        With every mistake, its file and line.
    """
    if folders is None:
        folders = [reference_dir() / "lessons", user_poses_dir() / "lessons"]
    lessons: dict[str, Lesson] = {}
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for path in (p for folder in folders for p in sorted(folder.glob("*.yaml"))):
        lesson, parsed = read(path, Lesson)
        if lesson.id in lessons:
            problems.append(parsed.problem(("id",), "duplicate", found=lesson.id, other=files[lesson.id]))
        for i, step in enumerate(lesson.steps):
            kind, known = ("pose", library.poses) if step.pose else ("move", movements(library))
            if step.what not in known:
                near = ", ".join(known)
                problems.append(parsed.problem(("steps", i, kind), f"unknown_{kind}", found=step.what, near=near))
        lessons[lesson.id], files[lesson.id] = lesson, parsed.file
    if problems:
        raise ReferenceProblems(problems)
    return lessons


def lesson_of_pose(pose: str, library: Library) -> Lesson:
    """A lesson of one pose, for practising just that."""
    reference = library.poses[pose]
    return Lesson(
        id=pose, names=reference.names, description=reference.description, variant=reference.variant,
        steps=(LessonStep(pose=pose),),
    )  # fmt: skip


def lesson_of_move(move: str, library: Library) -> Lesson:
    """A lesson of one movement, for practising just that."""
    named, how = names(move, library), description(move, library)
    return Lesson(id=move, names=named, description=how, steps=(LessonStep(move=move),))


def movements(library: Library) -> list[str]:
    """Every movement that can be practised."""
    return [*(g.id for g in library.gestures.values() if g.group != "none"), *BODY_MOVES]


def names(what: str, library: Library) -> Words:
    """What a pose or movement is called."""
    pose = library.poses.get(what)
    return pose.names if pose else Words(**{language: move_name(what, library, language) for language in LANGUAGES})


def description(what: str, library: Library) -> Words:
    """How a pose or movement is done."""
    known = library.poses.get(what) or library.gestures.get(what)
    if known:
        return known.description
    return Words(**{language: say(f"live.move.{what}", language) for language in LANGUAGES})


def step_of(step: LessonStep, library: Library) -> Step:
    """What the lesson's step asks for."""
    if step.move:
        return Step(step.move, times=step.times)
    assert step.pose is not None
    return Step(step.pose, step.hold_s if step.hold_s is not None else library.poses[step.pose].hold_s)
