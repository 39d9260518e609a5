"""The review page's logic without a browser (Streamlit's AppTest)."""

from dataclasses import replace
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest

from posture.app import review_start
from posture.app.review_seat import jobs, video_job
from posture.app.review_view import progress_text
from posture.app.wording import plain
from posture.check import CheckOptions
from posture.files import DATA_VARIABLE
from posture.findings import StepVerdict, Verdict
from posture.jobs import JobState, Status
from posture.kept.analysis import keep, open_kept
from posture.kept.folder import Folder, kept_dir, new_id
from posture.kept.sources import RECORDINGS_VARIABLE
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.text import say
from tests.media import make_clip
from tests.survey_data import JUDGED, person
from tests.test_flow import checked as a_whole_service
from tests.test_flow import with_first_sub_step
from tests.test_kept import write_landmarks
from tests.test_own_flow import BASED, own
from tests.test_own_flow import checked as service_checked
from tests.test_report import checked_sticks

PATIENCE_S = 120


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    yield
    for path in list(kept_dir().iterdir()) if kept_dir().is_dir() else []:
        jobs().forget(video_job(path.name))


def page(identifier=None, language="en"):
    def run():
        from posture.app.review import show
        from posture.app.shared import choose_language

        show(choose_language())

    app = AppTest.from_function(run, default_timeout=PATIENCE_S)
    if identifier is not None:
        app.query_params["analysis"] = identifier
    app.run()
    app.sidebar.radio[0].set_value(language).run()
    assert not app.exception
    return app


@cache
def checked(people, kind):
    return checked_sticks("a.mp4", people, kind)


def finished(tmp_path, people=1, kind="video", found=None, notes=()):
    """A finished analysis of stick people: tilted shoulders, then crossed arms; or of what is given."""
    clip = make_clip(tmp_path / "a.mp4", n=20, fps=2)
    folder, found = Folder(new_id()).make(), found or checked(people, kind)
    found = replace(found, result=replace(found.result, notes=(*found.result.notes, *notes)))
    write_landmarks(folder.landmarks, found.observation)
    keep(folder, found, CheckOptions(), clip, False)
    return folder.id


def button(app, label):
    return next(b for b in app.button if b.label == label)


def by_key(app, kind, key):
    return next(e for e in app.get(kind) if e.key == key)


def told(app):
    kinds = ("header", "subheader", "caption", "markdown", "info", "success", "warning", "error")
    return [e.value for kind in kinds for e in app.get(kind)]


def rows(app):
    return [b for b in app.button if b.key and b.key.startswith("review_row_")]


def address_of(app):
    """The analysis in the page's address; AppTest gives a text, or a list of texts when it was set from outside."""
    given = app.query_params.get("analysis")
    return given[0] if isinstance(given, list) else given


def until_shown(app):
    """Runs the page until the analysis that was started is over; a short one is over at once."""
    job = jobs().get(address_of(app) or "")
    if job is None:
        return app
    assert job.wait(PATIENCE_S)
    return app.run()


def choose_sample(app, start):
    by_key(app, "radio", "choose_source").set_value("sample").run()
    box = next(s for s in app.selectbox if s.label == "Sample")
    box.select(next(o for o in box.options if o.startswith(start))).run()


def test_the_page_opens_in_both_languages_and_says_what_to_do():
    app = page()
    assert app.header[0].value == "Review" and button(app, "Check").disabled
    assert any("Choose a recording or a photo first" in text for text in told(app))
    assert any("Up to 2000 MB" in text and "read where they are" in text for text in told(app))
    app.sidebar.radio[0].set_value("zh").run()
    assert app.header[0].value == "复核" and button(app, "开始检查").disabled


@pytest.mark.usefixtures("bundles")
@pytest.mark.parametrize(("form", "judged"), [("female", True), ("male", False), ("any", False)])
def test_a_sample_is_checked_by_the_chosen_form(form, judged):
    app = page()
    choose_sample(app, "standing correctly, man")
    next(r for r in app.radio if r.label == "Form of etiquette").set_value(form).run()
    pose = next(s for s in app.selectbox if s.label == "Reference pose")
    assert any("men's form" in o for o in pose.options) is (form != "female") or form == "any"
    button(app, "Check").click().run()
    app = until_shown(app)
    assert not app.exception and not app.error
    assert app.header[0].value == plain("standing_correct_male.mp4")
    kept = open_kept(Folder(address_of(app)))
    results = {r.criterion: r for r in kept.result.people[0].results}
    found = results.get("stand_heels_together_female")
    assert (found.verdict if found else None) == (Verdict.DEVIATION if judged else None)
    assert kept.options.variant == form
    kept.close()


def test_a_wrong_path_is_one_sentence_in_either_language_and_no_traceback():
    app = page()
    by_key(app, "radio", "choose_source").set_value("path").run()
    app.text_input[0].set_value("/no/such/recording.mp4").run()
    button(app, "Check").click().run()
    app = until_shown(app)
    assert not app.exception and "There is no file" in app.error[0].value
    assert address_of(app) is None and not list(kept_dir().iterdir())
    app.sidebar.radio[0].set_value("zh").run()
    assert "找不到文件" in app.error[0].value


def test_paths_of_the_server_cannot_be_typed_where_others_reach_the_page(monkeypatch, tmp_path):
    monkeypatch.setattr(review_start, "_on_this_machine", lambda: False)
    app = page()
    assert by_key(app, "radio", "choose_source").options == ["Upload a file", "Try a sample"]
    assert any("POSTURE_RECORDINGS_DIR" in text for text in told(app))
    (tmp_path / "clips").mkdir()
    monkeypatch.setenv(RECORDINGS_VARIABLE, str(tmp_path / "clips"))
    app.run()
    by_key(app, "radio", "choose_source").set_value("server").run()
    assert any("There is no recording or photo" in text for text in told(app))
    make_clip(tmp_path / "clips" / "w3.mp4")
    app.run()
    assert by_key(app, "selectbox", "choose_server").options == ["w3.mp4"] and not button(app, "Check").disabled


def test_own_profiles_are_offered_and_a_mistake_in_one_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    (tmp_path / "profiles").mkdir()
    mine = 'id: mine\nnames: {zh: "本厅", en: "our hall"}\ndescription: {zh: "本厅", en: "x"}\nbased_on: bank_counter\n'
    (tmp_path / "profiles" / "mine.yaml").write_text(mine, encoding="utf-8")
    (tmp_path / "profiles" / "wrong.yaml").write_text(mine + "without: [nothing]\n", encoding="utf-8")
    app = page()
    workplace = next(s for s in app.selectbox if s.label == "Workplace")
    assert "our hall" in workplace.options and "wrong" in workplace.options
    workplace.select("our hall").run()
    assert not app.exception and not app.error
    next(s for s in app.selectbox if s.label == "Workplace").select("wrong").run()
    assert not app.exception and "wrong.yaml, line 5" in app.error[0].value


def test_own_flows_are_offered_only_where_there_are_any(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    assert "Service flow" not in [s.label for s in page().selectbox]
    own(tmp_path)
    own(tmp_path, BASED.replace("1.5", "-1"), "wrong.yaml")
    app = page()
    flows = next(s for s in app.selectbox if s.label == "Service flow")
    assert flows.value == "window_service" and "our hall's nine sub-steps" in flows.options
    flows.select("wrong").run()
    assert not app.exception and "wrong.yaml, line 10" in app.error[0].value
    next(s for s in app.selectbox if s.label == "Service flow").select("our hall's nine sub-steps").run()
    assert not app.exception and not app.error
    choose_sample(app, "standing correctly, man")
    started = []
    monkeypatch.setattr(review_start, "_start", lambda place, source, options, language: started.append(options.flow))
    button(app, "Check").click().run()
    assert started == ["my_hall"]


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ("抬头迎候", "本厅四步九小步")), ("en", ("welcome with a look", "nine"))]
)
def test_the_page_shows_the_flow_of_the_result_without_its_file(tmp_path, language, words):
    path = own(tmp_path)
    found = service_checked(path)
    path.unlink()
    clip, folder = make_clip(tmp_path / "service.mp4", n=4), Folder(new_id()).make()
    write_landmarks(folder.landmarks, found.observation)
    keep(folder, found, CheckOptions(flow=str(path)), clip, False)
    app = page(folder.id, language)
    by_key(app, "button_group", "review_section").set_value("flow").run()
    assert not app.exception and not app.error
    (table,) = [d.value for d in app.dataframe if "sub_step" in d.value or words[0] in d.value.to_string()]
    assert len(table) == 9 and words[0] in table.to_string()
    assert any(words[1] in c.value for c in app.caption)


def test_a_running_analysis_can_be_cancelled_and_comes_back_after_a_reload(monkeypatch):
    import threading

    begun, on = threading.Event(), threading.Event()

    def slow(job, folder, **_more):
        try:
            job.report("observing", 1, 4)
            begun.set()
            assert on.wait(PATIENCE_S)
            job.report("observing", 2, 4)
        finally:
            folder.delete()

    monkeypatch.setattr(review_start, "analyse", slow)
    app = page()
    by_key(app, "radio", "choose_source").set_value("path").run()
    app.text_input[0].set_value("/long.mp4").run()
    button(app, "Check").click().run()
    assert begun.wait(PATIENCE_S)
    identifier = address_of(app)
    again = page(identifier)
    assert again.header[0].value == "Checking long.mp4", "another page with the same address sees it, too"
    other = page()
    assert other.header[0].value == "Review" and not any("long.mp4" in text for text in told(other))
    button(again, "Cancel").click().run()
    on.set()
    assert jobs().get(identifier).wait(PATIENCE_S)
    again.run()
    assert again.header[0].value == "Review" and "nothing was kept" in again.warning[0].value


@pytest.mark.parametrize(
    ("status", "text"),
    [(Status(JobState.WAITING, before=2), "Waiting: 2 before this one. It starts by itself."),
     (Status(JobState.RUNNING, "observing", 0.25, 125.0), "Watching the movements · 25 % · about 2 min 5 s left"),
     (Status(JobState.RUNNING, "observing", 0.01), "Watching the movements · 1 %"),
     (Status(JobState.RUNNING, "reading"), "Reading the file…"), (Status(JobState.RUNNING), "Getting ready…")],
)  # fmt: skip
def test_progress_is_put_into_words(status, text):
    assert progress_text(status, "en") == text


def test_an_address_without_an_analysis_leads_back_to_the_start(tmp_path):
    app = page(new_id())
    assert app.header[0].value == "Review" and "no longer here" in app.warning[0].value
    for strange in ("../../etc", "", "x"):
        assert page(strange).header[0].value == "Review"


def test_findings_are_listed_chosen_and_decided_and_the_score_follows(tmp_path):
    app = page(finished(tmp_path))
    assert app.header[0].value == "a.mp4"
    before = float(app.metric[0].value.split()[0])
    assert len(rows(app)) >= 2 and app.subheader[-1].value
    last = rows(app)[-1]
    key = int(last.key.removeprefix("review_row_"))
    last.click().run()
    seat = app.session_state["review_seat"]
    assert seat.selected == key and seat.jump == 1 and seat.jump_s > 0
    by_key(app, "button", "review_dismiss").click().run()
    assert "reason" in app.error[0].value
    by_key(app, "text_input", f"review_why_{key}").set_value("hidden by a client").run()
    by_key(app, "button", "review_dismiss").click().run()
    assert "name" in app.error[0].value
    by_key(app, "text_input", "review_who").set_value("Wang").run()
    by_key(app, "button", "review_dismiss").click().run()
    assert not app.error and not app.exception
    after = float(app.metric[0].value.split()[0])
    assert after > before and "after review" in app.metric[0].delta
    assert any("hidden by a client" in text and "Wang" in text for text in told(app))
    by_key(app, "button", "review_confirm").click().run()
    assert float(app.metric[0].value.split()[0]) == before, "the last decision counts"


def test_the_moment_looked_at_in_one_recording_is_not_shown_in_the_next(tmp_path):
    app, other = page(finished(tmp_path)), finished(tmp_path)
    rows(app)[-1].click().run()
    assert app.session_state["review_seat"].jump == 1
    button(app, "Check another").click().run()
    app.query_params["analysis"] = other
    app.run()
    assert app.header[0].value == "a.mp4" and app.session_state["review_seat"].jump == 0


def test_filters_narrow_the_list_and_can_be_cleared(tmp_path):
    app = page(finished(tmp_path, people=2))
    every = len(rows(app))
    by_key(app, "button_group", "review_f_person").select(2).run()
    assert 0 < len(rows(app)) < every and all("Person 2" in b.label for b in rows(app))
    by_key(app, "button_group", "review_f_state").select("dismissed").run()
    assert not rows(app) and any("No finding fits" in text for text in told(app))
    button(app, "Clear the filter").click().run()
    assert len(rows(app)) == every


def test_people_are_named_and_the_page_uses_the_names(tmp_path):
    identifier = finished(tmp_path)
    app = page(identifier)
    by_key(app, "button_group", "review_section").set_value("people").run()
    next(t for t in app.text_input if t.label == "Name or number").set_value("Li Si")
    button(app, "Save").click().run()
    assert app.metric[0].label.startswith("Li Si")
    assert page(identifier, "zh").metric[0].label.startswith("Li Si"), "after a reload, in another language, too"


def save_person(app, number, name=None, role=None):
    """The form of the person with that number, counted from 1, filled in and saved."""
    if name is not None:
        [t for t in app.text_input if t.label == "Name or number"][number - 1].set_value(name)
    if role is not None:
        [s for s in app.selectbox if s.label == "Role"][number - 1].set_value(role)
    [b for b in app.button if b.label == "Save"][number - 1].click().run()
    assert not app.exception


def people_of(identifier):
    app = page(identifier)
    by_key(app, "button_group", "review_section").set_value("people").run()
    return app


def test_a_name_is_shown_as_it_was_written_and_a_long_one_is_one_sentence(tmp_path):
    app = people_of(finished(tmp_path, people=2))
    save_person(app, 1, "**b** $a$ :smile: [x](y)")
    shown = r"\*\*b\*\* \$a\$ \:smile\: \[x\](y)"
    assert app.metric[0].label.startswith(shown)
    assert any(b.label.split(" · ")[0].endswith(shown) for b in rows(app))
    assert any(shown in text for text in told(app)), "the finding that is looked at"
    save_person(app, 1, "长" * 300)
    assert "up to 40 letters; this one has 300" in app.error[0].value and app.metric[0].label.startswith(shown)


def test_two_people_of_one_name_are_a_warning(tmp_path):
    app = people_of(finished(tmp_path, people=3))
    save_person(app, 1, "Li Si")
    assert not any("same name" in warning.value for warning in app.warning)
    save_person(app, 3, " Li  Si")
    assert any("Person 1, Person 3 have the same name: Li Si" in warning.value for warning in app.warning)


def test_a_role_has_everything_judged_again_at_once(tmp_path):
    identifier = finished(tmp_path, people=2)
    app = people_of(identifier)
    roles = [s for s in app.selectbox if s.label == "Role"]
    assert [s.options[0] for s in roles] == ["as recognised: not known"] * 2
    before = len(rows(app))
    save_person(app, 2, role="client")
    assert 0 < len(rows(app)) < before and not any("Person 2" in b.label for b in rows(app))
    assert any("client · Not scored: said by a person" in text for text in told(app))
    app = people_of(identifier)
    assert [s.value for s in app.selectbox if s.label == "Role"] == [None, "client"], "after a reload, too"
    save_person(app, 2, role=None)
    Folder(identifier).landmarks.unlink()
    save_person(app, 1, role="clerk")
    assert "were deleted" in app.error[0].value


def test_no_deviation_is_not_praised_beside_a_service_that_was_late(tmp_path):
    service = a_whole_service()
    service = replace(service, result=replace(service.result, people=tuple(
        replace(p, results=person(p.person).results) for p in service.result.people
    )))  # fmt: skip
    right, late = (
        page(finished(tmp_path, found=with_first_sub_step(service, v))) for v in (StepVerdict.SEEN, StepVerdict.LATE)
    )
    assert [s.value for s in right.success] == ["No deviation was found."]
    assert not late.success and any("1 sub-step(s) were late" in i.value for i in late.info)


@pytest.mark.parametrize(("people", "kind", "key"), [(1, "photo", "none_photo"), (1, "video", "none_alone"),
                                                      (2, "video", "none")])  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_why_there_is_no_service_flow(tmp_path, language, people, kind, key):
    app = page(finished(tmp_path, people, kind), language)
    by_key(app, "button_group", "review_section").set_value("flow").run()
    assert say(f"flow.{key}", language) in [i.value for i in app.info]


def test_no_deviation_is_not_praised_where_nobody_could_be_judged(tmp_path):
    found = checked(2, "video")
    lost = [person(n, lost=JUDGED) for n in (1, 2)]
    clerk, client = lost[0], replace(person(2), role="client", scored=False)
    for people in (lost, [clerk, client]):
        app = page(finished(tmp_path, found=replace(found, result=replace(found.result, people=tuple(people)))))
        assert not app.success and "No deviation was found." in [i.value for i in app.info]


def test_who_is_judged_stands_first_and_the_others_with_their_role(tmp_path):
    found = checked(5, "video")
    roles = {n: dict(role="client", scored=False) for n in (1, 2, 3, 4)} | {5: dict(role="clerk")}
    people = tuple(replace(p, **roles[p.person]) for p in found.result.people)
    app = page(finished(tmp_path, found=replace(found, result=replace(found.result, people=people))))
    assert app.metric[0].label.startswith("Person 5") and len(app.metric) == 4
    assert [m.label for m in app.metric[1:]] == [f"Person {n} · client" for n in (1, 2, 3)]
    assert any("and 1 more: see Scores" in text for text in told(app))


def test_a_role_reaches_the_service_flow_and_what_is_exported(tmp_path):
    identifier = finished(tmp_path, found=a_whole_service())
    app = people_of(identifier)
    save_person(app, 1, "Li", "client")
    save_person(app, 2, "Wang", "clerk")
    by_key(app, "button_group", "review_section").set_value("flow").run()
    assert not app.exception and any(text == "Wang · Li" for text in told(app))
    kept = open_kept(Folder(identifier))
    data = to_json(kept.report("en"))
    assert {(c["clerk"], c["client"]) for c in data["contacts"]} == {(2, 1)}
    assert [p["role"] for p in data["people"]] == ["client", "clerk"]
    assert "Wang · Li" in render_html(kept.report("en"))
    kept.close()


def test_the_clerks_place_decides_roles_and_can_be_taken_away(tmp_path):
    identifier = finished(tmp_path, people=2)
    app = people_of(identifier)
    by_key(app, "text_input", "review_region").set_value("0.1,0.1,0.45,0.9").run()
    by_key(app, "button", "review_region_save").click().run()
    assert not app.exception and not app.error
    assert any("clerk · within the clerk's place" in text for text in told(app))
    assert any("client · Not scored" in text for text in told(app)) and not any(
        "Person 2" in b.label for b in rows(app)
    )
    assert by_key(people_of(identifier), "text_input", "review_region").value == "0.1,0.1,0.45,0.1,0.45,0.9,0.1,0.9"
    by_key(app, "button", "review_region_no").click().run()
    assert by_key(app, "text_input", "review_region").value == "" and any("Person 2" in b.label for b in rows(app))


@pytest.mark.parametrize("written", ["", "0.1,0.2,0.3", "0,0,2,2", "/etc/region.yaml"])
def test_a_place_that_cannot_be_read_is_a_sentence_and_no_file_is_opened(tmp_path, written):
    app = people_of(finished(tmp_path))
    by_key(app, "text_input", "review_region").set_value(written).run()
    by_key(app, "button", "review_region_save").click().run()
    said = "reaches outside of the picture" if written == "0,0,2,2" else "cannot be read. Give x,y,x,y"
    assert said in app.error[0].value and not app.exception
    assert by_key(app, "text_input", "review_region").value == written


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_section_shows_itself(tmp_path, language):
    app = page(finished(tmp_path), language)
    for section in ("scores", "curves", "moves", "people", "lost", "export", "storage"):
        by_key(app, "button_group", "review_section").set_value(section).run()
        assert not app.exception and not app.error, section


@pytest.mark.parametrize(("people", "kind"), [(0, "video"), (1, "photo"), (5, "video")])
def test_nobody_a_photo_and_many_people_are_no_dead_ends(tmp_path, people, kind):
    app = page(finished(tmp_path, people, kind))
    assert not app.exception and not app.error
    assert button(app, "Check another")
    assert any("Nobody was found" in text for text in told(app)) is (people == 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_would_let_a_result_be_misread_is_told(tmp_path, language):
    app = page(finished(tmp_path, notes=[("check.warnings.region_empty", {})]), language)
    assert [w.value for w in app.warning] == [plain(say("check.warnings.region_empty", language))]


def test_a_recording_that_was_moved_away_takes_only_its_pictures_along(tmp_path):
    identifier = finished(tmp_path)
    (tmp_path / "a.mp4").unlink()
    app = page(identifier)
    assert not app.exception and rows(app)
    assert any("not where it was" in text for text in told(app))


def test_a_deleted_analysis_is_gone_for_good(tmp_path):
    identifier = finished(tmp_path)
    app = page(identifier)
    by_key(app, "button_group", "review_section").set_value("storage").run()
    button(app, "Delete this analysis").click().run()
    assert Folder(identifier).about() is not None, "asked once more"
    button(app, "Yes, delete").click().run()
    assert app.header[0].value == "Review" and "is deleted" in app.success[0].value
    assert not Folder(identifier).path.exists() and (tmp_path / "a.mp4").exists()
    assert page(identifier).header[0].value == "Review"


def test_another_session_sees_neither_recording_nor_findings(tmp_path):
    mine = page(finished(tmp_path))
    button(mine, "Check another").click().run()
    assert any("a.mp4" in b.label for b in mine.button), "offered again in the own session"
    other = page()
    assert not any("a.mp4" in b.label for b in other.button)
    next(b for b in mine.button if "a.mp4" in b.label).click().run()
    assert mine.header[0].value == "a.mp4"


def test_a_page_with_many_findings_turns_its_pages(tmp_path, monkeypatch):
    monkeypatch.setattr("posture.app.review_list.ON_A_PAGE", 1)
    app = page(finished(tmp_path))
    first = rows(app)[0].key
    by_key(app, "button", "review_page_on").click().run()
    assert len(rows(app)) == 1 and rows(app)[0].key != first
    assert by_key(app, "button", "review_page_back").disabled is False
    by_key(app, "button", "review_page_back").click().run()
    assert rows(app)[0].key == first
