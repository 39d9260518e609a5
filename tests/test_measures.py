"""Measures on stick people with known angles, and what must not change a measure."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.camera import body_yaw_deg, facing, views
from posture.findings import Reason, View
from posture.landmarks import LEFT, Pose
from posture.measures import MEASURES, NEUTRAL_MEASURES, Scene
from tests.stick_figure import Stick, mirrored, moved, stick_track


def scene_of(track, roll_deg=0.0, neutral=None):
    yaw = body_yaw_deg(track)
    return Scene(track, views(yaw), facing(yaw), roll_deg, neutral=neutral or {})


def value(name, stick, neutral=None, **how):
    found = MEASURES[name].compute(scene_of(stick_track(stick, **how), neutral=neutral))
    return float(found.value[0])


KNOWN = [
    # measure, stick, how it is filmed, value
    ("shoulder_tilt_deg", Stick(shoulder_tilt=10), {}, 10),
    ("shoulder_tilt_deg", Stick(shoulder_tilt=-7), {}, -7),
    ("trunk_lean_side_deg", Stick(trunk_side=12), {}, 12),
    ("trunk_lean_side_deg", Stick(trunk_side=-5), {}, -5),
    ("head_roll_deg", Stick(head_roll=18), {}, 18),
    ("neck_lean_side_deg", Stick(), {}, 0),
    ("trunk_lean_forward_deg", Stick(trunk_forward=20), {"yaw_deg": 90}, 20),
    ("trunk_lean_forward_deg", Stick(trunk_forward=20), {"yaw_deg": -90}, 20),
    ("trunk_lean_forward_deg", Stick(trunk_forward=-15), {"yaw_deg": 90}, -15),
    ("left_elbow_deg", Stick(elbow=(90, 180), forearm_in=(90, 0)), {}, 90),
    ("right_elbow_deg", Stick(elbow=(90, 180), forearm_in=(90, 0)), {}, 180),
    ("elbow_min_deg", Stick(elbow=(90, 180), forearm_in=(90, 0)), {}, 90),
    ("left_arm_elevation_deg", Stick(arm_out=(40, 6)), {}, 40),
    ("right_arm_elevation_deg", Stick(arm_out=(40, 6)), {}, 6),
    ("arm_elevation_max_deg", Stick(arm_out=(40, 6)), {}, 40),
    ("left_arm_elevation_deg", Stick(arm_forward=(60, 0), arm_out=(0, 0)), {"yaw_deg": -90}, 60),
    ("left_arm_sideways_deg", Stick(arm_out=(70, 6)), {}, 70),
    ("right_arm_sideways_deg", Stick(arm_out=(70, 6)), {}, 6),
    ("left_arm_forward_deg", Stick(arm_forward=(60, 0), arm_out=(0, 0)), {"yaw_deg": -90}, 60),
    ("right_arm_forward_deg", Stick(arm_forward=(0, 60), arm_out=(0, 0)), {"yaw_deg": 90}, 60),
    ("knee_min_deg", Stick(), {"yaw_deg": 90}, 180),
    ("knee_min_deg", Stick(seated=True), {"yaw_deg": 90}, 92.5),
    ("ankle_gap_sw", Stick(feet_apart=0.9), {}, 0.9),
    ("toe_out_deg", Stick(), {}, 0),
    ("weight_offset_sw", Stick(), {}, 0),
    ("nose_shoulder_gap_sw", Stick(neck_length=0.5), {}, 0.5),
    ("ear_shoulder_gap_sw", Stick(neck_length=0.5), {}, 0.52),
    ("hands_behind_ratio", Stick(), {}, 0),
]


@pytest.mark.parametrize(("name", "stick", "how", "expected"), KNOWN)
def test_known_values(name, stick, how, expected):
    assert value(name, stick, **how) == pytest.approx(expected, abs=0.6 if name.endswith("_deg") else 0.02)


FOLD = Stick(arm_out=(14, 14), elbow=(95, 95), forearm_in=(80, 80))
CROSSED = Stick(arm_out=(4, 4), arm_forward=(15, 15), elbow=(85, 85), forearm_in=(88, 88))
AKIMBO = Stick(arm_out=(55, 55), elbow=(75, 75), forearm_in=(90, 90))
CHIN = Stick(arm_forward=(0, 55), arm_out=(6, 0), elbow=(180, 25), forearm_in=(0, 40), head_pitch=-5)


def test_arm_postures_are_told_apart():
    table = {
        name: [round(value(name, s), 2) for s in (Stick(), FOLD, CROSSED, AKIMBO)]
        for name in ("hand_on_hip_sw", "arms_crossed_sw")
    }
    hanging, fold, crossed, akimbo = table["hand_on_hip_sw"]
    assert min(hanging, fold, crossed) >= 1.0 > 0.8 > akimbo
    hanging, fold, crossed, akimbo = table["arms_crossed_sw"]
    assert min(hanging, akimbo) >= 1.0
    assert crossed < -0.15
    assert fold > 0


def test_hand_at_the_face_is_near_and_hanging_hands_are_far():
    assert value("hand_to_face_sw", Stick()) > 1.0
    assert value("hand_to_face_sw", CHIN) < 0.45


def test_hands_behind_counts_hidden_wrists_only_where_the_hips_are_seen():
    hidden = (Pose.LEFT_WRIST, Pose.RIGHT_WRIST)
    assert value("hands_behind_ratio", Stick(), unseen=hidden) == 1.0
    assert value("hands_behind_ratio", Stick(), unseen=hidden[:1]) == 0.5
    counter = (*hidden, Pose.LEFT_HIP, Pose.RIGHT_HIP)
    found = MEASURES["hands_behind_ratio"].compute(scene_of(stick_track(Stick(), unseen=counter)))
    assert np.isnan(found.value[0]) and found.reason[0] == Reason.NOT_VISIBLE.code


@pytest.mark.parametrize(
    "name", [n for n, m in MEASURES.items() if not m.relative and not m.of_move and Pose.LEFT_WRIST in m.landmarks]
)
def test_unseen_wrists_are_never_a_value(name):
    if name in ("hand_to_face_sw", "hand_on_hip_sw", "hand_speed_sw_per_s"):
        unseen = tuple(
            p for p in Pose if p.name.endswith(("WRIST", "INDEX", "PINKY", "THUMB")) and "FOOT" not in p.name
        )
    else:
        unseen = (Pose.LEFT_WRIST,)
    found = MEASURES[name].compute(scene_of(stick_track(Stick(), n=30, unseen=unseen)))
    assert np.isnan(found.value).all()
    assert (found.reason == Reason.NOT_VISIBLE.code).all()


def test_head_angles_come_from_the_face_model_and_say_when_it_saw_none():
    track = stick_track(Stick())
    nothing = MEASURES["head_pitch_deg"].compute(scene_of(track))
    assert np.isnan(nothing.value[0]) and nothing.reason[0] == Reason.FACE_NOT_SEEN.code
    track.face_rotation_deg[0] = (-20, 5, 12)
    assert MEASURES["head_pitch_deg"].compute(scene_of(track)).value[0] == pytest.approx(-20)
    assert MEASURES["head_roll_deg"].compute(scene_of(track)).value[0] == pytest.approx(12)
    # A camera turned clockwise by 5 degrees shows an upright head tilted by 5 to the own right.
    track.face_rotation_deg[0] = (0, 0, -5)
    assert MEASURES["head_roll_deg"].compute(scene_of(track, roll_deg=5.0)).value[0] == pytest.approx(0)


def test_small_people_are_not_measured():
    found = MEASURES["shoulder_tilt_deg"].compute(scene_of(stick_track(Stick(shoulder_tilt=10), width_px=30)))
    assert np.isnan(found.value[0]) and found.reason[0] == Reason.TOO_SMALL.code


def test_relative_measures_compare_with_the_own_neutral():
    upright = scene_of(stick_track(Stick()))
    neutral = {name: float(MEASURES[name].compute(upright).value[0]) for name in NEUTRAL_MEASURES}
    assert value("slump_ratio", Stick(), neutral) == pytest.approx(1.0)
    assert value("slump_ratio", Stick(neck_length=0.33), neutral) == pytest.approx(0.6)
    missing = MEASURES["slump_ratio"].compute(upright)
    assert np.isnan(missing.value[0]) and missing.reason[0] == Reason.NO_NEUTRAL.code


def test_a_shrug_is_raised_shoulders_and_not_a_sunken_head():
    upright = scene_of(stick_track(Stick()))
    neutral = {name: float(MEASURES[name].compute(upright).value[0]) for name in NEUTRAL_MEASURES}
    sunken = stick_track(Stick(neck_length=0.3))
    assert MEASURES["shrug_ratio"].compute(scene_of(sunken, neutral=neutral)).value[0] >= 1.0
    raised = moved(sunken, 1.0, (0.0, -20.0))
    assert MEASURES["shrug_ratio"].compute(scene_of(raised, neutral=neutral)).value[0] < 0.7


def test_sway_and_walking():
    time_s = np.arange(0, 10, 0.1)
    still = stick_track(Stick(), n=100)
    assert np.nanmax(MEASURES["sway_sw"].compute(scene_of(still)).value) < 1e-3
    swaying = replace(still, pose_px=still.pose_px + 0.0)
    swaying.pose_px[..., 0] += (14.14 * np.sin(2 * np.pi * time_s))[:, None]
    assert MEASURES["sway_sw"].compute(scene_of(swaying)).value[50] == pytest.approx(0.1, abs=0.01)
    walking = replace(still, pose_px=still.pose_px + 0.0)
    walking.pose_px[..., 0] += (300 * time_s)[:, None]
    assert MEASURES["body_speed_sw_per_s"].compute(scene_of(walking)).value[50] == pytest.approx(3.0, abs=0.1)
    short = MEASURES["sway_sw"].compute(scene_of(stick_track(Stick(), n=5)))
    assert (short.reason == Reason.TOO_SHORT.code).all()


POSED = st.builds(
    Stick,
    trunk_side=st.floats(-15, 15),
    shoulder_tilt=st.floats(-12, 12),
    head_roll=st.floats(-20, 20),
    arm_out=st.tuples(st.floats(3, 60), st.floats(3, 60)),
    elbow=st.tuples(st.floats(40, 178), st.floats(40, 178)),
    forearm_in=st.tuples(st.floats(10, 90), st.floats(10, 90)),
)
STATIC = [
    n for n, m in MEASURES.items() if View.FRONT in m.views and not m.relative and not n.endswith(("_px", "per_s"))
]


def values_of(track, roll_deg=0.0):
    scene = scene_of(track, roll_deg)
    return {n: float(MEASURES[n].compute(scene).value[0]) for n in STATIC if n != "sway_sw"}


def same(a, b, but=()):
    for name in a:
        if name not in but and not (np.isnan(a[name]) and np.isnan(b[name])):
            assert b[name] == pytest.approx(a[name], abs=0.3 if name.endswith("_deg") else 0.01), name


@settings(max_examples=40, deadline=None)
@given(POSED, st.floats(0.8, 1.6), st.floats(-40, 40), st.floats(-40, 40))
def test_place_and_size_change_nothing(stick, scale, dx, dy):
    track = stick_track(stick, width_px=110, at_px=(400, 350), image_size=(2000, 2000))
    same(values_of(track), values_of(moved(track, scale, (dx, dy))))


SIGNED = ("shoulder_tilt_deg", "trunk_lean_side_deg", "neck_lean_side_deg", "head_roll_deg", "weight_offset_sw")


@settings(max_examples=40, deadline=None)
@given(POSED)
def test_a_mirror_swaps_the_sides_and_the_signs(stick):
    plain = values_of(stick_track(stick))
    other = values_of(mirrored(stick_track(stick)))
    for name in SIGNED:
        assert other[name] == pytest.approx(-plain[name], abs=0.3), name
    for left in (n for n in plain if n.startswith("left_")):
        assert other[left.replace("left_", "right_")] == pytest.approx(plain[left], abs=0.3)
    sided = {n for n in plain if n.startswith(("left_", "right_"))}
    same(plain, other, but={*SIGNED, *sided})


@settings(max_examples=40, deadline=None)
@given(POSED, st.floats(-15, 15))
def test_a_known_camera_roll_is_taken_out(stick, roll):
    # Not what comes from world coordinates or looks at the picture's edges.
    other = {"toe_out_deg", "hands_behind_ratio"} | {n for n in STATIC if "elevation" in n}
    same(values_of(stick_track(stick)), values_of(stick_track(stick, roll_deg=roll), roll_deg=roll), but=other)


def test_every_measure_has_a_unit_views_and_landmarks():
    for name, measure in MEASURES.items():
        assert measure.unit in ("deg", "sw", "tl", "ratio", "px", "sw_per_s", "s", "count", "per_min", "feet")
        assert measure.unit in ("ratio", "count") or name.endswith(f"_{measure.unit}"), name
        assert measure.views and measure.landmarks
    assert LEFT == 0


def test_a_level_person_turned_before_a_high_camera_is_level_with_an_error_that_says_so():
    from dataclasses import replace

    track = stick_track(Stick(), n=3, yaw_deg=20)
    pitch, yaw = np.radians(30), np.radians(20)
    points = track.pose_px.copy()
    # what a camera 30 degrees down sees: farther is higher
    points[..., 1] -= track.pose_px[..., 2] * np.sin(pitch)
    turned = np.full(3, 20.0)
    scene = replace(
        Scene(replace(track, pose_px=points), views(turned), facing(turned)),
        yaw_deg=turned, pitch_deg=30.0, pitch_error_deg=5.0,
    )  # fmt: skip
    plain = MEASURES["shoulder_tilt_deg"].compute(replace(scene, yaw_deg=None))
    assert plain.value[0] == pytest.approx(np.degrees(np.arctan(np.tan(yaw) * np.sin(pitch))), abs=0.5)
    found = MEASURES["shoulder_tilt_deg"].compute(scene)
    assert found.value == pytest.approx(np.zeros(3), abs=0.5)
    assert found.extra_error[0] > 3
    straight = replace(scene, yaw_deg=np.zeros(3), pitch_deg=5.0)
    assert MEASURES["shoulder_tilt_deg"].compute(straight).extra_error[0] < 0.5


def test_the_arm_behind_the_body_is_not_measured_from_the_side():
    for name, yaw in (("left_elbow_deg", 90), ("right_elbow_deg", -90), ("left_arm_forward_deg", 90)):
        assert np.isnan(value(name, Stick(), yaw_deg=yaw)), name


def test_a_hand_that_is_not_seen_may_be_at_the_face():
    unseen = (Pose.LEFT_WRIST, Pose.LEFT_INDEX, Pose.LEFT_PINKY, Pose.LEFT_THUMB)
    assert np.isnan(value("hand_to_face_sw", Stick(), unseen=unseen))
    assert value("hand_to_face_sw", Stick()) > 1
