"""The palm's direction and the wrist's bend, from hands drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.findings import Move, Reason
from posture.landmarks import LEFT, RIGHT, Pose
from posture.measures import MEASURES
from tests.arm_player import scene_of_track
from tests.stick_figure import Stick, mirrored, stick_track

MOVE = Move("near_guide", "gesture", 1, 0.0, 0.2, 1.5, 1.9, "right")
OUT = np.array([-1.0, 0.0, 0.0])
"""The right hand points to the picture's left, as from the front."""


def scene_with(palm_up, size_px=48.0, along=OUT, side=RIGHT, flicker=False):
    """A person whose hand points along `along` with the palm towards (up, to the camera) = cos, sin of its tilt."""
    track = stick_track(Stick(arm_out=(6.0, 80.0)), n=20, fps=10.0)
    tilt = np.radians(palm_up)
    palm = np.array([0.0, -np.cos(tilt), -np.sin(tilt)])
    hands = track.hands_px.copy()
    wrist = np.array([*track.pose_px[0, Pose.RIGHT_WRIST, :2], 0.0])
    for t in range(len(track)):
        normal = palm if not flicker or t % 2 else -palm
        to_index = np.cross(along, normal)
        # Seen from the palm a right hand's thumb is on the picture's right of fingers that point up.
        for point, forth, aside in ((0, 0, 0), (5, 0.5, 0.2), (9, 0.5, 0.0), (17, 0.5, -0.2)):
            hands[t, RIGHT, point] = wrist + size_px * (forth * along + aside * to_index)
    track = replace(track, hands_px=hands)
    if side == LEFT:
        hands = hands[:, ::-1].copy()
        hands[..., 0] = track.image_size[0] - hands[..., 0]
        track = replace(mirrored(track), hands_px=hands)
    return scene_of_track(track)


def value(name, scene, side="right"):
    return MEASURES[name].of_move(scene, replace(MOVE, side=side))


@pytest.mark.parametrize("side, of", [(RIGHT, "right"), (LEFT, "left")])
@pytest.mark.parametrize("tilt", [0, 45, 90, 135, 180])
def test_the_palm_of_either_hand(tilt, side, of):
    assert value("palm_tilt_deg", scene_with(tilt, side=side), of).value == pytest.approx(tilt, abs=1)


def test_a_small_hand_or_one_that_turns_over_is_not_assessable():
    assert value("palm_tilt_deg", scene_with(45, size_px=25.0)).reason == Reason.TOO_SMALL
    assert value("palm_tilt_deg", scene_with(90, flicker=True)).reason == Reason.ERROR_TOO_LARGE
    scene = scene_with(45)
    scene.track.hands_px[:] = np.nan
    for name in ("palm_tilt_deg", "wrist_bend_deg"):
        assert value(name, scene).reason == Reason.NOT_VISIBLE


@pytest.mark.parametrize("bend", [0, 30, 60])
def test_the_wrist_s_bend(bend):
    scene = scene_with(45)
    arm = scene.track.pose_px[0, Pose.RIGHT_WRIST, :2] - scene.track.pose_px[0, Pose.RIGHT_ELBOW, :2]
    arm = arm / np.linalg.norm(arm)
    c, s = np.cos(np.radians(bend)), np.sin(np.radians(bend))
    along = np.array([c * arm[0] - s * arm[1], s * arm[0] + c * arm[1], 0.0])
    assert value("wrist_bend_deg", scene_with(45, along=along)).value == pytest.approx(bend, abs=1)
