"""`reference_poses/flows/` and a hall's own: steps and sub-steps of a service, what each is told from, its limits.

An own flow is a file given by its path, or one in the folder `flows` of the user's own pose files, which is then known
by its name. It is a whole flow, or says what differs from a shipped one. Mistakes are told with file, line and field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from posture.errors import ReferenceFileError
from posture.library_files import Sources, unknown
from posture.own_files import Kind
from posture.reference_files import (
    Parsed,
    Place,
    Problem,
    ReferenceProblems,
    parse,
    problems_of,
    read,
    reference_dir,
    validated,
)
from posture.references import Identifier, Strict, Words
from posture.service_flow import ServiceFlow
from posture.text import LANGUAGES

DEFAULT_FLOW = "window_service"
FLOWS = Kind("flows", "references.errors.no_flow", "references.errors.flow_twice")
Cue = Literal[
    "look", "listen", "look_up", "stand_up", "standing", "sit_down", "bow", "nod", "hand_raise", "smile",
    "seat_gesture", "guide_gesture", "exchange", "work", "phone", "left", "leave_notice",
]  # fmt: skip
"""What a recording may show of the clerk; see posture/flow/evidence.py."""
CUES: tuple[str, ...] = get_args(Cue)
Phase = Literal["coming", "middle", "going", "any"]
Moment = Literal["arrival", "upright", "sits", "seated", "rises", "leaves"]
"""`upright` and `seated`: the clerk has risen to greet, has sat down after it; the others are the client's."""
Half = Literal["early", "late"]
Seconds = Annotated[float, Field(gt=0, le=86400)]


class Limit(Strict):
    cue: Cue
    after: Moment
    within_s: Seconds


Needs = Annotated[tuple[Annotated[tuple[Cue, ...], Field(min_length=1)], ...], Field(min_length=1, max_length=4)]


class SubStep(Strict):
    """One sub-step. `needs`: one cue of each group. `spoilt_by`: cues that contradict it."""

    id: Identifier
    names: Words
    cue: Words
    """What to do, in the imperative."""
    needs: Needs
    spoilt_by: tuple[Cue, ...] = ()
    phase: Phase
    prefers: Half | None = None
    """Which half of the contact speaks for it, where its cue may mean another sub-step as well."""
    both_hands: bool = False
    limits: tuple[Limit, ...] = ()
    optional: bool = False
    due_after_s: Seconds | None = None
    """Asked for only when the work lasts longer."""
    only_after: Cue | None = None
    """Asked for only when this was seen."""
    sources: tuple[str, ...] = ()
    """Keys of sources.yaml; none where the flow is the hall's own."""
    own_choice: bool = False
    """True when the limit is the project's own and not a source's."""


class Step(Strict):
    id: Identifier
    names: Words
    sub_steps: Annotated[tuple[SubStep, ...], Field(min_length=1)]


class Flow(Strict):
    """A whole service, in order."""

    id: Identifier
    names: Words
    note: Words
    """Where it comes from."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @cached_property
    def sub_steps(self) -> tuple[SubStep, ...]:
        return tuple(sub for step in self.steps for sub in step.sub_steps)

    def sub_step(self, name: str) -> SubStep:
        return next(s for s in self.sub_steps if s.id == name)

    def carried(self) -> ServiceFlow:
        """As results carry it."""
        return _CARRIED.validate_python(self.model_dump())


class Changes(Strict):
    """Changes to one sub-step of the flow that an own one is based on; fields as in `SubStep`, each replaced whole."""

    names: Words | None = None
    cue: Words | None = None
    needs: Needs | None = None
    spoilt_by: tuple[Cue, ...] | None = None
    phase: Phase | None = None
    prefers: Half | None = None
    both_hands: bool | None = None
    limits: tuple[Limit, ...] | None = None
    optional: bool | None = None
    due_after_s: Seconds | None = None
    only_after: Cue | None = None
    sources: tuple[str, ...] | None = None
    own_choice: bool | None = None

    def of(self, sub: SubStep) -> SubStep:
        """The sub-step with these changes. A field set to nothing is as if it had never been given; limits of one's own
        are not the project's choice.

        Raises
        ------
        pydantic.ValidationError
            What comes out lacks something.
        """
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if self.limits is not None:
            changes.setdefault("own_choice", False)
        kept = {name: getattr(sub, name) for name in sub.model_fields_set - set(changes)}
        return SubStep.model_validate(kept | {name: value for name, value in changes.items() if value is not None})


class BasedFlow(Strict):
    """An own flow that says only what differs from a shipped one. `without` are sub-steps that it leaves out."""

    id: Identifier
    names: Words
    note: Words
    based_on: str
    without: tuple[str, ...] = ()
    override: dict[str, Changes] = Field(default_factory=dict)


_CARRIED = TypeAdapter(ServiceFlow)


def flow_names(extra: Path | None = None) -> list[str]:
    """Names of the flows that come with the program and of those in the user's own folder (`extra`)."""
    return FLOWS.names(extra)


def load_flow(name: str = DEFAULT_FLOW, extra: Path | None = None) -> Flow:
    """The flow of that name, or in that file.

    Raises
    ------
    ReferenceFileError
        There is none, or it has mistakes.
    """
    path = FLOWS.path_of(name, extra)
    return shipped_flow(path.stem) if path in FLOWS.shipped() else read_flow(path)


def is_shipped(identifier: str) -> bool:
    """Whether the flow of that id comes with the program; an own one cannot have its id (see `read_flow`)."""
    return identifier in {path.stem for path in FLOWS.shipped()}


def flow_title(name: str, language: str) -> str:
    """What a flow is called; one with mistakes, which are told when it is used, goes by the name of its file."""
    try:
        return load_flow(name).names.in_language(language)
    except ReferenceFileError:
        return name


@cache
def shipped_flow(name: str = DEFAULT_FLOW) -> Flow:
    """The flow of that name that comes with the program, whatever lies in the user's own folder."""
    return read_flow(reference_dir() / FLOWS.folder / f"{name}.yaml")


def read_flow(path: Path) -> Flow:
    """The flow in a file.

    Raises
    ------
    ReferenceProblems
        With every mistake: against the schema, ids used twice, names that point nowhere, limits on a cue that the
        sub-step does not need.
    """
    parsed = parse(path)
    is_based = isinstance(parsed.content, dict) and "based_on" in parsed.content
    try:
        flow, places = _on_its_base(parsed) if is_based else _whole(parsed)
    except ReferenceProblems as error:
        raise ReferenceProblems([_cues_told(problem) for problem in error.problems]) from error
    problems = _of_flow(flow, parsed, path) + _said_twice(flow, parsed, places)
    sources = read(reference_dir() / "sources.yaml", Sources)[0].sources
    for sub, at in zip(flow.sub_steps, places, strict=True):
        problems += _of_sub_step(sub, parsed, at, set(sources)) if at else []
    if problems:
        raise ReferenceProblems(problems)
    return flow


def is_flow(path: Path) -> bool:
    """Whether a file means to be a flow and not a profile: by the folder that it is in, or by what only flows have.
    ReferenceProblems as `read_flow` when it cannot be read."""
    if path.resolve().parent.name == FLOWS.folder:
        return True
    content = parse(path).content
    if not isinstance(content, dict):
        return False
    return bool({"steps", "note"} & set(content)) or str(content.get("based_on")) in {p.stem for p in FLOWS.shipped()}


def validate_flows(extra: Path | None = None, path: Path | None = None) -> None:
    """Check the shipped flows and the own ones of the folder `extra`, or the one in the file `path` instead.

    Raises
    ------
    ReferenceFileError
        With every mistake of all of them, or a name that two have.
    """
    problems: list[Problem] = []
    for one in (*FLOWS.shipped(), *([path] if path else FLOWS.own(extra))):
        try:
            read_flow(one)
        except ReferenceProblems as error:
            problems += error.problems
    if problems:
        raise ReferenceProblems(problems)
    FLOWS.require_distinct(extra)


def _whole(parsed: Parsed) -> tuple[Flow, list[Place]]:
    """The flow, and where each of its sub-steps stands; nowhere (empty) where the file does not say it itself."""
    flow = validated(parsed, Flow)
    return flow, [
        ("steps", i, "sub_steps", k) for i, step in enumerate(flow.steps) for k, _ in enumerate(step.sub_steps)
    ]


def _on_its_base(parsed: Parsed) -> tuple[Flow, list[Place]]:
    """As `_whole`, of a file that says what differs from a shipped flow."""
    own, shipped = validated(parsed, BasedFlow), [p.stem for p in FLOWS.shipped()]
    if own.based_on not in shipped:
        raise ReferenceProblems([unknown(parsed, ("based_on",), "unknown_flow", own.based_on, shipped)])
    base = shipped_flow(own.based_on)
    known = {sub.id for sub in base.sub_steps}
    problems = [
        unknown(parsed, place, "unknown_sub_step", name, known)
        for name, place in [(n, ("without", i)) for i, n in enumerate(own.without)]
        + [(n, ("override", n)) for n in own.override]
        if name not in known
    ]
    changed: dict[str, SubStep] = {}
    for sub in base.sub_steps:
        try:
            changed[sub.id] = own.override[sub.id].of(sub) if sub.id in own.override else sub
        except ValidationError as error:
            problems += problems_of(error, parsed, ("override", sub.id))
    steps = [
        step.model_copy(update={"sub_steps": kept})
        for step in base.steps
        if (kept := tuple(changed[s.id] for s in step.sub_steps if s.id in changed and s.id not in own.without))
    ]
    if not steps and not problems:
        problems.append(parsed.problem(("without",), "nothing_left"))
    if problems:
        raise ReferenceProblems(problems)
    flow = Flow(id=own.id, names=own.names, note=own.note, steps=tuple(steps))
    return flow, [("override", s.id) if s.id in own.override else () for s in flow.sub_steps]


def _cues_told(problem: Problem) -> Problem:
    """Of a cue that does not exist: that nothing else can be told from a recording."""
    named = dict(problem.values).get("expected") == ", ".join(CUES)
    return replace(problem, key="unknown_cue") if problem.key == "not_one_of" and named else problem


def _of_flow(flow: Flow, parsed: Parsed, path: Path) -> list[Problem]:
    """An own flow must not pass for a shipped one: results tell them apart by their id."""
    if is_shipped(flow.id) and path.resolve() not in {p.resolve() for p in FLOWS.shipped()}:
        return [parsed.problem(("id",), "shipped_flow", found=flow.id)]
    return []


def _said_twice(flow: Flow, parsed: Parsed, places: Sequence[Place]) -> list[Problem]:
    """Ids that are there twice, steps of one name, and sub-steps of one name in a step: told of the one that the file
    itself gives its name."""
    found: list[Problem] = []
    ids: set[str] = set()
    at = iter(places)
    of_steps: set[tuple[str, str]] = set()
    for i, step in enumerate(flow.steps):
        found += _once(step, parsed, ("steps", i), ids, of_steps)
        of_sub_steps: set[tuple[str, str]] = set()
        here = [(sub, next(at)) for sub in step.sub_steps]
        for sub, place in sorted(here, key=lambda one: (*one[1], "names") in parsed.lines):
            found += _once(sub, parsed, place, ids, of_sub_steps)
    return found


def _once(one: Step | SubStep, parsed: Parsed, at: Place, ids: set[str], names: set[tuple[str, str]]) -> list[Problem]:
    """Problems of an id or name that was there before; both are noted."""
    found = [parsed.problem((*at, "id"), "duplicate", found=one.id, other=parsed.file)] if one.id in ids else []
    ids.add(one.id)
    for language in LANGUAGES:
        name = one.names.in_language(language)
        if (language, name) in names:
            found.append(parsed.problem((*at, "names", language), "same_name", found=name))
        names.add((language, name))
    return found


def _of_sub_step(sub: SubStep, parsed: Parsed, at: Place, sources: set[str]) -> list[Problem]:
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
