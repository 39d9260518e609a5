"""The audit page without a browser: stores, list, one recording, blind scores, agreement, comparison, exports."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from posture.app import audit_run
from posture.app.review_seat import jobs
from posture.app.wording import plain
from posture.findings import Verdict
from posture.kept.survey import open_of_survey
from posture.library import load_library
from posture.report.sheets import Table, csv_file, workbook
from posture.report.survey import (
    SurveyWords,
    agreement_table,
    heat_map,
    interval_text,
    kappa_note,
    most_often,
)
from posture.survey.agreement import agreement
from posture.survey.analyses import latest_analysis
from posture.survey.blind import blind_scores, score_blind, to_score
from posture.survey.decisions import findings_of
from posture.survey.folder import Settings, make_survey, opened_survey
from posture.survey.queries import all_together, criterion_rates_by, list_recordings, state_counts
from posture.survey.recordings import add_recording, fail, get_recording
from posture.survey.records import Failure, State
from posture.survey.store import open_store
from tests.media import make_clip
from tests.survey_data import added, analysed, deviation, new, person
from tests.test_own_flow import BASED, own


@pytest.fixture
def where(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTURE_STORE", str(tmp_path / "survey.sqlite"))
    return str(tmp_path / "survey.sqlite")


@pytest.fixture
def filled(where):
    """14 recordings of two units in two rounds; one is broken."""
    with open_store(where) as store:
        for i in range(13):
            found = [deviation()] if i % 3 == 0 else []
            analysed(store, person(1, *found), unit="甲" if i % 2 else "=乙", round="1" if i < 6 else "2")
        fail(store, add_recording(store, new("broken")).recording.id, Failure.of(ValueError("no picture")))
        yield store


def page(language="en"):
    def run(language):
        from posture.app.audit import show

        show(language)

    return AppTest.from_function(run, default_timeout=120, args=(language,)).run()


def section(app, name):
    next(b for b in app.button_group if b.key == "audit_section").set_value(name)
    return app.run()


def texts(app):
    kinds = ("markdown", "caption", "info", "success", "warning", "subheader", "header")
    return "\n".join(e.value for kind in kinds for e in app.get(kind))


def test_an_empty_store_explains_itself_and_the_demonstration_has_a_store_of_its_own(where):
    app = page()
    assert not app.exception and "holds no recordings yet" in texts(app)
    app.button(key="audit_try").click().run()
    assert not app.exception and "made up" in texts(app) and "waiting 8" in texts(app)
    assert app.session_state["audit_seat"].where != where
    with open_store(where) as store:
        assert list_recordings(store).total == 0
    app.button(key="audit_leave_demonstration").click().run()
    assert "holds no recordings yet" in texts(app)


def test_a_folder_is_looked_at_before_it_is_added(where, tmp_path):
    for name in ("甲/一厅/3/1/a.mp4", "乙/二厅/1/1/b.mp4"):
        path = tmp_path / "clips" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(name.encode())
    app = page()
    app.text_input(key="audit_folder_path").set_value(str(tmp_path / "clips"))
    app.text_input(key="audit_pattern").set_value("{district}/*")
    next(b for b in app.button if b.label.startswith("Look")).click().run()
    assert plain("{district}") in app.error[0].value
    app.text_input(key="audit_pattern").set_value("{unit}/{outlet}/{window}/{round}/*.mp4")
    next(b for b in app.button if b.label.startswith("Look")).click().run()
    assert not app.error and "**2** recordings" in texts(app)
    app.button(key="audit_add").click().run()
    name = f"audit add {where}"
    assert jobs().get(name).wait(60)
    app.run()
    assert not app.exception and "Added: 2" in texts(app)
    with open_store(where) as store:
        assert {r.recording.place.unit for r in list_recordings(store).rows} == {"甲", "乙"}


def test_the_folder_of_a_survey_is_analysed_as_its_file_says(where, tmp_path, bundles):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no recording at all")
    clip = make_clip(tmp_path / "good.mp4", n=3)
    make_survey(tmp_path / "s", settings=Settings(fps=5.0, variant="female"))
    with opened_survey(tmp_path / "s") as (_, store):
        ids = added(store, broken, clip)
    app = page()
    app.text_input(key="audit_store_address").input(str(tmp_path / "s"))
    next(b for b in app.button if b.label == "Open").click().run()
    assert not app.exception and plain(str(tmp_path / "s" / "survey.sqlite")) in app.caption[0].value
    app.button(key="audit_run").click().run()
    assert jobs().get(f"audit run {tmp_path / 's' / 'survey.sqlite'}").wait(100)
    with opened_survey(tmp_path / "s") as (survey, store):
        assert [get_recording(store, i).state for i in ids] == [State.FAILED, State.DONE]
        analysis = latest_analysis(store, ids[1])
        assert analysis.options == survey.options and analysis.options.observe.fps == 5.0
    assert Path(analysis.landmark_path).parent == tmp_path / "s" / "landmarks"
    (tmp_path / "s").rename(tmp_path / "moved")
    with opened_survey(tmp_path / "moved") as (_, store):
        kept = open_of_survey(store, ids[1])
        assert kept.folder.landmarks == tmp_path / "moved" / "landmarks" / Path(analysis.landmark_path).name


def test_own_flows_are_offered_where_the_store_says_nothing_of_a_flow(where, tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    with open_store(where) as store:
        added(store, make_clip(tmp_path / "good.mp4", n=3))
    assert "Service flow" not in [s.label for s in page().selectbox]
    own(tmp_path, BASED.replace("1.5", "-1"))
    app = page()
    next(s for s in app.selectbox if s.label == "Service flow").select("my_hall").run()
    assert not app.exception and plain("my_hall.yaml, line 10") in app.error[0].value
    own(tmp_path)
    app = page()
    next(s for s in app.selectbox if s.label == "Service flow").select("our hall's nine sub-steps").run()
    started = []
    monkeypatch.setattr(audit_run, "_start", lambda desk, options, plan: started.append(options.flow))
    app.button(key="audit_run").click().run()
    assert not app.error and started == ["my_hall"]


def test_no_word_of_a_wrong_address_s_password_is_shown(where):
    app = page()
    app.text_input(key="audit_store_address").set_value("postgresql://clerk:secret-word@localhost:1/posture")
    next(b for b in app.button if b.label == "Open").click().run()
    assert app.error and not app.exception
    assert "secret-word" not in app.error[0].value + texts(app)
    assert app.session_state["audit_seat"].where is None


def test_only_the_administrator_names_stores_where_others_reach_the_page(where, monkeypatch):
    monkeypatch.setattr("posture.app.audit_seat._THIS_MACHINE", ())
    app = page()
    assert not [t for t in app.text_input if t.key in ("audit_store_address", "audit_folder_path")]
    assert "POSTURE_STORE" in texts(app) and "POSTURE_RECORDINGS_DIR" in texts(app)


def test_a_damaged_default_store_is_a_sentence_and_another_can_be_chosen(where, tmp_path):
    (tmp_path / "survey.sqlite").write_bytes(b"this is a text, not a database")
    app = page("zh")
    assert not app.exception and "不是数据库" in app.error[0].value
    app.text_input(key="audit_store_address").set_value(str(tmp_path / "other.sqlite"))
    next(b for b in app.button if b.label == "打开").click().run()
    assert not app.exception and not app.error and "other.sqlite" in texts(app)


def test_the_list_has_filters_pages_and_the_reason_of_a_failure(filled):
    app = page()
    assert "Page 1 of 2, 14 recordings" in texts(app) and "no picture" in texts(app)
    app.button(key="audit_page_on").click().run()
    assert "Page 2 of 2" in texts(app)
    app.selectbox(key="audit_list_unit").select("甲").run()
    assert "6 recordings" in texts(app) and not app.exception
    app.selectbox(key="audit_list_state").select("failed").run()
    assert "No recordings fit" in texts(app)
    app.button(key="audit_again").click().run()
    assert state_counts(filled)[State.WAITING] == 1


def test_a_recording_opens_and_a_decision_changes_the_list(filled):
    first = next(r for r in list_recordings(filled, limit=100).rows if r.findings)
    app = page()
    app.session_state["audit_seat"].open(first.recording.id)
    app.run()
    assert not app.exception and app.header[0].value == "a.mp4"
    app.text_input(key="review_who").set_value("Li")
    key = findings_of(filled, first.analysis_id)[0].key
    app.text_input(key=f"review_why_{key}").set_value("hidden").run()
    app.button(key="review_dismiss").click().run()
    assert not app.exception and not app.error
    (now,) = (r for r in list_recordings(filled, limit=100).rows if r.recording.id == first.recording.id)
    assert now.people[0].reviewed and now.people[0].reviewed_score > now.people[0].score
    assert app.session_state["audit_seat"].who == "Li"
    app.text_input(key="review_added_start").set_value("0:05")
    app.text_input(key="review_added_end").set_value("nine")
    app.text_input(key="review_added_comment").set_value("leaned on the counter")
    app.button(key="review_added_save").click().run()
    assert "“nine” is no time" in app.error[0].value
    app.text_input(key="review_added_start").set_value("0:05")
    app.text_input(key="review_added_end").set_value("0:08")
    app.text_input(key="review_added_comment").set_value("leaned on the counter")
    app.button(key="review_added_save").click().run()
    assert not app.exception and not app.error
    assert [(f.start_s, f.end_s) for f in findings_of(filled, first.analysis_id) if f.deviation is None] == [(5, 8)]
    app.button(key="review_back").click().run()
    assert app.header[0].value == "Audit"


def test_blind_scores_come_before_the_machine_s_verdicts_and_then_kappa_is_told(filled):
    app = section(page(), "blind")
    assert "Please say first who judges" in texts(app)
    app.text_input(key="audit_blind_who").set_value("Wang").run()
    assert "**13** recordings are left" in texts(app)
    one = to_score(filled, "Wang")[0]
    app.session_state["audit_seat"].scoring = one
    app.run()
    assert not app.exception and "Machine" not in texts(app) and not app.table
    every = [b for b in app.button_group if b.key and b.key.startswith(f"audit_blind_{one}_")]
    for i, choice in enumerate(every):
        choice.set_value(Verdict.DEVIATION if i % 2 else Verdict.OK)
    next(b for b in app.button if b.label == "Submit").click().run()
    assert not app.exception and not app.error and "cannot be repeated" in texts(app)
    assert len(blind_scores(filled, "Wang")) == len(every) > 5 and one not in to_score(filled, "Wang")
    assert "Machine" in app.table[0].value.columns
    section(app, "agreement")
    assert not app.exception
    shown = {m.label: m.value for m in app.metric}
    assert shown["Pairs"] == str(len(every)) and "Cohen's kappa" in shown
    assert any(b.key == "audit_differ_0" for b in app.button)


def test_what_this_session_has_seen_is_not_offered_for_blind_scoring(filled):
    app, other = page(), page()
    first = to_score(filled, "Wang")[0]
    app.session_state["audit_seat"].open(first)
    app.run()
    app.button(key="review_back").click().run()
    for one, left in ((app, 12), (other, 13)):
        section(one, "blind")
        one.text_input(key="audit_blind_who").set_value("Wang").run()
        assert f"**{left}** recordings are left" in texts(one)
    assert other.session_state["audit_seat"] is not app.session_state["audit_seat"]


def test_kappa_that_is_undefined_is_told_with_its_reason(filled):
    ids = to_score(filled, "Wang")[:2]
    for one in ids:
        score_blind(filled, one, 1, "Wang", {"shoulders_level": Verdict.OK})
    app = section(page("zh"), "agreement")
    assert not app.exception and any("其中一方的评判结果全部相同" in i.value for i in app.info)
    assert {m.label: m.value for m in app.metric}["科恩卡帕系数"] == "–"


def test_agreement_in_words():
    words = SurveyWords("en", load_library())
    tally = {("shoulders_level", Verdict.DEVIATION, Verdict.DEVIATION): 20,
             ("shoulders_level", Verdict.OK, Verdict.OK): 15, ("shoulders_level", Verdict.DEVIATION, Verdict.OK): 5,
             ("shoulders_level", Verdict.OK, Verdict.DEVIATION): 10}  # fmt: skip
    whole, one = agreement(tally)
    table = agreement_table(words, [whole, one], "the machine", "Wang")
    assert table.rows[0][:4] == ["All criteria", 50, 70.0, 0.4] and "Only Wang" in table.head
    assert interval_text(words, whole).startswith("0.1") and kappa_note(words, whole) == ""


@pytest.mark.parametrize("level", ["unit", "outlet", "window", "round"])
def test_comparison_by_every_level(filled, level):
    app = section(page("zh"), "compare")
    next(b for b in app.button_group if b.key == "audit_level").set_value(level)
    app.run()
    assert not app.exception and not app.error
    assert "各处的偏差比例" in texts(app) and "轮次之间的变化" in texts(app) and "全部合计" in texts(app)
    assert ("名次组" in texts(app)) is (level != "round"), "rounds share their windows and are not ranked"
    assert app.dataframe[0].value["录像数"].sum() == 13


def test_whoever_takes_a_report_has_seen_the_verdicts(filled):
    app = section(page(), "compare")
    assert not app.session_state["audit_seat"].seen
    next(b for b in app.get("download_button") if b.key == "audit_html").click().run()
    assert len(app.session_state["audit_seat"].seen) == 13 and not app.exception


def test_charts_are_of_the_numbers_in_the_store(filled):
    words = SurveyWords("en", load_library())
    groups = criterion_rates_by(filled, ["unit"])
    rates = all_together(groups.values())
    (bar,) = most_often(words, rates)["data"]["values"]
    assert bar["criterion"] == words.title("shoulders_level") and bar["share"] == pytest.approx(5 / 13)
    cells = {v["group"]: v["share"] for v in heat_map(words, "unit", groups, rates)["data"]["values"]}
    assert cells == {"=乙": pytest.approx(3 / 7), "甲": pytest.approx(2 / 6)}


def test_names_that_look_like_formulas_stay_texts_in_exports():
    nasty = ["=1+1", "+1", "-1", "@x", "\tx", "＝1", "plain"]
    table = Table("表", ["名称", "数"], [[n, -1.5] for n in nasty])
    rows = list(csv.reader(io.StringIO(csv_file(table).decode("utf-8-sig"), newline="")))
    assert [r[0] for r in rows[1:]] == [f"'{n}" for n in nasty[:-1]] + ["plain"]
    assert {r[1] for r in rows[1:]} == {"-1.5"}, "numbers stay numbers"
    book = openpyxl.load_workbook(io.BytesIO(workbook("t", [table])))
    cells = [row[0] for row in book["表"].iter_rows(min_row=2)]
    assert [c.value for c in cells] == nasty and {c.data_type for c in cells} == {"s"}
