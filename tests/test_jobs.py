"""Background jobs: their progress and time left, cancelling, errors, waiting for room."""

import threading

import pytest

from posture.errors import UnusableInputError
from posture.jobs import Cancelled, Jobs, JobState

PATIENCE_S = 20


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Gate:
    """Work that stops where a test wants to look at it."""

    def __init__(self):
        self.here, self.on = threading.Event(), threading.Event()

    def stop(self):
        self.here.set()
        assert self.on.wait(PATIENCE_S)

    def reached(self):
        assert self.here.wait(PATIENCE_S)


def test_a_job_gives_its_result_and_is_known_by_its_name_until_it_is_forgotten():
    jobs = Jobs()
    job = jobs.start("a", lambda job: 42, title="A.mp4")
    assert job.wait(PATIENCE_S) and job.result == 42
    assert jobs.status("a").state is JobState.DONE and jobs.status("a").over and jobs.status("a").title == "A.mp4"
    assert jobs.get("a") is job and jobs.status("another") is None
    jobs.forget("a")
    assert jobs.get("a") is None and jobs.status("a") is None
    jobs.forget("a")


def test_the_time_left_comes_from_the_share_done_in_the_present_stage():
    clock, gate, after = Clock(), Gate(), Gate()
    jobs = Jobs(clock=clock)

    def work(job):
        job.report("first", 1, 2)
        clock.now = 100.0
        job.report("second", 0, 60)
        clock.now = 110.0
        job.report("second", 15, 60)
        gate.stop()
        job.report("second", 70, 60)
        job.report("third")
        after.stop()

    jobs.start("a", work)
    gate.reached()
    status = jobs.status("a")
    assert (status.state, status.stage, status.share) == (JobState.RUNNING, "second", 0.25)
    assert status.left_s == pytest.approx(30.0), "a quarter took 10 s"
    gate.on.set()
    after.reached()
    assert jobs.status("a").share is None and jobs.status("a").left_s is None
    after.on.set()


def test_a_cancelled_job_ends_at_its_next_report_and_cleans_up():
    gate, cleaned = Gate(), []

    def work(job):
        try:
            gate.stop()
            job.report("on", 1, 2)
            raise AssertionError("went on")
        except Cancelled:
            cleaned.append(True)
            raise

    jobs = Jobs()
    job = jobs.start("a", work)
    gate.reached()
    jobs.cancel("a")
    assert jobs.status("a").ending
    gate.on.set()
    assert job.wait(PATIENCE_S)
    assert jobs.status("a").state is JobState.CANCELLED and cleaned == [True] and not jobs.status("a").ending
    jobs.cancel("nobody")


def test_what_a_job_failed_with_is_kept():
    jobs = Jobs()
    for error in (UnusableInputError("video.errors.not_found", path="x"), ZeroDivisionError("x")):

        def work(job, error=error):
            raise error

        assert jobs.start("a", work).wait(PATIENCE_S)
        assert jobs.status("a").state is JobState.FAILED and jobs.status("a").error is error


def test_jobs_wait_for_room_in_their_order_and_can_be_cancelled_while_waiting():
    gate, order = Gate(), []
    jobs = Jobs(at_once=1)
    jobs.start("a", lambda job: gate.stop())
    gate.reached()
    waiting = [jobs.start(name, lambda job, name=name: order.append(name)) for name in "bcd"]
    assert [jobs.status(name).before for name in "bcd"] == [1, 2, 3]
    assert jobs.start("b", lambda job: order.append("twice")) is waiting[0], "of that name one waits already"
    jobs.cancel("c")
    assert jobs.status("c").state is JobState.CANCELLED and jobs.status("d").before == 2
    gate.on.set()
    assert all(job.wait(PATIENCE_S) for job in waiting)
    assert order == ["b", "d"]


def test_closing_cancels_everything():
    gate = Gate()
    jobs = Jobs(at_once=1)

    def work(job):
        gate.here.set()
        while True:
            job.report("on")

    running = jobs.start("a", work)
    gate.reached()
    jobs.start("b", lambda job: None)
    jobs.close()
    assert running.status().state is JobState.CANCELLED
