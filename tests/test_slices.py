"""Slices join without a seam: landmarks and result are the same to the last bit."""

from itertools import pairwise

import numpy as np
import pytest

from posture.check import CheckOptions, check
from posture.looks import Looks, look_at
from posture.observe import ObserveSettings, observe
from posture.slices import remove_slices, slices_of
from posture.survey.analyses import latest_analysis, load_result
from posture.survey.records import result_from_json, result_to_json
from posture.survey.run import Plan, Ran, run_waiting
from posture.survey.store import open_store
from tests.survey_data import added

FPS = 0.5
SETTINGS = ObserveSettings(fps=FPS)


def test_slices_cover_everything_at_steps_of_the_sampling(tmp_path):
    parts = slices_of(100.3, 30.0, 10.0, tmp_path / "a.parquet")
    assert len(parts) == 4 and parts[0].start_s == 0.0 and parts[-1].end_s == float("inf")
    assert all(a.end_s == b.start_s for a, b in pairwise(parts))
    assert all(abs(p.start_s * 10 - round(p.start_s * 10)) < 1e-9 for p in parts)
    assert len({p.path for p in parts}) == 4 and len(slices_of(10.0, 30.0, 10.0, tmp_path / "a.parquet")) == 1


def test_a_run_with_slices_finds_what_one_without_finds(tmp_path, samples, bundles):
    """Two people, followed over time; speech; tiles searched now and then."""
    clip, options = samples / "drill_of_two.mp4", CheckOptions(observe=SETTINGS)
    whole = check(clip, options, landmarks=tmp_path / "whole.parquet")
    assert len(whole.result.people) == 2
    with open_store(tmp_path / "store.sqlite") as store:
        (one,) = added(store, clip)
        plan = Plan(2, slice_s=9.0, landmarks=tmp_path / "sliced")
        shares = []
        assert run_waiting(store, options, lambda p: shares.append(p.bytes_done / p.bytes_total), plan) == Ran(1, 0)
        assert shares == sorted(shares) and len(set(shares)) > 3, "every slice counts"
        analysis = latest_analysis(store, one)
        kept = result_from_json(result_to_json(whole.result))
        assert result_to_json(load_result(store, analysis.id)) == result_to_json(kept)
    (left,) = (tmp_path / "sliced").iterdir()
    assert str(left) == analysis.landmark_path, "slices are deleted when they are joined"
    assert left.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


@pytest.fixture
def clip(tmp_path, samples):
    """Damaged in the middle: decoded from there, other pictures come out than decoded from the beginning."""
    data = bytearray((samples / "walking_to_window.mp4").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(3).integers(0, 256, 3000, dtype=np.uint8).tobytes()
    path = tmp_path / "damaged.mp4"
    path.write_bytes(bytes(data))
    return path


def test_nor_does_a_damaged_recording_or_a_damaged_slice_change_anything(tmp_path, clip, bundles):
    whole = observe(clip, SETTINGS, landmarks=tmp_path / "whole.parquet")
    sliced = tmp_path / "sliced.parquet"
    parts = slices_of(whole.duration_s, whole.duration_s / 3, FPS, sliced)
    for part in parts:
        look_at(clip, part, SETTINGS, threads=1)
    looks = Looks.of_files(sliced)
    observe(clip, SETTINGS, landmarks=sliced, known=looks)
    assert sliced.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert 0 < looks.taken <= len(whole.sample_times_s)
    parts[1].path.write_bytes(b"no slice")
    fewer = Looks.of_files(sliced)
    observe(clip, SETTINGS, landmarks=sliced, fresh=True, known=fewer)
    assert sliced.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert 0 < fewer.taken < looks.taken
    remove_slices(sliced)
    assert Looks.of_files(sliced) is None and sliced.exists()
