"""A trainee's progress over days: one small SQLite file each, which only opens to who knows name and code.

The file's name is derived from both, so that nobody finds another's by trying names, and no list of trainees exists.
Kept are lesson, times, seconds and faults; never a picture or landmark.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean

from posture.errors import OutputError
from posture.files import data_dir
from posture.live.steps import StepResult, Summary
from posture.reasons import why

LEAST_CODE = 4
"""Shortest code, in characters."""
_SALT = b"posture practice progress 1"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, lesson TEXT NOT NULL, profile TEXT NOT NULL,
    duration_s REAL NOT NULL, steps TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class KeptSession:
    """One session of the past; `started` is local time."""

    started: datetime
    profile: str
    summary: Summary


class ProgressStore:
    """The progress of one trainee.

    Raises
    ------
    ValueError
        No name, or a code shorter than `LEAST_CODE`.
    OutputError
        The folder cannot be written to (on use).
    """

    def __init__(self, name: str, code: str, folder: Path | None = None) -> None:
        name, code = name.strip().casefold(), code.strip()
        if not name or len(code) < LEAST_CODE:
            raise ValueError(f"expected a name and a code of at least {LEAST_CODE} characters")
        secret = json.dumps([name, code]).encode()
        key = hashlib.scrypt(secret, salt=_SALT, n=2**14, r=8, p=1, dklen=20).hex()
        self.path = (folder or data_dir() / "practice") / f"{key}.sqlite"

    def add(self, started: datetime, profile: str, summary: Summary) -> None:
        """Keep one session."""
        steps = json.dumps([asdict(s) for s in summary.steps])
        with self._open() as database:
            database.execute(
                "INSERT INTO session (started, lesson, profile, duration_s, steps) VALUES (?, ?, ?, ?, ?)",
                (started.isoformat(timespec="seconds"), summary.lesson, profile, summary.duration_s, steps),
            )

    def sessions(self) -> list[KeptSession]:
        """All sessions, the oldest first. Makes no file when there is none."""
        if not self.path.exists():
            return []
        with self._open() as database:
            rows = database.execute("SELECT started, profile, lesson, duration_s, steps FROM session ORDER BY id")
            return [_kept(*row) for row in rows]

    def delete(self) -> None:
        """Forget everything of this trainee."""
        for path in (self.path, *(self.path.with_name(self.path.name + tail) for tail in ("-journal", "-wal", "-shm"))):
            path.unlink(missing_ok=True)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self.path.exists():
                # Made by us first: SQLite would make it readable for everybody.
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(self.path, timeout=10.0)) as database, database:
                database.execute(_SCHEMA)
                yield database
        except (OSError, sqlite3.Error) as error:
            raise OutputError("live.errors.progress", folder=self.path.parent, detail=why(error)) from error


def _kept(started: str, profile: str, lesson: str, duration_s: float, steps: str) -> KeptSession:
    # Up to version 0.1 there were only poses, and `what` was called so.
    results = tuple(StepResult(**{"what" if k == "pose" else k: v for k, v in s.items()}) for s in json.loads(steps))
    return KeptSession(datetime.fromisoformat(started), profile, Summary(lesson, duration_s, results))


@dataclass(frozen=True)
class Day:
    """All practising of one day: how often, seconds held right, movements made right, the share of what was asked for
    (mean over the steps), seconds of faults."""

    day: str
    sessions: int
    held_s: float
    right: int
    share: float
    fault_s: float


def by_day(sessions: list[KeptSession]) -> list[Day]:
    """The days on which there was practice, in order."""
    days: dict[str, list[Summary]] = {}
    for one in sessions:
        days.setdefault(one.started.date().isoformat(), []).append(one.summary)
    found = []
    for day, summaries in days.items():
        shares = [s.share for summary in summaries for s in summary.steps]
        held_s, right = sum(summary.held_s for summary in summaries), sum(summary.right for summary in summaries)
        fault_s = sum(seconds for summary in summaries for _, seconds in summary.faults())
        found.append(Day(day, len(summaries), held_s, right, fmean(shares) if shares else 0.0, fault_s))
    return sorted(found, key=lambda d: d.day)
