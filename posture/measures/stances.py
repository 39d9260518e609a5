"""Rising and sitting down: how it was made; and what tells it from the shoulders alone, which no counter hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.findings import Move, Reason
from posture.geometry import rolling_median, rolling_quantile, stretches
from posture.landmarks import Array
from posture.measures.common import (
    ALL_SIDES,
    SHOULDERS,
    mid_shoulder,
    shoulder_width_px,
    steady_width_px,
    trunk_length_px,
)
from posture.measures.registry import Reading, Scene, move_measure, once_per_scene

WALKING_SW_PER_S, LEAST_WALK_S = 0.8, 0.6
"""Sideways speed of somebody who walks across the picture, and how long it lasts at least (own choices)."""
NEARER_PER_S = 0.12
"""Growth or shrinking of the shoulders, as a share a second, of somebody who walks along the view (own choice)."""
STILL_FOR_S = 3.0
"""Whoever stands for so long has not risen to leave at once (own choice)."""
_SMOOTH_S, _WIDTH_WINDOW_S, _WIDTH_SHARE = 0.4, 20.0, 0.8


@once_per_scene
def own_width_px(scene: Scene) -> Array:
    """(T,) the person's shoulder width in pixels as if seen from the front, steady while they turn."""
    return rolling_quantile(scene.track.time_s, steady_width_px(scene), _WIDTH_WINDOW_S, _WIDTH_SHARE)


@once_per_scene
def height_sw(scene: Scene) -> Array:
    """(T,) height of the shoulder line in the picture in own shoulder widths, up positive, from any zero."""
    smooth = rolling_median(scene.track.time_s, -mid_shoulder(scene)[:, 1], _SMOOTH_S)
    return np.asarray(smooth / own_width_px(scene))


def rate_per_s(time_s: Array, value: Array) -> Array:
    """(T,) change a second between the neighbours of each sample; NaN across gaps of a second and more."""
    rate = np.full(len(time_s), np.nan)
    if len(time_s) >= 3:
        span = time_s[2:] - time_s[:-2]
        rate[1:-1] = np.where(span <= 1.0, (value[2:] - value[:-2]) / span, np.nan)
    return rate


def _growth(time_s: Array, size_px: Array) -> Array:
    """(T,) growth a second as a share of the size."""
    smooth = rolling_median(time_s, size_px, 0.8)
    return np.asarray(rolling_median(time_s, rate_per_s(time_s, smooth) / smooth, 0.8))


@once_per_scene
def walking(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether the person walks, across the picture or along the view."""
    time_s = scene.track.time_s
    width = own_width_px(scene)
    across = rolling_median(time_s, np.abs(rate_per_s(time_s, mid_shoulder(scene)[:, 0])) / width, 0.6)
    wider, longer = (_growth(time_s, size) for size in (shoulder_width_px(scene), trunk_length_px(scene)))
    with np.errstate(invalid="ignore"):
        # Who bows looks wider and shorter, who turns narrower and as long: both grow for who comes nearer only.
        along = (wider * longer > 0) & (np.minimum(np.abs(wider), np.abs(longer)) >= NEARER_PER_S)
        flag = (across >= WALKING_SW_PER_S) | along
    found = np.zeros(len(time_s), bool)
    for first, last in stretches(flag, time_s, 0.5):
        if time_s[last] - time_s[first] >= LEAST_WALK_S:
            found[first : last + 1] = True
    return found


@move_measure("sit_down_s", "s", ALL_SIDES, SHOULDERS, ("sit_down",))
def sit_down_s(scene: Scene, move: Move) -> Reading:
    """How long the shoulders go down."""
    return Reading(move.duration_s)


@move_measure("stand_still_s", "s", ALL_SIDES, SHOULDERS, ("stand_up",))
def stand_still_s(scene: Scene, move: Move) -> Reading:
    """How long somebody who has risen stands before they walk, at most `STILL_FOR_S`."""
    time_s = scene.track.time_s
    after = (time_s >= move.end_s) & (time_s <= move.end_s + STILL_FOR_S)
    off = time_s[after & walking(scene)]
    if len(off):
        return Reading(float(off[0]) - move.end_s)
    seen_s = float(time_s[after][-1]) - move.end_s if after.any() else 0.0
    return Reading(seen_s) if seen_s >= STILL_FOR_S - 0.5 else Reading(float("nan"), Reason.TOO_SHORT)
