"""Who is who over time."""

import numpy as np
import pytest

from posture.crops import groups, tiles_beside
from posture.landmarks import Pose
from posture.people import (
    PeopleTracker,
    body_size_px,
    body_sizes_px,
    is_part_of,
    looks_like_a_person,
    similarity,
    without_duplicates,
)
from tests.stick_figure import Stick, stick_track


def person_at(x, y=450.0, size=100.0, stick=None):
    return stick_track(stick or Stick(), at_px=(x, y), width_px=size, image_size=(4000, 1000)).pose_px[0]


def test_same_place_is_alike_and_far_away_is_not():
    a = person_at(500)
    assert similarity(a, a) == 1.0
    assert similarity(a, person_at(510)) > 0.8
    assert similarity(a, person_at(800)) < 0.01
    assert similarity(a, np.full_like(a, np.nan)) == 0.0


def test_size_is_about_the_same_from_every_side():
    sizes = [body_size_px(stick_track(Stick(), yaw_deg=yaw).pose_px[0]) for yaw in (0, 45, 90)]
    assert max(sizes) / min(sizes) < 1.3


def test_two_people_keep_their_numbers_when_the_detector_swaps_them():
    tracker = PeopleTracker()
    assert tracker.assign(0.0, [person_at(300), person_at(700)]) == [1, 2]
    assert tracker.assign(0.1, [person_at(702), person_at(303)]) == [2, 1]


def test_people_who_cross_keep_their_numbers():
    tracker = PeopleTracker()
    for k in range(60):
        left, right = person_at(300 + 15 * k), person_at(1200 - 15 * k, y=480)
        order = [left, right] if k % 3 else [right, left]
        numbers = tracker.assign(k / 10, order)
        assert numbers == ([1, 2] if k % 3 else [2, 1]), f"at {k / 10} s"


def test_a_short_occlusion_keeps_the_number_and_a_long_one_does_not():
    tracker = PeopleTracker(memory_s=3.0)
    tracker.assign(0.0, [person_at(500)])
    assert tracker.assign(0.1, []) == []
    assert tracker.assign(2.5, [person_at(520)]) == [1]
    assert tracker.assign(9.0, [person_at(520)]) == [2]


def test_a_brisk_walker_stays_one_person():
    tracker = PeopleTracker()
    numbers = {tracker.assign(k / 10, [person_at(100 + 40 * k)])[0] for k in range(60)}
    assert numbers == {1}


def test_somebody_new_gets_a_new_number():
    tracker = PeopleTracker()
    tracker.assign(0.0, [person_at(500)])
    assert tracker.assign(0.1, [person_at(500), person_at(900)]) == [1, 2]


def test_one_person_found_twice_is_one():
    assert without_duplicates([person_at(500), person_at(505), person_at(900)], [0.9, 0.99, 0.8]) == [1, 2]


def test_lettering_is_no_person():
    wide = person_at(500)
    wide[:, 0] *= 30
    assert looks_like_a_person(person_at(500)) and not looks_like_a_person(wide)
    spread = person_at(500, stick=Stick(arm_out=(90, 90)))
    assert looks_like_a_person(spread)


def test_a_person_made_up_from_a_part_of_another_is_recognised():
    whole = person_at(500)
    legs = whole[[Pose.LEFT_HIP, Pose.RIGHT_HIP, Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE], :2]
    ghost = person_at(float(legs[:, 0].mean()), float(legs[:, 1].mean()), size=45)
    assert is_part_of(ghost, whole)
    assert not is_part_of(person_at(900), whole)
    assert not is_part_of(whole, ghost)


def test_people_who_appear_together_are_numbered_from_left_to_right():
    right, left, middle = (stick_track(Stick(), at_px=(x, 450)).pose_px[0] for x in (800, 200, 500))
    tracker = PeopleTracker()
    assert tracker.assign(0.0, [right, left]) == [2, 1]
    assert tracker.assign(0.1, [left, middle, right]) == [1, 3, 2]


def test_who_stands_before_another_keeps_the_number_and_the_hidden_one_gets_theirs_back():
    tracker = PeopleTracker(memory_s=5.0)
    for k in range(10):
        assert tracker.assign(k / 10, [person_at(400 + 30 * k, size=110), person_at(760)]) == [1, 2]
    for k in range(10, 32):  # hidden for more than two seconds
        assert tracker.assign(k / 10, [person_at(700, size=110)]) == [1], f"at {k / 10} s"
    for k in range(32, 45):
        assert tracker.assign(k / 10, [person_at(700 - 30 * (k - 31), size=110), person_at(760)]) == [1, 2]


def test_two_who_meet_and_go_back_keep_their_numbers():
    tracker = PeopleTracker()
    places = [*range(0, 10), *[10] * 8, *range(10, 0, -1)]
    for k, step in enumerate(places):
        left, right = person_at(300 + 20 * step), person_at(800 - 20 * step, y=470, size=90)
        both = [left] if step == 10 else [left, right]
        assert tracker.assign(k / 10, both) == [1, 2][: len(both)], f"at {k / 10} s"


def test_another_of_quite_another_size_at_the_same_place_is_somebody_else():
    tracker = PeopleTracker()
    for k in range(6):
        tracker.assign(k / 10, [person_at(500)])
    assert tracker.assign(1.5, [person_at(500, size=45)]) == [2]


def test_those_missed_in_a_picture_are_expected_where_they_were_going():
    tracker = PeopleTracker()
    for k in range(8):
        tracker.assign(k / 10, [person_at(300 + 20 * k), person_at(1200)])
    expected, *stayed = tracker.missing(0.9, [person_at(1200)], since_s=1.0)
    assert similarity(expected, person_at(480)) > 0.95 and len(stayed) == 1
    assert tracker.missing(5.0, [], since_s=1.0) == []


def test_who_walked_out_of_sight_may_also_have_stayed():
    tracker = PeopleTracker()
    for k in range(8):
        tracker.assign(k / 10, [person_at(300 + 40 * k), person_at(1800)])
    going, stayed = tracker.missing(1.5, [person_at(1800)], since_s=3.0)
    assert similarity(going, person_at(900)) > 0.95
    assert similarity(stayed, person_at(580)) > 0.95


def test_who_was_hardly_seen_is_not_looked_for_long():
    tracker = PeopleTracker()
    for k in range(8):
        tracker.assign(k / 10, [person_at(500)] if k < 6 else [person_at(500), person_at(1500)])
    assert len(tracker.missing(0.9, [person_at(500)], since_s=3.0)) == 1
    assert tracker.missing(1.2, [person_at(500)], since_s=3.0) == []


def two_close_together():
    """A tracker that has known two people for 0.8 s, and how they stand."""
    tracker, left, right = PeopleTracker(), person_at(500), person_at(640)
    for k in range(8):
        tracker.assign(k / 10, [left, right])
    return tracker, left, right


def test_who_has_long_been_out_of_sight_makes_nobody_neither():
    """Two who were lost about where a third stands now: that one is somebody, though unlike both."""
    tracker, left, right = two_close_together()
    third = (left + right) / 2
    assert tracker.in_between(0.9, third)
    assert not tracker.in_between(2.0, third)


def test_a_pose_between_two_close_people_is_neither():
    tracker, left, right = two_close_together()
    mixed = (left + right) / 2
    assert tracker.in_between(0.8, mixed)
    assert not tracker.in_between(0.8, left) and not tracker.in_between(0.8, right)
    assert not tracker.in_between(0.8, person_at(1500))


def test_neighbours_share_a_crop_and_far_ones_do_not():
    row = [person_at(x, size=40) for x in (500, 590, 1500)]
    found = groups(row, (4000, 1000))
    assert [who for _, who in found] == [[0, 1], [2]]
    for box, who in found:
        for i in who:
            low, high = row[i][:, :2].min(0), row[i][:, :2].max(0)
            assert box.left <= low[0] and box.right >= high[0] and box.top <= low[1] and box.bottom >= high[1]


def test_tiles_are_laid_beside_small_people_only():
    small, large = person_at(500, size=30), person_at(500, y=500, size=200)
    beside = tiles_beside([small], (1600, 900))
    assert beside and all(box.right - box.left == box.bottom - box.top for box in beside)
    assert beside[0].left == 0 and beside[-1].right == 1600
    assert tiles_beside([large], (1600, 900)) == []


def test_sizes_of_a_track_are_those_of_its_samples():
    track = stick_track([Stick(trunk_forward=a) for a in (0.0, 30.0, 60.0)], yaw_deg=40)
    track.pose_px[1, Pose.LEFT_SHOULDER] = np.nan
    assert body_sizes_px(track.pose_px) == pytest.approx([body_size_px(pose) for pose in track.pose_px], rel=1e-5)
