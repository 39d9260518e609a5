"""The person's own neutral: a calm, upright stretch of the recording, the baseline of all relative measures.

It is the best posture that the person showed, not the right one: relative measures tell a change for the worse and
cannot tell that somebody slouched all the time. A stretch that cannot be anyone's upright posture is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posture.findings import View
from posture.geometry import rolling_median, stretches
from posture.landmarks import Array
from posture.measures import MEASURES, NEUTRAL_MEASURES, Scene

LEAST_S = 2.0
"""Shortest stretch that counts as calm (own choice; a calibration takes 3 s)."""
CALM_SW_PER_S = 0.15
"""Fastest movement of the trunk that counts as calm, in shoulder widths per second (own choice)."""
GAP_S = 0.5
"""Longer breaks end a stretch (own choice)."""
TALL_SHARE = 0.94
"""A sample is upright when head height over the shoulders is at least this share of the person's best tenth."""
LEAST_HEAD_HEIGHT_SW = 0.38
"""Lowest nose over the shoulders, in shoulder widths, of anybody upright: adults have 0.45 to 0.75 (own choice)."""
TRUNK_BIAS_DEG = -3.5
"""MediaPipe's trunk of an upright person in side view leans this much backward (docs/accuracy.md)."""
UPRIGHT_WITHIN_DEG = 12.0
"""Largest forward or backward lean, in side view, of a stretch that may serve as neutral (own choice)."""


@dataclass(frozen=True)
class Neutral:
    """Medians of the base measures over the stretch, and its first and last time in seconds."""

    values: dict[str, float]
    stretch_s: tuple[float, float]


def find_neutral(scene: Scene, wanted: tuple[View, ...] = (View.FRONT, View.SIDE)) -> Neutral | None:
    """The longest calm upright stretch seen from one of the sides `wanted`, or None."""
    time_s = scene.track.time_s
    if len(time_s) < 2:
        return None
    calm = _smooth(scene, "body_speed_sw_per_s") <= CALM_SW_PER_S
    best: tuple[float, tuple[int, int]] | None = None
    for view in wanted:
        upright = _tall(scene) if view == View.FRONT else _vertical(scene)
        for first, last in stretches(calm & upright & scene.seen_from[view], time_s, GAP_S):
            length_s = float(time_s[last] - time_s[first])
            if length_s >= LEAST_S and (best is None or length_s > best[0]):
                best = (length_s, (first, last))
    if best is None:
        return None
    first, last = best[1]
    values = {}
    for name in NEUTRAL_MEASURES:
        inside = MEASURES[name].compute(scene).value[first : last + 1]
        if np.isfinite(inside).mean() >= 0.5:
            values[name] = float(np.nanmedian(inside))
    return Neutral(values, (float(time_s[first]), float(time_s[last])))


def _smooth(scene: Scene, name: str) -> Array:
    return rolling_median(scene.track.time_s, MEASURES[name].compute(scene).value, 0.5)


def _tall(scene: Scene) -> NDArray[np.bool_]:
    """(T,) in front view: the head as high over level shoulders as this person's best."""
    height = np.where(scene.seen_from[View.FRONT], _smooth(scene, "nose_shoulder_gap_sw"), np.nan)
    if not np.isfinite(height).any():
        return np.zeros(len(height), bool)
    best = np.nanpercentile(height, 90)
    tilt = np.abs(_smooth(scene, "shoulder_tilt_deg"))
    with np.errstate(invalid="ignore"):
        return (height >= TALL_SHARE * best) & (height >= LEAST_HEAD_HEIGHT_SW) & (tilt <= 6.0)


def _vertical(scene: Scene) -> NDArray[np.bool_]:
    """(T,) in side view: the trunk as near to the vertical as this person's best."""
    found = np.where(scene.seen_from[View.SIDE], _smooth(scene, "trunk_lean_forward_deg"), np.nan)
    lean = np.abs(found - TRUNK_BIAS_DEG)
    if not np.isfinite(lean).any():
        return np.zeros(len(lean), bool)
    best = np.nanpercentile(lean, 10)
    with np.errstate(invalid="ignore"):
        return (lean <= best + 3.0) & (lean <= UPRIGHT_WITHIN_DEG)
