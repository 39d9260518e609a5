"""In a crowd, hands and faces are looked at in turns: which in this picture, and what lies between two looks.

The pose model sees everybody in every picture; hands and face cost nearly twice as much for each. So where many are in
the picture the hands of all are looked at in one, their faces in the next. What lies between two looks goes in straight
lines from the one to the other: hands as seen from the own wrist, faces from the own nose, whose pose is known.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from posture.landmarks import LEFT, RIGHT, Array, Pose, Track

CROWD = 4
"""From so many people on (own choice: clerk, client and a passer-by are looked at whole in every picture)."""
_LONGEST_S = 0.5
"""Longest time between two looks of which what lies between is told (own choice)."""


class Turn(Enum):
    """What is looked at besides the pose."""

    WHOLE = (True, True)
    HANDS = (True, False)
    FACE = (False, True)

    @property
    def hands(self) -> bool:
        return self.value[0]

    @property
    def face(self) -> bool:
        return self.value[1]


def turn_of(people: int, sample: int | None) -> Turn:
    """Whose turn it is in the picture of that number among the samples of a recording; a photo has none: None.

    The first sample is looked at whole: nothing before it could fill it.
    """
    if not sample or people < CROWD:
        return Turn.WHOLE
    return Turn.HANDS if sample % 2 == 0 else Turn.FACE


def between_turns(track: Track, in_turn: NDArray[np.bool_]) -> Track:
    """The track with what lies between two looks filled in.

    in_turn : (T,) samples in which hands or face had to wait. Filled in are those of them that lack one which both
        neighbouring looks show, by straight lines in time. Everything else stays as it was.
    """
    if not in_turn.any():
        return track
    nose = track.pose_px[:, None, Pose.NOSE]
    wrists = track.pose_px[:, [Pose.LEFT_WRIST, Pose.RIGHT_WRIST]] * np.array([1, 1, 0], np.float32)
    hands = [_filled(track.time_s, track.hands_px[:, side], in_turn, wrists[:, side, None]) for side in (LEFT, RIGHT)]
    return replace(
        track,
        hands_px=np.stack(hands, 1),
        face_px=_filled(track.time_s, track.face_px, in_turn, nose[..., :2]),
        face_rotation_deg=_filled(track.time_s, track.face_rotation_deg, in_turn),
        blendshapes=_filled(track.time_s, track.blendshapes, in_turn),
    )


def _filled(time_s: Array, values: Array, in_turn: NDArray[np.bool_], origin: Array | float = 0.0) -> Array:
    """(T, ...) `values`, given from `origin`, with the samples `in_turn` that have none between their neighbours."""
    own = values - np.asarray(origin, np.float32)
    flat = own.reshape(len(own), -1)
    there = np.asarray(np.isfinite(flat).all(1))
    at = np.flatnonzero(in_turn & ~there)
    # A sample whose turn it was and that shows nothing says that nothing is seen: no line leads across it.
    at = at[(at > 0) & (at < len(there) - 1)]
    at = at[there[at - 1] & there[at + 1] & (time_s[at + 1] - time_s[at - 1] <= _LONGEST_S)]
    share = ((time_s[at] - time_s[at - 1]) / (time_s[at + 1] - time_s[at - 1]))[:, None]
    flat[at] = (1 - share) * flat[at - 1] + share * flat[at + 1]
    filled = values.copy()
    filled[at] = (own + np.asarray(origin, np.float32))[at]
    return filled
