"""How the camera was tilted, from people who stand: whoever keeps their balance has the middle of the body over the
feet.

Seen from the front, the line from the middle of the feet to the body's centre is vertical to a degree however somebody
who stands holds head, arms and shoulders, so that it tells the camera's roll where nothing else in the picture does. It
needs the feet: behind a counter the roll stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from posture.findings import View
from posture.geometry import distance, lean_to_right_deg, speed_per_s
from posture.landmarks import Array
from posture.measures import Scene
from posture.measures.common import HEELS, HIPS, KNEES, SHOULDERS, TOES

FEET = (*HEELS, *TOES)
SHOULDERS_SHARE = 0.4
"""The body's centre lies about here between hips (0) and shoulders (1) (De Leva 1996: 57 % of the height)."""
SITTING_TL = 0.5
"""Thighs that look shorter than this, in trunk lengths, lie on a chair."""
LEAST_S = 2.0
STILL_TL_PER_S = 0.15
"""Fastest movement of the body's centre, in trunk lengths per second, of somebody who stands (own choice)."""
SPREAD_DEG = 1.5
"""Largest spread (half of the inner half) of the line over time for an estimate to be believed (own choice)."""
LARGEST_DEG = 15.0


ESTIMATE_ERROR_DEG = 0.7
"""Error of the estimate (docs/accuracy.md: 95 % within this on rendered people)."""
PITCH_BIAS_DEG = 1.5
"""MediaPipe's trunk of an upright person leans this much to the camera (measured on rendered people)."""
PITCH_GAIN = 1.12
"""True pitch by the lean that MediaPipe shows: 30 degrees are seen as 24 to 27 (rendered people)."""
PITCH_ERROR_DEG = 5.0
"""Error of the estimated pitch (docs/accuracy.md: 95 % within this on rendered people)."""
USUAL_PITCH_DEG, UNKNOWN_PITCH_ERROR_DEG = 7.0, 10.0
"""A camera on a desk, at breast height or over a window, when nobody stands in view of their feet (own choice)."""
UNKNOWN_ALLOWANCE_DEG = 2.0
"""Camera roll that may go unnoticed while it is not known (own choice)."""


@dataclass(frozen=True)
class Tilt:
    """How the camera was turned about its own line of sight and how far it looks down, and how uncertain that is.

    roll_deg : positive when the camera was turned clockwise.
    how : the roll was `given` by the user, `estimated` from people who stand, or is `unknown` (then 0 is used).
    allowance_deg : added to the error of everything that is compared with gravity.
    pitch_deg, pitch_error_deg : estimated from people who stand, else what is usual.
    """

    roll_deg: float
    allowance_deg: float
    how: Literal["given", "estimated", "unknown"]
    pitch_deg: float = USUAL_PITCH_DEG
    pitch_error_deg: float = UNKNOWN_PITCH_ERROR_DEG


def standing_line_deg(scene: Scene) -> Array:
    """(T,) angle to the vertical of the line from the feet to the body's centre, positive to the right of the picture.

    NaN where feet, hips or shoulders were not all seen from the front, or the person moves or sits. From the side the
    centre's place over the feet differs by 2 to 3 degrees from person to person.
    """
    track = scene.track
    points = track.pose_px[..., :2].astype(float)
    feet, hips, shoulders, knees = (points[:, list(pair)].mean(1) for pair in (FEET, HIPS, SHOULDERS, KNEES))
    centre = (1 - SHOULDERS_SHARE) * hips + SHOULDERS_SHARE * shoulders
    trunk_px, thigh_px = distance(shoulders, hips), distance(knees, hips)
    with np.errstate(invalid="ignore", divide="ignore"):
        moving = speed_per_s(track.time_s, centre) / trunk_px > STILL_TL_PER_S
        unusable = moving | (thigh_px < SITTING_TL * trunk_px) | ~scene.seen_from[View.FRONT]
    return np.where(unusable, np.nan, lean_to_right_deg(feet, centre))


def camera_tilt(given_roll_deg: float | None, scenes: Iterable[Scene], sample_period_s: float) -> Tilt:
    """What is known of the camera's tilt: the roll that was given, else what people who stand tell, else nothing.

    `scenes` are of everybody in the recording, unseen landmarks removed, roll 0. Every person counts alike.
    """
    found = [e for e in (_own_estimate(scene, sample_period_s) for scene in scenes) if e is not None]
    roll, pitch = np.median(found, 0) if found else (np.nan, np.nan)
    if found and abs(roll) <= LARGEST_DEG:
        tilt = Tilt(round(float(roll), 2), ESTIMATE_ERROR_DEG, "estimated", round(float(pitch), 1), PITCH_ERROR_DEG)
    else:
        tilt = Tilt(0.0, UNKNOWN_ALLOWANCE_DEG, "unknown")
    return tilt if given_roll_deg is None else replace(tilt, roll_deg=given_roll_deg, allowance_deg=0.0, how="given")


def _own_estimate(scene: Scene, sample_period_s: float) -> tuple[float, float] | None:
    """Roll and pitch from one person's calm standing, None when there is too little of it."""
    line = standing_line_deg(scene)
    standing = np.isfinite(line)
    if standing.sum() * sample_period_s < LEAST_S:
        return None
    low, high = np.percentile(line[standing], [25, 75])
    if (high - low) / 2 > SPREAD_DEG:
        return None
    lean_deg = float(np.median(trunk_to_camera_deg(scene)[standing]))
    return -float(np.median(line[standing])), PITCH_GAIN * (lean_deg - PITCH_BIAS_DEG)


def trunk_to_camera_deg(scene: Scene) -> Array:
    """(T,) how far the trunk leans towards the camera in the camera's own axes: somebody upright, seen from above."""
    world = scene.track.pose_m.astype(float)
    trunk = world[:, list(SHOULDERS)].mean(1) - world[:, list(HIPS)].mean(1)
    return np.degrees(np.arctan2(-trunk[:, 2], -trunk[:, 1]))


def tilted(scene: Scene, tilt: Tilt) -> Scene:
    """The scene with what is known of the camera's tilt."""
    return replace(scene, roll_deg=tilt.roll_deg, pitch_deg=tilt.pitch_deg, pitch_error_deg=tilt.pitch_error_deg)
