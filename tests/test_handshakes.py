"""Handshakes of two stick people who face each other."""

from __future__ import annotations

import numpy as np
import pytest

from posture.findings import Move
from posture.judge_moves import judge_moves, readings
from posture.landmarks import LEFT, RIGHT, Pose
from posture.library import load_library
from posture.moves import find_handshakes
from posture.moves.hand_overs import hand_overs_or_handshakes
from tests.arm_player import scene_of_track
from tests.stick_figure import Stick, stick_track

LIBRARY = load_library()
HANDS_MEET_PX = 165.0


def giving(side):
    elbow = [180.0, 180.0]
    elbow[side] = 85.0
    return Stick(elbow=tuple(elbow))


BOTH_HANDS = Stick(elbow=(85.0, 85.0))


def pair(
    first=RIGHT, second=RIGHT, held_s=3.0, gap_px=HANDS_MEET_PX, fps=10.0, later_s=0.0, held=(None, None), pumps=False
):
    """Two people with hanging arms for 3 s, their hands in each other, hanging arms for 2 s again. `held`: what each
    does meanwhile instead; `pumps`: the hands go up and down."""
    sticks = []
    for side, instead in zip((first, second), held, strict=True):
        held_arms = [instead or giving(side)] * round(held_s * fps)
        if pumps:
            bent = [85.0 + 12.0 * np.sin(2 * np.pi * 2 * i / fps) for i in range(len(held_arms))]
            held_arms = [Stick(elbow=(180.0, e) if side == RIGHT else (e, 180.0)) for e in bent]
        sticks.append([Stick()] * round(3 * fps) + held_arms + [Stick()] * round(2 * fps))
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


def behind_a_counter(scenes):
    scenes[0].track.visibility[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]] = 0.1
    return scenes


@pytest.mark.parametrize(
    "scenes",
    [
        pair(held=(BOTH_HANDS, None)), pair(held=(BOTH_HANDS, BOTH_HANDS)), pair(first=LEFT, held=(None, BOTH_HANDS)),
        behind_a_counter(pair()), behind_a_counter(pair(first=LEFT)),
    ],
    ids=["given with both hands", "given and taken with both", "taken with both", "over a counter", "left, counter"],
)  # fmt: skip
def test_passing_a_paper_is_no_handshake_and_costs_nothing(scenes):
    assert all(moves == [] for moves in shakes(scenes).values())


def test_hands_that_go_up_and_down_shake_over_a_counter_too():
    (move,) = shakes(behind_a_counter(pair(pumps=True)))[1]
    assert move.side == "right"


def test_when_nobodys_other_hand_is_seen_no_hand_is_named_and_none_is_wrong():
    scenes = pair(first=LEFT)
    for scene in scenes:
        hidden = "RIGHT" if scene is scenes[0] else "LEFT"
        scene.track.visibility[:, [Pose[f"{hidden}_ELBOW"], Pose[f"{hidden}_WRIST"]]] = 0.1
    (move,) = shakes(scenes)[1]
    assert move.side == ""
    (active,) = (a for a in LIBRARY.criteria_of_moves() if a.criterion.id == "handshake_right_hand")
    scene = scenes[0].with_moves((move,))
    assert judge_moves(active, readings(active, scene, LIBRARY), 1, False).verdict.value == "not_assessable"
    assert shakes(behind_a_counter(scenes))[1] == [], "over a counter it may be a paper"


def test_neighbours_whose_hands_meet_while_both_face_the_camera_do_not_shake_hands():
    held = [Stick()] * 30, [Stick(arm_out=(45.0, 45.0))] * 30
    one, other = (
        stick_track([*held[0], *held[1], *held[0]], yaw_deg=0, at_px=(x, 450), person=n)
        for n, x in ((1, 300), (2, 647))
    )
    apart = np.linalg.norm(one.pose_px[45, Pose.LEFT_INDEX, :2] - other.pose_px[45, Pose.RIGHT_INDEX, :2])
    assert apart < 20 and find_handshakes([one, other])[1] == []


def test_people_too_small_for_their_hands_to_be_told_apart_shake_nothing():
    scenes = pair()
    for scene in scenes:
        scene.track.pose_px[..., :2] *= 0.3
    assert shakes(scenes)[1] == []


def handing(side, start_s=1.0):
    return Move("give", "hand_over", 1, start_s, start_s + 0.5, start_s + 1.5, start_s + 2.0, side=side)


@pytest.mark.parametrize(
    "side, start_s, kept",
    [("right", 1.0, ["handshake"]), ("both", 1.0, ["hand_over"]), ("right", 6.0, ["handshake", "hand_over"])],
)
def test_one_moment_is_a_hand_over_or_a_handshake(side, start_s, kept):
    shake = Move("handshake", "handshake", 1, 1.2, 1.2, 3.0, 3.0, side="right")
    assert [m.group for m in hand_overs_or_handshakes((shake, handing(side, start_s)))] == kept


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
