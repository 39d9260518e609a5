"""Which events of two judges are the same: by time, one to one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

TOLERANCE_S = 1.0
"""Events may lie this far apart and still be the same (own choice: a coder's hand is late by up to a second)."""
Stretch = tuple[float, float]


def pairs(
    first: Sequence[Stretch], second: Sequence[Stretch], tolerance_s: float = TOLERANCE_S
) -> list[tuple[int, int]]:
    """Indices of events that are the same: (start, end) in seconds that overlap or lie at most `tolerance_s` apart.
    Each belongs to one at most; those that share most time choose first, then those whose starts are closest."""
    near = []
    for i, (a, b) in enumerate(first):
        for j, (c, d) in enumerate(second):
            shared = min(b, d) - max(a, c)
            if shared >= -tolerance_s:
                near.append((-shared, abs(c - a), i, j))
    found, taken_i, taken_j = [], set(), set()
    for *_, i, j in sorted(near):
        if i not in taken_i and j not in taken_j:
            found.append((i, j))
            taken_i.add(i)
            taken_j.add(j)
    return sorted(found)


@dataclass
class Matched:
    """The machine's events beside a person's, of one criterion or of all (`criterion` None)."""

    criterion: str | None
    matched: int = 0
    missed: int = 0
    """Coded by the person, not found by the machine."""
    extra: int = 0
    """Found by the machine, not coded by the person."""
    onsets_s: list[float] = field(default_factory=list)
    """Of matched events, the machine's start minus the person's."""

    @property
    def onset_s(self) -> float | None:
        """Median difference of starts; positive where the machine is later."""
        return median(self.onsets_s) if self.onsets_s else None

    @property
    def onset_size_s(self) -> float | None:
        """Median size of the difference of starts."""
        return median(abs(s) for s in self.onsets_s) if self.onsets_s else None

    def add(self, other: Matched) -> None:
        self.matched, self.missed = self.matched + other.matched, self.missed + other.missed
        self.extra += other.extra
        self.onsets_s += other.onsets_s


def matched(criterion: str, person: Sequence[Stretch], machine: Sequence[Stretch]) -> Matched:
    """Events of one criterion, by one person of one recording."""
    found = pairs(person, machine)
    onsets = [machine[j][0] - person[i][0] for i, j in found]
    return Matched(criterion, len(found), len(person) - len(found), len(machine) - len(found), onsets)
