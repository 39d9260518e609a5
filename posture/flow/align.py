"""Ordered alignment of what was seen with what should follow each other, by dynamic programming.

Like a longest common subsequence with weights: sub-steps keep their order, each may be missing, and what is seen again
while its sub-step lasts counts as a repetition. What can only be placed out of order stays over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EARLY, FORWARD = 1e-3, 1e-5
"""Loss of a whole recording's wait, and for each sub-step passed over: of equally good alignments the one that takes
the earliest event, and the earliest sub-step, is taken."""


@dataclass(frozen=True)
class Fit:
    """That an event may be the group `group` of sub-step `sub_step` (both are numbers), and how well it fits."""

    sub_step: int
    group: int
    weight: float = 1.0


Placed = tuple[int, int] | None
"""Sub-step and group of an event, None for one that was left over."""
_State = tuple[int, int]
"""The last sub-step that was begun (-1: none), and the groups of it that were seen, as bits."""
_Way = tuple[float, "_Chain | None"]
"""Gain so far and what was placed, newest first."""


@dataclass(frozen=True)
class _Chain:
    placed: Placed
    before: _Chain | None


def align(fits: Sequence[Sequence[Fit]]) -> list[Placed]:
    """The best placement of events in time order: never back to an earlier sub-step.

    fits : for every event what it may be. The sum of the weights of the groups seen first is the largest possible.
    """
    best: dict[_State, _Way] = {(-1, 0): (0.0, None)}
    # A repetition is kept with its sub-step, but all of them together weigh less than one event's wait.
    wait = EARLY / max(len(fits), 1)
    repeated = wait / (2 * max(len(fits), 1))
    for number, options in enumerate(fits):
        after: dict[_State, _Way] = {}
        for (sub_step, groups), (gain, chain) in best.items():
            _keep(after, (sub_step, groups), (gain, _Chain(None, chain)))
            for fit in options:
                if fit.sub_step < sub_step:
                    continue
                bit = 1 << fit.group
                before = groups if fit.sub_step == sub_step else 0
                passed = FORWARD * (fit.sub_step - max(sub_step, 0))
                new = repeated if before & bit else fit.weight - passed - wait * number
                chained = _Chain((fit.sub_step, fit.group), chain)
                _keep(after, (fit.sub_step, before | bit), (gain + new, chained))
        best = after
    chain, placed = max(best.values(), key=lambda way: way[0])[1], []
    while chain is not None:
        placed.append(chain.placed)
        chain = chain.before
    return placed[::-1]


def _keep(table: dict[_State, _Way], state: _State, way: _Way) -> None:
    """Of two ways to a state the better one."""
    if state not in table or way[0] > table[state][0]:
        table[state] = way
