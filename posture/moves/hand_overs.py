"""Which hands give and take together, which only hold something meanwhile, and which shake another hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from posture.findings import Move, PoseSegment
from posture.landmarks import Array

LOST_S = 1.5
"""Nobody gives a second time so soon (own choice)."""


def hand_overs_joined(moves: list[Move]) -> list[Move]:
    """A left and a right hand that give at the same time are one hand-over."""
    done: list[Move] = []
    for move in moves:
        before = next((m for m in reversed(done) if _same_hand_over(m, move)), None)
        if before is None:
            done.append(move)
            continue
        similarity = [m.similarity for m in (before, move) if m.similarity is not None]
        done[done.index(before)] = replace(
            before,
            side="both",
            start_s=min(before.start_s, move.start_s),
            hold_start_s=max(before.hold_start_s, move.hold_start_s),
            hold_end_s=max(min(before.hold_end_s, move.hold_end_s), max(before.hold_start_s, move.hold_start_s)),
            end_s=max(before.end_s, move.end_s),
            similarity=float(np.mean(similarity)) if similarity else None,
        )
    return done


def hand_overs_gone_on(moves: list[Move]) -> list[Move]:
    """Two hand-overs of the same hands hardly apart are one: the shape was lost for a moment."""
    done: list[Move] = []
    for move in moves:
        before = next((m for m in reversed(done) if m.group == "hand_over" == move.group), None)
        if (
            before
            and (before.kind, before.side) == (move.kind, move.side)
            and move.hold_start_s - before.hold_end_s <= LOST_S
        ):
            done[done.index(before)] = replace(before, hold_end_s=move.hold_end_s, end_s=move.end_s)
        else:
            done.append(move)
    return done


def _same_hand_over(a: Move, b: Move) -> bool:
    return a.group == "hand_over" == b.group and a.kind == b.kind and a.side != b.side and _meet(a, b)


def only_holds_something(move: Move, moves: list[Move]) -> bool:
    """Whether a hand before the body keeps a thing while the other hand makes a gesture: it gives nothing then."""
    others = [m for m in moves if m.group == "gesture" and m.side != move.side]
    return move.group == "hand_over" and any(m.start_s < move.end_s and move.start_s < m.end_s for m in others)


def of_both_hands(move: Move, time_s: Array, together: NDArray[np.bool_]) -> Move:
    """A hand-over in which the other hand does the same is one of both hands."""
    during = together[(time_s >= move.hold_start_s) & (time_s <= move.hold_end_s)]
    return replace(move, side="both") if move.group == "hand_over" and during.mean() > 0.5 else move


def hand_overs_or_handshakes(moves: Sequence[Move]) -> tuple[Move, ...]:
    """The movements of one person without what something else at that time explains better: hands in somebody else's
    hand hand over nothing, unless both do it."""
    shakes = [m for m in moves if m.group == "handshake"]
    given = [m for m in moves if m.group == "hand_over"]
    out = [g for g in given if g.side != "both" and any(_meet(g, s) for s in shakes)]
    out += [s for s in shakes if any(g.side == "both" and _meet(g, s) for g in given)]
    return tuple(m for m in moves if m not in out)


def without_hand_overs(poses: Sequence[PoseSegment], moves: Sequence[Move]) -> tuple[PoseSegment, ...]:
    """The poses held but those that are a hand-over: under a paper hands look folded."""
    given = [m for m in moves if m.group == "hand_over"]

    def shared_s(pose: PoseSegment) -> float:
        return sum(max(0.0, min(pose.end_s, m.end_s) - max(pose.start_s, m.start_s)) for m in given)

    return tuple(p for p in poses if shared_s(p) <= 0.5 * (p.end_s - p.start_s))


def _meet(a: Move, b: Move) -> bool:
    return a.hold_start_s <= b.hold_end_s and b.hold_start_s <= a.hold_end_s
