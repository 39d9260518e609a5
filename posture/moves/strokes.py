"""When a hand sets out for what it is held in, and when it is back at rest."""

from __future__ import annotations

import numpy as np

from posture.landmarks import Array

STILL_SW_PER_S = 0.6
"""Slower than this the hand is held (own choice; a stroke reaches 2)."""
REST_SW_PER_S = 0.25
LONGEST_STROKE_S = 1.6
"""A hand that is on its way for longer was busy with something else before (own choice)."""

WHOLE_WAY_SHARE = 0.97
"""The way begins with its first hundredths, which a hand that trembles at rest does not reach (own choice)."""


def until_rest(time_s: Array, speed_sw_per_s: Array, sample: int, bound: int, step: int) -> int:
    """The sample at which the hand comes to rest, going from a hold in one direction, at most to `bound`."""
    moved, from_s = False, time_s[sample]
    while sample != bound:
        speed = speed_sw_per_s[sample + step]
        if not np.isfinite(speed) or abs(time_s[sample] - from_s) > LONGEST_STROKE_S:
            return sample
        moved = moved or speed >= STILL_SW_PER_S
        if moved and speed < REST_SW_PER_S:
            return sample + step
        sample += step
    return sample


def way_edge(time_s: Array, speed_sw_per_s: Array, place_sw: Array, sample: int, bound: int, step: int) -> int:
    """The sample at which the hand sets out for a hold, or is back from it: as `until_rest`, less what it does there.

    Landmarks of a hand at rest wander, and it may have come to rest only just before: the way begins, and ends, where
    the hand `place_sw` (T, 2) is all but as far from its place in the hold as it gets.
    """
    rest = until_rest(time_s, speed_sw_per_s, sample, bound, step)
    way = np.arange(sample, rest + step, step)
    away = np.linalg.norm(place_sw[way] - place_sw[sample], axis=1)
    if not np.isfinite(away).any():
        return rest
    with np.errstate(invalid="ignore"):
        return int(way[np.flatnonzero(away >= WHOLE_WAY_SHARE * np.nanmax(away))[0]])
