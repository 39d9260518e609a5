"""The reference library: drawings, cards, changing and deleting recorded poses, and the page without a browser."""

import re
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from posture.errors import ReferenceFileError
from posture.library import load_library
from posture.reference_edit import Limits, delete_pose, edited, limits_of, names_of
from posture.reference_record import write
from posture.references import Words
from posture.report.figure import figure_svg, figures_of
from posture.report.library_cards import cards_html, entries, matching, not_measured_html
from tests.stick_figure import stick_track
from tests.test_reference_record import FOLD, recorded

LIBRARY = load_library()


def test_every_pose_gesture_and_taboo_of_the_body_has_a_drawing():
    names = [*LIBRARY.poses, *LIBRARY.practised(), *LIBRARY.sets]
    for name in names:
        if name == "taboos":
            continue
        figures = figures_of(name, LIBRARY)
        assert figures, name
        for figure in figures:
            drawing = ElementTree.fromstring(figure_svg(figure, name))
            assert len(list(drawing)) > 20, name
            numbers = [float(n) for n in re.findall(r'(?:x1|y1|x2|y2)="([-\d.]+)"', figure_svg(figure, name))]
            assert min(numbers) > -12 and max(numbers) < 330, f"{name} is outside the drawing"
    assert figures_of("taboo_arms_crossed", LIBRARY) and not figures_of("taboo_yawn", LIBRARY)


def test_cards_tell_norms_limits_errors_and_sources_in_either_language():
    found = entries(LIBRARY)
    assert {e.kind for e in found} == {"pose", "gesture", "movement", "taboo", "manner"}
    every = {a.criterion.id for e in found for a in e.criteria}
    assert every >= {c for c, one in LIBRARY.all_criteria().items() if one.variant == "any"}
    zh = cards_html(found, LIBRARY, "zh")
    assert "测量误差" in zh and "C 级" in zh and "±" in zh and "data:image/svg+xml" in zh
    english = re.sub(r"data:[^\"]*", "", cards_html(found, LIBRARY, "en"))
    assert not re.search(r"[\u4e00-\u9fff]", english)


def test_search_finds_by_any_of_the_words_in_any_language():
    found = entries(LIBRARY)

    def ids(words):
        return {e.id for e in matching(found, LIBRARY, words)}

    assert "taboo_arms_crossed" in ids("抱胸") and "far_guide" not in ids("抱胸")
    assert ids("crossed arms") == ids("Arms CROSSED") and ids("") == {e.id for e in found}
    assert not ids("zzzz")
    assert "phone" not in not_measured_html("en", "teeth") and "teeth" in not_measured_html("en", "teeth")


def test_recorded_limits_can_be_changed_left_out_and_contradict_themselves():
    start = recorded(stick_track(FOLD, n=30))
    first, second = (p.criterion for p in start.proposals[:2])
    names = Words(zh="甲", en="A")
    wanted = {first.id: Limits(True, 90.0, 60.0, 120.0), second.id: Limits(False, None, None, None)}
    changed = edited(start, LIBRARY, names, wanted)
    criteria = {c.id: c for c in changed.recorded.pose.criteria}
    assert criteria[first.id].allowed.high == 120.0 and second.id not in criteria and not changed.mistakes
    assert "90" in criteria[first.id].cue.en and 'names: {zh: "甲", en: A}' in changed.recorded.text
    wrong = edited(start, LIBRARY, names, {first.id: Limits(True, 10.0, 50.0, 20.0)})
    assert [p.key for p in wrong.mistakes[first.id]] == ["low_not_below_high"]
    narrow = edited(start, LIBRARY, names, {first.id: Limits(True, first.ideal, first.ideal - 0.1, first.ideal + 0.1)})
    assert narrow.refused[first.id] and not narrow.mistakes
    plain = edited(start, LIBRARY, start.pose.names, {c.id: limits_of(c) for c in (first, second)})
    assert plain.recorded.text == start.text


def test_what_was_not_proposed_has_a_reason():
    start = recorded(stick_track(FOLD, n=30))
    why = {u.measure: u.reason for u in start.unmeasured}
    assert why["left_arm_forward_deg"] == "wrong_view" and why["right_elbow_deg"] == "too_coarse"
    assert not set(why) & {p.criterion.measure for p in start.proposals}
    sitting = recorded(stick_track(FOLD, n=30))
    assert sitting.pose.kind == "standing"


def test_a_recorded_pose_is_deleted_unless_a_profile_names_it(tmp_path):
    write(recorded(stick_track(FOLD, n=30)), tmp_path)
    assert "mine" in load_library(extra=tmp_path).own
    (tmp_path / "profiles").mkdir()
    profile = tmp_path / "profiles" / "hall.yaml"
    profile.write_text("id: hall\nposes: [mine]\n", encoding="utf-8")
    with pytest.raises(ReferenceFileError, match="hall"):
        delete_pose("mine", tmp_path)
    profile.unlink()
    delete_pose("mine", tmp_path)
    delete_pose("mine", tmp_path)
    assert "mine" not in load_library(extra=tmp_path).poses
    with pytest.raises(ReferenceFileError):
        names_of(" ", "")


# ---- the page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))

    def run():
        from posture.app.library_page import show

        show("en")

    return AppTest.from_function(run, default_timeout=60).run()


def part(page, name):
    page.session_state["library_part"] = name
    return page.run()


def by_key(elements, end):
    return next(e for e in elements if e.key and e.key.endswith(end))


def test_the_page_opens_and_says_when_nothing_was_found(page):
    assert not page.exception and not page.error
    assert page.subheader[0].value == "Poses (6)"
    page.text_input(key="library_search").set_value("zzzz").run()
    assert "zzzz" in page.info[0].value and not page.subheader


def test_recording_asks_for_a_name_and_shows_what_is_wrong(page):
    part(page, "record")
    assert not page.exception
    next(b for b in page.button if b.label == "Measure").click().run()
    assert page.error[0].value == "A name is needed, in Chinese or English."
    assert any("everybody who uses this server" in c.value for c in page.caption)


@pytest.mark.usefixtures("bundles")
def test_a_limit_is_changed_previewed_saved_and_deleted(page, tmp_path):
    part(page, "edit")
    for use in [b for b in page.button if b.label == "Preview with this recording"]:
        use.click().run()
    assert not page.exception and "No verdict changes." in [c.value for c in page.caption]
    by_key(page.number_input, "shoulders_level-high").set_value(2.0).run()
    assert "4°" in page.warning[0].value and "2°" in page.warning[0].value
    by_key(page.number_input, "shoulders_level-high").set_value(40.0).run()
    assert any("serious" in e.value.lower() for e in page.error)
    assert not [b for b in page.button if b.label == "Save as own profile"]
    by_key(page.number_input, "shoulders_level-high").set_value(5.0).run()
    by_key(page.toggle, "shoulders_level-on").set_value(False).run()
    assert not page.error and any("verdict(s) change" in c.value for c in page.caption)
    next(b for b in page.button if b.label == "Save as own profile").click().run()
    assert not page.exception and "is saved" in page.success[0].value
    path = tmp_path / "profiles" / "my_government_window.yaml"
    assert "without: [shoulders_level]" in path.read_text(encoding="utf-8")
    assert page.selectbox(key="library_edit_profile").value == "my_government_window"
    next(b for b in page.button if b.label == "Yes, delete").click().run()
    assert not page.exception and not path.exists()
