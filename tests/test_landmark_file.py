"""The Parquet landmark file: what goes in comes out, others can read it, nothing half-written stays."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from posture import landmark_file
from posture.landmark_file import LandmarkWriter, observation_metadata, read_landmark_file
from posture.landmarks import TRACK_ARRAYS, Observation, Speech, Stretch
from tests.stick_figure import Stick, stick_track


def meta(**changes):
    base = dict(
        tracks=(), source_name="窗口 1.mp4", source_sha256="ab", image_size=(640, 480), kind="video", duration_s=3.0,
        sample_times_s=np.empty(0), damage=((0.5, 1.0, "cut_off"),), provenance={"settings": "{}"},
    )  # fmt: skip
    return observation_metadata(Observation(**{**base, **changes}))


def rows_of(track):
    return [{name: getattr(track, name)[i] for name in TRACK_ARRAYS} for i in range(len(track))]


def test_round_trip_of_two_people_and_an_empty_picture(tmp_path):
    path = tmp_path / "a.parquet"
    one, two = stick_track(Stick(), n=3), stick_track(Stick(trunk_side=8), n=3)
    with LandmarkWriter(path) as writer:
        for i in range(3):
            writer.add(1, i / 10, i, rows_of(one)[i])
            writer.add(4, i / 10, i, rows_of(two)[i])
        writer.add(0, 0.3, 3, {})
        writer.close(meta())
    read = read_landmark_file(path)
    assert [t.person for t in read.tracks] == [1, 4]
    assert read.sample_times_s.tolist() == [0.0, 0.1, 0.2, 0.3]
    assert read.source_name == "窗口 1.mp4" and read.damage == ((0.5, 1.0, "cut_off"),)
    for name in TRACK_ARRAYS:
        np.testing.assert_array_equal(getattr(read.tracks[1], name), getattr(two, name))


def test_many_rows_are_written_in_groups(tmp_path):
    path = tmp_path / "a.parquet"
    row = rows_of(stick_track(Stick()))[0]
    with LandmarkWriter(path) as writer:
        for i in range(4500):
            writer.add(1, i / 10, i, row)
        writer.close(meta())
    assert pq.ParquetFile(path).num_row_groups == 3
    assert len(read_landmark_file(path).tracks[0]) == 4500


def test_missing_arrays_are_nan(tmp_path):
    path = tmp_path / "a.parquet"
    row = rows_of(stick_track(Stick()))[0]
    with LandmarkWriter(path) as writer:
        writer.add(1, 0.0, 0, {"pose_px": row["pose_px"]})
        writer.close(meta())
    assert np.isnan(read_landmark_file(path).tracks[0].blendshapes).all()


def test_an_interrupted_writer_leaves_nothing(tmp_path):
    path = tmp_path / "a.parquet"
    with pytest.raises(KeyboardInterrupt), LandmarkWriter(path) as writer:
        writer.add(1, 0.0, 0, {})
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_other_parquet_files_are_refused(tmp_path):
    import pyarrow as pa

    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": np.arange(3)}), path)
    with pytest.raises(ValueError, match="expected a landmark file"):
        read_landmark_file(path)


def test_a_damaged_file_is_an_error_and_not_a_result(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises((ValueError, OSError)):
        read_landmark_file(path)


def test_columns_are_readable_by_name(tmp_path):
    path = tmp_path / "a.parquet"
    with LandmarkWriter(path) as writer:
        writer.add(1, 0.0, 0, rows_of(stick_track(Stick()))[0])
        writer.close(meta())
    table = pq.read_table(path)
    assert table.column_names[:3] == ["person", "time_s", "frame_index"]
    assert len(table["pose_px"][0].as_py()) == 99


@pytest.mark.parametrize(
    "speech",
    [
        None,
        Speech(reason="silent", model="m 1"),
        Speech((Stretch(0.5, 1.25, 0.75), Stretch(2.0, 3.0, 0.5)), ((0.0, 1.5), (1.75, 4.0)), model="m 1"),
    ],
)
def test_speech_is_kept_and_only_its_times(tmp_path, speech):
    path = tmp_path / "a.parquet"
    with LandmarkWriter(path) as writer:
        writer.close(meta(speech=speech))
    assert read_landmark_file(path).speech == speech


def test_a_file_of_format_1_is_read_and_its_speech_is_unknown(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    old = {key: value for key, value in meta().items() if key != "speech"}
    monkeypatch.setattr(landmark_file, "FORMAT_VERSION", 1)
    with LandmarkWriter(path) as writer:
        writer.close(old)
    assert read_landmark_file(path).speech is None


def test_a_file_of_a_newer_format_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    monkeypatch.setattr(landmark_file, "FORMAT_VERSION", landmark_file.FORMAT_VERSION + 1)
    with LandmarkWriter(path) as writer:
        writer.close(meta())
    with pytest.raises(ValueError, match="format"):
        read_landmark_file(path)
