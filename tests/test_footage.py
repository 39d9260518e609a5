"""Real pictures and clips: what must not change a verdict, and what ordinary life must not raise.

Metamorphic: the picture is turned, mirrored, shrunk or made noisy by a known amount; no labels are needed.
"""

import numpy as np
import pytest
from PIL import Image

from posture.check import check
from posture.findings import Verdict
from posture.library import load_library
from posture.measures import MEASURES, N_FACE

pytestmark = pytest.mark.usefixtures("bundles")
PORTRAIT = "single_face.jpg"


def typical(path, criterion):
    """Typical value of a criterion for the first person who has one."""
    for person in check(path).result.people:
        for result in person.results:
            if result.criterion == criterion and result.typical_value is not None:
                return result.typical_value
    return None


def saved(image, tmp_path, name="changed.png"):
    path = tmp_path / name
    Image.fromarray(np.asarray(image, np.uint8)).save(path)
    return path


@pytest.fixture
def portrait(footage):
    image = Image.open(footage / PORTRAIT).convert("RGB")
    # Room to turn in.
    canvas = Image.new("RGB", (900, 900), (120, 120, 120))
    canvas.paste(image, (164, 169))
    return canvas


@pytest.mark.parametrize("turn_deg", [-14, -7, 7, 14])
def test_turning_the_picture_turns_the_head_tilt_by_as_much(portrait, tmp_path, turn_deg):
    straight = typical(saved(portrait, tmp_path, "straight.png"), "head_level")
    # Pillow turns anticlockwise: the top goes to the left of the picture, the subject's right.
    turned = typical(saved(portrait.rotate(turn_deg, Image.Resampling.BICUBIC), tmp_path), "head_level")
    assert turned - straight == pytest.approx(-turn_deg, abs=2.5)


def test_mirroring_turns_the_sign_of_the_head_tilt(portrait, tmp_path):
    tilted = portrait.rotate(10, Image.Resampling.BICUBIC)
    plain = typical(saved(tilted, tmp_path, "a.png"), "head_level")
    mirror = typical(saved(np.asarray(tilted)[:, ::-1], tmp_path, "b.png"), "head_level")
    assert mirror == pytest.approx(-plain, abs=2.0)


@pytest.mark.parametrize("share", [0.75, 0.5])
def test_shrinking_changes_little(portrait, tmp_path, share):
    whole = typical(saved(portrait, tmp_path, "a.png"), "head_level")
    size = round(900 * share)
    small = typical(saved(portrait.resize((size, size)), tmp_path, "b.png"), "head_level")
    assert small == pytest.approx(whole, abs=2.5)


def test_noise_changes_little(portrait, tmp_path):
    whole = typical(saved(portrait, tmp_path, "a.png"), "head_level")
    rough = np.asarray(portrait, float) + np.random.default_rng(1).normal(0, 8, (900, 900, 3))
    assert typical(saved(np.clip(rough, 0, 255), tmp_path, "b.png"), "head_level") == pytest.approx(whole, abs=2.0)


def test_a_picture_stretched_to_twice_its_width_is_another_person_and_pixels_are_taken_as_they_are(portrait, tmp_path):
    tilted = portrait.rotate(-10, Image.Resampling.BICUBIC)
    # Padded to 16:9: nothing about the person changed, so nothing about the angle may.
    wide = Image.new("RGB", (1600, 900), (120, 120, 120))
    wide.paste(tilted, (350, 0))
    a = typical(saved(tilted, tmp_path, "a.png"), "head_level")
    b = typical(saved(wide, tmp_path, "b.png"), "head_level")
    assert a == pytest.approx(b, abs=1.5) and abs(a) > 6


ORDINARY = ["drink_water_ntu.avi", "single_face.mp4", "signing_upper_body.mp4", "walk_side.mp4"]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_life_raises_no_false_deviation(footage, name):
    result = check(footage / name).result
    assert result.people
    for person in result.people:
        assert not person.deviations, f"person {person.person}: {person.deviations}"


@pytest.mark.parametrize("name", ["nobody.mp4", "dark_street.png", "short_action.mp4", "scene_people.mp4"])
def test_where_nobody_can_be_judged_nobody_is(footage, name):
    result = check(footage / name).result
    assert result.people == ()
    assert result.notes[0][0].startswith("check.notes.nobody")


def test_only_the_head_in_the_picture_gives_verdicts_on_nothing_but_the_head_and_shoulders(footage):
    (person,) = check(footage / "single_face.mp4").result.people
    judged = {r.criterion for r in person.results if r.verdict != Verdict.NOT_ASSESSABLE}
    visible = {"head_level", "shoulders_level", "head_not_down", "no_shrug", "head_and_chest_up"}
    of_the_face = {
        n for n, c in load_library().all_criteria().items() if set(MEASURES[c.measure].landmarks) == {N_FACE}
    }
    assert judged <= visible | of_the_face | {"taboo_chin_rest", "taboo_arms_crossed", "taboo_phone"}
    assert "head_level" in judged


def test_people_seen_from_behind_are_not_judged(footage):
    for person in check(footage / "demo_mmpose.mp4").result.people:
        assert all(r.verdict == Verdict.NOT_ASSESSABLE for r in person.results)


def test_the_side_view_judges_the_trunk_and_not_the_shoulder_line(rendered):
    (person,) = check(rendered / "female_side_slouch_bow.mp4").result.people
    by_id = {r.criterion: r for r in person.results}
    assert by_id["shoulders_level"].verdict == Verdict.NOT_ASSESSABLE
    assert by_id["trunk_straight_sideways"].verdict == Verdict.NOT_ASSESSABLE
    lean = by_id.get("stand_trunk_vertical")
    assert lean is not None and (lean.assessable_s > 1 or "no_neutral" in {str(r) for r in lean.not_assessable_s})


def test_the_oblique_view_claims_no_tilt(rendered):
    (person,) = check(rendered / "shirt_sit_45L.mp4").result.people
    by_id = {r.criterion: r for r in person.results}
    assert by_id["shoulders_level"].verdict == Verdict.NOT_ASSESSABLE
    assert not person.deviations
