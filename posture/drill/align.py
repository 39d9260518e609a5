"""Laying one performance over another in time: dynamic time warping, and what it says about the moments.

Before they are aligned both performances are brought to the same size, value by value: how large somebody moves must
not change when. The way is the one of least squared distance (Sakoe and Chiba 1978); both begin and end at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.drill.motion import CHANGE, LEAST_TRAVEL, RATE_PER_S, Performance, part_of
from posture.landmarks import Array

PENALTY = 0.05
"""Cost of a step that stands still in one of the two, in shares of the movement: against jitter (own choice)."""
LEAST_SCALE_SHARE = 0.25
"""A movement smaller than this share of the reference's is not blown up to its size (own choice)."""
AWAY, THERE = 0.15, 0.85
"""Shares of the way at which the hand counts as having set off and as having arrived (own choices: the slow beginning
and end of an eased way drown in noise)."""
FIT_S = 0.15
"""Half the time over which the way is averaged round a moment."""
MOMENTS = ("set_off", "arrive", "leave", "back")


@dataclass(frozen=True)
class Alignment:
    """Which sample of the own performance goes with which of the reference.

    path : (P, 2) indices, reference and own, both never falling. channels : what it was computed from.
    moments_s : reference's times of MOMENTS; own_s : the own times that the way gives them.
    """

    path: Array
    channels: tuple[str, ...]
    moments_s: dict[str, float]
    own_s: dict[str, float]
    apart: float
    """Root mean square distance along the way, in shares of the movement: 0 is the same form."""


def filled(values: Array) -> Array:
    """Straight lines over what is unknown; DTW takes no NaN."""
    known = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), known, values[known])


def _sized(values: Array, least: float) -> Array:
    """Values from 0 to 1 over their own range, or less than that when the range is smaller than `least`."""
    values = filled(values)
    return (values - values.min()) / max(float(np.ptp(values)), least, 1e-9)


def align(reference: Performance, own: Performance, channels: list[str]) -> Alignment:
    """The own performance laid over the reference by the channels, which both have to know.

    Raises
    ------
    ValueError
        There is no channel.
    """
    from dtaidistance import dtw

    if not channels:
        raise ValueError("expected at least one channel")
    ranges = {c: float(np.nanmax(reference.values[c]) - np.nanmin(reference.values[c])) for c in channels}
    least = {c: max(LEAST_SCALE_SHARE * ranges[c], LEAST_TRAVEL[part_of(c)]) for c in channels}
    weight = {c: np.sqrt(ranges[c] / sum(ranges.values())) for c in channels}
    a, b = (
        np.ascontiguousarray(np.stack([weight[c] * _sized(p.values[c], least[c]) for c in channels], 1))
        for p in (reference, own)
    )
    if len(channels) == 1:
        a, b = a[:, 0].copy(), b[:, 0].copy()
    way = dtw.warping_path(a, b, use_ndim=len(channels) > 1, penalty=PENALTY, use_c=dtw.dtw_cc is not None)
    path = np.array(way, int)
    gaps = (a[path[:, 0]] - b[path[:, 1]]) ** 2
    apart = float(np.sqrt((gaps.sum(1) if gaps.ndim > 1 else gaps).mean()))
    moments = moments_of(reference, channels)
    own_s = {name: _carried(path, reference, own, at_s) for name, at_s in moments.items()}
    return Alignment(path, tuple(channels), moments, own_s, apart)


def _carried(path: Array, reference: Performance, own: Performance, at_s: float) -> float:
    """The own time that goes with a time of the reference: a straight line through the way near it."""
    there, here = reference.time_s[path[:, 0]] - at_s, own.time_s[path[:, 1]]
    near = np.abs(there) <= FIT_S + 1e-9
    if not near.any():
        return float("nan")
    if np.ptp(there[near]) < 1.0 / RATE_PER_S:
        return float(here[near].mean())
    return float(np.polyval(np.polyfit(there[near], here[near], 1), 0.0))


def levels(performance: Performance, channel: str) -> tuple[float, float, float]:
    """Median value at rest before, in the hold, and at rest after; NaN where unknown."""
    time_s, values = performance.time_s, performance.values[channel]
    least = 2.0 / RATE_PER_S
    spans = (
        (-np.inf, max(performance.start_s, time_s[0] + least)),
        (performance.hold_start_s, max(performance.hold_end_s, performance.hold_start_s + 1.0 / RATE_PER_S)),
        (min(performance.end_s, time_s[-1] - least), np.inf),
    )
    found = []
    for low, high in spans:
        inside = values[(time_s >= low - 1e-9) & (time_s <= high + 1e-9)]
        inside = inside[np.isfinite(inside)]
        found.append(float(np.median(inside)) if len(inside) else float("nan"))
    return found[0], found[1], found[2]


def progress(performance: Performance, channels: list[str], back: bool = False) -> Array:
    """(T,) share of the way from rest to the hold, all channels together; with `back` of the rest after it."""
    along, length = np.zeros(len(performance.time_s)), 0.0
    for channel in channels:
        before, held, after = levels(performance, channel)
        rest = after if back else before
        if np.isfinite(rest) and np.isfinite(held):
            along += (filled(performance.values[channel]) - rest) * (held - rest)
            length += (held - rest) ** 2
    return along / length if length else np.full(len(along), np.nan)


def moments_of(performance: Performance, channels: list[str]) -> dict[str, float]:
    """Seconds at which the movement sets off, arrives, leaves its hold and is back; NaN where it never is."""
    time_s = performance.time_s
    middle = int(np.argmin(np.abs(time_s - (performance.hold_start_s + performance.hold_end_s) / 2)))
    found = {}
    for back, (slow, fast) in ((False, ("set_off", "arrive")), (True, ("back", "leave"))):
        share = progress(performance, channels, back)
        span = np.arange(middle, -1, -1) if not back else np.arange(middle, len(time_s))
        away = next((int(i) for i in span if share[i] < AWAY), None)
        found[slow] = found[fast] = float("nan")
        if away is None or (back and performance.kind == CHANGE):
            continue
        step = 1 if not back else -1
        found[slow] = _crossing(time_s, share, away, step, AWAY)
        ahead = range(away, middle + step, step)
        there = next((i for i in ahead if share[i] >= THERE), None)
        if there is not None:
            found[fast] = _crossing(time_s, share, there - step, step, THERE)
    return {name: found[name] for name in MOMENTS}


def _crossing(time_s: Array, share: Array, sample: int, step: int, level: float) -> float:
    """When the share reaches `level` between a sample and the next one in the direction `step`."""
    a, b = share[sample], share[sample + step]
    part = (level - a) / (b - a) if b != a else 0.5
    return float(time_s[sample] + np.clip(part, 0.0, 1.0) * (time_s[sample + step] - time_s[sample]))
