"""Every recording gets a file of its own: names that tell apart, and nothing written over a result or an input."""

import itertools
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from posture.cli import app
from posture.errors import OutputError
from posture.targets import labels_apart, require_targets, subtitles_of, targets_of
from tests.media import make_clip
from tests.survey_footage import footage
from tests.test_report import checked_sticks

ALONE = ["a/x.mp4", "b/y.mp4"]
NAMED = [
    (ALONE, ["x", "y"]),
    (["a/x.mp4", "b/x.mp4"], ["a-x", "b-x"]),
    (["x.mp4", "x.avi"], ["x.mp4", "x.avi"]),
    (["1/a/x.mp4", "2/a/x.mp4"], ["1-a-x", "2-a-x"]),
    (["a/x.mp4", "b/x.mp4", "a/x.avi"], ["a-x.mp4", "b-x.mp4", "a-x.avi"]),
    (["x.mp4", "x.mp4"], ["x", "x-2"]),
    (["a/x.mp4", "a/../a/x.mp4", "b/x.mp4"], ["a-x", "a-x-2", "b-x"]),
    (["X.mp4", "x.mp4"], ["X", "x-2"]),
    (["a/x.mp4", "b/x.mp4", "c/a-x.mp4"], ["a-x-2", "b-x", "a-x"]),
    (["caf\u00e9.mp4", "cafe\u0301.mp4"], ["caf\u00e9", "cafe\u0301-2"]),
]


@pytest.mark.parametrize(("given", "labels"), NAMED)
def test_recordings_are_named_by_as_little_as_tells_them_apart(given, labels):
    assert labels_apart([Path(one) for one in given]) == labels


def test_no_two_of_any_recordings_share_a_file_name():
    names = ["x.mp4", "X.mp4", "x.avi", "a-x.mp4", "x-2.mp4", "x-person1.mp4", "窗口" * 40 + ".mp4"]
    paths = [Path(folder) / name for folder in ("a", "b", "c/a", "A", "a") for name in names]
    for some in (paths, paths[::-1], *itertools.combinations(paths[:14], 3)):
        for suffix in ("r.html", "v", "v.mp4"):
            files = [t["k"].name.casefold() for t in targets_of({"k": Path(suffix)}, some)]
            assert len(set(files)) == len(some), files
            assert len({subtitles_of(Path(f)) for f in files}) == len(some)
            assert max(len(f.encode()) for f in files) <= 200
    files = [f"{label.casefold()}-person{n}" for label in labels_apart(paths) for n in (1, 2)] + labels_apart(paths)
    assert len(set(files)) == len(files), "one person's file is never another recording's"


def test_one_recording_keeps_the_name_asked_for():
    assert targets_of({"report": Path("r.html"), "json": None}, [Path("a/x.mp4")]) == [{"report": Path("r.html")}]


def refused(key, targets, inputs=()):
    with pytest.raises(OutputError) as error:
        require_targets(targets, inputs)
    assert error.value.key == f"files.errors.{key}"


def test_no_result_goes_over_another_result_or_an_input(tmp_path):
    clip, link = tmp_path / "x.mp4", tmp_path / "l.mp4"
    clip.write_bytes(b"clip")
    link.symlink_to(clip)
    one, other = tmp_path / "r.html", tmp_path / "R.html"
    refused("same_target", [{"report": one, "json": tmp_path / "a" / ".." / "r.html"}])
    refused("same_target", [{"report": one}, {"report": other}])
    assert subtitles_of(tmp_path / "v.vtt") != tmp_path / "v.vtt"
    refused("same_target", [{"video": tmp_path / "v.mp4", "json": tmp_path / "v.vtt"}])
    for target in (clip, link, tmp_path / "." / "x.mp4"):
        refused("is_input", [{"video": target}], [clip])
    refused("is_input", [{"report": one}, {"report": link}], [tmp_path / "not there.mp4", clip])
    assert clip.read_bytes() == b"clip"


def test_every_target_is_tried_and_nothing_is_left_behind(tmp_path):
    (tmp_path / "r-b.html").mkdir()
    paths = [Path("a.mp4"), Path("b.mp4"), Path("c.mp4")]
    refused("is_folder", targets_of({"report": tmp_path / "r.html"}, paths))
    refused("no_folder", [{"report": tmp_path / "r.html"}, {"json": tmp_path / "no" / "r.json"}])
    refused("not_writable", [{"report": tmp_path / ("n" * 300)}])
    kept = tmp_path / "old.html"
    kept.write_text("old")
    require_targets([{"report": kept}], [])
    assert kept.read_text() == "old" and sorted(p.name for p in tmp_path.iterdir()) == ["old.html", "r-b.html"]


def test_check_writes_a_file_for_each_of_two_recordings_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.setattr("posture.check.check", lambda path, *rest: checked_sticks(str(path)))
    monkeypatch.setattr("posture.cli.bundles_ready", lambda models: None)
    monkeypatch.chdir(tmp_path)
    for place in ("a", "b"):
        Path(place).mkdir()
        make_clip(Path(place, "x.mp4"), n=20)
    before = [Path(place, "x.mp4").read_bytes() for place in ("a", "b")]
    kinds = {"--report": "r.html", "--json": "r.json", "--xlsx": "r.xlsx", "--video": "v.mp4", "--boris": "b.csv",
             "--elan": "e.eaf", "--landmarks": "l.trc"}  # fmt: skip
    both = ["check", "a/x.mp4", "b/x.mp4"]
    assert CliRunner().invoke(app, [*both, *itertools.chain(*kinds.items())]).exit_code == 0
    for name in [*kinds.values(), "v.vtt"]:
        stem, suffix = name.split(".")
        assert {p.name for p in Path().glob(f"{stem}-*.{suffix}")} == {f"{stem}-{place}-x.{suffix}" for place in "ab"}
    assert [json.loads(Path(f"r-{p}-x.json").read_text())["source"] for p in "ab"] == ["a/x.mp4", "b/x.mp4"]
    for wrong in (["check", "a/x.mp4", "--video", "a/x.mp4"], [*both, "--json", "r.html", "--report", "r.html"]):
        assert isinstance(CliRunner().invoke(app, wrong).exception, OutputError)
    assert [Path(place, "x.mp4").read_bytes() for place in ("a", "b")] == before


def test_a_survey_s_results_go_over_neither_each_other_nor_what_they_are_made_from(tmp_path):
    made = footage(tmp_path)
    base, clip = ["survey", "export", "--survey", str(made.folder)], made.clip.read_bytes()
    out = str(tmp_path / "out")
    export = CliRunner().invoke(app, [*base, "--boris", out, "--landmarks", out])
    assert isinstance(export.exception, OutputError) and export.exception.key == "files.errors.same_target"
    for target in (made.clip, made.folder / "survey.toml", made.folder / "survey.sqlite"):
        told = CliRunner().invoke(app, ["survey", "report", "--survey", str(made.folder), "--html", str(target)])
        assert isinstance(told.exception, OutputError) and told.exception.key == "files.errors.is_input"
    assert made.clip.read_bytes() == clip
