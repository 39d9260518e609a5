"""What people coded in BORIS, ELAN and spreadsheets: read, matched to the store, kept once, compared."""

import io
from datetime import time

import openpyxl
import pytest
from typer.testing import CliRunner

from posture.cli import app
from posture.errors import StoreError, UnusableInputError
from posture.exchange.coded import read_coded
from posture.findings import PersonFindings, Score, Severity, Verdict
from posture.survey.agreement import agreement
from posture.survey.blind import blind_scores, machine_and_human
from posture.survey.coded import coders, event_agreement, keep_coded
from posture.survey.coded_words import understand
from posture.survey.decisions import decide, findings_of
from posture.survey.folder import make_survey, opened_survey
from posture.survey.queries import people_scores
from posture.survey.recordings import add_recording, name_person
from posture.survey.records import DecisionKind, Origin
from tests.survey_data import CRITERIA, analysed, deviation, new, person

HEAD = "recording,person,criterion,start_s,end_s,verdict,comment\n"
TABULAR = (
    "Observation id,Observation date,Source,Media duration (s),FPS,Subject,Behavior,Behavioral category,Modifier #1,"
    "Behavior type,Time,Media file name,Image index,Image file path,Comment\n"
)


def sheet(text, name="a.csv"):
    return read_coded(name, text.encode())


def name_of(store, recording):
    from posture.survey.recordings import get_recording

    return get_recording(store, recording).path.rsplit("/", 1)[-1]


def lines(read):
    return [(p.line, p.error.key.rsplit(".", 1)[-1]) for p in read.problems]


def test_a_spreadsheet_with_chinese_names_and_words():
    read = sheet(
        "录像,人员,项目,开始,结束,判定,备注,我的列\na.mp4,1,双肩平正,0:05,1:02.5,偏差,左高,x\na.mp4,,x,,,符合,,\n"
    )
    assert not read.problems
    first, second = read.rows
    assert (first.start_s, first.end_s, first.verdict, first.comment) == (5.0, 62.5, Verdict.DEVIATION, "左高")
    assert second.start_s is None and second.verdict is Verdict.OK and second.line == 3


@pytest.mark.parametrize(
    ("word", "verdict"),
    [("met", "ok"), ("偏差", "deviation"), ("could not be seen", "not_assessable"), ("无法评定", "not_assessable"),
     ("BORDERLINE", "borderline"), ("合格", "ok")],
)  # fmt: skip
def test_verdicts_may_be_written_as_reports_and_the_blind_form_say_them(word, verdict):
    (row,) = sheet(f"{HEAD}a,1,c,,,{word},\n").rows
    assert row.verdict is Verdict(verdict)


def test_every_wrong_line_is_told_and_the_others_are_read():
    read = sheet(HEAD + "a,1,c,x,,fault,\na,1,c,,,perhaps,\na,1,c,,5,,\na,1,c,,,,\na,1,c,3,4,,\na,1,c,,,met,\n")
    assert lines(read) == [(2, "time"), (3, "verdict"), (4, "no_start_time"), (5, "nothing_said")]
    assert [r.line for r in read.rows] == [6, 7]
    assert (
        read.problems[0].in_language("zh").startswith("第 2 行：")
        and read.problems[0].in_language("en")[:7] == "Line 2:"
    )


def test_a_time_of_day_is_refused_since_it_may_mean_minutes_or_hours():
    book = openpyxl.Workbook()
    for row in (HEAD.strip().split(","), ["a", 1, "c", time(0, 5), None, "met", ""], ["a", 1, "c", 5, 6.5, None, ""]):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    read = read_coded("a.xlsx", data.getvalue())
    assert lines(read) == [(2, "time_of_day")] and [(r.start_s, r.end_s) for r in read.rows] == [(5.0, 6.5)]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [("person,verdict\n1,met\n", "a.csv", "recording"), ("recording,criterion\na,b\n", "a.csv", "verdict"),
     ("recording,file,criterion,verdict\na,a,c,met\n", "a.csv", "twice"), (HEAD, "a.csv", "nothing to import"),
     ("x", "a.pdf", ".eaf")],
)  # fmt: skip
def test_files_without_what_is_needed_are_one_sentence(text, name, said):
    with pytest.raises(UnusableInputError, match=said):
        sheet(text, name)


def boris_row(kind, time_s, behavior="c", subject="Person 1", modifier="", media="/x/a.mp4"):
    return (
        f"obs,2026-03-02,player #1:{media},60,25,{subject},{behavior},k,{modifier},{kind},{time_s},{media},1,NA,seen\n"
    )


def test_starts_and_stops_of_boris_are_paired_by_subject_behaviour_and_modifier():
    rows = [boris_row("START", 1), boris_row("START", 2, subject="Person 2"), boris_row("START", 3, modifier="m")]
    rows += [boris_row("STOP", 4), boris_row("STOP", 5, modifier="m"), boris_row("STOP", 6, subject="Person 2")]
    rows += [boris_row("POINT", 7, subject="No focal subject"), boris_row("STOP", 8), boris_row("START", 9)]
    read = sheet(TABULAR + "".join(rows) + boris_row("WHAT", 9))
    got = sorted((r.start_s, r.end_s, r.person) for r in read.rows)
    assert got == [(1, 4, "Person 1"), (2, 6, "Person 2"), (3, 5, "Person 1"), (7, 7, "")]
    assert sorted(lines(read)) == [(9, "no_start"), (10, "no_stop"), (11, "status")]
    assert read.rows[0].recording == "/x/a.mp4" and read.rows[0].other_name == "obs"


def test_boris_s_time_offset_is_taken_out_and_a_queue_of_media_is_refused():
    head = "Observation id,Source,Time offset (s),Subject,Behavior,Behavior type,Time,Media file name\n"
    rows = "o,player #1:/x/a.mp4,{offset},P1,c,POINT,{time},/x/a.mp4\n"
    told = [("0", 7.5, 7.5), ("10", 17.5, 7.5), ("-10.0", 7.5, 17.5)]
    for offset, time_s, wanted in told:
        (row,) = sheet(head + rows.format(offset=offset, time=time_s)).rows
        assert row.start_s == row.end_s == wanted
    assert lines(sheet(head + rows.format(offset=10, time=3))) == [(2, "time")]
    queue = "o,player #1:/x/a.mp4;/x/b.mp4,0,P1,c,POINT,70,/x/b.mp4\n"
    assert lines(sheet(head + queue)) == [(2, "several_media")]


def test_aggregated_events_and_the_older_layout_with_its_head_above_the_table():
    head = (
        "Observation id,Media file name,Subject,Behavior,Behavior type,Start (s),Stop (s),Duration (s),Comment start\n"
    )
    (row,) = sheet(f"{head}obs,a.mp4,P1,c,STATE,1.5,2.5,1,why\n").rows
    assert (row.start_s, row.end_s, row.comment) == (1.5, 2.5, "why")
    old = "Observation id\tobs7\t\n\n\nTime\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\t"
    old += "Behavioral category\tComment\tStatus\n"
    old += "1.0\ta.mp4\t60\t25\tP1\tc\t\twhy\tSTART\n3.0\ta.mp4\t60\t25\tP1\tc\t\t\tSTOP\n"
    (row,) = read_coded("a.tsv", old.encode()).rows
    assert (row.start_s, row.end_s, row.other_name) == (1.0, 3.0, "obs7")


def test_recordings_people_and_criteria_are_known_by_many_names(store):
    recording, _ = analysed(store, person(1), person(2))
    name_person(store, recording, 2, "Li Si", None, "Wang")
    name, title = name_of(store, recording), CRITERIA["shoulders_level"].title
    told = [
        f"{name},1,shoulders_level",
        f"{name[:-4]},人员 2,{title.zh}",
        f"D:\\clips\\{name.upper()},Li Si,{title.en.upper()}",
    ]
    found = understand(store, sheet(HEAD + "".join(f"{t},,,met,\n" for t in told)).rows, "Zhao")
    assert not found.problems
    assert [(c.recording_id, c.person, c.criterion.id) for c in found.rows] == [
        (recording, 1, "shoulders_level"), (recording, 2, "shoulders_level"), (recording, 2, "shoulders_level")
    ]  # fmt: skip


def test_a_file_without_people_means_the_only_one_who_was_judged(store):
    client = PersonFindings(2, 50.0, 0.0, 50.0, 400.0, {}, (), (), Score(None, None, 0.0, ()), scored=False)
    recording, _ = analysed(store, person(1), client)
    (row,) = understand(store, sheet(f"{HEAD}{name_of(store, recording)},,head_level,,,met,\n").rows, "Zhao").rows
    assert row.person == 1


def test_what_the_store_does_not_know_is_told_with_its_line(store):
    recording, _ = analysed(store, person(1), person(2))
    waiting = add_recording(store, new("later")).recording
    name = name_of(store, recording)
    bad = [
        ("nowhere.mp4,1,shoulders_level,,,met,", "recording"), (",1,shoulders_level,,,met,", "recording_missing"),
        (f"{name},9,shoulders_level,,,met,", "person"), (f"{name},,shoulders_level,,,met,", "person_missing"),
        (f"{name},1,made_up,,,met,", "criterion"), (f"{name},1,,,,met,", "criterion_missing"),
        (f"{name},1,shoulders_level,9,3,,", "end_before_start"), (f"{name},1,shoulders_level,99,100,,", "after_end"),
        (f"{waiting.path},1,shoulders_level,,,met,", "not_analysed"),
    ]  # fmt: skip
    read = sheet(
        HEAD + "".join(f"{row}\n" for row, _ in bad) + f"{name},1,head_level,,,met,\n{name},1,head_level,1,2,,\n"
    )
    found = understand(store, read.rows, "Zhao")
    assert lines(found) == [*((i, key) for i, (_, key) in enumerate(bad, 2)), (len(bad) + 3, "contradiction")]
    assert len(found.rows) == 1


def test_the_same_name_in_two_folders_is_decided_by_the_path(store):
    from dataclasses import replace

    one = replace(new("one"), path="/survey/甲/1/cam.mp4")
    two = replace(new("two"), path="/survey/乙/1/cam.mp4")
    ids = [add_recording(store, r).recording.id for r in (one, two)]
    rows = sheet(f"{HEAD}cam,1,head_level,,,met,\n甲/1/cam.mp4,1,head_level,,,met,\n").rows
    found = understand(store, rows, "Zhao")
    assert lines(found) == [(2, "recording_several"), (3, "not_analysed")] and ids


def coded(store, text, who="Zhao", **how):
    found = understand(store, sheet(HEAD + text).rows, who)
    assert not found.problems, [p.in_language("en") for p in found.problems]
    return keep_coded(store, found.rows, who, **how)


def test_verdicts_become_blind_scores_and_a_second_import_adds_nothing(store):
    recording, _ = analysed(store, person(1, deviation("shoulders_level", 10, 15)))
    name = name_of(store, recording)
    text = f"{name},1,shoulders_level,9.5,14,,\n{name},1,head_level,,,met,\n"
    kept = coded(store, text)
    assert (kept.verdicts, kept.events, kept.known) == (2, 1, 0)
    assert blind_scores(store, "Zhao") == {
        (recording, 1, "shoulders_level"): Verdict.DEVIATION, (recording, 1, "head_level"): Verdict.OK
    }  # fmt: skip
    again = coded(store, text)
    assert (again.verdicts, again.events, again.known) == (0, 0, 3) and len(findings_of(store, 1)) == 1
    assert coders(store) == ["Zhao"]
    changed = coded(store, f"{name},1,head_level,,,fault,\n")
    assert changed.verdicts == 1 and blind_scores(store, "Zhao")[recording, 1, "head_level"] is Verdict.DEVIATION


def test_events_are_compared_with_the_machine_s_in_what_the_coder_judged(store):
    shoulders = [deviation("shoulders_level", at, at + 5) for at in (10, 30)]
    recording, _ = analysed(store, person(1, *shoulders, deviation("head_level", 5, 9)))
    name = name_of(store, recording)
    coded(store, f"{name},1,shoulders_level,9.6,14,,\n{name},1,shoulders_level,50,52,,\n")
    whole, one = event_agreement(store, "Zhao")
    assert (one.criterion, one.matched, one.missed, one.extra) == ("shoulders_level", 1, 1, 1)
    assert one.onset_s == pytest.approx(0.4) and (whole.matched, whole.extra) == (1, 1), "heads were not coded"
    coded(store, f"{name},1,head_level,,,met,\n")
    assert next(m for m in event_agreement(store, "Zhao") if m.criterion == "head_level").extra == 1


def test_complete_coding_gives_every_criterion_a_verdict_and_kappa_a_value(store):
    recording, _ = analysed(store, person(1, deviation("shoulders_level", 10, 15)))
    name = name_of(store, recording)
    coded(store, f"{name},1,shoulders_level,9.5,14,,\n", complete=True)
    whole = agreement(machine_and_human(store, "Zhao"))[0]
    assert whole.kappa.kappa == pytest.approx(1.0) and whole.both == 1 and whole.neither > 5
    assert coded(store, f"{name},1,shoulders_level,9.5,14,,\n", complete=True).verdicts == 0


def test_as_findings_events_confirm_what_was_found_and_add_the_rest_once(store):
    recording, made = analysed(store, person(1, deviation("shoulders_level", 10, 15)))
    name = name_of(store, recording)
    text = f"{name},1,shoulders_level,9.5,14,,\n{name},1,head_level,20,24,,tilted\n"
    kept = coded(store, text, as_findings=True, source="march.csv")
    assert (kept.confirmed, kept.added) == (1, 1)
    machine, added = findings_of(store, made)
    assert machine.state == "confirmed" and machine.current.text == "march.csv"
    assert (added.origin, added.start_s, added.end_s, added.decisions[0].text) == (Origin.HUMAN, 20, 24, "tilted")
    assert added.severity is CRITERIA["head_level"].severity or added.severity in Severity
    again = coded(store, text, as_findings=True)
    assert (again.confirmed, again.added, again.events) == (0, 0, 0) and len(findings_of(store, made)) == 2


def test_who_has_decided_before_is_not_blind_any_more(store):
    recording, made = analysed(store, person(1, deviation("shoulders_level", 10, 15)))
    decide(store, findings_of(store, made)[0].key, "Zhao", DecisionKind.CONFIRM)
    rows = sheet(f"{HEAD}{name_of(store, recording)},1,shoulders_level,,,met,\n").rows
    assert lines(understand(store, rows, "Zhao")) == [(2, "not_blind")]
    assert not understand(store, rows, "Wang").problems
    with pytest.raises(StoreError):
        understand(store, rows, "  ")


@pytest.fixture
def survey(tmp_path):
    made = make_survey(tmp_path / "survey")
    with opened_survey(made.folder) as (_, store):
        recording, _ = analysed(store, person(1, deviation("shoulders_level", 10, 15)))
        name = name_of(store, recording)
    return made.folder, name, recording


def run(folder, *arguments):
    return CliRunner().invoke(app, ["survey", "import", *map(str, arguments), "--survey", str(folder)])


def test_the_command_imports_all_or_nothing_and_the_rest_only_when_asked(survey, tmp_path):
    folder, name, recording = survey
    file = tmp_path / "c.csv"
    file.write_text(f"{HEAD}{name},1,shoulders_level,9,14,,\nnowhere,1,head_level,,,met,\n")
    refused = run(folder, file, "--who", "Zhao")
    assert refused.exit_code == 2 and "Line 3: The survey has no recording “nowhere”" in refused.output
    with opened_survey(folder) as (_, store):
        assert not blind_scores(store, "Zhao") and not coders(store)
    rest = run(folder, file, "--who", "Zhao", "--skip-bad", "--findings")
    assert rest.exit_code == 0 and "1 verdicts, 1 events" in rest.output and "1 confirmed" in rest.output
    assert "+1.00" in rest.output, "the machine's start is told beside the coder's"
    with opened_survey(folder) as (_, store):
        assert blind_scores(store, "Zhao") and people_scores(store, recording)[0].reviewed
    assert isinstance(run(folder, tmp_path / "none.csv", "--who", "Zhao").exception, UnusableInputError)
