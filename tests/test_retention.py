"""Deleting what was made from footage; what was judged stays. And docs/privacy.md names every place."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import posture
from posture.check import CheckOptions
from posture.cli import app
from posture.errors import OutputError, StoreError
from posture.files import CACHE_VARIABLE, DATA_VARIABLE
from posture.kept.analysis import keep
from posture.kept.evidence import clip
from posture.kept.folder import Folder, new_id, survey_pictures_dir
from posture.kept.retention import What, carry_out, plan_purge, purges_of, require_choice
from posture.kept.survey import open_of_survey
from posture.observe import landmarks_dir
from posture.survey.decisions import decide, findings_of
from posture.survey.folder import opened_survey
from posture.survey.queries import list_recordings, people_scores
from posture.survey.recordings import add_recording, name_person, people_names, start
from posture.survey.records import DecisionKind
from posture.survey.scored import scored_recordings
from posture.survey.selection import EVERYTHING, Filter
from tests.survey_data import new
from tests.survey_footage import footage, sticks
from tests.test_kept import write_landmarks

ROOT = Path(posture.__file__).parents[1]


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))


def filled(tmp_path):
    """A survey with everything that footage leaves behind: landmarks in two folders, a clip, an analysis that the
    review page keeps; and another recording's landmarks, which nobody asks for."""
    made = footage(tmp_path)
    landmarks_dir().mkdir(parents=True)
    shutil.copy(made.landmarks, landmarks_dir() / "same.parquet")
    write_landmarks(landmarks_dir() / "other.parquet", replace(sticks().observation, source_sha256="cd" * 32))
    folder = Folder(new_id()).make()
    shutil.copy(made.landmarks, folder.landmarks)
    keep(folder, sticks(), CheckOptions(), made.clip, False)
    with opened_survey(made.folder) as (_, store):
        finding = findings_of(store, made.analysis)[0]
        decide(store, finding.key, "Li", DecisionKind.CONFIRM)
        name_person(store, made.recording, 1, "Zhang San", None, "Li")
        clip(open_of_survey(store, made.recording), finding)
    return made, folder


def planned(store, made, **how):
    return plan_purge(
        store, how.pop("wanted", EVERYTHING), how.pop("before", None), (made.folder / "landmarks",), **how
    )


def test_everything_made_from_the_footage_goes_and_everything_judged_stays(tmp_path):
    made, folder = filled(tmp_path)
    with opened_survey(made.folder) as (_, store):
        before = (
            people_scores(store, made.recording),
            findings_of(store, made.analysis),
            scored_recordings(store, EVERYTHING),
        )
        plan = planned(store, made, wanted=Filter(round="1"))
        assert {what: len(plan.of(what)) for what in What} == {
            What.LANDMARKS: 2, What.PICTURES: 1, What.KEPT: 1, What.NAMES: 0, What.RECORDING: 0
        }  # fmt: skip
        assert plan.size_bytes > made.landmarks.stat().st_size
        assert made.landmarks.exists(), "planning deletes nothing"
        assert carry_out(store, plan) == []
        assert not made.landmarks.exists() and not (landmarks_dir() / "same.parquet").exists()
        assert not folder.path.exists() and not list(survey_pictures_dir().iterdir())
        assert made.clip.exists() and (landmarks_dir() / "other.parquet").exists()
        assert before == (
            people_scores(store, made.recording),
            findings_of(store, made.analysis),
            scored_recordings(store, EVERYTHING),
        )
        assert people_names(store, made.recording)[1].name == "Zhang San"
        (logged,) = purges_of(store, made.recording)
        assert logged.what == (What.KEPT, What.LANDMARKS, What.PICTURES) and logged.files == 4
        assert logged.size_bytes == plan.size_bytes
        assert not planned(store, made).items, "and the second time there is nothing"
        with pytest.raises(StoreError), store.write() as connection:
            connection.exec_driver_sql("DELETE FROM purge")


def test_names_and_recordings_go_only_when_they_are_asked_for(tmp_path):
    made, _ = filled(tmp_path)
    with opened_survey(made.folder) as (_, store):
        carry_out(store, planned(store, made, names=True, recordings=True))
        assert not people_names(store, made.recording) and not made.clip.exists()
        assert {What.NAMES, What.RECORDING} < set(purges_of(store, made.recording)[0].what)
        assert findings_of(store, made.analysis)[0].state == "confirmed"


def test_a_period_is_that_of_the_recording_and_what_is_being_analysed_is_left_alone(tmp_path):
    made = footage(tmp_path)  # of 2 March 2026
    with opened_survey(made.folder) as (_, store):
        assert not planned(store, made, before=date(2026, 3, 2)).recordings
        assert planned(store, made, before=date(2026, 3, 3)).items
        start(store, made.recording)
        busy = planned(store, made)
        assert not busy.items and [r.id for r in busy.busy] == [made.recording]
        add_recording(store, new("elsewhere", round="9"))
        assert not planned(store, made, wanted=Filter(round="9")).items
    with pytest.raises(OutputError, match="--before DATE"):
        require_choice(EVERYTHING, None)


def run(made, *arguments, given=None):
    return CliRunner().invoke(app, ["survey", "purge", "--survey", str(made.folder), *arguments], input=given)


def test_the_command_lists_asks_and_deletes_recordings_only_after_a_second_yes(tmp_path):
    made, folder = filled(tmp_path)
    assert isinstance(run(made).exception, OutputError)
    shown = run(made, "--before", "2026-04-01", "--dry-run")
    assert shown.exit_code == 0 and "landmark files: 2" in shown.output and str(made.landmarks) in shown.output
    assert "Nothing was deleted" in run(made, "--round", "1", given="n\n").output and folder.path.exists()
    twice = run(made, "--round", "1", "--recordings", "--yes", given="n\n")
    assert "Delete 1 recordings themselves" in twice.output and made.clip.exists() and made.landmarks.exists()
    assert run(made, "--round", "1", "--yes").exit_code == 0
    assert made.clip.exists() and not made.landmarks.exists() and not folder.path.exists()
    assert run(made, "--round", "1", "--recordings", "--yes", "--yes-recordings").exit_code == 0
    assert not made.clip.exists()
    assert "nothing to delete" in run(made, "--round", "1", "--yes").output


@pytest.mark.parametrize(("language", "said"), [("en", "Deleted on"), ("zh", "已删除")])
def test_a_purged_recording_can_be_listed_and_opened_and_the_page_says_so(tmp_path, monkeypatch, language, said):
    made, _ = filled(tmp_path)
    monkeypatch.setenv("POSTURE_STORE", str(made.folder / "survey.sqlite"))
    with opened_survey(made.folder) as (_, store):
        carry_out(store, planned(store, made))
        assert list_recordings(store).rows[0].findings

    def page(language):
        from posture.app.audit import show

        show(language)

    shown = AppTest.from_function(page, default_timeout=120, args=(language,)).run()
    shown.session_state["audit_seat"].open(made.recording)
    shown.run()
    assert not shown.exception and not shown.error and shown.header[0].value == "window.mp4"
    assert any(said in i.value for i in shown.info)
    assert shown.button(key="review_clip").disabled and not [b for b in shown.button if b.key == "review_draw"]
    for section in ("scores", "curves", "people", "export"):
        next(b for b in shown.button_group if b.key == "review_section").set_value(section)
        shown.run()
        assert not shown.exception and not shown.error, section


PLACES = {
    "cache_dir": r'cache_dir\(\) / "(\w+)"',
    "data_dir": r'(?:data_dir\(\)|folder or data_dir\(\)) / "([\w.]+)"',
    "folder": r'^(?:LANDMARKS|STORE_FILE|FILE) = "([\w.]+)"',
}


def test_the_page_on_privacy_names_every_place_that_the_program_writes_to():
    told = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    sources = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "posture").rglob("*.py"))}
    found = set()
    for text in sources.values():
        for pattern in PLACES.values():
            found |= set(re.findall(pattern, text, re.M))
    assert {
        "landmarks",
        "models",
        "reviews",
        "survey_pictures",
        "practice",
        "demonstrations",
        "posture.sqlite",
    } <= found
    for name in found:
        assert f"`{name}" in told or f"/{name}" in told, f"docs/privacy.md does not name the place {name}"
    for path, text in sources.items():
        calls = len(re.findall(r"\b(?:cache|data)_dir\(\)", text)) - len(
            re.findall(r"def (?:cache|data)_dir\(\)", text)
        )
        named = sum(len(re.findall(PLACES[k], text)) for k in ("cache_dir", "data_dir"))
        bare = 1 if path.name == "doctor.py" else 0  # writes a probe and removes it
        assert calls - bare <= named, f"{path.name} makes a path that the patterns of this test do not know"
        if re.search(r"tempfile\.|NamedTemporaryFile|mkdtemp", text):
            assert f"`{path.relative_to(ROOT / 'posture')}`" in told, f"{path.name} makes temporary files"
    for variable in set(re.findall(r'"(POSTURE_\w+_DIR|POSTURE_STORE|POSTURE_KEEP_DAYS)"', "".join(sources.values()))):
        assert variable in told, variable
