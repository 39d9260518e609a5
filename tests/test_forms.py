"""The women's and men's forms: the same person judged by the form that was chosen, never by a guess."""

from dataclasses import replace

import pytest

from posture.check import CheckOptions
from posture.errors import ReferenceFileError
from posture.findings import Verdict
from posture.landmarks import Pose
from posture.library import load_library
from posture.references import Override
from tests.stick_figure import Stick
from tests.test_check import FOLD, person_for

FORMS = ("any", "female", "male")


def verdicts(stick, variant, profile="government_window", **how):
    """Criterion id to its result for somebody who holds still for 8 seconds."""
    library = replace(load_library(profile, variant=variant), corrections={})
    person = person_for([(stick, 8)], library=library, **how)
    return {r.criterion: r for r in person.results}, person


def seated(knees_apart):
    return Stick(seated=True, knees_apart=knees_apart)


@pytest.mark.parametrize(
    ("criterion", "variant", "right", "wrong"),
    [
        ("stand_heels_together_female", "female", Stick(feet_apart=0.4), Stick(feet_apart=0.9)),
        ("stand_knees_closed_female", "female", Stick(feet_apart=0.4), Stick(feet_apart=0.95)),
        (
            "sit_knees_closed_female",
            "female",
            Stick(seated=True, knees_apart=0.32),
            Stick(seated=True, knees_apart=0.8),
        ),
        ("sit_knees_male", "male", Stick(seated=True, knees_apart=0.8), Stick(seated=True, knees_apart=1.15)),
    ],
)
def test_a_form_asks_what_the_others_do_not(criterion, variant, right, wrong):
    assert verdicts(right, variant)[0][criterion].verdict == Verdict.OK
    assert verdicts(wrong, variant)[0][criterion].verdict == Verdict.DEVIATION
    for other in FORMS:
        if other != variant:
            found, person = verdicts(wrong, other)
            assert criterion not in found
            if criterion != "sit_knees_male":
                assert person.deviations == (), "what one form forbids is right in the others"


@pytest.mark.parametrize("variant", FORMS)
def test_feet_wider_than_the_shoulders_are_wrong_in_every_form_and_cost_once(variant):
    found, person = verdicts(Stick(feet_apart=1.5), variant)
    assert found["stand_feet_not_wide"].verdict == Verdict.DEVIATION
    assert [d.criterion for d in person.deviations if d.points] == ["stand_feet_not_wide"]


@pytest.mark.parametrize("variant", FORMS)
def test_legs_wide_apart_are_a_taboo_in_every_form_and_cost_once(variant):
    found, person = verdicts(seated(1.4), variant)
    assert found["taboo_legs_wide"].verdict == Verdict.DEVIATION
    assert [d.criterion for d in person.deviations if d.points] == ["taboo_legs_wide"]
    assert len(person.deviations) == (1 if variant == "any" else 2)


HIDDEN_HANDS = {"unseen": (Pose.LEFT_WRIST, Pose.RIGHT_WRIST)}


@pytest.mark.parametrize(
    ("profile", "variant", "wrong"),
    [("hall_guide", "male", False), ("hall_guide", "any", False), ("hall_guide", "female", True),
     ("government_window", "male", True)],
)  # fmt: skip
def test_hands_behind_the_back_by_profile_and_form(profile, variant, wrong):
    found, _ = verdicts(Stick(), variant, profile, **HIDDEN_HANDS)
    assert ("taboo_hands_behind" in found and found["taboo_hands_behind"].verdict == Verdict.DEVIATION) is wrong


def test_leaning_back_by_profile():
    lying = Stick(seated=True, trunk_forward=-16)
    found, _ = verdicts(lying, "any", yaw_deg=90)
    assert found["sit_trunk_upright"].verdict == Verdict.DEVIATION
    library = load_library()
    allows = {"allowed": {"low": -20, "high": 15}, "serious": {"low": -30, "high": 25}}
    changed = Override.model_validate(allows)
    profile = library.profile.model_copy(update={"override": {"sit_trunk_upright": changed}})
    person = person_for([(lying, 8)], library=replace(library, profile=profile, corrections={}), yaw_deg=90)
    assert [r.verdict for r in person.results if r.criterion == "sit_trunk_upright"] == [Verdict.OK]


def test_poses_of_the_other_form_are_not_recognised_and_either_is_where_none_was_chosen():
    apart = Stick(feet_apart=0.88, **FOLD)
    held = {v: {s.pose for s in verdicts(apart, v)[1].segments} for v in FORMS}
    assert held["any"] == held["male"] == {"stand_front_fold_male"}
    assert "stand_front_fold_male" not in held["female"]


def test_asking_for_a_pose_of_the_other_form_is_a_contradiction_that_is_told():
    load_library(variant="male").require_pose("stand_front_fold_male")
    load_library().require_pose("stand_front_fold_male")
    with pytest.raises(ReferenceFileError) as caught:
        load_library(variant="female").require_pose("stand_front_fold_male")
    assert "--variant male" in caught.value.in_language("en")
    assert CheckOptions().variant == "any", "nothing is guessed"
