"""The survey's workbook and printed report: what is in them, in both languages, safely, and that gaps are told."""

import io
import re
import shutil
from datetime import date, datetime

import av
import numpy as np
import openpyxl
import pytest
from typer.testing import CliRunner

from posture.check import CheckOptions
from posture.cli import app
from posture.errors import PostureError
from posture.findings import Verdict
from posture.report.evidence import blur_as_asked
from posture.report.labels import Report
from posture.report.survey import SurveyWords
from posture.report.survey_cards import file_state, forms
from posture.report.survey_charts import Row, heat_colour, interval_charts
from posture.report.survey_html import Wanted, survey_html
from posture.report.survey_statistics import change_sentences, number
from posture.report.survey_xlsx import survey_workbook
from posture.survey.analyses import save_analysis
from posture.survey.blind import score_blind
from posture.survey.cards import Unreadable, cards, keep_reviews
from posture.survey.decisions import add_finding, decide, findings_of
from posture.survey.folder import make_survey
from posture.survey.overview import overview
from posture.survey.queries import list_recordings
from posture.survey.recordings import add_recording, fail, name_person
from posture.survey.records import DecisionKind, Failure, NewRecording, Place, Role
from posture.survey.scored import scored_recordings
from posture.survey.selection import EVERYTHING, Filter
from posture.survey.statistics import round_changes
from posture.survey.store import open_store
from tests.survey_data import CRITERIA, JUDGED, LIBRARY, analysed, deviation, new, person
from tests.test_kept import write_landmarks
from tests.test_report import checked_sticks, seen_in

HOSTILE = ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\tx", "<script>alert(1)</script>"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "survey.sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    path = tmp_path_factory.mktemp("made_up") / "survey.sqlite"
    with open_store(path) as opened:
        fill(opened)
    return path


@pytest.fixture
def filled(made_up, tmp_path):
    shutil.copy(made_up, tmp_path / "survey.sqlite")
    with open_store(tmp_path / "survey.sqlite") as opened:
        yield opened


def fill(store):
    """Six units with names that would like to be formulas or markup, two rounds, decisions, blind scores, a failure."""
    for i, unit in enumerate(HOSTILE):
        for n in range(4):
            found = [deviation(start_s=10.0 * k, end_s=10.0 * k + 5) for k in range((i + n) % 3)]
            lost = JUDGED[:2] if n == 0 else ()
            round_ = "=1" if n < 2 else "2"
            place = {"unit": unit, "outlet": "A", "window": f"{n % 2}", "round": round_}
            recording, analysis = analysed(store, person(1, *found, lost=lost), **place)
            name_person(store, recording, 1, HOSTILE[(i + 1) % 6], Role.CLERK, "Li")
            for f in findings_of(store, analysis)[:1]:
                decide(store, f.key, HOSTILE[0], DecisionKind.DISMISS, HOSTILE[i])
            score_blind(store, recording, 1, "@Wang", {c: Verdict.OK for c in JUDGED[:3]})
    add_finding(store, recording, 1, CRITERIA["head_level"], 1, 3, "-Li", "=seen()")
    fail(store, add_recording(store, new("broken", unit="z")).recording.id, Failure.of(ValueError("no picture")))
    keep_reviews(store, EVERYTHING)


def book(store, language="en", wanted=EVERYTHING, level="unit", **how):
    data = io.BytesIO()
    words = SurveyWords(language, LIBRARY)
    survey_workbook(store, overview(store, level, wanted), words, data, **how)
    return openpyxl.load_workbook(io.BytesIO(data.getvalue()))


def rows(sheet):
    head, *others = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in others]


def page(store, language="en", wanted=EVERYTHING, level="unit", asked=None):
    return "".join(survey_html(store, overview(store, level, wanted), SurveyWords(language, LIBRARY), asked))


def test_nothing_in_the_workbook_is_a_formula_and_hostile_names_are_texts(filled):
    made = book(filled)
    cells = [c for sheet in made for row in sheet.iter_rows() for c in row if c.value is not None]
    assert not [c for c in cells if c.data_type == "f" or c.hyperlink]
    found = rows(made["Findings"])
    assert {r["Unit"] for r in found} == set(HOSTILE) and {r["Person"] for r in found} == {h.strip() for h in HOSTILE}
    assert "=seen()" in {r["Reason"] for r in found} and HOSTILE[0] in {r["Decided by"] for r in found}
    texts = [c for row in made["Findings"].iter_rows(min_row=2) for c in row if c.value in HOSTILE]
    assert texts and all(c.quotePrefix for c in texts), "stays a text when somebody edits it"
    assert [c.value for c in made["Heat map"][1]][1:] == sorted(HOSTILE)


def test_every_sheet_has_a_frozen_head_filters_widths_and_is_set_up_for_print(filled):
    for sheet in book(filled, "zh"):
        assert sheet.freeze_panes and sheet.freeze_panes.endswith("2"), sheet.title
        assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1" and sheet.auto_filter.ref.startswith("A1:")
        assert all(d.width >= 9 for d in sheet.column_dimensions.values())
        assert len(set(c.value for c in sheet[1])) == len(sheet[1]), f"each column of {sheet.title} has its own name"


def test_numbers_dates_and_shades_are_what_they_say(filled):
    made = book(filled)
    card = {c.value: made["Scorecards"].cell(2, c.column) for c in made["Scorecards"][1]}
    assert card["Date"].is_date and card["Date"].value == datetime(2026, 3, 2) and card["Analysed at"].is_date
    assert card["Score"].number_format == "0.0##" and card["Score"].value <= 100
    cell = made["Heat map"]["B2"]
    assert isinstance(cell.value, int | float) and cell.fill.fgColor.rgb == f"FF{heat_colour(cell.value / 100)[0][1:]}"


def test_points_sources_and_decisions_of_every_finding_stand_in_the_workbook(filled):
    found = rows(book(filled)["Findings"])
    state = next(k for k, v in found[0].items() if v in ("dismissed", "to be reviewed", "confirmed"))
    dismissed = [r for r in found if r[state] == "dismissed"]
    assert len(dismissed) == 16 and all(r["Points lost"] == 0 and r["Decided at"] for r in dismissed)
    left = [r for r in found if r[state] == "to be reviewed"]
    assert len(left) == 8 and any(r["Points lost"] > 0 for r in left)
    assert all(r["Source"] and r["Allowed"] for r in found)
    (own,) = [r for r in found if r["Reason"] == "=seen()"]
    assert own["Measured"] is None and own["Points lost"] > 0 and own["Start (s)"] == 1


def test_scores_and_what_could_not_be_assessed_stand_in_the_workbook_with_reasons(filled):
    made = book(filled, level="window")
    scores = rows(made["Scores and ranks"])
    assert len(scores) == 12 and {r["Interval over"] for r in scores} == {"2 recording(s)"}
    lost = rows(made["Not assessable"])
    assert any(r["Unit"] == "z" and "no picture" in str(r.values()) for r in lost)
    assert len([r for r in lost if r["Unit"] == HOSTILE[0]]) == 2
    told = " ".join(str(v) for row in made["Provenance"].iter_rows(values_only=True) for v in row)
    assert "aa" in told and "government_window" in told and len(re.findall(r"[0-9a-f]{64}", told)) == 2
    assert rows(made["Agreement"])[0]["Compared with"] == "@Wang"


def test_the_workbook_says_what_was_left_out(filled):
    made = book(filled, most=5)
    assert len(rows(made["Scorecards"])) == 5
    assert any("first 5 of 24" in str(row) for row in made["Overview"].iter_rows(values_only=True))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_printed_report_tells_everything_and_runs_and_loads_nothing(filled, language):
    html = page(filled, language)
    parser = seen_in(html)
    text = " ".join(parser.words)
    expected = {
        "zh": ("名次组", "轮次之间的变化", "最常见的偏差", "人机一致性", "检查人", "异议",
               "复核时撤销", "满分", "未分析"),
        "en": ("Rank groups", "Change between rounds", "Most frequent deviations", "Auditor", "Objection",
               "Taken back on review", "Full points", "Not analysed"),
    }[language]  # fmt: skip
    for words in expected:
        assert words in text, words
    assert "script" not in parser.tags and not parser.loads and HOSTILE[-1] in text
    assert html.count('<main class="form">') == 24
    rest = re.sub("|".join(re.escape(h) for h in HOSTILE), "", text)
    if language == "en":
        assert not CHINESE.search(rest)
    assert "not there any more" in text or "已不在原处" in text


def test_heat_map_cells_have_numbers_counts_and_what_was_not_seen(filled):
    html = page(filled)
    cells = re.findall(r'<td style="background:(#\w+);color:#\w+">(\d+)<small>(\d+)/(\d+)</small>', html)
    assert len(cells) >= 6
    for fill, share, deviating, assessed in cells:
        assert (
            int(share) == round(100 * int(deviating) / int(assessed))
            or abs(int(share) - 100 * int(deviating) / int(assessed)) <= 0.5
        )
        assert fill == heat_colour(int(deviating) / int(assessed))[0]
    assert "25 % not seen" not in html or "<small" in html


def test_the_printed_report_is_capped_and_says_so(filled):
    html = page(filled, asked=Wanted(3, "none"))
    assert html.count('<main class="form">') == 3 and "first 3 of 24" in html
    assert '<main class="form">' not in page(filled, asked=Wanted(0)) and "No scorecards" in page(
        filled, asked=Wanted(0)
    )
    one = page(filled, wanted=Filter(unit="-2", round="2"))
    assert one.count('<main class="form">') == 2 and "Unit -2 · Round 2" in one


def test_an_empty_survey_has_a_report_too(store):
    add_recording(store, new())
    assert "Nothing to compare" in page(store)
    assert rows(book(store)["Overview"])


def test_decisions_made_elsewhere_count_in_the_report(store):
    recording, analysis = analysed(store, person(1, deviation()))
    (found,) = findings_of(store, analysis)
    decide(store, found.key, "Li", DecisionKind.DISMISS, "no")
    assert scored_recordings(store, EVERYTHING)[0].score < 100
    assert keep_reviews(store, EVERYTHING) == 1 and keep_reviews(store, EVERYTHING) == 0
    assert scored_recordings(store, EVERYTHING)[0].score == 100
    (card,) = cards(store, EVERYTHING)
    assert card.recording.id == recording and card.subjects[0].score.value == 100
    assert not card.norms_changed


def test_a_recording_whose_norms_are_gone_is_told_instead_of_its_scorecard(store):
    from posture.survey.tables import analysis as table

    analysed(store, person(1, deviation()))
    with store.write() as connection:
        connection.execute(table.update().values(profile="gone"))
    (card,) = cards(store, EVERYTHING)
    assert isinstance(card, Unreadable) and isinstance(card.problem, PostureError)
    assert "gone" in page(store) and book(store)


@pytest.fixture
def filmed(store, tmp_path):
    """A recording with landmarks and pictures, of two people; the first is the clerk."""
    clip, landmarks = tmp_path / "a.mp4", tmp_path / "a.landmarks"
    texture = np.random.default_rng(1).integers(0, 255, (125, 125, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx264", rate=1, options={"preset": "ultrafast"})
        stream.width = stream.height = 1000
        for _ in range(17):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(texture, format="rgb24")))
        out.mux(stream.encode(None))
    found = checked_sticks(people=2)
    write_landmarks(landmarks, found.observation)
    place = Place("区局", "一厅", "1", "1")
    one = NewRecording(str(clip), "ab" * 32, clip.stat().st_size, place, date(2026, 3, 2))
    recording = add_recording(store, one).recording.id
    save_analysis(store, recording, found, CheckOptions(), landmarks)
    name_person(store, recording, 1, "", Role.CLERK, "Li")
    return clip, landmarks


def form(store, pictures):
    (card,) = cards(store, EVERYTHING)
    (made,) = forms(card, SurveyWords("en", LIBRARY), pictures)
    return made, [i.picture for s in made.sections for i in s.items if i.picture]


def test_pictures_are_blurred_as_asked_and_missing_ones_are_told(store, filmed):
    clip, landmarks = filmed
    _, others = form(store, "others")
    _, every = form(store, "all")
    made, none = form(store, "none")
    assert len(others) == len(every) == 2 and not set(others) & set(every) and not none and not made.picture_note
    assert page(store).count("data:image/jpeg") == 2
    landmarks.rename(landmarks.with_suffix(".away"))
    made, shots = form(store, "others")
    assert not shots and "cannot be blurred" in made.picture_note
    landmarks.write_bytes(b"damaged")
    assert "cannot be read" in form(store, "others")[0].picture_note
    with clip.open("ab") as file:
        file.write(b"more")
    assert "not the recording that was analysed" in form(store, "others")[0].picture_note
    clip.unlink()
    made, shots = form(store, "others")
    assert not shots and "not there any more" in made.picture_note and made.sections[0].items
    (row,) = list_recordings(store).rows
    assert file_state(row.recording) == "gone"


def test_everybody_s_face_but_the_scored_clerk_s_is_blurred():
    report = Report(checked_sticks(people=2), "en", None, "others")
    image = np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype=np.uint8)
    blurred = image.copy()
    blur_as_asked(report, blurred, 5.0, 1)
    changed = (blurred != image).any(2)
    for track in report.checked.observation.tracks:
        x, y = track.pose_px[50][[0, 7, 8], :2].mean(0).astype(int)
        assert changed[y, x] == (track.person == 2)


def test_charts_cut_what_would_flatten_them_and_number_their_ends():
    drawn = interval_charts([Row("a", 80.0, (75.0, 85.0), "x"), Row("<b>", 82.0, (0.0, 100.0), "y")], "t")
    assert len(drawn) == 1 and "&lt;b&gt;" in drawn[0] and "<b>" not in drawn[0]
    ticks = [int(t) for t in re.findall(r">(\d+)</text>", drawn[0])]
    assert ticks == sorted(ticks) and ticks[0] >= 0 and ticks[-1] <= 100
    assert len(interval_charts([Row(f"{i}", 1.0, None, "") for i in range(90)], "t")) == 3
    assert number(-0.04) == "0.0" and number(-1.25, 1) in ("−1.2", "−1.3")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_changes_are_told_in_plain_sentences(filled, language):
    words = SurveyWords(language, LIBRARY)
    told = change_sentences(words, round_changes(scored_recordings(filled, EVERYTHING), ("unit",)))
    assert len(told) == 7 and told[0].startswith(words.stat("whole"))
    many = change_sentences(words, round_changes(scored_recordings(filled, EVERYTHING), ("unit", "outlet", "window")))
    assert len(many) == 1, "twelve windows and all together: those that changed, and how many others"


def test_the_command_writes_both_and_refuses_what_makes_no_sense(tmp_path, filled):
    folder = tmp_path / "s"
    make_survey(folder, store=str(tmp_path / "survey.sqlite"))
    xlsx, html = tmp_path / "r.xlsx", tmp_path / "r.html"
    command = ["survey", "report", "--survey", str(folder), "--lang", "en"]
    run = CliRunner().invoke(
        app, [*command, "--xlsx", str(xlsx), "--html", str(html), "--by", "outlet", "--unit", "-2"]
    )
    assert run.exit_code == 0, run.output
    assert openpyxl.load_workbook(xlsx).sheetnames[0] == "Overview" and "Auditor" in html.read_text(encoding="utf-8")
    for more, key in (([], "no_file"), (["--html", str(html), "--round", "9"], "no_round")):
        error = CliRunner().invoke(app, [*command, *more]).exception
        assert isinstance(error, PostureError) and error.key == f"survey_report.errors.{key}"
    assert "=1" in error.in_language("en") and "“9”" in error.in_language("en")
    assert not list(tmp_path.glob(".*part*"))
