"""Which finding of a new analysis is which finding of the older ones, so that decisions outlive judging again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_OVERLAP = 0.5
"""Shared time over joint time from which two stretches are one finding: own choice, the usual value for events found in
video. Less would let the dismissal of a short stretch stand for a much longer one."""


@dataclass(frozen=True)
class Stretch:
    """Where one person broke one criterion."""

    person: int
    criterion: str
    start_s: float
    end_s: float


def overlap(a: Stretch, b: Stretch) -> float:
    """Shared time over joint time, 0..1; moments (photos) are the same when they coincide."""
    joint = max(a.end_s, b.end_s) - min(a.start_s, b.start_s)
    if joint <= 0:
        return 1.0
    return max(0.0, min(a.end_s, b.end_s) - max(a.start_s, b.start_s)) / joint


def matched(new: Sequence[Stretch], known: Sequence[tuple[int, Stretch]]) -> list[int | None]:
    """For each new stretch the key of the known one it continues, or None. Each key is given once; the largest overlaps
    choose first."""
    by_kind: dict[tuple[int, str], list[tuple[int, Stretch]]] = defaultdict(list)
    for key, stretch in known:
        by_kind[stretch.person, stretch.criterion].append((key, stretch))
    pairs = [
        (-overlap(stretch, old), i, key)
        for i, stretch in enumerate(new)
        for key, old in by_kind[stretch.person, stretch.criterion]
        if overlap(stretch, old) >= LEAST_OVERLAP
    ]
    keys: list[int | None] = [None] * len(new)
    given: set[int] = set()
    for _, i, key in sorted(pairs):
        if keys[i] is None and key not in given:
            keys[i] = key
            given.add(key)
    return keys
