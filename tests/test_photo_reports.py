"""A photo is one moment: no report tells times of it, whatever was found in it."""

import io
import re
from dataclasses import replace

import openpyxl
import pytest
from rich.console import Console

from posture.findings import Move, PoseSegment
from posture.report.console import print_summary
from posture.report.html import render_html
from posture.report.labels import Report
from posture.report.xlsx import Decided, xlsx_bytes
from tests.test_report import checked_sticks

TIMES = re.compile(r"\d\d:\d\d")


def with_all(kind="photo"):
    """Deviations, a movement and a held pose."""
    checked = checked_sticks(kind=kind)
    (person,) = checked.result.people
    move = Move("bow", "bow", 1, 0.0, 0.0, 0.0, 0.0)
    held = PoseSegment(next(iter(checked.library.poses)), 0.0, 0.0, 90.0, False)
    assert person.deviations
    person = replace(person, moves=(move,), segments=(held,))
    return replace(checked, result=replace(checked.result, people=(person,), damage=()))


def printed(report):
    out = io.StringIO()
    print_summary(report, Console(file=out, width=200))
    return out.getvalue()


def sheets(report):
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(report, Decided(report.checked.result))))
    return "\n".join(" | ".join(str(c) for c in row) for s in book for row in s.iter_rows(values_only=True))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_report_of_a_photo_tells_times(language):
    report = Report(with_all(), language)
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", render_html(report), flags=re.DOTALL)
    for told in (printed(report), page, sheets(report)):
        assert report.move_name("bow") in told
        assert not TIMES.search(told), TIMES.search(told)
    assert TIMES.search(printed(Report(with_all("video"), language))), "recordings keep theirs"
