"""What other people wrote, names of files above all, stands on the dashboard's pages as it is and not as Markdown."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from posture.app.wording import plain
from posture.survey.recordings import add_recording, fail, move_recording
from posture.survey.records import Failure
from posture.survey.store import open_store
from tests import test_audit_page as audit
from tests import test_review_page as review
from tests.survey_data import analysed, deviation, new, person
from tests.test_review_page import data  # noqa: F401  (the folder of kept analyses is the test's own)

NAME = "a*b*_c_$x$ [d](http∕e) :smile: <b>#1.mp4"
_MARKDOWN = ("header", "subheader", "caption", "markdown", "info", "success", "warning", "error")
_LABELLED = ("button", "radio", "checkbox", "metric", "toggle", "expander")
_SAID_AS_IT_IS = ("plain", "tell", "say", "t")


def markdown_of(app):
    """Every text of the page that Streamlit reads as Markdown."""
    said = [e.value for kind in _MARKDOWN for e in app.get(kind)]
    said += [e.label for kind in _LABELLED for e in app.get(kind)]
    said += [option for e in app.get("radio") for option in e.options]
    return said + [str(e.value.to_dict()) for e in app.get("table")]


def shown_as_written(app):
    assert not app.exception
    wrong = [text for text in markdown_of(app) if NAME in text]
    assert not wrong, wrong
    return any(plain(NAME) in text for text in markdown_of(app))


@pytest.mark.parametrize(
    ("written", "shown"),
    [("a*b*_c_$x$.mp4", r"a\*b\*\_c\_\$x\$.mp4"), ("[x](y).mp4", r"\[x\](y).mp4"), ("1. x", r"1\. x"),
     ("12) x", r"12\) x"), ("- x", r"\- x"), ("+ x", r"\+ x"), ("2026-03-01 1.5", "2026-03-01 1.5"),
     ("http://y", "http\\:\u2060//y"), ("www.y.cn", "www\u2060.y.cn"), ("a@b.cn", "a\u2060@b.cn"),
     (":material/home:", "\\:\u2060material/home\\:"), ("a -> b", "a -\u2060\\> b"), ("<b>&amp;", r"\<b\>\&amp;")],
)  # fmt: skip
def test_marks_lists_links_and_symbols_are_taken_for_letters(written, shown):
    assert plain(written) == shown


def test_no_page_shows_an_error_or_a_file_without_taking_it_for_letters():
    """Where a sentence may hold what somebody wrote, `fault` or `plain` is on the way."""
    wrong = []
    for path in sorted((Path(__file__).parents[1] / "posture" / "app").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if ast.unparse(node.func) in ("st.error", "st.warning", "st.info") and not _is_said(node.args[0]):
                wrong.append(f"{path.name}:{node.lineno} {ast.unparse(node)}")
    assert not wrong, "\n".join(wrong)


def _is_said(given):
    """A text of the catalogue, or `plain` of anything."""
    if isinstance(given, ast.IfExp):
        return _is_said(given.body) and _is_said(given.orelse)
    called = given.func if isinstance(given, ast.Call) else None
    return isinstance(called, ast.Name | ast.Attribute) and ast.unparse(called).split(".")[-1] in _SAID_AS_IT_IS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_reviewed_recording(tmp_path, language):
    found = review.checked(2, "video")
    noted = replace(found, result=replace(found.result, source=NAME))
    app = review.page(review.finished(tmp_path, found=noted), language)
    assert shown_as_written(app)
    for section in ("scores", "people", "lost", "export", "storage"):
        review.by_key(app, "button_group", "review_section").set_value(section).run()
        assert shown_as_written(app), section
    review.by_key(app, "button", "review_back").click().run()
    assert shown_as_written(app), "offered to be opened again"


def test_a_file_that_is_not_there():
    app = review.page()
    review.by_key(app, "radio", "choose_source").set_value("path").run()
    app.text_input[0].set_value(f"/no/such/{NAME}").run()
    review.button(app, "Check").click().run()
    app = review.until_shown(app)
    assert "There is no file" in app.error[0].value and shown_as_written(app)


def test_a_survey(tmp_path, monkeypatch):
    folder = tmp_path / NAME
    folder.mkdir()
    monkeypatch.setenv("POSTURE_STORE", str(folder / "survey.sqlite"))
    (tmp_path / f"1 {NAME}").write_bytes(b"no video")
    with open_store(str(folder / "survey.sqlite")) as store:
        good, _ = analysed(store, person(1, deviation()), unit=NAME)
        move_recording(store, good, f"/gone/{NAME}")
        fail(store, add_recording(store, new(NAME)).recording.id, Failure.of(ValueError(NAME)))
        app = audit.page()
        assert shown_as_written(app), "the store's place, the list"
        app.text_input(key="audit_folder_path").set_value(str(tmp_path))
        app.text_input(key="audit_pattern").set_value("*.mp4")
        review.button(app, "Look what is there").click().run()
        assert app.table and shown_as_written(app), "what would be added"
        audit.section(app, "compare")
        assert shown_as_written(app)
        audit.section(app, "blind")
        app.text_input(key="audit_blind_who").set_value("Wang").run()
        app.button(key="audit_take").click().run()
        assert any(plain(f"/gone/{NAME}") in w.value for w in app.warning) and shown_as_written(app)
