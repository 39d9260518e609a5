"""The drill: a performance laid over its reference in time, a group over its leader, and the files of performances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.drill import files
from posture.drill.align import MOMENTS, align, moments_of
from posture.drill.compare import compare, verdict_of
from posture.drill.find import occurrences
from posture.drill.group import follow
from posture.drill.motion import CHANGE, CHANNELS, RATE_PER_S, Motion, Performance, Why, changes, cut, even, motion_of
from posture.drill.record import Unfit, motions_of, movements, person_of, practised, recorded
from posture.errors import ReferenceFileError, UnusableInputError
from posture.findings import Move, Verdict, View
from posture.landmarks import Observation, Pose
from posture.library import load_library
from posture.moves import find_moves
from posture.reference_files import ReferenceProblems
from tests.arm_player import arm_points, played
from tests.test_bows import bow
from tests.test_moves import rest

LIBRARY, LIMITS = load_library(), files.load_limits()
RESTS = {"right_arm": 6.0, "right_forearm": 5.0, "right_hand_out": 0.1, "right_hand_down": 1.5}
GOES = {"right_arm": 40.0, "right_forearm": 80.0, "right_hand_out": 0.8, "right_hand_down": -0.6}


def course(start_s, going_s, hold_s, back_s, length_s):
    """(T,) share of the way at every sample: eased there, held, eased back."""
    t = np.arange(round(length_s * RATE_PER_S) + 1) / RATE_PER_S
    there = np.clip((t - start_s) / going_s, 0, 1)
    back = np.clip((t - start_s - going_s - hold_s) / back_s, 0, 1)
    return t, (0.5 - 0.5 * np.cos(np.pi * there)) * (0.5 + 0.5 * np.cos(np.pi * back))


def motion(start_s=3.0, going_s=0.8, hold_s=1.5, back_s=0.8, size=1.0, person=1, length_s=12.0, recognised=True):
    """Somebody who makes one gesture with the right hand; `size` is a share of the way of every channel."""
    t, share = course(start_s, going_s, hold_s, back_s, length_s)
    values = {c: np.full(len(t), np.nan) for c in CHANNELS}
    for channel, before in RESTS.items():
        values[channel] = before + size * GOES[channel] * share
    end_s = start_s + going_s + hold_s + back_s
    move = Move("near_guide", "gesture", person, start_s, start_s + going_s, end_s - back_s, end_s, "right")
    return Motion(person, t, values, np.full(len(t), View.FRONT, object), (move,) if recognised else ())


def performance(**how):
    made = motion(**how)
    return cut(made, made.moves[0])


REFERENCE = performance()


@settings(max_examples=40, deadline=None)
@given(st.floats(-2.0, 4.0))
def test_a_shift_in_time_is_found_as_the_lag(lag_s):
    own = performance(start_s=3.0 + lag_s)
    laid = align(REFERENCE, own, REFERENCE.timing())
    for moment in MOMENTS:
        assert laid.own_s[moment] - laid.moments_s[moment] == pytest.approx(lag_s, abs=0.04), moment


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 2.0), st.floats(0.6, 2.0))
def test_stretched_time_is_found_as_the_tempo_and_the_length_of_the_hold(k, hold):
    comparison = compare(REFERENCE, performance(going_s=0.8 * k, hold_s=1.5 * hold, back_s=0.8 * k), LIMITS)
    for way in ("going", "return"):
        # Twice as slow is the steepest way that is laid over: there, with a short hold, 0.14 s are missing.
        assert 0.8 / comparison.tempo[way] == pytest.approx(0.8 * k, abs=0.15 if k > 1.95 else 0.12), way
    (held,) = (f for f in comparison.findings if f.aspect == "hold")
    assert held.difference == pytest.approx(1.5 * (hold - 1) + 0.8 * 0.51 * (k - 1), abs=0.12)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.4, 1.6))
def test_scaled_size_is_found_as_degrees_at_the_hold(size):
    comparison = compare(REFERENCE, performance(size=size), LIMITS)
    for f in comparison.findings:
        if f.aspect == "peak":
            assert f.difference == pytest.approx(GOES[f.channel] * (size - 1), abs=0.5)
            excess = abs(GOES[f.channel] * (size - 1)) - f.allowed
            assert (f.verdict == Verdict.DEVIATION) == (excess > f.error) or abs(excess - f.error) < 0.5
            assert f.way == ("" if f.verdict != Verdict.DEVIATION else "too_small" if size < 1 else "too_large")
        elif f.aspect != "form":
            assert abs(f.difference) < 0.05, "the size does not change the time"


def test_the_same_again_is_met_everywhere_and_nothing_is_claimed():
    comparison = compare(REFERENCE, REFERENCE, LIMITS)
    assert {f.verdict for f in comparison.findings} == {Verdict.OK}
    assert {f.aspect for f in comparison.findings} == {"going", "hold", "return", "peak", "form"}


def test_too_fast_too_slow_and_held_too_short_are_named():
    fast = compare(performance(going_s=1.4), performance(going_s=0.5), LIMITS)
    slow = compare(REFERENCE, performance(going_s=1.8, hold_s=0.3), LIMITS)
    assert {f.aspect: f.way for f in fast.deviations}["going"] == "too_fast"
    assert {f.aspect: f.way for f in slow.deviations}["going"] == "too_slow"
    assert {f.aspect: f.way for f in slow.deviations}["hold"] == "too_short"
    assert slow.behind_s["arrive"] == pytest.approx(0.51, abs=0.1), "0.15 to 0.85 of a second more"


def test_within_the_measuring_error_nothing_is_claimed():
    assert verdict_of(1.2, 1.0, 0.3) == (Verdict.BORDERLINE, None)
    assert verdict_of(-1.4, 1.0, 0.3) == (Verdict.DEVIATION, None)
    assert verdict_of(-0.9, 1.0, 0.3) == (Verdict.OK, None)
    assert verdict_of(9.0, 1.0, 1.1) == (Verdict.NOT_ASSESSABLE, Why.ERROR_TOO_LARGE)


def test_the_joint_and_the_moment_that_differ_most_are_named():
    own = performance()
    values = dict(own.values)
    bump = 60.0 * np.exp(-(((own.time_s - 2.45) / 0.3) ** 2))
    values["left_arm"], there = 6.0 + bump, dict(REFERENCE.values)
    there["left_arm"] = np.full(len(bump), 6.0)
    comparison = compare(replace(REFERENCE, values=there), replace(own, values=values), LIMITS)
    (form,) = (f for f in comparison.findings if f.aspect == "form")
    assert (form.channel, form.verdict, form.way) == ("left_arm", Verdict.DEVIATION, "differs")
    assert form.at_s == pytest.approx(2.45, abs=0.15) and form.difference == pytest.approx(55, abs=6)


def hidden(one, channels, share):
    """The performance with the last `share` of these channels unknown."""
    values = dict(one.values)
    for channel in channels:
        values[channel] = values[channel].copy()
        values[channel][round(len(one.time_s) * (1 - share)) :] = np.nan
    return replace(one, values=values)


def test_a_little_unseen_changes_nothing_and_much_is_not_assessable():
    little = compare(REFERENCE, hidden(performance(), list(RESTS), 0.05), LIMITS)
    assert little.refusal is None and not little.deviations
    much = compare(REFERENCE, hidden(performance(), list(RESTS), 0.5), LIMITS)
    assert much.refusal == Why.NOT_VISIBLE and not much.findings
    arm = compare(REFERENCE, hidden(performance(size=0.4), ["right_arm"], 0.5), LIMITS)
    (peak,) = (f for f in arm.findings if f.channel == "right_arm" and f.aspect == "peak")
    assert (peak.verdict, peak.why) == (Verdict.NOT_ASSESSABLE, Why.NOT_VISIBLE)
    assert [f.channel for f in arm.deviations if f.aspect == "peak"] == ["right_forearm"]


def test_other_sides_and_other_movements_are_refused_with_the_reason():
    assert compare(REFERENCE, replace(performance(), view=View.SIDE), LIMITS).refusal == Why.OTHER_VIEW
    assert compare(REFERENCE, replace(performance(), view=View.OBLIQUE), LIMITS).refusal == Why.WRONG_VIEW
    still = performance(size=0.01)
    assert still.refusal() == Why.NO_MOTION and compare(still, REFERENCE, LIMITS).refusal == Why.NO_MOTION
    t, share = course(3.0, 3.1, 8.0, 0.8, 12.0)
    climbs = {c: np.interp(REFERENCE.time_s, t, b + GOES[c] * share) for c, b in RESTS.items()}
    other = replace(REFERENCE, values={**REFERENCE.values, **climbs})
    assert compare(REFERENCE, other, LIMITS).refusal == Why.OTHER_FORM


def test_the_other_hand_is_compared_as_in_a_mirror():
    turned = REFERENCE.mirrored()
    assert turned.side == "left" and turned.mirrored() == REFERENCE
    made = motion()
    left = {c: turned_values for c, turned_values in made.values.items()}
    left = {c.replace("right", "left"): v for c, v in left.items() if "left" not in c} | {
        c: np.full(len(made.time_s), np.nan) for c in CHANNELS if c.startswith("right")
    }
    other = replace(made, values=left, moves=(replace(made.moves[0], side="left"),))
    ((own, mirrored),) = occurrences(REFERENCE, other)
    assert mirrored and not compare(turned, own, LIMITS, mirrored).deviations


def test_an_unrecognised_movement_is_found_by_its_likeness():
    made = motion(start_s=5.0, size=0.7, recognised=False)
    ((own, mirrored),) = occurrences(REFERENCE, made)
    assert not mirrored and own.start_s == pytest.approx(4.7, abs=0.1)
    assert occurrences(REFERENCE, motion(size=0.1, recognised=False)) == [], "too small to be it"


def test_even_sampling_bridges_short_gaps_only():
    own_s = np.array([0.0, 0.1, 0.2, 0.3, 0.8, 0.9, 1.0])
    found = even(own_s, own_s * 10, np.arange(0, 1.01, 0.1))
    assert np.isnan(found[4:8]).all() and found[[0, 3, 8, 10]] == pytest.approx([0, 3, 8, 10])
    assert np.isnan(even(own_s, np.full(7, np.nan), own_s)).all()


# A group and its leader


@settings(max_examples=25, deadline=None)
@given(st.floats(-1.0, 2.0), st.booleans())
def test_everybody_s_lag_behind_the_leader(lag_s, recognised):
    others = motion(start_s=5.0 + lag_s, person=2, recognised=recognised)
    (led,) = follow([motion(start_s=5.0), others], 1, LIMITS)
    (follower,) = led.followers
    assert follower.made and follower.person == 2
    assert follower.lag_s["set_off"] == pytest.approx(lag_s, abs=0.05)
    assert follower.shift_s == pytest.approx(lag_s, abs=0.05)
    late = abs(lag_s) > LIMITS.allowed.lag_s + LIMITS.errors.moment_s
    if abs(abs(lag_s) - LIMITS.allowed.lag_s - LIMITS.errors.moment_s) > 0.05:
        assert (follower.verdict == Verdict.DEVIATION) == late


def test_a_follower_who_sets_off_in_time_and_is_slow_arrives_late():
    (led,) = follow([motion(start_s=5.0), motion(start_s=5.0, going_s=2.0, person=2)], 1, LIMITS)
    lag_s = led.followers[0].lag_s
    assert lag_s["arrive"] - lag_s["set_off"] == pytest.approx(1.2 * 0.51, abs=0.12)


def test_not_made_is_told_from_not_seen():
    still = motion(start_s=5.0, size=0.0, person=2, recognised=False)
    unseen = {c: np.full(len(still.time_s), np.nan) for c in CHANNELS}
    group = [
        motion(start_s=5.0), still, replace(still, person=3, values=unseen),
        replace(still, person=4, view=np.full(len(still.time_s), View.SIDE, object)),
    ]  # fmt: skip
    (led,) = follow(group, 1, LIMITS)
    assert [(f.person, f.made, f.why) for f in led.followers] == [
        (2, False, None), (3, None, Why.NOT_VISIBLE), (4, None, Why.OTHER_VIEW),
    ]  # fmt: skip
    assert led.followers[0].verdict == Verdict.DEVIATION
    assert led.followers[1].verdict == Verdict.NOT_ASSESSABLE


def test_a_leader_whose_movement_is_not_seen_cannot_be_followed():
    leader = motion()
    leader = replace(leader, view=np.full(len(leader.time_s), View.OBLIQUE, object))
    (led,) = follow([leader, motion(person=2)], 1, LIMITS)
    assert led.why == Why.WRONG_VIEW and led.followers == ()
    with pytest.raises(KeyError):
        follow([leader], 7, LIMITS)


# From landmarks


def steps(tempo_s=0.8, hold_s=1.5, before_s=4.0, size=1.0, side="right"):
    shape = arm_points(LIBRARY.gestures["far_guide"].shapes[0], "right", side)
    down = rest()
    held = {**down, side: down[side] + size * (shape - down[side])}
    return [(down, before_s), (held, tempo_s), (held, hold_s), (down, tempo_s), (down, 3.0)]


def scene_with_moves(scene):
    return scene.with_moves(find_moves(scene, LIBRARY.gestures))


def motion_from(person=1, fps=10.0, **how):
    scene = scene_with_moves(played(steps(**how), fps))
    return replace(motion_of(scene, LIBRARY), person=person)


@pytest.mark.parametrize("fps", [8.0, 15.0, 25.0])
def test_a_gesture_s_tempo_and_lag_from_landmarks(fps):
    model = motion_from(fps=15.0)
    own = motion_from(person=2, fps=fps, tempo_s=1.6, before_s=4.7)
    (led,) = follow([model, own], 1, LIMITS)
    (follower,) = led.followers
    assert follower.lag_s["set_off"] == pytest.approx(0.7 + 0.8 * 0.22, abs=0.15)
    (going,) = (f for f in follower.comparison.findings if f.aspect == "going")
    assert going.own / going.reference == pytest.approx(2.0, rel=0.2) and going.way == "too_slow"


def test_bows_from_the_side_by_depth_and_tempo():
    model, deep = (motion_of(scene_with_moves(bow(a, down_s=d)), LIBRARY) for a, d in ((30, 0.8), (45, 1.6)))
    comparison = compare(cut(model, model.moves[0]), cut(deep, deep.moves[0]), LIMITS)
    found = {f.aspect: f for f in comparison.findings}
    assert found["peak"].channel == "trunk" and found["peak"].difference == pytest.approx(15, abs=1.5)
    assert found["peak"].way == "too_large" and found["going"].way == "too_slow"
    assert comparison.tempo["going"] == pytest.approx(0.5, rel=0.15)


def test_a_change_of_posture_is_a_movement_too_and_a_gesture_is_none():
    folded = {side: arm_points(LIBRARY.gestures["no_gesture"].shapes[0], "right", side) for side in ("left", "right")}
    made = motion_of(scene_with_moves(played([(rest(), 4.0), (folded, 0.8), (folded, 4.0)])), LIBRARY)
    (move,) = made.moves
    assert move.kind == CHANGE
    assert move.start_s == pytest.approx(4.0, abs=0.25) and move.hold_start_s == pytest.approx(4.8, abs=0.25)
    moments = moments_of(cut(made, move), cut(made, move).timing())
    assert np.isfinite(moments["arrive"]) and np.isnan(moments["leave"]) and np.isnan(moments["back"])
    assert not changes(replace(made, moves=(replace(move, start_s=3.5, end_s=5.5),))), "known already as something"
    assert [m.kind for m in motion_from().moves] == ["far_guide"]
    hidden_arms = played([(rest(), 4.0), (folded, 0.8), (folded, 4.0)])
    hidden_arms.track.pose_px[:, [Pose.LEFT_WRIST, Pose.RIGHT_WRIST]] = np.nan
    assert not motion_of(hidden_arms, LIBRARY).moves


# Files and choosing


def stored(tmp_path, monkeypatch, one=REFERENCE):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    return files.store(files.text_of(one, "own_guide", "近距离指引", "clip.mp4, 3.0 s"), "own_guide")


def test_a_stored_performance_comes_back_as_it_was(tmp_path, monkeypatch):
    path = stored(tmp_path, monkeypatch)
    assert path.parent == tmp_path / "performances" and files.stored() == ["own_guide"]
    loaded = files.load("own_guide")
    assert loaded.names.zh == "近距离指引" and loaded == files.load(str(path))
    again = loaded.performance()
    for channel in RESTS:
        assert again.values[channel] == pytest.approx(REFERENCE.values[channel], abs=0.06)
    assert again.timing() == REFERENCE.timing() and again.moving() == REFERENCE.moving()
    made = practised(loaded, motion(start_s=4.0, size=0.5), LIMITS)
    assert "too_small" in {f.way for f in made.comparisons[0].deviations}
    assert load_library().poses.keys() == LIBRARY.poses.keys(), "a performance is no pose"


def test_a_performance_is_not_overwritten_unasked_and_must_exist(tmp_path, monkeypatch):
    path = stored(tmp_path, monkeypatch)
    with pytest.raises(ReferenceFileError):
        stored(tmp_path, monkeypatch)
    assert files.store(path.read_text(encoding="utf-8"), "own_guide", overwrite=True) == path
    with pytest.raises(ReferenceFileError) as caught:
        files.load("nobody_knows")
    assert "own_guide" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key", "field"),
    [("view: front", "view: above", "not_one_of", "view"), ("rate_per_s: 20", "rate_per_s: many", "not_number",
      "rate_per_s"), ("  right_arm: [", "  right_arm: [1, ", "lengths_differ", ""),
     ("  right_arm:", "  right_toe:", "unknown_channel", ""), ("end_s: 3.9", "end_s: 99.5", "times_not_ordered", ""),
     ("kind: near_guide\n", "", "missing", "kind")],
)  # fmt: skip
def test_mistakes_in_a_performance_are_named_with_their_place(tmp_path, monkeypatch, old, new, key, field):
    path = stored(tmp_path, monkeypatch)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReferenceProblems) as caught:
        files.load("own_guide")
    (problem,) = caught.value.problems
    assert (problem.key, problem.field, problem.file) == (key, field, "own_guide.yaml")
    for language in ("zh", "en"):
        assert "own_guide.yaml" in caught.value.in_language(language)


def test_why_nothing_was_found_is_told(tmp_path, monkeypatch):
    stored(tmp_path, monkeypatch)
    reference = files.load("own_guide")
    still = motion(size=0.0, recognised=False)
    assert practised(reference, still, LIMITS).why is None and not practised(reference, still, LIMITS).comparisons
    side = replace(still, view=np.full(len(still.time_s), View.SIDE, object))
    assert practised(reference, side, LIMITS).why == Why.OTHER_VIEW
    gone = replace(still, values={c: np.full(len(still.time_s), np.nan) for c in CHANNELS})
    assert practised(reference, gone, LIMITS).why == Why.NOT_VISIBLE


def test_which_movement_is_recorded():
    one = motion()
    assert recorded(one, None, "").kind == "near_guide" and recorded(one, 1, "").start_s == 3.0
    two = replace(one, moves=(one.moves[0], replace(one.moves[0], start_s=9.0, end_s=11.0)))
    for number, key in ((None, "several_movements"), (3, "no_such_movement")):
        with pytest.raises(UnusableInputError) as caught:
            recorded(two, number, "1. a\n2. b")
        assert caught.value.key == f"drill.errors.{key}" and "2. b" in str(caught.value)
    with pytest.raises(UnusableInputError):
        recorded(replace(one, moves=()), None, "")
    with pytest.raises(Unfit) as unfit:
        recorded(motion(size=0.0), None, "")
    assert unfit.value.why == Why.NO_MOTION and "看不出" in unfit.value.in_language("zh")
    assert len(movements(two)) == 2


def test_which_person_is_meant():
    both = [motion(person=1), motion(person=2)]
    assert person_of(both, 2).person == 2 and person_of(both[:1], None).person == 1
    for person in (None, 5):
        with pytest.raises(UnusableInputError):
            person_of(both, person)


def test_photos_and_empty_recordings_are_refused():
    for kind in ("photo", "video"):
        with pytest.raises(UnusableInputError):
            motions_of(Observation((), "x", "", (640, 480), kind, 0.0, np.empty(0)), LIBRARY, 10.0)


def test_a_track_becomes_a_motion_through_the_whole_chain():
    track = played(steps()).track
    settings_used = {"settings": '{"fps": 10.0}'}
    observation = Observation(
        (track,), "x.mp4", "", track.image_size, "video", 10.0, track.time_s, provenance=settings_used
    )
    (made,) = motions_of(observation, LIBRARY, 10.0)
    assert [m.kind for m in movements(made)] == ["far_guide"]
    assert isinstance(recorded(made, None, ""), Performance)
