"""A group and its leader: how long after the leader everybody makes each movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.drill.compare import Comparison, compare, verdict_of
from posture.drill.files import Limits
from posture.drill.find import alike, best, shifted
from posture.drill.motion import CHANGE, Motion, Performance, Why, cut
from posture.findings import Move, Verdict

LONGEST_LAG_S = 2.5
"""Farther from the leader's a movement is another one (own choice)."""
FOLLOWED = ("gesture", "hand_over", "bow", "nod", CHANGE)
CROSS_CHECK_S = 0.4
"""Where the way in time and the best shift of the whole tell lags that differ by more, neither is believed (own
choice)."""


@dataclass(frozen=True)
class Follower:
    """What one person made of one movement of the leader.

    made : True, False, or None where that could not be seen, for the reason `why`.
    lag_s : by moment, seconds after the leader, negative before; only what could be measured.
    shift_s : lag of the movement as a whole, from laying the angles over each other.
    verdict : of the lag on setting off and arriving. comparison : tempo, size and form against the leader's.
    """

    person: int
    made: bool | None
    why: Why | None = None
    lag_s: dict[str, float] | None = None
    shift_s: float | None = None
    verdict: Verdict = Verdict.NOT_ASSESSABLE
    comparison: Comparison | None = None
    error_s: float = float("nan")


@dataclass(frozen=True)
class Led:
    """One movement of the leader and what the others made of it. why : why it cannot be followed."""

    move: Move
    followers: tuple[Follower, ...]
    why: Why | None = None


def follow(motions: list[Motion], leader: int, limits: Limits) -> list[Led]:
    """Every movement of the person numbered `leader` with everybody else's.

    Raises
    ------
    KeyError
        There is no such person.
    """
    model = {m.person: m for m in motions}[leader]
    led = []
    moves = [m for m in model.moves if m.group in FOLLOWED]
    for move in moves:
        reference = cut(model, move)
        why = reference.refusal()
        others = [m for m in motions if m.person != leader]
        led.append(Led(move, tuple(_follower(reference, move, moves, o, limits) for o in others if why is None), why))
    return led


def _follower(reference: Performance, move: Move, moves: list[Move], motion: Motion, limits: Limits) -> Follower:
    stretches, seen = alike(reference, motion, *_room(move, moves))
    found = best(stretches)
    recognised = _recognised(move, moves, motion)
    if found is None and recognised is None:
        if not seen:
            return Follower(motion.person, None, _why_unseen(reference, motion))
        return Follower(motion.person, False, verdict=Verdict.DEVIATION)
    own = cut(motion, recognised) if recognised else shifted(reference, motion, found.shift_s if found else 0.0)
    made = compare(reference, own, limits)
    shift_s = found.shift_s if found else None
    if made.refusal is not None or made.alignment is None:
        return Follower(motion.person, True, made.refusal, None, shift_s, comparison=made)
    laid = made.alignment
    lag_s = {m: laid.own_s[m] - at for m, at in laid.moments_s.items() if np.isfinite(laid.own_s[m] - at)}
    error_s = limits.errors.moment_s
    if not lag_s or (shift_s is not None and abs(float(np.median(list(lag_s.values()))) - shift_s) > CROSS_CHECK_S):
        return Follower(motion.person, True, Why.ERROR_TOO_LARGE, None, shift_s, comparison=made)
    judged = [verdict_of(lag_s[m], limits.allowed.lag_s, error_s)[0] for m in ("set_off", "arrive") if m in lag_s]
    order = (Verdict.DEVIATION, Verdict.BORDERLINE, Verdict.OK, Verdict.NOT_ASSESSABLE)
    verdict = min(judged, key=order.index, default=Verdict.NOT_ASSESSABLE)
    return Follower(motion.person, True, None, lag_s, shift_s, verdict, made, error_s)


def _room(move: Move, moves: list[Move]) -> tuple[float, float]:
    """How far before and after the leader's a follower's movement may be: halfway to the leader's next of that kind."""
    same = [m.start_s - move.start_s for m in moves if m is not move and (m.kind, m.side) == (move.kind, move.side)]
    low = max([-LONGEST_LAG_S, *(d / 2 for d in same if d < 0)])
    return low, min([LONGEST_LAG_S, *(d / 2 for d in same if d > 0)])


def _recognised(move: Move, moves: list[Move], motion: Motion) -> Move | None:
    """The follower's recognised movement of the same kind and hand nearest to the leader's."""
    low, high = _room(move, moves)
    near = [
        m for m in motion.moves
        if (m.kind, m.side) == (move.kind, move.side) != (CHANGE, "") and low <= m.start_s - move.start_s <= high
    ]  # fmt: skip
    return min(near, key=lambda m: abs(m.start_s - move.start_s), default=None)


def _why_unseen(reference: Performance, motion: Motion) -> Why:
    inside = (motion.time_s >= reference.time_s[0]) & (motion.time_s <= reference.time_s[-1])
    view = motion.view[inside]
    return Why.OTHER_VIEW if len(view) and (view != reference.view).mean() > 0.5 else Why.NOT_VISIBLE
