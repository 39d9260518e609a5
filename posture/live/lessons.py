"""Lessons: poses to hold one after another, from the YAML files in `reference_poses/lessons/`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from posture.library import Library
from posture.reference_files import Problem, ReferenceProblems, read, reference_dir, user_poses_dir
from posture.references import Identifier, Strict, Variant, Words


class LessonStep(Strict):
    """One pose, held for `hold_s` seconds; without it for as long as the pose's file says."""

    pose: Identifier
    hold_s: Annotated[float, Field(gt=0, le=600)] | None = None


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
            if step.pose not in library.poses:
                near = ", ".join(library.poses)
                problems.append(parsed.problem(("steps", i, "pose"), "unknown_pose", found=step.pose, near=near))
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


def hold_s(step: LessonStep, library: Library) -> float:
    """How long the step's pose is to be held, in seconds."""
    return step.hold_s if step.hold_s is not None else library.poses[step.pose].hold_s
