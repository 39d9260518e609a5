"""The reference pose as a figure on the trainee's own body: own widths and lengths, the reference's posture.

It stands where the trainee's hips are (behind a counter: where the shoulders are), upright by gravity: what leans or
hangs shows as a gap between the two figures.
"""

from __future__ import annotations

import numpy as np

from posture.compare import projected
from posture.findings import View
from posture.geometry import mean_of_seen, rotated
from posture.landmarks import N_POSE, Array, Pose
from posture.measures import Scene
from posture.references import ReferencePose

_RECENT_S = 1.0
_HIPS = [Pose.LEFT_HIP, Pose.RIGHT_HIP]
_SHOULDERS = [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]
_ANKLES = [Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE]
_LEGS = list(range(Pose.LEFT_KNEE, N_POSE))
_NAMES = tuple(p.name.lower() for p in Pose)


def fitted_ghost(scene: Scene, pose: ReferencePose) -> Array | None:
    """(33, 2) the pose in pixels of the picture, NaN for joints that it lacks or that the trainee does not show.

    From the medians of the last second; None when the shoulders are unseen, or in side view the hips.
    """
    time_s = scene.track.time_s
    recent = time_s >= time_s[-1] - _RECENT_S
    own = _median(scene.levelled_px[:, recent])
    assert scene.yaw_deg is not None
    yaw_deg = np.array([float(_median(scene.yaw_deg[recent][None])[0])])
    figure = projected(pose, _NAMES, yaw_deg, scene.pitch_deg)[0].astype(float)
    figure[[n not in pose.joints for n in _NAMES]] = np.nan
    scale = _scale(own, figure, View(scene.view[-1]))
    if scale is None:
        return None
    across, down = scale
    hips_seen = bool(np.isfinite(own[_HIPS]).all())
    legs = figure[_LEGS] - _middle(figure, _HIPS)
    foot_px = _middle(own, _ANKLES) - _middle(own, _HIPS)
    foot = _middle(figure, _ANKLES) - _middle(figure, _HIPS)
    longer = foot_px[1] / (foot[1] * down) if hips_seen and pose.kind == "standing" and foot[1] > 0 else 1.0
    if np.isfinite(longer) and 0.5 < longer < 2.0:
        figure[_LEGS] = _middle(figure, _HIPS) + legs * (1.0, longer)
    figure = figure * (across, down)
    anchor = _HIPS if hips_seen else _SHOULDERS
    figure += _middle(own, anchor) - _middle(figure, anchor)
    if not hips_seen:
        figure[_HIPS + _LEGS] = np.nan
    elif not np.isfinite(own[[Pose.LEFT_KNEE, Pose.RIGHT_KNEE]]).any():
        figure[_LEGS] = np.nan
    return rotated(figure, -scene.roll_deg) if scene.roll_deg else figure


def _scale(own: Array, figure: Array, view: View) -> tuple[float, float] | None:
    """Pixels per trunk length across and down: from the front by the own shoulders and trunk, else by the trunk."""
    if not np.isfinite(own[_SHOULDERS]).any():
        return None
    trunk_px = float(np.linalg.norm(_middle(own, _SHOULDERS) - _middle(own, _HIPS)))
    trunk = float(np.linalg.norm(_middle(figure, _SHOULDERS) - _middle(figure, _HIPS)))
    width_px = float(np.linalg.norm(own[Pose.LEFT_SHOULDER] - own[Pose.RIGHT_SHOULDER]))
    width = float(np.linalg.norm(figure[Pose.LEFT_SHOULDER] - figure[Pose.RIGHT_SHOULDER]))
    across = width_px / width if width > 0 else np.nan
    down = trunk_px / trunk if trunk > 0 else np.nan
    if view != View.FRONT:
        across = down
    elif not np.isfinite(down):
        down = across
    return (across, down) if np.isfinite(across) and np.isfinite(down) else None


def _middle(points: Array, which: list[Pose]) -> Array:
    middle: Array = mean_of_seen(points[which], 0)
    return middle


def _median(values: Array) -> Array:
    """Median over time (axis 1) of what was seen in most samples, NaN elsewhere."""
    seen = np.isfinite(values).mean(1) >= 0.5
    filled = np.where(np.isfinite(values), values, 0.0)
    found = np.ma.median(np.ma.masked_array(filled, ~np.isfinite(values)), axis=1).filled(np.nan)
    return np.where(seen, found, np.nan)
