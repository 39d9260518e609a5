"""The workbook: what is in it, in both languages, and that nothing in it is a formula."""

import io
import re
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest

from posture.cli import app
from posture.errors import OutputError
from posture.findings import Severity
from posture.report.labels import Report
from posture.report.xlsx import Decided, write_xlsx, xlsx_bytes
from posture.survey.records import Decision, DecisionKind, Finding, Origin, PersonName, Role
from posture.survey.review import rescored
from tests.survey_data import LIBRARY, checked, deviation, person
from tests.test_report import checked_sticks

SHEETS = {
    "zh": ["得分", "检查发现", "动作", "逐项结果", "人员", "测量依据"],
    "en": ["Scores", "Findings", "Movements", "Criteria", "People", "Provenance"],
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HOSTILE = '=HYPERLINK("http://x","y")'


def rows(data, sheet):
    """A sheet as dictionaries by the head."""
    table = list(openpyxl.load_workbook(io.BytesIO(data))[sheet].iter_rows(values_only=True))
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def decision(key, kind, text="", who="王老师"):
    return Decision(1, key, 1, who, datetime(2026, 3, 2, 9, 30, tzinfo=UTC), kind, text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_says_what_was_found_in_one_language(language):
    found = checked_sticks(people=2)
    data = xlsx_bytes(Report(found, language))
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == SHEETS[language]
    names = {"zh": ("人员", "项目", "开始（秒）", "扣分"), "en": ("Person", "Criterion", "Start (s)", "Points lost")}
    told = [tuple(row[name] for name in names[language]) for row in rows(data, SHEETS[language][1])]
    report = Report(found, language)
    expected = [
        (report.tell("person", number=d.person), report.title(d.criterion), round(d.start_s, 2), d.points)
        for p in found.result.people
        for d in p.deviations
    ]
    assert sorted(told) == sorted(expected) and len(expected) >= 4
    assert [row[2] for row in told] == sorted(row[2] for row in told), "in the order of time"
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        words = parts.read("xl/sharedStrings.xml").decode()
    if language == "en":
        assert not CHINESE.search(words)


def test_scores_criteria_and_provenance_are_those_of_the_result():
    found = checked_sticks()
    data = xlsx_bytes(Report(found, "en"))
    score = found.result.people[0].score
    total = next(row for row in rows(data, "Scores") if row["Category"] == "total")
    assert total["By the machine"] == pytest.approx(score.value) and total["After review"] == pytest.approx(score.value)
    criteria = rows(data, "Criteria")
    assert len(criteria) == len(found.result.people[0].results)
    lost = [row for row in criteria if row["Verdict"] == "not assessable"]
    assert lost and all(row["Why not assessable"] and row["What makes it assessable"] for row in lost)
    what = {row["What"]: row["Value"] for row in rows(data, "Provenance")}
    assert "ab" * 32 in what.values() and "a.mp4" in what.values()


def test_decisions_names_and_the_score_after_review_are_told():
    first, second = deviation(), deviation("taboo_arms_crossed", 20.0, 30.0, severity=Severity.SERIOUS)
    found = checked(person(1, first, second))
    findings = [
        Finding(1, Origin.MACHINE, 1, first.criterion, 10.0, 15.0, first.severity, first,
                (decision(1, DecisionKind.DISMISS, "挡住了"),)),
        Finding(2, Origin.MACHINE, 1, second.criterion, 20.0, 30.0, second.severity, second,
                (decision(2, DecisionKind.CONFIRM),)),
        Finding(3, Origin.HUMAN, 1, "trunk_straight_sideways", 40.0, 42.0, Severity.MINOR, None,
                (decision(3, DecisionKind.ADD, "看见的"),)),
    ]  # fmt: skip
    names = {1: PersonName(1, "李四", Role.CLERK, "王老师", datetime(2026, 3, 2, tzinfo=UTC))}
    after = rescored(found.result, findings, LIBRARY)
    data = xlsx_bytes(Report(found, "zh"), Decided(after, findings, names))
    told = rows(data, "检查发现")
    assert [row["复核状态"] for row in told] == ["已驳回", "已确认", "已确认"]
    assert [row["人员"] for row in told] == ["李四"] * 3
    assert told[0]["扣分"] == 0 and told[1]["扣分"] > 0
    assert "王老师 · 驳回: 挡住了" in told[0]["复核记录"] and "人工补充: 看见的" in told[2]["复核记录"]
    total = next(row for row in rows(data, "得分") if row["类别"] == "合计")
    assert total["机器评判"] == pytest.approx(found.result.people[0].score.value)
    assert total["复核后"] == pytest.approx(after.people[0].score.value)
    assert rows(data, "人员")[0]["姓名"] == "李四" and rows(data, "人员")[0]["身份"] == "窗口人员"


@pytest.mark.parametrize("hostile", [HOSTILE, "+1+1", "-2", "@SUM(A1)", "\t=1", "http://example/x", "{=1}"])
def test_texts_that_look_like_formulas_stay_texts(hostile):
    first = deviation()
    found = checked(person(1, first))
    made = (decision(1, DecisionKind.DISMISS, hostile, who=hostile),)
    findings = [Finding(1, Origin.MACHINE, 1, first.criterion, 10.0, 15.0, first.severity, first, made)]
    names = {1: PersonName(1, hostile, None, hostile, datetime(2026, 3, 2, tzinfo=UTC))}
    data = xlsx_bytes(Report(found, "en"), Decided(found.result, findings, names))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book["People"]["B2"].value == hostile and book["People"]["B2"].data_type == "s"
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    assert 'quotePrefix="1"' in zipfile.ZipFile(io.BytesIO(data)).read("xl/styles.xml").decode()


def test_a_recording_without_anybody_gives_a_workbook_too(tmp_path):
    write_xlsx(Report(checked_sticks(people=0), "zh"), tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == SHEETS["zh"]
    with pytest.raises(OutputError):
        write_xlsx(Report(checked_sticks(people=0), "zh"), tmp_path / "no" / "a.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.usefixtures("bundles")
def test_the_command_line_writes_it(tmp_path, samples):
    target = tmp_path / "out.xlsx"
    app(["check", str(samples / "slouch_side.mp4"), "--xlsx", str(target), "--lang", "en"], standalone_mode=False)
    assert rows(target.read_bytes(), "Findings")
