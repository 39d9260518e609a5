"""Landmarks to findings, on stick people: each norm broken, kept, and not assessable."""

from dataclasses import replace

import numpy as np
import pytest

from posture.check import CheckOptions, judge_observation
from posture.findings import Reason, Verdict
from posture.landmarks import Observation, Pose
from posture.library import load_library
from posture.tilt import FEET
from tests.stick_figure import Stick, stick_track

# Stick people are exact: what is corrected are MediaPipe's habits.
LIBRARY = replace(load_library(), corrections={})
FOLD = dict(arm_out=(14, 14), elbow=(95, 95), forearm_in=(80, 80))
SHORT_NECK = 0.30


def person_for(sticks, **how):
    """Findings for a recording of (stick, seconds) pairs at 10 samples a second; small noise as real landmarks have."""
    every = [stick for stick, seconds in sticks for _ in range(round(seconds * 10))]
    options = how.pop("options", CheckOptions(camera_roll_deg=0.0))
    faces, library = how.pop("face", None), how.pop("library", LIBRARY)
    track = stick_track(every, **how)
    track.pose_px[..., :2] += np.random.default_rng(0).normal(0, 0.3, track.pose_px[..., :2].shape)
    if faces is not None:
        track.face_rotation_deg[:] = np.repeat(np.array(faces, np.float32), len(track) // len(faces), axis=0)
    observation = Observation(
        (track,), "stick.mp4", "0" * 64, track.image_size, "video", len(track) / 10, track.time_s,
        provenance={"settings": '{"fps": 10.0}'},
    )  # fmt: skip
    (person,) = judge_observation(observation, library, options).result.people
    return person


def result_of(person, criterion):
    return next(r for r in person.results if r.criterion == criterion)


UPRIGHT = Stick()
BROKEN = [
    # criterion, stick that breaks it, how it is filmed
    ("shoulders_level", Stick(shoulder_tilt=12), {}),
    ("shoulders_level", Stick(shoulder_tilt=-12), {}),
    ("trunk_straight_sideways", Stick(trunk_side=10), {}),
    ("head_level", Stick(head_roll=15), {}),
    ("head_and_chest_up", Stick(neck_length=SHORT_NECK), {}),
    ("stand_trunk_vertical", Stick(trunk_forward=20), {"yaw_deg": 90}),
    ("stand_trunk_vertical", Stick(trunk_forward=-20), {"yaw_deg": -90}),
    ("stand_trunk_not_far_off", Stick(trunk_forward=25), {"yaw_deg": 90}),
    ("stand_feet_not_wide", Stick(feet_apart=1.5), {}),
    ("taboo_arms_akimbo", Stick(arm_out=(45, 45), elbow=(82, 82), forearm_in=(90, 90)), {}),
    ("taboo_arms_crossed", Stick(arm_out=(4, 4), arm_forward=(15, 15), elbow=(85, 85), forearm_in=(88, 88)), {}),
]


@pytest.mark.parametrize(("criterion", "stick", "how"), BROKEN)
def test_a_broken_norm_is_found_where_it_is_and_nowhere_else(criterion, stick, how):
    person = person_for([(UPRIGHT, 6), (stick, 5), (UPRIGHT, 5)], **how)
    found = result_of(person, criterion)
    assert found.verdict == Verdict.DEVIATION
    (d,) = found.deviations
    assert d.start_s == pytest.approx(6, abs=0.6) and d.end_s == pytest.approx(11, abs=0.6)


@pytest.mark.parametrize("criterion", sorted({b[0] for b in BROKEN}))
def test_a_kept_norm_is_met(criterion):
    how = {"yaw_deg": 90} if criterion.startswith("stand_trunk") else {}
    person = person_for([(UPRIGHT, 12)], **how)
    assert result_of(person, criterion).verdict == Verdict.OK
    assert person.deviations == ()


@pytest.mark.parametrize(("criterion", "stick", "how"), BROKEN)
def test_from_the_wrong_side_it_is_not_assessable(criterion, stick, how):
    person = person_for([(UPRIGHT, 6), (stick, 5)], yaw_deg=0 if how else 90)
    found = [r for r in person.results if r.criterion == criterion]
    for result in found:
        assert result.verdict == Verdict.NOT_ASSESSABLE
        assert set(result.not_assessable_s) <= {
            Reason.WRONG_VIEW,
            Reason.NOT_VISIBLE,
            Reason.TOO_SMALL,
            Reason.IN_MOTION,
        }


def test_a_fault_within_the_measuring_error_is_borderline_and_costs_nothing():
    person = person_for([(UPRIGHT, 6), (Stick(shoulder_tilt=7.5), 6)])
    found = result_of(person, "shoulders_level")
    assert found.verdict == Verdict.BORDERLINE and not found.deviations
    assert person.score.value == 100.0


def test_without_a_known_camera_roll_the_error_is_larger():
    tilted = [(UPRIGHT, 6), (Stick(shoulder_tilt=9.3), 5)]
    assert result_of(person_for(tilted), "shoulders_level").verdict == Verdict.DEVIATION
    unknown = person_for(tilted, options=CheckOptions(), unseen=FEET)
    assert result_of(unknown, "shoulders_level").verdict == Verdict.BORDERLINE
    estimated = person_for(tilted, options=CheckOptions())
    assert result_of(estimated, "shoulders_level").error < result_of(unknown, "shoulders_level").error


def test_a_tilted_camera_is_no_fault_of_somebody_who_stands_on_both_feet():
    for roll in (-10.0, 10.0):
        assert person_for([(UPRIGHT, 12)], roll_deg=roll, options=CheckOptions()).deviations == ()
        person = person_for([(UPRIGHT, 6), (Stick(shoulder_tilt=12), 5)], roll_deg=roll, options=CheckOptions())
        assert [d.criterion for d in person.deviations] == ["shoulders_level"]


def test_a_tilted_camera_is_no_fault_of_the_person_when_it_is_known():
    person = person_for([(UPRIGHT, 12)], roll_deg=12.0, options=CheckOptions(camera_roll_deg=12.0))
    assert person.deviations == ()
    blamed = person_for([(UPRIGHT, 12)], roll_deg=12.0, options=CheckOptions(camera_roll_deg=0.0))
    assert blamed.deviations


def test_head_down_against_the_own_neutral_whatever_the_camera_s_height():
    level, down = (12.0, 0.0, 0.0), (-18.0, 0.0, 0.0)
    person = person_for([(UPRIGHT, 15)], face=[level, level, down])
    (d,) = result_of(person, "head_not_down").deviations
    assert d.value == pytest.approx(-30, abs=1)
    assert result_of(person_for([(UPRIGHT, 15)]), "head_not_down").not_assessable_s.keys() == {Reason.FACE_NOT_SEEN}


def test_somebody_who_never_stands_calm_has_no_neutral():
    wild = [(Stick(trunk_side=s), 0.4) for s in (-14, 14) * 15]
    person = person_for(wild)
    assert person.neutral_s is None
    assert Reason.NO_NEUTRAL in result_of(person, "head_and_chest_up").not_assessable_s


def test_a_lean_explains_the_tilt_that_it_brings():
    person = person_for([(UPRIGHT, 6), (Stick(trunk_side=14, head_roll=14), 5), (UPRIGHT, 3)])
    lean = result_of(person, "trunk_straight_sideways").deviations[0]
    tilt = result_of(person, "shoulders_level").deviations[0]
    assert lean.points > 0 and tilt.points == 0 and tilt.follows_from == "trunk_straight_sideways"


def test_walking_is_no_sway_and_no_bad_stance():
    track = stick_track([UPRIGHT] * 60)
    track.pose_px[..., 0] += (np.arange(60) * 12.0)[:, None]
    observation = Observation((track,), "w", "0", (3000, 1000), "video", 6.0, track.time_s,
                              provenance={"settings": '{"fps": 10.0}'})  # fmt: skip
    (person,) = judge_observation(observation, LIBRARY, CheckOptions()).result.people
    assert person.deviations == ()
    assert Reason.IN_MOTION in result_of(person, "shoulders_level").not_assessable_s


def test_sitting_and_standing_have_their_own_norms():
    seated = person_for([(Stick(seated=True), 8)], yaw_deg=90)
    names = {r.criterion for r in seated.results}
    assert "sit_trunk_upright" in names and "stand_no_sway" not in names
    standing = {r.criterion for r in person_for([(UPRIGHT, 8)], yaw_deg=90).results}
    assert "stand_trunk_vertical" in standing and "sit_trunk_upright" not in standing


def test_a_seated_slump_is_found_from_the_side():
    person = person_for([(Stick(seated=True), 5), (Stick(seated=True, trunk_forward=30), 5)], yaw_deg=90)
    (d,) = result_of(person, "sit_trunk_upright").deviations
    assert d.value == pytest.approx(30, abs=1.5)


def test_a_short_lapse_is_forgiven():
    person = person_for([(UPRIGHT, 6), (Stick(shoulder_tilt=15), 0.6), (UPRIGHT, 6)])
    assert person.deviations == ()


def test_hands_hidden_behind_the_back_are_found_when_the_hips_are_seen():
    hidden = (Pose.LEFT_WRIST, Pose.RIGHT_WRIST)
    person = person_for([(UPRIGHT, 8)], unseen=hidden)
    assert result_of(person, "taboo_hands_behind").verdict == Verdict.DEVIATION
    counter = (*hidden, Pose.LEFT_HIP, Pose.RIGHT_HIP, Pose.LEFT_KNEE, Pose.RIGHT_KNEE)
    behind_a_counter = person_for([(UPRIGHT, 8)], unseen=counter)
    assert result_of(behind_a_counter, "taboo_hands_behind").verdict == Verdict.NOT_ASSESSABLE


def test_nobody_is_told():
    observation = Observation((), "n", "0", (640, 480), "video", 5.0, np.arange(50) / 10,
                              provenance={"settings": '{"fps": 10.0}'})  # fmt: skip
    result = judge_observation(observation, LIBRARY, CheckOptions()).result
    assert result.people == () and result.notes[0][0] == "check.notes.nobody"
