"""From which side, and what was truly seen."""

import numpy as np
import pytest

from posture.camera import body_yaw_deg, facing, lower_body_hidden, views, with_unseen_removed
from posture.findings import View
from posture.landmarks import Pose
from tests.stick_figure import Stick, stick_track


@pytest.mark.parametrize(
    ("yaw", "view", "towards"),
    [(0, View.FRONT, 0), (20, View.FRONT, 0), (-20, View.FRONT, 0), (45, View.OBLIQUE, 0), (-45, View.OBLIQUE, 0),
     (90, View.SIDE, 1), (-90, View.SIDE, -1), (180, View.BACK, 0), (-150, View.BACK, 0)],
)  # fmt: skip
def test_view_and_facing(yaw, view, towards):
    track = stick_track(Stick(), n=3, yaw_deg=yaw)
    found = body_yaw_deg(track)
    assert np.allclose(found, yaw if yaw != 180 else found, atol=0.5)
    assert set(views(found)) == {view}
    assert facing(found).tolist() == [towards] * 3


def test_nobody_has_no_view():
    track = stick_track(Stick(), n=2)
    track.pose_m[:] = np.nan
    assert set(views(body_yaw_deg(track))) == {View.UNKNOWN}


def test_points_outside_the_picture_or_unsure_are_unseen():
    track = stick_track(Stick(), at_px=(500, 900))
    seen = with_unseen_removed(track)
    assert np.isnan(seen.pose_px[0, Pose.LEFT_ANKLE]).all()
    assert np.isfinite(seen.pose_px[0, Pose.LEFT_SHOULDER]).all()
    track = stick_track(Stick())
    track.visibility[0, Pose.LEFT_WRIST] = 0.4
    assert np.isnan(with_unseen_removed(track).pose_px[0, Pose.LEFT_WRIST]).all()
    assert np.isfinite(track.pose_px[0, Pose.LEFT_WRIST]).all(), "the original stays as it is"


def test_a_counter_hides_the_hips_with_the_legs_however_sure_the_model_is_of_them():
    track = stick_track(Stick(), n=20)
    track.visibility[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]] = 0.3
    track.visibility[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]] = 0.97
    assert lower_body_hidden(track).all()
    assert np.isnan(with_unseen_removed(track).pose_px[:, Pose.LEFT_HIP]).all()


def test_a_far_knee_hidden_in_side_view_is_no_counter():
    track = stick_track(Stick(), n=20, yaw_deg=90)
    track.visibility[:, Pose.RIGHT_KNEE] = 0.2
    assert not lower_body_hidden(track).any()


def test_knees_below_the_picture_are_no_counter():
    track = stick_track(Stick(), n=20, at_px=(500, 990))  # knees at 1105 of 1000
    track.visibility[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]] = 0.1
    assert not lower_body_hidden(track).any()


def test_knees_that_the_model_puts_at_the_lower_edge_are_a_counter_too():
    track = stick_track(Stick(), n=20, at_px=(500, 940))  # knees at 1055 of 1000
    track.visibility[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]] = 0.28
    assert lower_body_hidden(track).all()


def test_knees_over_the_chest_are_a_guess_however_sure_the_model_is():
    track = stick_track(Stick(), n=20)
    track.visibility[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]] = 0.85
    track.pose_px[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE], 1] = track.pose_px[:, [Pose.LEFT_SHOULDER], 1]
    assert lower_body_hidden(track).all()


def test_a_moment_of_knees_does_not_take_the_counter_away():
    track = stick_track(Stick(), n=200)
    track.visibility[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]] = 0.3
    track.visibility[80:130, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]] = 0.8
    assert lower_body_hidden(track).all()
