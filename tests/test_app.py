"""The page's logic without a browser (Streamlit's AppTest), and the server's settings."""

import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from posture.dashboard import script

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
