"""Rising and sitting down, told from the height of the shoulders alone: what a counter does not hide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.findings import Move
from posture.geometry import rolling_median, stretches
from posture.landmarks import Array
from posture.measures.registry import Scene, once_per_scene
from posture.measures.stances import height_sw, rate_per_s, walking
from posture.moves.squats import find_squats

LEAST_RISE_SW = 0.7
"""Least way of the shoulder line up or down, in own shoulder widths (norms.md flow_stand_arrival: proposal)."""
LONGEST_CHANGE_S = 4.0
"""Rising or sitting down for longer is something else (own choice; norms.md asks for 2.5 s at most)."""
MOVING_SW_PER_S, PAUSE_S = 0.20, 0.35
"""Speed of the shoulder line that belongs to rising or sitting down, and the longest halt in between (own choices)."""


@once_per_scene
def find_stance_changes(scene: Scene) -> list[Move]:
    """Rising (`stand_up`) and sitting down (`sit_down`), in time order. The hold is empty: a way has no hold.

    The shoulder line goes up or down by `LEAST_RISE_SW` without the person walking. Whoever squats or bows comes back:
    a way down that is followed by the same way up within `LONGEST_CHANGE_S` is neither.
    """
    time_s = scene.track.time_s
    if len(time_s) < 5:
        return []
    height, walks = height_sw(scene), walking(scene)
    rate = rolling_median(time_s, rate_per_s(time_s, height), 0.3)
    found: list[Move] = []
    for sign, kind in ((1.0, "stand_up"), (-1.0, "sit_down")):
        with np.errstate(invalid="ignore"):
            runs = stretches(sign * rate >= MOVING_SW_PER_S, time_s, PAUSE_S)
        for first, last in runs:
            first, last = max(first - 1, 0), min(last + 1, len(time_s) - 1)
            long_s = time_s[last] - time_s[first]
            way = sign * (_level(height, time_s, last, +1) - _level(height, time_s, first, -1))
            if way < LEAST_RISE_SW or long_s > LONGEST_CHANGE_S or walks[first : last + 1].mean() > 0.5:
                continue
            at = (float(time_s[first]), float(time_s[last]))
            found.append(Move(kind, kind, scene.track.person, at[0], at[1], at[1], at[1]))
    found.sort(key=lambda m: m.start_s)
    return _without_returns(found, scene)


def _level(height: Array, time_s: Array, sample: int, direction: int) -> float:
    """Height of the shoulders just before or after a change."""
    window = (time_s - time_s[sample]) * direction
    near = height[(window >= 0) & (window <= 0.6)]
    near = near[np.isfinite(near)]
    return float(np.median(near)) if len(near) else float("nan")


def _without_returns(found: list[Move], scene: Scene) -> list[Move]:
    """Without what is part of a squat, and without a dip: down and up again at once."""
    squats = find_squats(scene)
    found = [m for m in found if not any(m.start_s < s.end_s and s.start_s < m.end_s for s in squats)]
    kept: list[Move] = []
    for move in found:
        if kept and (kept[-1].kind, move.kind) == ("sit_down", "stand_up") and move.start_s - kept[-1].end_s < 0.5:
            kept.pop()
            continue
        kept.append(move)
    return kept


@once_per_scene
def risen(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether the person is known to stand because they have risen, or sit down later."""
    time_s = scene.track.time_s
    found = np.zeros(len(time_s), bool)
    changes = find_stance_changes(scene)
    for number, move in enumerate(changes):
        if move.kind == "stand_up":
            until = changes[number + 1].end_s if number + 1 < len(changes) else np.inf
            found |= (time_s >= move.start_s) & (time_s <= until)
        elif number == 0:
            found |= time_s <= move.end_s
    return found
