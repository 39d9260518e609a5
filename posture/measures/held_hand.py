"""A still hand before chest or lap, as it is held who looks at a phone: one that lies on a desk is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.geometry import own_way, rolling_mean, speed_per_s
from posture.landmarks import Array
from posture.measures.common import HIPS, WRISTS, mid_shoulder, point, steady_width_px
from posture.measures.registry import Scene

Flags = NDArray[np.bool_]

HAND_STILL_SW_PER_S, HAND_FROM_SW, HAND_TO_SW = 0.35, 0.3, 1.6
"""Speed of a still wrist, and how far below the shoulders it is (own choices)."""
NO_DESK_SW, DESK_FROM_SW, LIFTED_SW = 0.75, 0.95, 0.12
"""No desk is so near under the shoulders as the first; from the second on it may be one. In between, where a desk hides
the hips, a hand is held up when it is higher by the third than where it usually lies (own choices)."""


def hand_holds(scene: Scene) -> tuple[Flags, Flags]:
    """(T,) whether a still hand is before chest or lap and not both may lie on a desk, and (T,) whether an unseen hand
    leaves that open."""
    time_s, width = scene.track.time_s, steady_width_px(scene)
    behind_desk = ~np.isfinite(np.stack([point(scene, hip)[:, 0] for hip in HIPS])).any(0)
    below = np.stack([(point(scene, w) - mid_shoulder(scene))[:, 1] / width for w in WRISTS])
    speed = np.stack([rolling_mean(time_s, speed_per_s(time_s, point(scene, w)) / width, 1.0, 0.5) for w in WRISTS])
    desk_from_sw = np.where(behind_desk, _own_desk_sw(time_s, below), DESK_FROM_SW)
    with np.errstate(invalid="ignore"):
        holding = (below >= HAND_FROM_SW) & (below <= HAND_TO_SW) & (speed < HAND_STILL_SW_PER_S)
        holds = np.asarray(holding.any(0) & (below <= desk_from_sw).any(0))
    return holds, ~holds & ~np.isfinite(below).all(0)


def _own_desk_sw(time_s: Array, below_sw: Array) -> Array:
    """(2, T) from where on below the shoulders each wrist may lie on a desk, by where both usually are: (2, T)
    `below_sw`. From aside one of two hands on a desk looks higher, by hardly more than `LIFTED_SW`."""
    usual = np.stack([own_way(time_s, wrist) for wrist in below_sw])
    lowest = np.fmax(usual, np.fmax(*usual) - LIFTED_SW)
    return np.clip(np.where(np.isfinite(lowest), lowest - LIFTED_SW, DESK_FROM_SW), NO_DESK_SW, DESK_FROM_SW)
