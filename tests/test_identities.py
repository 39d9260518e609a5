"""The measuring of identities, on hand-made cases with known counts; and the tracker on a scene, where there is one."""

import numpy as np
import pytest

from benchmarks import identities, people_composed
from benchmarks.identities import Picture, oks, scored
from posture.observe import ObserveSettings
from tests.test_people import person_at

A, B = person_at(500)[:, :2], person_at(900)[:, :2]


def picture(numbers, found, shown=(True, True)):
    return Picture(np.array([A, B]), np.array(shown), numbers, np.array(found).reshape(-1, 33, 2))


def test_the_same_pose_is_alike_and_another_is_not():
    assert oks(A, A) == 1.0 and oks(A, B) < 1e-6


def test_right_numbers_all_the_time_are_perfect():
    score = scored([picture([1, 2], [A, B])] * 10)
    assert (score.true, score.found, score.paired, score.switches, score.false) == (20, 20, 20, 0, 0)
    assert score.idf1 == 1.0 and score.share_found == 1.0


def test_a_swap_halfway_is_two_switches_and_half_the_idf1():
    score = scored([picture([1, 2], [A, B])] * 5 + [picture([2, 1], [A, B])] * 5)
    assert score.switches == 2 and score.idf1 == 0.5


def test_a_new_number_after_a_gap_is_one_switch():
    score = scored([picture([1, 2], [A, B])] * 4 + [picture([2], [B])] * 2 + [picture([3, 2], [A, B])] * 4)
    assert score.switches == 1 and score.paired == 18
    assert score.idf1 == pytest.approx(2 * 14 / (20 + 18))


def test_one_found_person_is_never_two_true_ones():
    """A number that went over to somebody else who is close: only one of them can be meant."""
    near = A + np.array([1.0, 0.0])
    both = Picture(np.array([A, near]), np.array([True, True]), [1], np.array([A]))
    handed_over = Picture(np.array([A, near]), np.array([True, True]), [1], np.array([near]))
    score = scored([both, handed_over, both])
    assert (score.true, score.paired, score.found) == (6, 3, 3)


def test_who_is_hidden_need_not_be_found_and_ghosts_count_against():
    score = scored([picture([1], [A], shown=(True, False))] * 3 + [picture([1, 9], [A, A + 3000])])
    assert score.true == 5 and score.paired == 4 and score.false == 1
    found_behind = scored([picture([1, 2], [A, B], shown=(True, False))])
    assert (found_behind.true, found_behind.found, found_behind.false) == (1, 1, 0)


@pytest.mark.parametrize(("scene", "people"), [("pass_close", 2), ("four_cross", 4), ("close_row_of_eight", 8)])
def test_composed_scenes_keep_everybody_apart(scene, people, tmp_path, monkeypatch):
    """From the shipped samples; shortened, as two seconds round the crossing tell."""
    plan = people_composed.PLANS[scene]
    part = {k: _shortened(v) for k, v in plan.items()}
    monkeypatch.setitem(people_composed.PLANS, scene, part)
    clip = people_composed.make(scene, tmp_path)
    score, _ = identities.measured(clip, ObserveSettings(hands=False, face=False))
    assert score.switches == 0 and score.share_found > 0.8
    assert score.true > 15 * people


def _shortened(value):
    """The layers of a plan, or a row of them, from 1.2 to 4.2 s."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_shortened(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    (_, a), (_, b) = value["times"][0], value["times"][-1]
    speed = (b - a) / (value["times"][-1][0] - value["times"][0][0])
    return {**value, "times": [[0.0, a + 1.2 * speed], [3.0, a + 4.2 * speed]]}
