"""How the person was filmed: from which side, and which parts of the body the camera truly saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from posture.findings import View
from posture.geometry import rolling_median, rolling_share
from posture.landmarks import Array, Pose, Track

FRONT_UP_TO_DEG = 22.0
"""Found turn up to which it is a front view: truly about 30 degrees (accuracy_evidence.md 4.4), of which MediaPipe's
world coordinates show 20 to 25 (rendered people turned by 35 to 40 are found as 24 to 32)."""
SIDE_FROM_DEG = 60.0
"""Turned more than this is a side view: error grows with about the square of the turn (accuracy_evidence.md 4.1)."""
BACK_FROM_DEG = 125.0
"""Turned more than this is seen from behind (own choice)."""
SEEN_FROM = 0.6
"""Least model visibility of a landmark that counts as seen (norms.md section 0: frame gate)."""
_SMOOTH_S = 1.0
_COUNTER_SMOOTH_S = 15.0
"""A counter stays where it is: knees that the model believes to see for a moment do not take it away (own choice)."""
_KNEES_DOWN_TO = 1.08
"""Knees that the model puts this far down the picture count as inside it: behind a counter they are a guess (rendered
clerks at a desk: 0.85 to 1.03 of the height)."""
_KNEES_ABOVE_HIPS_TL = 0.25
"""Nobody who sits or stands has the knees higher above the hips, in trunk lengths (own choice)."""
_HIPS = [Pose.LEFT_HIP, Pose.RIGHT_HIP]
_SHOULDERS = [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]
_KNEES = [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]
_FROM_THE_HIPS_DOWN = list(range(Pose.LEFT_HIP, Pose.RIGHT_FOOT_INDEX + 1))


def body_yaw_deg(track: Track) -> Array:
    """(T,) how far the trunk is turned to the person's own left, 0 = facing the camera, range (-180, 180].

    From the shoulder line in world coordinates, which steers the choice of view but never gives a verdict.
    """
    across = track.pose_m[:, Pose.LEFT_SHOULDER] - track.pose_m[:, Pose.RIGHT_SHOULDER]
    towards_right_of_picture = rolling_median(track.time_s, across[:, 0].astype(float), _SMOOTH_S)
    away_from_camera = rolling_median(track.time_s, across[:, 2].astype(float), _SMOOTH_S)
    return np.degrees(np.arctan2(away_from_camera, towards_right_of_picture))


def views(yaw_deg: Array) -> NDArray[np.object_]:
    """(T,) of `View` for the given body yaw; UNKNOWN where it is NaN."""
    turned = np.abs(yaw_deg)
    view = np.full(len(yaw_deg), View.UNKNOWN, object)
    view[turned <= FRONT_UP_TO_DEG] = View.FRONT
    view[(turned > FRONT_UP_TO_DEG) & (turned < SIDE_FROM_DEG)] = View.OBLIQUE
    view[(turned >= SIDE_FROM_DEG) & (turned <= BACK_FROM_DEG)] = View.SIDE
    view[turned > BACK_FROM_DEG] = View.BACK
    return view


def facing(yaw_deg: Array) -> Array:
    """(T,) +1 where the person looks towards the right edge of the picture, -1 left, 0 from front or behind."""
    side = views(yaw_deg) == View.SIDE
    return np.where(side, np.sign(yaw_deg), 0.0)


def with_unseen_removed(track: Track) -> Track:
    """The track with NaN for every landmark that the camera did not see.

    Outside the picture, below `SEEN_FROM` in the model's own visibility, or hidden with the legs behind a counter: the
    model invents such points. `visibility` stays as the model gave it.
    """
    width, height = track.image_size
    x, y = track.pose_px[..., 0], track.pose_px[..., 1]
    with np.errstate(invalid="ignore"):
        outside = (x < 0) | (x > width) | (y < 0) | (y > height)
    unseen = outside | (track.visibility < SEEN_FROM)
    unseen[:, _FROM_THE_HIPS_DOWN] |= lower_body_hidden(track)[:, None]
    pose_px = np.where(unseen[..., None], np.nan, track.pose_px)
    return replace(track, pose_px=pose_px)


def lower_body_hidden(track: Track) -> NDArray[np.bool_]:
    """(T,) whether something in front hides the legs: both knees would be inside the picture, or hardly below it, and
    neither is seen.

    The hips are then invented as well, though the model is sure of them (visibility 0.96 behind a counter on rendered
    people, whose knees had 0.2 to 0.4). In side view only the far knee is hidden.
    """
    width, height = track.image_size
    knees = track.pose_px[:, _KNEES, :2]
    with np.errstate(invalid="ignore"):
        inside = ((knees >= 0) & (knees <= (width, height * _KNEES_DOWN_TO))).all((1, 2))
    y = track.pose_px[..., 1].astype(float)
    hips, shoulders = y[:, _HIPS].mean(1), y[:, _SHOULDERS].mean(1)
    with np.errstate(invalid="ignore"):
        # Knees drawn over the chest are a guess, however sure the model is of them.
        impossible = y[:, _KNEES] < (hips - _KNEES_ABOVE_HIPS_TL * np.abs(hips - shoulders))[:, None]
        seen = ((track.visibility[:, _KNEES] >= SEEN_FROM) & ~impossible).any(1)
    mostly = rolling_share(track.time_s, seen, _COUNTER_SMOOTH_S) >= 0.5
    return inside & ~mostly
