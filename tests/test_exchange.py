"""Findings and landmarks in the formats of BORIS, ELAN, OpenSim and data frames: what is written is what was found."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import numpy as np
import openpyxl
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from posture.check import CheckOptions
from posture.errors import OutputError, UnusableInputError
from posture.exchange.boris import IMPORTED, tabular, write_boris
from posture.exchange.coded import read_coded
from posture.exchange.coding import Event, coding_of, frame_at, mean_fps
from posture.exchange.elan import eaf, read_eaf, write_eaf
from posture.exchange.landmark_table import write_landmarks
from posture.exchange.match import matched, pairs
from posture.landmarks import Pose
from posture.report.labels import Report
from posture.report.sheets import csv_file
from posture.survey.records import Origin
from tests.survey_footage import STARTS_AT, footage, sticks
from tests.test_report import checked_sticks

OPTIONS = CheckOptions()


def coding(language="en", people=1, **more):
    return coding_of(Report(sticks(people), language), OPTIONS, starts_at=STARTS_AT, path="/clips/window.mp4", **more)


def events_of(result):
    return sorted(
        (d.person, d.criterion, round(d.start_s, 3), round(d.end_s, 3)) for p in result.people for d in p.deviations
    )


def test_events_are_the_findings_with_frame_index_and_time():
    made = coding(people=2)
    assert sorted((e.person, e.criterion, round(e.start_s, 3), round(e.end_s, 3)) for e in made.events) == events_of(
        sticks(2).result
    )
    seen = sticks(2).observation
    assert made.fps == pytest.approx(mean_fps(seen)) and made.starts_at == STARTS_AT
    for e in made.events:
        track = seen.tracks[e.person - 1]
        at = int(np.argmin(abs(track.time_s - e.start_s)))
        assert e.start_frame == track.frame_index[at] and e.end_frame > e.start_frame
    assert frame_at(seen, 1e6) is None, "outside of the recording no picture is named"
    assert {"software", "norms_sha256", "models_sha256", "options", "what"} <= set(made.statement)
    assert json.loads(made.statement["options"])["profile"] == "government_window"


def test_boris_s_table_has_boris_s_columns_and_its_events_come_back():
    made = coding(people=2)
    rows = list(csv.DictReader(io.StringIO(csv_file(tabular([made])).decode("utf-8-sig"), newline="")))
    for column in ("Observation id", "Media duration (s)", "FPS", "Subject", "Behavior", "Behavioral category",
                   "Behavior type", "Time", "Media file name", "Image index", "Comment"):  # fmt: skip
        assert column in rows[0], column
    assert {r["Behavior type"] for r in rows} == {"START", "STOP"} and rows[0][
        "Observation date"
    ] == "2026-03-02 09:30:00"
    assert [float(r["Time"]) for r in rows] == sorted(float(r["Time"]) for r in rows)
    assert rows[0]["norms_sha256"] == made.statement["norms_sha256"]
    read = read_coded("events.csv", csv_file(tabular([made])))
    assert not read.problems
    back = sorted((int(r.person.split()[-1]), r.criterion, r.start_s, r.end_s) for r in read.rows)
    assert back == events_of(sticks(2).result) and {r.recording for r in read.rows} == {"/clips/window.mp4"}


def test_the_sheet_that_boris_imports(tmp_path):
    write_boris(coding(), tmp_path / "in.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "in.xlsx").worksheets[0].iter_rows(values_only=True))
    assert rows[0] == IMPORTED and len(rows) == 1 + 2 * len(coding().events)
    assert isinstance(rows[1][0], float | int) and rows[1][2] == coding().events[0].criterion


def document(made):
    return ET.fromstring(eaf(made, sticks().library.all_criteria()))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_elan_s_file_keeps_the_schema_s_order_and_every_reference_is_met(language):
    root = document(coding(language, people=2))
    order = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LANGUAGE", "CONSTRAINT", "CONTROLLED_VOCABULARY"]
    places = [order.index(child.tag) for child in root]
    assert places == sorted(places) and set(places) == set(range(len(order)))
    assert root.get("FORMAT") == "3.0" and root.get("DATE") and root.get("AUTHOR")
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    assert media.get("MEDIA_URL") == "file:///clips/window.mp4" and media.get("MIME_TYPE") == "video/mp4"
    named = {p.get("NAME"): p.text for p in root.iter("PROPERTY")}
    assert named["posture:recording_starts_at"] == "2026-03-02T09:30:00" and named["posture:norms_sha256"]
    slots = [(s.get("TIME_SLOT_ID"), int(s.get("TIME_VALUE"))) for s in root.iter("TIME_SLOT")]
    assert [ms for _, ms in slots] == sorted(ms for _, ms in slots)
    times = dict(slots)
    types = {t.get("LINGUISTIC_TYPE_ID"): t for t in root.iter("LINGUISTIC_TYPE")}
    tiers = {t.get("TIER_ID"): t for t in root.iter("TIER")}
    assert len(tiers) == len(list(root.iter("TIER")))
    words = {e.get("CVE_ID") for e in root.iter("CV_ENTRY_ML")}
    ids = [a.get("ANNOTATION_ID") for a in root.iter() if a.get("ANNOTATION_ID")]
    assert len(ids) == len(set(ids)) and not set(ids) & set(times)
    for tier in tiers.values():
        assert tier.get("LINGUISTIC_TYPE_REF") in types
        assert tier.get("PARENT_REF") is None or tier.get("PARENT_REF") in tiers
        own = [
            (times[a.get("TIME_SLOT_REF1")], times[a.get("TIME_SLOT_REF2")]) for a in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        assert all(a < b for a, b in own) and all(b <= c for (_, b), (c, _) in pairwise(own))
        assert all(a.get("CVE_REF") in words for a in tier.iter("ALIGNABLE_ANNOTATION"))
        assert all(a.get("ANNOTATION_REF") in ids for a in tier.iter("REF_ANNOTATION"))


def test_elan_s_annotations_are_the_findings_when_read_back():
    made = coding(people=2)
    read = read_eaf("a.eaf", eaf(made, sticks(2).library.all_criteria()))
    assert sorted((a.participant, a.criterion, round(a.start_s, 3), round(a.end_s, 3)) for a in read) == sorted(
        (e.who, e.criterion, round(e.start_s, 3), round(e.end_s, 3)) for e in made.events
    )
    assert {a.media for a in read} == {"window.mp4"} and all(a.remark for a in read)
    assert len(read_coded("a.eaf", eaf(made, sticks(2).library.all_criteria())).rows) == len(made.events)


def test_what_overlaps_goes_to_a_tier_of_its_own_and_a_moment_gets_a_length():
    first = Event(1, "A\x07", "shoulders_level", "level", "posture", 1.0, 4.0, 10, 40, "minor", Origin.MACHINE)
    more = [replace(first, start_s=2.0, end_s=3.0), replace(first, start_s=4.0, end_s=4.0)]
    root = document(replace(coding(), events=(first, *more)))
    names = [t.get("TIER_ID") for t in root.iter("TIER") if t.get("PARENT_REF") is None]
    assert names == ["A · posture", "A · posture (2)"], "and no control letters, which XML forbids"
    read = read_eaf("a.eaf", ET.tostring(root))
    assert sorted((a.start_s, a.end_s) for a in read) == [(1.0, 4.0), (2.0, 3.0), (4.0, 4.1)]


def test_a_photo_has_no_times_to_annotate(tmp_path):
    photo = checked_sticks("a.jpg", 1, "photo")
    with pytest.raises(OutputError, match="nothing has a time"):
        write_eaf(coding_of(Report(photo, "en"), OPTIONS), photo.library, tmp_path / "a.eaf")
    assert not list(tmp_path.iterdir())


def test_damaged_eaf_files_are_one_sentence():
    for data in (b"no xml", b"<OTHER/>"):
        with pytest.raises(UnusableInputError, match="no ELAN file"):
            read_eaf("x.eaf", data)


def half_seen():
    """Somebody whose left wrist is not seen in the first half."""
    seen = sticks().observation
    pose = seen.tracks[0].pose_px.copy()
    pose[: len(pose) // 2, Pose.LEFT_WRIST] = np.nan
    return replace(seen, tracks=(replace(seen.tracks[0], pose_px=pose),))


def test_csv_and_parquet_hold_the_same_numbers_under_names_with_units(tmp_path):
    seen, told = half_seen(), coding().statement
    write_landmarks(seen, told, tmp_path / "a.csv", STARTS_AT)
    write_landmarks(seen, told, tmp_path / "a.parquet", STARTS_AT)
    whole, text = pq.read_table(tmp_path / "a.parquet"), pa_csv.read_csv(tmp_path / "a.csv")
    assert whole.column_names == text.column_names and whole.num_rows == text.num_rows == len(seen.tracks[0])
    plain = ("recording", "software", "person", "frame_index", "clock_time")
    for name in whole.column_names:
        assert name in plain or name.endswith(("_px", "_m", "_s", "_deg", "_share")), name
    track = seen.tracks[0]
    wrist = whole.column("left_wrist_x_px")
    assert wrist.null_count == len(track) // 2 == text.column("left_wrist_x_px").null_count
    got = np.array(whole.column("right_wrist_y_px").to_pylist(), float)
    assert got == pytest.approx(track.pose_px[:, Pose.RIGHT_WRIST, 1], abs=1e-3)
    assert np.array(text.column("right_wrist_y_px").to_pylist(), float) == pytest.approx(got, abs=1e-3)
    assert whole.column("frame_index").to_pylist() == track.frame_index.tolist()
    assert whole.column("clock_time")[0].as_py().startswith("2026-03-02T09:30:00")
    statement = json.loads(whole.schema.metadata[b"posture_statement"])
    assert statement["norms_sha256"] == told["norms_sha256"]


def read_trc(path):
    """As OpenSim describes the format: five lines of head, an empty one, then rows."""
    lines = path.read_text(encoding="utf-8").split("\n")
    head = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    markers = [name for name in lines[3].split("\t")[2:] if name]
    assert lines[0].split("\t")[:3] == ["PathFileType", "4", "(X/Y/Z)"] and lines[5] == ""
    rows = [line.split("\t") for line in lines[6:] if line]
    cells = np.array([[float(c) if c else np.nan for c in row] for row in rows])
    return head, markers, cells


def test_trc_has_markers_by_name_in_pixels_and_empty_cells_for_what_is_not_seen(tmp_path):
    seen = half_seen()
    (path,) = write_landmarks(seen, {}, tmp_path / "a.trc")
    head, markers, cells = read_trc(path)
    track = seen.tracks[0]
    assert head["Units"] == "px" and int(head["NumMarkers"]) == len(markers) == 33
    assert int(head["NumFrames"]) == len(cells) == len(track) and float(head["DataRate"]) == pytest.approx(10.0, 0.02)
    assert cells[:, 0] == pytest.approx(track.frame_index) and cells[:, 1] == pytest.approx(track.time_s, abs=1e-5)
    at = 2 + 3 * markers.index("left_wrist")
    assert cells[:, at : at + 3] == pytest.approx(track.pose_px[:, Pose.LEFT_WRIST], abs=1e-3, nan_ok=True)


def test_each_of_several_people_gets_a_trc_file_and_wrong_names_are_told(tmp_path):
    made = write_landmarks(sticks(2).observation, {}, tmp_path / "a.trc")
    assert [p.name for p in made] == ["a-person1.trc", "a-person2.trc"] and all(p.exists() for p in made)
    with pytest.raises(OutputError, match=r"\.csv, \.parquet, \.trc"):
        write_landmarks(sticks().observation, {}, tmp_path / "a.mot")
    with pytest.raises(OutputError, match="nobody was found"):
        write_landmarks(replace(sticks().observation, tracks=()), {}, tmp_path / "b.csv")


def test_events_are_matched_one_to_one_by_shared_time():
    coder, machine = [(1.0, 3.0), (10.0, 12.0), (20.0, 20.0)], [(10.5, 12.5), (2.5, 9.0), (11.0, 11.2), (19.5, 19.8)]
    assert pairs(coder, machine) == [(0, 1), (1, 0), (2, 3)], "the longest shared time first, a moment within 1 s"
    one = matched("c", coder, machine)
    assert (one.matched, one.missed, one.extra) == (3, 0, 1)
    assert one.onset_s == pytest.approx(0.5) and one.onset_size_s == pytest.approx(0.5)
    assert matched("c", [(1.0, 2.0)], [(3.5, 4.0)]).matched == 0


def test_a_survey_is_exported_as_people_left_it(tmp_path):
    from posture.cli import app
    from posture.survey.decisions import decide, findings_of
    from posture.survey.folder import opened_survey
    from posture.survey.records import DecisionKind

    made = footage(tmp_path)
    with opened_survey(made.folder) as (_, store):
        first, *others = findings_of(store, made.analysis)
        decide(store, first.key, "Li", DecisionKind.DISMISS, "hidden")
    base = ["survey", "export", "--survey", str(made.folder)]
    assert CliRunner().invoke(app, base).exit_code != 0, "nothing to export was named"
    out = tmp_path / "out"
    wanted = ["--boris", out / "b", "--elan", out / "e", "--landmarks", out / "l", "--format", "trc"]
    assert CliRunner().invoke(app, [*base, *map(str, wanted)]).exit_code == 0
    (table,), (annotated,), (landmarks,) = (list((out / k).iterdir()) for k in ("b", "e", "l"))
    assert table.name == f"window-{made.recording}.csv" and len(read_trc(landmarks)[2]) == 160
    found = read_eaf(annotated.name, annotated.read_bytes())
    assert len(found) == len(others) and b"09:30:00" in table.read_bytes()
    made.landmarks.unlink()
    again = CliRunner().invoke(app, [*base, "--boris", str(out / "all.csv"), "--round", "1"])
    assert again.exit_code == 0 and "no landmarks any more" in again.output
    rows = list(csv.DictReader(io.StringIO((out / "all.csv").read_text(encoding="utf-8-sig"), newline="")))
    assert len(rows) == 2 * len(others) and {r["Image index"] for r in rows} == {"NA"}
    assert "nothing to export" in CliRunner().invoke(app, [*base, "--elan", str(out / "x"), "--unit", "乙局"]).output
