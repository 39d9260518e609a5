"""Where a person made the reference's movement: recognised movements first, else stretches that move alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.drill.align import filled
from posture.drill.motion import CHANGE, LEAST_SEEN, RATE_PER_S, Motion, Performance, cut
from posture.findings import Move
from posture.landmarks import Array

ALIKE = 0.75
"""Least correlation of the course with the reference's that counts as the same movement (own choice)."""
LEAST_GAIN = 0.3
"""Least size, in shares of the reference's, of a movement that counts as made (own choice)."""
ROOM_S = 0.3
"""A stretch found by its likeness is widened by this: the tempo may differ."""


@dataclass(frozen=True)
class Stretch:
    """Where the reference fits: seconds to add to its times, correlation of the course, size as a share of its."""

    shift_s: float
    alike: float
    gain: float


def alike(reference: Performance, motion: Motion, low_s: float, high_s: float) -> tuple[list[Stretch], bool]:
    """Every shift of the reference from `low_s` to `high_s` at which what moves in it goes alike, in steps of
    a sample; and whether the person was seen well enough in all that time for "nothing" to mean "not made"."""
    channels = reference.timing()
    n = len(reference.time_s)
    origin = motion.time_s[0] if len(motion.time_s) else 0.0
    first = round((reference.time_s[0] + low_s - origin) * RATE_PER_S)
    last = round((reference.time_s[0] + high_s - origin) * RATE_PER_S)
    model = [_centred(filled(reference.values[c])) for c in channels]
    power = sum(float(m @ m) for m in model)
    found, seen = [], bool(channels)
    for start in range(first, last + 1):
        if start < 0 or start + n > len(motion.time_s):
            seen = False
            continue
        window = [motion.values[c][start : start + n] for c in channels]
        known = [(np.isfinite(w).mean() >= LEAST_SEEN) for w in window]
        if not all(known) or (motion.view[start : start + n] != reference.view).mean() > 1 - LEAST_SEEN:
            seen = False
            continue
        own = [_centred(filled(w)) for w in window]
        along = sum(float(m @ o) for m, o in zip(model, own, strict=True))
        size = sum(float(o @ o) for o in own)
        found.append(Stretch(start / RATE_PER_S + origin - float(reference.time_s[0]), along / np.sqrt(power * size)
                             if size > 0 else 0.0, along / power))  # fmt: skip
    return found, seen


def _centred(values: Array) -> Array:
    return values - values.mean()


def best(stretches: list[Stretch]) -> Stretch | None:
    """The stretch most alike, None when none is the same movement."""
    good = [s for s in stretches if s.alike >= ALIKE and s.gain >= LEAST_GAIN]
    return max(good, key=lambda s: s.alike, default=None)


def shifted(reference: Performance, motion: Motion, shift_s: float) -> Performance:
    """The part of the motion that the reference fits, as a performance of the same kind."""
    move = Move(
        reference.kind, "", motion.person, reference.start_s - ROOM_S + shift_s, reference.hold_start_s + shift_s,
        reference.hold_end_s + shift_s, reference.end_s + ROOM_S + shift_s, reference.side,
    )  # fmt: skip
    return cut(motion, move)


def occurrences(reference: Performance, motion: Motion) -> list[tuple[Performance, bool]]:
    """Every time that the person made the movement, and whether with the other hand than in the reference."""
    sides = ("left", "right")
    moves = [m for m in motion.moves if m.kind == reference.kind != CHANGE]
    found = [
        (cut(motion, m), m.side != reference.side) for m in moves
        if m.side == reference.side or (m.side in sides and reference.side in sides)
    ]  # fmt: skip
    if found or not len(motion.time_s):
        return found
    spans = motion.time_s[0] - reference.time_s[0], motion.time_s[-1] - reference.time_s[-1]
    if spans[1] < spans[0]:
        return []
    left, _ = alike(reference, motion, *spans)
    while one := best(left):
        found.append((shifted(reference, motion, one.shift_s), False))
        left = [s for s in left if abs(s.shift_s - one.shift_s) >= reference.end_s - reference.start_s]
    return sorted(found, key=lambda f: f[0].start_s)
