"""Profiles changed norm by norm: what is written, what is refused and told, how verdicts change."""

from dataclasses import replace

import pytest
import yaml

from posture.check import CheckOptions, judge_observation
from posture.errors import ReferenceFileError
from posture.findings import Severity, Verdict
from posture.library import load_library, profile_names
from posture.profile_edit import (
    base_library,
    checked,
    delete_profile,
    imported,
    library_of,
    named,
    profile_text,
    rows,
    start_draft,
    with_change,
    write_profile,
)
from posture.profile_preview import compare_results
from posture.reference_files import ReferenceProblems
from tests.stick_figure import Stick, stick_track
from tests.test_reference_record import observed

NAME = "shoulders_level"


@pytest.fixture
def draft(tmp_path):
    return start_draft("government_window", tmp_path)


def changed(draft, tmp_path, name=NAME, **fields):
    base = base_library(draft, tmp_path)
    row = rows(draft, base, [name])[0]
    return with_change(draft, base, name, replace(row.change, **fields))


def test_only_what_differs_is_written_and_going_back_leaves_nothing(draft, tmp_path):
    wider = changed(draft, tmp_path, low=-7.0, points=0.5, severity=Severity.MINOR)
    assert wider["override"] == {NAME: {"allowed": {"low": -7.0, "high": 5.0}, "points": 0.5, "severity": "minor"}}
    criterion = library_of(wider, tmp_path).all_criteria()[NAME]
    assert (criterion.allowed.low, criterion.points, criterion.severity) == (-7.0, 0.5, Severity.MINOR)
    back = changed(wider, tmp_path, low=-5.0, points=None, severity=Severity.MODERATE)
    assert back == draft


def test_points_of_the_base_can_be_taken_away(tmp_path):
    bank = start_draft("bank_counter", tmp_path)
    free = changed(bank, tmp_path, "head_level", points=None, cap=None)
    assert library_of(free, tmp_path).all_criteria()["head_level"].points is None
    assert yaml.safe_load(profile_text(free))["override"]["head_level"] == {"points": None, "cap": None}


def test_a_norm_switched_off_and_on_again(draft, tmp_path):
    off = changed(draft, tmp_path, on=False)
    assert off["without"] == [NAME] and not rows(off, base_library(off, tmp_path), [NAME])[0].change.on
    assert NAME in library_of(off, tmp_path).profile.without
    assert changed(off, tmp_path, on=True) == draft


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"low": None, "high": None}, "no_limit"),
        ({"low": 6.0}, "low_not_below_high"),
        ({"low": 1.0}, "target_outside"),
        ({"high": 60.0}, "serious_inside"),
        ({"serious_low": None, "serious_high": None, "points_serious": 3.0}, "points_without_serious"),
        ({"points": 4.0, "points_serious": 1.0}, "serious_cheaper"),
        ({"cap": 0.25}, "cap_below_points"),
    ],
)
def test_contradictions_are_told_with_the_row_and_keep_the_draft_from_use(draft, tmp_path, fields, key):
    wrong = changed(draft, tmp_path, **fields)
    row = rows(wrong, base_library(wrong, tmp_path), [NAME])[0]
    assert [p.key for p in row.mistakes] == [key] and row.active is None
    for field, value in fields.items():
        assert getattr(row.change, field) == value, "what was typed stays"
    with pytest.raises(ReferenceProblems):
        checked(wrong, tmp_path)
    with pytest.raises(ReferenceProblems):
        write_profile(wrong, extra=tmp_path)
    assert not (tmp_path / "profiles").exists()


def test_a_limit_below_the_error_is_refused_and_no_mistake(draft, tmp_path):
    narrow = changed(draft, tmp_path, low=-2.0, high=2.0)
    row = rows(narrow, base_library(narrow, tmp_path), [NAME])[0]
    assert not row.mistakes and [(r.limit, r.error) for r in row.active.refused] == [(2.0, 4.0)]
    assert [p.key for p in checked(narrow, tmp_path)[1]] == ["refused"]


def test_written_profiles_are_offered_read_again_edited_and_deleted(draft, tmp_path):
    mine = named(changed(draft, tmp_path, high=6.0), "our_hall", "本厅", "")
    path = write_profile(mine, extra=tmp_path)
    text = path.read_text(encoding="utf-8")
    assert f"  {NAME}: {{allowed: {{low: -5, high: 6}}}}\n" in text and 'names: {zh: "本厅", en: "本厅"}' in text
    assert "our_hall" in profile_names(tmp_path)
    assert load_library("our_hall", tmp_path).all_criteria()[NAME].allowed.high == 6.0
    again = start_draft("our_hall", tmp_path)
    assert again == yaml.safe_load(text) and rows(again, base_library(again, tmp_path), [NAME])[0].changed
    with pytest.raises(ReferenceFileError, match="already"):
        write_profile(again, extra=tmp_path)
    write_profile(changed(again, tmp_path, high=5.0), overwrite=True, extra=tmp_path)
    assert "override" not in start_draft("our_hall", tmp_path)
    delete_profile("our_hall", tmp_path)
    delete_profile("our_hall", tmp_path)
    assert "our_hall" not in profile_names(tmp_path)


def test_fields_that_are_not_edited_stay(tmp_path):
    given = (
        'id: mine\nnames: {zh: "一", en: "one"}\ndescription: {zh: "一", en: "x"}\nbased_on: bank_counter\n'
        "override:\n  shoulders_level: {variant: female, cap: 4}\nscoring:\n  weights: {posture: 20}\n"
    )
    draft = imported(given.encode(), "mine.yaml", tmp_path)
    other = changed(draft, tmp_path, cap=None, high=6.0)
    assert other["override"][NAME] == {"variant": "female", "allowed": {"low": -5.0, "high": 6.0}}
    assert other["scoring"] == {"weights": {"posture": 20}}
    assert checked(other, tmp_path)[0].scoring.weights["posture"] == 20


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a: [", b"id: x", b"id: x\nbased_on: nothing"])
def test_files_that_are_no_profile_are_refused(tmp_path, data):
    with pytest.raises(ReferenceProblems):
        imported(data, "x.yaml", tmp_path)


@pytest.mark.parametrize(("identifier", "zh"), [("Our Hall", "a"), ("government_window", "a"), ("ok", " ")])
def test_names_that_cannot_be(draft, identifier, zh):
    with pytest.raises(ReferenceFileError):
        named(draft, identifier, zh, "")


def test_verdicts_by_two_profiles_side_by_side(draft, tmp_path):
    crossed_knees = Stick(arm_out=(12.0, 12.0), elbow=(105.0, 105.0), forearm_in=(80.0, 80.0), feet_apart=2.2)
    observation = observed(stick_track(crossed_knees, n=60))
    name = "stand_feet_not_wide"

    def judged(one):
        return judge_observation(observation, library_of(one, tmp_path), CheckOptions())

    before = judged(draft)
    same = compare_results(before, judged(dict(draft)))
    assert same and not any(c.changed for c in same)
    start = next(c for c in same if c.criterion == name)
    assert start.verdicts == (Verdict.DEVIATION, Verdict.DEVIATION) and start.points[0] > 0
    off = compare_results(before, judged(changed(draft, tmp_path, name, on=False)))
    assert off[0].changed and off[0].criterion == name and off[0].verdicts == (Verdict.DEVIATION, None)
    cheaper = compare_results(before, judged(changed(draft, tmp_path, name, advisory=True)))
    found = next(c for c in cheaper if c.criterion == name)
    assert found.changed and found.verdicts[0] == found.verdicts[1] and found.points == (start.points[0], 0.0)
