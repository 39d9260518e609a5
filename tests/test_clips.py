"""Evidence of a finding: a short clip and a picture with skeleton and mark, others' faces blurred."""

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from posture.app.review_seat import jobs, video_job
from posture.cli import app
from posture.errors import OutputError, StoreError
from posture.files import DATA_VARIABLE
from posture.findings import Role
from posture.kept.again import say_who
from posture.kept.evidence import clip, clip_path
from posture.kept.folder import delete_old
from posture.kept.survey import open_of_survey
from posture.landmarks import Pose
from posture.report.draw import FAULT
from posture.report.labels import Report
from posture.report.video import MOST_CLIP_S, clip_stretch, write_clip
from posture.survey.decisions import add_finding, decide, findings_of
from posture.survey.folder import opened_survey
from posture.survey.recordings import start
from posture.survey.records import DecisionKind, Origin
from posture.video import FrameReader, probe
from tests.media import film
from tests.survey_data import CRITERIA, deviation
from tests.survey_footage import footage, sticks

SIZE = (1000, 1000)
"""Of the stick people's pictures."""


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))


@pytest.fixture(scope="module")
def stripes(tmp_path_factory):
    """A recording of 16 s in pictures as large as the stick people's, full of stripes: blurring takes them away."""
    path = tmp_path_factory.mktemp("clips") / "window.mp4"
    image = np.zeros((*SIZE, 3), np.uint8)
    image[:, ::4] = image[:, 1::4] = 255
    return film(path, [image] * 80, fps=5)


def pictures(path):
    with FrameReader(path, fps=None) as reader:
        return [(f.time_s, f.image) for f in reader]


def contrast(image, track, i):
    """How striped the picture is round a person's nose."""
    x, y = np.round(track.pose_px[i, Pose.NOSE, :2]).astype(int)
    return float(cv2.cvtColor(image[y - 60 : y - 30, x - 25 : x + 25], cv2.COLOR_RGB2GRAY).std())


def test_a_clip_begins_a_second_before_marks_the_fault_and_blurs_the_others_only(stripes, tmp_path):
    checked = sticks(2)
    one = checked.result.people[0].deviations[0]
    write_clip(Report(checked, "en", stripes, "others"), one, tmp_path / "c.mp4")
    info = probe(tmp_path / "c.mp4")
    assert info.codec == "h264" and info.analysed_size == SIZE
    shown = pictures(tmp_path / "c.mp4")
    assert shown[-1][0] == pytest.approx(one.duration_s + 2.0, abs=0.25) and shown[0][0] == 0.0
    mine, other = checked.observation.tracks
    middle = shown[len(shown) // 2][1]
    i = int(np.argmin(abs(mine.time_s - one.worst_s)))
    assert contrast(middle, mine, i) > 3 * contrast(middle, other, i)
    orange = [(abs(image.astype(int) - FAULT).sum(2) < 60).sum() for _, image in (shown[2], shown[len(shown) // 2])]
    assert orange[0] < 20 < orange[1], "marked while it lasts, not before"


def test_a_long_finding_is_shown_round_its_worst_moment():
    long = deviation(start_s=10.0, end_s=300.0, worst_s=100.0)
    assert clip_stretch(long, 400.0) == (100 - MOST_CLIP_S / 2 - 1, 100 + MOST_CLIP_S / 2 + 1)
    assert clip_stretch(replace(long, worst_s=299.0), 400.0)[1] == 301.0
    assert clip_stretch(deviation(start_s=0.5, end_s=2.0), 2.2) == (0.0, 2.2)


def test_a_clip_of_what_a_person_added_is_kept_and_made_once(tmp_path):
    made = footage(tmp_path)
    with opened_survey(made.folder) as (_, store):
        key = add_finding(store, made.recording, 1, CRITERIA["head_level"], 3, 5, "Li", "tilted")
        found = next(f for f in findings_of(store, made.analysis) if f.key == key)
        kept = open_of_survey(store, made.recording, with_courses=False)
        path = clip(kept, found)
        changed = path.stat().st_mtime_ns
        assert path == clip_path(kept, found) and probe(path).duration_s == pytest.approx(4.0, abs=0.3)
        assert clip(kept, found).stat().st_mtime_ns == changed and path.parent.stat().st_mode & 0o077 == 0
        made.clip.unlink()
        with pytest.raises(OutputError, match="not there any more"):
            clip(kept, replace(found, end_s=6.0))
        assert delete_old(time.time() + 13 * 86_400) == 0 and path.exists()
        assert delete_old(time.time() + 15 * 86_400) == 1 and not path.parent.exists(), (
            "nobody looked at it for 14 days"
        )


def test_the_command_makes_the_evidence_of_one_finding_or_of_all_that_stand(tmp_path):
    made = footage(tmp_path)
    with opened_survey(made.folder) as (_, store):
        first, second, *_ = findings_of(store, made.analysis)
        decide(store, second.key, "Li", DecisionKind.DISMISS, "hidden")
        left = len(findings_of(store, made.analysis)) - 1
    base = ["survey", "evidence", "--survey", str(made.folder), "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, [*base, str(first.key)]).exit_code == 0
    stem = f"finding-{first.key}-window-{first.criterion}"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"{stem}.jpg", f"{stem}.mp4"]
    assert CliRunner().invoke(app, [*base, "--all"]).exit_code == 0
    assert len(list((tmp_path / "out").glob("*.mp4"))) == left
    assert CliRunner().invoke(app, base).exit_code == CliRunner().invoke(app, [*base, "1", "--all"]).exit_code == 2
    assert CliRunner().invoke(app, [*base, "999"]).exception.key == "survey.errors.no_finding"
    made.landmarks.unlink()
    gone = CliRunner().invoke(app, [*base, str(first.key)])
    assert gone.exit_code == 2 and "were deleted" in gone.output


def test_a_role_said_of_a_surveys_recording_is_a_new_analysis_and_an_old_name_stays_in_no_video(tmp_path):
    made = footage(tmp_path)
    with opened_survey(made.folder) as (_, store):
        kept = open_of_survey(store, made.recording, with_courses=False)
        (person, *_) = kept.result.people
        say_who(kept, person.person, "Li Si", None, "Wang")
        found = findings_of(store, made.analysis)[0]
        path = clip(kept, found)
        said = say_who(kept, person.person, "Li Si", Role.CLERK, "Wang")
        newer = open_of_survey(store, made.recording)
        assert newer.folder.id == said != kept.folder.id and newer.folder.landmarks == kept.folder.landmarks
        assert newer.options.told_roles == ((person.person, Role.CLERK),) and newer.courses
        assert newer.result.people[0].role is Role.CLERK and path.exists()
        assert say_who(newer, person.person, "", Role.CLERK, "Wang") == said
        assert not path.exists() and newer.names() == {}
        start(store, made.recording)
        with pytest.raises(StoreError, match="being analysed at the moment"):
            say_who(newer, person.person, "Li", Role.CLIENT, "Wang")
        assert newer.names() == {}


def audit(made, language="en"):
    def page(language):
        from posture.app.audit import show

        show(language)

    shown = AppTest.from_function(page, default_timeout=120, args=(language,)).run()
    shown.session_state["audit_seat"].open(made.recording)
    return shown.run()


def test_the_audit_page_draws_on_demand_makes_clips_and_lets_authors_take_back(tmp_path, monkeypatch):
    made = footage(tmp_path)
    monkeypatch.setenv("POSTURE_STORE", str(made.folder / "survey.sqlite"))
    shown = audit(made)
    with opened_survey(made.folder) as (_, store):
        kept = open_of_survey(store, made.recording, with_courses=False)
        shown.button(key="review_draw").click().run()
        assert jobs().get(video_job(kept.folder.id)).wait(60)
        shown.run()
        assert not shown.exception and probe(kept.folder.video).codec == "h264"
        assert not [b for b in shown.button if b.key == "review_draw"]
        before = float(shown.metric[0].value.split()[0])
        shown.text_input(key="review_added_start").set_value("0:02")
        shown.text_input(key="review_added_end").set_value("99:00")
        shown.button(key="review_added_save").click().run()
        assert "after the end" in shown.error[0].value
        shown.text_input(key="review_added_end").set_value("3.5")
        shown.selectbox(key="review_added_criterion").select("head level")
        shown.text_input(key="review_added_comment").set_value("chin up")
        shown.text_input(key="review_added_who").set_value("Li").run()
        shown.button(key="review_added_save").click().run()
        assert not shown.error and not shown.exception and float(shown.metric[0].value.split()[0]) < before
        (added,) = (f for f in findings_of(store, made.analysis) if f.origin is Origin.HUMAN)
        assert (added.criterion, added.start_s, added.end_s) == ("head_level", 2.0, 3.5)
        assert shown.text_input(key="review_added_comment").value == "", "the form is empty again"
        shown.button(key="review_clip").click().run()
        assert not shown.error and not shown.exception and clip_path(kept, added).exists()
        shown.text_input(key="review_who").set_value("Wang").run()
        assert not [b for b in shown.button if b.key == "review_take_back"], "only its author takes it back"
        shown.text_input(key="review_who").set_value("Li").run()
        shown.button(key="review_take_back").click().run()
        assert not shown.error and float(shown.metric[0].value.split()[0]) == before
