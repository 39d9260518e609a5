"""Analysing the waiting recordings of a store, several at once: whatever is wrong with one stays with it.

One process, the run, claims recordings and hands them to workers (`processes`, or `cluster` on several machines); what
they find comes back to it and is saved by it alone, in one transaction each. So workers need no database, a piece of
work done twice is saved once, and a run that is killed loses what was under way and nothing else. Several runs may work
on one store (`leases`).
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from posture.check import CheckOptions
from posture.errors import ModelError, OutputError, PostureError, ReferenceFileError, StoreError
from posture.flow.files import load_flow
from posture.library import Library, load_library
from posture.observe import default_threads
from posture.service_flow import ServiceFlow
from posture.slices import Slice
from posture.survey import work
from posture.survey.analyses import norms_sha256, save_result
from posture.survey.leases import RENEW_S, Watch, claim_next, new_owner, release, renew
from posture.survey.processes import Ended, Pool, Processes, Told
from posture.survey.queries import state_counts, waiting_bytes
from posture.survey.recordings import LostLease, fail, told_roles
from posture.survey.records import Failure, Recording, State, options_to_json, result_from_json
from posture.survey.store import Store

_LOG = logging.getLogger(__name__)
SLICE_S = 300.0
"""Recordings longer than this are cut into slices where workers would stand idle otherwise (own choice)."""
RETRIES = 1
_LOOK_S = 0.5
_JOINING = 0.1
"""Share of the work that remains when all slices are looked at (measured: 6 to 14 %)."""
_NO_OTHER_HELPS = (ModelError, ReferenceFileError, OutputError)


@dataclass(frozen=True)
class RunProgress:
    """How far a run is: of the bytes that waited when it began, those of finished recordings and the share of the
    present ones. `name` is one of those; `done` and `failed` are recordings of this run."""

    name: str
    done: int
    failed: int
    bytes_done: float
    bytes_total: float


@dataclass(frozen=True)
class Ran:
    done: int
    failed: int


@dataclass(frozen=True)
class Plan:
    """How a run goes about it; nothing of it changes a result.

    workers : recordings at once on this machine; cluster : the address of a Dask scheduler instead.
    threads : of each worker, by default their share of the cores. retries : how often a recording is tried again whose
    worker died. slice_s : see `SLICE_S`, None for never. landmarks : folder of the landmark files, by default the
    user's cache. analyse, look : what workers do, as `work` has it.
    """

    workers: int = 1
    cluster: str | None = None
    threads: int | None = None
    retries: int = RETRIES
    slice_s: float | None = SLICE_S
    landmarks: Path | None = None
    models_dir: Path | None = None
    analyse: Callable[..., Any] = work.analyse
    look: Callable[..., Any] = work.look


def run_waiting(
    store: Store,
    options: CheckOptions,
    progress: Callable[[RunProgress], None] | None = None,
    plan: Plan | None = None,
) -> Ran:
    """Analyse until none waits. A recording that cannot be analysed is failed with its reason and the rest goes on.

    What `progress` raises ends the run: what is under way waits again, so that the next run continues there.

    Raises
    ------
    ModelError, ReferenceFileError, OutputError
        The models or the norms cannot be used or landmarks not be written, which no other recording would change.
    StoreError
        The store cannot be written, or a worker of the cluster has other norms.
    """
    plan = plan or Plan()
    norms = load_library(options.profile, variant=options.variant), load_flow(options.flow).carried()
    pool: Pool
    if plan.cluster is not None:
        from posture.survey.cluster import Cluster

        pool = Cluster(plan.cluster)
    else:
        pool = Processes(plan.workers)
    run = _Run(store, options, norms, plan, pool, progress)
    try:
        run.work_off()
    finally:
        try:
            pool.close()
        finally:
            with suppress(StoreError):  # it may be what ended the run; the lease runs out by itself
                release(store, run.owner)
    return Ran(run.done, run.failed)


@dataclass
class _UnderWay:
    """A recording that this run has claimed. `shares` are those of its slices, or of the whole under None."""

    recording: Recording
    task: work.Task
    slices: tuple[Slice, ...] = ()
    left: int = 0
    """Slices that are not looked at yet."""
    shares: dict[int | None, float] = field(default_factory=dict)
    crashes: int = 0

    @property
    def share(self) -> float:
        looked = sum(share for part, share in self.shares.items() if part is not None)
        whole = self.shares.get(None, 0.0)
        if not self.slices:
            return whole
        return (1 - _JOINING) * looked / len(self.slices) + _JOINING * whole


class _Run:
    def __init__(
        self,
        store: Store,
        options: CheckOptions,
        norms: tuple[Library, ServiceFlow],
        plan: Plan,
        pool: Pool,
        progress: Callable[[RunProgress], None] | None,
    ) -> None:
        self._store, self._options, self._norms, self._plan = store, options, norms, plan
        self._pool, self._progress = pool, progress
        self.owner = new_owner()
        self.done = self.failed = 0
        self._under_way: dict[int, _UnderWay] = {}
        self._ready: deque[tuple[int, int | None]] = deque()
        """Recording and slice (None: the whole) to begin as soon as there is room."""
        self._watch = Watch(store, self.owner)
        self._undecided = 0
        self._renewed_s = -float("inf")
        self._bytes = 0.0
        self._total = 0.0

    def work_off(self) -> None:
        self._renew()
        self._total = float(waiting_bytes(self._store))
        while True:
            self._begin_more()
            if not self._under_way and not self._undecided and self._pool.free > 0:
                return
            for one in self._pool.news(_LOOK_S):
                self._take(one)
            self._renew()
            self._tell()

    def _renew(self) -> None:
        """Say that this run is alive, and take back what others left."""
        if time.monotonic() - self._renewed_s < RENEW_S:
            return
        self._renewed_s = time.monotonic()
        if self._under_way:
            renew(self._store, self.owner)
        _, self._undecided = self._watch.look()

    def _begin_more(self) -> None:
        while self._pool.free > 0:
            if not self._ready and not self._claim():
                return
            number, part = self._ready.popleft()
            at = self._under_way.get(number)
            if at is None:  # failed by another of its slices
                continue
            if part is None:
                self._pool.begin((number, part), self._plan.analyse, at.task)
            else:
                self._pool.begin((number, part), self._plan.look, at.task, at.slices[part])

    def _claim(self) -> bool:
        recording = claim_next(self._store, self.owner)
        if recording is None:
            return False
        plan = self._plan
        options = replace(self._options, told_roles=told_roles(self._store, recording.id))
        threads = plan.threads or (1 if plan.cluster else default_threads(self._options.observe, plan.workers))
        task = work.Task(
            recording.path, recording.sha256, options_to_json(options), threads, plan.landmarks, plan.models_dir,
            plan.slice_s if self._would_stand_idle() else None,
        )  # fmt: skip
        self._under_way[recording.id] = _UnderWay(recording, task)
        self._ready.append((recording.id, None))
        return True

    def _would_stand_idle(self) -> bool:
        """Whether there are more workers than recordings left."""
        return self._pool.free > 1 and state_counts(self._store)[State.WAITING] + 1 < self._pool.free

    def _take(self, news: Told | Ended) -> None:
        number: int
        part: int | None
        number, part = news.key  # type: ignore[misc]
        at = self._under_way.get(number)
        if at is None:
            return
        if isinstance(news, Told):
            at.shares[part] = news.value
        elif news.exit_code is not None or isinstance(news.error, MemoryError):
            self._crashed(at, part, news)
        elif isinstance(news.error, _NO_OTHER_HELPS):
            raise news.error
        elif news.error is not None:
            known = isinstance(news.error, PostureError)
            _LOG.warning("recording %d failed: %s", number, news.error, exc_info=None if known else news.error)
            self._fail(at, Failure.of(news.error))
        elif part is not None:
            self._looked(at, part)
        elif isinstance(news.value, work.Long):
            at.slices, at.left = news.value.slices, len(news.value.slices)
            self._ready.extend((number, i) for i in range(at.left))
        else:
            self._save(at, news.value)

    def _looked(self, at: _UnderWay, part: int) -> None:
        at.shares[part], at.left = 1.0, at.left - 1
        if not at.left:
            at.task = replace(at.task, longest_s=None)
            self._ready.appendleft((at.recording.id, None))

    def _crashed(self, at: _UnderWay, part: int | None, news: Ended) -> None:
        exit_code = news.exit_code
        at.crashes += news.deaths
        _LOG.warning("recording %d: its worker died with exit code %s", at.recording.id, exit_code)
        if at.crashes <= self._plan.retries:
            self._ready.append((at.recording.id, part))
            return
        # The system's out-of-memory killer sends SIGKILL (9).
        key = "memory" if exit_code in (None, -9) else "crashed"
        self._fail(at, Failure(f"survey.failed.{key}", {"times": at.crashes, "code": exit_code or 0}))

    def _fail(self, at: _UnderWay, failure: Failure) -> None:
        with suppress(LostLease):
            fail(self._store, at.recording.id, failure, self.owner)
            self.failed += 1
        self._finished(at)

    def _save(self, at: _UnderWay, found: work.Analysed) -> None:
        result = result_from_json(found.result_json)
        library, flow = self._norms
        if found.norms_sha256 != norms_sha256(library, result.flow) or result.flow not in (None, flow):
            raise StoreError("survey.run.other_norms", machine=found.machine)
        with suppress(LostLease):
            save_result(
                self._store, at.recording.id, result, found.norms_sha256, at.task.options, Path(found.landmarks),
                self.owner,
            )  # fmt: skip
            self.done += 1
        self._finished(at)

    def _finished(self, at: _UnderWay) -> None:
        self._bytes += at.recording.size_bytes
        del self._under_way[at.recording.id]
        self._tell(Path(at.recording.path).name)

    def _tell(self, name: str = "") -> None:
        if self._progress is None:
            return
        under_way = list(self._under_way.values())
        done = self._bytes + sum(at.share * at.recording.size_bytes for at in under_way)
        name = name or (Path(under_way[0].recording.path).name if under_way else "")
        self._progress(RunProgress(name, self.done, self.failed, done, max(self._total, done)))
