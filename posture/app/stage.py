"""What one browser session keeps between runs of the practice page, and what its camera's thread calls.

Streamlit's own functions must not be called from that thread: everything goes through this object and its lock.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import av
import numpy as np

from posture.check import Calibration
from posture.errors import PostureError
from posture.live.progress import ProgressStore
from posture.live.session import LiveSession
from posture.live.steps import Summary

Keep = Callable[[Summary], None]
MakeSession = Callable[[Keep, Calibration | None], LiveSession]


@dataclass
class Stage:
    """One trainee's place: the running or last session, and how to make the next one."""

    name: str = field(default_factory=lambda: secrets.token_hex(8))
    session: LiveSession | None = None
    store: ProgressStore | None = None
    mirror: bool = True
    kept: bool = False
    error: PostureError | None = None
    _make: MakeSession | None = None
    _asked: object = None
    _started: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def prepare(self, asked: object, make: MakeSession) -> None:
        """What to practise from now on. Another wish than before ends the running session; the calibration is the same
        person's and stays."""
        with self._lock:
            changed, self._asked, self._make = asked != self._asked, asked, make
            old = self.session if changed else None
            if changed:
                self.session = None
        if old is not None:
            running = not old.ended
            old.close()
            if running:
                self.running_session(old.calibration)

    def again(self) -> None:
        """Begin the same lesson anew."""
        with self._lock:
            old, self.session = self.session, None
        if old is not None:
            old.close()
            self.running_session(old.calibration)

    def running_session(self, calibration: Calibration | None = None) -> LiveSession | None:
        """The session that runs, a new one when there is none; None before `prepare`."""
        with self._lock:
            if (self.session is None or self.session.ended) and self._make is not None:
                self.session = self._make(self._keep, calibration)
                self._started, self.kept, self.error = datetime.now(), False, None
            return self.session

    def frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The camera's callback: the same picture with everything drawn on it."""
        session = self.running_session()
        image = frame.to_ndarray(format="rgb24")
        if session is None:
            return frame
        shown = session.show(np.ascontiguousarray(image), time.monotonic(), self.mirror)
        return av.VideoFrame.from_ndarray(shown, format="rgb24")

    def ended(self) -> None:
        """The camera was stopped or the tab closed: landmarkers and threads are given back."""
        with self._lock:
            session = self.session
        if session is not None:
            session.close()

    def _keep(self, summary: Summary) -> None:
        """Called from one of the session's threads."""
        session, store, started = self.session, self.store, self._started
        if store is None or session is None or started is None:
            return
        try:
            store.add(started, session.library.profile.id, summary)
            self.kept = True
        except PostureError as error:
            self.error = error
