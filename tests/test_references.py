"""Reference poses and norms: the shipped files, and mistakes in files of one's own."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture.camera import facing, views
from posture.errors import ReferenceFileError
from posture.findings import View
from posture.landmarks import Pose
from posture.library import load_library, profile_names
from posture.library_files import ERROR_FILES, load_files
from posture.measures import MEASURES, Scene
from posture.profiles import validate
from posture.reference_files import ReferenceProblems, reference_dir
from posture.references import Correction
from posture.report.norms import norms_markdown
from tests.stick_figure import Stick, stick_track

LIBRARY = load_library()


def test_the_poses_that_the_customer_asked_for_are_there():
    assert {"stand_front_fold", "stand_hands_sides", "stand_front_fold_male", "stand_hands_back_male",
            "sit_upright", "sit_forearms_on_desk"} <= set(LIBRARY.poses)  # fmt: skip
    assert {p.kind for p in LIBRARY.poses.values()} == {"standing", "sitting"}


def test_joints_are_normalised_and_on_the_right_side():
    for pose in LIBRARY.poses.values():
        hip = [sum(v) / 2 for v in zip(pose.joints["left_hip"], pose.joints["right_hip"], strict=True)]
        top = [sum(v) / 2 for v in zip(pose.joints["left_shoulder"], pose.joints["right_shoulder"], strict=True)]
        assert hip == pytest.approx([0, 0, 0], abs=0.01)
        assert sum((a - b) ** 2 for a, b in zip(top, hip, strict=True)) ** 0.5 == pytest.approx(1, abs=0.01)
        assert pose.joints["left_shoulder"][0] > 0 > pose.joints["right_shoulder"][0]
        assert pose.joints["nose"][2] > pose.joints["left_ear"][2], "the nose points forward"
        assert set(pose.joints) <= {p.name.lower() for p in Pose}


def test_limits_of_important_norms_are_those_of_the_norms_file():
    criteria = LIBRARY.all_criteria()
    assert (criteria["shoulders_level"].allowed.high, criteria["shoulders_level"].serious.high) == (5, 8)
    assert criteria["head_level"].allowed.low == -5
    assert (criteria["head_not_down"].allowed.low, criteria["head_not_down"].allowed.high) == (-15, 8)
    assert criteria["neck_upright"].allowed.high == 15
    assert criteria["no_shrug"].allowed.low == 0.85
    assert criteria["head_and_chest_up"].allowed.low == 0.80
    assert criteria["head_and_chest_up"].min_duration_s == 3.0
    assert (criteria["sit_trunk_upright"].allowed.low, criteria["sit_trunk_upright"].allowed.high) == (-8, 15)
    assert criteria["stand_feet_not_wide"].allowed.high == 1.10
    assert criteria["taboo_chin_rest"].min_duration_s == 2.0


def test_every_criterion_s_views_are_valid_for_its_measure_and_have_an_error():
    for criterion in LIBRARY.all_criteria().values():
        for view in criterion.views:
            assert view in MEASURES[criterion.measure].views
            assert LIBRARY.errors[criterion.measure][view] > 0


def test_a_limit_smaller_than_the_error_is_refused_in_that_view_only():
    errors = LIBRARY.errors | {"head_pitch_change_deg": {View.FRONT: 5.0, View.OBLIQUE: 9.0}}
    library = replace(LIBRARY, errors=errors)
    (head,) = [a for a in library.criteria_of("stand_hands_sides") if a.criterion.id == "head_not_down"]
    assert set(head.errors) == {View.FRONT}
    (refusal,) = head.refused
    assert (refusal.view, refusal.limit, refusal.error) == (View.OBLIQUE, 8.0, 9.0)


@pytest.mark.parametrize("variant", ["any", "female", "male"])
def test_no_shipped_criterion_is_refused_in_all_its_views(variant):
    library = load_library(variant=variant)
    for pose in library.poses:
        for active in (*library.criteria_of(pose), *library.criteria_of_moves()):
            assert active.errors, f"{active.criterion.id}: {active.refused}"


def test_what_is_systematically_wrong_is_taken_out_before_judging():
    track = stick_track(Stick(trunk_forward=10), n=20, yaw_deg=90)
    turned = np.full(20, 90.0)
    scene = Scene(track, views(turned), facing(turned))
    plain = replace(LIBRARY, corrections={}).measured("trunk_lean_forward_deg", scene).value
    correction = {View.SIDE: Correction(offset=3.0)}
    library = replace(LIBRARY, corrections={"trunk_lean_forward_deg": correction})
    assert library.measured("trunk_lean_forward_deg", scene).value == pytest.approx(plain + 3.0)
    assert Correction(about=1.0, factor=1.5).of(np.array([1.0, 0.8])) == pytest.approx([1.0, 0.7])


def test_hands_behind_the_back_is_a_known_pose_that_this_profile_forbids():
    assert "stand_hands_back_male" not in LIBRARY.profile.poses
    assert "taboo_hands_behind" in {a.criterion.id for a in LIBRARY.criteria_of("stand_hands_back_male")}


def test_common_criteria_hold_for_every_pose_of_the_kind():
    standing = {a.criterion.id for a in LIBRARY.common_criteria("standing")}
    assert "stand_no_sway" in standing and "fold_hands_together" not in standing
    both = {a.criterion.id for a in LIBRARY.common_criteria(None)}
    assert "shoulders_level" in both and "stand_no_sway" not in both and "sit_trunk_upright" not in both


def test_an_unknown_pose_or_profile_names_those_that_exist():
    with pytest.raises(ReferenceFileError) as caught:
        LIBRARY.require_pose("stand_on_head")
    assert "stand_front_fold" in str(caught.value) and "没有" in caught.value.in_language("zh")
    with pytest.raises(ReferenceFileError, match="government_window"):
        load_library("no_such_profile")
    assert profile_names() == ["bank_counter", "government_window", "hall_guide", "hotel_reception"]


GOOD = (reference_dir() / "stand_hands_sides.yaml").read_text(encoding="utf-8")
MISTAKES = [
    # what is changed, into what, words of the message, line that is named
    ("kind: standing", "kind: flying", "flying", "kind"),
    ("kind: standing", "kimd: standing", "no such field", "kimd"),
    ("hold_s: 30", "hold_s: long", "a number is expected", "hold_s"),
    ("measure: elbow_min_deg", "measure: elbow_mim_deg", "similar: .*elbow_min_deg", "measure"),
    ("sources: [TB1, ST1, AIR1]", "sources: [TB1, NOPE]", "NOPE", "sources"),
    ("allowed: {low: 150, high: null}", "allowed: {low: null, high: null}", "at least one of low and high", "allowed"),
    ("allowed: {low: 150, high: null}", "allowed: {low: 190, high: 150}", "low must be less than high", "allowed"),
    ("    target: 176\n", "", "target must be given", "criteria.0"),
    ("views: [front]", "views: [sideways]", "sideways", "views"),
    ("views: [front]", "views: [oblique]", "not valid in the view oblique", "views"),
    ("views: [front]", "views: []", "must not be empty", "views"),
    (', en: "Let your arms hang straight"}', "}", "missing", "cue.en"),
    ("include: [upright, standing]", "include: [uprihgt]", "similar: upright", "include"),
    ("  nose: [", "  noze: [", "similar: nose", "joints"),
    ("id: sides_arms_hang", "id: Sides Arms", "lower-case letters", "id"),
    ("id: sides_arms_hang", "id: head_level", "already used in upright.yaml", "id"),
    ("names: {", "names: {{", "not valid YAML", "-"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words", "field"), MISTAKES)
def test_a_mistake_is_told_with_file_line_and_field(tmp_path, old, new, words, field):
    text = GOOD.replace("id: stand_hands_sides", "id: my_pose").replace("sides_hands_at_seam", "my_seam")
    text = text.replace("sides_arms_hang", "my_arms") if "sides_arms_hang" not in old else text
    changed = text.replace(old, new, 1)
    assert changed != text
    (tmp_path / "mine.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(ReferenceProblems) as caught:
        load_library(extra=tmp_path)
    english, chinese = caught.value.in_language("en"), caught.value.in_language("zh")
    assert re.search(words, english), english
    assert "mine.yaml" in english and "mine.yaml" in chinese and "第" in chinese
    assert field in english
    lines = [int(n) for n in re.findall(r"line (\d+)", english)]
    pairs = zip(text.split("\n"), changed.split("\n"), strict=False)
    first_difference = next(i for i, (a, b) in enumerate(pairs, 1) if a != b)
    assert min(abs(n - first_difference) for n in lines) <= (10 if "target" in old else 1)


def test_all_mistakes_are_told_at_once(tmp_path):
    text = GOOD.replace("kind: standing", "kind: flying").replace("hold_s: 30", "hold_s: long")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceProblems) as caught:
        load_library(extra=tmp_path)
    assert len(caught.value.problems) == 2


def test_own_poses_stand_beside_the_shipped_ones(tmp_path):
    text = GOOD.replace("id: stand_hands_sides", "id: my_pose")
    text = text.replace("sides_arms_hang", "my_arms").replace("sides_hands_at_seam", "my_seam")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    mine = load_library(extra=tmp_path)
    assert "my_pose" in mine.poses and "my_arms" in mine.all_criteria()


def test_a_limit_under_the_error_in_a_pose_of_one_s_own_is_told_as_refused(tmp_path):
    text = GOOD.replace("id: stand_hands_sides", "id: my_pose").replace("allowed: {low: 150", "allowed: {low: 172")
    text = text.replace("sides_arms_hang", "my_arms").replace("sides_hands_at_seam", "my_seam")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    (refused,) = validate(tmp_path)
    told = refused.in_language("en")
    assert "mine.yaml" in told and "field criteria.0.allowed: refused in the view front" in told and "of 4 " in told


def test_files_are_found_without_the_checkout_s_folder_as_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    load_files.cache_clear()
    assert load_library().poses


def test_the_page_of_norms_is_up_to_date_and_complete():
    page = norms_markdown(LIBRARY)
    assert Path(reference_dir().parent, "docs", "norms.md").read_text(encoding="utf-8") == page, (
        "run `posture reference norms --out docs/norms.md`"
    )
    for criterion in LIBRARY.all_criteria():
        assert page.count(f"`{criterion}`") == 2, criterion


def test_a_criterion_of_movements_needs_a_measure_of_movements_and_known_moves(tmp_path):
    criterion = """
criteria:
  - {id: mine, title: {zh: "一", en: "a"}, measure: head_roll_deg, moves: [near_guid], target: 0,
     allowed: {low: -5, high: 5}, views: [front], cue: {zh: "一", en: "a"}, reason: {zh: "一", en: "a"}, sources: [OWN]}
"""
    text = GOOD.replace("id: stand_hands_sides", "id: my_pose")
    text = text[: text.index("criteria:")] + criterion.lstrip() + text[text.index("joints:") :]
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceProblems) as error:
        load_library(extra=tmp_path)
    told = error.value.in_language("en")
    assert "near_guide" in told and "is no measure of a movement" in told


def test_no_shipped_file_is_left_unread():
    folder = reference_dir()
    read = {f"{p}.yaml" for p in LIBRARY.poses} | {"sources.yaml", *ERROR_FILES}
    assert {p.name for p in folder.glob("*.yaml")} == read
    assert {p.stem for p in Path(folder, "criteria").glob("*.yaml")} == set(LIBRARY.sets)
    assert {p.stem for p in Path(folder, "gestures").glob("*.yaml")} == set(LIBRARY.gestures)
