"""Reference poses, their criteria and scoring profiles: schema, loading and validation of the YAML files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from posture.findings import Severity, View


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """One text in both languages."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Threshold(Strict):
    """Lowest and highest value, either may be missing (no limit on that side)."""

    low: float | None = None
    high: float | None = None


class Criterion(Strict):
    """One norm made measurable.

    A value inside `allowed` is right. Outside it by more than the measuring error it is a deviation, of
    `severity`, or `serious` when it also passes `serious` by more than the error; in between it is borderline.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Words
    measure: str
    target: float | None = None
    allowed: Threshold
    serious: Threshold | None = None
    views: tuple[View, ...]
    min_duration_s: Annotated[float, Field(ge=0)] = 1.0
    severity: Severity = Severity.MODERATE
    category: Literal["posture", "gesture", "expression", "flow", "taboo"] = "posture"
    advisory: bool = False
    """Shown, never counted."""
    while_still: bool = True
    """Judged only while the person is not walking or changing pose."""
    cue: Words
    """What to do: short, kind, in the imperative ("双肩放平" / "level your shoulders")."""
    reason: Words
    """Why it matters."""
    sources: tuple[str, ...]
    """Keys of reference_poses/sources.yaml."""
    own_choice: bool = False
    """True when the number is the project's own and not a source's."""
    note: str = ""


class CriteriaFile(Strict):
    """A named set of criteria shared by several poses (reference_poses/criteria/*.yaml)."""

    id: str
    criteria: tuple[Criterion, ...]


class ReferencePose(Strict):
    """A pose to compare with (reference_poses/*.yaml).

    `joints` are hip-centred positions with trunk length 1: x towards the person's own left, y up, z forward.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    names: Words
    kind: Literal["standing", "sitting", "gesture", "bow", "walking"]
    variant: Literal["any", "female", "male"] = "any"
    description: Words
    joints: dict[str, tuple[float, float, float]]
    include: tuple[str, ...] = ()
    """Ids of shared criteria files that also apply while the pose is held."""
    criteria: tuple[Criterion, ...] = ()
    hold_s: float = 30.0
    sources: tuple[str, ...]
