"""A small survey of the sample clips with made-up places: to try everything without a recording of one's own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from posture.files import data_dir
from posture.kept.folder import is_id, keep_days
from posture.survey.manifest import Entry
from posture.survey.records import Place

CLIPS = (
    ("standing_faults", 0, 0, 0),
    ("seated_counter", 0, 1, 0),
    ("standing_careless", 1, 0, 0),
    ("seated_off_duty", 1, 1, 0),
    ("standing_correct", 0, 0, 1),
    ("seated_correct", 0, 1, 1),
    ("standing_correct_male", 1, 0, 1),
    ("back_light", 1, 1, 1),
)
"""Stem of a sample, number of its unit, window and round."""
_DAYS = (date(2026, 3, 2), date(2026, 6, 1))


def demonstration_entries(folder: Path, units: Sequence[str], outlet: str, rounds: Sequence[str]) -> list[Entry]:
    """The samples of `folder` that are there, at two units, two windows, in two rounds of the given names."""
    return [
        Entry(folder / f"{stem}.mp4", Place(units[unit], outlet, str(window + 1), rounds[when]), _DAYS[when])
        for stem, unit, window, when in CLIPS
        if (folder / f"{stem}.mp4").is_file()
    ]


def demonstration_store(identifier: str) -> Path:
    """The file of one demonstration's store, apart from everything real; its folder is made.

    Raises
    ------
    ValueError
        `identifier` is none of `kept.folder.new_id`.
    """
    if not is_id(identifier):
        raise ValueError("expected an id")
    folder = data_dir() / "demonstrations"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{identifier}.sqlite"


def delete_old_demonstrations(now_s: float | None = None) -> int:
    """Delete demonstrations that nobody changed for as long as kept analyses stay; how many."""
    oldest_s = (time.time() if now_s is None else now_s) - keep_days() * 86_400
    deleted = 0
    for path in (data_dir() / "demonstrations").glob("*.sqlite"):
        try:
            if path.stat().st_mtime < oldest_s:
                for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                    one.unlink(missing_ok=True)
                deleted += 1
        except OSError:  # deleted or in use meanwhile
            continue
    return deleted
