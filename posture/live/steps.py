"""What a practice session asks for and what became of it: poses to hold, movements to make. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """A pose to hold for `hold_s` seconds or, where `times` is given, a movement to make well so many times.

    `what` is the id of the pose or of the kind of movement.
    """

    what: str
    hold_s: float = 0.0
    times: int = 0


@dataclass(frozen=True)
class Made:
    """A movement that is over. faults : criteria broken that count, the most important first. judged : whether any
    criterion could be judged at all."""

    kind: str
    start_s: float
    peak_s: float
    end_s: float
    similarity: float | None = None
    faults: tuple[str, ...] = ()
    judged: bool = True

    @property
    def right(self) -> bool:
        return self.judged and not self.faults


@dataclass
class StepResult:
    """What became of one step. `fault_s`: seconds for which each criterion was broken meanwhile.

    Of a pose: the longest right hold in seconds, and how many holds were begun (`tries`). Of a movement: how often it
    was made (`tries`) and made right.
    """

    what: str
    hold_s: float = 0.0
    done: bool = False
    longest_s: float = 0.0
    tries: int = 0
    best_similarity: float | None = None
    fault_s: dict[str, float] = field(default_factory=dict)
    times: int = 0
    right: int = 0

    def add_fault(self, criterion: str, seconds: float) -> None:
        self.fault_s[criterion] = self.fault_s.get(criterion, 0.0) + seconds

    @property
    def share(self) -> float:
        """How much of what was asked for was reached, 0..1."""
        return self.right / self.times if self.times else self.longest_s / self.hold_s


@dataclass(frozen=True)
class Summary:
    """A finished or stopped session: the lesson's id, seconds practised, each step tried."""

    lesson: str
    duration_s: float
    steps: tuple[StepResult, ...]

    @property
    def done(self) -> bool:
        return all(s.done for s in self.steps)

    @property
    def held_s(self) -> float:
        """Seconds of the longest right holds together."""
        return sum(s.longest_s for s in self.steps)

    @property
    def right(self) -> int:
        """Movements made as they should be."""
        return sum(s.right for s in self.steps)

    def faults(self) -> list[tuple[str, float]]:
        """Criteria broken and for how many seconds, longest first."""
        total: dict[str, float] = {}
        for step in self.steps:
            for criterion, seconds in step.fault_s.items():
                total[criterion] = total.get(criterion, 0.0) + seconds
        return sorted(total.items(), key=lambda item: -item[1])
