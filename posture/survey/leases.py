"""Who analyses which recording: claimed by a run, renewed while it works, given back when its owner is gone.

No clocks are compared, since those of several machines differ: an owner counts `renewed` up, and whoever sees the count
stand still for `LEASE_S` by their own clock gives the recording back. On one's own machine a process that is gone is
known at once. What was given back comes after what was never tried, so that a recording that brings whole machines down
does not hold up the others.
"""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import select, update

from posture.survey.recordings import recording_of, set_state
from posture.survey.records import Recording, State
from posture.survey.store import Store
from posture.survey.tables import recording

RENEW_S = 10.0
LEASE_S = 60.0
"""An owner who has not renewed for this long is gone (own choice: six times `RENEW_S`)."""


def new_owner() -> str:
    """A name for a run in this process: machine, process, and a part of its own."""
    return f"{_machine()} {os.getpid()} {secrets.token_hex(4)}"


def _machine() -> str:
    """The machine, and the container where processes are numbered apart."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return f"{platform.node()[:120]}{space}".replace(" ", "")


def _is_gone(owner: str) -> bool:
    """Whether the owner was a process of this machine that is no more."""
    machine, _, rest = owner.partition(" ")
    pid = rest.partition(" ")[0]
    if machine != _machine() or not pid.isdigit() or os.name != "posix":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def claim_next(store: Store, owner: str = "") -> Recording | None:
    """The recording that waits longest, from now on running; None when none waits. No two processes get the same."""
    order = (recording.c.attempts, recording.c.id)
    first = select(recording.c.id).where(recording.c.state == State.WAITING).order_by(*order).limit(1)
    with store.write() as connection:
        chosen = connection.execute(first.with_for_update(skip_locked=True)).scalar()
        if chosen is None:
            return None
        set_state(connection, chosen, State.RUNNING)
        mine = update(recording).where(recording.c.id == chosen).values(owner=owner or None, renewed=0)
        connection.execute(mine)
        return recording_of(connection.execute(select(recording).where(recording.c.id == chosen)).one())


def renew(store: Store, owner: str) -> int:
    """The owner is still at work on what they claimed; how many that is."""
    mine = (recording.c.state == State.RUNNING) & (recording.c.owner == owner)
    with store.write() as connection:
        return connection.execute(update(recording).where(mine).values(renewed=recording.c.renewed + 1)).rowcount


def release(store: Store, owner: str) -> int:
    """The owner gives back what they have not finished; how many."""
    return _give_back(store, recording.c.owner == owner, counts=False)


def release_all(store: Store) -> int:
    """Everything that is running waits again; how many. An owner who is at work after all finds it lost."""
    return _give_back(store, recording.c.id > 0, counts=True)


def _give_back(store: Store, which: Any, counts: bool) -> int:
    values = {"state": State.WAITING, "started_at": None, "owner": None, "attempts": recording.c.attempts + int(counts)}
    with store.write() as connection:
        left = update(recording).where((recording.c.state == State.RUNNING) & which).values(values)
        return connection.execute(left).rowcount


class Watch:
    """Gives back what others claimed and do not renew. `owner` is one's own name."""

    def __init__(self, store: Store, owner: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._owner, self._clock = store, owner, clock
        self._seen: dict[int, tuple[tuple[str | None, int], float]] = {}
        self._alive: set[str | None] = set()

    def look(self) -> tuple[int, int]:
        """How many recordings were given back now, and how many are running of whose owners it is not known yet
        whether they are at work."""
        c = recording.c
        asked = select(c.id, c.owner, c.renewed).where(c.state == State.RUNNING)
        with self._store.read() as connection:
            rows = [row for row in connection.execute(asked) if row.owner != self._owner]
        given_back = undecided = 0
        before, self._seen = self._seen, {}
        for row in rows:
            sign, now_s = (row.owner, row.renewed), self._clock()
            known, since_s = before.get(row.id, (sign, now_s))
            if known != sign:
                since_s = now_s
                if known[0] == row.owner:
                    self._alive.add(row.owner)
            if now_s - since_s >= LEASE_S or (row.owner and _is_gone(row.owner)):
                here = (c.id == row.id) & (c.renewed == row.renewed) & (c.owner.is_not_distinct_from(row.owner))
                given_back += _give_back(self._store, here, counts=True)
                continue
            self._seen[row.id] = (sign, since_s)
            undecided += row.owner not in self._alive
        return given_back, undecided
