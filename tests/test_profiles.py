"""Profiles: what each workplace asks for and what it costs; own ones, and mistakes in them."""

import re
from pathlib import Path

import pytest

from posture.errors import ReferenceFileError
from posture.findings import Severity
from posture.library import load_library, profile_names
from posture.profiles import validate
from posture.reference_files import ReferenceProblems, reference_dir
from posture.scoring import price

LIBRARY = load_library()
OWN = """id: my_hall
names: {zh: "本厅", en: "our hall"}
description: {zh: "本厅", en: "our hall"}
based_on: government_window
override:
  head_level: {points: 0.5, cap: 2}
"""


def profile_with(tmp_path, **changes):
    text = (reference_dir() / "profiles" / "government_window.yaml").read_text(encoding="utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_profile_of_one_s_own_switches_off_and_overrides(tmp_path):
    path = profile_with(
        tmp_path,
        a=(
            "\noverride:\n",
            "\nwithout: [taboo_hands_behind]\noverride:\n  head_level: {allowed: {low: -8, high: 8}}\n",
        ),
    )
    own = load_library(path)
    ids = {a.criterion.id: a.criterion for a in own.criteria_of("stand_front_fold")}
    assert "taboo_hands_behind" not in ids
    assert ids["head_level"].allowed.high == 8
    assert LIBRARY.all_criteria()["head_level"].allowed.high == 5, "the shipped norm stays as it is"


def test_a_mistake_in_a_profile_is_told(tmp_path):
    path = profile_with(tmp_path, a=("poses: [stand_front_fold,", "poses: [stand_frnt_fold,"))
    with pytest.raises(ReferenceProblems, match="stand_front_fold"):
        load_library(path)


@pytest.mark.parametrize("profile", profile_names())
def test_every_profile_loads_and_names_its_workplace(profile):
    own = load_library(profile)
    assert own.profile.id == profile and own.profile.names.zh and own.profile.names.en
    assert set(own.profile.scoring.judged_categories) <= set(own.profile.scoring.weights)


def own(tmp_path, text=OWN, name="my_hall.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_profile_based_on_another_says_only_what_differs(tmp_path):
    mine = load_library(str(own(tmp_path, OWN + "scoring: {weights: {posture: 40}}\n")))
    assert mine.profile.poses == LIBRARY.profile.poses
    weights = LIBRARY.profile.scoring.weights | {"posture": 40}
    assert mine.profile.scoring.weights == weights
    head, smile = (mine.all_criteria()[c] for c in ("head_level", "greeting_smile"))
    assert (head.points, head.cap) == (0.5, 2)
    assert smile.cap == LIBRARY.all_criteria()["greeting_smile"].cap, "the base's own changes stay"


MISTAKES = [
    # the line of head_level, words of the message, the field that is named
    ("head_level: {points: -1}", "at least 0 is expected, found -1", "override.head_level.points"),
    ("head_level: {cap: 0}", "more than 0 is expected", "override.head_level.cap"),
    ("head_level: {points: 2, cap: 1}", "cap of 1 is less than the 2 points", "override.head_level.cap"),
    ("head_level: {cap: 1}", "cap of 1 is less than the 2 points", "override.head_level.cap"),
    ("head_level: {points: 3}, no_shrug: {points_serious: 2}", "needs a limit in serious", "override.no_shrug"),
    (
        "head_level: {points: 3, points_serious: 2}",
        "serious occurrence would cost 2",
        "override.head_level.points_serious",
    ),
    ("head_levl: {points: 1}", "similar: head_level", "override.head_levl"),
    ("head_level: {price: 1}", "no such field", "override.head_level.price"),
    ("head_level: {points: many}", "a number is expected", "override.head_level.points"),
    ("head_level: {variant: men}", "men is not possible", "override.head_level.variant"),
    ("head_level: {severity: bad}", "bad is not possible", "override.head_level.severity"),
    ("head_level: {target: 20}", "target must lie between", "override.head_level"),
    ("head_level: {allowed: {low: -20, high: 20}}", "serious must not be narrower", "override.head_level"),
    ("no_shrug: {target: null, allowed: {low: 0.9}}", "target must be given", "override.no_shrug"),
    ("head_level: {min_duration_s: null}", "a number is expected", "override.head_level.min_duration_s"),
]


@pytest.mark.parametrize(("line", "words", "field"), MISTAKES)
def test_a_mistake_is_told_with_file_line_and_field(tmp_path, line, words, field):
    path = own(tmp_path, OWN.replace("head_level: {points: 0.5, cap: 2}", line.replace("}, ", "}\n  ")))
    for ask in (validate, lambda p: load_library(str(p))):
        with pytest.raises(ReferenceProblems) as caught:
            ask(path)
        english, chinese = caught.value.in_language("en"), caught.value.in_language("zh")
        assert re.search(rf"my_hall.yaml, line [67], field {re.escape(field)}", english), english
        assert words in english
        assert "my_hall.yaml 第" in chinese


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("scoring: {grades: {pass: 95}}", "must fall from excellent"),
        ("without: [taboo_yown]", "similar: taboo_yawn"),
        ("sources: [NOPE]", "no source NOPE"),
        ("scoring: {deduction: {minor: -0.5}}", "at least 0"),
    ],
)
def test_other_mistakes_in_a_profile_of_one_s_own_are_told(tmp_path, more, words):
    with pytest.raises(ReferenceProblems, match=words) as caught:
        validate(own(tmp_path, OWN + more + "\n"))
    assert "line 7" in caught.value.in_language("en")


def test_what_scoring_needs_is_missed(tmp_path):
    path = profile_with(
        tmp_path,
        a=("deduction: {minor: 0.5, ", "deduction: {"),
        b=(", taboo: 10}", "}"),
        c=(", repeat: 0", ""),
    )
    with pytest.raises(ReferenceProblems) as caught:
        load_library(path)
    told = caught.value.in_language("en")
    for field in ("scoring.deduction.minor", "scoring.weights.taboo", "scoring.grades.repeat"):
        assert f"field {field}: this field is missing" in told


def test_an_unknown_base_is_told(tmp_path):
    with pytest.raises(ReferenceProblems, match="similar: government_window"):
        validate(own(tmp_path, OWN.replace("based_on: government_window", "based_on: goverment_window")))


def test_a_limit_under_the_error_is_refused_with_the_reason_and_is_no_mistake(tmp_path):
    path = own(tmp_path, OWN.replace("points: 0.5, cap: 2", "allowed: {low: -2, high: 2}"))
    (refused,) = validate(path)
    told = refused.in_language("en")
    assert "my_hall.yaml, line 6, field override.head_level.allowed: refused in the view front" in told
    assert "error of 3" in told and "distance of 2" in told
    assert "测量误差 3" in refused.in_language("zh")
    (head,) = [a for a in load_library(str(path)).criteria_of("stand_hands_sides") if a.criterion.id == "head_level"]
    assert not head.errors and head.refused, "it is not judged"


def test_the_shipped_files_refuse_nothing():
    assert validate() == ()


def test_profiles_in_the_user_s_folder_go_by_their_name(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    (tmp_path / "profiles").mkdir()
    own(tmp_path / "profiles")
    assert "my_hall" in profile_names() and load_library("my_hall").profile.id == "my_hall"
    assert validate() == ()
    own(tmp_path / "profiles", OWN.replace("cap: 2", "cap: -2"), "broken.yaml")
    with pytest.raises(ReferenceProblems, match=r"broken\.yaml"):
        validate()
    assert load_library("my_hall"), "one broken profile does not hinder the others"


def test_an_own_profile_must_not_have_a_shipped_one_s_name(tmp_path):
    (tmp_path / "profiles").mkdir()
    own(tmp_path / "profiles", name="bank_counter.yaml")
    for ask in (lambda: load_library(extra=tmp_path), lambda: validate(tmp_path)):
        with pytest.raises(ReferenceFileError) as caught:
            ask()
        assert "another name" in caught.value.in_language("en") and "重名" in caught.value.in_language("zh")


def test_nothing_to_validate_is_told(tmp_path):
    with pytest.raises(ReferenceFileError, match="There is nothing"):
        validate(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("profile", "variant", "forbidden"),
    [
        ("government_window", "male", True), ("government_window", "any", True), ("bank_counter", "male", True),
        ("hotel_reception", "male", False), ("hotel_reception", "any", False), ("hotel_reception", "female", True),
        ("hall_guide", "male", False), ("hall_guide", "female", True),
    ],
)  # fmt: skip
def test_hands_behind_the_back_where_sources_conflict_the_profile_decides(profile, variant, forbidden):
    library = load_library(profile, variant=variant)
    criteria = {a.criterion.id for a in library.criteria_of("stand_hands_sides")}
    assert ("taboo_hands_behind" in criteria) is forbidden
    recognised = "stand_hands_back_male" in {p.id for p in library.candidates()}
    assert recognised is (not forbidden)


def test_a_profile_without_sitting_still_has_its_taboos():
    seated = {a.criterion.id for a in load_library("hall_guide").common_criteria("sitting")}
    assert "taboo_arms_crossed" in seated and "sit_trunk_upright" not in seated


def test_points_of_real_forms():
    bank = load_library("bank_counter")
    criteria, rules = bank.all_criteria(), bank.profile.scoring
    assert price(criteria["greeting_smile"], Severity.SERIOUS, rules) == 3  # TOLL3
    assert price(criteria["sit_trunk_upright"], Severity.MODERATE, rules) == 1  # TOLL2
    assert (criteria["handover_two_hands"].cap, criteria["gesture_whole_hand"].cap) == (5, 1)  # SC1


def test_the_examples_in_the_documentation_are_right(tmp_path):
    page = Path(reference_dir().parent, "docs", "profiles.md").read_text(encoding="utf-8")
    whole, *parts = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert validate(own(tmp_path, whole)) == ()
    for part in parts:
        base = OWN[: OWN.index("override:")]
        assert validate(own(tmp_path, base + part)) == ()
