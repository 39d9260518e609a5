"""A causal filter for what is drawn: still points do not tremble, moving ones do not lag. Verdicts do not use it."""

from __future__ import annotations

import numpy as np

from posture.landmarks import Array

MIN_CUTOFF_HZ, BETA, SPEED_CUTOFF_HZ = 1.2, 0.03, 1.0
"""Own choice by eye on the samples: a trembling of 1-2 pixels goes, a quick arm is about two pictures behind."""
_FORGET_S = 0.5


class OneEuro:
    """The 1 Euro filter of Casiez, Roussel and Vogel (CHI 2012) over arrays of points; NaN where unseen."""

    def __init__(self) -> None:
        self._time_s: float | None = None
        self._value: Array | None = None
        self._speed: Array | None = None

    def __call__(self, time_s: float, value: Array) -> Array:
        """The filtered (N, k) `value` at a later time than before; starts anew after a gap of half a second."""
        last_s, last, speed = self._time_s, self._value, self._speed
        if last_s is None or last is None or speed is None or time_s - last_s > _FORGET_S or last.shape != value.shape:
            self._time_s, self._value, self._speed = time_s, value, np.zeros_like(value)
            return value
        step_s = max(time_s - last_s, 1e-3)
        newest = np.where(np.isfinite(last), (value - last) / step_s, 0.0)
        speed = speed + _weight(SPEED_CUTOFF_HZ, step_s) * (np.nan_to_num(newest) - speed)
        weight = _weight(MIN_CUTOFF_HZ + BETA * np.abs(speed), step_s)
        filtered: Array = np.where(np.isfinite(last), last + weight * (value - last), value)
        self._time_s, self._value, self._speed = time_s, filtered, speed
        return filtered


def _weight(cutoff_hz: Array | float, step_s: float) -> Array | float:
    turn = 2 * np.pi * cutoff_hz * step_s
    return turn / (turn + 1)
