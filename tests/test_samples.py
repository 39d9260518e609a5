"""The shipped samples against their truth: real MediaPipe on rendered people whose faults are known."""

import json

import numpy as np
import pytest

from benchmarks.accuracy_data import load
from benchmarks.accuracy_verdicts import CORRECT, false_alarms_per_10_min, pose_confusion, tally
from posture.check import CheckOptions, judge_observation
from posture.findings import Reason, Verdict, View
from posture.library import load_library
from posture.measures import MEASURES
from posture.observe import ObserveSettings

pytestmark = pytest.mark.usefixtures("bundles")

NAMES = [
    "back_light", "bows_front", "bows_side", "corner_camera", "drill_of_two", "face_close", "gestures_guide",
    "gestures_please", "hand_over", "seated_correct", "seated_counter", "seated_off_duty", "seated_side", "slouch_side",
    "standing_careless", "standing_correct", "standing_correct_male", "standing_faults", "walking_side",
    "walking_to_window",
]  # fmt: skip
OPTIONS = CheckOptions(observe=ObserveSettings(fps=5.0))
"""The truth has five pictures a second."""
MISSED = {
    # known misses, and why: one raised shoulder is read as about half of its tilt (docs/accuracy.md)
    "back_light": {"shoulders_level"}, "seated_off_duty": {"shoulders_level"},
    # a nod of 35 degrees lowers the nose by less than the true head (seen 0.75 for 0.63); it is reported as a nod
    "standing_faults": {"shoulders_level", "head_and_chest_up"},
    # crossed arms of somebody turned by 35 degrees under a camera 30 degrees down
    "corner_camera": {"taboo_arms_crossed"},
    # leaning back by 12.5 degrees where 8 are allowed and 4 is the error: read as 11.9
    "slouch_side": {"stand_trunk_vertical"},
}  # fmt: skip
_cases = {}


def truth_of(samples, name):
    return json.loads((samples / f"{name}.truth.json").read_text(encoding="utf-8"))


@pytest.fixture
def case(request, samples):
    """The sample checked once for all tests, beside its truth."""
    name = request.param
    if name not in _cases:
        _cases[name] = load(samples / f"{name}.mp4", truth_of(samples, name), OPTIONS)
    assert _cases[name] is not None, f"nobody was found in {name}"
    return _cases[name]


def every(*names):
    return pytest.mark.parametrize("case", names or NAMES, indirect=True, ids=names or NAMES)


def person_of(case):
    (person,) = [p for p in case.checked.result.people if p.person == case.raw.person]
    return person


def results_of(case):
    return {r.criterion: r for r in person_of(case).results}


def test_every_sample_is_here_and_small(samples):
    assert sorted(p.stem for p in samples.glob("*.mp4")) == NAMES
    assert all(p.stat().st_size <= 400_000 for p in samples.glob("*.mp4"))
    assert sum(p.stat().st_size for p in samples.iterdir()) <= 8_000_000


@every()
def test_no_deviation_is_reported_that_is_not_true(case):
    false = {name: t.examples for name, t in tally([case]).items() if t.false_alarms}
    assert not false


@every()
def test_every_clear_fault_that_can_be_seen_is_reported(case):
    missed = {name for name, t in tally([case]).items() if t.missed}
    assert missed <= MISSED.get(case.name, set()), {n: t.examples for n, t in tally([case]).items() if t.missed}


@every("standing_faults")
def test_the_common_faults_are_found_where_they_are(case):
    found = {(d.criterion, round(d.start_s / 3)) for d in person_of(case).deviations}
    expected = {
        ("trunk_straight_sideways", "lean_left12"), ("head_level", "head_left18"), ("taboo_arms_crossed", "crossed"),
        ("taboo_arms_akimbo", "akimbo"), ("head_not_down", "head_down35"),
    }  # fmt: skip
    starts = {s["pose"]: s["start_s"] for s in case.segments if s["kind"] == "hold"}
    for criterion, pose in expected:
        near = [c for c, third in found if abs(third - starts[pose] / 3) <= 1]
        assert criterion in near, f"{criterion} at {starts[pose]} s"


@every("standing_careless", "seated_counter", "seated_off_duty", "slouch_side", "seated_side")
def test_each_kind_of_fault_is_found_in_its_sample(case):
    expected = {
        "standing_careless": {"taboo_hands_behind", "taboo_arms_akimbo", "stand_feet_not_wide", "stand_weight_even"},
        "seated_counter": {"head_and_chest_up", "head_level", "taboo_chin_rest"},
        "seated_off_duty": {"head_level", "taboo_arms_crossed", "head_not_down"},
        "slouch_side": {"stand_trunk_vertical"},
        "seated_side": {"sit_trunk_upright"},
    }[case.name]
    assert expected <= {d.criterion for d in person_of(case).deviations}


@every("standing_correct", "standing_correct_male", "seated_correct")
def test_correct_posture_is_a_hundred(case):
    person = person_of(case)
    assert person.score.value == 100.0 and person.score.grade == "excellent"
    assert not person.deviations


@every()
def test_no_false_alarm_in_time_that_is_right(case):
    alarms, _ = false_alarms_per_10_min([case])
    assert not alarms > 0


@every("standing_correct", "standing_correct_male", "standing_faults", "seated_correct", "back_light", "slouch_side")
def test_the_pose_that_is_held_is_recognised(case):
    counts = pose_confusion([case])
    right = sum(n for (true, seen), n in counts.items() if seen.removesuffix("_male") == true.removesuffix("_male"))
    assert right >= 0.9 * sum(counts.values()), counts


@every("seated_correct", "seated_counter", "seated_off_duty")
def test_what_the_counter_hides_is_never_judged(case):
    assert all(s.upper_body_only for s in person_of(case).segments)
    hidden = {"trunk_straight_sideways", "taboo_arms_akimbo", "taboo_hands_behind", "stand_weight_even",
              "stand_feet_not_wide", "stand_knees_straight"}  # fmt: skip
    for criterion in hidden & set(results_of(case)):
        assert results_of(case)[criterion].verdict == Verdict.NOT_ASSESSABLE, criterion


@every("standing_faults", "bows_front", "seated_counter")
def test_from_the_front_no_forward_lean_is_judged(case):
    for criterion in {"neck_upright", "stand_trunk_vertical", "sit_trunk_upright"} & set(results_of(case)):
        assert results_of(case)[criterion].verdict == Verdict.NOT_ASSESSABLE


LIMITS = {
    # largest mean absolute error in degrees (docs/accuracy.md has half to two thirds of it)
    ("shoulder_tilt_deg", View.FRONT): 2.5,
    ("trunk_lean_side_deg", View.FRONT): 1.5,
    ("head_roll_deg", View.FRONT): 1.5,
    ("trunk_lean_forward_deg", View.SIDE): 3.0,
}


@every("standing_correct", "standing_correct_male", "standing_faults", "bows_side", "slouch_side", "seated_side")
def test_angles_agree_with_the_truth(case):
    library = case.checked.library
    for (name, view), limit in LIMITS.items():
        here = case.scene.view == view
        if here.sum() > 50:
            error = library.measured(name, case.scene).value[here] - case.truth[name][here]
            assert np.nanmean(np.abs(error)) <= limit, name


@every("corner_camera")
def test_a_camera_in_the_corner_blames_nobody_for_its_own_tilt(case):
    tilt = case.tilt
    assert tilt.how == "unknown" or (abs(tilt.roll_deg - 3.0) < 2.0 and abs(tilt.pitch_deg - 30.0) < 8.0)
    found = results_of(case)
    for criterion in {"shoulders_level", "trunk_straight_sideways", "stand_weight_even"} & set(found):
        assert not found[criterion].deviations
    reasons = {r for result in found.values() for r in result.not_assessable_s}
    assert reasons & {Reason.WRONG_VIEW, Reason.ERROR_TOO_LARGE}


@every("standing_correct", "back_light", "bows_front", "standing_correct_male")
def test_the_camera_s_tilt_is_found_from_how_people_stand(case):
    assert case.tilt.how == "estimated"
    assert abs(case.tilt.roll_deg) < 0.7 and abs(case.tilt.pitch_deg - case.pitch_deg) <= 6.0


@every("drill_of_two")
def test_each_of_two_gets_their_own_findings(case):
    left, right = sorted(case.checked.observation.tracks, key=lambda t: float(np.nanmedian(t.pose_px[:, 0, 0])))[:2]
    by_person = {p.person: {d.criterion for d in p.deviations} for p in case.checked.result.people}
    assert len(by_person) == 2
    assert by_person[left.person] == set()
    assert "taboo_arms_akimbo" in by_person[right.person]


@every("standing_correct")
def test_hands_are_the_subject_s_own(case, samples):
    frames = truth_of(samples, case.name)["people"][0]["frames"]
    apart = []
    for i, t in enumerate(case.raw.time_s):
        if case.pose_at()[i] == "sides":
            k = int(np.abs(np.array(frames["t"]) - t).argmin())
            apart.append(np.linalg.norm(case.raw.hands_px[i, 0, 0, :2] - frames["joints2d_px"]["left_wrist"][k]))
    assert np.nanmedian(apart) < 12, "the left hand is the subject's left"
    assert np.isfinite(apart).mean() > 0.3


@every("standing_faults")
def test_asking_for_a_pose_judges_all_of_it(case):
    options = CheckOptions(pose="stand_front_fold", observe=OPTIONS.observe)
    asked = judge_observation(case.checked.observation, load_library(), options)
    results = {r.criterion: r for r in asked.result.people[0].results}
    assert results["fold_hands_together"].verdict == Verdict.DEVIATION, "hands at the sides are no front fold"
    assert "sides_arms_hang" not in results


@every("standing_correct")
def test_a_known_camera_roll_sharpens_the_verdict(case):
    options = CheckOptions(camera_roll_deg=0.0, observe=OPTIONS.observe)
    known = judge_observation(case.checked.observation, load_library(), options)
    by_id = {r.criterion: r for r in known.result.people[0].results}
    assert by_id["shoulders_level"].error < results_of(case)["shoulders_level"].error


@pytest.mark.parametrize("name", NAMES)
def test_the_truth_follows_today_s_norms(samples, name):
    from benchmarks.people.truth import judged

    for person in truth_of(samples, name)["people"]:
        again = json.loads(json.dumps(judged(person)))
        assert again["deviations"] == person["deviations"], "run python -m benchmarks.people --judge-again"
        assert again["frames"]["measures"].keys() == person["frames"]["measures"].keys()


def test_every_correct_pose_of_the_generator_is_a_reference_pose():
    poses = load_library().poses
    assert set(CORRECT.values()) <= set(poses)
    assert {"shoulder_tilt_deg", "head_roll_deg"} <= set(MEASURES)


MOVES = {
    "gestures_guide": ["near_guide", "far_guide", "near_guide", "far_guide"],
    "gestures_please": ["horizontal_sweep", "slant_seat", "mid_guide", "horizontal_sweep"],
    "bows_side": ["bow", "bow", "bow"],
    "bows_front": ["bow", "bow", "bow"],
    "standing_correct": [], "seated_correct": [], "seated_off_duty": [], "drill_of_two": [],
}  # fmt: skip


@every(*MOVES)
def test_movements_are_found_where_they_are_and_nowhere_else(case):
    """Sampled at five pictures a second; start and end within 0.5 s."""
    found = [m for m in person_of(case).moves if m.group != "nod"]
    assert [m.kind for m in found] == MOVES[case.name]
    shown = [
        i for i, s in enumerate(case.segments) if s["kind"] == "hold" and s["pose"] not in ("fold", "sides", "desk")
    ]
    for move, i in zip(found, shown, strict=False):
        assert move.start_s == pytest.approx(case.segments[i - 1]["start_s"], abs=0.5)
        assert move.end_s == pytest.approx(case.segments[i + 1]["end_s"], abs=0.5)


@every("gestures_please")
def test_pointing_with_one_finger_is_the_fault_of_the_third_gesture_only(case):
    (deviation,) = results_of(case)["gesture_whole_hand"].deviations
    assert deviation.move == "mid_guide" and 17 < deviation.worst_s < 22


@every("bows_front")
def test_deep_bows_to_the_camera_are_within_their_wide_error(case):
    time_s, value = case.checked.series[(case.raw.person, "bow_depth")]
    found = [float(np.nanmedian(value[(time_s > m.start_s) & (time_s < m.end_s)])) for m in person_of(case).moves]
    assert found == pytest.approx([15, 30, 45], abs=8) and all(m.kind == "bow" for m in person_of(case).moves)


@every("bows_side")
def test_three_bows_are_as_deep_as_they_are(case):
    time_s, value = case.checked.series[(case.raw.person, "bow_depth")]
    found = [float(np.nanmedian(value[(time_s > m.start_s) & (time_s < m.end_s)])) for m in person_of(case).moves]
    assert found == pytest.approx([15, 30, 45], abs=4)


@every("hand_over")
def test_the_hand_overs_with_both_hands_are_told_and_not_taken_for_folded_hands(case):
    """The one with one hand (12 s) is not claimed: the hand model sees no hand in it."""
    given = [m for m in person_of(case).moves if m.group == "hand_over"]
    assert [m.side for m in given] == ["both", "both"]
    assert [m.hold_start_s for m in given] == pytest.approx([4.9, 20.5], abs=0.5)
    assert not [s for s in person_of(case).segments if "fold" in s.pose]
