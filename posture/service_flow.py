"""A service flow as a result carries it: all that a verdict depends on and what is needed to show it. So it is shown
on a machine that has no file of it, and two versions of it are told apart. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """One text in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class TimeLimit:
    """That a cue later than `within_s` after a moment is late."""

    cue: str
    after: str
    within_s: float


@dataclass(frozen=True)
class FlowSubStep:
    id: str
    names: Wording
    cue: Wording
    """What to do, in the imperative."""
    needs: tuple[tuple[str, ...], ...] = ()
    """One cue of each group."""
    spoilt_by: tuple[str, ...] = ()
    phase: str = "any"
    prefers: str | None = None
    both_hands: bool = False
    limits: tuple[TimeLimit, ...] = ()
    optional: bool = False
    due_after_s: float | None = None
    only_after: str | None = None


@dataclass(frozen=True)
class FlowStep:
    id: str
    names: Wording
    sub_steps: tuple[FlowSubStep, ...]


@dataclass(frozen=True)
class ServiceFlow:
    """Steps and sub-steps in their order."""

    id: str
    names: Wording
    note: Wording
    """Where it comes from."""
    steps: tuple[FlowStep, ...]

    @property
    def sub_steps(self) -> tuple[FlowSubStep, ...]:
        return tuple(sub for step in self.steps for sub in step.sub_steps)
