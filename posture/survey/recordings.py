"""Recordings and how far their analysis is; who the people in them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from posture.errors import StoreError
from posture.findings import Role
from posture.survey.records import (
    Failure,
    NewRecording,
    PersonName,
    Recording,
    State,
    author,
    now,
    place_of,
    values_from_json,
    values_to_json,
)
from posture.survey.store import Store
from posture.survey.tables import person_name, recording

LONGEST_NAME = 40
"""Letters of a person's name or number; it has to stand in pictures and tables (own choice)."""
_AT_ONCE = 500
"""Values in one IN (…): SQLite takes a limited number."""


@dataclass(frozen=True)
class Added:
    """A recording in the store; `is_new` is False when the same bytes were there already: then nothing was changed."""

    recording: Recording
    is_new: bool


def add_recording(store: Store, new: NewRecording) -> Added:
    """Add one recording, waiting to be analysed."""
    return add_recordings(store, [new])[0]


def add_recordings(store: Store, new: Sequence[NewRecording]) -> list[Added]:
    """Add recordings in one go, in the order given. The same bytes are one recording, however often and by whomever
    they are added."""
    try:
        return _add(store, new)
    except IntegrityError:  # another process has added one of them in between: now it is there
        return _add(store, new)


def _add(store: Store, new: Sequence[NewRecording]) -> list[Added]:
    with store.write() as connection:
        before = set(_by_sha256(connection, [one.sha256 for one in new]))
        rows: dict[str, dict[str, object]] = {}
        for one in new:  # the first of the same bytes counts, and what comes first is analysed first
            if one.sha256 not in before:
                rows.setdefault(one.sha256, _row(one))
        if rows:
            connection.execute(insert(recording), list(rows.values()))
        there = _by_sha256(connection, [one.sha256 for one in new])
    added = []
    for one in new:
        added.append(Added(there[one.sha256], one.sha256 not in before))
        before.add(one.sha256)
    return added


def _row(new: NewRecording) -> dict[str, object]:
    place = new.place
    return {
        "path": new.path,
        "sha256": new.sha256,
        "size_bytes": new.size_bytes,
        "unit": place.unit,
        "outlet": place.outlet,
        "window": place.window,
        "round": place.round,
        "recorded_on": new.recorded_on,
        "starts_at": new.starts_at,
        "duration_s": new.duration_s,
        "state": State.WAITING,
        "added_at": now(),
    }


def _by_sha256(connection: Connection, wanted: Sequence[str]) -> dict[str, Recording]:
    found = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for row in connection.execute(select(recording).where(recording.c.sha256.in_(some))):
            found[row.sha256] = recording_of(row)
    return found


def recording_of(row: Any) -> Recording:
    """The recording of a row that holds all columns of the table."""
    failure = Failure(row.failure_key, values_from_json(row.failure_values)) if row.failure_key else None
    return Recording(
        row.id, row.path, row.sha256, row.size_bytes, place_of(row), row.recorded_on, row.starts_at, row.duration_s,
        row.state, failure, row.added_at, row.started_at, row.finished_at,
    )  # fmt: skip


def get_recording(store: Store, recording_id: int) -> Recording:
    """StoreError when there is no such recording."""
    with store.read() as connection:
        row = connection.execute(select(recording).where(recording.c.id == recording_id)).one_or_none()
    if row is None:
        raise StoreError("survey.errors.no_recording", id=recording_id)
    return recording_of(row)


def recording_paths(store: Store) -> list[str]:
    """Where all recordings lie, as they were added."""
    with store.read() as connection:
        return list(connection.execute(select(recording.c.path)).scalars())


def set_state(connection: Connection, recording_id: int, state: State, failure: Failure | None = None) -> None:
    """Part of a larger change: the state with its times and the reason of a failure.

    Raises
    ------
    StoreError
        There is no such recording.
    """
    values: dict[str, object] = {"state": state, "failure_key": None, "failure_values": None}
    if failure is not None:
        values |= {"failure_key": failure.key, "failure_values": values_to_json(failure.values)}
    if state is State.RUNNING:
        values |= {"started_at": now(), "finished_at": None}
    elif state is State.WAITING:
        values |= {"started_at": None, "finished_at": None}
    else:
        values["finished_at"] = now()
    changed = connection.execute(update(recording).where(recording.c.id == recording_id).values(values))
    if changed.rowcount != 1:
        raise StoreError("survey.errors.no_recording", id=recording_id)


def start(store: Store, recording_id: int) -> None:
    """The analysis of this recording has begun (`claim_next` chooses one)."""
    with store.write() as connection:
        set_state(connection, recording_id, State.RUNNING)


def fail(store: Store, recording_id: int, failure: Failure, owner: str | None = None) -> None:
    """The analysis ended with an error. Older analyses stay. `owner` as in `require_owner`."""
    with store.write() as connection:
        require_owner(connection, recording_id, owner)
        set_state(connection, recording_id, State.FAILED, failure)


class LostLease(Exception):
    """The recording was given to somebody else meanwhile: what was worked out for it is to be thrown away."""


def require_owner(connection: Connection, recording_id: int, owner: str | None) -> None:
    """Part of a larger change: whoever else would change the recording waits for its end.

    Raises
    ------
    LostLease
        An owner is given and the recording is not theirs (`leases`), or not running.
    """
    asked = select(recording.c.state, recording.c.owner).where(recording.c.id == recording_id).with_for_update()
    row = connection.execute(asked).one_or_none()
    if owner is not None and (row is None or row.state is not State.RUNNING or row.owner != owner):
        raise LostLease


def wait_again(store: Store, recording_id: int) -> None:
    """Have the recording analysed once more."""
    with store.write() as connection:
        set_state(connection, recording_id, State.WAITING)


def failed_again(store: Store) -> int:
    """Have everything that failed analysed once more; how many."""
    again = {"state": State.WAITING, "failure_key": None, "failure_values": None, "attempts": 0,
             "started_at": None, "finished_at": None}  # fmt: skip
    with store.write() as connection:
        return connection.execute(update(recording).where(recording.c.state == State.FAILED).values(again)).rowcount


def move_recording(store: Store, recording_id: int, path: str) -> None:
    """The file lies somewhere else now."""
    with store.write() as connection:
        changed = connection.execute(update(recording).where(recording.c.id == recording_id).values(path=path))
        if changed.rowcount != 1:
            raise StoreError("survey.errors.no_recording", id=recording_id)


def name_person(store: Store, recording_id: int, person: int, name: str, role: Role | None, who: str) -> None:
    """Say who a person of the recording is; what was said before is replaced, so that a name can be taken back.

    Raises
    ------
    StoreError
        The name has more than `LONGEST_NAME` letters, nobody says it, or there is no such recording.
    """
    plain = " ".join(name.split())
    if len(plain) > LONGEST_NAME:
        raise StoreError("survey.errors.name_long", count=len(plain), most=LONGEST_NAME)
    row = {"name": plain, "role": role, "who": author(who), "named_at": now()}
    here = (person_name.c.recording_id == recording_id) & (person_name.c.person == person)
    get_recording(store, recording_id)
    with store.write() as connection:
        connection.execute(delete(person_name).where(here))
        connection.execute(insert(person_name).values(recording_id=recording_id, person=person, **row))


def forget_person(store: Store, recording_id: int, person: int) -> None:
    """Take name and role away again."""
    here = (person_name.c.recording_id == recording_id) & (person_name.c.person == person)
    with store.write() as connection:
        connection.execute(delete(person_name).where(here))


def people_names(store: Store, recording_id: int) -> dict[int, PersonName]:
    """By the person's number in the recording."""
    with store.read() as connection:
        rows = connection.execute(select(person_name).where(person_name.c.recording_id == recording_id)).all()
    return {row.person: PersonName(row.person, row.name, row.role, row.who, row.named_at) for row in rows}


def told_roles(store: Store, recording_id: int) -> tuple[tuple[int, Role], ...]:
    """The roles that somebody said, as `CheckOptions.told_roles` has them."""
    names = people_names(store, recording_id)
    return tuple((number, one.role) for number, one in sorted(names.items()) if one.role is not None)
