"""How the camera was tilted, from people who stand: whoever keeps their balance has the middle of the body over the
feet.

Seen from the front, the line from the middle of the feet to the body's centre is vertical to a degree however
somebody who
stands holds head, arms and shoulders, so that it tells the camera's roll where nothing else in the picture
does. It needs the feet: behind a counter the roll stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


ESTIMATE_ERROR_DEG = 1.0
"""Error of the estimate (docs/accuracy.md: 95 % within this on rendered people)."""
UNKNOWN_ALLOWANCE_DEG = 2.0
"""Camera roll that may go unnoticed while it is not known (own choice)."""


@dataclass(frozen=True)
class Roll:
    """The camera's roll in degrees, positive when it was turned clockwise, and how uncertain that is.

    how : `given` by the user, `estimated` from people who stand, or `unknown` (then 0 is used).
    allowance_deg : added to the error of everything that is compared with gravity.
    """

    deg: float
    allowance_deg: float
    how: Literal["given", "estimated", "unknown"]


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
        unusable = moving | (thigh_px < SITTING_TL * trunk_px) | (scene.view != View.FRONT)
    return np.where(unusable, np.nan, lean_to_right_deg(feet, centre))


def camera_roll(given_deg: float | None, scenes: Iterable[Scene], sample_period_s: float) -> Roll:
    """What is known of the camera's roll: what was given, else what people who stand tell, else nothing.

    `scenes` are of everybody in the recording, unseen landmarks removed, roll 0. Every person counts alike.
    """
    if given_deg is not None:
        return Roll(given_deg, 0.0, "given")
    rolls = [r for r in (_own_estimate(scene, sample_period_s) for scene in scenes) if r is not None]
    roll = float(np.median(rolls)) if rolls else float("nan")
    if abs(roll) <= LARGEST_DEG:
        return Roll(round(roll, 2), ESTIMATE_ERROR_DEG, "estimated")
    return Roll(0.0, UNKNOWN_ALLOWANCE_DEG, "unknown")


def _own_estimate(scene: Scene, sample_period_s: float) -> float | None:
    line = standing_line_deg(scene)
    good = line[np.isfinite(line)]
    if len(good) * sample_period_s < LEAST_S:
        return None
    low, high = np.percentile(good, [25, 75])
    return -float(np.median(good)) if (high - low) / 2 <= SPREAD_DEG else None
