"""The command as a person uses it: a process of its own, its words, its exit codes, what it leaves behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.media import make_clip, make_sound

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.usefixtures("bundles")


def run(*arguments, cwd=None, **env):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("POSTURE_LANG", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "posture", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", cwd=cwd, env={**kept, "LANG": "C.UTF-8", **env}, timeout=300,
    )  # fmt: skip


def no_traceback(result):
    assert "Traceback" not in result.stderr + result.stdout
    assert "W0000" not in result.stderr and "INFO:" not in result.stderr, "no chatter of native libraries"


def test_the_readme_s_first_command(samples, tmp_path):
    out = tmp_path / "报告.html"
    result = run("check", samples / "standing_faults.mp4", "--report", out, "--json", tmp_path / "r.json")
    no_traceback(result)
    assert result.returncode == 0 and result.stderr == ""
    assert "no crossed arms" in result.stdout and str(out) in result.stdout.replace("\n", "")
    assert "<html" in out.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["people"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.json", "报告.html"]


def test_deviations_are_exit_code_1_only_when_asked_for(samples):
    assert run("check", samples / "standing_faults.mp4", "--fail-on-deviation").returncode == 1
    assert run("check", samples / "standing_correct.mp4", "--fail-on-deviation").returncode == 0


def test_json_on_the_standard_output_is_nothing_but_json(samples):
    result = run("check", samples / "standing_correct.mp4", "--json", "-", "--lang", "zh")
    assert json.loads(result.stdout)["people"][0]["score"]["value"] == 100.0


def test_the_language_is_that_of_the_option_or_the_environment(samples):
    clip = samples / "standing_correct.mp4"
    assert "仪态检查报告" in run("check", clip, "--lang", "zh").stdout
    assert "仪态检查报告" in run("check", clip, LANG="zh_CN.UTF-8").stdout
    assert "Posture report" in run("check", clip, "--lang=en", LANG="zh_CN.UTF-8").stdout
    assert "检查录像或照片" in run("check", "--help", "--lang", "zh").stdout


def test_one_bad_file_does_not_stop_the_others(samples, tmp_path):
    bad = make_sound(tmp_path / "ton.m4a")
    result = run("check", bad, samples / "standing_correct.mp4", "--report", tmp_path / "r.html")
    no_traceback(result)
    assert result.returncode == 2
    assert "sound only" in result.stderr and "100 of 100" in result.stdout
    assert [p.name for p in tmp_path.glob("*.html")] == ["r-standing_correct.html"]


WRONG = [
    (["check", "no such.mp4"], "There is no file"),
    (["check", "."], "is a folder"),
    (["check"], "Missing"),
    (["check", "x.mp4", "--pose", "headstand"], "no reference pose"),
    (["check", "x.mp4", "--profile", "casino"], "no profile"),
    (["check", "x.mp4", "--fps", "0"], "--fps"),
    (["check", "x.mp4", "--fps", "many"], "--fps"),
    (["check", "x.mp4", "--report", "no/such/folder/r.html"], "does not exist"),
    (["check", "x.mp4", "--report", "."], "is a folder"),
    (["check", "x.mp4", "--lang", "fr"], "--lang"),
    (["check", "x.mp4", "--models", "no-models"], "has no file"),
    (["chekc", "x.mp4"], "chekc"),
    (["reference", "show", "headstand"], "no reference pose"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=lambda v: " ".join(v) if isinstance(v, list) else None)
def test_wrong_input_is_a_sentence_and_exit_code_2(tmp_path, arguments, words):
    result = run(*arguments, cwd=tmp_path)
    no_traceback(result)
    assert result.returncode == 2
    assert words in result.stderr, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_input_is_a_sentence_in_chinese_too(tmp_path):
    result = run("check", "没有.mp4", "--lang", "zh", cwd=tmp_path)
    assert result.returncode == 2 and "错误：找不到文件" in result.stderr


def test_a_video_of_a_photo_is_refused_and_the_rest_is_told(samples, tmp_path, footage):
    result = run("check", footage / "single_face.jpg", "--video", tmp_path / "v.mp4")
    no_traceback(result)
    assert result.returncode == 2 and "is a photo" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_nothing_half_written(tmp_path, bundles):
    clip = make_clip(tmp_path / "long.mp4", n=1500, fps=25, size=(640, 480))
    cache = tmp_path / "cache"
    env = {
        **os.environ,
        "POSTURE_CACHE_DIR": str(cache),
        "POSTURE_MODELS": str(bundles["pose"].parent),
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "posture", "check", str(clip), "--report", str(tmp_path / "r.html")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
        # A test run that was itself started in the background hands down an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(cache.glob("landmarks/.*.part")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err and "Stopped" in err
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["long.mp4"]
    assert list((cache / "landmarks").iterdir()) == []


@pytest.mark.parametrize(
    "moment",
    [
        "press()",
        "exec('press()')",
        "class Dying:\n        def __del__(self): press()\n    Dying(); INTERRUPT.check()",
        "weakref.ref(type('Lock', (), {})(), lambda _: press()); INTERRUPT.check()",
    ],
    ids=["at any time", "in code compiled from a string", "in a destructor", "in a callback of the garbage collector"],
)
def test_ctrl_c_is_the_same_exit_code_whenever_it_is_pressed(tmp_path, moment):
    source = f"""
import os, signal, weakref
import posture.cli
from posture.native import INTERRUPT

def press():
    os.kill(os.getpid(), signal.SIGINT)

def job(**_):
    {moment}

posture.cli.app = job
posture.cli.main()
"""
    (tmp_path / "pressed.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pressed"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert done.returncode == 130 and "Traceback" not in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_references_can_be_listed_shown_and_validated(tmp_path):
    listed = run("reference", "list")
    assert "stand_front_fold" in listed.stdout and listed.returncode == 0
    gesture = run("reference", "show", "hand_raise", "--lang", "en").stdout
    assert "far_guide" in listed.stdout and "between shoulder and ear" in gesture and "each time it is done" in gesture
    shown = run("reference", "show", "stand_hands_sides", "--lang", "zh").stdout
    assert "双肩平正" in shown and "依据" in shown and "测量误差：正面" in shown
    assert run("reference", "validate").returncode == 0
    (tmp_path / "mine.yaml").write_text("id: mine\nkind: flying\n", encoding="utf-8")
    wrong = run("reference", "validate", tmp_path)
    assert wrong.returncode == 2 and "mine.yaml" in wrong.stderr and "line 2" in wrong.stderr
    no_traceback(wrong)


def test_a_profile_of_one_s_own_is_validated_shown_and_listed(tmp_path):
    folder = tmp_path / "own" / "profiles"
    folder.mkdir(parents=True)
    text = 'id: mine\nnames: {zh: "本厅", en: "our hall"}\ndescription: {zh: "本厅", en: "x"}\n'
    text += "based_on: government_window\noverride:\n  head_level: {points: 0.4, cap: 1.2, serious: null}\n"
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    environment = {"POSTURE_REFERENCE_DIR": str(folder.parent)}
    assert "our hall" in run("reference", "list", "--lang", "en", **environment).stdout
    shown = run("reference", "show", "stand_front_fold", "--profile", "mine", "--lang", "en", **environment).stdout
    assert "−0.4 each time, at most −1.2 in a recording" in shown
    assert "heels together" not in shown
    women = run("reference", "show", "stand_front_fold", "--variant", "female", "--lang", "en").stdout
    assert "heels together (women's form)" in women
    narrow = text.replace("cap: 1.2", "cap: 1.2, allowed: {low: -2, high: 2}")
    (folder / "mine.yaml").write_text(narrow, encoding="utf-8")
    refused = run("reference", "validate", folder / "mine.yaml", "--lang", "en")
    assert refused.returncode == 0 and "mine.yaml, line 6" in refused.stdout and "refused" in refused.stdout
    (folder / "mine.yaml").write_text(text.replace("cap: 1.2", "cap: 0.1"), encoding="utf-8")
    wrong = run("reference", "validate", "--lang", "en", **environment)
    assert wrong.returncode == 2 and "mine.yaml, line 6, field override.head_level.cap" in wrong.stderr
    other = run("check", "x.mp4", "--pose", "stand_front_fold_male", "--variant", "female", "--lang", "en")
    assert other.returncode == 2 and "--variant male" in other.stderr
    no_traceback(other)


def test_a_flow_of_one_s_own_is_started_listed_used_and_validated(tmp_path):
    environment = {"POSTURE_REFERENCE_DIR": str(tmp_path / "own")}
    copied = run("reference", "copy", "window_service", "--id", "our_hall", "--lang", "en", **environment)
    path = tmp_path / "own" / "flows" / "our_hall.yaml"
    assert copied.returncode == 0 and path.is_file() and "--flow our_hall" in copied.stdout
    text = path.read_text(encoding="utf-8").replace('en: "look up"', 'en: "welcome with a look"')
    path.write_text(text, encoding="utf-8")
    listed = run("reference", "list", "--lang", "en", **environment).stdout
    assert re.search(r"our_hall .* your own folder", listed) and re.search(r"window_service .* the program", listed)
    text = path.read_text(encoding="utf-8")
    done = run("check", make_clip(tmp_path / "a.mp4", n=4), "--flow", path, "--json", "-", **environment)
    assert done.returncode == 0 and json.loads(done.stdout)["flow"]["id"] == "our_hall"
    path.write_text(text.replace("needs: [[look]]", "needs: [[words]]"), encoding="utf-8")
    line = text[: text.index("needs: [[look]]")].count("\n") + 1
    for command in (["reference", "validate"], ["check", "none.mp4", "--flow", "our_hall"]):
        wrong = run(*command, "--lang", "en", **environment)
        assert wrong.returncode == 2 and f"our_hall.yaml, line {line}" in wrong.stderr
        no_traceback(wrong)


def test_models_and_doctor_speak(tmp_path):
    assert run("models", "list").stdout.count(" ok ") == 3
    exported = run("models", "export", tmp_path / "m")
    assert exported.returncode == 0 and "POSTURE_MODELS" in exported.stdout
    assert run("check", "x", "--models", tmp_path / "m").stderr.count("There is no file") == 1
    doctor = run("doctor", "--lang", "zh")
    assert doctor.returncode == 0 and "本机是否就绪" in doctor.stdout


def test_a_drill_is_recorded_compared_and_followed(samples, tmp_path):
    own = {"POSTURE_REFERENCE_DIR": str(tmp_path)}
    bows = samples / "bows_side.mp4"
    several = run("drill", "record", bows, "--name", "bow", "--fps", "10", **own)
    no_traceback(several)
    assert several.returncode == 2 and "--move" in several.stderr and "3. bow" in several.stderr
    assert run("drill", "record", bows, "--name", "bow 30", "--move", "2", "--fps", "10", **own).returncode == 0
    assert "bow_30" in run("drill", "list", **own).stdout
    out = tmp_path / "drill.json"
    compared = run("drill", "compare", bows, "--reference", "bow_30", "--fps", "10", "--json", out,
                   "--fail-on-deviation", **own)  # fmt: skip
    no_traceback(compared)
    assert compared.returncode == 1 and "too small" in compared.stdout and "too large" in compared.stdout
    (person,) = json.loads(out.read_text(encoding="utf-8"))["people"]
    ways = [{f["way"] for f in m["findings"] if f["aspect"] == "peak"} for m in person["movements"]]
    assert ways == [{"too_small"}, {""}, {"too_large"}], "bows of 15, 30 and 45 degrees"


def test_a_group_s_lag_behind_its_leader(samples):
    """The right one of two people changes posture 0.8 s late, then in time (drill_of_two.truth.json)."""
    clip = samples / "drill_of_two.mp4"
    result = run("drill", "group", clip, "--leader", "1", "--fps", "10", "--json", "-")
    no_traceback(result)
    first, second, _ = json.loads(result.stdout)["movements"]
    for move, true_s, verdict in ((first, 0.8, "deviation"), (second, 0.0, "ok")):
        (follower,) = move["followers"]
        assert abs(follower["lag_s"]["arrive"] - true_s) < 0.12 and follower["verdict"] == verdict
    told = run("drill", "group", clip, "--leader", "1", "--fps", "10", "--lang", "zh", "--fail-on-deviation")
    assert told.returncode == 1 and "慢 0.8" in told.stdout
    assert run("drill", "group", clip, "--leader", "9", "--fps", "10").returncode == 2


def test_a_drill_says_what_is_missing(samples, tmp_path):
    own = {"POSTURE_REFERENCE_DIR": str(tmp_path)}
    unknown = run("drill", "compare", samples / "bows_side.mp4", "--reference", "x", **own)
    no_traceback(unknown)
    assert unknown.returncode == 2 and "drill record" in unknown.stderr
    assert "drill record" in run("drill", "list", **own).stdout
