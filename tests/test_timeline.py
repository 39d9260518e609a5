"""Charts and the reference figure: what they are drawn from."""

import json
from dataclasses import replace

import numpy as np
import pytest

from posture.findings import PoseSegment, Reason, View
from posture.judge import REASONS, Course
from posture.library import load_library
from posture.report.beside import draw_reference, reference_of, reference_picture
from posture.report.curve import MOST_POINTS, curve, stretches, thinned
from posture.report.draw import CALM
from posture.report.labels import Report
from posture.report.timeline import PICK, timeline, unseen_stretches
from posture.survey.records import Finding, Origin
from tests.survey_data import checked, deviation, person
from tests.test_report import checked_sticks


def findings_of(result):
    every = [d for p in result.people for d in p.deviations]
    return [
        Finding(k, Origin.MACHINE, d.person, d.criterion, d.start_s, d.end_s, d.severity, d)
        for k, d in enumerate(every, 1)
    ]


def layer(spec, name):
    return next(one for one in spec["layer"] if one.get("name") == name)


def course(value, why=None, step_s=0.1, error=1.0):
    value = np.asarray(value, float)
    n = len(value)
    codes = np.zeros(n, np.uint8) if why is None else np.asarray(why, np.uint8)
    return Course(np.arange(n) * step_s, value, np.where(codes == 0, value, np.nan), np.full(n, error), codes)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_timeline_has_every_finding_once_in_the_row_of_its_person_and_criterion(language):
    found = checked_sticks(people=2)
    report = Report(found, language)
    findings = findings_of(found.result)
    spec = timeline(report, findings, {2: "Li"}, selected=findings[0].key)
    json.dumps(spec)
    bars = layer(spec, "deviations")["data"]["values"]
    assert [(b["key"], b["start"], b["end"]) for b in bars] == [
        (f.key, round(f.start_s, 2), round(f.end_s, 2)) for f in findings
    ]
    order = spec["encoding"]["y"]["scale"]["domain"]
    assert {b["row"] for b in bars} <= set(order) and len(order) == len(set(order))
    assert all(b["row"].endswith(report.title(f.criterion)) for b, f in zip(bars, findings, strict=True))
    assert all(b["row"].startswith("Li · ") == (f.person == 2) for b, f in zip(bars, findings, strict=True))
    assert [b["selected"] for b in bars] == [True] + [False] * (len(bars) - 1)
    pick = next(p for p in spec["params"] if p["name"] == PICK)
    assert pick["select"]["fields"] == ["key"] and pick["views"] == ["deviations"]


def test_with_one_person_the_rows_go_without_the_name():
    found = checked(person(1, deviation()))
    spec = timeline(Report(found, "en"), findings_of(found.result), {})
    assert all("Person" not in row for row in spec["encoding"]["y"]["scale"]["domain"])


def test_filtered_findings_take_their_rows_along():
    found = checked(person(1, deviation(), deviation("taboo_arms_crossed", 20.0, 30.0)))
    every = findings_of(found.result)
    whole, part = (timeline(Report(found, "en"), some, {}) for some in (every, every[:1]))
    assert len(part["encoding"]["y"]["scale"]["domain"]) == len(whole["encoding"]["y"]["scale"]["domain"]) - 1


def test_stretches_without_the_person_are_found():
    times = np.concatenate([np.arange(2.0, 5.0, 0.1), np.arange(8.0, 9.0, 0.1)])
    found = unseen_stretches(times, 20.0)
    assert [(round(a, 1), round(b, 1)) for a, b in found] == [(0.0, 2.0), (4.9, 8.0), (8.9, 20.0)]


def test_the_curve_shows_limits_error_deviations_and_why_something_is_missing():
    found = checked(person(1, deviation()))
    report = Report(found, "en")
    lost = REASONS.index(Reason.FACE_NOT_SEEN)
    drawn = course(np.r_[np.zeros(100), np.full(50, 9.0), np.zeros(450)], [0] * 300 + [lost] * 100 + [0] * 200)
    spec = curve(report, "shoulders_level", drawn, findings_of(found.result), 12.5)
    json.dumps(spec)
    assert " ".join(spec["title"]["text"]).startswith(report.measure_name("shoulders_level"))
    assert spec["encoding"]["y"]["title"] is None, "a long name is cut off along the axis"
    band = layer(spec, "allowed")["data"]["values"][0]
    allowed = report.criterion("shoulders_level").allowed
    assert (band["low"], band["high"]) == (allowed.low, allowed.high)
    grey = layer(spec, "not_assessable")["data"]["values"]
    assert [(g["a"], g["b"]) for g in grey] == [(30.0, 40.0)] and grey[0]["text"] == report.tell("reason.face_not_seen")
    assert layer(spec, "deviations")["data"]["values"][0]["a"] == 10.0
    assert layer(spec, "moment")["data"]["values"] == [{"a": 12.5}]
    line = next(one for one in spec["layer"] if "layer" in one)["data"]["values"]
    assert len(line) == 500 and {p["run"] for p in line} == {0, 1}, "not drawn across what is missing"
    assert all(p["high"] - p["v"] == pytest.approx(1.0, abs=0.02) for p in line)


def test_one_sided_limits_reach_to_the_edge_of_the_drawing():
    found = checked(person(1))
    spec = curve(Report(found, "en"), "taboo_arms_crossed", course(np.full(50, 0.5)), [])
    band, (low, high) = layer(spec, "allowed")["data"]["values"][0], spec["encoding"]["y"]["scale"]["domain"]
    allowed = Report(found, "en").criterion("taboo_arms_crossed").allowed
    assert (allowed.low is None or allowed.high is None) and (band["low"] == low or band["high"] == high)


def test_an_hour_is_thinned_without_losing_its_peaks():
    value = np.sin(np.arange(36_000) / 50)
    value[12_345], value[23_456] = 50.0, -50.0
    value[5000:9000] = np.nan
    kept = thinned(value, MOST_POINTS)
    assert len(kept) <= MOST_POINTS and {12_345, 23_456} <= set(kept.tolist())
    assert np.all(np.diff(kept) > 0) and np.isfinite(value[kept]).all()
    assert len(thinned(value[:1000], MOST_POINTS)) == 1000


def test_nothing_to_see_before_between_and_after_is_said():
    times = np.r_[np.arange(3.0, 6.0, 0.1), np.arange(10.0, 12.0, 0.1)]
    n = len(times)
    one = Course(times, np.zeros(n), np.zeros(n), np.ones(n), np.zeros(n, np.uint8))
    found = stretches(one, 20.0)
    assert [(round(a, 1), round(b, 1), r) for a, b, r in found] == [
        (0.0, 3.0, Reason.NOT_VISIBLE), (5.9, 10.0, Reason.NOT_VISIBLE), (11.9, 20.0, Reason.NOT_VISIBLE),
    ]  # fmt: skip


def test_courses_of_a_check_say_where_nothing_could_be_assessed():
    found = checked_sticks()
    assert set(found.courses) == set(found.series)
    for (number, criterion), one in found.courses.items():
        someone = next(p for p in found.result.people if p.person == number)
        result = next(r for r in someone.results if r.criterion == criterion)
        assert np.isfinite(one.value).any() == (result.assessable_s > 0), criterion
        assert not np.isfinite(one.value[one.why > 0]).any()
        assert not (one.why == 0).any() or np.isfinite(one.value[one.why == 0]).mean() > 0.9, criterion


def test_the_reference_is_the_pose_held_then_and_turned_like_the_person():
    library = load_library()
    standing, sitting = library.poses["stand_hands_sides"], library.poses["sit_upright"]
    found = checked(person(1, deviation()))
    held = (PoseSegment(sitting.id, 0.0, 9.0, 90.0, False), PoseSegment(standing.id, 9.0, 20.0, 90.0, False))
    result = replace(found.result, people=(replace(found.result.people[0], segments=held),))
    report = Report(replace(found, result=result), "en")
    assert reference_of(report, deviation()) == standing
    assert reference_of(report, deviation(start_s=1.0, end_s=3.0)) == sitting
    after = deviation(criterion="head_level", start_s=40.0, end_s=41.0)
    assert reference_of(report, after) == standing, "no pose is held: the one held last"
    first = replace(result.people[0], segments=held[:1])
    seated = Report(replace(found, result=replace(result, people=(first,))), "en")
    assert reference_of(seated, after) == sitting
    feet = reference_of(seated, deviation(criterion="stand_weight_even", start_s=40.0, end_s=41.0))
    assert feet is not None and feet.kind == "standing", "a norm of those who stand"
    guided = reference_of(report, deviation(move="near_guide"))
    assert guided.joints["right_wrist"] != standing.joints["right_wrist"]
    assert guided.joints["left_ankle"] == standing.joints["left_ankle"]
    front, side = draw_reference(standing), draw_reference(standing, 90.0)

    def width(image):
        return np.ptp(np.flatnonzero((image == CALM).all(2).any(0)))

    assert width(front) > 1.5 * width(side)
    pose, jpeg = reference_picture(report, deviation(view=View.FRONT))
    assert pose == standing and jpeg[:2] == b"\xff\xd8"
