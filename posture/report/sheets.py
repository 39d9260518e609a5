"""Tables as sheets of a workbook and as CSV. Whatever a file or a person brought in stays text, never a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

_PLAIN = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "remove_timezone": True,
}  # fmt: skip
SAFE = {**_PLAIN, "in_memory": True}
LARGE = {**_PLAIN, "constant_memory": True}
"""Rows go to a temporary file as they come; each sheet takes them in order."""
_WIDEST, _NARROWEST = 60, 9
_LONGEST_CELL = 32_000
_LONGEST_NAME = 31
_MOST_ROWS = 1_048_576
_A4 = 9
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these, full-width ones included, spreadsheets begin a formula when they read CSV."""


@dataclass(frozen=True)
class Shade:
    """A number on a ground of its own; `fill` and `ink` like #FFFFFF."""

    value: float
    fill: str
    ink: str


Cell = str | float | int | date | Shade | None
"""A `datetime` is written as it stands, without its time zone."""


@dataclass(frozen=True)
class Table:
    """`name` of at most 31 letters without any of []:*?/\\; `head` holds the columns' titles."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class Sheets:
    """Sheets with a frozen and filtered head, columns as wide as what is in them, ready to be printed."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E7EEF4", "border": 1, "valign": "top", "text_wrap": True}
        )
        # The prefix keeps a text that looks like a formula a text when somebody edits the cell.
        self.text = self._format(quote_prefix=True)
        self.whole, self.number = self._format(num_format="0"), self._format(num_format="0.0##")
        self.day, self.moment = self._format(num_format="yyyy-mm-dd"), self._format(num_format="yyyy-mm-dd hh:mm")
        self._shades: dict[tuple[str, str], Any] = {}

    def _format(self, **more: Any) -> Any:
        return self._book.add_format({"text_wrap": True, "valign": "top", **more})

    def shade(self, one: Shade) -> Any:
        key = (one.fill, one.ink)
        if key not in self._shades:
            colours = {"bg_color": one.fill, "font_color": one.ink, "border": 1, "border_color": "#FFFFFF"}
            self._shades[key] = self._format(num_format="0", align="center", **colours)
        return self._shades[key]

    def open(self, name: str, titles: Sequence[str], fixed: int = 0) -> Sheet:
        """A sheet to which rows are added one by one; the first `fixed` columns stay when it is scrolled."""
        return Sheet(self, self._book.add_worksheet(name[:_LONGEST_NAME]), titles, fixed)

    def table(self, name: str, titles: Sequence[str], rows: Iterable[Sequence[Cell]], fixed: int = 0) -> None:
        sheet = self.open(name, titles, fixed)
        for row in rows:
            sheet.add(row)
        sheet.close()


class Sheet:
    """One sheet that is being written; `close` it when all rows are there."""

    def __init__(self, sheets: Sheets, sheet: Any, titles: Sequence[str], fixed: int) -> None:
        self._sheets, self._sheet = sheets, sheet
        self._widths = [_width(title) + 3 for title in titles]
        self.rows = 0
        sheet.write_row(0, 0, titles, sheets.head)
        sheet.freeze_panes(1, fixed)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")

    def add(self, row: Sequence[Cell]) -> None:
        self.rows += 1
        if self.rows >= _MOST_ROWS:
            return
        for c, cell in enumerate(row):
            self._write(self.rows, c, cell)
            self._widths[c] = max(self._widths[c], _width(cell))

    @property
    def left_out(self) -> int:
        """Rows that a sheet has no room for."""
        return max(self.rows - _MOST_ROWS + 1, 0)

    def close(self) -> None:
        if self.rows:
            self._sheet.autofilter(0, 0, min(self.rows, _MOST_ROWS - 1), len(self._widths) - 1)
        for c, width in enumerate(self._widths):
            self._sheet.set_column(c, c, min(max(width + 1, _NARROWEST), _WIDEST))

    def _write(self, row: int, column: int, cell: Cell) -> None:
        if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
            return
        sheet, made = self._sheet, self._sheets
        if isinstance(cell, str):
            sheet.write_string(row, column, cell[:_LONGEST_CELL], made.text)
        elif isinstance(cell, Shade):
            sheet.write_number(row, column, cell.value, made.shade(cell))
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell, made.moment)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, made.day)
        else:
            sheet.write_number(row, column, cell, made.whole if isinstance(cell, int) else made.number)


def _width(cell: Cell) -> int:
    """In letters; a Chinese one is as wide as two."""
    if isinstance(cell, date):
        return 16 if isinstance(cell, datetime) else 10
    if isinstance(cell, Shade):
        return _NARROWEST
    lines = str("" if cell is None else cell).splitlines() or [""]
    return max(sum(2 if ord(letter) > 0x2E80 else 1 for letter in line) for line in lines)


def workbook(title: str, tables: Sequence[Table]) -> bytes:
    """An XLSX workbook with a sheet for each table."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, SAFE)
    book.set_properties({"title": title, "comments": ""})
    sheets = Sheets(book)
    for table in tables:
        sheets.table(table.name, table.head, table.rows)
    book.close()
    return data.getvalue()


def csv_file(table: Table) -> bytes:
    """The table as CSV in UTF-8 with the mark by which Excel knows it. A text that a spreadsheet would take for a
    formula gets an apostrophe before it (as OWASP advises)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_plain(t) for t in table.head])
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if isinstance(cell, Shade):
        return cell.value
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell
