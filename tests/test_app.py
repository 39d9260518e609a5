"""The page's logic without a browser (Streamlit's AppTest), and the server's settings."""

import tomllib
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from posture.dashboard import script
from posture.findings import Verdict

ROOT = Path(__file__).parents[1]


def page():
    return AppTest.from_file(str(script()), default_timeout=120)


def button(app, label):
    return next(b for b in app.button if b.label == label)


def test_the_page_opens_and_says_what_to_do():
    app = page().run()
    assert not app.exception
    assert app.title[0].value in ("Window-service posture check", "窗口服务仪态检查")
    assert app.info


def in_english(app):
    app.sidebar.radio[0].set_value("en").run()
    return app


@pytest.mark.usefixtures("bundles")
def test_a_sample_is_checked_and_shown_in_both_languages():
    app = in_english(page().run())
    app.radio[0].set_value("sample").run()
    chosen = next(o for o in app.selectbox[0].options if o.startswith("standing with common faults"))
    app.selectbox[0].select(chosen).run()
    button(app, "Check").click().run()
    assert not app.exception and not app.error
    checked, pages = app.session_state["result"]
    assert checked.result.source == "standing_faults.mp4"
    assert "no crossed arms" in pages["en"] and "不抱胸" in pages["zh"]
    app.sidebar.radio[0].set_value("zh").run()
    assert not app.exception, "switching the language keeps the finished check"
    assert app.session_state["result"][0] is checked


@pytest.mark.usefixtures("bundles")
def test_the_chosen_form_decides_which_poses_are_offered_and_what_is_judged():
    def knees(checked):
        return {r.criterion: r for r in checked.result.people[0].results}.get("stand_heels_together_female")

    app = in_english(page().run())
    app.radio[0].set_value("sample").run()
    chosen = next(o for o in app.selectbox[0].options if o == "standing correctly, man")
    app.selectbox[0].select(chosen).run()
    for form, poses in (("male", True), ("female", False), ("any", True)):
        next(r for r in app.radio if r.label == "Form of etiquette").set_value(form).run()
        pose = next(s for s in app.selectbox if s.label == "Reference pose")
        assert any("men's form" in o for o in pose.options) is poses
        button(app, "Check").click().run()
        assert not app.exception and not app.error
        checked, pages = app.session_state["result"]
        assert checked.library.variant == form
        found = knees(checked)
        assert (found.verdict if found else None) == (Verdict.DEVIATION if form == "female" else None)
        assert ("women's form" in unescape(pages["en"])) is (form == "female")


def test_own_profiles_are_offered_and_a_mistake_in_one_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    (tmp_path / "profiles").mkdir()
    mine = 'id: mine\nnames: {zh: "本厅", en: "our hall"}\ndescription: {zh: "本厅", en: "x"}\nbased_on: bank_counter\n'
    (tmp_path / "profiles" / "mine.yaml").write_text(mine, encoding="utf-8")
    (tmp_path / "profiles" / "wrong.yaml").write_text(mine + "without: [nothing]\n", encoding="utf-8")
    app = in_english(page().run())
    workplace = next(s for s in app.selectbox if s.label == "Workplace")
    assert "our hall" in workplace.options and "wrong" in workplace.options
    workplace.select("our hall").run()
    assert not app.exception and not app.error
    next(s for s in app.selectbox if s.label == "Workplace").select("wrong").run()
    assert not app.exception and "wrong.yaml, line 5" in app.error[0].value


def test_a_wrong_path_is_one_sentence_and_no_traceback():
    app = in_english(page().run())
    app.radio[0].set_value("path").run()
    app.text_input[0].set_value("/no/such/recording.mp4").run()
    button(app, "Check").click().run()
    assert not app.exception
    assert "There is no file" in app.error[0].value
    app.sidebar.radio[0].set_value("zh").run()
    assert "找不到文件" in app.error[0].value


def test_the_server_listens_on_this_machine_only_and_sends_no_statistics():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "localhost"
    assert settings["browser"]["gatherUsageStats"] is False
