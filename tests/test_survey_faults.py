"""Runs that are killed in the middle: nothing is lost, nothing is there twice, no worker stays behind.

The analysis is a stand-in; `benchmarks/survey_faults.py` does the same with real recordings.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from posture.check import CheckOptions
from posture.survey.queries import state_counts
from posture.survey.records import State
from posture.survey.run import Plan, run_waiting
from posture.survey.store import open_store
from tests import survey_work
from tests.survey_data import added, orders, survey_table

ROOT = Path(__file__).parents[1]
RECORDINGS, KILLS = 12, 3
STAND_IN = Plan(2, analyse=survey_work.analyse)
RUN = """
import sys
from tests import survey_work
from posture.check import CheckOptions
from posture.survey.run import Plan, run_waiting
from posture.survey.store import open_store
with open_store(sys.argv[1]) as store:
    run_waiting(store, CheckOptions(), None, Plan(2, analyse=survey_work.analyse))
"""


def started(where):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", RUN, where], env=environment, cwd=ROOT)


def done(store):
    return state_counts(store)[State.DONE]


def workers_of(run):
    return Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()


def _ended(workers, at_most_s=30.0):
    """Wait for the workers of runs that were killed: they end by themselves, on a busy machine a moment later."""
    until = time.monotonic() + at_most_s
    while any(Path(f"/proc/{one}").exists() for one in workers) and time.monotonic() < until:
        time.sleep(0.05)


def test_kill_9_in_the_middle_loses_and_doubles_nothing(tmp_path):
    where, moments, workers = str(tmp_path / "killed.sqlite"), random.Random(7), set()
    clips = [orders(tmp_path, f"{i:02d}", sleep=0.2) for i in range(RECORDINGS)]
    with open_store(where) as store:
        added(store, *clips)
        finished = []
        for _ in range(KILLS):
            before, run = done(store), started(where)
            while done(store) == before:  # it is at work for certain
                time.sleep(0.02)
            time.sleep(moments.uniform(0.0, 0.3))
            workers.update(workers_of(run))
            run.send_signal(signal.SIGKILL)
            run.wait()
            finished.append(done(store))
        assert finished == sorted(finished) and 0 < finished[-1] < RECORDINGS
        run_waiting(store, CheckOptions(), None, STAND_IN)
        killed = survey_table(store)
    with open_store(tmp_path / "whole.sqlite") as store:
        added(store, *clips)
        run_waiting(store, CheckOptions(), None, STAND_IN)
        assert survey_table(store) == killed
    assert [row.state for row in killed] == [State.DONE] * RECORDINGS
    assert all(len(row.results) == 1 for row in killed), "each is there once"
    tried = sum(len(p.read_text()) for p in tmp_path.glob("*.tried"))
    assert tried <= 2 * RECORDINGS + 2 * KILLS, "at most what was under way is done again"
    _ended(workers)
    assert len(workers) == 2 * KILLS and not any(Path(f"/proc/{one}").exists() for one in workers), "none stays behind"
