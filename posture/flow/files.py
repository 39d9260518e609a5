"""`reference_poses/flow/`: steps and sub-steps of a service, what each is told from, its limits and sources."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from posture.library_files import Sources, unknown
from posture.reference_files import Parsed, Problem, ReferenceProblems, read, reference_dir
from posture.references import Identifier, Strict, Words

DEFAULT_FLOW = "window_service"
Cue = Literal[
    "look", "listen", "look_up", "stand_up", "standing", "sit_down", "bow", "nod", "hand_raise", "smile",
    "seat_gesture", "guide_gesture", "exchange", "work", "phone", "left", "leave_notice",
]  # fmt: skip
"""What a recording may show of the clerk; see posture/flow/evidence.py."""
CUES: tuple[str, ...] = get_args(Cue)
Phase = Literal["coming", "middle", "going", "any"]
Moment = Literal["arrival", "upright", "sits", "seated", "rises", "leaves"]
"""`upright` and `seated`: the clerk has risen to greet, has sat down after it; the others are the client's."""


class Limit(Strict):
    cue: Cue
    after: Moment
    within_s: Annotated[float, Field(gt=0)]


class SubStep(Strict):
    """One sub-step. `needs`: one cue of each group. `spoilt_by`: cues that contradict it."""

    id: Identifier
    names: Words
    cue: Words
    """What to do, in the imperative."""
    needs: Annotated[tuple[Annotated[tuple[Cue, ...], Field(min_length=1)], ...], Field(min_length=1, max_length=4)]
    spoilt_by: tuple[Cue, ...] = ()
    phase: Phase
    prefers: Literal["early", "late"] | None = None
    """Which half of the contact speaks for it, where its cue may mean another sub-step as well."""
    both_hands: bool = False
    limits: tuple[Limit, ...] = ()
    optional: bool = False
    due_after_s: Annotated[float, Field(gt=0)] | None = None
    """Asked for only when the work lasts longer."""
    only_after: Cue | None = None
    """Asked for only when this was seen."""
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    own_choice: bool = False


class Step(Strict):
    id: Identifier
    names: Words
    sub_steps: Annotated[tuple[SubStep, ...], Field(min_length=1)]


class Flow(Strict):
    """A whole service, in order."""

    id: Identifier
    names: Words
    note: Words
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @cached_property
    def sub_steps(self) -> tuple[SubStep, ...]:
        return tuple(sub for step in self.steps for sub in step.sub_steps)

    def sub_step(self, name: str) -> SubStep:
        return next(s for s in self.sub_steps if s.id == name)


@cache
def load_flow(name: str = DEFAULT_FLOW) -> Flow:
    """The flow of that name that comes with the program; raises ReferenceProblems with every mistake."""
    return read_flow(reference_dir() / "flow" / f"{name}.yaml")


def read_flow(path: Path) -> Flow:
    """The flow in a file.

    Raises
    ------
    ReferenceProblems
        With every mistake: against the schema, ids used twice, sources that are not in sources.yaml, limits on a cue
        that the sub-step does not need.
    """
    flow, parsed = read(path, Flow)
    sources = read(reference_dir() / "sources.yaml", Sources)[0].sources
    problems: list[Problem] = []
    seen: set[str] = set()
    for i, step in enumerate(flow.steps):
        for k, sub in enumerate(step.sub_steps):
            at = ("steps", i, "sub_steps", k)
            if sub.id in seen:
                problems.append(parsed.problem((*at, "id"), "duplicate", found=sub.id, other=parsed.file))
            seen.add(sub.id)
            problems += _of_sub_step(sub, parsed, at, set(sources))
    if problems:
        raise ReferenceProblems(problems)
    return flow


def _of_sub_step(sub: SubStep, parsed: Parsed, at: tuple[str | int, ...], sources: set[str]) -> list[Problem]:
    found = [
        unknown(parsed, (*at, "sources", i), "unknown_source", name, sources)
        for i, name in enumerate(sub.sources)
        if name not in sources
    ]
    needed = [cue for group in sub.needs for cue in group]
    for i, limit in enumerate(sub.limits):
        if limit.cue not in needed:
            place = (*at, "limits", i, "cue")
            found.append(parsed.problem(place, "not_one_of", found=limit.cue, expected=", ".join(needed)))
    return found
