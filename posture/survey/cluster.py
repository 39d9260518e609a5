"""Work on several machines: a pool like `processes`, whose workers are those of a Dask scheduler.

Every piece of work is one task. A task whose worker dies is given to another one by Dask itself, until it has taken
more of them down than `distributed.scheduler.allowed-failures` (3) says; that is more than a run retries. Workers see
the recordings, and the folder of the landmark files, under the same paths as the run.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Hashable
from contextlib import suppress
from typing import Any

from posture.errors import StoreError
from posture.reasons import why
from posture.survey.processes import Ended, Told, Work

_CONNECT_S = 15
_WORKERS_S = 60
"""How long to wait for the first worker (own choice)."""
_COUNT_EVERY_S = 5.0


class Cluster:
    """The workers of a Dask scheduler; those that come later are used, too.

    Raises
    ------
    StoreError
        The package is missing, or no scheduler answers at the address; from `news` when it answers no more.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise StoreError("survey.run.no_cluster_package") from error
        self._lost = StoreError("survey.run.cluster_lost", address=address)
        try:
            # No heartbeat of Dask's own settings is changed: a scheduler serves others, too.
            self._client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise StoreError("survey.run.no_cluster", address=address, detail=why(error)) from error
        try:
            self._client.wait_for_workers(1, timeout=_WORKERS_S)
        except TimeoutError as error:
            self._client.close()
            raise StoreError("survey.run.no_workers", address=address) from error
        self._killed = distributed.KilledWorker
        self._futures: dict[Any, Hashable] = {}
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads, self._counted_s = 0, -float("inf")

    @property
    def size(self) -> int:
        """Threads of all workers."""
        if time.monotonic() - self._counted_s >= _COUNT_EVERY_S:
            self._counted_s = time.monotonic()
            try:
                self._threads = sum(self._client.nthreads().values())
            except (OSError, TimeoutError) as error:
                raise self._lost from error
        return self._threads

    @property
    def free(self) -> int:
        return self.size - len(self._futures)

    def begin(self, key: Hashable, work: Work, *arguments: Any) -> None:
        name = f"{work.__name__}-{os.urandom(8).hex()}"
        future = self._client.submit(_silent, work, *arguments, key=name, pure=False)
        self._futures[future] = key
        future.add_done_callback(self._ended.put)

    def news(self, timeout_s: float) -> list[Told | Ended]:
        found: list[Told | Ended] = []
        with suppress(queue.Empty):
            while True:
                found.append(self._understood(self._ended.get(timeout=0 if found else timeout_s)))
        return found

    def _understood(self, future: Any) -> Ended:
        key = self._futures.pop(future)
        if future.status == "finished":
            return Ended(key, future.result())
        if future.status != "error":  # cancelled: the scheduler has forgotten it, or is gone
            raise self._lost
        error = future.exception()
        if isinstance(error, self._killed):
            return Ended(key, exit_code=-1, deaths=error.allowed_failures + 1)
        return Ended(key, error=error)

    def close(self) -> None:
        with suppress(Exception):  # the scheduler may be gone
            self._client.cancel(list(self._futures))
        self._client.close(timeout=_CONNECT_S)


def _silent(work: Work, *arguments: Any) -> Any:
    """How far a task is stays on its worker: of thousands, those that are finished say enough."""
    return work(lambda _said: None, *arguments)
