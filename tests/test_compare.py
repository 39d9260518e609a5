"""Similarity to reference poses on stick people, and on the references themselves."""

import numpy as np
import pytest

from posture.camera import body_yaw_deg, facing, views, with_unseen_removed
from posture.compare import COMPARED, compare, held_poses, segments, standing
from posture.judge import timing
from posture.landmarks import Pose, empty_track
from posture.library import load_library
from posture.measures import Scene
from tests.stick_figure import Stick, stick_track

LIBRARY = load_library()


def scene_of(track, yaw_deg=None):
    yaw_deg = body_yaw_deg(track) if yaw_deg is None else np.full(len(track), float(yaw_deg))
    return Scene(track, views(yaw_deg), facing(yaw_deg), yaw_deg=yaw_deg)


def reference_track(pose, yaw_deg=0.0, n=20, size=120.0, unseen=()):
    """A person who is exactly the reference pose, turned by yaw."""
    track = empty_track(1, np.arange(n) / 10, np.arange(n), (1000, 1000))
    turn = np.radians(yaw_deg)
    for name, (x, y, z) in pose.joints.items():
        point = Pose[name.upper()]
        right, away = x * np.cos(turn) + z * np.sin(turn), x * np.sin(turn) - z * np.cos(turn)
        track.pose_px[:, point] = (500 + size * right, 400 - size * y, size * away)
        track.pose_m[:, point] = (0.5 * right, -0.5 * y, 0.5 * away)
    track.visibility[:] = 1.0
    for point in unseen:
        track.visibility[:, point] = 0.1
        track.pose_px[:, point] = np.nan
    return track


@pytest.mark.parametrize("pose", LIBRARY.poses.values(), ids=lambda p: p.id)
@pytest.mark.parametrize("yaw", [0, 30, -45, 90])
def test_a_pose_is_like_itself_from_every_side(pose, yaw):
    found = compare(scene_of(reference_track(pose, yaw), yaw), pose)
    assert found.similarity == pytest.approx(np.full(20, 100.0), abs=0.5)
    assert np.nanmax(found.distance_tl) < 0.01


@pytest.mark.parametrize("pose", LIBRARY.candidates(), ids=lambda p: p.id)
def test_every_pose_is_recognised_as_itself(pose):
    track = reference_track(pose)
    held = held_poses(scene_of(track), LIBRARY.candidates())
    same_in_picture = {"stand_front_fold": "stand_front_fold_male", "stand_front_fold_male": "stand_front_fold"}
    assert set(held.pose) <= {pose.id, same_in_picture.get(pose.id)}


def test_standing_and_sitting_by_the_thighs_when_they_are_seen():
    assert set(standing(scene_of(stick_track(Stick(), n=5)))) == {1}
    assert set(standing(scene_of(stick_track(Stick(seated=True), n=5)))) == {0}
    legs = (Pose.LEFT_KNEE, Pose.RIGHT_KNEE)
    assert np.isnan(standing(scene_of(stick_track(Stick(), n=5, unseen=legs)))).all()


def test_far_from_every_pose_is_none():
    surrender = Stick(arm_out=(150, 150))
    track = stick_track(surrender, n=20)
    held = held_poses(scene_of(track), LIBRARY.candidates())
    assert set(held.pose) == {None}


def test_distance_names_the_joint_that_is_off():
    pose = LIBRARY.poses["stand_hands_sides"]
    track = reference_track(pose)
    track.pose_px[:, Pose.LEFT_WRIST, 0] += 120
    found = compare(scene_of(track, 0), pose)
    assert COMPARED[int(np.nanargmax(found.distance_tl[:, 0]))] == Pose.LEFT_WRIST
    assert found.similarity[0] < 90


def test_behind_a_counter_no_standing_pose_is_claimed():
    pose = LIBRARY.poses["stand_front_fold"]
    track = reference_track(pose)
    for point in (Pose.LEFT_KNEE, Pose.RIGHT_KNEE, Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE):
        track.visibility[:, point] = 0.2
    seen = with_unseen_removed(track)
    held = held_poses(scene_of(seen), LIBRARY.candidates())
    assert not {p for p in held.pose if p and p.startswith("stand")}


def test_too_little_seen_is_no_similarity():
    pose = LIBRARY.poses["stand_hands_sides"]
    arms = tuple(p for p in Pose if "ELBOW" in p.name or "WRIST" in p.name)
    found = compare(scene_of(reference_track(pose, unseen=arms), 0), pose)
    assert np.isnan(found.similarity).all()


def test_who_has_risen_holds_no_sitting_pose():
    """Behind a counter the upper body alone looks alike, sitting or standing."""
    pose = LIBRARY.poses["sit_forearms_on_desk"]
    legs = tuple(p for p in Pose if any(part in p.name for part in ("KNEE", "ANKLE", "HEEL", "FOOT")))
    track = reference_track(pose, n=40, unseen=legs)
    assert set(held_poses(scene_of(track), LIBRARY.candidates()).pose) == {pose.id}
    risen = np.arange(40) >= 20
    held = held_poses(scene_of(track), LIBRARY.candidates(), risen)
    assert set(held.pose[:20]) == {pose.id} and pose.id not in held.pose[20:]
    assert not any(p is not None and LIBRARY.poses[p].kind == "sitting" for p in held.pose[20:])


def test_segments_need_a_second():
    pose = LIBRARY.poses["stand_hands_sides"]
    track = reference_track(pose, n=40)
    held = held_poses(scene_of(track), [pose])
    when = timing(track.time_s, 0.1, False)
    (segment,) = segments(held, track.time_s, when.weight_s, False)
    assert (segment.start_s, segment.end_s) == (0.0, pytest.approx(4.0))
    held.pose[5:] = None
    assert segments(held, track.time_s, when.weight_s, False) == ()
    assert len(segments(held, track.time_s, when.weight_s, True)) == 1
