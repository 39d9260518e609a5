"""What is true in the clips of the movements set, from their scripts alone."""

import numpy as np
import pytest

from benchmarks.moves_errors import Sample
from benchmarks.moves_truth import _looks, kind_of, true_moves
from posture.library import load_library

CRITERIA = load_library().all_criteria()


def segments(*steps):
    """Pieces of (pose, hold seconds, seconds to get there)."""
    found, now = [], 0.0
    for pose, hold_s, move_s in steps:
        for kind, length_s in (("move", move_s if found else 0.0), ("hold", hold_s)):
            if length_s:
                found.append({"kind": kind, "pose": pose, "start_s": now, "end_s": now + length_s})
                now += length_s
    return found


def test_a_row_of_nods_is_one_movement_and_a_rest_ends_it():
    nod, up = ("desk_nod", 0.05, 0.2), ("desk", 0.05, 0.2)
    moves = true_moves(segments(("desk", 4, 0), nod, up, nod, up, nod, ("desk", 2, 0.7), nod, ("desk", 2, 0.7)))
    assert [(m.kind, m.count) for m in moves] == [("nod", 3), ("nod", 1)]
    assert moves[0].start_s == pytest.approx(4.0) and moves[0].end_s == pytest.approx(5.95)


def test_swings_make_one_wave_and_hands_are_told_from_the_names():
    wave = [("wave_out", 0.05, 0.7), *[("wave_in", 0.05, 0.35), ("wave_out", 0.05, 0.35)] * 2]
    told = segments(("sides", 4, 0), *wave, ("sides", 2, 0.7), ("far_guide_left", 1.5, 0.8), ("fold", 2, 0.7),
                    ("desk_give_one", 1, 0.8), ("fold", 1, 0.7), ("bow30_sides", 1, 1), ("sides", 1, 1))  # fmt: skip
    moves = true_moves(told)
    assert [(m.kind, m.group, m.side) for m in moves] == [
        ("wave_farewell", "gesture", "right"), ("far_guide", "gesture", "left"), ("bow", "bow", ""),
    ]  # fmt: skip
    assert moves[0].count == 2
    assert moves[1].hold_end_s - moves[1].hold_start_s == pytest.approx(1.5)
    assert kind_of("bow_head_only") is None and kind_of("desk_phone") is None


def test_eyes_and_expressions_follow_the_steps_and_ease_in_between():
    script = [["desk", 2.0], ["desk", 1.0, 1.0, {"gaze_yaw": 28}], ["desk", 1.0, 1.0], ["desk_phone", 1.0, 1.0]]
    time_s = np.arange(0, 8, 0.5)
    looks = _looks(script, segments(("desk", 2, 0), ("desk", 1, 1), ("desk", 1, 1), ("desk_phone", 1, 1)), time_s)
    assert looks["gaze_yaw"][[0, 5, 7, 9, 11]] == pytest.approx([0, 14, 28, 14, 0])
    assert looks["gaze_pitch"][time_s == 7.5] == pytest.approx(-12)


def test_only_an_error_towards_a_limit_can_blame():
    stern, bow = CRITERIA["face_pleasant"], CRITERIA["bow_depth"]
    assert Sample("lin", 0.0, 0.0, stern).blame(-0.3) == 0, "there is no limit below"
    assert Sample("lin", 0.0, 0.0, stern).blame(0.3) == pytest.approx(0.3)
    assert Sample("lin", 0.0, 40.0, bow).blame(35.0) == pytest.approx(-5.0), "nearer to the ideal of 30 than truly"
    assert Sample("lin", 0.0, 20.0, bow).blame(17.0) == pytest.approx(3.0)
    assert Sample("lin", 0.0, 5.0, None).blame(3.0) == pytest.approx(2.0)
