"""Handshakes of two stick people who face each other."""

from __future__ import annotations

import numpy as np
import pytest

from posture.judge_moves import judge_moves, readings
from posture.landmarks import LEFT, RIGHT, Pose
from posture.library import load_library
from posture.moves import find_handshakes
from tests.arm_player import scene_of_track
from tests.stick_figure import Stick, stick_track

LIBRARY = load_library()
HANDS_MEET_PX = 165.0


def giving(side):
    elbow = [180.0, 180.0]
    elbow[side] = 85.0
    return Stick(elbow=tuple(elbow))


def pair(first=RIGHT, second=RIGHT, held_s=3.0, gap_px=HANDS_MEET_PX, fps=10.0, later_s=0.0):
    """Two people with hanging arms for 3 s, their hands in each other, hanging arms for 2 s again."""
    sticks = []
    for side in (first, second):
        held = [Stick()] * round(3 * fps) + [giving(side)] * round(held_s * fps) + [Stick()] * round(2 * fps)
        sticks.append(held)
    one = stick_track(sticks[0], fps=fps, yaw_deg=90, at_px=(400, 450), person=1)
    other = stick_track(sticks[1], fps=fps, yaw_deg=-90, at_px=(400 + gap_px, 450), person=2)
    if later_s:
        other = other.part(slice(round(later_s * fps), None))
    return [scene_of_track(one, 90.0), scene_of_track(other, -90.0)]


def shakes(scenes):
    return find_handshakes([scene.track for scene in scenes])


def test_two_right_hands_in_each_other_are_one_handshake_for_both():
    found = shakes(pair())
    for person in (1, 2):
        (move,) = found[person]
        assert (move.kind, move.side, move.person) == ("handshake", "right", person)
        assert move.start_s == pytest.approx(3.0, abs=0.3) and move.end_s == pytest.approx(6.0, abs=0.3)


@pytest.mark.parametrize("later_s", [0.0, 1.0])
def test_a_left_hand_is_told_for_the_one_who_gave_it(later_s):
    found = shakes(pair(first=LEFT, later_s=later_s))
    assert [m.side for m in found[1]] == ["left"] and [m.side for m in found[2]] == ["right"]


@pytest.mark.parametrize(
    "scenes",
    [pair(held_s=0.3), pair(held_s=20.0), pair(gap_px=280.0), pair()[:1], []],
    ids=["a touch", "led by the hand", "a paper between", "alone", "nobody"],
)
def test_what_is_no_handshake(scenes):
    assert all(moves == [] for moves in shakes(scenes).values())


def test_the_far_arm_is_told_by_the_near_one_that_hangs():
    """From the side the model trusts the far arm little and may put both hands in one place."""
    scenes = pair()
    for scene, far in ((scenes[0], "LEFT"), (scenes[1], "RIGHT")):
        scene.track.visibility[:, [Pose[f"{far}_{j}"] for j in ("ELBOW", "WRIST", "INDEX")]] = 0.1
    scenes[0].track.pose_px[:, Pose.LEFT_INDEX] = scenes[0].track.pose_px[:, Pose.RIGHT_INDEX]
    assert [m.side for m in shakes(scenes)[1]] == ["right"] and [m.side for m in shakes(scenes)[2]] == ["right"]


def test_two_invented_arms_shake_nothing():
    scenes = pair()
    for scene in scenes:
        scene.track.visibility[:, [Pose.RIGHT_ELBOW, Pose.RIGHT_WRIST]] = 0.1
    assert shakes(scenes)[1] == []


def test_hidden_hands_shake_nothing():
    scenes = pair()
    scenes[0].track.pose_px[:, [Pose.RIGHT_INDEX, Pose.RIGHT_WRIST]] = np.nan
    assert shakes(scenes)[1] == []


@pytest.mark.parametrize(
    "criterion, scenes, verdict",
    [
        ("handshake_right_hand", pair(), "ok"),
        ("handshake_right_hand", pair(first=LEFT), "deviation"),
        ("handshake_duration", pair(), "ok"),
        ("handshake_duration", pair(held_s=9.0), "deviation"),
        ("handshake_height", pair(), "borderline"),
    ],
)
def test_verdicts(criterion, scenes, verdict):
    (active,) = (a for a in LIBRARY.criteria_of_moves() if a.criterion.id == criterion)
    scene = scenes[0].with_moves(tuple(shakes(scenes)[1]))
    assert judge_moves(active, readings(active, scene, LIBRARY), 1, False).verdict.value == verdict
