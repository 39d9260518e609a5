"""A recording to motions, and one movement of it to a reference performance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.check import tilted_scenes, understood
from posture.drill.compare import Comparison, compare
from posture.drill.files import Limits, PerformanceFile
from posture.drill.find import occurrences
from posture.drill.motion import CHANGE, Motion, Performance, Why, cut, motion_of
from posture.errors import UnusableInputError
from posture.findings import Move
from posture.landmarks import Observation
from posture.library import Library
from posture.observe import without_ghosts
from posture.text import say

KEPT = ("gesture", "hand_over", "bow", "nod", CHANGE)
"""Groups of movements that a performance can be made of."""


def motions_of(observation: Observation, library: Library, fps: float, roll_deg: float | None = None) -> list[Motion]:
    """Everybody's motion in an observation of `fps` samples per second.

    Raises
    ------
    UnusableInputError
        It is a photo, or nobody is in it.
    """
    if observation.kind == "photo":
        raise UnusableInputError("drill.errors.photo", file=observation.source_name)
    observation = without_ghosts(observation)
    if not observation.tracks:
        raise UnusableInputError("references.record.errors.nobody", file=observation.source_name)
    scenes, _ = tilted_scenes(observation, roll_deg, fps)
    return [motion_of(understood(scene, library)[0], library) for scene in scenes]


def movements(motion: Motion) -> list[Move]:
    """What a person did that a performance can be made of, in time order."""
    return [m for m in motion.moves if m.group in KEPT]


def person_of(motions: list[Motion], person: int | None) -> Motion:
    """The motion of a person; of the only one when no number is given.

    Raises
    ------
    UnusableInputError
        There are several and no number was given, or nobody has that number.
    """
    known = ", ".join(str(m.person) for m in motions)
    if person is None and len(motions) > 1:
        raise UnusableInputError("references.record.errors.several", count=len(motions), known=known)
    found = [m for m in motions if person in (None, m.person)]
    if not found:
        raise UnusableInputError("references.record.errors.no_person", person=person, known=known)
    return found[0]


def recorded(motion: Motion, number: int | None, listed: str) -> Performance:
    """The movement with this number (from 1, in time order), or the only one, as a reference.

    `listed` is the person's movements in words, for the complaint that there are several.

    Raises
    ------
    UnusableInputError
        There is none, there are several and no number was given, or too little of it was seen.
    """
    moves = movements(motion)
    if not moves:
        raise UnusableInputError("drill.errors.no_movement")
    if number is None and len(moves) > 1:
        raise UnusableInputError("drill.errors.several_movements", count=len(moves), listed=listed)
    if number is not None and number > len(moves):
        raise UnusableInputError("drill.errors.no_such_movement", number=number, count=len(moves), listed=listed)
    performance = cut(motion, moves[0 if number is None else number - 1])
    why = performance.refusal()
    if why is not None:
        raise Unfit(why)
    return performance


class Unfit(UnusableInputError):
    """A movement that cannot serve as a reference, with the reason."""

    def __init__(self, why: Why) -> None:
        self.why = why
        super().__init__("drill.errors.unfit", why=say(f"drill.why.{why}", "en"))

    def in_language(self, language: str) -> str:
        return say(self.key, language, why=say(f"drill.why.{self.why}", language))


@dataclass(frozen=True)
class Practice:
    """Every time that one person made the reference's movement. why : where none was found, what kept it from being
    seen; None when it was simply not made."""

    person: int
    comparisons: tuple[Comparison, ...]
    why: Why | None = None


def practised(reference: PerformanceFile, motion: Motion, limits: Limits) -> Practice:
    """What the person made of the reference's movement."""
    model = reference.performance()
    turned = model.mirrored()
    found = [compare(turned if other else model, own, limits, other) for own, other in occurrences(model, motion)]
    return Practice(motion.person, tuple(found), None if found else _unseen(model, motion))


def _unseen(model: Performance, motion: Motion) -> Why | None:
    here = motion.view == model.view
    if here.sum() < 0.5 * len(here):
        return Why.OTHER_VIEW
    seen = [np.isfinite(motion.values[c][here]).mean() >= 0.5 for c in model.timing()]
    return None if any(seen) else Why.NOT_VISIBLE
