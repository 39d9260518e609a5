"""Lists of recordings and patterns of folder names: what is read, and every mistake as a sentence with its line."""

import io
from datetime import date, datetime

import openpyxl
import pytest

from posture.errors import UnusableInputError
from posture.survey.demonstration import (
    CLIPS,
    delete_old_demonstrations,
    demonstration_entries,
    demonstration_store,
)
from posture.survey.manifest import entries_of_folder, entries_of_list, new_recordings
from posture.survey.records import Place


@pytest.fixture
def clips(tmp_path):
    """Two units, windows and rounds; one file is no recording, one lies elsewhere."""
    for name in ("甲/一厅/3/2026-03/a.mp4", "乙/二厅/1/2026-06/b.MP4", "乙/二厅/1/2026-06/notes.txt", "loose.mp4"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


def csv_of(*lines, encoding="utf-8"):
    return "\n".join(lines).encode(encoding)


def xlsx_of(*rows):
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def test_places_come_from_the_names_of_folders(clips):
    found = entries_of_folder(clips)
    assert [(e.path.name, e.place) for e in found] == [
        ("b.MP4", Place("乙", "二厅", "1", "2026-06")),
        ("a.mp4", Place("甲", "一厅", "3", "2026-03")),
    ]
    assert [e.path.name for e in entries_of_folder(clips, "**/*")] == ["loose.mp4", "b.MP4", "a.mp4"]


def test_parts_of_a_name_and_dates_are_read(tmp_path):
    for name in ("hall_3_20260302.mp4", "hall_12_20260601.mkv"):
        (tmp_path / name).write_bytes(name.encode())
    found = entries_of_folder(tmp_path, "{outlet}_{window}_{date}.*")
    assert [(e.place.outlet, e.place.window, e.recorded_on) for e in found] == [
        ("hall", "12", date(2026, 6, 1)),
        ("hall", "3", date(2026, 3, 2)),
    ]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("{district}/*.mp4", "{district}"), ("{unit}/{unit}/*", "twice"), ("{unit/*.mp4", "braces"), ("", "pattern"),
     ("{unit}/{outlet}/{window}/*.mp4", "no recordings that fit")],
)  # fmt: skip
def test_a_pattern_with_a_mistake_is_a_sentence(clips, pattern, says):
    with pytest.raises(UnusableInputError, match=says) as told:
        entries_of_folder(clips, pattern)
    assert told.value.in_language("zh")


def test_a_folder_that_is_not_there_and_a_name_that_is_no_date(tmp_path):
    with pytest.raises(UnusableInputError, match="cannot be read"):
        entries_of_folder(tmp_path / "none")
    (tmp_path / "March").mkdir()
    (tmp_path / "March" / "a.mp4").touch()
    with pytest.raises(UnusableInputError, match="March"):
        entries_of_folder(tmp_path, "{date}/*")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_as_spreadsheets_write_it(clips, encoding, separator):
    lines = ["文件,单位,窗口,轮次,日期", "loose.mp4,区政务局,3,2026-03,2026/3/2", "", ",,,,"]
    data = csv_of(*(line.replace(",", separator) for line in lines), encoding=encoding)
    (found,) = entries_of_list("清单.csv", data, clips)
    assert found.path == clips / "loose.mp4" and found.recorded_on == date(2026, 3, 2)
    assert found.place == Place("区政务局", "", "3", "2026-03")


def test_xlsx_with_numbers_and_dates_as_cells(clips):
    rows = (["File", "Window", "Date", "starts_at"], [str(clips / "loose.mp4"), 3.0, date(2026, 3, 2), None])
    more = [str(clips / "甲/一厅/3/2026-03/a.mp4"), "4", None, datetime(2026, 6, 1, 9, 30)]
    one, two = entries_of_list("list.XLSX", xlsx_of(*rows, more))
    assert one.place.window == "3" and one.recorded_on == date(2026, 3, 2) and one.starts_at is None
    assert two.starts_at == datetime(2026, 6, 1, 9, 30) and two.recorded_on == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["file,colour", "loose.mp4,red"], "“colour” is not known"),
        (["file,文件", "loose.mp4,b"], "twice"),
        (["unit,window", "a,3"], "no column for the file"),
        (["file"], "names no recordings"),
        (["file,unit", "loose.mp4,a", ",b"], "Line 3 names no file"),
        (["file", "loose.mp4", "./loose.mp4"], "Line 3.*line 2"),
        (["file", "gone.mp4", "loose.mp4", "lost.mp4"], r"2 files.*2: .*gone\.mp4; 4: .*lost\.mp4"),
        (["file,date", "loose.mp4,2026-13-02"], "2026-13-02.*is no date"),
        (["file,date", "loose.mp4,2.3.26"], "is no date"),
        (["file,starts_at", "loose.mp4,morning"], "is no time"),
        (["file,unit", f"loose.mp4,{'x' * 201}"], "at most 200"),
        (["file，unit", "loose.mp4，a"], "full-width commas"),
    ],
)
def test_a_list_with_a_mistake_is_a_sentence_with_the_line(clips, lines, says):
    with pytest.raises(UnusableInputError, match=says) as told:
        entries_of_list("list.csv", csv_of(*lines), clips)
    assert told.value.in_language("zh")


def test_files_that_are_no_list(tmp_path):
    for name, data in (("a.xlsx", b"PK no workbook"), ("a.csv", b"a\0b"), ("a.pdf", b"x")):
        with pytest.raises(UnusableInputError, match=name):
            entries_of_list(name, data)
    with pytest.raises(UnusableInputError, match="relative path"):
        entries_of_list("a.csv", b"file\nclip.mp4\n")


def test_the_same_bytes_are_one_recording(clips):
    (clips / "copy.mp4").write_bytes((clips / "loose.mp4").read_bytes())
    told = []
    new, same = new_recordings(entries_of_folder(clips, "*.mp4"), told.append)
    assert len(new) == 1 and new[0].size_bytes == 9 and told == [1, 2]
    assert [e.path.name for e in same] == ["loose.mp4"]


def test_the_demonstration_has_every_place_twice_and_a_store_of_its_own(samples, monkeypatch, tmp_path):
    monkeypatch.setenv("POSTURE_DATA_DIR", str(tmp_path))
    entries = demonstration_entries(samples, ("甲", "乙"), "厅", ("1", "2"))
    assert len(entries) == len(CLIPS) == len({e.path for e in entries})
    assert len({(e.place.unit, e.place.window, e.place.round) for e in entries}) == 8
    assert demonstration_entries(tmp_path, ("a", "b"), "c", ("1", "2")) == []
    one, other = demonstration_store("a" * 24), demonstration_store("b" * 24)
    with pytest.raises(ValueError, match="id"):
        demonstration_store("../../x")
    one.touch()
    other.touch()
    assert delete_old_demonstrations() == 0
    assert delete_old_demonstrations(one.stat().st_mtime + 15 * 86_400) == 2 and not one.exists()
