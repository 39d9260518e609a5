"""Work in processes of its own: what one of them does to itself (a fault in a C library, the system's out-of-memory
killer) ends that piece of work and nothing else.

Not `multiprocessing`: its new processes run the caller's main script again, which under Streamlit is the dashboard; nor
`concurrent.futures`, which gives up all work when one process dies. A worker is a fresh interpreter that reads pickled
calls from its standard input and writes pickled answers; it ends when its input does, so none outlives its master.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from posture.native import silence_native_stderr

_GRACE_S = 5.0
"""How long a worker has to put things away when it is to end."""
_MOST_CALLS = 50
"""A worker is replaced after so many pieces of work: whatever leaks stays small (own choice)."""

Tell = Callable[[Any], None]
Work = Callable[..., Any]
"""Called with a `Tell` and the arguments given; importable by its name."""


@dataclass(frozen=True)
class Told:
    """The work named `key` is under way and says this."""

    key: Hashable
    value: Any


@dataclass(frozen=True)
class Ended:
    """The work named `key` returned `value`, raised `error`, or its process died with `exit_code` (negative: the
    signal that killed it), `deaths` times over."""

    key: Hashable
    value: Any = None
    error: BaseException | None = None
    exit_code: int | None = None
    deaths: int = 1


class Pool(Protocol):
    """Where work is done: processes of this machine, or a cluster."""

    @property
    def size(self) -> int:
        """How many pieces of work can be under way at once."""

    @property
    def free(self) -> int:
        """How many more can be begun now."""

    def begin(self, key: Hashable, work: Work, *arguments: Any) -> None: ...

    def news(self, timeout_s: float) -> list[Told | Ended]:
        """What happened since the last call; waits for the first at most so long."""

    def close(self) -> None:
        """End everything that is under way."""


class Processes:
    """A pool of processes on this machine; they are started when there is work for them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._news: queue.SimpleQueue[tuple[_Worker, tuple[str, Any]]] = queue.SimpleQueue()
        self._workers: list[_Worker] = []

    @property
    def free(self) -> int:
        return self.size - sum(w.key is not None for w in self._workers)

    def begin(self, key: Hashable, work: Work, *arguments: Any) -> None:
        idle = [w for w in self._workers if w.key is None]
        for worker in idle:
            if worker.call(key, work, arguments):
                return
            self._workers.remove(worker)  # died while idle
        worker = _Worker(self._news)
        self._workers.append(worker)
        if not worker.call(key, work, arguments):
            raise RuntimeError("a fresh worker process does not take work")

    def news(self, timeout_s: float) -> list[Told | Ended]:
        found: list[Told | Ended] = []
        with suppress(queue.Empty):
            while True:
                worker, (kind, value) = self._news.get(timeout=0 if found else timeout_s)
                one = self._understood(worker, kind, value)
                if one is not None:
                    found.append(one)
        return found

    def _understood(self, worker: _Worker, kind: str, value: Any) -> Told | Ended | None:
        key = worker.key
        if kind == "told":
            return Told(key, value)
        worker.key = None
        if kind == "died" or worker.calls >= _MOST_CALLS:
            worker.end()
            if worker in self._workers:
                self._workers.remove(worker)
        if kind == "died":
            return None if key is None else Ended(key, exit_code=value)
        return Ended(key, value) if kind == "returned" else Ended(key, error=value)

    def close(self) -> None:
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.wait()
        self._workers.clear()


class _Worker:
    """The master's side of one process."""

    def __init__(self, news: queue.SimpleQueue[tuple[_Worker, tuple[str, Any]]]) -> None:
        self.key: Hashable | None = None
        self.calls = 0
        start = f"import sys; sys.path[:] = {sys.path!r}; from posture.survey.processes import serve; serve()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=os.name == "posix",  # Ctrl-C is the master's
        )
        threading.Thread(target=self._listen, args=(news,), name="survey-worker", daemon=True).start()

    def call(self, key: Hashable, work: Work, arguments: tuple[Any, ...]) -> bool:
        """Whether the process took the work."""
        assert self._process.stdin is not None
        try:
            pickle.dump((work, arguments), self._process.stdin)
            self._process.stdin.flush()
        except OSError:
            return False
        self.key, self.calls = key, self.calls + 1
        return True

    def _listen(self, news: queue.SimpleQueue[tuple[_Worker, tuple[str, Any]]]) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                news.put((self, pickle.load(self._process.stdout)))
        except Exception:  # the end of its output, in the middle of an answer as well
            news.put((self, ("died", self._process.wait())))

    def end(self) -> None:
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]

    def wait(self) -> None:
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve() -> None:
    """A worker's whole life; called in a fresh process."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    silence_native_stderr()
    signal.signal(signal.SIGTERM, _leave)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")  # when memory runs out, rather this process than the master
    lock = threading.Lock()

    def answer(kind: str, value: Any) -> None:
        with lock:
            answers.write(_pickled(kind, value))
            answers.flush()

    calls: queue.SimpleQueue[tuple[Work, tuple[Any, ...]] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(calls,), daemon=True).start()
    with suppress(BrokenPipeError):
        while (call := calls.get()) is not None:
            work, arguments = call
            try:
                value = work(lambda said: answer("told", said), *arguments)
            except Exception as error:
                error.add_note("".join(traceback.format_tb(error.__traceback__)))
                answer("raised", error)
            else:
                answer("returned", value)


def _pickled(kind: str, value: Any) -> bytes:
    try:
        data = pickle.dumps((kind, value))
        pickle.loads(data)
        return data
    except Exception:  # an error that cannot be pickled
        return pickle.dumps(("raised", RuntimeError(f"{type(value).__name__}: {value}")))


def _read(calls: queue.SimpleQueue[tuple[Work, tuple[Any, ...]] | None]) -> None:
    try:
        while True:
            calls.put(pickle.load(sys.stdin.buffer))
    except EOFError:
        calls.put(None)
    except Exception as error:
        traceback.print_exception(error)
        os._exit(70)
    # The master is gone or wants an end: what is under way puts its files away, or is cut off.
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(_GRACE_S)
    os._exit(0)


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
