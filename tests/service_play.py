"""Stick people in a service: a clerk behind a counter whose shoulders rise, whose head nods and whose hands give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.landmarks import Pose, Track
from posture.measures import Scene
from posture.moves.stances import find_stance_changes
from tests.arm_player import scene_of_track
from tests.stick_figure import Stick, stick_track

FPS, SECONDS = 10.0, 40.0
RISE_SW = 1.1
_LEGS = tuple(Pose)[Pose.LEFT_HIP :]
Way = list[tuple[float, float]]
"""Points in time: seconds and value; between two points the value goes evenly."""


def followed(way: Way, seconds: float = SECONDS) -> np.ndarray:
    """(T,) the value at every sample."""
    at, values = zip(*way, strict=True)
    return np.interp(np.arange(round(seconds * FPS)) / FPS, at, values)


def steps(changes: list[tuple[float, float]], first: float = 0.0, over_s: float = 1.0) -> Way:
    """A way that holds `first` and goes to each value in `over_s` from its time on."""
    way: Way = [(0.0, first)]
    for at, value in changes:
        way += [(at, way[-1][1]), (at + over_s, value)]
    return way


def person_track(
    rise: Way | None = None, x_px: Way | None = None, pitch_deg: Way | None = None, seconds: float = SECONDS,
    number: int = 1, counter: bool = True, yaw_deg: float = 0.0, hands_at: list[tuple[float, float]] = (),
    meet_px: tuple[float, float] = (650.0, 470.0),
) -> Track:  # fmt: skip
    """Somebody whose shoulders are 100 px wide; `rise` in shoulder widths, `pitch_deg` of the head (down negative).

    From start to end of each of `hands_at` both hands are at `meet_px` and a little beside.
    """
    n = round(seconds * FPS)
    unseen = _LEGS if counter else ()
    seated = Stick(elbow=(95, 95), arm_forward=(20, 20))
    track = stick_track(seated, n=n, fps=FPS, unseen=unseen, person=number, yaw_deg=yaw_deg)
    pose_px = track.pose_px.copy()
    pose_px[..., 1] -= 100.0 * followed(rise or [(0, 0)], seconds)[:, None]
    pose_px[..., 0] += followed(x_px or [(0, 0)], seconds)[:, None]
    for start_s, end_s in hands_at:
        for side, aside in (("LEFT", 12.0), ("RIGHT", -12.0)):
            for joint in ("WRIST", "INDEX"):
                samples = slice(round(start_s * FPS), round(end_s * FPS))
                pose_px[samples, Pose[f"{side}_{joint}"], :2] = (meet_px[0] + aside, meet_px[1])
    rotation = np.zeros((n, 3), np.float32)
    rotation[:, 0] = followed(pitch_deg or [(0, 0)], seconds)
    return replace(track, pose_px=pose_px, face_rotation_deg=rotation)


def scene(track: Track, yaw_deg: float = 0.0) -> Scene:
    """The person with what is told of rising and sitting down."""
    found = scene_of_track(track, yaw_deg)
    return found.with_moves(tuple(find_stance_changes(found)))


def client_track(seconds: float = SECONDS, sits: bool = True, hands_at: list[tuple[float, float]] = ()) -> Track:
    """Comes into view at 4 s, stands from 6 s, sits at 11 s, rises at 30 s, walks off at 34 s and is gone at 36 s."""
    rise = steps([(11.0, 0.0), (30.0, RISE_SW)], RISE_SW) if sits else [(0.0, RISE_SW)]
    x_px = [(0, -400), (4, -400), (6, 240), (34, 240), (36, -400), (seconds, -400)]
    track = person_track(rise, x_px, None, seconds, number=2, counter=False, hands_at=hands_at)
    return track.part((track.time_s >= 4.0) & (track.time_s <= 36.0))
