"""When what a service shows begins: hands that set out, work beside a hand-over, a head lowered out of sight."""

import numpy as np
import pytest

from posture.findings import Activity, CueSeen, Move
from posture.flow.contacts import Visit
from posture.flow.evidence import _true_work, evidence
from posture.flow.hands import _stance_changes
from posture.landmarks import Pose
from posture.measures.common import mid_shoulder, point, steady_width_px
from posture.moves.bows import find_nods
from posture.moves.strokes import way_edge
from posture.states import activity_codes, spans
from tests.service_play import FPS, client_track, person_track, scene, steps


def test_a_hand_that_trembles_at_rest_has_not_set_out():
    time_s = np.arange(60) / FPS
    way = np.interp(time_s, [0, 2.0, 2.6, 4.0, 4.6, 6.0], [0, 0, 1.0, 1.0, 0, 0])
    tremble = 0.02 * np.sin(np.arange(60) * 1.9)
    place = np.stack([way + tremble, tremble], 1)
    speed = np.full(60, 0.4)  # never slow enough for rest
    speed[20:27] = speed[40:47] = 1.7
    assert time_s[way_edge(time_s, speed, place, 30, 0, -1)] == pytest.approx(2.0, abs=0.11)
    assert time_s[way_edge(time_s, speed, place, 35, 59, +1)] == pytest.approx(4.6, abs=0.11)
    hidden = np.where(np.arange(60)[:, None] < 25, np.nan, place)
    assert way_edge(time_s, np.where(np.arange(60) < 25, np.nan, speed), hidden, 30, 0, -1) == 25


def test_a_head_lowered_to_what_is_handed_over_is_no_work():
    given, beside = CueSeen("exchange", 20.0, 21.4, "both"), CueSeen("work", 20.1, 22.0)
    assert _true_work([given, beside]) == [given]
    through = [c for c in _true_work([given, CueSeen("work", 15.0, 30.0)]) if c.cue == "work"]
    assert [(c.start_s, c.end_s) for c in through] == [(15.0, 20.0), (21.4, 30.0)]
    apart = CueSeen("work", 25.0, 30.0)
    assert _true_work([given, apart]) == [given, apart]


def test_nobody_listens_before_the_client_is_in_view():
    clerk, late = scene(person_track()), scene(client_track())
    (whole,) = (c for c in evidence(clerk, late, Visit(2, 0.0, 40.0)).cues if c.cue == "listen")
    (from_view,) = (c for c in evidence(clerk, late, Visit(2, 8.0, 40.0)).cues if c.cue == "listen")
    assert whole.start_s < 1.0 and from_view.start_s == pytest.approx(8.0, abs=0.11)


def test_who_sits_and_leans_forward_has_not_sat_down_again():
    ways = [("sit_down", 5.0), ("sit_down", 9.0), ("stand_up", 20.0), ("sit_down", 25.0)]
    found = scene(person_track()).with_moves(tuple(Move(k, k, 1, t, t + 1, t + 1, t + 1) for k, t in ways))
    assert [m.start_s for m in _stance_changes(found)] == [5.0, 20.0, 25.0]


def doing(track):
    return [Activity(s.state) for s in spans(track.time_s, activity_codes(scene(track)), tuple(Activity))]


DOWN = steps([(10.0, -25.0), (20.0, 0.0)], over_s=0.3)


@pytest.mark.parametrize("lost_s, told", [(3.0, [Activity.LIKE_PHONE]), (6.0, [Activity.WORKING, Activity.UNKNOWN])])
def test_a_face_lost_for_a_while_in_a_lowered_head_is_still_lowered(lost_s, told):
    track = person_track(pitch_deg=DOWN)
    track.face_rotation_deg[(track.time_s > 12.0) & (track.time_s < 12.0 + lost_s)] = np.nan
    found = doing(track)
    assert found[: 1 + len(told)] == [Activity.ATTENDING, *told] and found[-1] is Activity.ATTENDING


def test_a_face_lost_from_a_level_head_says_nothing():
    track = person_track()
    track.face_rotation_deg[(track.time_s > 12.0) & (track.time_s < 15.0)] = np.nan
    assert doing(track) == [Activity.ATTENDING, Activity.UNKNOWN, Activity.ATTENDING]


def with_wrists(track, below_sw):
    """The track with both wrists still, (T,) `below_sw` under the shoulders."""
    found = scene(track)
    y = mid_shoulder(found)[:, 1] + below_sw * steady_width_px(found)
    for joint in (Pose.LEFT_WRIST, Pose.RIGHT_WRIST):
        assert np.isfinite(point(found, joint)).all()
        track.pose_px[:, joint, 1] = y
    return track


def test_hands_where_they_always_lie_hold_no_phone():
    track = person_track(pitch_deg=DOWN)
    assert Activity.LIKE_PHONE not in doing(with_wrists(track, np.full(400, 0.9))), "a desk high under the shoulders"
    lifted = np.where((track.time_s >= 10.0) & (track.time_s <= 20.0), 0.9, 1.1)
    assert Activity.LIKE_PHONE in doing(with_wrists(track, lifted))
    assert Activity.LIKE_PHONE in doing(with_wrists(track, np.full(400, 0.7))), "no desk is so high"


def test_who_raises_the_head_from_work_and_nods_has_nodded_once():
    way = [(0.0, -30.0), (5.1, -30.0), (5.6, 0.0), (6.3, 0.0), (6.6, -14.0), (6.9, 0.0), (40.0, 0.0)]
    found = find_nods(scene(person_track(pitch_deg=way)))
    assert [m.count for m in found] == [1] and found[0].start_s == pytest.approx(6.2, abs=0.21)
