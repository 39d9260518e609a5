"""Plain geometry and statistics over windows of time, vectorised, NaN in, NaN out.

Picture coordinates: x to the right, y down. Angles in degrees.
"""

from __future__ import annotations

import warnings

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
    return np.hypot(apart[..., 0], apart[..., 1]) if apart.shape[-1] == 2 else np.linalg.norm(apart, axis=-1)


def mean_of_seen(points: Array, axis: int) -> Array:
    """Mean over `axis` of what is not NaN; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(points, axis=axis)


def bounds(time_s: Array, window_s: float) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """(T,) first sample and (T,) the one after the last within half a window of each sample."""
    half = window_s / 2 + _TIME_TOLERANCE_S
    first = np.searchsorted(time_s, time_s - half, side="left")
    return first, np.searchsorted(time_s, time_s + half, side="right")


def _windows(time_s: Array, value: Array, window_s: float) -> Array:
    """(T, W) values within half a window of each sample, filled up with NaN."""
    first, last = bounds(time_s, window_s)
    width = int((last - first).max()) if len(time_s) else 0
    index = first[:, None] + np.arange(width)
    inside = index < last[:, None]
    return np.where(inside, value[np.minimum(index, len(value) - 1)], np.nan)


def stretches(flag: NDArray[np.bool_], time_s: Array, gap_s: float) -> list[tuple[int, int]]:
    """First and last index of each stretch of flagged samples no more than `gap_s` apart."""
    indices = np.flatnonzero(flag)
    if not len(indices):
        return []
    groups = np.split(indices, np.flatnonzero(np.diff(time_s[indices]) > gap_s) + 1)
    return [(int(g[0]), int(g[-1])) for g in groups]


def rolling_median(time_s: Array, value: Array, window_s: float) -> Array:
    """(T,) median of the values within a centred window of time, whatever the sampling; NaN where there is none."""
    return rolling_quantile(time_s, value, window_s, 0.5)


def rolling_quantile(time_s: Array, value: Array, window_s: float, share: float) -> Array:
    """(T,) quantile, between neighbours linear, of the values within a centred window; NaN where there is none."""
    if not np.isfinite(value).any():
        return np.full(len(time_s), np.nan)
    table = np.sort(_windows(np.asarray(time_s, float), np.asarray(value, float), window_s), axis=1)
    if not table.size:
        return np.full(len(time_s), np.nan)
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
    """(T,) share of the samples within a centred window of time for which `flag` is true. Any window costs the same."""
    first, last = bounds(time_s, window_s)
    count = np.concatenate([[0], np.cumsum(flag)])
    return (count[last] - count[first]) / np.maximum(last - first, 1)


def rolling_std(time_s: Array, value: Array, window_s: float, least_s: float) -> Array:
    """(T,) standard deviation within a centred window; NaN where the seen samples span less than `least_s`."""
    table = _windows(np.asarray(time_s, float), np.asarray(value, float), window_s)
    span = _span_s(time_s, value, window_s)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.where(span >= least_s - _TIME_TOLERANCE_S, np.nanstd(table, axis=1), np.nan)


def rolling_mean(time_s: Array, value: Array, window_s: float, least_s: float) -> Array:
    """(T,) mean within a centred window; NaN where the seen samples span less than `least_s`."""
    table = _windows(np.asarray(time_s, float), np.asarray(value, float), window_s)
    span = _span_s(time_s, value, window_s)
    return np.where(span >= least_s - _TIME_TOLERANCE_S, mean_of_seen(table, 1), np.nan)


def _span_s(time_s: Array, value: Array, window_s: float) -> Array:
    """(T,) seconds between the first and last seen sample in the window of each sample."""
    seen_time = np.where(np.isfinite(value), time_s, np.nan)
    table = _windows(np.asarray(time_s, float), seen_time, window_s)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        span = np.nanmax(table, axis=1) - np.nanmin(table, axis=1) if table.size else np.full(len(time_s), np.nan)
    return np.nan_to_num(span, nan=0.0)


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
