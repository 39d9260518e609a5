"""Analysing what waits: a broken file stays alone with its reason, ending and going on, and what comparisons count."""

import shutil

import pytest

from posture.check import CheckOptions
from posture.errors import ModelError
from posture.jobs import Cancelled
from posture.kept.survey import keep_review, open_of_survey
from posture.survey import run as run_module
from posture.survey.analyses import latest_analysis
from posture.survey.decisions import decide, findings_of
from posture.survey.manifest import Entry, new_recordings
from posture.survey.queries import (
    all_together,
    compare,
    criterion_rates,
    criterion_rates_by,
    list_recordings,
    people_scores,
    stamp,
    state_counts,
    waiting_bytes,
    without_last,
)
from posture.survey.recordings import add_recordings, get_recording
from posture.survey.records import DecisionKind, Place, State
from posture.survey.run import Ran, run_waiting
from posture.survey.store import open_store
from tests.media import make_clip
from tests.survey_data import analysed, deviation, person


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "store.sqlite") as opened:
        yield opened


def added(store, *paths):
    new, _ = new_recordings([Entry(p, Place("甲", "一厅", str(i), "1")) for i, p in enumerate(paths)])
    return [a.recording.id for a in add_recordings(store, new)]


@pytest.fixture
def clips(tmp_path, monkeypatch, bundles):
    monkeypatch.setenv("POSTURE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(run_module, "check", _with_known_models(bundles))
    good = make_clip(tmp_path / "good.mp4", n=6)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no recording at all")
    last = make_clip(tmp_path / "last.mp4", n=8)
    return good, broken, last


def _with_known_models(bundles):
    """The models that are there already, since the cache of landmarks is another one here."""
    original, folder = run_module.check, next(iter(bundles.values())).parent

    def check(path, options, models_dir, progress):
        return original(path, options, models_dir or folder, progress)

    return check


def test_a_broken_file_fails_with_its_reason_and_the_rest_goes_on(store, clips):
    ids = added(store, *clips)
    whole, told = waiting_bytes(store), []
    assert run_waiting(store, CheckOptions(), told.append) == Ran(2, 1)
    states = [get_recording(store, i).state for i in ids]
    assert states == [State.DONE, State.FAILED, State.DONE]
    failure = get_recording(store, ids[1]).failure
    assert "broken.mp4" in failure.in_language("en") and "broken.mp4" in failure.in_language("zh")
    assert failure.in_language("en") != failure.in_language("zh")
    shares = [p.bytes_done / p.bytes_total for p in told]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1 and told[0].bytes_total == whole
    assert {p.name for p in told} == {"good.mp4", "broken.mp4", "last.mp4"}
    assert get_recording(store, ids[0]).duration_s == pytest.approx(6 / 15, abs=0.1)
    assert run_waiting(store, CheckOptions()) == Ran(0, 0)


def test_ending_it_leaves_the_recording_waiting_and_a_second_run_goes_on(store, clips):
    ids = added(store, clips[0], clips[2])

    def stop(progress):
        if progress.done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_waiting(store, CheckOptions(), stop)
    assert [get_recording(store, i).state for i in ids] == [State.DONE, State.WAITING]
    assert run_waiting(store, CheckOptions()) == Ran(1, 0)
    assert state_counts(store)[State.DONE] == 2


def test_a_changed_or_moved_file_is_told(store, clips, tmp_path):
    moved = tmp_path / "moved.mp4"
    shutil.copy(clips[2], moved)
    ids = added(store, clips[0], moved)
    clips[0].write_bytes(clips[0].read_bytes() + b"\0")
    moved.unlink()
    assert run_waiting(store, CheckOptions()) == Ran(0, 2)
    said = [get_recording(store, i).failure.in_language("en") for i in ids]
    assert "other content" in said[0] and "moved.mp4" in said[1]


def test_what_no_other_recording_would_change_ends_the_run(store, clips, monkeypatch):
    (one,) = added(store, clips[0])

    def no_models(*_args):
        raise ModelError("models.errors.no_pip", python="python")

    monkeypatch.setattr(run_module, "check", no_models)
    with pytest.raises(ModelError):
        run_waiting(store, CheckOptions())
    assert get_recording(store, one).state is State.WAITING


def test_an_unexpected_error_stays_with_its_recording(store, clips, monkeypatch):
    (one,) = added(store, clips[0])

    def crash(*_args):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(run_module, "check", crash)
    assert run_waiting(store, CheckOptions()) == Ran(0, 1)
    assert "ZeroDivisionError: by zero" in get_recording(store, one).failure.in_language("en")


def test_adding_up_gives_what_asking_again_would(store):
    for unit, round_, bad in (("a", "1", True), ("a", "2", False), ("b", "1", True), ("a", "1", False)):
        analysed(store, person(1, *([deviation()] if bad else [])), unit=unit, round=round_)
    analysed(store, person(1, lost=[r.criterion for r in person(1).results]), unit="b", round="2")
    by_both, by_unit = compare(store, ["unit", "round"]), compare(store, ["unit"])
    merged = without_last(by_both)
    assert [m.group for m in merged] == [("a",), ("b",)]
    for one, asked in zip(merged, by_unit, strict=True):
        assert one.mean_score == pytest.approx(asked.mean_score)
        assert one.mean_coverage == pytest.approx(asked.mean_coverage)
        for name in ("recordings", "clerks", "scored", "least_score", "greatest_score", "footage_s"):
            assert getattr(one, name) == getattr(asked, name), name
        assert {k: v for k, v in one.grades.items() if v} == asked.grades
    assert merged[0].footage_s == 180.0 and merged[1].scored == 1 and merged[1].clerks == 2
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
