"""Bows and nods are found where they are, with angle, tempo and number, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.findings import View
from posture.landmarks import Pose
from posture.library import load_library
from posture.measures import MEASURES
from posture.moves.bows import find_bows, find_nods
from posture.neutral import find_neutral
from tests.arm_player import scene_of_track
from tests.stick_figure import Stick, stick_track

LIBRARY = load_library()


def bow(angle_deg, down_s=1.0, pause_s=1.0, up_s=1.2, yaw_deg=90.0, fps=10.0):
    """Upright, down, pause, up, upright: from the side, with its neutral."""
    up, down = (0.5 - 0.5 * np.cos(np.pi * np.arange(1, round(s * fps) + 1) / round(s * fps)) for s in (up_s, down_s))
    lean = np.concatenate([np.zeros(40), angle_deg * down, np.full(round(pause_s * fps), angle_deg),
                           angle_deg * (1 - up), np.zeros(30)])  # fmt: skip
    scene = scene_of_track(
        stick_track([Stick(trunk_forward=float(a)) for a in lean], fps=fps, yaw_deg=yaw_deg), yaw_deg
    )
    neutral = find_neutral(scene)
    return replace(scene, neutral=neutral.values if neutral else {})


def bow_to_the_camera(angle_deg, nearer=0.06, head_only=False):
    """A bow from the front: upright 8 s, down, held a second, up, upright; shoulders that come nearer look wider."""
    ease = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, 11) / 10)
    share = np.concatenate([np.zeros(80), ease, np.ones(10), ease[::-1], np.zeros(40)])
    sticks = [
        Stick(trunk_forward=0.0 if head_only else angle_deg * s, head_pitch=-angle_deg * s) for s in share
    ]  # fmt: skip
    track = stick_track(sticks)
    upper = [p for p in Pose if p.value <= Pose.RIGHT_THUMB]
    pixels = track.pose_px.copy()
    pixels[:, upper, 0] = 500 + (pixels[:, upper, 0] - 500) * (1 + nearer * share[:, None])
    return scene_of_track(replace(track, pose_px=pixels))


@pytest.mark.parametrize("angle", [30, 45])
def test_a_deep_bow_is_seen_from_the_front_with_a_wide_error(angle):
    (move,) = find_bows(bow_to_the_camera(angle))
    assert move.kind == "bow" and (move.start_s, move.end_s) == pytest.approx((8.0, 11.0), abs=0.6)
    found = value_of("bow_angle_deg", bow_to_the_camera(angle), move)
    assert found.value == pytest.approx(angle, abs=LIBRARY.errors["bow_angle_deg"][View.FRONT])


@pytest.mark.parametrize(
    "scene",
    [bow_to_the_camera(8), bow_to_the_camera(30, nearer=0.01, head_only=True), bow_to_the_camera(30, nearer=0.0)],
    ids=["hardly", "only the head", "not nearer"],
)
def test_what_may_be_no_bow_is_none_from_the_front(scene):
    assert find_bows(scene) == []


def value_of(name, scene, move):
    return MEASURES[name].of_move(scene, move)


@pytest.mark.parametrize("angle", [12, 15, 30, 45, 60])
@pytest.mark.parametrize("yaw", [90, -90])
def test_a_bow_s_angle_and_tempo(angle, yaw):
    scene = bow(angle, down_s=0.8, pause_s=1.2, up_s=1.6, yaw_deg=yaw)
    (move,) = find_bows(scene)
    assert value_of("bow_angle_deg", scene, move).value == pytest.approx(angle, abs=1.5)
    for name, true_s in (("bow_down_s", 0.8), ("bow_pause_s", 1.2), ("bow_up_s", 1.6)):
        found = value_of(name, scene, move)
        assert found.value == pytest.approx(true_s, abs=0.25 + found.extra_error), name
        assert name == "bow_pause_s" or (found.extra_error > 0.25) == (angle <= 15)


def test_a_head_that_stays_up_or_hangs_bends_the_line():
    scene = bow(30)
    (move,) = find_bows(scene)
    # the stick person's head is not taken along by the trunk: it stays up by the whole angle
    assert value_of("head_waist_bend_deg", scene, move).value == pytest.approx(30, abs=2)
    pixels = scene.track.pose_px.copy()
    shoulder, hip = (pixels[:, [p]][..., :2].mean(1) for p in (Pose.LEFT_SHOULDER, Pose.LEFT_HIP))
    for ear in (Pose.LEFT_EAR, Pose.RIGHT_EAR):
        pixels[:, ear, :2] = shoulder + 0.3 * (shoulder - hip)
    straight = replace(scene, track=replace(scene.track, pose_px=pixels))
    assert value_of("head_waist_bend_deg", straight, move).value < 2


def test_a_lean_that_is_small_or_lasts_is_no_bow():
    assert find_bows(bow(5)) == []
    assert find_bows(bow(20, pause_s=15)) == []
    assert find_bows(bow(20, pause_s=4)) == [], "who stays down stoops"
    assert find_bows(bow(30, yaw_deg=0)) == [], "from the front the angle cannot be told"


def nodding(times, depth=8.0, period_s=0.5, n_s=12, fps=10.0, seen=True, low=1.0):
    """Nods from 5 s on; with `low` over 1 the head stays at its lowest for a part of each."""
    track = stick_track(Stick(), n=round(n_s * fps), fps=fps)
    since = track.time_s - 5.0
    inside = (since >= 0) & (since < times * period_s)
    pitch = np.where(inside, -depth * np.minimum(low * (0.5 - 0.5 * np.cos(2 * np.pi * since / period_s)), 1), 0.0)
    face = np.zeros((len(track), 3), np.float32)
    face[:, 0] = pitch if seen else np.nan
    return scene_of_track(replace(track, face_rotation_deg=face))


@pytest.mark.parametrize("times", [1, 2, 6])
def test_nods_in_a_row_are_counted(times):
    (move,) = find_nods(nodding(times))
    assert move.count == times
    assert move.start_s == pytest.approx(5.0, abs=0.25)


def test_a_fast_row_in_which_the_head_is_down_for_longer_than_up_is_counted():
    (move,) = find_nods(nodding(6, period_s=0.4, low=1.5))
    assert move.count == 6


def test_looking_down_for_long_a_small_dip_and_an_unseen_face_are_no_nods():
    assert find_nods(nodding(1, period_s=3.0)) == []
    assert find_nods(nodding(2, depth=2.0)) == []
    assert find_nods(nodding(2, seen=False)) == []


def at_width(scene, width_px):
    """The same person with shoulders so many pixels wide."""
    track = scene.track
    track.pose_px[...] *= width_px / 100.0
    return scene


@pytest.mark.parametrize("width_px, depth, told", [(100, 8, 1), (50, 8, 1), (50, 4.4, 0), (30, 8, 0), (30, 20, 0)])
def test_a_nod_within_the_noise_of_a_small_figure_is_not_told(width_px, depth, told):
    assert len(find_nods(at_width(nodding(1, depth=depth), width_px))) == told


def test_what_the_face_model_shows_of_somebody_from_behind_is_no_nod():
    scene = nodding(2)
    assert find_nods(scene_of_track(scene.track, 180.0)) == []
    assert find_nods(scene_of_track(scene.track, 40.0)), "from aside the face is seen"


def test_a_head_that_wanders_as_the_face_models_noise_does_never_nods():
    """In 95 % of the pictures within 150 degrees divided by the width in pixels: benchmarks of rendered people."""
    for width_px in (100, 70, 50, 45, 30):
        scene = at_width(nodding(1, depth=0.0, n_s=60), width_px)
        noise = np.random.default_rng(width_px).normal(0, 150 / 2 / width_px, len(scene.track))
        scene.track.face_rotation_deg[:, 0] = np.convolve(noise, np.ones(2) / np.sqrt(2), "same")
        assert len(find_nods(scene)) <= 1, width_px
