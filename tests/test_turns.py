"""Hands and faces looked at in turns: whose turn it is, and what is filled in between two looks."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from posture import models
from posture.finder import Finder
from posture.landmark_file import LandmarkWriter, observation_metadata, read_landmark_file
from posture.landmarks import TRACK_ARRAYS, Observation, Pose, empty_track
from posture.observe import ObserveSettings, landmark_path, observe
from posture.people import body_size_px
from posture.turns import CROWD, Turn, between_turns, turn_of
from posture.video import frames_at, sha256_of
from tests.media import film

WRISTS = [Pose.LEFT_WRIST, Pose.RIGHT_WRIST]


def moving(n=9, step_s=0.1, speed=(30.0, -12.0, 5.0), hand=2.0):
    """Somebody who moves evenly, hands and face moving evenly by themselves."""
    time_s = np.arange(n) * step_s
    track = empty_track(1, time_s, np.arange(n), (640, 480))
    rng = np.random.default_rng(5)
    for name in TRACK_ARRAYS:
        array = getattr(track, name)
        array[:] = rng.normal(200, 40, array.shape[1:])
    track.pose_px[:] += (time_s[:, None] * np.array(speed))[:, None]
    track.hands_px[:, :, :, :2] += (time_s[:, None] * np.array(speed[:2]) * hand)[:, None, None]
    track.hands_px[..., 2] += time_s[:, None, None] * 3
    track.face_px[:] += (time_s[:, None] * np.array(speed[:2]))[:, None]
    track.face_rotation_deg[:] += time_s[:, None] * 20
    return track


def taken_in_turns(track):
    """The same as looked at in turns, and in which samples that was."""
    seen = track.part(slice(None))
    for i in range(1, len(track)):
        turn = turn_of(CROWD, i)
        if not turn.hands:
            seen.hands_px[i] = np.nan
        if not turn.face:
            seen.face_px[i], seen.face_rotation_deg[i], seen.blendshapes[i] = np.nan, np.nan, np.nan
    return seen, np.arange(len(track)) > 0


def test_whose_turn_it_is():
    assert [turn_of(CROWD, i) for i in range(5)] == [Turn.WHOLE, Turn.FACE, Turn.HANDS, Turn.FACE, Turn.HANDS]
    assert {turn_of(CROWD - 1, i) for i in range(5)} == {Turn.WHOLE}, "clerk, client and a passer-by: always whole"
    assert turn_of(8, None) == Turn.WHOLE, "a photo has no next picture"


@given(st.integers(3, 30), st.floats(0.04, 0.24), st.floats(-3, 3))
def test_even_movement_is_filled_in_exactly(n, step_s, hand):
    true = moving(n, step_s, hand=hand)
    filled = between_turns(*taken_in_turns(moving(n, step_s, hand=hand)))
    for name in TRACK_ARRAYS:
        # The last sample has no look after it.
        np.testing.assert_allclose(getattr(filled, name)[:-1], getattr(true, name)[:-1], atol=2e-3)
    assert np.isnan(filled.hands_px[-1]).all() == np.isnan(taken_in_turns(true)[0].hands_px[-1]).all()


def test_nothing_leads_across_a_look_that_showed_nothing():
    seen, waited = taken_in_turns(moving())
    seen.hands_px[4, 0] = np.nan
    filled = between_turns(seen, waited)
    assert np.isnan(filled.hands_px[3:6, 0]).all(), "the hand was looked for and not seen"
    assert np.isfinite(filled.hands_px[:8, 1]).all(), "the other one was"


def test_nothing_is_filled_in_where_nobody_had_to_wait_or_looks_lie_far_apart():
    seen, waited = taken_in_turns(moving())
    filled = between_turns(seen, np.zeros_like(waited))
    np.testing.assert_array_equal(filled.hands_px, seen.hands_px)
    rare, waited = taken_in_turns(moving(step_s=0.3))
    assert np.isnan(between_turns(rare, waited).hands_px[1::2]).all(), "0.6 s: too far"


def test_the_file_says_what_was_seen_and_reading_it_fills_in(tmp_path):
    seen, waited = taken_in_turns(moving())
    path = tmp_path / "a.parquet"
    with LandmarkWriter(path) as writer:
        for i, time_s in enumerate(seen.time_s):
            row = {name: getattr(seen, name)[i] for name in TRACK_ARRAYS}
            writer.add(1, float(time_s), i, row, bool(waited[i]))
        writer.close(
            observation_metadata(Observation((), "a.mp4", "ab", (640, 480), "video", 0.9, np.empty(0), provenance={}))
        )
    table = pq.read_table(path)
    assert table["in_turn"].to_pylist() == waited.tolist()
    assert np.isnan(table["hands_px"].to_pylist()[1]).all()
    (track,) = read_landmark_file(path).tracks
    np.testing.assert_allclose(track.hands_px[:-1], moving().hands_px[:-1], atol=2e-3)


@pytest.fixture
def four(samples, tmp_path):
    """Four people beside one another for six pictures, each coming a little nearer to the right."""
    still = Image.fromarray(next(iter(frames_at(samples / "standing_correct.mp4", [3.0]))).image).resize((960, 720))
    person = np.asarray(still.crop((300, 0, 660, 720)))
    row = np.pad(np.concatenate([person] * CROWD, 1), ((0, 0), (80, 80), (0, 0)), "edge")
    pictures = [row[:, 40 - 6 * i : row.shape[1] - 40 - 6 * i] for i in range(6)]
    return film(tmp_path / "four.mp4", pictures, fps=10)


def test_four_people_keep_hands_and_faces_in_every_picture(four, tmp_path, monkeypatch, bundles):
    monkeypatch.setenv("POSTURE_MODELS", str(bundles["pose"].parent))
    monkeypatch.setenv("POSTURE_CACHE_DIR", str(tmp_path / "cache"))
    observation = observe(four)
    assert len(observation.tracks) == CROWD
    table = pq.read_table(landmark_path(sha256_of(four), ObserveSettings()))
    seen = np.isfinite(np.array(table["face_rotation_deg"].to_pylist())[:, 0]).reshape(6, CROWD)
    waited = np.array(table["in_turn"].to_pylist()).reshape(6, CROWD)
    assert not waited[0].any() and waited[1:].all(1).sum() >= 3, (
        "where one of them is missed at first, the others are few"
    )
    assert seen[[0, 1, 3, 5]].all() and (seen == ~waited)[[2, 4]].all()
    finder = Finder(models.model_paths(), 8, True, True)
    pictures = [frame.image for frame in frames_at(four, [i / 10 for i in range(6)])]
    for track in observation.tracks:
        size = body_size_px(track.pose_px[0])
        for i in range(1, 5):
            true = finder.near(pictures[i], track.pose_px[i])[0].arrays
            np.testing.assert_allclose(track.face_px[i], true["face_px"], atol=0.1 * size)
            np.testing.assert_allclose(track.face_rotation_deg[i], true["face_rotation_deg"], atol=4)
            off = np.abs(track.hands_px[i] - true["hands_px"])[..., :2].mean(1)
            assert not (off > 0.2 * size).any(), "folded hands are found a little elsewhere in another crop"
        hand = np.isfinite(track.hands_px[..., 0, 0])
        for i in np.flatnonzero(waited.all(1)[[1, 3]]) * 2 + 1:
            assert (hand[i] == hand[i - 1] & hand[i + 1]).all()
    finder.close()
    assert sum(np.isfinite(track.hands_px[1:4:2, :, 0, 0]).sum() for track in observation.tracks) >= 2
