"""Plain geometry and statistics over windows of time, vectorised, NaN in, NaN out.

Picture coordinates: x to the right, y down. Angles in degrees.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.landmarks import Array

_TIME_TOLERANCE_S = 1e-6
OWN_WAY_BLOCK_S, LEAST_OF_OWN_WAY_S = 60.0, 6.0
"""What is usual for somebody is the median of three such blocks, unknown from less than the second (own choices)."""


def unit(vector: Array) -> Array:
    """(..., k) vectors of length 1; NaN for a vector of length 0 (a direction that does not exist)."""
    length = distance(vector, np.zeros_like(vector))[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(length > 0, vector / length, np.nan)


def angle_between_deg(a: Array, b: Array) -> Array:
    """(...) angle between vectors (..., k), 0..180."""
    dot = (unit(a) * unit(b)).sum(-1)
    return np.degrees(np.arccos(np.clip(dot, -1.0, 1.0)))


def inner_angle_deg(a: Array, b: Array, c: Array) -> Array:
    """(...) angle at `b` between the limbs to `a` and `c`, 0..180; 180 is a straight limb."""
    return angle_between_deg(a - b, c - b)


def rotated(vector: Array, angle_deg: float) -> Array:
    """(..., 2) picture vectors turned clockwise as seen on the screen (x right, y down) by `angle_deg`."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    x, y = vector[..., 0], vector[..., 1]
    return np.stack([c * x - s * y, s * x + c * y], -1)


def line_tilt_deg(start: Array, end: Array) -> Array:
    """(...) angle of the line start-end to the horizontal, (-90, 90]; positive when `end` is higher.

    The line's direction left or right in the picture does not matter, only which end is higher.
    """
    d = end - start
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arctan2(-d[..., 1], np.abs(d[..., 0])))


def lean_to_right_deg(bottom: Array, top: Array) -> Array:
    """(...) angle of the line bottom-top to the vertical, (-180, 180]; positive towards the right of the picture."""
    d = top - bottom
    return np.degrees(np.arctan2(d[..., 0], -d[..., 1]))


def distance(a: Array, b: Array) -> Array:
    """(...) distance of points (..., k)."""
    apart = a - b
    if apart.shape[-1] != 2:
        return np.linalg.norm(apart, axis=-1)
    # Several times faster than np.hypot, which takes care of pixels over 1e154.
    return np.sqrt(apart[..., 0] ** 2 + apart[..., 1] ** 2)


def median(values: Array) -> float | None:
    """The median of values (N,) without NaN, None of none. np.median's checks take longer than a short series."""
    if not len(values):
        return None
    low, high = (len(values) - 1) // 2, len(values) // 2
    ordered = np.partition(values, (low, high))
    return float((ordered[low] + ordered[high]) / 2)


def mean_of_seen(points: Array, axis: int) -> Array:
    """Mean over `axis` of what is not NaN; NaN where nothing is."""
    unseen = np.isnan(points)
    with np.errstate(invalid="ignore"):
        return np.where(unseen, 0, points).sum(axis) / (~unseen).sum(axis)


class Windows:
    """The samples within half a window of time of each sample (T,), whatever the sampling.

    first, last : (T,) first sample of each window and the one after its last.
    """

    def __init__(self, time_s: Array, window_s: float) -> None:
        half = window_s / 2 + _TIME_TOLERANCE_S
        self.first = np.searchsorted(time_s, time_s - half, side="left")
        self.last = np.searchsorted(time_s, time_s + half, side="right")

    @cached_property
    def _index(self) -> NDArray[np.integer]:
        """(T, W) samples of each window, filled up with the number of samples."""
        index = self.first[:, None] + np.arange(int((self.last - self.first).max(initial=0)))
        return np.where(index < self.last[:, None], index, len(index))

    def table(self, value: Array, filler: float = np.nan) -> Array:
        """(T, W) values in the window of each sample, filled up with `filler`."""
        return np.append(value, filler)[self._index]

    def sum(self, value: NDArray[Any]) -> NDArray[Any]:
        """(T,) sum over each window of values (T,) without NaN. Any window costs the same."""
        total = np.concatenate([[0], np.cumsum(value)])
        return total[self.last] - total[self.first]

    def median(self, value: Array) -> Array:
        """(T,) median of the finite values of each window, NaN where there is none."""
        seen = np.isfinite(value)
        if not seen.any():
            return np.full(len(value), np.nan)
        table = self.table(np.where(seen, value, np.inf), np.inf)
        table.sort(1)
        n, row = self.sum(seen), np.arange(len(value)) * table.shape[1]
        low, high = table.take(row + np.maximum(n - 1, 0) // 2), table.take(row + np.minimum(n // 2, len(table.T) - 1))
        with np.errstate(invalid="ignore"):
            return np.where(n > 0, (low + high) / 2, np.nan)


def stretches(
    flag: NDArray[np.bool_], time_s: Array, gap_s: float, bridge_s: float | None = None
) -> list[tuple[int, int]]:
    """First and last sample of each stretch of flagged samples no more than `gap_s` apart.

    Where samples without the flag lie between, `bridge_s` is the limit instead, if given: with 0 they end a stretch.
    """
    indices = np.flatnonzero(flag)
    if not len(indices):
        return []
    step_s = np.diff(time_s[indices])
    apart = step_s > gap_s
    if bridge_s is not None:
        apart = np.where(np.diff(indices) > 1, step_s > bridge_s, apart)
    cuts = np.flatnonzero(apart)
    firsts, lasts = indices[np.append(0, cuts + 1)], indices[np.append(cuts, -1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def usual_step_s(time_s: Array) -> float:
    """The usual time between samples; 0 of a single one."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0


def rolling_median(time_s: Array, value: Array, window_s: float) -> Array:
    """(T,) median of the values within a centred window of time, whatever the sampling; NaN where there is none."""
    if not np.isfinite(value).any():
        return np.full(len(time_s), np.nan)
    return Windows(time_s, window_s).median(value)


def rolling_quantile(time_s: Array, value: Array, window_s: float, share: float) -> Array:
    """(T,) quantile, between neighbours linear, of the values within a centred window; NaN where there is none."""
    if not np.isfinite(value).any():
        return np.full(len(time_s), np.nan)
    table = np.sort(Windows(time_s, window_s).table(np.where(np.isfinite(value), value, np.nan)), axis=1)
    n = np.isfinite(table).sum(1)
    at = np.maximum(n - 1, 0) * share
    rows, low = np.arange(len(table)), np.floor(at).astype(int)
    below, above = table[rows, low], table[rows, np.ceil(at).astype(int)]
    return np.where(n > 0, below + (above - below) * (at - low), np.nan)


def own_way(time_s: Array, value: Array) -> Array:
    """(T,) median of the sample's minute and the ones beside it: what is usual for somebody at that time, whatever
    they do for a few seconds. NaN where less than `LEAST_OF_OWN_WAY_S` of it was seen."""
    if not len(time_s):
        return np.empty(0)
    block = ((time_s - time_s[0]) // OWN_WAY_BLOCK_S).astype(int)
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    own = np.full(block[-1] + 1, np.nan)
    for b in range(len(own)):
        first, last = np.searchsorted(block, (b - 1, b + 2))
        near = value[first:last][np.isfinite(value[first:last])]
        if len(near) * step_s >= LEAST_OF_OWN_WAY_S:
            own[b] = np.median(near)
    return np.asarray(own[block])


def rolling_share(time_s: Array, flag: NDArray[np.bool_], window_s: float) -> Array:
    """(T,) share of the samples within a centred window of time for which `flag` is true."""
    windows = Windows(time_s, window_s)
    return windows.sum(flag) / np.maximum(windows.last - windows.first, 1)


def rolling_std(time_s: Array, value: Array, window_s: float, least_s: float) -> Array:
    """(T,) standard deviation within a centred window; NaN where the seen samples span less than `least_s`."""
    windows, spread = Windows(time_s, window_s), np.full(len(time_s), np.nan)
    enough = _span_s(windows, time_s, np.isfinite(value)) >= least_s - _TIME_TOLERANCE_S
    if enough.any():
        spread[enough] = np.nanstd(windows.table(value)[enough], axis=1)
    return spread


def rolling_mean(time_s: Array, value: Array, window_s: float, least_s: float) -> Array:
    """(T,) mean within a centred window; NaN where the seen samples span less than `least_s`."""
    windows, seen = Windows(time_s, window_s), np.isfinite(value)
    mean = windows.sum(np.where(seen, value, 0.0)) / np.maximum(windows.sum(seen), 1)
    return np.where(_span_s(windows, time_s, seen) >= least_s - _TIME_TOLERANCE_S, mean, np.nan)


def _span_s(windows: Windows, time_s: Array, seen: NDArray[np.bool_]) -> Array:
    """(T,) seconds between the first and last seen sample in the window of each sample."""
    at_s = time_s[seen]
    if not len(at_s):
        return np.zeros(len(time_s))
    before = np.concatenate([[0], np.cumsum(seen)])
    from_s = at_s.take(before[windows.first], mode="clip")
    return np.maximum(at_s.take(before[windows.last] - 1, mode="clip") - from_s, 0.0)


def speed_per_s(time_s: Array, points: Array, longest_gap_s: float = 0.5) -> Array:
    """(T,) speed of a point (T, k) between the sample before and the sample after, NaN across gaps."""
    n = len(time_s)
    speed = np.full(n, np.nan)
    if n < 2:
        return speed
    before, after = np.maximum(np.arange(n) - 1, 0), np.minimum(np.arange(n) + 1, n - 1)
    step_s = time_s[after] - time_s[before]
    near = step_s <= 2 * longest_gap_s
    speed[near] = (distance(points[after], points[before]) / step_s)[near]
    return speed


def turning_points(values: Array, least: float) -> int:
    """How often the values turn back after having gone `least` in one direction."""
    turns, direction, extreme = 0, 0, values[0] if len(values) else 0.0
    for v in values:
        if direction == 0:
            direction = int(np.sign(v - extreme)) if abs(v - extreme) >= least else 0
            extreme = v if direction else extreme
        elif (v - extreme) * direction > 0:
            extreme = v
        elif abs(v - extreme) >= least:
            turns, direction, extreme = turns + 1, -direction, v
    return turns
