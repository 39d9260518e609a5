"""Reference poses, their criteria and scoring profiles: the schema of the YAML files in `reference_poses/`."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from posture.findings import Severity, View

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Variant = Literal["any", "female", "male"]
Category = Literal["posture", "gesture", "expression", "flow", "taboo"]
Grade = Literal["excellent", "pass", "practice", "repeat"]
"""Best first."""


Point = tuple[float, float, float]


class Strict(BaseModel):
    """Refuses unknown fields, so that a slip of the pen is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """One text in both languages."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Threshold(Strict):
    """Lowest and highest value; either may be missing (no limit on that side), not both."""

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Threshold:
        if self.low is None and self.high is None:
            raise ValueError("no_limit")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low_not_below_high")
        return self

    def encloses(self, low: float | None, high: float | None) -> bool:
        """Whether nothing between `low` and `high` (None: unbounded) lies outside."""
        below = self.low is not None and (low is None or low < self.low)
        above = self.high is not None and (high is None or high > self.high)
        return not below and not above


class Criterion(Strict):
    """One norm made measurable.

    A value inside `allowed` is right. Outside it by more than the measuring error it is a deviation of `severity`, or
    `serious` when it also passes `serious` by more than the error; in between it is borderline.
    """

    id: Identifier
    title: Words
    measure: str
    target: float | None = None
    """The ideal value; the middle of `allowed` when both limits are given and this is not."""
    allowed: Threshold
    serious: Threshold | None = None
    moves: tuple[str, ...] = ()
    """Kinds or groups of movements that it judges, each occurrence by itself; empty for what holds over time."""
    variant: Variant = "any"
    """The form (women's, men's) it belongs to; `any` is asked of everybody."""
    views: Annotated[tuple[View, ...], Field(min_length=1)]
    min_duration_s: Annotated[float, Field(ge=0)] = 1.0
    severity: Severity = Severity.MODERATE
    category: Category = "posture"
    advisory: bool = False
    """Shown, never counted."""
    points: Annotated[float, Field(ge=0)] | None = None
    """What one occurrence costs; by its severity as the profile has it when this is not given."""
    points_serious: Annotated[float, Field(ge=0)] | None = None
    """What one occurrence past the `serious` limit costs; as `points` when this is not given."""
    cap: Annotated[float, Field(gt=0)] | None = None
    """Most points that may be lost by it in one recording; no bound but the category's when this is not given."""
    follows_from: tuple[str, ...] = ()
    """Ids of criteria whose deviation brings this one about: at the same time it is shown and not counted again."""
    while_still: bool = True
    """Judged only while the person is not walking or changing place."""
    at_work: bool = True
    """False: not judged while a clerk who serves a client reads, writes or types, which bends head and back."""
    cue: Words
    """What to do: short, kind, in the imperative."""
    reason: Words
    """Why it matters."""
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    """Keys of sources.yaml."""
    own_choice: bool = False
    """True when the limit is the project's own and not a source's."""
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Criterion:
        if self.target is None and (self.allowed.low is None or self.allowed.high is None):
            raise ValueError("target_missing")
        if not self.allowed.encloses(self.ideal, self.ideal):
            raise ValueError("target_outside")
        if self.serious is not None and not self.serious.encloses(self.allowed.low, self.allowed.high):
            raise ValueError("serious_inside")
        if self.points_serious is not None and self.serious is None:
            raise ValueError("points_without_serious")
        return self

    @property
    def ideal(self) -> float:
        if self.target is not None:
            return self.target
        assert self.allowed.low is not None and self.allowed.high is not None
        return (self.allowed.low + self.allowed.high) / 2

    def tightest(self) -> float:
        """Smallest distance from the ideal value to a limit."""
        return min(abs(b - self.ideal) for b in (self.allowed.low, self.allowed.high) if b is not None)


class CriteriaSet(Strict):
    """A named set of criteria shared by several poses (criteria/*.yaml)."""

    id: Identifier
    names: Words
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]


class ReferencePose(Strict):
    """A pose to compare with (*.yaml).

    `joints` are hip-centred positions with trunk length 1: x towards the person's own left, y up, z forward.
    """

    id: Identifier
    names: Words
    kind: Literal["standing", "sitting"]
    variant: Variant = "any"
    description: Words
    joints: dict[str, Point]
    include: tuple[str, ...] = ()
    """Ids of criteria sets that apply while the pose is held."""
    criteria: tuple[Criterion, ...] = ()
    """Criteria of this pose alone."""
    hold_s: Annotated[float, Field(gt=0)] = 30.0
    sources: Annotated[tuple[str, ...], Field(min_length=1)]


class Gesture(Strict):
    """A movement of the arms to recognise (gestures/*.yaml), or arms at rest and at work, which are none.

    `shapes` are what the arm looks like at the hold: joints as in `ReferencePose`, drawn with the right arm; the left
    arm's mirror image counts as well. Several shapes are variants of one gesture.
    """

    id: Identifier
    names: Words
    group: Literal["gesture", "hand_over", "none"]
    """`none`: postures of the arm that are no gesture and are kept apart from those that are."""
    description: Words
    arms: Literal["either", "both", "other_busy"] = "either"
    """`both`: it takes both arms, the right one leading. `other_busy`: one arm, while the other one holds something as
    drawn."""
    swings_from: Identifier | None = None
    """Id of the held gesture that this becomes when the hand swings from side to side, as a raised hand becomes a
    wave."""
    shapes: Annotated[tuple[dict[str, Point], ...], Field(min_length=1)]
    least_hold_s: Annotated[float, Field(gt=0)] = 0.35
    most_hold_s: Annotated[float, Field(gt=0)] | None = None
    """Held longer it is something else: reading instead of handing over."""
    criteria: tuple[Criterion, ...] = ()
    """Criteria of this gesture alone; `moves` is the gesture."""
    sources: Annotated[tuple[str, ...], Field(min_length=1)]

    @cached_property
    def shoulder_width_tl(self) -> NDArray[np.floating]:
        """(S,) of each shape."""
        return np.array([abs(s["left_shoulder"][0] - s["right_shoulder"][0]) for s in self.shapes])

    @cached_property
    def joints_sw(self) -> dict[str, NDArray[np.floating]]:
        """By arm that is drawn, (S, 3, 3) elbow, wrist, fingertips of each shape from the shoulder in its widths."""
        joints = {
            arm: [f"{arm}_{joint}" for joint in ("shoulder", "elbow", "wrist", "index")] for arm in ("left", "right")
        }
        points = {
            arm: np.array([[shape[name] for name in names] for shape in self.shapes])
            for arm, names in joints.items()
            if all(name in shape for name in names for shape in self.shapes)
        }
        width = self.shoulder_width_tl[:, None, None]
        return {arm: (found[:, 1:] - found[:, :1]) / width for arm, found in points.items()}


class Source(Strict):
    """Where a norm comes from. `grade` A..E as in the survey of norms: A official text read ... E research."""

    grade: Literal["A", "B", "C", "D", "E", "own"]
    title: Words


class Correction(Strict):
    """What is systematically wrong with a value: the right one is about + offset + factor * (value - about)."""

    about: float = 0.0
    offset: float = 0.0
    factor: Annotated[float, Field(gt=0)] = 1.0

    def of(self, value: NDArray[np.floating]) -> NDArray[np.floating]:
        return self.about + self.offset + self.factor * (value - self.about)


class Scoring(Strict):
    """How deviations become points, as the paper forms do it."""

    weights: dict[Category, Annotated[float, Field(gt=0)]]
    """Points that each category carries: no more can be lost in it."""
    judged_categories: tuple[Category, ...]
    deduction: dict[Severity, Annotated[float, Field(ge=0)]]
    """What one occurrence costs by its severity, where the criterion has no points of its own."""
    repeat_after_s: Annotated[float, Field(ge=0)]
    """A deviation that begins sooner after the last one of the same criterion is not counted again."""
    lasting_s: Annotated[float, Field(gt=0)]
    """A deviation that lasts is counted again after every such time."""
    least_assessable_s: Annotated[float, Field(ge=0)]
    least_coverage: Annotated[float, Field(ge=0, le=1)]
    grades: dict[Grade, float]
    """Least score of each grade, best first."""


class Override(Strict):
    """Changes to one criterion that a profile makes; fields as in `Criterion`."""

    target: float | None = None
    allowed: Threshold | None = None
    serious: Threshold | None = None
    min_duration_s: Annotated[float, Field(ge=0)] | None = None
    severity: Severity | None = None
    points: Annotated[float, Field(ge=0)] | None = None
    points_serious: Annotated[float, Field(ge=0)] | None = None
    cap: Annotated[float, Field(gt=0)] | None = None
    advisory: bool | None = None
    variant: Variant | None = None
    """Whom it is asked of: a norm for everybody may become one of the women's or men's form alone."""

    def of(self, criterion: Criterion) -> Criterion:
        """The criterion with these changes.

        Raises
        ------
        pydantic.ValidationError
            What comes out contradicts itself: a target outside the limits, nothing where something is needed.
        """
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        plain = {name: v.model_dump() if isinstance(v, Threshold) else v for name, v in changes.items()}
        return Criterion.model_validate({**criterion.model_dump(), **plain})


class Profile(Strict):
    """Which poses and criteria count at one kind of workplace, and how they are scored (profiles/*.yaml)."""

    id: Identifier
    names: Words
    description: Words
    based_on: str | None = None
    """Name of a shipped profile whose fields hold wherever this one does not say otherwise."""
    poses: Annotated[tuple[str, ...], Field(min_length=1)]
    """Poses that `auto` may recognise."""
    always: tuple[str, ...]
    """Ids of criteria sets that apply whatever is held: the taboos."""
    without: tuple[str, ...] = ()
    """Ids of criteria that do not count here."""
    override: dict[str, Override] = {}
    scoring: Scoring
    sources: tuple[str, ...] = ()
