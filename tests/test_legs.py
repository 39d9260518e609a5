"""Squats, crossed legs, feet put up, from legs drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.findings import Reason, View
from posture.landmarks import Pose
from posture.library import load_library
from posture.measures import MEASURES
from posture.moves import find_moves
from posture.moves.squats import find_squats
from posture.moves.walks import find_walks
from tests.arm_player import scene_of_track
from tests.stick_figure import Stick, stick_track

LIBRARY = load_library()
STAND, CHAIR, SQUAT = (1.0, 1.0, 1.0), (0.55, 1.0, 1.0), (0.42, 1.25, 0.62)
"""Share of the standing height of the hips, left and right knee."""


def going_down(low, hold_s=1.5, fps=10.0, yaw_deg=80.0, lean_deg=5.0):
    """Standing 3 s, down in 0.8 s, held, up in 0.8 s, standing 2 s."""
    phases = [(STAND, STAND, 3.0), (STAND, low, 0.8), (low, low, hold_s), (low, STAND, 0.8), (STAND, STAND, 2.0)]
    shares = np.concatenate(
        [np.linspace(a, b, round(s * fps), endpoint=False) for a, b, s in phases]
    )  # fmt: skip
    track = stick_track(Stick(trunk_forward=lean_deg), n=len(shares), fps=fps, yaw_deg=yaw_deg)
    pixels = track.pose_px.copy()
    floor = pixels[0, Pose.LEFT_ANKLE, 1]
    hips = floor - pixels[:, Pose.LEFT_HIP, 1]
    sink = hips * (1 - shares[:, 0])
    body = [p for p in Pose if "KNEE" not in p.name and "ANKLE" not in p.name and "HEEL" not in p.name]
    body = [p for p in body if "FOOT" not in p.name]
    pixels[:, body, 1] += sink[:, None]
    for k, knee in ((1, Pose.LEFT_KNEE), (2, Pose.RIGHT_KNEE)):
        pixels[:, knee, 1] = floor - (floor - pixels[:, knee, 1]) * shares[:, k]
    return scene_of_track(replace(track, pose_px=pixels), yaw_deg)


@pytest.mark.parametrize("yaw_deg", [80.0, 0.0])
def test_a_squat_is_found_with_its_times(yaw_deg):
    (move,) = find_squats(going_down(SQUAT, yaw_deg=yaw_deg))
    assert (move.kind, move.group) == ("squat", "squat")
    assert move.start_s == pytest.approx(3.1, abs=0.3) and move.end_s == pytest.approx(6.0, abs=0.3)
    assert move.hold_start_s == pytest.approx(3.6, abs=0.3) and move.hold_end_s == pytest.approx(5.5, abs=0.3)


@pytest.mark.parametrize("low", [CHAIR, (0.8, 1.1, 0.8)], ids=["a chair", "a bob"])
def test_sitting_down_and_bobbing_are_no_squats(low):
    assert find_squats(going_down(low)) == []


def test_both_knees_level_but_lower_than_any_chair_is_a_squat_with_a_fault():
    scene = going_down((0.3, 1.0, 1.0))
    scene = scene.with_moves(find_moves(scene, LIBRARY.gestures))
    (move,) = find_squats(scene)
    knees = MEASURES["squat_knees_tl"].of_move
    assert knees is not None and knees(scene, move).value < 0.05


def test_the_squats_lean_is_measured_from_the_side():
    scene = going_down(SQUAT, lean_deg=30.0)
    (move,) = find_squats(scene)
    lean = MEASURES["squat_lean_deg"].of_move
    assert lean is not None and lean(scene, move).value == pytest.approx(30.0, abs=1.0)


def test_hidden_hips_squat_not():
    scene = going_down(SQUAT)
    pixels = scene.track.pose_px.copy()
    pixels[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]] = np.nan
    assert find_squats(replace(scene, track=replace(scene.track, pose_px=pixels))) == []
    assert find_squats(replace(scene, view=np.full(len(scene.track), View.OBLIQUE))) == []


def seated(**moved):
    """Somebody who sits before the camera, with joints moved by (x to the own left, y up) in shoulder widths."""
    track = stick_track(Stick(seated=True), n=20, fps=10.0)
    pixels = track.pose_px.copy()
    width = np.abs(pixels[0, Pose.LEFT_SHOULDER, 0] - pixels[0, Pose.RIGHT_SHOULDER, 0])
    for joint, (x, y) in moved.items():
        pixels[:, Pose[joint.upper()], 0] += x * width
        pixels[:, Pose[joint.upper()], 1] -= y * width
    return scene_of_track(replace(track, pose_px=pixels))


def value(name, scene):
    found = MEASURES[name].compute(scene)
    return float(np.median(found.value)), found.reason


@pytest.mark.parametrize("side, sign", [("right", 1.0), ("left", -1.0)])
def test_one_knee_over_the_other_crosses_the_legs(side, sign):
    past = {f"{side}_knee": (0.2 * sign, 0.2), f"{side}_ankle": (1.1 * sign, 0.3)}
    assert value("legs_crossed_sw", seated(**past))[0] > 0.2
    assert value("legs_crossed_sw", seated())[0] < -0.2


def test_feet_on_the_desk_are_above_the_knees():
    up = {f"{side}_ankle": (0.0, 1.4) for side in ("left", "right")}
    assert value("foot_raised_tl", seated(**up))[0] > 0.1
    assert value("foot_raised_tl", seated())[0] < -0.3


def test_hidden_legs_are_not_assessable():
    scene = seated()
    pixels = scene.track.pose_px.copy()
    pixels[:, [Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE]] = np.nan
    scene = replace(scene, track=replace(scene.track, pose_px=pixels))
    for name in ("legs_crossed_sw", "foot_raised_tl"):
        found, reason = value(name, scene)
        assert np.isnan(found) and (reason == Reason.NOT_VISIBLE.code).all()


def walking(hidden_share, fps=10.0, seconds=6.0, step_s=0.55):
    """From the left to the right, seen from the side; the far ankle is not seen in that share of all samples."""
    n = round(seconds * fps)
    track = stick_track(Stick(), n=n, fps=fps, yaw_deg=80.0, at_px=(200.0, 450.0))
    pixels = track.pose_px.copy()
    pixels[..., 0] += (np.arange(n) / fps * 120.0)[:, None]
    swing = 70.0 * np.sin(np.pi * np.arange(n) / fps / step_s)
    pixels[:, Pose.LEFT_ANKLE, 0] += swing
    pixels[:, Pose.RIGHT_ANKLE, 0] -= swing
    unseen = np.random.default_rng(1).permutation(n) < hidden_share * n
    pixels[unseen, Pose.RIGHT_ANKLE] = np.nan
    return scene_of_track(replace(track, pose_px=pixels), 80.0)


def test_steps_are_told_where_the_feet_are_seen_and_not_where_they_come_and_go():
    (walk,) = find_walks(walking(0.05))
    assert 60 * (walk.count - 1) / (walk.hold_end_s - walk.hold_start_s) == pytest.approx(60 / 0.55, abs=8)
    assert find_walks(walking(0.45)) == []
