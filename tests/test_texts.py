"""Everything a user reads exists in both languages, with the same placeholders, and in that language."""

import re
import string
from pathlib import Path

import pytest

import posture
from posture.findings import Reason, Severity, Verdict, View
from posture.library import load_library
from posture.measures import MEASURES
from posture.text import catalogue, default_language, say

PACKAGE = Path(posture.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Words that are the same in Chinese texts: names, formats, commands and other things one types.
SAME_IN_CHINESE = re.compile(
    r"SOFTEN|BORIS|ELAN|UTF-8|flows|"
    r"clerk_region|Dask|dask \w+|\[cluster\]|tcp|HTTPS|localhost|stun:host:3478|urls|username|credential|"
    r"`\w+`|"  # names of fields in files
    r"posture[\w -]*|POSTURE_\w+|apt-get install|pip install|--[\w-]+|opencv[\w-]*|[Mm]edia[Pp]ipe|sources|UTF-8|TOML|"
    r"Python|OpenCV|YAML|yaml|SHA-256|HTML|JSON|mp4|vtt|mov|mkv|webm|avi|gif|jpg|png|webp|bmp|tiff|H\.264|Debian|Ubuntu|"
    r"sqlite|postgresql|SQLAlchemy|SQLite|XLSX|CSV|VTT|Parquet|pandas|DuckDB|MP4|Shift|tiff|tif|jpeg|"
    r"pip|av|auto|true|false|low|high|target|allowed|zh|en|none|others|all|MB|GL|\.\w+|\*|"
    r"points_serious|points|serious|cap|poses|excellent|pass|practice|repeat|profiles"
)


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    zh, en = catalogue("zh"), catalogue("en")
    assert set(zh) == set(en)
    for key in zh:
        assert placeholders(zh[key]) == placeholders(en[key]), key


def test_no_chinese_in_english_and_no_stray_english_in_chinese():
    for key, text in catalogue("en").items():
        assert not CHINESE.search(text), key
    for key, text in catalogue("zh").items():
        words = re.sub(r"\{\w+\}", "", text)
        words = SAME_IN_CHINESE.sub("", words)
        assert not re.search(r"[A-Za-z]{2,}", words), f"{key}: {text}"


def test_reference_texts_are_in_their_language():
    library = load_library()
    words = [w for c in library.all_criteria().values() for w in (c.title, c.cue, c.reason)]
    words += [w for p in library.poses.values() for w in (p.names, p.description)]
    words += [s.title for s in library.sources.values()]
    for w in words:
        assert CHINESE.search(w.zh), w.zh
        assert not CHINESE.search(w.en), w.en


def test_every_key_named_in_the_code_exists():
    known = catalogue("en")
    rooms = {key.split(".")[0] for key in known}
    pattern = re.compile(r'"((?:' + "|".join(sorted(rooms)) + r')\.[a-z_]+(?:\.[a-z_0-9]+)*)"')
    for path in PACKAGE.rglob("*.py"):
        for key in pattern.findall(path.read_text(encoding="utf-8")):
            if key.endswith((".j2", ".css", ".toml", ".sqlite")):
                continue
            spelled = (key, f"cli.{key}", f"report.{key}")
            assert any(k == s or k.startswith(s + ".") for s in spelled for k in known), f"{path.name}: {key}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_value_that_is_put_into_words_has_its_word(language):
    for view in View:
        say(f"report.view.{view}", language)
    for verdict in Verdict:
        say(f"report.verdict.{verdict}", language)
    for severity in Severity:
        say(f"report.severity.{severity}", language)
    for reason in Reason:
        say(f"report.reason.{reason}", language)
        say(f"report.remedy.{reason}", language, views="")
    for name, measure in MEASURES.items():
        say(f"measures.name.{name}", language)
        say(f"measures.unit.{measure.unit}", language, value="1")
        say(f"report.unit_in_brackets.{measure.unit}", language)
    for key in load_library().profile.scoring.grades:
        say(f"report.grade.{key}", language)


@pytest.mark.parametrize(
    ("variables", "language"),
    [({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "en_US.UTF-8"}, "en"), ({"LANG": "C.UTF-8"}, "en"),
     ({"LANG": "en_US.UTF-8", "POSTURE_LANG": "zh"}, "zh"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en")],
)  # fmt: skip
def test_the_language_of_the_environment(monkeypatch, variables, language):
    for name in ("LANG", "LC_ALL", "LC_MESSAGES", "POSTURE_LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert default_language() == language


def test_an_unknown_key_or_language_is_a_programming_error():
    with pytest.raises(KeyError):
        say("no.such.key", "en")
    with pytest.raises(ValueError, match="expected one of"):
        catalogue("fr")
