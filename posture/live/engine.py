"""Landmarks from a running camera: whoever hands in pictures never waits, and the newest picture wins.

One slot holds the newest picture; threads with a set of landmarkers each (`finder.Finder`, the same as for recordings)
take it when they are free. A picture that is overtaken in the slot, or finished after a later one, is left out. Threads
and landmarkers are made when the first picture comes, and given back by `close` or after `idle_s` without pictures, so
that a forgotten browser tab holds nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from posture.finder import PersonFound
from posture.landmarks import Array
from posture.native import give_back_freed_memory

Image = NDArray[np.uint8]
_KEPT_S = 3.0
"""Rate and delay are told of the last seconds."""
_LOG = logging.getLogger(__name__)


class Looker(Protocol):
    """What the engine needs of a `Finder`."""

    def everyone(self, image: Image) -> list[PersonFound]: ...

    def near(self, image: Image, last_pose_px: Array) -> list[PersonFound]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Analysed:
    """One picture (H, W, 3) RGB with everybody found in it; `time_s` as it was handed in."""

    image: Image
    time_s: float
    people: list[PersonFound]


class Listener(Protocol):
    """Who makes something of the results; called from the engine's threads."""

    def expected_px(self, time_s: float) -> Array | None:
        """(33, 3) where somebody was a moment ago and should be, to look there when nobody is found."""

    def seen(self, picture: Analysed) -> None:
        """A result, in the order of time, one at a time. Has to be quick."""

    def think(self) -> None:
        """After each result, possibly from several threads at once."""


@dataclass(frozen=True)
class EngineStats:
    """Of the last three seconds: analysed pictures per second, delay from handing in to result; counts since the
    start."""

    analysed_per_s: float = 0.0
    latency_median_s: float | None = None
    latency_p95_s: float | None = None
    submitted: int = 0
    analysed: int = 0
    left_out: int = 0
    running: bool = False
    failed: bool = False


@dataclass
class _Counts:
    submitted: int = 0
    analysed: int = 0
    left_out: int = 0
    recent: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=400))
    """When each result was ready, and its delay."""


class LiveEngine:
    """Owns threads and landmarkers of one camera.

    make_looker : makes one thread's landmarkers, called in that thread.
    threads : how many; two use two cores, since MediaPipe's C library releases the GIL.
    """

    def __init__(
        self, make_looker: Callable[[], Looker], listener: Listener, threads: int = 2, idle_s: float = 30.0
    ) -> None:
        self._make, self._listener, self._wanted, self._idle_s = make_looker, listener, threads, idle_s
        self._changed = threading.Condition()
        self._order = threading.Lock()
        self._slot: tuple[Image, float, float] | None = None
        self._threads: set[threading.Thread] = set()
        self._closed = self._failed = False
        self._last_s = -np.inf
        self._counts = _Counts()

    def warm_up(self) -> None:
        """Make the landmarkers now, so that the first picture need not wait for them."""
        with self._changed:
            self._start_threads()

    def submit(self, image: Image, time_s: float) -> None:
        """Hand in an RGB picture (H, W, 3), not mirrored, that nobody changes any more. Returns at once.

        After `close` nothing happens: the camera's last pictures may come late.
        """
        with self._changed:
            if self._closed or self._failed:
                return
            self._counts.submitted += 1
            self._counts.left_out += self._slot is not None
            self._slot = (image, time_s, time.monotonic())
            self._start_threads()
            self._changed.notify()

    def snapshot(self) -> EngineStats:
        """Rate and delay as they are now."""
        with self._changed:
            now = time.monotonic()
            recent = [(at, delay) for at, delay in self._counts.recent if now - at <= _KEPT_S]
            running, counts = bool(self._threads), self._counts
            totals = (counts.submitted, counts.analysed, counts.left_out)
        delays = [delay for _, delay in recent]
        span_s = recent[-1][0] - recent[0][0] if len(recent) > 1 else 0.0
        return EngineStats(
            (len(recent) - 1) / span_s if span_s > 0 else 0.0,
            float(np.median(delays)) if delays else None,
            float(np.percentile(delays, 95)) if delays else None,
            *totals,
            running=running,
            failed=self._failed,
        )

    def close(self, timeout_s: float = 5.0) -> None:
        """End the threads and give the landmarkers back. May be called again, and from any thread."""
        with self._changed:
            self._closed, self._slot = True, None
            threads = [t for t in self._threads if t is not threading.current_thread()]
            self._changed.notify_all()
        for thread in threads:
            thread.join(timeout_s)
        give_back_freed_memory()

    def _start_threads(self) -> None:
        while not self._closed and not self._failed and len(self._threads) < self._wanted:
            thread = threading.Thread(target=self._work, name="live-landmarks", daemon=True)
            self._threads.add(thread)
            thread.start()

    def _work(self) -> None:
        looker: Looker | None = None
        try:
            looker = self._make()
            while (taken := self._take()) is not None:
                self._analyse(looker, *taken)
        except Exception:
            _LOG.exception("the live landmarkers failed")
            with self._changed:
                self._failed = True
                self._changed.notify_all()
        finally:
            with self._changed:
                self._threads.discard(threading.current_thread())
            if looker is not None:
                looker.close()

    def _take(self) -> tuple[Image, float, float] | None:
        """The newest picture; None when this thread is to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._failed or self._slot is not None, self._idle_s)
            if self._closed or self._failed or self._slot is None:
                # Leave the list under the lock: a picture that comes now starts a new thread.
                self._threads.discard(threading.current_thread())
                return None
            taken, self._slot = self._slot, None
            return taken

    def _analyse(self, looker: Looker, image: Image, time_s: float, submitted: float) -> None:
        people = looker.everyone(image)
        expected = self._listener.expected_px(time_s) if not people else None
        if expected is not None:
            people = looker.near(image, expected)
        with self._order:
            late = time_s <= self._last_s or self._closed
            if not late:
                self._last_s = time_s
                self._listener.seen(Analysed(image, time_s, people))
        with self._changed:
            if late:
                self._counts.left_out += 1
                return
            self._counts.analysed += 1
            now = time.monotonic()
            self._counts.recent.append((now, now - submitted))
        self._listener.think()
