"""Analysing what waits: a broken file stays alone with its reason, ending and going on, and what comparisons count."""

from dataclasses import replace
from pathlib import Path

import pytest

from posture.check import CheckOptions
from posture.errors import ModelError, OutputError, StoreError
from posture.jobs import Cancelled
from posture.kept.survey import keep_review, open_of_survey
from posture.survey.analyses import latest_analysis, load_result, save_result
from posture.survey.decisions import decide, findings_of
from posture.survey.queries import (
    all_together,
    criterion_rates,
    criterion_rates_by,
    list_recordings,
    people_scores,
    stamp,
    waiting_bytes,
)
from posture.survey.recordings import failed_again, get_recording
from posture.survey.records import DecisionKind, State
from posture.survey.run import Plan, Ran, run_waiting
from posture.survey.store import open_store
from tests import survey_work
from tests.media import make_clip
from tests.survey_data import added, analysed, deviation, orders, person, survey_table


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "store.sqlite") as opened:
        yield opened


@pytest.fixture
def clips(tmp_path):
    good = make_clip(tmp_path / "good.mp4", n=6)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no recording at all")
    last = make_clip(tmp_path / "last.mp4", n=8)
    return good, broken, last


@pytest.fixture
def plan(tmp_path):
    """Real analysis; nothing in the user's cache."""
    return Plan(landmarks=tmp_path / "landmarks")


OPTIONS = CheckOptions()
STAND_IN = Plan(analyse=survey_work.analyse, look=survey_work.look)


def states(store, ids):
    return [get_recording(store, i).state for i in ids]


def test_a_clerks_place_drawn_for_a_recording_outlasts_later_runs(store, tmp_path):
    """A run leaves what is finished alone, whatever the survey's own place is."""
    survey_place, drawn = ((0.0, 0.0), (0.5, 1.0), (0.0, 1.0)), ((0.1, 0.1), (0.4, 0.1), (0.4, 0.9))
    (mine,) = added(store, orders(tmp_path, "a"))
    options = CheckOptions(clerk_region=survey_place)
    assert run_waiting(store, options, plan=STAND_IN) == Ran(1, 0)
    kept = open_of_survey(store, mine, with_courses=False)
    norms = latest_analysis(store, mine).norms_sha256
    before = save_result(store, mine, kept.result, norms, replace(options, clerk_region=drawn))
    assert run_waiting(store, options, plan=STAND_IN) == Ran(0, 0)
    assert latest_analysis(store, mine).id == before
    assert latest_analysis(store, mine).options.clerk_region == drawn


def test_a_broken_file_fails_with_its_reason_and_the_rest_goes_on(store, clips, plan, bundles):
    clips[2].write_bytes(clips[2].read_bytes())
    ids = added(store, *clips)
    changed = ids[2]
    clips[2].write_bytes(clips[2].read_bytes() + b"\0")
    whole, told = waiting_bytes(store), []
    assert run_waiting(store, CheckOptions(), told.append, plan) == Ran(1, 2)
    assert states(store, ids) == [State.DONE, State.FAILED, State.FAILED]
    failure = get_recording(store, ids[1]).failure
    assert "broken.mp4" in failure.in_language("en") and "broken.mp4" in failure.in_language("zh")
    assert failure.in_language("en") != failure.in_language("zh")
    assert "other content" in get_recording(store, changed).failure.in_language("en")
    shares = [p.bytes_done / p.bytes_total for p in told]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1 and told[0].bytes_total == whole
    assert get_recording(store, ids[0]).duration_s == pytest.approx(6 / 15, abs=0.1)
    analysis = latest_analysis(store, ids[0])
    assert Path(analysis.landmark_path).parent == plan.landmarks and Path(analysis.landmark_path).is_file()
    assert run_waiting(store, CheckOptions(), None, plan) == Ran(0, 0)
    _the_number_of_workers_changes_nothing(store, clips, plan)


def _the_number_of_workers_changes_nothing(store, clips, plan):
    """Nor does another order, since several end when they do."""
    other = replace(plan, workers=2, landmarks=plan.landmarks.with_name("other"))
    with open_store(plan.landmarks.with_name("other.sqlite")) as again:
        added(again, *reversed(clips))
        run_waiting(again, CheckOptions(), None, other)
        ours, theirs = ({row.path: row for row in survey_table(one)} for one in (store, again))
    good = str(clips[0])
    assert ours[good] == theirs[good] and ours[good].state is State.DONE and ours.keys() == theirs.keys()
    (one,), (two, _) = sorted(plan.landmarks.iterdir()), sorted(other.landmarks.iterdir())
    assert one.read_bytes() in (two.read_bytes(), _.read_bytes())


def test_ending_it_leaves_the_recording_waiting_and_a_second_run_goes_on(store, tmp_path):
    ids = added(store, orders(tmp_path, "a"), orders(tmp_path, "b", sleep=60))

    def stop(progress):
        if progress.done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_waiting(store, OPTIONS, stop, STAND_IN)
    assert states(store, ids) == [State.DONE, State.WAITING]
    orders(tmp_path, "b")
    assert run_waiting(store, OPTIONS, None, STAND_IN) == Ran(1, 0)


@pytest.mark.parametrize(("error", "kind"), [("models", ModelError), ("disk", OutputError)])
def test_what_no_other_recording_would_change_ends_the_run(store, tmp_path, error, kind):
    (one,) = added(store, orders(tmp_path, "a", error=error))
    with pytest.raises(kind):
        run_waiting(store, OPTIONS, None, STAND_IN)
    assert get_recording(store, one).state is State.WAITING


def test_errors_stay_with_their_recording_and_are_not_tried_again(store, tmp_path):
    ids = added(store, orders(tmp_path, "a", error="unusable"), orders(tmp_path, "b", error="unexpected"))
    assert run_waiting(store, OPTIONS, None, STAND_IN) == Ran(0, 2)
    assert "ZeroDivisionError: by zero" in get_recording(store, ids[1]).failure.in_language("en")
    assert [(tmp_path / f"{n}.tried").read_text() for n in "ab"] == ["x", "x"]
    assert failed_again(store) == 2 and states(store, ids) == [State.WAITING, State.WAITING]


def test_a_worker_that_dies_takes_its_recording_only(store, tmp_path):
    """A fault in a C library: tried once more, then failed with its reason."""
    often, once, good = orders(tmp_path, "a", kill=9), orders(tmp_path, "b", kill=1), orders(tmp_path, "c")
    ids = added(store, often, once, good)
    assert run_waiting(store, OPTIONS, None, replace(STAND_IN, workers=2)) == Ran(2, 1)
    assert states(store, ids) == [State.FAILED, State.DONE, State.DONE]
    failure = get_recording(store, ids[0]).failure
    assert failure.key == "survey.failed.crashed" and "2" in failure.in_language("zh")
    assert len((tmp_path / "a.deaths").read_text()) == 2 and (tmp_path / "b.tried").read_text() == "xx"


def test_without_retries_one_death_is_enough(store, tmp_path):
    added(store, orders(tmp_path, "a", kill=1))
    assert run_waiting(store, OPTIONS, None, replace(STAND_IN, retries=0)) == Ran(0, 1)


def test_a_worker_with_other_norms_ends_the_run(store, tmp_path):
    (one,) = added(store, orders(tmp_path, "a", norms="others"))
    with pytest.raises(StoreError) as caught:
        run_waiting(store, OPTIONS, None, STAND_IN)
    assert caught.value.key == "survey.run.other_norms" and get_recording(store, one).state is State.WAITING


def test_idle_workers_get_slices_and_the_whole_comes_last(store, tmp_path):
    ids = added(store, orders(tmp_path, "a", slices=3))
    assert run_waiting(store, OPTIONS, None, replace(STAND_IN, workers=4)) == Ran(1, 0)
    assert len(load_result(store, latest_analysis(store, ids[0]).id).people[0].deviations) == 4
    assert (tmp_path / "a.tried").read_text() == "xx", "once to find out that it is long, once to join"
    ids = added(store, orders(tmp_path, "b", slices=3), orders(tmp_path, "c", slices=2, bad_slice=1))
    assert run_waiting(store, OPTIONS, None, replace(STAND_IN, workers=2)) == Ran(2, 0), "none is idle: no slices"
    assert not (tmp_path / "b.0").exists()
    ids = added(store, orders(tmp_path, "d", slices=2, bad_slice=1))
    assert run_waiting(store, OPTIONS, None, replace(STAND_IN, workers=4)) == Ran(0, 1)
    assert get_recording(store, ids[0]).failure.key == "survey.failed.memory"


def test_rates_added_up_are_what_asking_again_would_give(store):
    for unit, round_, bad in (("a", "1", True), ("a", "2", False), ("b", "1", True), ("a", "1", False)):
        analysed(store, person(1, *([deviation()] if bad else [])), unit=unit, round=round_)
    groups = criterion_rates_by(store, ["unit"])
    assert set(groups) == {("a",), ("b",)} and all_together(groups.values()) == criterion_rates(store)
    assert {r.criterion: (r.deviating, r.assessed) for r in groups[("b",)]}["shoulders_level"] == (1, 1)


def test_a_recording_of_a_survey_opens_like_a_kept_analysis_and_its_score_follows_decisions(store):
    recording, analysis = analysed(store, person(1, deviation()))
    before = stamp(store)
    kept = open_of_survey(store, recording)
    assert kept.of_survey and kept.drawn is None and kept.about.analysis_id == analysis
    assert not kept.courses, "without landmarks there are no curves"
    keep_review(store, kept)
    assert not people_scores(store, recording)[0].reviewed, "nobody has decided yet"
    decide(store, findings_of(store, analysis)[0].key, "Li", DecisionKind.DISMISS, "hidden")
    keep_review(store, kept)
    (score,) = people_scores(store, recording)
    assert score.reviewed and score.reviewed_score > score.score and stamp(store) != before
    assert latest_analysis(store, recording).id == list_recordings(store).rows[0].analysis_id


def test_a_recording_that_was_never_analysed_has_nothing_to_open(store, clips):
    (one,) = added(store, clips[0])
    assert open_of_survey(store, one) is None
