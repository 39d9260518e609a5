"""Absent, sitting, standing, walking, turned away, and what head and hands do, told from the upper body."""

from dataclasses import replace

import numpy as np
import pytest

from posture.findings import Activity, Stance
from posture.landmarks import Pose
from posture.measures import MEASURES
from posture.measures.stances import walking
from posture.moves.stances import find_stance_changes, risen
from posture.states import STANCES, absences, activity_codes, spans, stance_codes, states
from tests.service_play import FPS, RISE_SW, person_track, scene, steps
from tests.stick_figure import moved


def stances_of(found):
    return [(s.state, round(s.start_s, 1), round(s.end_s, 1)) for s in found]


def test_rising_and_sitting_down_behind_a_counter_have_times():
    found = find_stance_changes(scene(person_track(steps([(5.0, RISE_SW), (20.0, 0.0)]))))
    assert [m.kind for m in found] == ["stand_up", "sit_down"]
    assert found[0].start_s == pytest.approx(5.0, abs=0.3) and found[0].end_s == pytest.approx(6.0, abs=0.3)
    assert found[1].start_s == pytest.approx(20.0, abs=0.3) and found[1].end_s == pytest.approx(21.0, abs=0.3)


@pytest.mark.parametrize("scale", [0.5, 1.7])
def test_the_size_in_the_picture_does_not_matter(scale):
    track = person_track(steps([(5.0, RISE_SW)]))
    assert [m.kind for m in find_stance_changes(scene(moved(track, scale, (10, 20))))] == ["stand_up"]


@pytest.mark.parametrize(
    "rise",
    [
        [(0, 0)],
        steps([(5.0, 0.5)]),
        steps([(5.0, RISE_SW)], over_s=8.0),
        steps([(5.0, -RISE_SW), (6.2, 0.0)]),
    ],
    ids=["still", "half the way", "too slow", "down and up at once"],
)
def test_what_is_neither_rising_nor_sitting_down(rise):
    assert find_stance_changes(scene(person_track(rise))) == []


def test_walking_is_no_rising():
    track = person_track([(0, 0), (5, 0), (7, RISE_SW)], [(0, 0), (5, 0), (7, 600)])
    found = scene(track)
    assert find_stance_changes(found) == []
    assert walking(found)[60] and not walking(found)[20]


def test_stances_over_time_are_known_before_and_after_a_change_and_unknown_without_one():
    assert stances_of(states(scene(person_track(steps([(5.0, RISE_SW)]))), 40.0)[0]) == [
        ("sitting", 0.0, pytest.approx(6.0, abs=0.3)), ("standing", pytest.approx(6.0, abs=0.3), 40.0),
    ]  # fmt: skip
    assert stances_of(states(scene(person_track()), 40.0)[0]) == [("unknown", 0.0, 40.0)]


def test_risen_is_only_who_has_been_seen_rising_or_sits_down_later():
    assert not risen(scene(person_track())).any()
    up = risen(scene(person_track(steps([(5.0, RISE_SW), (20.0, 0.0)]))))
    assert not up[40] and up[100] and not up[230]


def test_gaps_are_absences_and_end_a_state():
    track = person_track()
    track = track.part((track.time_s < 10) | (track.time_s > 15))
    stances, activities = states(scene(track), 50.0)
    assert stances_of(stances) == [
        ("unknown", 0.0, 10.0), ("absent", 9.9, 15.1), ("unknown", 15.1, 40.0), ("absent", 39.9, 50.0)
    ]  # fmt: skip
    assert [(a.start_s, round(a.end_s, 1)) for a in activities] == [(0.0, 10.0), (pytest.approx(15.1), 40.0)]
    assert [s.state for s in absences(np.empty(0), 5.0)] == ["absent"]


def test_turning_the_back_is_told_against_the_own_usual_direction():
    found = scene(person_track())
    turned = np.zeros(400)
    turned[100:200] = 150.0
    for usual in (0.0, 140.0):
        codes = stance_codes(replace(found, yaw_deg=(turned + usual + 180) % 360 - 180), ())
        away = codes == STANCES.index(Stance.TURNED_AWAY)
        assert away[110:190].all() and not away[:90].any() and not away[210:].any()


def test_head_down_is_work_and_for_long_to_a_still_hand_like_a_phone():
    down = steps([(10.0, -25.0), (20.0, 0.0)], over_s=0.3)
    track = person_track(pitch_deg=down)
    names = [Activity(s.state) for s in spans(track.time_s, activity_codes(scene(track)), tuple(Activity))]
    assert names == [Activity.ATTENDING, Activity.LIKE_PHONE, Activity.ATTENDING]
    swing = 60.0 * np.sin(np.arange(400) / FPS * 2 * np.pi)
    for joint in (Pose.LEFT_WRIST, Pose.RIGHT_WRIST):
        track.pose_px[:, joint, 0] += swing
    names = [Activity(s.state) for s in spans(track.time_s, activity_codes(scene(track)), tuple(Activity))]
    assert names == [Activity.ATTENDING, Activity.WORKING, Activity.ATTENDING]


def test_without_a_face_nothing_is_said_of_what_somebody_does():
    track = person_track()
    track.face_rotation_deg[:] = np.nan
    assert {s.state for s in states(scene(track), 40.0)[1]} == {"unknown"}


def of_move(name, found, kind):
    (move,) = [m for m in found.moves if m.kind == kind]
    return MEASURES[name].of_move(found, move)


@pytest.mark.parametrize("over_s", [0.5, 1.6, 3.0])
def test_how_long_sitting_down_takes(over_s):
    found = scene(person_track(steps([(5.0, 0.0)], RISE_SW, over_s)))
    assert of_move("sit_down_s", found, "sit_down").value == pytest.approx(over_s, abs=0.4)


def test_standing_before_walking_off():
    at_once = person_track(steps([(5.0, RISE_SW)]), [(0, 0), (6.1, 0), (8.1, 600)])
    later = person_track(steps([(5.0, RISE_SW)]), [(0, 0), (7.5, 0), (9.5, 600)])
    stays = person_track(steps([(5.0, RISE_SW)]))
    cut_off = person_track(steps([(5.0, RISE_SW)]), seconds=7.0)
    assert of_move("stand_still_s", scene(at_once), "stand_up").value < 0.5
    assert of_move("stand_still_s", scene(later), "stand_up").value == pytest.approx(1.5, abs=0.4)
    assert of_move("stand_still_s", scene(stays), "stand_up").value == pytest.approx(3.0, abs=0.2)
    assert np.isnan(of_move("stand_still_s", scene(cut_off), "stand_up").value)
