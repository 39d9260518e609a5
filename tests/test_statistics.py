"""Intervals, ranks and changes against numbers worked out by hand and against surveys of which the truth is known."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from posture.survey.decisions import add_finding, decide, findings_of
from posture.survey.intervals import NoInterval, cluster_mean, difference, shown_greater
from posture.survey.queries import criterion_rates_by
from posture.survey.recordings import name_person
from posture.survey.records import DecisionKind, Place, Role
from posture.survey.review import review
from posture.survey.scored import Scored, rates_after_review, scored_recordings
from posture.survey.selection import EVERYTHING, Filter
from posture.survey.statistics import Changed, Over, group_scores, lengths_apart, ranking, round_changes
from posture.survey.store import open_store
from tests.survey_data import CRITERIA, LIBRARY, analysed, deviation, person

NUMBERS = itertools.count(1)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "survey.sqlite") as opened:
        yield opened


def row(score, unit="甲", outlet="一厅", window="1", round="1", assessable_s=60.0, **changes):
    fields = dict(
        recording_id=next(NUMBERS), place=Place(unit, outlet, window, round), score=score,
        assessable_s=assessable_s if score is not None else 0.0, seen_s=100.0, coverage=0.6, duration_s=100.0,
        reviewed=False,
    )  # fmt: skip
    return Scored(**{**fields, **changes})


def one(rows, by=("unit",)):
    (score,) = group_scores(rows, by)
    return score


# By hand: 80, 90, 100 has mean 90, s = 10, error 10 / sqrt 3 = 5.7735, t(2; 0.975) = 4.302653: 90 +- 24.84.
def test_three_recordings_of_one_window_have_the_textbook_s_interval():
    made = one([row(s) for s in (80, 90, 100)])
    assert made.estimate.value == pytest.approx(90) and made.estimate.error == pytest.approx(5.7735, abs=1e-4)
    assert made.interval == pytest.approx((65.1586, 100.0), abs=1e-3), "cut at 100, where no score can be"
    assert made.over is Over.RECORDING and made.estimate.interval()[1] == pytest.approx(114.841, abs=1e-3)


# By hand, weights 1, 1, 2 and values 80, 90, 100: mean 92.5; without one after the other 96.667, 93.333, 85; squares
# 17.361 + 0.694 + 56.25 = 74.306, times 2/3 = 49.537, root 7.0383. Kish: 16 / 6 - 1 = 1.6667 degrees of freedom.
def test_recordings_of_a_window_count_by_the_time_that_could_be_assessed():
    made = one([row(80, assessable_s=30), row(90, assessable_s=30), row(100, assessable_s=60)])
    assert made.estimate.value == pytest.approx(92.5) and made.estimate.error == pytest.approx(7.0383, abs=1e-4)
    assert made.estimate.freedom == pytest.approx(1.6667, abs=1e-4)


def test_windows_count_the_same_however_much_was_recorded_there_and_are_the_clusters():
    rows = [row(90, window="1")] * 9 + [row(70, window="2"), row(80, window="3")]
    made = one(rows, ("unit", "outlet"))
    assert made.estimate.value == pytest.approx(80) and made.over is Over.WINDOW and made.estimate.clusters == 3
    assert made.estimate.error == pytest.approx(10 / 3**0.5), "nine recordings of one window are one cluster"


def test_outlets_are_the_clusters_of_a_unit_that_has_several():
    rows = [row(s, outlet=o, window=w) for s, o, w in ((70, "a", "1"), (70, "a", "2"), (90, "b", "1"), (90, "b", "2"))]
    made = one(rows)
    assert made.over is Over.OUTLET and made.estimate.clusters == 2 and made.estimate.value == pytest.approx(80)
    # As if there were two values, 70 and 90: error 10, t(1) = 12.7062; not four values, whose interval would be 7 wide.
    assert made.estimate.interval()[0] == pytest.approx(80 - 127.062, abs=1e-2)


@pytest.mark.parametrize(
    "scores, reason", [([88], NoInterval.ONE), ([100, 100, 100], NoInterval.NO_SPREAD), ([None, 88], NoInterval.ONE)]
)
def test_no_interval_is_told_with_its_reason(scores, reason):
    made = one([row(s) for s in scores])
    assert made.interval is None and made.estimate.reason is reason
    assert made.estimate.value == (88 if 88 in scores else 100)


@pytest.mark.parametrize("rows", [[row(90, assessable_s=29.9)], [row(None)], [row(50, assessable_s=14)] * 2])
def test_too_little_footage_is_not_assessable_and_never_ranked(rows):
    made = one(rows)
    assert made.estimate is None and made.interval is None and made.windows_left_out == 1
    told = ranking([made, *group_scores([row(s, unit="乙") for s in (1, 2, 3)], ("unit",))])
    assert [s.group for s in told.not_assessable] == [("甲",)] and [r.score.group for r in told.ranked] == [("乙",)]


def test_a_window_with_too_little_has_no_part_in_its_outlet_s_score():
    rows = [row(90, window="1"), row(80, window="2"), row(0, window="3", assessable_s=10)]
    made = one(rows)
    assert made.estimate.value == pytest.approx(85) and (made.windows, made.windows_left_out) == (2, 1)
    assert made.recordings == 3 and made.coverage == pytest.approx(0.6)


# By hand (Welch): means 90 and 60, s = 2 each, n = 3 each: error sqrt(4/3 + 4/3) = 1.6330 with 4 degrees of freedom.
def test_a_difference_is_welch_s():
    a, b = (cluster_mean([m - 2, m, m + 2], [1] * 3, range(3)) for m in (90, 60))
    made = difference(a, b)
    assert (made.value, made.error, made.freedom) == pytest.approx((30, 1.63299, 4), abs=1e-4)
    assert made.interval(3) == pytest.approx((30 - 3.96079 * 1.63299, 30 + 3.96079 * 1.63299), abs=1e-3)
    assert difference(a, cluster_mean([5], [1], [0])).interval() is None


def test_ranks_are_as_fine_as_the_differences_that_are_shown():
    rows = [row(m + d, unit=u) for u, m in (("a", 95), ("b", 94), ("c", 50)) for d in (-1, -0.5, 0, 0.5, 1)]
    rows += [row(20, unit="d")]
    told = ranking(group_scores(rows, ("unit",)))
    assert [(r.score.group[0], r.tier, r.best, r.worst) for r in told.ranked] == [
        ("a", 1, 1, 2), ("b", 1, 1, 2), ("c", 2, 3, 3),
    ]  # fmt: skip
    assert told.comparisons == 3 and told.shown == 2 and [s.group for s in told.no_interval] == [("d",)]
    assert [(d.first, d.second, d.shown) for d in told.differences if not d.shown] == [(("a",), ("b",), False)]


def test_a_difference_is_shown_exactly_where_its_interval_leaves_out_0():
    random = np.random.default_rng(3)
    rows = [row(random.normal(60 + 4 * u, 6), unit=f"{u}") for u in range(12) for _ in range(6)]
    told = ranking(group_scores(rows, ("unit",)))
    assert len(told.differences) == 66 == told.comparisons
    assert sum(d.shown for d in told.differences) == told.shown > 0


def test_scores_of_recordings_of_very_different_length_are_marked():
    rows = [row(90, unit="a"), row(90, unit="b", duration_s=201.0)]
    assert lengths_apart(group_scores(rows, ("unit",))) == pytest.approx(2.01)
    assert lengths_apart(group_scores(rows[:1], ("unit",))) is None


# By hand: changes of the windows 10, 12, 14: mean 12, s = 2, error 1.1547, t(2) = 4.302653: 7.03 to 16.97.
def test_a_change_is_paired_by_window():
    rows = []
    for window, before, after in (("1", 60, 70), ("2", 70, 82), ("3", 80, 94)):
        rows += [row(before, window=window), row(after, window=window, round="2")]
    rows += [row(0, window="4"), row(100, window="5", round="2")]  # in one round only: no part in the change
    whole, unit = round_changes(rows, ("unit",))
    assert whole.group == () and unit.group == ("甲",) and whole.windows == unit.windows == 3
    assert unit.interval == pytest.approx((7.0317, 16.9683), abs=1e-3) and unit.changed is Changed.ROSE
    fell = round_changes([row(r.score, window=r.place.window, round="21"[int(r.place.round) - 1]) for r in rows], ())
    assert fell[0].changed is Changed.FELL


def test_a_change_that_cannot_be_told_says_so():
    alone = [row(60), row(90, round="2")]
    assert [c.changed for c in round_changes(alone, ())] == [Changed.UNKNOWN]
    apart = [row(60, window="1"), row(90, window="2", round="2")]
    assert [c.changed for c in round_changes(apart, ())] == [Changed.NO_PAIR]
    noisy = [row(s, window=w, round=r) for s, w, r in ((60, "1", "1"), (90, "1", "2"), (90, "2", "1"), (70, "2", "2"))]
    assert [c.changed for c in round_changes(noisy, ())] == [Changed.NOT_SHOWN]
    assert round_changes([row(60)], ("unit",)) == [] and round_changes([], ("unit",)) == []


def test_changes_of_many_windows_hold_at_once():
    rows = [
        row(m + d, window=f"{w}", round=r) for w in range(20) for m, r in ((80, "1"), (80, "2")) for d in (-3, 0, 3)
    ]
    every = round_changes(rows, ("unit", "outlet", "window"))[1:]
    assert {c.comparisons for c in every} == {20}
    low, high = every[0].interval
    assert high - low == pytest.approx(2 * stats.t.isf(0.025 / 20, 4) * (9 / 3 + 9 / 3) ** 0.5)


def survey(random, outlets, windows, recordings, between=4.0, within=6.0, mean=80.0, unit="甲", weights=True):
    """Scores with known mean: outlets (where there are several) and windows differ by `between`, recordings by
    `within`."""
    rows = []
    for o in range(outlets):
        outlet = random.normal(0, between) if outlets > 1 else 0.0
        for w in range(windows):
            window = outlet + random.normal(0, between)
            for _ in range(recordings):
                length_s = random.uniform(40, 160) if weights else 60.0
                score = mean + window + random.normal(0, within)
                rows.append(row(score, unit=unit, outlet=f"{o}", window=f"{w}", assessable_s=length_s))
    return rows


@pytest.mark.parametrize("outlets, windows, recordings", [(1, 1, 4), (1, 6, 2), (5, 3, 2), (12, 2, 1)])
def test_95_of_100_intervals_hold_the_truth(outlets, windows, recordings):
    random = np.random.default_rng(11)
    held = 0
    for _ in range(600):
        rows = survey(random, outlets, windows, recordings, between=0.0 if outlets == windows == 1 else 4.0)
        low, high = one(rows).estimate.interval()
        held += low <= 80 <= high
    assert 0.92 <= held / 600 <= 0.98, held / 600


def test_an_outlet_taken_for_independent_recordings_would_claim_too_much():
    """Why clusters are needed: the plain t interval over recordings misses the truth far more often than 5 %."""
    random = np.random.default_rng(12)
    missed = 0
    for _ in range(300):
        scores = [r.score for r in survey(random, 4, 2, 5)]
        low, high = cluster_mean(scores, [1.0] * len(scores), range(len(scores))).interval()
        missed += not low <= 80 <= high
    assert missed / 300 > 0.2


@pytest.mark.parametrize("units, recordings", [(8, 2), (8, 6), (20, 3)])
def test_among_equal_units_a_difference_is_claimed_in_at_most_5_of_100_surveys(units, recordings):
    random = np.random.default_rng(13)
    wrong = 0
    for _ in range(300):
        estimates = [
            cluster_mean(random.normal(80, 6, recordings), random.uniform(40, 160, recordings), range(recordings))
            for _ in range(units)
        ]
        wrong += bool(shown_greater(estimates).any())
    assert wrong / 300 <= 0.05


def test_a_true_difference_is_found():
    random = np.random.default_rng(14)
    rows = [r for u in range(6) for r in survey(random, 1, 1, 8, 0.0, 3.0, 60 + 6 * u, f"{u}")]
    told = ranking(group_scores(rows, ("unit",)))
    assert told.tiers >= 3 and told.ranked[0].best == 1
    for r in told.ranked:
        assert r.best <= 6 - int(r.score.group[0]) <= r.worst, "the true rank is within"


scores = st.lists(st.floats(0, 100), min_size=2, max_size=8)


@settings(max_examples=50, deadline=None)
@given(scores, st.lists(st.floats(1, 1000), min_size=8, max_size=8))
def test_an_interval_lies_round_its_score_and_within_0_to_100(values, weights):
    made = cluster_mean(values, weights[: len(values)], range(len(values)))
    interval = made.interval(bounds=(0.0, 100.0))
    assert min(values) - 1e-6 <= made.value <= max(values) + 1e-6
    if interval is not None:
        assert 0 <= interval[0] <= made.value + 1e-6 and made.value - 1e-6 <= interval[1] <= 100
        assert made.freedom >= 1


@pytest.mark.parametrize("values, weights, clusters", [([], [], []), ([1.0], [0.0], [1]), ([1.0, 2.0], [1.0], [1, 2])])
def test_wrong_numbers_are_refused(values, weights, clusters):
    with pytest.raises(ValueError):
        cluster_mean(values, weights, clusters)


def test_rows_of_the_store_count_decisions_and_abstention(store):
    first, analysis = analysed(store, person(1, deviation()))
    analysed(store, person(1, lost=tuple(CRITERIA)), window="4")
    seen, unseen = scored_recordings(store, EVERYTHING)
    assert unseen.score is None and unseen.assessable_s == 0 and unseen.seen_s == 60 and unseen.coverage < 0.4
    assert seen.assessable_s == pytest.approx(60 * seen.coverage) and not seen.reviewed and seen.score < 100
    (found,) = findings_of(store, analysis)
    decide(store, found.key, "Li", DecisionKind.DISMISS, "leaning for a form")
    review(store, first, LIBRARY)
    seen, _ = scored_recordings(store, EVERYTHING)
    assert seen.reviewed and seen.score == 100
    assert scored_recordings(store, EVERYTHING, machine_only=True)[0].score < 100
    assert [r.recording_id for r in scored_recordings(store, Filter(window="4"))] == [unseen.recording_id]


def test_several_clerks_of_a_recording_are_one_sample(store):
    one_recording, _ = analysed(store, person(1, deviation()), person(2, seen_s=30.0))
    for number in (1, 2):
        name_person(store, one_recording, number, f"{number}", Role.CLERK, "Li")
    (made,) = scored_recordings(store, EVERYTHING)
    alone = person(1, deviation()).score.value
    assert made.score == pytest.approx((2 * alone + 100) / 3) and made.seen_s == 90


def rate(store, criterion, machine_only=False):
    rates = rates_after_review(store, ["unit"], EVERYTHING, machine_only)[("区政务局",)]
    (found,) = (r for r in rates if r.criterion == criterion)
    return found.deviating, found.assessed, found.not_assessable, found.deviations


def test_rates_are_those_that_people_left(store):
    tilted = [deviation(), deviation(start_s=30, end_s=35)]
    _, analysis = analysed(store, person(1, *tilted), person(2, deviation(person=2), seen_s=20))
    second, _ = analysed(store, person(1, lost=("head_level",)))
    assert rate(store, "shoulders_level") == (1, 2, 0, 2), "who the recording is not about does not count"
    mine = [f for f in findings_of(store, analysis) if f.person == 1]
    decide(store, mine[0].key, "Li", DecisionKind.DISMISS, "no")
    assert rate(store, "shoulders_level") == (1, 2, 0, 1), "one of two is left"
    decide(store, mine[1].key, "Li", DecisionKind.DISMISS, "no")
    assert rate(store, "shoulders_level") == (0, 2, 0, 0)
    assert rate(store, "shoulders_level", machine_only=True) == (1, 2, 0, 2)
    decide(store, mine[1].key, "Wang", DecisionKind.CONFIRM)
    assert rate(store, "shoulders_level") == (1, 2, 0, 1), "the last decision counts"
    assert rate(store, "head_level") == (0, 1, 1, 0)
    key = add_finding(store, second, 1, CRITERIA["head_level"], 1, 3, "Li", "seen by eye")
    assert rate(store, "head_level") == (1, 2, 0, 1), "what a person saw was assessable"
    decide(store, key, "Wang", DecisionKind.DISMISS, "no")
    assert rate(store, "head_level") == (0, 1, 1, 0)
    assert criterion_rates_by(store, ["unit"]) == rates_after_review(store, ["unit"], EVERYTHING, machine_only=True)
