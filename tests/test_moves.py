"""Movements: gestures, hand-overs, bows, nods and walks are found where they are, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.check import _judge_moves
from posture.findings import Move, PoseSegment, Reason, Verdict, View
from posture.geometry import turning_points
from posture.judge_moves import judge_moves, readings
from posture.landmarks import Pose
from posture.library import load_library
from posture.measures import MEASURES
from posture.measures.registry import Reading
from posture.moves import find_moves
from posture.moves.arms import distance_tl, find_gestures, shapes_in_picture
from posture.moves.hand_overs import hand_overs_gone_on, without_hand_overs
from tests.arm_player import arm_points, played, scene_of_track
from tests.stick_figure import Stick, stick_track

LIBRARY = load_library()
SERVICE = [g for g in LIBRARY.gestures.values() if g.group != "none"]
REST = LIBRARY.gestures["no_gesture"].shapes
HELD = [g.id for g in SERVICE if g.arms != "both" and not g.swings_from]
OTHER = {"left": "right", "right": "left"}


def rest(number=1):
    return {side: arm_points(REST[number], "right", side) for side in ("left", "right")}


def gesture_once(name, side, fps=10.0, yaw_deg=0.0, hold_s=1.5):
    """Hanging arms for 4 s, 0.8 s up, the hold, 0.8 s down, hanging for 3 s."""
    gesture = LIBRARY.gestures[name]
    held = {**rest(), side: arm_points(gesture.shapes[0], "right", side)}
    if gesture.arms != "either":
        held[OTHER[side]] = arm_points(gesture.shapes[0], "left", OTHER[side])
    return played(
        [(rest(), 4.0), (held, 0.8), (held, hold_s), (rest(), 0.8), (rest(), 3.0)], fps, yaw_deg
    )  # fmt: skip


def found_in(scene, asked=None):
    return find_gestures(scene, list(LIBRARY.gestures.values()), asked)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", HELD)
def test_every_gesture_is_known_by_itself_with_either_hand(name, side):
    (move,) = found_in(gesture_once(name, side))
    assert (move.kind, move.side, move.group) == (name, side, LIBRARY.gestures[name].group)
    assert move.start_s == pytest.approx(4.0, abs=0.3) and move.end_s == pytest.approx(7.1, abs=0.3)
    assert move.hold_start_s == pytest.approx(4.8, abs=0.3) and move.hold_end_s == pytest.approx(6.3, abs=0.3)
    assert move.similarity > 70


@pytest.mark.parametrize("fps", [5.0, 15.0, 25.0])
def test_the_sampling_does_not_change_what_is_found(fps):
    (move,) = found_in(gesture_once("far_guide", "right", fps=fps))
    assert move.kind == "far_guide"
    assert (move.start_s, move.end_s) == pytest.approx((4.0, 7.1), abs=0.25 + 1 / fps)


def test_uneven_sampling_does_not_cut_a_gesture_in_pieces():
    scene = gesture_once("far_guide", "right", fps=15.0)
    kept = np.isin(np.arange(len(scene.track)) % 6, (0, 4))
    scene = replace(scene, track=scene.track.part(kept), view=scene.view[kept], yaw_deg=scene.yaw_deg[kept])
    assert [m.kind for m in found_in(scene)] == ["far_guide"]


@pytest.mark.parametrize("yaw_deg", [-15, 15, 30])
@pytest.mark.parametrize("name", ["far_guide", "hand_raise", "slant_seat"])
def test_somebody_turned_aside_is_understood_too(name, yaw_deg):
    assert [m.kind for m in found_in(gesture_once(name, "right", yaw_deg=yaw_deg))] == [name]


def smaller(scene, share):
    scene.track.pose_px[..., :2] *= share
    return replace(scene)  # nothing of it kept from before


@pytest.mark.parametrize(
    "name, width_px, told", [("far_guide", 45, 1), ("far_guide", 30, 0), ("give", 60, 1), ("give", 42, 0)]
)
def test_a_gesture_is_told_from_the_size_on_at_which_its_shape_stands_out_of_the_noise(name, width_px, told):
    scene = gesture_once(name, "right")
    width = np.ptp(scene.track.pose_px[0, [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER], 0])
    assert len(found_in(smaller(scene, width_px / width))) == told


def test_the_camera_of_a_small_figure_is_far_and_its_shapes_are_drawn_from_there():
    """Arms held out to a far camera look no nearer: found as if 5 trunk lengths away they are another shape."""
    give = LIBRARY.gestures["give"]
    near, far = (shapes_in_picture([give], "right", 0.0, 0.0, d)[0, 2] for d in (5.0, 17.0))
    assert np.hypot(*(near - far)) > 0.1
    scene = gesture_once("far_guide", "right")
    assert distance_tl(scene) == pytest.approx(5.0, abs=0.5)
    assert distance_tl(smaller(scene, 0.25)) == pytest.approx(4 * 0.8 * 1000 / 167, rel=0.1)


def test_from_the_side_no_gesture_is_claimed():
    assert found_in(gesture_once("far_guide", "right", yaw_deg=80)) == []


def test_both_arms_are_one_gesture():
    (move,) = found_in(gesture_once("both_arms", "right"))
    assert (move.kind, move.side) == ("both_arms", "both")


def test_a_wave_is_a_raised_hand_that_swings():
    raised = {**rest(), "right": arm_points(LIBRARY.gestures["hand_raise"].shapes[0], "right", "right")}
    out = {**rest(), "right": arm_points(LIBRARY.gestures["wave_farewell"].shapes[0], "right", "right")}
    swings = [(out, 0.3), (out, 0.1), (raised, 0.3), (raised, 0.1)] * 3
    scene = played([(rest(), 4.0), (raised, 0.8), (raised, 0.2), *swings, (rest(), 0.8), (rest(), 2.0)])
    (move,) = found_in(scene)
    assert move.kind == "wave_farewell" and 2 <= move.count <= 4


def test_giving_with_both_hands_is_one_hand_over_and_with_one_hand_another():
    give = LIBRARY.gestures["give"].shapes[0]
    both = {side: arm_points(give, "right", side) for side in ("left", "right")}
    (move,) = found_in(played([(rest(), 4.0), (both, 0.8), (both, 1.5), (rest(), 0.8), (rest(), 2.0)]))
    assert (move.group, move.side) == ("hand_over", "both")
    (move,) = found_in(gesture_once("give", "left"))
    assert (move.group, move.side) == ("hand_over", "left")


def folded_or_giving(fingers_up_sw):
    """Arms that the pose model sees as folded hands; both hands seen with the fingers so far over the wrists."""
    fold = {side: arm_points(REST[2], "right", side) for side in ("left", "right")}
    scene = played([(rest(), 4.0), (fold, 0.8), (fold, 2.0), (rest(), 0.8), (rest(), 3.0)])
    held = (scene.track.time_s >= 4.8) & (scene.track.time_s < 6.8)
    for side in (0, 1):
        scene.track.hands_px[held, side] = 500.0
        scene.track.hands_px[held, side, 12, 1] -= fingers_up_sw * 120.0
    return scene


@pytest.mark.parametrize("fingers_up_sw, told", [(0.12, [("give", "both")]), (-0.2, [])])
def test_hands_held_out_under_a_paper_are_told_from_folded_ones_by_the_hand_model(fingers_up_sw, told):
    assert [(m.kind, m.side) for m in found_in(folded_or_giving(fingers_up_sw))] == told


def test_one_hand_seen_is_not_enough_to_tell_a_hand_over_from_folded_hands():
    scene = folded_or_giving(0.12)
    scene.track.hands_px[:, 0] = np.nan
    assert found_in(scene) == []


def test_a_hand_over_that_is_lost_for_a_moment_is_one():
    first = Move("give", "hand_over", 1, 1.0, 1.8, 2.4, 3.2, side="both")
    goes_on = replace(first, start_s=2.8, hold_start_s=3.0, hold_end_s=4.0, end_s=4.6)
    later = replace(first, start_s=4.5, hold_start_s=5.6, hold_end_s=6.4, end_s=7.0)
    assert hand_overs_gone_on([first, goes_on, later]) == [replace(first, hold_end_s=4.0, end_s=4.6), later]
    assert len(hand_overs_gone_on([first, replace(goes_on, side="left")])) == 2


def test_a_pose_that_is_a_hand_over_is_not_held():
    fold, sides = PoseSegment("fold", 2.0, 5.0, 92.0, False), PoseSegment("sides", 0.0, 2.2, 95.0, False)
    give = Move("give", "hand_over", 1, 1.8, 2.4, 4.6, 5.2, side="both")
    assert without_hand_overs((sides, fold), (give,)) == (sides,)
    assert without_hand_overs((sides, fold), ()) == (sides, fold)


def test_the_other_hand_tells_a_front_sweep_from_giving():
    """Before the body both hands look alike: busy with a folder beside it, giving together with the other one."""
    shape = LIBRARY.gestures["front_sweep"].shapes[0]
    sweeps = arm_points(shape, "right", "right")
    for other, kinds in (
        (arm_points(shape, "left", "left"), [("front_sweep", "right")]),
        (arm_points(LIBRARY.gestures["give"].shapes[0], "right", "left"), [("give", "left")]),
    ):
        held = {"left": other, "right": sweeps}
        found = found_in(played([(rest(), 4.0), (held, 0.8), (held, 1.5), (rest(), 0.8), (rest(), 2.0)]))
        assert [(m.kind, m.side) for m in found] == kinds


def test_hands_that_do_the_same_before_the_body_make_no_gesture_of_one_hand():
    bent = LIBRARY.gestures["bent_arm"].shapes[0]
    both = {side: arm_points(bent, "right", side) for side in ("left", "right")}
    found = found_in(played([(rest(), 4.0), (both, 0.8), (both, 1.5), (rest(), 0.8), (rest(), 2.0)]))
    assert all(m.group == "hand_over" for m in found)


DESK = 2
"""The shape of arms on the counter among the arms at rest."""


def reaching(sides, elbow_in_sw=0.13, wrist_out_sw=0.05, tips_up_sw=0.12, at_it_s=12.0, hold_s=1.5):
    """At a counter that hides the hips: at work, both arms or one reaching forward, at work again."""
    works = {side: arm_points(REST[DESK], "right", side) for side in ("left", "right")}
    reach = {side: points.copy() for side, points in works.items()}
    for side in sides:
        width = abs(REST[DESK]["left_shoulder"][0]) * 2
        out = width * (1 if side == "left" else -1)
        reach[side][1, 0] -= elbow_in_sw * out
        reach[side][2, 0] += wrist_out_sw * out
        reach[side][3] += (wrist_out_sw * out, tips_up_sw * width, 0)
    scene = played([(works, at_it_s), (reach, 0.8), (reach, hold_s), (works, 0.8), (works, at_it_s / 2)])
    pixels = scene.track.pose_px.copy()
    pixels[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]] = np.nan
    return replace(scene, track=replace(scene.track, pose_px=pixels))


def all_in(scene):
    return [m for m in find_moves(scene, LIBRARY.gestures) if m.group in ("gesture", "hand_over")]


def test_both_arms_that_reach_over_the_counter_hand_over():
    (move,) = all_in(reaching(("left", "right")))
    assert (move.kind, move.group, move.side) == ("give", "hand_over", "both")
    assert move.start_s == pytest.approx(12.2, abs=0.4) and move.end_s == pytest.approx(15.0, abs=0.5)


@pytest.mark.parametrize(
    "scene",
    [
        reaching(("right",)),
        reaching(("left", "right"), elbow_in_sw=0.02, wrist_out_sw=0.0, tips_up_sw=0.02),
        reaching(("left", "right"), hold_s=7.0),
        reaching(("left", "right"), at_it_s=1.5),
        replace(reaching(("left", "right")), view=np.full(len(reaching(("left", "right")).view), View.OBLIQUE)),
    ],
    ids=["one arm", "hardly", "for long", "own way unknown", "oblique"],
)
def test_reaching_that_may_be_something_else_is_no_hand_over(scene):
    assert all_in(scene) == []


def test_a_hidden_hand_or_elbow_at_the_counter():
    scene = reaching(("left", "right"))
    for hidden, found in ((Pose.LEFT_WRIST, 1), (Pose.LEFT_ELBOW, 0)):
        pixels = scene.track.pose_px.copy()
        pixels[:, hidden] = np.nan
        assert len(all_in(replace(scene, track=replace(scene.track, pose_px=pixels)))) == found


def test_an_arm_stretched_past_the_counter_shows_the_way():
    """Low fingertips behind a counter lie on it, but not far out beside the body."""
    held = {"right": arm_points(LIBRARY.gestures["mid_guide"].shapes[-1], "right", "right")}
    works = {side: arm_points(REST[DESK], "right", side) for side in ("left", "right")}
    scene = played([(works, 4.0), (works | held, 0.8), (works | held, 1.5), (works, 0.8), (works, 3.0)])
    pixels = scene.track.pose_px.copy()
    pixels[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]] = np.nan
    scene = replace(scene, track=replace(scene.track, pose_px=pixels))
    assert [m.kind for m in all_in(scene)] == ["mid_guide"]


def test_a_hand_that_keeps_a_folder_while_the_other_shows_the_way_gives_nothing():
    keeps = arm_points(LIBRARY.gestures["give"].shapes[0], "right", "left")
    shows = arm_points(LIBRARY.gestures["near_guide"].shapes[0], "right", "right")
    held = {"left": keeps, "right": shows}
    found = found_in(played([(rest(), 4.0), (held, 0.8), (held, 1.5), (rest(), 0.8), (rest(), 2.0)]))
    assert [m.kind for m in found] == ["near_guide"]


def test_reading_for_long_is_no_hand_over():
    assert found_in(gesture_once("give", "right", hold_s=8.0)) == []


@pytest.mark.parametrize("number", range(len(REST)))
def test_rest_and_work_are_no_gestures(number):
    at_it = {side: arm_points(REST[number], "right", side) for side in ("left", "right")}
    for scene in (
        played([(at_it, 8.0)]),
        played([(rest(), 4.0), (at_it, 0.6), (at_it, 2.0), (rest(), 0.6), (rest(), 3.0)]),
    ):
        assert found_in(scene) == []


def test_an_arm_that_only_passes_makes_no_gesture():
    near = {**rest(), "right": arm_points(LIBRARY.gestures["near_guide"].shapes[0], "right", "right")}
    assert found_in(played([(rest(), 4.0), (near, 0.3), (near, 0.1), (rest(), 0.3), (rest(), 3.0)])) == []


def test_hidden_arms_and_nobody_give_nothing():
    scene = gesture_once("far_guide", "right")
    pixels = scene.track.pose_px.copy()
    pixels[:, [Pose.RIGHT_WRIST, Pose.RIGHT_INDEX]] = np.nan
    assert found_in(replace(scene, track=replace(scene.track, pose_px=pixels))) == []
    assert found_in(replace(scene, track=scene.track.part(slice(0, 0)), view=scene.view[:0], yaw_deg=np.empty(0))) == []


def test_asked_for_one_gesture_no_other_is_looked_for():
    scene = gesture_once("far_guide", "right")
    assert [m.kind for m in found_in(scene, "far_guide")] == ["far_guide"]
    assert found_in(scene, "hand_raise") == []


def test_a_still_picture_shows_its_gesture():
    held = {**rest(), "right": arm_points(LIBRARY.gestures["far_guide"].shapes[0], "right", "right")}
    (move,) = found_in(played([(held, 0.1)]))
    assert move.kind == "far_guide" and move.start_s == move.end_s


def test_turning_points_count_ways_that_are_long_enough():
    assert turning_points(np.array([0, 1, 0, 1, 0.0]), 0.5) == 3
    assert turning_points(np.array([0, 0.2, 0, 0.2]), 0.5) == 0
    assert turning_points(np.empty(0), 0.5) == 0


def active(name):
    (one,) = [a for a in LIBRARY.criteria_of_moves() if a.criterion.id == name]
    return one


def judged(name, value, view=View.FRONT, reason=None):
    move = Move(active(name).criterion.moves[0], "gesture", 1, 1.0, 1.5, 2.5, 3.0, "right")
    reading = Reading(value, reason)
    error = active(name).errors.get(view, float("nan"))
    why = reason if view in active(name).errors else Reason.WRONG_VIEW
    return judge_moves(active(name), [(move, reading, view, error, why)], 1, False)


@pytest.mark.parametrize("criterion", [a.criterion.id for a in LIBRARY.criteria_of_moves() if a.errors])
def test_every_criterion_of_movements_is_met_broken_or_not_assessable(criterion):
    c, errors = active(criterion).criterion, active(criterion).errors
    view = next(iter(errors))
    assert judged(criterion, c.ideal, view).verdict == Verdict.OK
    limit, sign = (c.allowed.high, 1) if c.allowed.high is not None else (c.allowed.low, -1)
    broken = judged(criterion, limit + sign * 1.05 * errors[view], view)
    assert broken.verdict == Verdict.DEVIATION
    (d,) = broken.deviations
    assert (d.start_s, d.end_s, d.worst_s, d.move) == (1.0, 3.0, 2.0, c.moves[0])
    assert judged(criterion, limit + sign * 0.5 * errors[view], view).verdict == Verdict.BORDERLINE
    assert judged(criterion, float("nan"), view, Reason.NOT_VISIBLE).verdict == Verdict.NOT_ASSESSABLE
    blind = judged(criterion, c.ideal, View.BACK)
    assert blind.verdict == Verdict.NOT_ASSESSABLE and blind.not_assessable_s == {Reason.WRONG_VIEW: 2.0}


def test_criteria_of_movements_that_were_not_made_do_not_apply():
    scene = played([(rest(), 8.0)])
    results, series = _judge_moves(replace(scene, moves=find_moves(scene, LIBRARY.gestures)), LIBRARY, False)
    assert results == () and series == {}


def test_a_one_handed_hand_over_is_a_fault_and_a_two_handed_one_is_right():
    give = LIBRARY.gestures["give"].shapes[0]
    both = {side: arm_points(give, "right", side) for side in ("left", "right")}
    for scene, verdict in (
        (played([(rest(), 4.0), (both, 0.8), (both, 1.5), (rest(), 0.8), (rest(), 2.0)]), Verdict.OK),
        (gesture_once("give", "right"), Verdict.DEVIATION),
    ):
        scene = replace(scene, moves=find_moves(scene, LIBRARY.gestures))
        results, _ = _judge_moves(scene, LIBRARY, False)
        assert {r.criterion: r.verdict for r in results}["handover_two_hands"] == verdict


def test_readings_name_the_view_of_the_moment():
    scene = gesture_once("far_guide", "right")
    scene = replace(scene, moves=find_moves(scene, LIBRARY.gestures))
    ((move, reading, view, error, reason),) = readings(active("far_guide_height"), scene, LIBRARY)
    assert (view, reason) == (View.FRONT, None) and error > 0
    assert reading.value == pytest.approx(-0.2, abs=0.15)
    assert move.kind == "far_guide"


@pytest.mark.parametrize("pause_s, verdict", [(2.0, Verdict.DEVIATION), (12.0, Verdict.OK)])
def test_many_gestures_in_a_minute_are_too_many(pause_s, verdict):
    near = {**rest(), "right": arm_points(LIBRARY.gestures["near_guide"].shapes[0], "right", "right")}
    once = [(rest(), pause_s), (near, 0.8), (near, 1.0), (rest(), 0.8)]
    scene = played([*(once * round(70 / (pause_s + 2.6))), (rest(), 2.0)])
    scene = replace(scene, moves=find_moves(scene, LIBRARY.gestures))
    results, _ = _judge_moves(scene, LIBRARY, False)
    assert {r.criterion: r.verdict for r in results}["gestures_few"] == verdict


def test_how_many_gestures_a_minute_has_is_not_known_from_less():
    scene = gesture_once("near_guide", "right")
    scene = replace(scene, moves=find_moves(scene, LIBRARY.gestures))
    results, _ = _judge_moves(scene, LIBRARY, False)
    found = {r.criterion: r for r in results}["gestures_few"]
    assert found.verdict == Verdict.NOT_ASSESSABLE and set(found.not_assessable_s) == {Reason.TOO_SHORT}


def hand_points(spread, palm_width=0.5, curled=False):
    """A raised hand of 60 px, fingertips `spread` palm widths apart; knuckles `palm_width` of the way to the middle."""
    hand = np.zeros((21, 3))
    width = 60 * palm_width
    for i, (first, _, _) in enumerate(((5, 6, 8), (9, 10, 12), (13, 14, 16), (17, 18, 20))):
        x = (i - 1) * width / 3
        hand[first] = (x, -60, 0)
        tip = (i - 1) * spread * width
        bent = curled and i > 0
        for k, up in enumerate((25, 40, 50), 1):
            hand[first + k] = (x + (tip - x) * up / 50, -60 - (25 - (up - 25) if bent else up), 0)
    return hand


def gap_of(hand):
    """The reading of finger_gap_ratio while this right hand is raised."""
    scene = scene_of_track(stick_track(Stick(), n=20, fps=10.0))
    hands = np.full((20, 2, 21, 3), np.nan, np.float32)
    hands[:, 1] = hand
    scene = replace(scene, track=replace(scene.track, hands_px=hands))
    move = Move("hand_raise", "gesture", 1, 0.2, 0.5, 1.5, 1.8, side="right")
    return MEASURES["finger_gap_ratio"].of_move(scene, move)


def test_finger_gaps_are_told_of_hands_that_show_their_palm_and_do_not_point():
    assert gap_of(hand_points(0.4)).value == pytest.approx(0.4, abs=0.01)
    assert gap_of(hand_points(0.8)).value == pytest.approx(0.8, abs=0.01)
    edge_on, pointing = gap_of(hand_points(0.4, palm_width=0.3)), gap_of(hand_points(0.4, curled=True))
    assert np.isnan(edge_on.value) and edge_on.reason == Reason.ERROR_TOO_LARGE
    assert np.isnan(pointing.value) and pointing.reason == Reason.ERROR_TOO_LARGE


def test_hands_of_which_the_pose_model_is_unsure_are_taken_from_the_hand_model():
    scene = gesture_once("give", "right")
    held = (scene.track.time_s >= 4.2) & (scene.track.time_s < 6.9)
    wrist, tips = Pose.RIGHT_WRIST, Pose.RIGHT_INDEX
    scene.track.hands_px[:, 1, [0, 5, 8], :2] = scene.track.pose_px[:, [wrist, tips, tips], :2]
    scene.track.pose_px[np.ix_(held, [wrist, tips])] = np.nan
    (move,) = found_in(scene)
    assert (move.kind, move.side) == ("give", "right")
    scene.track.hands_px[...] = np.nan
    assert found_in(replace(scene)) == [], "without it the arm is not seen"
