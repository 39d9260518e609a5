"""What the system and libraries say in English reaches the user in their language, or labelled as technical."""

import ast
import errno
import json
import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import posture
from posture.cli_usage import usage_text
from posture.errors import OutputError, PostureError, UnusableInputError
from posture.observe import observe
from posture.reasons import _BY_NUMBER, technical, why
from posture.reference_files import parse
from posture.roles import parse_region
from posture.survey.records import Failure, values_from_json, values_to_json
from posture.video import FrameReader
from posture.video_decode import _damage
from tests.media import make_clip
from tests.test_texts import SAME_IN_CHINESE

PACKAGE = Path(posture.__file__).parent


def english_in(sentence, *known):
    for one in known:
        sentence = sentence.replace(str(one), "")
    return re.findall(r"[A-Za-z]{2,}", SAME_IN_CHINESE.sub("", sentence))


def caught(action, *arguments):
    with pytest.raises(Exception) as told:
        action(*arguments)
    return told.value


@pytest.mark.parametrize("number", sorted(_BY_NUMBER))
def test_what_the_system_says_is_told_in_words(number):
    error = OSError(number, os.strerror(number))
    told = OutputError("files.errors.not_writable", path="/x", detail=why(error))
    assert english_in(told.in_language("zh")) == [] and os.strerror(number) not in told.in_language("zh")
    assert str(why(error)) in str(told) and "technical" not in str(told)


def test_mistakes_in_files_are_told_with_their_line():
    for action, text, line in (
        (yaml.safe_load, "a: 1\nb: [", 2), (json.loads, '{"a": 1,\n x}', 2), (tomllib.loads, "a = 1\nb = \n", 2)
    ):  # fmt: skip
        told = why(caught(action, text)).in_language("zh")
        assert f"第 {line} 行" in told and english_in(told) == []
    assert "UTF-8" in why(caught(b"\xff".decode, "utf-8")).in_language("zh")
    assert why(TimeoutError()).in_language("zh") == why(OSError(errno.ETIMEDOUT, "x")).in_language("zh")


@pytest.mark.parametrize(
    ("error", "detail"), [(RuntimeError("odd"), "odd"), (OSError(9999, "odd"), "odd"), (KeyError(), "KeyError")]
)
def test_what_has_no_words_is_labelled(error, detail):
    assert why(error).in_language("zh") == f"技术信息：{detail}"
    assert why(error).in_language("en") == f"technical detail: {detail}"


def test_a_reason_survives_the_store_in_both_languages():
    error = UnusableInputError(
        "video.errors.unreadable", path=Path("/x"), detail=why(PermissionError(errno.EACCES, "no"))
    )
    kept = Failure.of(error)
    again = Failure(kept.key, values_from_json(values_to_json(kept.values)))
    for language in ("zh", "en"):
        assert again.in_language(language) == error.in_language(language)
    assert "技术信息：RuntimeError: odd" in Failure.of(RuntimeError("odd")).in_language("zh")


def damaged_clip(folder):
    path = folder / "坏.mp4"
    path.write_bytes(make_clip(folder / "whole.mp4").read_bytes()[:400])
    return path


def test_files_that_cannot_be_read_are_told_in_chinese(tmp_path):
    bad = damaged_clip(tmp_path)
    photo = tmp_path / "坏.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    region = tmp_path / "区域.yaml"
    region.write_text("a: 1\nclerk_region: [[0, 0], [1\n")
    gone = tmp_path / "没有.yaml"
    for action, path, word in (
        (observe, bad, "损坏"), (observe, photo, "图"), (parse_region, region, "行"), (parse_region, gone, "不存在"),
        (parse_region, tmp_path / "x.yaml" / "y.yaml", "不存在"), (parse, gone, "不存在"),
    ):  # fmt: skip
        error = caught(action, str(path) if action is parse_region else path)
        assert isinstance(error, PostureError)
        told = error.in_language("zh")
        labelled = re.sub(r"技术信息：[^）。]*", "", told)
        assert english_in(labelled, tmp_path) == [], told
        assert word in told or path == photo, told


def test_damage_within_a_recording_is_told_in_chinese(tmp_path):
    from posture.report.labels import Report
    from tests.test_report import checked_sticks

    report = Report(checked_sticks(), "zh")
    clip = make_clip(tmp_path / "a.mkv", n=120, options={"g": "8"})
    data = bytearray(clip.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    clip.write_bytes(data)
    with FrameReader(clip, fps=None) as reader:
        list(reader)
        assert reader.damage and all(english_in(report.damage(d.detail)) == [] for d in reader.damage)
    assert report.damage(_damage(ValueError("x"))) == "有数据无法解码"
    assert report.damage("odd") == "有数据无法解码（技术信息：odd）"


KEPT = ("error", "exc_info")
"""Where an exception is handed on as one."""


def test_no_exception_gets_into_a_sentence_but_through_the_reasons():
    """As `detail=error`, `("detail", error)`, f"{error}", or its `strerror`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name in ("reasons.py", "video_decode.py"):
            continue
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for handler in (n for n in nodes if isinstance(n, ast.ExceptHandler) and n.name):
            for node in ast.walk(handler):
                inside = [k.value for k in node.keywords if k.arg not in KEPT] if isinstance(node, ast.Call) else []
                inside += node.elts if isinstance(node, ast.Tuple) else []
                assert not any(isinstance(i, ast.Name) and i.id == handler.name for i in inside if _in_words(node)), (
                    f"{path.name}:{node.lineno}"
                )
                assert not (isinstance(node, ast.Attribute) and node.attr == "strerror"), f"{path.name}:{node.lineno}"


def _in_words(node):
    """A call with keywords that raises or tells, or a pair of a name and its value."""
    return isinstance(node, ast.Call) or (len(node.elts) == 2 and isinstance(node.elts[0], ast.Constant))


USAGE = [
    (["check", "x.mp4", "--fps", "abc"], "--fps 的值必须是数字"),
    (["check", "x.mp4", "--fps", "0"], "不得小于 0.5"),
    (["check", "x.mp4", "--people", "99"], "不得大于 20"),
    (["check"], "缺少 PATH"),
    (["chekc"], "没有命令“chekc”"),
    (["check", "x.mp4", "--bogus"], "没有选项 --bogus"),
    (["check", "x.mp4", "--variant", "no"], "只能是 'any', 'female', 'male' 之一"),
    (["app", "--cert", "none"], "--cert 所指的文件不存在"),
    (["survey", "purge", "--before", "soon"], "2026-03-31"),
    (["survey", "evidence", "--out"], "缺少值"),
    (["models", "list", "more"], "多出了参数 more"),
]


@pytest.mark.parametrize(("given", "sentence"), USAGE)
def test_a_wrong_command_line_is_told_in_chinese(given, sentence):
    from posture.cli import app

    error = caught(lambda: app(given, standalone_mode=False))
    told = usage_text(error, "zh")
    assert sentence in told and "技术信息" not in told
    assert usage_text(error, "en") == error.format_message()
    assert str(technical("x")) == "technical detail: x"
