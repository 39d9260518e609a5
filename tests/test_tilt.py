"""The camera's roll from people who stand, and when it must stay unknown."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.camera import body_yaw_deg, facing, views, with_unseen_removed
from posture.landmarks import Pose
from posture.measures import Scene
from posture.tilt import ESTIMATE_ERROR_DEG, FEET, UNKNOWN_ALLOWANCE_DEG, camera_tilt
from tests.stick_figure import Stick, stick_track


def scene_of(stick=None, n=40, **how):
    track = stick_track(stick or Stick(), n=n, **how)
    yaw = body_yaw_deg(track)
    return Scene(with_unseen_removed(track), views(yaw), facing(yaw))


@given(
    roll=st.floats(-14, 14), tilt=st.floats(-15, 15), head=st.floats(-20, 20), out=st.floats(0, 80),
    apart=st.floats(0, 1.2),
    yaw=st.floats(-20, 20),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_whatever_shoulders_head_and_arms_do_the_roll_is_found(roll, tilt, head, out, apart, yaw):
    stick = Stick(shoulder_tilt=tilt, head_roll=head, arm_out=(out, 6.0), feet_apart=apart)
    found = camera_tilt(None, [scene_of(stick, roll_deg=roll, yaw_deg=yaw)], 0.1)
    assert found.how == "estimated" and found.allowance_deg == ESTIMATE_ERROR_DEG
    assert found.roll_deg == pytest.approx(roll, abs=1.5)


def test_what_the_user_says_comes_first():
    found = camera_tilt(3.0, [scene_of(roll_deg=9.0)], 0.1)
    assert (found.roll_deg, found.allowance_deg, found.how) == (3.0, 0.0, "given")


@pytest.mark.parametrize(
    ("stick", "how"),
    [(Stick(), {"unseen": FEET}), (Stick(seated=True), {}), (Stick(), {"yaw_deg": 90}), (Stick(), {"yaw_deg": 45}),
     (Stick(), {"n": 10}), (Stick(), {"roll_deg": 40.0})],
    ids=["no feet", "sitting", "from the side", "turned", "too short", "more than any camera stands"],
)  # fmt: skip
def test_without_somebody_who_stands_it_stays_unknown(stick, how):
    found = camera_tilt(None, [scene_of(stick, **how)], 0.1)
    assert (found.roll_deg, found.allowance_deg, found.how) == (0.0, UNKNOWN_ALLOWANCE_DEG, "unknown")
    assert camera_tilt(None, [], 0.1).how == "unknown"


def test_somebody_who_walks_or_shifts_all_the_time_tells_nothing():
    scene = scene_of(n=60)
    swing = 0.25 * 145 * np.sin(np.arange(60) / 10 * 2 * np.pi * 0.4)
    points = scene.track.pose_px.copy()
    points[:, : Pose.LEFT_KNEE, 0] += swing[:, None]
    assert camera_tilt(None, [replace(scene, track=replace(scene.track, pose_px=points))], 0.1).how == "unknown"


def test_the_middle_of_several_people_counts():
    leaning = scene_of(Stick(trunk_side=25), roll_deg=4.0)
    found = camera_tilt(None, [scene_of(roll_deg=4.0), leaning, scene_of(roll_deg=4.0)], 0.1)
    assert found.roll_deg == pytest.approx(4.0, abs=0.2)
