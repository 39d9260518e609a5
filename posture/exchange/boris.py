"""BORIS: events as its "export tabular events" writes them, the sheet that it imports, and reading both exports back.

Columns are BORIS's own (version 8 and 9): where they carry no unit, times are seconds. What a file is stands in columns
where BORIS has its independent variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from posture.exchange.coding import Coding, Event
from posture.files import atomic_path
from posture.report.sheets import Cell, Table, csv_file, workbook

_BEFORE = (
    "Observation id", "Observation date", "Description", "Observation duration", "Observation type", "Source",
    "Time offset (s)", "Media duration (s)", "FPS",
)  # fmt: skip
_WHO = ("Subject", "Behavior", "Behavioral category", "Modifier #1", "Modifier #2")
_AFTER = ("Behavior type", "Time", "Media file name", "Image index", "Image file path", "Comment")
IMPORTED = ("time", "subject", "code", "modifier", "comment")
"""The columns of a sheet that BORIS's "import observations" takes."""
NOT_KNOWN = "NA"
_VARIABLES = (
    "software", "recording_sha256", "recording_starts_at", "models_sha256", "norms_sha256", "profile", "variant",
    "options",
)  # fmt: skip


def tabular(codings: Sequence[Coding]) -> Table:
    """One row for each start and each end; a moment is one row. Modifier 1 is the severity, 2 who found it."""
    head = (*_BEFORE, *_VARIABLES, *_WHO, *_AFTER)
    return Table("events", head, [row for coding in codings for row in _rows(coding)])


def _rows(coding: Coding) -> list[list[Cell]]:
    fps = f"{coding.fps:.3f}" if coding.fps else NOT_KNOWN
    date = f"{coding.starts_at:%Y-%m-%d %H:%M:%S}" if coding.starts_at else ""
    lasts = f"{coding.duration_s:.3f}"
    what = coding.statement.get("what", "")
    before: list[Cell] = [
        coding.observation_id, date, what, lasts, "Media file(s)", f"player #1:{coding.path}", 0, lasts, fps,
        *(coding.statement.get(name, "") for name in _VARIABLES),
    ]  # fmt: skip
    return [
        [
            *before, e.who, e.criterion, e.category, e.severity, str(e.origin), kind, round(time_s, 3), coding.path,
            frame if frame is not None else NOT_KNOWN, NOT_KNOWN, comment,
        ]
        for time_s, frame, kind, e, comment in _points(coding.events)
    ]  # fmt: skip


def _points(events: Sequence[Event]) -> list[tuple[float, int | None, str, Event, str]]:
    """Starts, ends and moments in time order, ends first where times are equal."""
    points = []
    for e in events:
        comment = " · ".join(part for part in (e.title, e.remark) if part)
        if e.end_s > e.start_s:
            points.append((e.start_s, e.start_frame, "START", e, comment))
            points.append((e.end_s, e.end_frame, "STOP", e, ""))
        else:
            points.append((e.start_s, e.start_frame, "POINT", e, comment))
    return sorted(points, key=lambda p: (p[0], p[2] != "STOP"))


def import_sheet(coding: Coding) -> bytes:
    """XLSX that BORIS imports into an open observation; codes are the criteria's ids."""
    rows: list[list[Cell]] = [
        [round(time_s, 3), e.who, e.criterion, f"{e.severity}|{e.origin}", comment]
        for time_s, _, _, e, comment in _points(coding.events)
    ]
    return workbook("events", [Table("events", IMPORTED, rows)])


def write_boris(coding: Coding, path: Path) -> None:
    """CSV as BORIS exports it, or, where the name ends in .xlsx, the sheet that it imports.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    data = import_sheet(coding) if path.suffix.lower() == ".xlsx" else csv_file(tabular([coding]))
    with atomic_path(path) as partial:
        partial.write_bytes(data)
