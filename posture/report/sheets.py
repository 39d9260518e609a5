"""Tables as sheets of a workbook and as CSV. Whatever a file or a person brought in stays text, never a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_WIDEST, _NARROWEST = 60, 9
_LONGEST_CELL = 32_000
_LONGEST_NAME = 31
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these, full-width ones included, spreadsheets begin a formula when they read CSV."""
Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """`name` of at most 31 letters without any of []:*?/\\; `head` holds the columns' titles."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class Sheets:
    """Tables, one a sheet, with a frozen and filtered head and columns as wide as what is in them."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bg_color": "#E7EEF4", "border": 1, "valign": "top"})
        # The prefix keeps a text that looks like a formula a text when somebody edits the cell.
        plain = {"text_wrap": True, "valign": "top"}
        self._text = book.add_format({**plain, "quote_prefix": True})
        self._number = book.add_format({**plain, "num_format": "0.##"})

    def table(self, name: str, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        sheet = self._book.add_worksheet(name[:_LONGEST_NAME])
        sheet.write_row(0, 0, titles, self._head)
        for r, row in enumerate(rows, 1):
            for c, cell in enumerate(row):
                self._write(sheet, r, c, cell)
        sheet.freeze_panes(1, 0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(titles) - 1)
        for c, title in enumerate(titles):
            longest = max([_width(title) + 3, *(_width(row[c]) for row in rows)])
            sheet.set_column(c, c, min(max(longest + 1, _NARROWEST), _WIDEST))

    def _write(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
            return
        if isinstance(cell, str):
            sheet.write_string(row, column, cell[:_LONGEST_CELL], self._text)
        else:
            sheet.write_number(row, column, cell, self._number)


def _width(cell: Cell) -> int:
    """In letters; a Chinese one is as wide as two."""
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
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell
