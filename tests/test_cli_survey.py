"""`posture survey` as a person uses it: made, filled, run, stopped, looked at; words and exit codes."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from posture.report.survey_status import print_status, status_json
from posture.survey.folder import make_survey, opened_survey
from posture.survey.leases import claim_next
from posture.survey.queries import state_counts
from posture.survey.recordings import add_recordings, fail
from posture.survey.records import Failure, State, now
from posture.survey.status import standing
from posture.survey.store import open_store
from tests.media import make_clip
from tests.survey_data import added, new
from tests.test_cli import no_traceback, run

pytestmark = pytest.mark.usefixtures("bundles")


def survey(folder, *arguments, **env):
    result = run("survey", *arguments, cwd=folder, **env)
    no_traceback(result)
    return result


def counts(folder):
    with opened_survey(folder / "s") as (_, store):
        return [state_counts(store)[state] for state in State]


def test_from_a_list_with_mistakes_to_the_end(tmp_path):
    make_clip(tmp_path / "good.mp4", n=4)
    (tmp_path / "broken.mp4").write_bytes(b"nothing that plays")
    (tmp_path / "same.mp4").write_bytes((tmp_path / "good.mp4").read_bytes())
    lines = ("file,unit,date", "good.mp4,甲局,", "none.mp4,,", "broken.mp4,,", "same.mp4,,", "x.mp4,,noon")
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    assert survey(tmp_path, "init", "s", "--fps", "5").returncode == 0
    added = survey(tmp_path, "add", "list.csv", "--survey", "s", "--unit", "乙局", "--lang", "zh")
    assert added.returncode == 2 and "第 3 行" in added.stderr and "noon" in added.stderr
    assert "新添加 2 段" in added.stdout and "1 段" in added.stdout and counts(tmp_path) == [2, 0, 0, 0]
    ran = survey(tmp_path, "run", "--survey", "s")
    assert ran.returncode == 0 and "Analysed: 1; failed: 1" in ran.stdout, "something could be analysed"
    assert len(list((tmp_path / "s" / "landmarks").iterdir())) == 1, "landmarks stay in the survey's folder"
    again = survey(tmp_path, "run", "--survey", "s", "--again")
    assert again.returncode == 2, "of what was tried nothing could be analysed"
    with opened_survey(tmp_path / "s") as (_, store):
        stands = standing(store)
    data = status_json("s", stands, "en")
    assert data["units"]["甲局"] == {"waiting": 0, "running": 0, "done": 1, "failed": 0} and data["left_s"] is None
    assert data["units"]["乙局"]["failed"] == 1 and "broken.mp4" in data["failures"][0]["text"]
    paper = StringIO()
    print_status("s", stands, "zh", Console(file=paper))
    shown = paper.getvalue()
    assert "甲局" in shown and "broken.mp4" in shown and "检查项目" in shown


def test_what_is_no_survey_is_told(tmp_path):
    result = survey(tmp_path, "status")
    assert result.returncode == 2 and "posture survey init" in result.stderr


def test_ctrl_c_ends_it_cleanly_and_what_was_under_way_waits(tmp_path, samples):
    make_survey(tmp_path / "s")
    with opened_survey(tmp_path / "s") as (_, store):
        added(store, samples / "standing_faults.mp4")
    command = [sys.executable, "-m", "posture", "survey", "run", "--survey", "s"]
    environment = {**os.environ, "LANG": "C"}
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment,
        # A test run that was itself started in the background hands down an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    landmarks = tmp_path / "s" / "landmarks"
    while not landmarks.exists() or not list(landmarks.iterdir()):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "Stopped" in said and "Traceback" not in said
    assert counts(tmp_path) == [1, 0, 0, 0]
    assert list(landmarks.iterdir()) == [], "nothing half-written is left behind"


def test_the_time_left_comes_from_what_the_runs_under_way_have_done(tmp_path, monkeypatch):
    with open_store(tmp_path / "store.sqlite") as store:
        add_recordings(store, [new(str(i)) for i in range(6)])
        assert standing(store).left_s is None
        for _ in range(2):
            one = claim_next(store, "far-away 1 a")
            fail(store, one.id, Failure.of(ValueError("x")))
        claim_next(store, "far-away 1 a")
        later = now() + timedelta(seconds=100)
        monkeypatch.setattr("posture.survey.status.now", lambda: later)
        assert standing(store).left_s == pytest.approx(200.0, abs=5.0), "two of the same size in 100 s, four are left"
