"""Long work in the background: started, watched, cancelled, its result fetched, by whoever knows its id.

A job is a function that takes a `Job` and tells it how far it is; telling is also where a cancelled job ends. What it
has begun to write has to vanish when an exception passes, as everywhere in this program.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LOG = logging.getLogger(__name__)
_LEAST_SHARE, _LEAST_S = 0.02, 1.5
"""How much must be done, for how long, before the time left can be told (own choice)."""
_PATIENCE_S = 10.0


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Cancelled(Exception):
    """Raised inside of a job that shall end."""


@dataclass(frozen=True)
class Status:
    """How a job stands. `share` 0..1 of the present stage, None while unknown; `left_s` seconds to its end, if known;
    `before` jobs come first while it waits; `error` is what it failed with."""

    state: JobState
    stage: str = ""
    share: float | None = None
    left_s: float | None = None
    before: int = 0
    error: BaseException | None = None
    title: str = ""
    ending: bool = False
    """Whether it was cancelled and has not ended yet."""

    @property
    def over(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Job:
    """One piece of work. `report` is called from the work, everything else from anywhere."""

    def __init__(self, work: Callable[[Job], Any], title: str, clock: Callable[[], float]) -> None:
        self.title = title
        self._work, self._clock = work, clock
        self._lock = threading.Lock()
        self._state, self._stage = JobState.WAITING, ""
        self._share: float | None = None
        self._since_s = 0.0
        self._error: BaseException | None = None
        self._result: Any = None
        self._cancel = threading.Event()
        self._over = threading.Event()

    def report(self, stage: str, done: float = 0.0, total: float = 0.0) -> None:
        """The work is at `done` of `total` (0 unknown) of a stage.

        Raises
        ------
        Cancelled
            The job shall end; let it pass.
        """
        if self._cancel.is_set():
            raise Cancelled
        with self._lock:
            if stage != self._stage:
                self._stage, self._since_s = stage, self._clock()
            self._share = min(max(done / total, 0.0), 1.0) if total > 0 else None

    def status(self) -> Status:
        with self._lock:
            ending = self._cancel.is_set() and self._state is JobState.RUNNING
            known = (self._share, self._left_s(), 0, self._error, self.title, ending)
            return Status(self._state, self._stage, *known)

    def _left_s(self) -> float | None:
        taken_s = self._clock() - self._since_s
        if self._state is not JobState.RUNNING or not self._share:
            return None
        if self._share < _LEAST_SHARE or taken_s < _LEAST_S:
            return None
        return taken_s * (1.0 - self._share) / self._share

    @property
    def result(self) -> Any:
        """What the work returned; None before its end."""
        return self._result

    def cancel(self) -> None:
        """End it at its next report, or before it begins. Does not wait."""
        self._cancel.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for its end; whether it came."""
        return self._over.wait(timeout_s)

    def run(self) -> None:
        """Do the work; never raises."""
        state, error = JobState.DONE, None
        try:
            with self._lock:
                self._state, self._since_s = JobState.RUNNING, self._clock()
            if self._cancel.is_set():
                raise Cancelled
            self._result = self._work(self)
        except Cancelled:
            state = JobState.CANCELLED
        except BaseException as problem:
            _LOG.warning("a job failed", exc_info=problem)
            state, error = JobState.FAILED, problem
        with self._lock:
            self._state, self._error = state, error
        self._over.set()


class Jobs:
    """Runs at most `at_once` jobs at a time, in the order of their start; the others wait."""

    def __init__(self, at_once: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once, self._clock = at_once, clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._waiting: list[Job] = []
        self._running: set[Job] = set()
        atexit.register(self.close)

    def start(self, name: str, work: Callable[[Job], Any], title: str = "") -> Job:
        """Begin `work` as soon as there is room; a job of that name that is not over yet is returned instead. `title`
        is what people know it by."""
        with self._lock:
            known = self._jobs.get(name)
            if known is not None and not known.status().over:
                return known
            job = self._jobs[name] = Job(work, title, self._clock)
            self._waiting.append(job)
        self._begin_waiting()
        return job

    def get(self, name: str) -> Job | None:
        with self._lock:
            return self._jobs.get(name)

    def status(self, name: str) -> Status | None:
        """As `Job.status`, with the number of jobs that come first."""
        with self._lock:
            job = self._jobs.get(name)
            if job is None:
                return None
            if job in self._waiting:
                before = self._waiting.index(job) + len(self._running)
                return Status(JobState.WAITING, before=before, title=job.title)
        return job.status()

    def cancel(self, name: str) -> None:
        """End the job: one that waits at once, one that runs at its next report."""
        with self._lock:
            job = self._jobs.get(name)
            waits = job in self._waiting
            if job is not None and waits:
                self._waiting.remove(job)
        if job is not None:
            job.cancel()
            if waits:
                job.run()

    def forget(self, name: str) -> None:
        """Cancel the job, if it is not over, and know it no more."""
        self.cancel(name)
        with self._lock:
            self._jobs.pop(name, None)

    def close(self) -> None:
        """Cancel everything, and give what runs some time to put things away."""
        with self._lock:
            jobs, self._waiting = list(self._running), []
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.wait(_PATIENCE_S)

    def _begin_waiting(self) -> None:
        with self._lock:
            while self._waiting and len(self._running) < self._at_once:
                job = self._waiting.pop(0)
                self._running.add(job)
                # Daemons, so that a server that is stopped does not wait for an hour of recording.
                threading.Thread(target=self._run, args=(job,), name="posture-job", daemon=True).start()

    def _run(self, job: Job) -> None:
        job.run()
        with self._lock:
            self._running.discard(job)
        self._begin_waiting()
