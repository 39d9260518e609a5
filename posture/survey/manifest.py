"""Where the recordings of a survey lie and what they are of: from the names of folders, or from a list (CSV, XLSX)."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Any

from posture.errors import UnusableInputError
from posture.kept.sources import MEDIA
from posture.reasons import why
from posture.survey.records import NewRecording, Place
from posture.video import sha256_of

PLACES = ("unit", "outlet", "window", "round")
EXAMPLE_PATTERN = "{unit}/{outlet}/{window}/{round}/*.mp4"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "file": ("file", "path", "文件", "路径", "录像", "文件路径"),
    "unit": ("unit", "单位", "机构"),
    "outlet": ("outlet", "网点", "大厅", "场所"),
    "window": ("window", "窗口", "窗口号"),
    "round": ("round", "轮次", "批次"),
    "date": ("date", "日期", "录制日期"),
    "starts_at": ("starts_at", "开始时间"),
}
"""What a column may be called in its first row; capitals and blanks around do not matter."""
LISTS = (".csv", ".txt", ".tsv", ".xlsx")
_LONGEST_PLACE = 200
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
_MOMENTS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M",
            "%Y/%m/%d %H:%M:%S")  # fmt: skip
_MOST_NAMED = 3


@dataclass(frozen=True)
class Entry:
    """One recording of a survey: its file, and what it is of. Times are wall-clock times at the place."""

    path: Path
    place: Place = field(default_factory=Place)
    recorded_on: date | None = None
    starts_at: datetime | None = None


def _error(key: str, **values: object) -> UnusableInputError:
    return UnusableInputError(f"survey.manifest.{key}", **values)


def entries_of_folder(folder: Path, pattern: str = EXAMPLE_PATTERN) -> list[Entry]:
    """Recordings and photos in the folder and below whose path fits the pattern, in order of their path.

    A pattern is a path with `/` in which `{unit}`, `{outlet}`, `{window}`, `{round}` and `{date}` stand for what is
    to be taken from a folder's or file's name, `*` for any part of a name and `**` for any folders, none included.

    Raises
    ------
    UnusableInputError
        The folder cannot be read, the pattern has a mistake, nothing fits it, or a date is none.
    """
    fits = _pattern(pattern)
    try:
        os.listdir(folder)
    except OSError as error:
        raise _error("no_folder", folder=folder, detail=why(error)) from error
    found = []
    for path in sorted(_media(folder)):
        match = fits.fullmatch(path.relative_to(folder).as_posix())
        if match:
            found.append(_entry(path, match.groupdict(), path.name))
    if not found:
        raise _error("nothing_fits", folder=folder, pattern=pattern)
    return found


def _media(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder):
        yield from (Path(where) / n for n in names if PurePath(n).suffix.lower().lstrip(".") in MEDIA)


def _pattern(pattern: str) -> re.Pattern[str]:
    """A regular expression over a path with `/`."""
    text, seen = "", set()
    for part in re.split(r"(\*\*/|\*\*|\*|\{[^{}]*\})", pattern.strip().strip("/")):
        if part == "**/":
            text += "(?:[^/]+/)*"
        elif part == "**":
            text += ".*"
        elif part == "*":
            text += "[^/]*"
        elif part.startswith("{") and part.endswith("}"):
            name = part[1:-1].strip()
            if name not in (*PLACES, "date"):
                raise _error("pattern_name", name=part, known=", ".join(f"{{{p}}}" for p in (*PLACES, "date")))
            if name in seen:
                raise _error("pattern_twice", name=part)
            seen.add(name)
            text += f"(?P<{name}>[^/]+?)"
        elif "{" in part or "}" in part:
            raise _error("pattern_brace", pattern=pattern, example=EXAMPLE_PATTERN)
        else:
            text += re.escape(part)
    if not text:
        raise _error("pattern_empty", example=EXAMPLE_PATTERN)
    return re.compile(text, re.IGNORECASE)


def entries_of_list(
    name: str, data: bytes, base: Path | None = None, wrong: list[UnusableInputError] | None = None
) -> list[Entry]:
    """The recordings of a list: CSV (UTF-8 or GB 18030; separated by commas, semicolons or tabs) or XLSX, its first row
    the names of the columns (`COLUMNS`; only the file's is needed). Relative paths begin at `base`. Lines with a
    mistake are left out and told in `wrong`, where that is given.

    Raises
    ------
    UnusableInputError
        It cannot be read, a column is missing, unknown or there twice; without `wrong` also where a file is missing or
        named twice, or a date is none: with the line.
    """
    lines = lines_of(name, data)
    if len(lines) < 2:
        raise _error("empty", name=name)
    columns = _columns(lines[0][1])
    found: list[Entry] = []
    first_line: dict[Path, int] = {}
    for number, row in lines[1:]:
        cells = {column: row[i] if i < len(row) else None for i, column in columns.items()}
        try:
            entry = _of_line(number, cells, base)
            key = entry.path.resolve()
            if key in first_line:
                raise _error("file_twice", line=number, path=entry.path, first=first_line[key])
            if wrong is not None and not entry.path.is_file():
                raise _error("file_missing", line=number, path=entry.path)
        except UnusableInputError as error:
            if wrong is None:
                raise
            wrong.append(error)
            continue
        first_line[key] = number
        found.append(entry)
    if wrong is None:
        _require_files(found, list(first_line.values()))
    return found


def lines_of(name: str, data: bytes) -> list[tuple[int, list[Any]]]:
    """The rows of a CSV or XLSX file that are not empty, with their numbers in the file.

    Raises
    ------
    UnusableInputError
        It is of another kind, or cannot be read.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in LISTS:
        raise _error("kind", name=name)
    rows = _rows_of_xlsx(name, data) if suffix == ".xlsx" else _rows_of_csv(name, data)
    return [(number, row) for number, row in enumerate(rows, 1) if any(cell_text(cell) for cell in row)]


def _rows_of_csv(name: str, data: bytes) -> list[list[Any]]:
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise _error("unreadable", name=name)
    head = text.splitlines()[0] if text else ""
    separator = max(",;\t，", key=head.count)
    if separator == "，":
        raise _error("wide_comma", name=name)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise _error("unreadable", name=name) from error


def _rows_of_xlsx(name: str, data: bytes) -> list[list[Any]]:
    import openpyxl  # only where somebody brings a workbook

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        finally:
            book.close()
    except Exception as error:  # a damaged workbook raises whatever its ZIP or XML runs into
        raise _error("unreadable", name=name) from error


def _columns(head: Sequence[Any]) -> dict[int, str]:
    """By position what a column holds; columns without a name are left out."""
    known = {word: column for column, words in COLUMNS.items() for word in words}
    columns: dict[int, str] = {}
    for i, cell in enumerate(head):
        title = cell_text(cell)
        if not title:
            continue
        column = known.get(title.lower())
        if column is None:
            raise _error("column_unknown", column=title, known=_known_columns())
        if column in columns.values():
            raise _error("column_twice", column=title)
        columns[i] = column
    if "file" not in columns.values():
        raise _error("column_missing", known=" / ".join(COLUMNS["file"]))
    return columns


def _known_columns() -> str:
    """Of each its English and its first Chinese name."""
    return ", ".join(f"{words[0]} / {next(w for w in words if not w.isascii())}" for words in COLUMNS.values())


def _of_line(number: int, cells: Mapping[str, Any], base: Path | None) -> Entry:
    named = cell_text(cells.get("file"))
    if not named:
        raise _error("no_file", line=number)
    path = Path(named).expanduser()
    if not path.is_absolute():
        if base is None:
            raise _error("relative", line=number, path=named)
        path = base / path
    return _entry(path, cells, number)


def _entry(path: Path, cells: Mapping[str, Any], line: object) -> Entry:
    texts = {name: cell_text(cells.get(name)) for name in PLACES}
    for text in texts.values():
        if len(text) > _LONGEST_PLACE:
            raise _error("long", line=line, text=text[:30], longest=_LONGEST_PLACE)
    starts_at = _moment(cells.get("starts_at"), line)
    day = _day(cells.get("date"), line) or (starts_at.date() if starts_at else None)
    return Entry(path, Place(**texts), day, starts_at)


def cell_text(cell: Any) -> str:
    """A cell's words; a number that is whole without `.0`, because a window 3 is no window 3.0."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _day(cell: Any, line: object) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    text = cell_text(cell)
    if isinstance(cell, date) or not text:
        return cell if isinstance(cell, date) else None
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise _error("date", line=line, text=text)


def _moment(cell: Any, line: object) -> datetime | None:
    text = cell_text(cell)
    if isinstance(cell, datetime) or not text:
        return cell if isinstance(cell, datetime) else None
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise _error("moment", line=line, text=text)


def _require_files(entries: Sequence[Entry], lines: Sequence[int]) -> None:
    missing = [(line, e.path) for line, e in zip(lines, entries, strict=True) if not e.path.is_file()]
    if missing:
        named = "; ".join(f"{line}: {path}" for line, path in missing[:_MOST_NAMED])
        raise _error("files_missing", count=len(missing), named=named)


def entries_of_path(
    path: Path, pattern: str, wrong: list[UnusableInputError], others: Entry | None = None
) -> list[Entry]:
    """What somebody names on the command line: a folder, a list, or one recording. What it does not say of a recording
    is taken from `others`. Errors as `entries_of_folder`, `entries_of_list`."""
    if path.is_dir():
        found = entries_of_folder(path, pattern)
    elif path.suffix.lower() in LISTS:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UnusableInputError("video.errors.unreadable", path=path, detail=why(error)) from error
        found = entries_of_list(path.name, data, path.resolve().parent, wrong)
    else:
        found = [Entry(path)]
    return [_filled(entry, others) for entry in found] if others else found


def _filled(entry: Entry, others: Entry) -> Entry:
    place = Place(*(getattr(entry.place, name) or getattr(others.place, name) for name in PLACES))
    return replace(entry, place=place, recorded_on=entry.recorded_on or others.recorded_on)


def day_of(text: str) -> date | None:
    """The date that somebody writes, None for an empty text; UnusableInputError when it is none."""
    return _day(text, "--date")


def new_recordings(
    entries: Iterable[Entry],
    progress: Callable[[int], None] | None = None,
    wrong: list[UnusableInputError] | None = None,
) -> tuple[list[NewRecording], list[Entry]]:
    """What is to be added to a store, and those left out because an earlier one has the same bytes. Reads every file
    once; `progress` is told how many are done. Files that cannot be read are left out and told in `wrong`, where that
    is given.

    Raises
    ------
    UnusableInputError
        A file cannot be read, without `wrong`.
    """
    new: dict[str, NewRecording] = {}
    same: list[Entry] = []
    for done, entry in enumerate(entries, 1):
        try:
            digest = sha256_of(entry.path)
        except UnusableInputError as error:
            if wrong is None:
                raise
            wrong.append(error)
            continue
        if digest in new:
            same.append(entry)
        else:
            path, size = entry.path.resolve(), entry.path.stat().st_size
            new[digest] = NewRecording(str(path), digest, size, entry.place, entry.recorded_on, entry.starts_at)
        if progress:
            progress(done)
    return list(new.values()), same
