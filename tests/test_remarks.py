"""What would let a result be misread is told first: an empty clerk's place, people cut off, nobody found."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from markupsafe import escape
from rich.console import Console

from posture.check import CheckOptions, judge_observation
from posture.errors import UnusableInputError
from posture.findings import Reason, Verdict
from posture.landmarks import Observation
from posture.library import load_library
from posture.remarks import WARNINGS
from posture.report.console import print_summary
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.report.labels import Report
from posture.roles import parse_region
from posture.survey.folder import FILE, make_survey, read_survey
from tests.stick_figure import Stick, stick_track
from tests.test_roles import CLERK, LENGTH_S, SIZE, TRAINEE, walk
from tests.test_roles import person as somebody


def checked(*tracks, kind="video", **options):
    observation = Observation(
        tracks, "a.mp4", "0" * 64, SIZE, kind, LENGTH_S if kind == "video" else 0.0, np.arange(3.0),
        provenance={"settings": '{"fps": 10.0}'},
    )  # fmt: skip
    return judge_observation(observation, load_library(), CheckOptions(camera_roll_deg=0.0, **options))


def warnings(made):
    return [key.removeprefix(WARNINGS) for key, _ in made.result.notes if key.startswith(WARNINGS)]


def told(made, language):
    """In the console and on the page, line breaks taken out, and as JSON."""
    report, out = Report(made, language), io.StringIO()
    print_summary(report, Console(file=out, width=3000))
    return out.getvalue(), render_html(report), json.dumps(to_json(report), ensure_ascii=False)


AWAY = parse_region("0,0,0.1,0.1")


def test_a_clerk_s_place_where_nobody_is_found_is_told():
    assert warnings(checked(CLERK, TRAINEE, clerk_region=AWAY)) == ["region_empty"]
    assert warnings(checked(CLERK, clerk_region=AWAY, score_everyone=True)) == ["region_others"]
    assert warnings(checked(CLERK, clerk_region=parse_region("0,0,1,1"))) == []
    assert warnings(checked(CLERK, TRAINEE)) == [] and warnings(checked(clerk_region=AWAY)) == []
    sometimes = somebody(1, np.concatenate([walk(100, 300, 5), np.full(150, 900.0)]))
    assert warnings(checked(sometimes, clerk_region=parse_region("0,0,0.25,1"))) == ["region_others"]


def cut_off(number=1, x=500.0):
    """Head and shoulders at the lower edge."""
    size = SIZE
    return replace(stick_track([Stick()], at_px=(x, size[1] + 100), width_px=200, image_size=size), person=number)


def test_who_is_cut_off_and_not_scored_for_that_is_told():
    both = checked(cut_off(), kind="photo")
    assert both.result.people[0].score.value is None and warnings(both) == ["cut_off"]
    whole = checked(stick := somebody(1, [700.0]), kind="photo")
    assert (stick.pose_px[..., :2] >= 0).all() and "cut_off" not in warnings(whole)
    assert warnings(checked(cut_off(), kind="photo", clerk_region=AWAY)) == ["region_empty"], "a client is not judged"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_warnings_stand_first_in_every_report(language):
    for made in (checked(CLERK, clerk_region=AWAY), checked(cut_off(), kind="photo")):
        (text,) = Report(made, language).warnings
        console, page, data = told(made, language)
        assert console.index(text) < console.index(Report(made, language).tell("head.notes"))
        assert page.index(f'class="warning" role="alert">{escape(text)}') < page.index("<section")
        assert page.count(str(escape(text))) == 1
        assert text in data and text not in Report(made, language).remarks


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_photo_without_anybody_claims_nothing(language):
    made = checked(kind="photo")
    assert made.result.notes[0][0] == "check.notes.nobody_photo"
    for text in (Report(made, language).nobody, *Report(made, language).remarks):
        console, page, _ = told(made, language)
        assert text in console and escape(text) in page
    assert any(
        key == "check.notes.photo_people" for key, _ in checked(TRAINEE.part(slice(0, 1)), kind="photo").result.notes
    )


def test_where_nothing_could_be_assessed_that_is_no_praise():
    made = checked(TRAINEE)
    (person,) = made.result.people
    report = Report(made, "en")
    assert "Nothing could be assessed" not in report.summary(person)
    none = {"ok_s": 0.0, "borderline_s": 0.0, "deviation_s": 0.0, "deviations": ()}
    why = {Reason.WRONG_VIEW: 1.0}
    lost = tuple(replace(r, verdict=Verdict.NOT_ASSESSABLE, not_assessable_s=why, **none) for r in person.results)
    said = report.summary(replace(person, results=lost))
    assert said.startswith("Nothing could be assessed") and "not measurable from this side" in said


BAD = {
    "0.2,0,0.2,1": "no_area",
    "0.1,0.1,0.5,0.5,0.9,0.9": "no_area",
    "0,0,0.001,0.001": "no_area",
    "2,2,3,3": "outside",
    "-0.5,0,-0.1,1": "outside",
    "0,0,640,480": "outside",
    "nan,0,1,1": "outside",
}


@pytest.mark.parametrize(("given", "key"), BAD.items())
def test_a_place_where_nobody_can_stand_is_refused(given, key, tmp_path):
    with pytest.raises(UnusableInputError) as wrong:
        parse_region(given)
    assert wrong.value.key == f"roles.errors.{key}" and given in wrong.value.in_language("zh")
    if "nan" in given:
        return
    make_survey(tmp_path / "s")
    numbers = [float(n) for n in given.split(",")]
    corners = [list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
    path = tmp_path / "s" / FILE
    path.write_text(path.read_text(encoding="utf-8") + f"clerk_region = {corners}\n", encoding="utf-8")
    with pytest.raises(UnusableInputError) as wrong:
        read_survey(tmp_path / "s")
    assert wrong.value.key == f"roles.errors.{key}"


def test_a_place_that_crosses_itself_has_an_area():
    assert len(parse_region("0,0,1,1,1,0,0,1")) == 4
