"""What is kept about recordings and analyses comes back as it was; lists and comparisons tell the truth about it."""

from __future__ import annotations

import dataclasses
import json
import math
from datetime import UTC, date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from posture.check import CheckOptions, check, judge_observation
from posture.errors import StoreError, UnusableInputError
from posture.findings import CheckResult, Role, Severity, Verdict
from posture.landmark_file import read_landmark_file
from posture.library import load_library
from posture.observe import ObserveSettings, landmark_path
from posture.survey import recordings as rec
from posture.survey.analyses import analyses_of, latest_analysis, load_result, norms_sha256, save_analysis
from posture.survey.decisions import findings_of
from posture.survey.leases import claim_next
from posture.survey.matching import Stretch, matched, overlap
from posture.survey.queries import criterion_rates, list_recordings, people_scores, places, state_counts
from posture.survey.records import (
    Failure,
    Place,
    State,
    options_from_json,
    options_to_json,
    result_from_json,
    result_to_json,
)
from posture.survey.scored import scored_recordings
from posture.survey.selection import EVERYTHING, Filter
from posture.survey.statistics import group_scores
from tests.survey_data import analysed, checked, deviation, new, person

LAX = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def same(a, b):
    """Equal in value and type, NaN equal to NaN."""
    if dataclasses.is_dataclass(a):
        names = [f.name for f in dataclasses.fields(a)]
        return type(a) is type(b) and all(same(getattr(a, n), getattr(b, n)) for n in names)
    if isinstance(a, dict):
        return (
            type(b) is dict
            and list(a) == list(b)
            and all(type(k) is type(m) and same(a[k], b[m]) for k, m in zip(a, b, strict=True))
        )
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    # A whole number stands for the same float where a float is declared.
    return a == b and (type(a) is type(b) or {type(a), type(b)} == {int, float})


st.register_type_strategy(float, st.floats(allow_nan=True, allow_infinity=True))
st.register_type_strategy(object, st.one_of(st.integers(-9, 9), st.text(max_size=5), st.none(), st.floats()))


@LAX
@given(st.builds(CheckResult))
def test_every_result_comes_back_exactly(result):
    assert same(result_from_json(result_to_json(result)), result)


@pytest.mark.parametrize("sample", ["standing_faults.mp4", "drill_of_two.mp4"])
def test_a_real_check_comes_back_exactly(bundles, samples, sample, store):
    done = check(samples / sample)
    recording = rec.add_recording(store, new(sample)).recording
    made = save_analysis(store, recording.id, done, CheckOptions())
    loaded = load_result(store, made)
    assert loaded == done.result and same(loaded, done.result)
    of_machine = [f.deviation for f in findings_of(store, made)]
    assert sorted(map(repr, of_machine)) == sorted(repr(d) for p in done.result.people for d in p.deviations)


def test_judged_again_from_the_landmark_file_without_the_recording(bundles, samples, store):
    options = CheckOptions()
    done = check(samples / "standing_faults.mp4", options)
    path = landmark_path(done.observation.source_sha256, options.observe)
    recording = rec.add_recording(store, new()).recording.id
    first = save_analysis(store, recording, done, options, path)
    kept = latest_analysis(store, recording)
    assert kept.options == options and kept.norms_sha256 == norms_sha256(done.library)
    again = judge_observation(
        read_landmark_file(Path(kept.landmark_path)), load_library(kept.profile, variant=kept.variant), kept.options
    )
    second = save_analysis(store, recording, again, kept.options, path)
    before, after = findings_of(store, first), findings_of(store, second)
    assert before and [f.key for f in before] == [f.key for f in after]
    assert [a.id for a in analyses_of(store, recording)] == [second, first]


def test_options_come_back():
    options = CheckOptions("bow", "bank_counter", "female", -1.5, ObserveSettings(fps=5.0, max_people=2, face=False))
    assert options_from_json(options_to_json(options)) == options


def test_other_norms_have_another_hash():
    same_again, other = norms_sha256(load_library()), norms_sha256(load_library("bank_counter"))
    assert norms_sha256(load_library()) == same_again != other
    assert norms_sha256(load_library(variant="female")) != same_again


def test_the_same_bytes_are_one_recording(store):
    first = rec.add_recording(store, new("a"))
    again, other, twice = rec.add_recordings(store, [new("a", window="9"), new("b"), new("b")])
    assert first.is_new and not again.is_new and again.recording == first.recording
    assert other.is_new and not twice.is_new and other.recording == twice.recording
    assert first.recording.place == Place("区政务局", "一厅", "3", "2026-03")
    assert first.recording.recorded_on == date(2026, 3, 2) and first.recording.added_at.tzinfo is UTC


def test_waiting_running_failed_waiting_done(store):
    one = rec.add_recording(store, new("a")).recording
    assert one.state is State.WAITING and one.started_at is None
    assert claim_next(store).id == one.id and claim_next(store) is None
    assert rec.get_recording(store, one.id).started_at is not None
    error = UnusableInputError("video.errors.not_found", path=Path("/clips/a.mp4"))
    rec.fail(store, one.id, Failure.of(error))
    failed = rec.get_recording(store, one.id)
    assert failed.state is State.FAILED and failed.finished_at is not None
    for language in ("zh", "en"):
        assert failed.failure.in_language(language) == error.in_language(language)
    rec.wait_again(store, one.id)
    assert rec.get_recording(store, one.id).failure is None
    rec.start(store, one.id)
    save_analysis(store, one.id, checked(person()), CheckOptions())
    done = rec.get_recording(store, one.id)
    assert done.state is State.DONE and done.started_at <= done.finished_at


def test_an_unexpected_error_is_told_in_both_languages():
    failure = Failure.of(RuntimeError("boom"))
    assert "boom" in failure.in_language("zh") and "boom" in failure.in_language("en")


def test_what_is_not_there_is_told(store):
    asked = [
        lambda: rec.get_recording(store, 77),
        lambda: rec.start(store, 77),
        lambda: rec.move_recording(store, 77, "x"),
        lambda: rec.name_person(store, 77, 1, "张三", Role.CLERK, "李老师"),
        lambda: save_analysis(store, 77, checked(person()), CheckOptions()),
        lambda: load_result(store, 77),
        lambda: findings_of(store, 77),
    ]
    for one in asked:
        with pytest.raises(StoreError, match="77"):
            one()


def test_a_failed_save_leaves_nothing(store):
    recording = rec.add_recording(store, new()).recording.id
    with pytest.raises(IntegrityError):
        save_analysis(store, recording, checked(person(1), person(1)), CheckOptions())
    assert analyses_of(store, recording) == [] and rec.get_recording(store, recording).state is State.WAITING


def test_stretches_match_by_person_criterion_and_overlap():
    a = Stretch(1, "x", 0, 10)
    assert overlap(a, Stretch(1, "x", 5, 15)) == pytest.approx(1 / 3)
    assert overlap(Stretch(1, "x", 2, 2), Stretch(1, "x", 2, 2)) == 1.0
    assert overlap(Stretch(1, "x", 2, 2), Stretch(1, "x", 3, 3)) == 0.0
    known = [(7, a), (8, Stretch(2, "x", 0, 10)), (9, Stretch(1, "y", 0, 10))]
    new_ones = [Stretch(1, "x", 1, 10), Stretch(2, "x", 0, 3), Stretch(1, "y", 0, 10.5), Stretch(1, "z", 0, 10)]
    assert matched(new_ones, known) == [7, None, 9, None]


def test_the_largest_overlap_takes_the_key():
    known = [(7, Stretch(1, "x", 0, 10))]
    assert matched([Stretch(1, "x", 0, 6), Stretch(1, "x", 0, 9)], known) == [None, 7]


@LAX
@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 20), st.integers(0, 20)), max_size=12))
def test_the_same_stretches_keep_their_keys(raw):
    distinct = {Stretch(p, "x", min(a, b), max(a, b)) for p, a, b in raw}
    known = list(enumerate(sorted(distinct, key=repr)))
    assert matched([s for _, s in known], known) == [k for k, _ in known]


def test_a_finding_that_was_away_for_one_judgement_comes_back_as_itself(store):
    recording, first = analysed(store, person(1, deviation(start_s=10, end_s=15)))
    save_analysis(store, recording, checked(person()), CheckOptions())
    third = save_analysis(store, recording, checked(person(1, deviation(start_s=10.2, end_s=15))), CheckOptions())
    assert [f.key for f in findings_of(store, first)] == [f.key for f in findings_of(store, third)]


def test_a_value_that_is_not_known_stays_unknown(store):
    _, made = analysed(store, person(1, deviation(value=math.nan, allowed=(None, 5.0), target=None)))
    (found,) = findings_of(store, made)
    assert math.isnan(found.deviation.value) and found.deviation.allowed == (None, 5.0)
    assert found.deviation.target is None


def test_lists_show_the_newest_scores_and_page(store):
    first, _ = analysed(store, person(1, deviation()), window="1")
    second, _ = analysed(store, person(), window="2")
    waiting = rec.add_recording(store, new("w", window="2", round="2026-04")).recording.id
    newest = save_analysis(store, first, checked(person(), person(2, seen_s=5.0)), CheckOptions())
    page = list_recordings(store)
    assert [row.recording.id for row in page.rows] == [waiting, second, first] and page.total == 3
    row = page.rows[2]
    assert row.analysis_id == newest and row.findings == 0 and [p.person for p in row.people] == [1, 2]
    assert [p.person for p in row.subjects] == [1] and row.subjects[0].score == 100.0
    assert page.rows[0].analysis_id is None and page.rows[0].people == ()
    assert [r.recording.id for r in list_recordings(store, offset=1, limit=1).rows] == [second]
    assert list_recordings(store, offset=1, limit=1).total == 3
    two = list_recordings(store, Filter(window="2", state=State.WAITING))
    assert [r.recording.id for r in two.rows] == [waiting] and two.total == 1
    assert list_recordings(store, Filter(unit="市税务局")).total == 0
    assert state_counts(store) == {State.WAITING: 1, State.RUNNING: 0, State.DONE: 2, State.FAILED: 0}
    assert places(store)[0] == ("区政务局", "一厅", "1", "2026-03")


def test_a_recording_is_about_its_clerks(store):
    recording, _ = analysed(store, person(1, seen_s=60.0), person(2, seen_s=20.0), person(3, seen_s=10.0))

    def subjects():
        return [p.person for p in people_scores(store, recording) if p.subject]

    assert subjects() == [1]
    rec.name_person(store, recording, 1, "", Role.CLIENT, "李老师")
    assert subjects() == [2]
    rec.name_person(store, recording, 3, "张三", Role.CLERK, "李老师")
    assert subjects() == [3]
    rec.name_person(store, recording, 2, "王五", Role.CLERK, "李老师")
    assert subjects() == [2, 3]
    (row,) = scored_recordings(store, EVERYTHING)
    assert row.seen_s == sum(p.seen_s for p in people_scores(store, recording) if p.subject)
    assert rec.people_names(store, recording)[3].name == "张三"
    for one in (1, 2, 3):
        rec.forget_person(store, recording, one)
    assert subjects() == [1] and rec.people_names(store, recording) == {}


def test_nobody_is_scored_who_is_a_client(store):
    recording, _ = analysed(store, person(1))
    rec.name_person(store, recording, 1, "", Role.CLIENT, "李老师")
    assert scored_recordings(store, EVERYTHING) == []


def test_scores_of_windows_units_and_rounds(store):
    bad = deviation("taboo_arms_crossed", severity=Severity.SERIOUS)
    analysed(store, person(), window="1", round="2026-03")
    analysed(store, person(1, bad), window="1", round="2026-04")
    analysed(store, person(lost=[c.criterion for c in person().results][1:]), window="2", round="2026-03")
    one, two = group_scores(scored_recordings(store, EVERYTHING), ["unit", "outlet", "window"])
    assert one.group == ("区政务局", "一厅", "1") and two.group == ("区政务局", "一厅", "2")
    assert one.recordings == one.scored == 2 and one.reviewed == 0
    assert one.estimate.value == pytest.approx((100 + 100 * 33 / 35) / 2)
    assert two.scored == 0 and two.estimate is None and two.recordings == 1 and two.coverage < 0.35
    rounds = group_scores(scored_recordings(store, Filter(window="1")), ["round"])
    assert [(g.group, g.estimate.value) for g in rounds] == [
        (("2026-03",), pytest.approx(100.0)),
        (("2026-04",), pytest.approx(100 * 33 / 35)),
    ]


def test_how_often_each_criterion_is_broken(store):
    twice = (deviation(start_s=1, end_s=3), deviation(start_s=20, end_s=30))
    analysed(store, person(1, *twice), person(2, deviation(person=2), seen_s=3.0))
    analysed(store, person(lost=["shoulders_level"]))
    analysed(store, person())
    rates = criterion_rates(store)
    assert rates[0].criterion == "shoulders_level"
    assert (rates[0].assessed, rates[0].deviating, rates[0].not_assessable, rates[0].deviations) == (2, 1, 1, 2)
    assert all(r.deviating == 0 and r.assessed == 3 for r in rates[1:])
    assert criterion_rates(store, Filter(unit="市税务局")) == []


def test_json_of_failures_takes_any_value(store):
    one = rec.add_recording(store, new()).recording
    rec.fail(store, one.id, Failure.of(UnusableInputError("video.errors.not_found", path=Path("录像.mp4"))))
    assert json.loads(json.dumps(dict(rec.get_recording(store, one.id).failure.values)))["path"] == "录像.mp4"


def test_a_verdict_is_kept_for_every_criterion(store):
    _, made = analysed(store, person(1, deviation(), lost=["head_level"]))
    verdicts = {r.criterion: r.verdict for r in load_result(store, made).people[0].results}
    assert verdicts["shoulders_level"] is Verdict.DEVIATION and verdicts["head_level"] is Verdict.NOT_ASSESSABLE
