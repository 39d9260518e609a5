"""Deleting what was made from footage, and keeping what was judged: scores, findings and decisions stay.

What belongs to a recording is told by its bytes (SHA-256), which every landmark file names, not by file names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import pyarrow.parquet as pq
from sqlalchemy import insert, select

from posture.errors import OutputError
from posture.kept.folder import Folder, is_id, kept_dir, survey_pictures_dir
from posture.kept.survey import pictures_id
from posture.observe import ObserveSettings, landmark_path, landmarks_dir
from posture.slices import files_of
from posture.survey.folder import landmark_file
from posture.survey.recordings import forget_person, people_names, recording_of
from posture.survey.records import Recording, State, now
from posture.survey.selection import EVERYTHING, Filter, conditions
from posture.survey.store import Store
from posture.survey.tables import analysis, purge, recording


class What(StrEnum):
    LANDMARKS = "landmarks"
    PICTURES = "pictures"
    """Videos, clips and pictures drawn for the survey's pages."""
    KEPT = "kept"
    """Analyses of the same recording that the review page keeps, people's decisions there included."""
    NAMES = "names"
    RECORDING = "recording"


@dataclass(frozen=True)
class Item:
    """One file or folder to delete (names of people have no path)."""

    recording_id: int
    what: What
    path: Path | None
    size_bytes: int


@dataclass(frozen=True)
class Plan:
    """What would be deleted of which recordings; those being analysed at the moment are left alone."""

    recordings: tuple[Recording, ...]
    items: tuple[Item, ...]
    busy: tuple[Recording, ...] = ()

    @property
    def size_bytes(self) -> int:
        return sum(item.size_bytes for item in self.items)

    def of(self, what: What) -> list[Item]:
        return [item for item in self.items if item.what is what]


@dataclass(frozen=True)
class Purged:
    """One recording's entry in the log of deletions."""

    made_at: datetime
    what: tuple[What, ...]
    files: int
    size_bytes: int


def plan_purge(
    store: Store,
    wanted: Filter = EVERYTHING,
    before: date | None = None,
    folders: Sequence[Path] = (),
    seen: ObserveSettings | None = None,
    names: bool = False,
    recordings: bool = False,
) -> Plan:
    """What was made from the wanted recordings and is still there.

    before : only recordings of an earlier day: when they were recorded, else when they were added. folders : further
    folders with landmark files, such as a survey's own; of `seen` also slices of analyses that were not finished.
    names, recordings : people's names and the recordings, too.
    """
    with store.read() as connection:
        rows = connection.execute(select(recording).where(*conditions(wanted)).order_by(recording.c.id))
        every = [one for one in map(recording_of, rows) if before is None or day_of(one) < before]
        asked = select(analysis.c.id, analysis.c.recording_id, analysis.c.landmark_path)
        analyses = [tuple(row) for row in connection.execute(asked)]
    busy = tuple(one for one in every if one.state is State.RUNNING)
    chosen = tuple(one for one in every if one.state is not State.RUNNING)
    by_bytes = {one.sha256: one.id for one in chosen}
    ids = set(by_bytes.values())
    own = [(r, landmark_file(store, path)) for _, r, path in analyses if r in ids and path]
    items = _landmarks(own, by_bytes, (landmarks_dir(), *folders))
    if seen is not None:
        wholes = [(r, landmark_path(sha, seen, folder)) for sha, r in by_bytes.items() for folder in folders]
        items += [_item(r, What.LANDMARKS, path) for r, whole in wholes for _, path in files_of(whole)]
    items += _drawn(store, [(r, a) for a, r, _ in analyses if r in ids])
    items += _kept(by_bytes)
    if names:
        items += [Item(r, What.NAMES, None, 0) for r in sorted(ids) if people_names(store, r)]
    if recordings:
        items += [_item(one.id, What.RECORDING, Path(one.path)) for one in chosen if Path(one.path).is_file()]
    return Plan(chosen, tuple(items), busy)


def day_of(one: Recording) -> date:
    """The day that counts for a period: of the recording, else of its adding."""
    if one.recorded_on is not None:
        return one.recorded_on
    return one.starts_at.date() if one.starts_at is not None else one.added_at.date()


def _landmarks(own: Iterable[tuple[int, Path]], by_bytes: dict[str, int], folders: Iterable[Path]) -> list[Item]:
    found = {path.resolve(): recording_id for recording_id, path in own if path.is_file()}
    for folder in folders:
        for path in folder.glob("*.parquet"):
            recording_id = by_bytes.get(_bytes_of(path))
            if recording_id is not None:
                found.setdefault(path.resolve(), recording_id)
    return [_item(recording_id, What.LANDMARKS, path) for path, recording_id in found.items()]


def _bytes_of(path: Path) -> str:
    """SHA-256 of the recording that a landmark file was made from; empty where it is none or cannot be read."""
    try:
        with pq.ParquetFile(path) as file:
            raw = (file.metadata.metadata or {}).get(b"posture")
        return str(json.loads(raw)["source_sha256"]) if raw else ""
    except (OSError, ValueError, KeyError):
        return ""


def _drawn(store: Store, analyses: Iterable[tuple[int, int]]) -> list[Item]:
    folders = [(r, survey_pictures_dir() / pictures_id(store, a)) for r, a in analyses]
    return [_item(r, What.PICTURES, path) for r, path in folders if path.is_dir()]


def _kept(by_bytes: dict[str, int]) -> list[Item]:
    items = []
    for path in kept_dir().iterdir() if kept_dir().is_dir() else ():
        if is_id(path.name):
            recording_id = by_bytes.get(_bytes_of(Folder(path.name).landmarks))
            if recording_id is not None:
                items.append(_item(recording_id, What.KEPT, path))
    return items


def _item(recording_id: int, what: What, path: Path) -> Item:
    try:
        files = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
        size_bytes = sum(p.stat().st_size for p in files)
    except OSError:  # somebody else is deleting it
        size_bytes = 0
    return Item(recording_id, what, path, size_bytes)


def carry_out(store: Store, plan: Plan) -> list[tuple[Path, OSError]]:
    """Delete what the plan names and write each recording's entry into the log; what could not be deleted is given
    back and not in the log.

    Raises
    ------
    StoreError
        The store cannot be written.
    """
    failed: list[tuple[Path, OSError]] = []
    done: dict[int, list[Item]] = {}
    for item in plan.of(What.NAMES):
        for person in people_names(store, item.recording_id):
            forget_person(store, item.recording_id, person)
        done.setdefault(item.recording_id, []).append(item)
    with store.write() as connection:  # first of all: nothing is deleted where it cannot be written down
        for item in plan.items:
            if item.path is None:
                continue
            try:
                shutil.rmtree(item.path) if item.path.is_dir() else item.path.unlink(missing_ok=True)
            except OSError as error:
                failed.append((item.path, error))
            else:
                done.setdefault(item.recording_id, []).append(item)
        if done:
            connection.execute(insert(purge), [_entry(r, items, now()) for r, items in done.items()])
    return failed


def _entry(recording_id: int, items: Sequence[Item], made_at: datetime) -> dict[str, object]:
    return {
        "recording_id": recording_id,
        "made_at": made_at,
        "what": " ".join(sorted({item.what for item in items})),
        "files": sum(item.path is not None for item in items),
        "size_bytes": sum(item.size_bytes for item in items),
    }


def purges_of(store: Store, recording_id: int) -> list[Purged]:
    """What was deleted of a recording, the oldest first."""
    asked = select(purge).where(purge.c.recording_id == recording_id).order_by(purge.c.id)
    with store.read() as connection:
        return [
            Purged(row.made_at, tuple(What(w) for w in row.what.split()), row.files, row.size_bytes)
            for row in connection.execute(asked)
        ]


def require_choice(wanted: Filter, before: date | None) -> None:
    """OutputError when neither a period nor a round nor a unit was named: nobody deletes everything by leaving out."""
    if wanted == EVERYTHING and before is None:
        raise OutputError("exchange.errors.purge_what")
