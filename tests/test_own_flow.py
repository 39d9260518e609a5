"""A hall's own service flow: loaded, refused, carried by the result and shown from there."""

import json
import re
from dataclasses import fields, replace
from functools import cache
from io import StringIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from posture.app.shared import told_apart
from posture.check import CheckOptions, check, judge_observation
from posture.errors import ReferenceFileError, StoreError
from posture.findings import StepVerdict
from posture.flow.files import CUES, FLOWS, SubStep, flow_names, flow_title, load_flow, read_flow
from posture.flow.judge import judge_contact
from posture.flow.soften import principles
from posture.kept.survey import open_of_survey
from posture.landmarks import Observation
from posture.library import load_library
from posture.profiles import PROFILES
from posture.reference_check import validate_all
from posture.reference_files import ReferenceProblems, reference_dir
from posture.report import flow as told
from posture.report import flow_lanes
from posture.report.console import print_summary
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.report.labels import Report
from posture.report.reference import print_flow
from posture.service_flow import FlowSubStep
from posture.survey.analyses import norms_sha256, save_analysis
from posture.survey.cards import cards, kinds_of_analyses
from posture.survey.folder import Settings, make_survey, read_survey
from posture.survey.recordings import add_recording
from posture.survey.records import options_from_json, result_from_json, result_to_json
from posture.survey.run import Plan, run_waiting
from posture.survey.selection import EVERYTHING
from tests.survey_data import added, new, orders
from tests.survey_work import analyse
from tests.test_flow import FAULTLESS, VISIT, a_service, heard, seen
from tests.test_kept import write_landmarks

DOCS = Path(reference_dir().parent, "docs", "service_flow.md").read_text(encoding="utf-8")
BASED, WHOLE = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)


def own(folder, text=BASED, name="my_hall.yaml"):
    (folder / "flows").mkdir(exist_ok=True)
    path = folder / "flows" / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's own folder."""
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@cache
def observation():
    return Observation(
        tuple(a_service()), "service.mp4", "ab" * 32, (1000, 1000), "video", 40.0, np.arange(400) / 10,
        provenance={"settings": '{"fps": 10.0}'}, speech=heard([(7.0, 8.0)]),
    )  # fmt: skip


def checked(flow):
    return judge_observation(observation(), load_library(), CheckOptions(flow=str(flow)))


def printed(report):
    out = StringIO()
    print_summary(report, Console(file=out, width=200))
    return out.getvalue()


def test_a_based_flow_says_only_what_differs(tmp_path):
    flow, shipped = read_flow(own(tmp_path)), load_flow()
    gone = ("prepare_check", "handle_leave", "close_ask")
    assert [s.id for s in flow.sub_steps] == [s.id for s in shipped.sub_steps if s.id not in gone]
    look, base = flow.sub_step("greet_look"), shipped.sub_step("greet_look")
    assert (look.names.zh, look.names.en, look.limits[0].within_s) == ("抬头迎候", "welcome with a look", 1.5)
    assert (look.cue, look.needs, look.phase) == (base.cue, base.needs, base.phase)
    assert flow.sub_step("greet_seat").optional and not shipped.sub_step("greet_seat").optional
    assert flow.sub_step("close_return") == shipped.sub_step("close_return")
    null = read_flow(own(tmp_path, BASED + "  handle_attend: {due_after_s: null}\n"))
    assert null.sub_step("handle_attend").due_after_s is None


def test_a_step_that_loses_all_its_sub_steps_is_gone(tmp_path):
    less = BASED.replace("without: [", "without: [handle_focus, handle_attend, ")
    assert [s.id for s in read_flow(own(tmp_path, less)).steps] == ["greet", "prepare", "close"]


def test_own_flows_go_by_their_name_or_path(home, tmp_path):
    own(home)
    elsewhere = own(tmp_path, WHOLE, "elsewhere.yaml")
    assert flow_names() == ["my_hall", "window_service"] and load_flow("my_hall").id == "my_hall"
    assert load_flow(str(elsewhere)).names.en == "seeing off" and load_flow().id == "window_service"
    own(home, BASED.replace("1.5", "-1"), "broken.yaml")
    assert load_flow("my_hall"), "one broken flow does not hinder the others"
    assert flow_title("broken", "en") == "broken" and flow_title("my_hall", "zh") == "本厅四步九小步"
    with pytest.raises(ReferenceProblems, match=r"broken\.yaml, line 10"):
        validate_all()
    with pytest.raises(ReferenceFileError) as caught:
        load_flow("nobody")
    assert "my_hall, window_service" in caught.value.in_language("zh")


def test_an_own_flow_must_not_pass_for_a_shipped_one(home):
    path = own(home, name="window_service.yaml")
    for ask in (load_flow, validate_all):
        with pytest.raises(ReferenceFileError) as caught:
            ask()
        assert "another name" in caught.value.in_language("en") and "重名" in caught.value.in_language("zh")
    path.unlink()
    with pytest.raises(ReferenceProblems, match="line 2, field id: window_service is the id of a flow that comes with"):
        read_flow(own(home, BASED.replace("id: my_hall", "id: window_service")))


@pytest.mark.parametrize(
    ("text", "was", "becomes", "field", "words"),
    [
        (WHOLE, "needs: [[exchange]]", "needs: [[say_thanks]]", "steps.0.sub_steps.0.needs.0.0", "what is said"),
        (WHOLE, "limits: [{cue: stand_up", "limits: [{cue: voice", "steps.0.sub_steps.1.limits.0.cue", "voice"),
        (WHOLE, "limits: [{cue: stand_up", "limits: [{cue: look", "steps.0.sub_steps.1.limits.0.cue", "look"),
        (WHOLE, "after: rises", "after: lunch", "steps.0.sub_steps.1.limits.0.after", "arrival"),
        (WHOLE, "within_s: 2}", "within_s: .inf}", "steps.0.sub_steps.1.limits.0.within_s", "86400"),
        (WHOLE, 'names: {zh: "结束", en: "closing"}', 'names: {zh: "结束"}', "steps.0.names.en", "missing"),
        (WHOLE, 'names: {zh: "只看送别", en: "seeing off"}', 'names: {zh: "只看送别"}', "names.en", "missing"),
        (WHOLE, "id: see_off", "id: return_papers", "steps.0.sub_steps.1.id", "already used"),
        (WHOLE, "steps:", "order: any\nsteps:", "order", "no such field"),
        (BASED, "based_on: window_service", "based_on: window_servce", "based_on", "window_service"),
        (BASED, "[prepare_check,", "[prepare_chek,", "without.0", "prepare_check"),
        (BASED, "  greet_seat: {opt", "  greet_set: {opt", "override.greet_set", "greet_seat"),
        (BASED, "optional: true", "optional: maybe", "override.greet_seat.optional", "true or false"),
        (BASED, "limits: [{cue: look,", "limits: [{cue: bow,", "override.greet_look.limits.0.cue", "look"),
        (BASED, 'names: {zh: "抬头迎候", en: "welcome with a look"}', 'names: {en: "x"}',
         "override.greet_look.names.zh", "missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_field(tmp_path, text, was, becomes, field, words):
    line = text[: text.index(was)].count("\n") + 1
    path = own(tmp_path, text.replace(was, becomes, 1))
    for ask in (read_flow, validate_all, lambda p: validate_all(p.parent.parent)):
        with pytest.raises(ReferenceProblems) as caught:
            ask(path)
        (problem,) = caught.value.problems
        assert (problem.file, problem.line, problem.field) == ("my_hall.yaml", line, field)
        assert words in problem.in_language("en") and problem.in_language("zh") != problem.in_language("en")


def test_of_an_unknown_cue_all_allowed_ones_are_listed(tmp_path):
    path = own(tmp_path, WHOLE.replace("[[exchange]]", "[[spoke]]"))
    for language in ("zh", "en"):
        with pytest.raises(ReferenceProblems) as caught:
            read_flow(path)
        assert ", ".join(CUES) in caught.value.in_language(language) and " or " not in caught.value.in_language("zh")


def test_every_mistake_of_every_file_is_told_at_once(home):
    own(home, BASED.replace("1.5", "-1").replace("optional: true", "optional: 7"))
    own(home, WHOLE.replace("phase: going", "phase: never"), "other.yaml")
    (home / "profiles").mkdir()
    (home / "profiles" / "mine.yaml").write_text("id: mine\n", encoding="utf-8")
    with pytest.raises(ReferenceProblems) as caught:
        validate_all()
    assert {p.file for p in caught.value.problems} == {"my_hall.yaml", "other.yaml", "mine.yaml"}
    assert sum(p.file == "my_hall.yaml" for p in caught.value.problems) == 2


def test_nothing_left_steps_of_one_name_and_other_nonsense(tmp_path):
    everything = ", ".join(s.id for s in load_flow().sub_steps)
    twice = WHOLE + WHOLE[WHOLE.index("  - id: close") :].replace("close", "again").replace(
        "return_p", "more_p"
    ).replace("see_off", "see_them_off")
    for text, words in (
        (BASED.replace("prepare_check, handle_leave, close_ask", everything), "no sub-step is left"),
        (twice, "another step has the name"), ("", "the file is empty"), ("# nothing\n", "the file is empty"),
        ("- 1\n", "a group of fields"),
        ("steps: [", "not valid YAML"), (BASED.replace("[prepare_check,", "[[prepare_check],"), "a text is expected"),
        (BASED.replace("based_on: window_service", "based_on: [window_service]"), "a text is expected"),
    ):  # fmt: skip
        with pytest.raises(ReferenceProblems, match=words):
            read_flow(own(tmp_path, text))


FAR_TOO_MUCH = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (BASED.encode("gbk"), 3, "encoding UTF-8"), (BASED.encode("utf-16"), 1, "encoding UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", 1, "encoding UTF-8"), (b"id: a\nnote: \0\n", 2, "encoding UTF-8"),
        (BASED.encode() + b"# more\n" * 300_000, 1, "larger than"), (FAR_TOO_MUCH.encode(), 1, "larger than"),
        (b"id: a\nsteps: &a [*a]\n", 1, "not valid YAML"), (b"a: " + b"[" * 3000, 1, "not valid YAML"),
        (BASED.replace("\noverride", "\n override").encode(), 7, "indentation"),
        (BASED.replace("\nwithout", "\n\twithout").encode(), 6, "no tabs"),
        (BASED.encode() + b"  greet_look: {optional: true}\n", 12, "there twice"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_flow_at_all_is_one_sentence(tmp_path, raw, line, words):
    path = own(tmp_path)
    path.write_bytes(raw)
    for ask in (read_flow, validate_all):
        with pytest.raises(ReferenceProblems) as caught:
            ask(path)
        (problem,) = caught.value.problems
        assert problem.line == line and words in problem.in_language("en") and "请" in problem.in_language("zh")


def test_line_ends_and_the_mark_of_windows_do_not_matter(home):
    own(home).write_bytes(b"\xef\xbb\xbf" + BASED[BASED.index("id:") :].replace("\n", "\r\n").encode())
    assert load_flow("my_hall").sub_step("greet_look").limits[0].within_s == 1.5
    FLOWS.copy("my_hall", "second")
    assert load_flow("second").id == "second", "its id stands in the line of the mark"


@pytest.mark.parametrize("name", ["../sources", "../flows/window_service", "my_hall/", "", ".", "a b"])
def test_a_name_is_no_path(home, name):
    own(home)
    with pytest.raises(ReferenceFileError, match="no service flow"):
        load_flow(name)


def test_sub_steps_of_one_name_are_refused_also_beside_those_of_the_base(tmp_path):
    path = own(tmp_path, BASED.replace('zh: "抬头迎候"', 'zh: "示座"').replace('en: "welcome with a look"', 'en: "x"'))
    with pytest.raises(ReferenceProblems) as caught:
        read_flow(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (9, "override.greet_look.names.zh") and "示座" in problem.in_language("zh")


def test_a_limit_of_one_s_own_is_not_called_the_project_s(tmp_path):
    look, seat = (read_flow(own(tmp_path)).sub_step(name) for name in ("greet_look", "greet_seat"))
    assert not look.own_choice and seat.own_choice


def test_the_examples_in_the_documentation_are_right_and_a_shipped_flow_can_be_copied(home, tmp_path):
    assert validate_all(own(tmp_path, BASED)) == () and validate_all(own(tmp_path, WHOLE)) == ()
    copied = FLOWS.copy("window_service", "on")
    assert copied == home / "flows" / "on.yaml" and copied.read_text(encoding="utf-8").startswith("# The service flow")
    again, shipped = load_flow("on"), load_flow()
    assert again.id == "on" and again.steps == shipped.steps
    assert PROFILES.copy("bank_counter", "my_bank").parent.name == "profiles"
    assert validate_all() == ()
    for identifier, words in (("on", "--force"), ("window_service", "comes with"), ("../up", "cannot be an id")):
        with pytest.raises(ReferenceFileError) as caught:
            FLOWS.copy("window_service", identifier)
        assert words in caught.value.in_language("en")
    assert FLOWS.copy("window_service", "on", overwrite=True) == copied


def test_verdicts_and_principles_do_not_look_for_the_shipped_ids(tmp_path):
    text = (reference_dir() / "flows" / "window_service.yaml").read_text(encoding="utf-8")
    other = read_flow(own(tmp_path, re.sub(r"(?m)^(\s*- )?(\s*)id: (\w+)$", r"\1\2id: own_\3", text)))
    results = judge_contact(other, seen(FAULTLESS), VISIT)
    shipped = judge_contact(load_flow(), seen(FAULTLESS), VISIT)
    assert [r.verdict for r in results] == [r.verdict for r in shipped] and results[0].sub_step == "own_greet_look"
    speech = heard([(7.0, 8.0), (20.0, 21.0), (33.0, 34.0)])
    assert principles(other, results, VISIT, speech) == principles(load_flow(), shipped, VISIT, speech)
    small = read_flow(own(tmp_path, WHOLE))
    found = judge_contact(small, seen(FAULTLESS), VISIT)
    assert [r.verdict for r in found] == [StepVerdict.SEEN, StepVerdict.SEEN]
    assert [p.done for p in principles(small, found, VISIT, speech)] == [None, None, 3]
    late = [("stand_up", 33.0) if c == ("stand_up", 31.0) else c for c in FAULTLESS if c != ("bow", 33.0)]
    assert judge_contact(small, seen([*late, ("bow", 34.0)]), VISIT)[1].late_by_s == pytest.approx(1.0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_reports_show_the_flow_of_the_result_without_its_file(tmp_path, language):
    path = own(tmp_path)
    kept = result_to_json(checked(path).result)
    path.unlink()
    result = result_from_json(kept)
    report = Report(replace(checked("window_service"), result=result), language, tmp_path / "gone.mp4")
    page, text = render_html(report), printed(report)
    mine, note, shipped = {
        "zh": ("抬头迎候", "本厅四步九小步。本厅培训组", "目迎"),
        "en": ("welcome with a look", "our hall's nine sub-steps. Confirmed by", "twelve"),
    }[language]
    for words in (page.replace("&#39;", "'"), text):
        assert mine in words and note in words and shipped not in words
    (contact,) = result.contacts
    assert mine in " ".join(b.labels[0] for b in told.lanes(report, contact)[1])
    data = to_json(report)
    assert data["contacts"][0]["flow"] == data["flow"]["id"] == "my_hall"
    assert data["contacts"][0]["sub_steps"][0]["name"] == mine
    first = data["flow"]["steps"][0]["sub_steps"][0]
    assert first["names"] == {"zh": "抬头迎候", "en": "welcome with a look"}
    assert first["limits"] == [{"cue": "look", "after": "arrival", "within_s": 1.5}]
    json.dumps(data)


def test_two_flows_in_one_installation_do_not_disturb_each_other(tmp_path):
    mine, small, shipped = checked(own(tmp_path)), checked(own(tmp_path, WHOLE, "b.yaml")), checked("window_service")
    assert [c.result.flow.id for c in (mine, small, shipped)] == ["my_hall", "farewell_only", "window_service"]
    assert [len(c.result.contacts[0].sub_steps) for c in (mine, small, shipped)] == [9, 2, 12]
    for one, words in ((mine, "抬头迎候"), (small, "起身道别"), (shipped, "目迎")):
        assert words in printed(Report(one, "zh"))
    assert mine.result.people == shipped.result.people, "the flow changes no posture"
    spec = flow_lanes.lane_chart(Report(small, "en"), small.result.contacts[0])
    assert spec["encoding"]["y"]["sort"][3:] == ["closing"]


def test_results_from_before_own_flows_open_with_the_shipped_one(home):
    new = checked("window_service")
    old = json.loads(result_to_json(new.result))
    del old["flow"]
    own(home, name="window_service.yaml")  # which is told when it is used, and hinders no result
    assert result_from_json(json.dumps(old)) == new.result
    assert options_from_json('{"pose": "auto"}').flow == "window_service"
    old["contacts"][0]["sub_steps"][0]["sub_step"] = "renamed_since"
    report = Report(replace(new, result=result_from_json(json.dumps(old))), "en")
    assert to_json(report)["contacts"][0]["sub_steps"][0]["name"] == "renamed_since" and printed(report)
    old["contacts"] = []
    assert result_from_json(json.dumps(old)).flow is None


def test_a_wrong_flow_is_told_before_the_recording_is_looked_at(tmp_path):
    with pytest.raises(ReferenceFileError, match="no service flow"):
        check(tmp_path / "none.mp4", CheckOptions(flow="nobody"))
    photo = replace(observation(), kind="photo", tracks=(observation().tracks[0].part(slice(100, 101)),))
    assert judge_observation(photo, load_library(), CheckOptions(flow="nobody")).result.flow is None


def test_a_long_name_has_room_and_a_sub_step_says_what_would_call_for_it(tmp_path):
    long = WHOLE.replace('zh: "结束", en: "closing"', 'zh: "结束", en: "closing the matter with kindness and care"')
    long = long.replace("        both_hands: true", "        both_hands: true\n        only_after: phone")
    one = checked(own(tmp_path, long))
    report, (contact,) = Report(one, "en"), one.result.contacts
    assert ">closing the matter with kin…<" in flow_lanes.lane_svg(report, contact)
    sub, found = one.result.flow.sub_steps[0], contact.sub_steps[0]
    not_due = replace(found, verdict=StepVerdict.NOT_DUE, why="no_occasion")
    assert "like using a phone" in told.remark(report, sub, not_due)
    assert "seat" in told.remark(report, replace(sub, only_after="left"), not_due)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_flow_is_printed_in_words(tmp_path, language):
    out = StringIO()
    print_flow(read_flow(own(tmp_path, WHOLE)), load_library(), language, Console(file=out, width=200))
    for words in {
        "zh": ("起身道别", "从何看出：起立 或 站着，并且", "本厅自定的流程"),
        "en": ("rise and say goodbye", "told from: rise or stand, and also nod", "2 s after", "the hall's own flow"),
    }[language]:
        assert words in out.getvalue(), words


def test_a_survey_keeps_its_flow(tmp_path, monkeypatch):
    path = own(tmp_path)
    monkeypatch.chdir(path.parent)
    made = make_survey(tmp_path / "s", settings=Settings(flow="my_hall.yaml"))
    assert made.settings.flow == str(path) and read_survey(made.folder).options.flow == str(path)
    with pytest.raises(ReferenceFileError, match="no service flow"):
        make_survey(tmp_path / "t", settings=Settings(flow="nobody"))
    assert not (tmp_path / "t").exists()


def test_a_worker_with_another_flow_of_that_name_is_refused(home, tmp_path, store):
    """As on a cluster where one machine has another file: sub-steps would not be comparable."""
    own(home)
    added(store, orders(tmp_path, "a"))
    result = checked("my_hall").result
    limits = result.flow.steps[0].sub_steps[0].limits
    assert limits[0].within_s == 1.5
    (tmp_path / "0.result").write_text(result_to_json(result))
    (tmp_path / "norms").write_text(norms_sha256(load_library(), result.flow))
    own(home, BASED.replace("1.5", "2.5"))
    with pytest.raises(StoreError, match="service flows"):
        run_waiting(store, CheckOptions(flow="my_hall"), None, Plan(analyse=analyse))
    own(home)
    assert run_waiting(store, CheckOptions(flow="my_hall"), None, Plan(analyse=analyse)).done == 1


def test_recordings_judged_by_two_versions_of_a_flow_are_told_apart(home, tmp_path, store):
    """As profiles: what was judged stays, and the report says that there are two kinds."""
    options = CheckOptions(flow="my_hall")
    for name, text in (("a", BASED), ("b", BASED.replace("1.5", "2.5"))):
        own(home, text)
        save_analysis(store, add_recording(store, new(name)).recording.id, checked("my_hall"), options)
    save_analysis(store, add_recording(store, new("c")).recording.id, checked("window_service"), CheckOptions())
    kinds = kinds_of_analyses(store, EVERYTHING)
    limits = {k.norms_sha256: k.flow.sub_steps[0].limits[0].within_s for k in kinds}
    assert sorted(limits.values()) == [1.5, 2.0, 2.5] and [k.recordings for k in kinds] == [1, 1, 1]
    library = load_library()
    assert limits[norms_sha256(library)] == 2.0, "stores from before there were own flows have this hash"
    assert [(c.norms_changed, c.flow_changed) for c in cards(store, EVERYTHING)] == [
        (False, True), (False, False), (False, False),
    ]  # fmt: skip
    (home / "flows" / "my_hall.yaml").unlink()
    shown = list(cards(store, EVERYTHING))
    assert [(c.norms_changed, c.flow_changed) for c in shown] == [(False, True), (False, True), (False, False)]
    assert shown[0].machine.flow.sub_steps[0].limits[0].within_s == 1.5
    with pytest.raises(ReferenceFileError, match="no service flow"):
        run_waiting(store, options, None, Plan(analyse=analyse))


def test_a_recording_of_a_survey_opens_with_its_lines_where_its_flow_is_gone(home, tmp_path, store):
    path = own(home)
    one = checked("my_hall")
    write_landmarks(tmp_path / "lm.parquet", one.observation)
    recording = add_recording(store, new()).recording.id
    save_analysis(store, recording, one, CheckOptions(flow="my_hall"), tmp_path / "lm.parquet")
    path.unlink()
    opened = open_of_survey(store, recording)
    assert opened.result == one.result and opened.courses.keys() == one.courses.keys() and opened.courses


def test_a_result_carries_all_that_a_verdict_depends_on():
    carried = {f.name for f in fields(FlowSubStep)}
    assert carried == set(SubStep.model_fields) - {"sources", "own_choice"}
    sub = load_flow().sub_step("handle_focus")
    assert next(s for s in load_flow().carried().sub_steps if s.id == sub.id).spoilt_by == sub.spoilt_by == ("phone",)


def test_a_copy_that_kept_its_title_is_told_from_the_shipped_flow():
    titles = {"mine": "in four steps", "window_service": "in four steps", "other": "seeing off"}
    assert told_apart(titles) == {
        "mine": "mine · in four steps", "window_service": "window_service · in four steps", "other": "seeing off",
    }  # fmt: skip
