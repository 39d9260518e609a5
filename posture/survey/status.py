"""How a survey stands: what is done, what is left, what failed and why, how long a run under way will take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func, select

from posture.survey.recordings import recording_of
from posture.survey.records import Recording, State, now
from posture.survey.store import Store
from posture.survey.tables import recording

_LEAST_DONE = 2
"""Recordings that a run must have finished before the time left can be told (own choice)."""


@dataclass(frozen=True)
class Standing:
    """`footage_s` is the length of what was analysed; `left_s` the time that the runs under way still take, None where
    none is or it cannot be told yet."""

    counts: Mapping[State, int]
    units: Mapping[str, Mapping[State, int]]
    footage_s: float
    failures: tuple[Recording, ...]
    left_s: float | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def standing(store: Store) -> Standing:
    c = recording.c
    by_unit = select(c.unit, c.state, func.count()).group_by(c.unit, c.state).order_by(c.unit)
    footage = select(func.coalesce(func.sum(c.duration_s), 0.0)).where(c.state == State.DONE)
    failed = select(recording).where(c.state == State.FAILED).order_by(c.id)
    units: dict[str, dict[State, int]] = defaultdict(lambda: dict.fromkeys(State, 0))
    with store.read() as connection:
        for unit, state, count in connection.execute(by_unit):
            units[unit][state] = count
        footage_s = float(connection.execute(footage).scalar_one())
        failures = tuple(recording_of(row) for row in connection.execute(failed))
    counts = {state: sum(unit[state] for unit in units.values()) for state in State}
    return Standing(counts, dict(units), footage_s, failures, _left_s(store) if counts[State.RUNNING] else None)


def _left_s(store: Store) -> float | None:
    """By the bytes that the runs under way have finished since they began."""
    c = recording.c
    owners = select(c.owner).where(c.state == State.RUNNING, c.owner.is_not(None)).distinct()
    finished = c.state.in_((State.DONE, State.FAILED))
    asked = select(
        func.sum(case((finished, c.size_bytes), else_=0)), func.count(case((finished, 1))), func.min(c.started_at)
    ).where(c.owner.in_(owners))
    left = select(func.sum(c.size_bytes)).where(c.state.in_((State.WAITING, State.RUNNING)))
    with store.read() as connection:
        done_bytes, done, since = connection.execute(asked).one()
        left_bytes = connection.execute(left).scalar()
    if not done_bytes or done < _LEAST_DONE or not left_bytes:
        return None
    return float(left_bytes) * (now() - since).total_seconds() / float(done_bytes)
