"""The pages' logic without a browser (Streamlit's AppTest), and the server's settings."""

import time
import tomllib
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from posture.app import practice as page_module
from posture.app.connection import ICE_VARIABLE, ice_servers
from posture.app.stage import Stage
from posture.app.wording import plain
from posture.dashboard import command, script
from posture.errors import UnusableInputError
from posture.files import DATA_VARIABLE
from posture.library import load_library
from posture.live.lessons import lesson_of_pose
from posture.live.practice import Phase, Seen
from posture.live.session import LiveSession
from posture.live.steps import Made

ROOT = Path(__file__).parents[1]
State = namedtuple("State", "playing signalling")
Context = namedtuple("Context", "state")


class FakeStreamer:
    """Stands for streamlit-webrtc, which needs a real server: remembers what it was asked and plays when told."""

    def __init__(self):
        self.playing, self.asked = False, {}

    def __call__(self, **asked):
        self.asked = asked
        return Context(State(self.playing, False))


class FakeLooker:
    def everyone(self, image):
        return []

    def near(self, image, last_pose_px):
        return []

    def close(self):
        pass


@pytest.fixture
def streamer(monkeypatch, tmp_path):
    fake = FakeStreamer()
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    monkeypatch.setattr(page_module, "webrtc_streamer", fake)
    monkeypatch.setattr(page_module, "camera_state", lambda: fake.asked.get("camera"))
    monkeypatch.setattr(page_module, "model_paths", lambda progress=None: {})
    monkeypatch.setattr(page_module, "Finder", lambda *_args, **_more: FakeLooker())
    return fake


def practice_page():
    return AppTest.from_file(str(script()), default_timeout=120)


def button(app, label):
    return next(b for b in app.button if b.label == label)


def in_english(app):
    app.sidebar.radio[0].set_value("en").run()
    return app


def texts(app):
    return [e.value for kind in ("info", "warning", "caption", "markdown", "subheader") for e in app.get(kind)]


def choose(app, label, start):
    box = next(b for b in app.selectbox if b.label == label)
    box.select(next(o for o in box.options if o.startswith(start))).run()


def test_the_practice_page_opens_in_both_languages_without_an_english_word_in_the_video_part(streamer):
    app = in_english(practice_page().run())
    assert not app.exception and not app.error
    assert app.header[0].value == "Practice" and "Press Start" in app.info[0].value
    app.sidebar.radio[0].set_value("zh").run()
    assert app.header[0].value == "练习"
    words = streamer.asked["translations"]
    assert set(words) == set(page_module._WEBRTC_WORDS) and words["start"] == "开始"
    assert all(not any(c.isascii() and c.isalpha() for c in w) or "HTTPS" in w for w in words.values())


def test_video_needs_no_server_outside_and_ice_can_be_configured(streamer, monkeypatch):
    app = practice_page().run()
    assert streamer.asked["rtc_configuration"] == {"iceServers": []}
    assert streamer.asked["media_stream_constraints"]["audio"] is False
    monkeypatch.setenv(ICE_VARIABLE, "stun:ice.office:3478, turn:ice.office:3478")
    app.run()
    assert [s["urls"] for s in streamer.asked["rtc_configuration"]["iceServers"]] == [
        "stun:ice.office:3478", "turn:ice.office:3478",
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["[{", "http://example", '[{"username": "x"}]', '["stun:a"]'])
def test_wrong_ice_servers_are_one_sentence(streamer, monkeypatch, given):
    monkeypatch.setenv(ICE_VARIABLE, given)
    with pytest.raises(UnusableInputError, match="POSTURE_ICE_SERVERS"):
        ice_servers()
    app = practice_page().run()
    assert not app.exception and plain("POSTURE_ICE_SERVERS") in app.error[0].value


def test_a_json_list_of_ice_servers_keeps_name_and_password(monkeypatch):
    monkeypatch.setenv(ICE_VARIABLE, '[{"urls": ["turn:t:1"], "username": "u", "credential": "c"}]')
    assert ice_servers() == [{"urls": ["turn:t:1"], "username": "u", "credential": "c"}]


def test_lessons_and_poses_can_be_chosen_and_a_sample_instead_of_the_camera(streamer):
    app = in_english(practice_page().run())
    choose(app, "What do you want to practise?", "Pose: sitting upright")
    assert app.session_state["stage"].running_session().lesson.steps[0].pose == "sit_upright"
    choose(app, "What do you want to practise?", "Lesson: standing, men's")
    assert app.session_state["stage"].running_session().library.variant == "male"
    app.main.radio[0].set_value("sample").run()
    assert not app.exception and "the clip plays once" in app.info[0].value
    assert streamer.asked["mode"].name == "RECVONLY" and callable(streamer.asked["player_factory"])
    app.session_state["stage"].ended()


@pytest.mark.parametrize("state", ["denied", "none", "insecure"])
def test_what_to_do_without_a_camera_is_said(streamer, monkeypatch, state):
    monkeypatch.setattr(page_module, "camera_state", lambda: state)
    app = in_english(practice_page().run())
    expected = {"denied": "allow the camera", "none": "Plug one in", "insecure": "HTTPS"}
    assert expected[state] in app.warning[0].value


def test_a_running_session_is_told_and_its_summary_stays(streamer):
    streamer.playing = True
    app = in_english(practice_page().run())
    stage = app.session_state["stage"]
    session = stage.running_session()
    stage.frame(av.VideoFrame.from_ndarray(np.full((480, 640, 3), 90, np.uint8), format="rgb24"))
    app.run()
    assert not app.exception
    assert any("Step into the picture" in str(e.proto.body) for e in app.get("html"))
    button(app, "Skip calibration").click().run()
    assert session.snapshot().practice.phase == Phase.HOLD
    button(app, "Start over").click().run()
    assert stage.session is not session and session.ended
    for _ in range(2):
        stage.frame(av.VideoFrame.from_ndarray(np.full((480, 640, 3), 90, np.uint8), format="rgb24"))
    stage.ended()
    streamer.playing = False
    app.run()
    assert not app.exception and app.subheader[0].value == "This session"
    assert stage.session.ended


def test_a_movement_is_asked_for_and_what_became_of_it_is_told(streamer):
    app = in_english(practice_page().run())
    choose(app, "What do you want to practise?", "Movement: bow")
    streamer.playing = True
    app.run()
    stage = app.session_state["stage"]
    session = stage.running_session()
    stage.frame(av.VideoFrame.from_ndarray(np.full((480, 640, 3), 90, np.uint8), format="rgb24"))
    button(app, "Skip calibration").click().run()

    def headline():
        app.run()
        assert not app.exception
        return str(next(e for e in app.get("html") if "data-testid" in str(e.proto.body)).proto.body)

    assert "Make the movement: bow (1 of 3)" in headline() and "hips" in headline()
    for made, expected in (
        (Made("nod", 0, 1, 2), "looked more like: nod"),
        (Made("bow", 3, 4, 5, judged=False), "cannot be judged"),
        (Made("bow", 6, 7, 8), "1 of 3 right"),
    ):
        session._practice.update(Seen(time.monotonic(), True, made=(replace(made, peak_s=1e9, end_s=1e9),)))
        session._practice._seen_until_s = 0.0
        assert expected in headline()
    assert not any("No more pictures" in text for text in texts(app))
    session._now_s -= 60
    app.run()
    assert any("No more pictures" in text for text in texts(app))
    session._now_s += 90
    stage.ended()
    streamer.playing = False
    app.run()
    row = app.dataframe[0].value.iloc[0]
    assert list(row)[:3] == ["bow", "1 × right", "3 × right"]


def test_progress_opens_with_name_and_code_only(streamer):
    app = in_english(practice_page().run())
    name, code = app.text_input
    name.set_value("Li").run()
    assert "at least 4 characters" in app.warning[0].value
    assert app.session_state["stage"].store is None
    code.set_value("1234").run()
    assert any("Nothing kept yet" in text for text in texts(app))
    assert app.session_state["stage"].store is not None
    name.set_value("").run()
    assert app.session_state["stage"].store is None


def test_two_browser_sessions_share_nothing(streamer):
    one, other = practice_page().run(), practice_page().run()
    first, second = one.session_state["stage"], other.session_state["stage"]
    assert first is not second and first.name != second.name
    a, b = first.running_session(), second.running_session()
    first.ended()
    assert a.ended and not b.ended
    second.ended()


def test_the_stage_begins_anew_after_the_end_and_keeps_the_calibration_when_the_lesson_changes():
    library = load_library()
    calibrations = []

    def make(pose):
        def new(keep, calibration):
            calibrations.append(calibration)
            return LiveSession(FakeLooker, library, lesson_of_pose(pose, library), keep=keep, calibration=calibration)

        return new

    stage = Stage()
    assert stage.running_session() is None
    stage.prepare("a", make("sit_upright"))
    first = stage.running_session()
    assert stage.running_session() is first
    stage.ended()
    second = stage.running_session()
    assert second is not first, "pressed Start again"
    second.calibration = known = object()
    stage.prepare("b", make("stand_hands_sides"))
    assert second.ended and stage.session.lesson.id == "stand_hands_sides"
    assert calibrations == [None, None, known]
    stage.ended()


def test_the_server_listens_on_this_machine_only_and_sends_no_statistics():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "localhost"
    assert settings["browser"]["gatherUsageStats"] is False


def test_another_address_and_a_certificate_can_be_asked_for():
    plain = command(8501)
    assert plain[plain.index("--server.address") + 1] == "localhost" and "--server.sslCertFile" not in plain
    wide = command(443, "0.0.0.0", Path("a.pem"), Path("b.pem"))
    assert wide[wide.index("--server.address") + 1] == "0.0.0.0"
    assert wide[wide.index("--server.sslCertFile") + 1] == "a.pem"
    assert wide[wide.index("--server.sslKeyFile") + 1] == "b.pem"
    with pytest.raises(UnusableInputError, match="both"):
        command(443, "0.0.0.0", Path("a.pem"), None)
