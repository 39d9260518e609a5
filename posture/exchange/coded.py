"""What people coded, read back: BORIS's exports (tabular and aggregated events), ELAN files, spreadsheets. Pure.

What cannot be read is told line by line, in sentences, and left out of what is given back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import PurePath
from typing import Any

from posture.errors import PostureError, UnusableInputError
from posture.exchange.elan import read_eaf
from posture.findings import Verdict
from posture.report.labels import seconds_of
from posture.survey.manifest import cell_text, lines_of
from posture.text import LANGUAGES, say

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "recording": ("recording", "file", "录像", "文件", "文件名"),
    "person": ("person", "subject", "人员", "被评人", "人员编号"),
    "criterion": ("criterion", "item", "项目", "检查项目", "规范", "指标"),
    "start_s": ("start_s", "start", "from", "开始", "开始（秒）", "开始(秒)", "开始时间", "起"),
    "end_s": ("end_s", "end", "to", "结束", "结束（秒）", "结束(秒)", "结束时间", "止"),
    "verdict": ("verdict", "判定", "评判", "结论", "结果"),
    "comment": ("comment", "note", "意见", "备注", "说明"),
}
"""What a column of a spreadsheet may be called in its first row; capitals and blanks around do not matter."""
_MORE_WORDS: Mapping[Verdict, tuple[str, ...]] = {
    Verdict.OK: ("pass", "yes", "right", "合格", "正确", "达标", "√"),
    Verdict.DEVIATION: ("fault", "fail", "no", "不符合", "不合格", "违规", "×"),
    Verdict.BORDERLINE: ("borderline", "临界"),
    Verdict.NOT_ASSESSABLE: ("n/a", "na", "not seen", "无法评判", "看不到", "未见"),
}
_HEAD_WITHIN = 60
"""BORIS before version 8 writes the observation's data above its table."""


@dataclass(frozen=True)
class Row:
    """One thing that somebody coded, in words as they stand in the file. Without times it is about the recording as a
    whole; `verdict` None is a coded event, which is a deviation."""

    line: int
    recording: str
    person: str
    criterion: str
    start_s: float | None
    end_s: float | None
    verdict: Verdict | None
    comment: str = ""
    other_name: str = ""
    """Another name of the recording, tried where `recording` is not known: BORIS's observation id."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line of a file."""

    line: int
    error: PostureError

    def in_language(self, language: str) -> str:
        return say("exchange.line", language, line=self.line, text=self.error.in_language(language))


@dataclass
class Read:
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, key: str, **values: object) -> None:
        self.problems.append(Problem(line, UnusableInputError(f"exchange.errors.{key}", **values)))


def read_coded(name: str, data: bytes) -> Read:
    """Everything that a file holds; of which kind it is is told by its name and its columns.

    Raises
    ------
    UnusableInputError
        The file cannot be read, or a column that is needed is missing.
    """
    if PurePath(name).suffix.lower() == ".eaf":
        return _of_eaf(name, data)
    if PurePath(name).suffix.lower() not in (".csv", ".tsv", ".txt", ".xlsx"):
        raise UnusableInputError("exchange.errors.kind", name=name)
    lines = lines_of(name, data)
    for at, (_, cells) in enumerate(lines[:_HEAD_WITHIN]):
        head = [cell_text(cell).lower() for cell in cells]
        if "behavior" in head and {"behavior type", "status", "start (s)"} & set(head):
            above = {cell_text(c[0]): cell_text(c[1]) for _, c in lines[:at] if len(c) > 1}
            return _of_boris(head, lines[at + 1 :], above.get("Observation id", ""))
    return _of_sheet(name, lines)


def _of_eaf(name: str, data: bytes) -> Read:
    read = Read()
    for n, one in enumerate(read_eaf(name, data), 1):
        remark, stem = one.remark.strip(), PurePath(name).stem
        read.rows.append(Row(n, one.media, one.participant, one.criterion, one.start_s, one.end_s, None, remark, stem))
    return read


def _of_boris(head: Sequence[str], lines: Sequence[tuple[int, list[Any]]], observation: str) -> Read:
    """Aggregated events have start and stop in one row; tabular ones are paired here."""
    read = Read()
    open_at: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for number, cells in lines:
        cell = {title: _unquoted(cell_text(c)) for title, c in zip(head, cells, strict=False)}
        row = _boris_row(read, number, cell, observation)
        if row is None:
            continue
        kind = (cell.get("behavior type") or cell.get("status") or "").upper()
        if "start (s)" in cell or kind == "POINT":
            read.rows.append(row)
            continue
        modifiers = tuple(text for title, text in cell.items() if title.startswith("modifier"))
        _pair(read, row, kind, open_at[row.recording, row.other_name, row.person, row.criterion, *modifiers])
    for left in [row for rows in open_at.values() for row in rows]:
        read.wrong(left.line, "no_stop", criterion=left.criterion)
    read.rows.sort(key=lambda row: row.line)
    return read


def _boris_row(read: Read, number: int, cell: Mapping[str, str], observation: str) -> Row | None:
    """One row of either table, as far as it can be read. BORIS adds an observation's time offset to its times; in a
    queue of several media they go on from one to the next, so that they are no times of one recording."""
    aggregated = "start (s)" in cell
    start = (cell.get("start (s)") if aggregated else cell.get("time")) or ""
    times = [seconds_of(start), seconds_of(cell.get("stop (s)") or "") if aggregated else seconds_of(start)]
    offset = cell.get("time offset (s)", "").removeprefix("-")
    shift_s = (seconds_of(offset) or 0.0) * (-1 if cell.get("time offset (s)", "").startswith("-") else 1)
    start_s, end_s = (None if t is None else t - shift_s for t in times)
    if start_s is None or end_s is None or start_s < 0:
        read.wrong(number, "time", text=start)
        return None
    if ";" in cell.get("source", "").split("|")[0]:
        read.wrong(number, "several_media", text=cell.get("observation id") or observation)
        return None
    own = cell.get("media file name") or cell.get("media file path") or cell.get("source") or ""
    media = own.split("player #1:")[-1].split("|")[0]
    who = cell.get("subject", "")
    subject = "" if who.lower() == "no focal subject" else who
    comment = cell.get("comment start") or cell.get("comment") or ""
    name = cell.get("observation id") or observation
    return Row(number, media, subject, cell.get("behavior", ""), start_s, end_s, None, comment, name)


def _pair(read: Read, row: Row, kind: str, waiting: list[Row]) -> None:
    """A start waits for the first stop of the same subject, behaviour and modifiers."""
    if kind == "START":
        waiting.append(row)
    elif kind != "STOP":
        read.wrong(row.line, "status", text=kind)
    elif not waiting:
        read.wrong(row.line, "no_start", criterion=row.criterion)
    else:
        read.rows.append(replace(waiting.pop(0), end_s=row.end_s))


def _of_sheet(name: str, lines: Sequence[tuple[int, list[Any]]]) -> Read:
    if len(lines) < 2:
        raise UnusableInputError("exchange.errors.empty", name=name)
    columns = _columns(name, lines[0][1])
    read = Read()
    for number, cells in lines[1:]:
        cell = {column: cells[i] if i < len(cells) else None for i, column in columns.items()}
        start_s, end_s = (_time(read, number, cell.get(key)) for key in ("start_s", "end_s"))
        said = _unquoted(cell_text(cell.get("verdict")))
        verdict = _verdict(said)
        texts = [_unquoted(cell_text(cell.get(key))) for key in ("recording", "person", "criterion", "comment")]
        if said and verdict is None:
            known = ", ".join(say(f"report.verdict.{v}", language) for language in LANGUAGES for v in Verdict)
            read.wrong(number, "verdict", text=said, known=known)
        elif end_s is not None and start_s is None:
            read.wrong(number, "no_start_time")
        elif verdict is None and start_s is None:
            read.wrong(number, "nothing_said")
        elif read.problems and read.problems[-1].line == number:
            continue
        else:
            end_s = start_s if end_s is None else end_s
            read.rows.append(Row(number, texts[0], texts[1], texts[2], start_s, end_s, verdict, texts[3]))
    return read


def _columns(name: str, head: Sequence[Any]) -> dict[int, str]:
    """By position what a column holds; others, an auditor's own, are left out."""
    known = {word: column for column, words in COLUMNS.items() for word in words}
    columns: dict[int, str] = {}
    for i, cell in enumerate(head):
        column = known.get(cell_text(cell).lower())
        if column is None:
            continue
        if column in columns.values():
            raise UnusableInputError("exchange.errors.column_twice", name=name, column=cell_text(cell))
        columns[i] = column
    for needed in ("recording", "criterion"):
        if needed not in columns.values():
            words = " / ".join(COLUMNS[needed])
            raise UnusableInputError("exchange.errors.column_missing", name=name, known=words)
    if not {"start_s", "verdict"} & set(columns.values()):
        words = " / ".join((*COLUMNS["verdict"], *COLUMNS["start_s"]))
        raise UnusableInputError("exchange.errors.column_missing", name=name, known=words)
    return columns


def _time(read: Read, line: int, cell: Any) -> float | None:
    """Seconds; a time of day, which spreadsheets make of 0:05, may mean minutes or hours and is refused."""
    if isinstance(cell, time | datetime):
        read.wrong(line, "time_of_day", text=str(cell))
        return None
    text = cell_text(cell)
    seconds = seconds_of(text)
    if text and seconds is None:
        read.wrong(line, "time", text=text)
    return seconds


def _verdict(text: str) -> Verdict | None:
    """By its id, its words in either language as reports or the blind form have them, or one of a few more."""
    asked = text.strip().lower()
    for verdict in Verdict:
        words = {str(verdict), *_MORE_WORDS[verdict]}
        words |= {say(f"report.verdict.{verdict}", language).lower() for language in LANGUAGES}
        if verdict is not Verdict.BORDERLINE:
            words |= {say(f"audit.blind.{verdict}", language).lower() for language in LANGUAGES}
        if asked in words:
            return verdict
    return None


def _unquoted(text: str) -> str:
    """Without the apostrophe that our CSV puts before what a spreadsheet would take for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text
