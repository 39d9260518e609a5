"""Observing with real MediaPipe: reuse, several people, small figures, photos, interruptions."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from posture import observe as observe_module
from posture.errors import UnusableInputError
from posture.landmarks import Pose
from posture.observe import ObserveSettings, landmark_path, observe, without_ghosts
from posture.video import FrameReader, frames_at, sha256_of
from tests.media import spoken, with_sound

pytestmark = pytest.mark.usefixtures("bundles")


@pytest.fixture
def own_cache(tmp_path, monkeypatch, bundles):
    """An empty cache, with the models of the user's."""
    monkeypatch.setenv("POSTURE_MODELS", str(bundles["pose"].parent))
    monkeypatch.setenv("POSTURE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def picture(samples, tmp_path):
    """A still of the sample, twice as large."""
    frame = next(iter(frames_at(samples / "standing_correct.mp4", [3.0])))
    path = tmp_path / "still.png"
    Image.fromarray(frame.image).resize((1280, 960)).save(path)
    return path


def test_the_same_bytes_models_and_settings_are_observed_once(own_cache, picture, tmp_path, monkeypatch):
    first = observe(picture)
    assert len(list((own_cache / "landmarks").iterdir())) == 1
    other_name = shutil.copy(picture, tmp_path / "another name.png")

    def never(*_args, **_more):
        raise AssertionError("expected the kept landmarks to be used")

    monkeypatch.setattr(observe_module, "FrameReader", never)
    again = observe(tmp_path / other_name)
    np.testing.assert_array_equal(first.tracks[0].pose_px, again.tracks[0].pose_px)
    assert again.source_name == "another name.png"


def test_other_settings_or_bytes_are_observed_anew(own_cache, picture, tmp_path):
    digest = sha256_of(picture)
    plain = landmark_path(digest, ObserveSettings())
    assert landmark_path(digest, ObserveSettings(fps=5)) != plain
    assert landmark_path("0" * 64, ObserveSettings()) != plain


def test_a_damaged_landmark_file_is_made_again(own_cache, picture):
    first = observe(picture)
    (saved,) = (own_cache / "landmarks").iterdir()
    saved.write_bytes(saved.read_bytes()[:200])
    np.testing.assert_array_equal(observe(picture).tracks[0].pose_px, first.tracks[0].pose_px)


def test_an_interruption_leaves_nothing_half_written(own_cache, samples):
    def stop(done_s, _total_s):
        if done_s > 1.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe(samples / "standing_correct.mp4", progress=stop)
    assert list((own_cache / "landmarks").iterdir()) == []


def test_the_number_of_threads_changes_nothing(own_cache, footage):
    clip = footage / "single_face.mp4"
    one = observe(clip, threads=1, fresh=True)
    three = observe(clip, threads=3, fresh=True)
    np.testing.assert_array_equal(one.tracks[0].pose_px, three.tracks[0].pose_px)
    np.testing.assert_array_equal(one.tracks[0].blendshapes, three.tracks[0].blendshapes)


def test_only_pose_when_hands_and_face_are_not_wanted(own_cache, picture):
    track = observe(picture, ObserveSettings(hands=False, face=False)).tracks[0]
    assert np.isnan(track.hands_px).all() and np.isnan(track.face_rotation_deg).all()
    assert np.isfinite(track.pose_px).all()


def test_two_people_side_by_side_are_two_with_their_own_hands_and_faces(own_cache, picture, tmp_path):
    one = np.asarray(Image.open(picture))
    person = one[:, 380:900]
    Image.fromarray(np.concatenate([person, person], 1)).save(tmp_path / "two.png")
    observation = observe(tmp_path / "two.png")
    left, right = observation.tracks
    shift = right.pose_px[0, :, 0] - left.pose_px[0, :, 0]
    assert np.median(shift) == pytest.approx(520, abs=6)
    for track in (left, right):
        wrists = track.pose_px[0, [Pose.LEFT_WRIST, Pose.RIGHT_WRIST], :2]
        hands = track.hands_px[0, :, 0, :2]
        seen = np.isfinite(hands[:, 0])
        assert seen.any()
        assert np.linalg.norm(hands - wrists, axis=1)[seen].max() < 40
        assert np.isfinite(track.face_rotation_deg).all()


def test_a_small_figure_in_a_wide_scene_is_found(own_cache, picture, tmp_path):
    small = Image.open(picture).crop((380, 0, 900, 960)).resize((150, 277))
    scene = Image.new("RGB", (1920, 1080), (199, 196, 186))
    scene.paste(small, (1500, 600))
    scene.save(tmp_path / "scene.png")
    observation = observe(tmp_path / "scene.png")
    assert len(observation.tracks) == 1
    nose = observation.tracks[0].pose_px[0, Pose.NOSE]
    assert 1500 < nose[0] < 1650 and 600 < nose[1] < 740


def test_a_small_clerk_behind_a_counter_is_found(own_cache, samples, tmp_path):
    """The pose model is sure of the upper body only: what the counter hides must not make a clerk nobody."""
    with FrameReader(samples / "seated_counter.mp4", fps=1.0) as frames:
        clerk = Image.fromarray(next(iter(frames)).image)
    width = 220
    small = clerk.resize((width, round(width * clerk.height / clerk.width)), Image.Resampling.LANCZOS)
    scene = Image.new("RGB", (640, 480), clerk.getpixel((5, 5)))
    scene.paste(small, (210, 160))
    scene.save(tmp_path / "scene.png")
    (track,) = observe(tmp_path / "scene.png").tracks
    shoulders = track.pose_px[0, [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER], :2]
    assert np.all(shoulders > (210, 160)) and np.all(shoulders < (430, 160 + small.height))


def test_mirroring_the_picture_swaps_the_sides(own_cache, picture, tmp_path):
    image = np.asarray(Image.open(picture))
    Image.fromarray(image[:, ::-1].copy()).save(tmp_path / "mirror.png")
    plain, mirror = observe(picture).tracks[0], observe(tmp_path / "mirror.png").tracks[0]
    for left, right in ((Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER), (Pose.LEFT_HIP, Pose.RIGHT_HIP)):
        assert image.shape[1] - mirror.pose_px[0, left, 0] == pytest.approx(plain.pose_px[0, right, 0], abs=15)


def test_nobody_is_nobody(own_cache, footage):
    observation = without_ghosts(observe(footage / "nobody.mp4"))
    assert observation.tracks == ()
    assert len(observation.sample_times_s) > 30


def test_the_man_and_then_the_title_picture(own_cache, footage):
    observation = without_ghosts(observe(footage / "face_then_none.mov"))
    (man,) = observation.tracks
    assert man.time_s[-1] < 3.0 and observation.sample_times_s[-1] > 6.0


def test_ghosts_are_dropped_only_from_longer_recordings(own_cache, samples):
    observation = observe(samples / "standing_correct.mp4", ObserveSettings(fps=2))
    ghost = replace(observation.tracks[0].part(slice(0, 1)), person=9)
    haunted = replace(observation, tracks=(*observation.tracks, ghost))
    assert [t.person for t in without_ghosts(haunted).tracks] == [1]
    assert [t.person for t in without_ghosts(replace(haunted, duration_s=1.0)).tracks] == [1, 9]


def test_unusable_input_is_told_before_anything_is_started(own_cache, tmp_path):
    with pytest.raises(UnusableInputError):
        observe(tmp_path / "missing.mp4")


def test_speech_is_observed_with_the_landmarks_and_kept(own_cache, tmp_path, monkeypatch):
    sentence = spoken()
    quiet = np.zeros(48_000, np.float32)
    clip = with_sound(tmp_path / "talk.mp4", np.concatenate([quiet, sentence[: 2 * 48_000], quiet]))
    first = observe(clip, ObserveSettings(hands=False, face=False))
    assert first.speech is not None and first.speech.spoken_s(0.0, 4.0) == pytest.approx(2.0, abs=0.4)
    monkeypatch.setattr(observe_module, "speech", lambda *_: pytest.fail("expected the kept times to be used"))
    assert observe(clip, ObserveSettings(hands=False, face=False)).speech == first.speech
    (saved,) = (own_cache / "landmarks").iterdir()
    assert saved.stat().st_size < 60_000, "times only, no sound"


def test_nobody_listens_to_a_photo(own_cache, picture):
    assert observe(picture, ObserveSettings(hands=False, face=False)).speech is None
