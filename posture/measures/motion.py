"""Movement over windows of time: sway, restless hands, walking."""

from __future__ import annotations

import numpy as np

from posture.findings import Reason
from posture.geometry import mean_of_seen, rolling_mean, rolling_median, rolling_std, speed_per_s
from posture.landmarks import Pose
from posture.measures.common import (
    EVERY_VIEW,
    FRONT,
    mid_hip,
    mid_shoulder,
    point,
    series,
    small_from_front,
    steady_width_px,
)
from posture.measures.registry import Scene, Series, measure

SWAY_WINDOW_S = 5.0
HANDS_WINDOW_S = 3.0
BODY_WINDOW_S = 0.6


@measure("sway_sw", "sw", FRONT, (Pose.LEFT_HIP, Pose.RIGHT_HIP))
def sway_sw(scene: Scene) -> Series:
    """Standard deviation of the hips' sideways place over 5 s, in shoulder widths; of the shoulders' if unseen."""
    x = np.where(np.isfinite(mid_hip(scene)[:, 0]), mid_hip(scene)[:, 0], mid_shoulder(scene)[:, 0])
    spread = rolling_std(scene.track.time_s, x, SWAY_WINDOW_S, least_s=3.0)
    unseen = ~np.isfinite(x)
    found = series(np.where(unseen, np.nan, spread / steady_width_px(scene)), small_from_front(scene))
    found.reason[~unseen & ~np.isfinite(spread)] = Reason.TOO_SHORT.code
    return found


@measure("hand_speed_sw_per_s", "sw_per_s", FRONT, (Pose.LEFT_WRIST, Pose.RIGHT_WRIST))
def hand_speed_sw_per_s(scene: Scene) -> Series:
    """Mean speed of the faster wrist over 3 s, in shoulder widths per second."""
    time_s = scene.track.time_s
    speeds = []
    for wrist in (Pose.LEFT_WRIST, Pose.RIGHT_WRIST):
        own = speed_per_s(time_s, point(scene, wrist)) / steady_width_px(scene)
        speeds.append(rolling_mean(time_s, own, HANDS_WINDOW_S, least_s=1.5))
    return series(np.fmax(*speeds), small_from_front(scene))


@measure("body_speed_sw_per_s", "sw_per_s", EVERY_VIEW, (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER))
def body_speed_sw_per_s(scene: Scene) -> Series:
    """Speed of the shoulders' middle over 0.6 s, in shoulder widths per second: walking has 3 and more."""
    both = np.stack([point(scene, Pose.LEFT_SHOULDER), point(scene, Pose.RIGHT_SHOULDER)])
    speed = speed_per_s(scene.track.time_s, mean_of_seen(both, 0)) / steady_width_px(scene)
    return series(rolling_median(scene.track.time_s, speed, BODY_WINDOW_S))
