"""Points as paper forms take them: per occurrence, repeats once, capped, over what could be assessed."""

import pytest

from posture.findings import CriterionResult, Deviation, Reason, Severity, Verdict, View
from posture.library import load_library
from posture.scoring import counted, score

LIBRARY = load_library()
CRITERIA = LIBRARY.all_criteria()


def deviation(criterion, start_s, end_s, severity=Severity.MODERATE):
    return Deviation(criterion, 1, start_s, end_s, (start_s + end_s) / 2, 9.0, 1.0, (-5, 5), 0, severity, View.FRONT)


def result(criterion, *deviations, ok_s=60.0):
    verdict = Verdict.DEVIATION if deviations else Verdict.OK if ok_s else Verdict.NOT_ASSESSABLE
    lost = {} if ok_s or deviations else {Reason.WRONG_VIEW: 60.0}
    return CriterionResult(
        criterion, verdict, ok_s, 0.0, sum(d.duration_s for d in deviations), lost, 0.0, 1.0, deviations
    )


def points(*results):
    return [d.points for r in counted(results, CRITERIA, LIBRARY.profile) for d in r.deviations]


def test_each_severity_has_its_price():
    assert points(result("shoulders_level", deviation("shoulders_level", 0, 5, Severity.MINOR))) == [0.5]
    assert points(result("shoulders_level", deviation("shoulders_level", 0, 5, Severity.MODERATE))) == [1.0]
    assert points(result("shoulders_level", deviation("shoulders_level", 0, 5, Severity.SERIOUS))) == [2.0]


def test_again_within_ten_seconds_counts_once_and_later_counts_again():
    first, soon, later = (deviation("shoulders_level", a, b) for a, b in ((0, 5), (12, 15), (30, 33)))
    assert points(result("shoulders_level", first, soon, later)) == [1.0, 0.0, 1.0]


def test_a_lasting_deviation_counts_again_every_minute():
    assert points(result("shoulders_level", deviation("shoulders_level", 0, 130))) == [3.0]


def test_a_consequence_is_named_and_costs_nothing():
    results = counted(
        (
            result("trunk_straight_sideways", deviation("trunk_straight_sideways", 10, 16)),
            result("shoulders_level", deviation("shoulders_level", 10, 16), deviation("shoulders_level", 40, 45)),
        ),
        CRITERIA,
        LIBRARY.profile,
    )
    lean, (tilt, alone) = results[0].deviations[0], results[1].deviations
    assert lean.points == 1.0 and lean.follows_from is None
    assert tilt.points == 0.0 and tilt.follows_from == "trunk_straight_sideways"
    assert alone.points == 1.0 and alone.follows_from is None


def test_advice_costs_nothing():
    assert CRITERIA["desk_hands_together"].advisory
    assert points(result("desk_hands_together", deviation("desk_hands_together", 0, 9))) == [0.0]


def many_of(criterion, count, severity=Severity.MODERATE):
    return tuple(deviation(criterion, 30 * k, 30 * k + 5, severity) for k in range(count))


def priced(criterion, results, **changes):
    """The results counted, and their score, with changes to one criterion."""
    criteria = CRITERIA | {criterion: CRITERIA[criterion].model_copy(update=changes)}
    done = counted(results, criteria, LIBRARY.profile)
    return done, score(done, criteria, LIBRARY.profile)


def test_a_criterion_s_own_points_go_before_those_of_its_severity():
    both = (deviation("head_level", 0, 5, Severity.MINOR), deviation("head_level", 30, 35, Severity.SERIOUS))
    (done,), _ = priced("head_level", (result("head_level", *both),), points=0.2)
    assert [d.points for d in done.deviations] == [0.2, 0.2]
    (done,), _ = priced("head_level", (result("head_level", *both),), points=0.2, points_serious=1.5)
    assert [d.points for d in done.deviations] == [0.2, 1.5]


def test_no_more_is_lost_by_a_criterion_than_its_cap():
    results = (result("head_level", *many_of("head_level", 4)),)
    (done,), found = priced("head_level", results, points=1.0, cap=2.5)
    assert [d.points for d in done.deviations] == [1.0, 1.0, 0.5, 0.0]
    assert all(d.times == 1 and d.price == 1.0 for d in done.deviations), "they were counted all the same"
    (posture,) = found.categories
    (item,) = posture.items
    assert (item.criterion, item.counts, item.deducted, item.capped) == ("head_level", ((4, 1.0),), 2.5, True)
    assert posture.deducted == 2.5


def test_the_scorecard_shows_what_each_criterion_cost_dearest_first():
    mixed = (deviation("shoulders_level", 0, 5, Severity.SERIOUS), *many_of("shoulders_level", 3)[1:])
    found, _ = whole(head_level=many_of("head_level", 2, Severity.MINOR), shoulders_level=mixed)
    posture = next(c for c in found.categories if c.category == "posture")
    assert [(i.criterion, i.counts, i.deducted, i.capped) for i in posture.items] == [
        ("shoulders_level", ((2, 1.0), (1, 2.0)), 4.0, False),
        ("head_level", ((2, 0.5),), 1.0, False),
    ]
    assert posture.deducted == 5.0


def test_the_category_s_weight_stays_the_cap_of_all_caps():
    results = (result("taboo_arms_crossed", *many_of("taboo_arms_crossed", 9)),)
    _, found = priced("taboo_arms_crossed", results, points=5.0, cap=40.0)
    (taboo,) = found.categories
    assert taboo.items[0].deducted == 40.0 and taboo.deducted == taboo.weight == 10.0


def whole(*, lost=(), **deviations):
    ids = [c for c in CRITERIA if CRITERIA[c].category in ("posture", "taboo") and not CRITERIA[c].advisory]
    results = tuple(result(i, *deviations.get(i, ()), ok_s=0.0 if i in lost else 60.0) for i in ids)
    return score(counted(results, CRITERIA, LIBRARY.profile), CRITERIA, LIBRARY.profile), ids


def test_nothing_wrong_is_a_hundred():
    found, _ = whole()
    assert found.value == 100.0 and found.grade == "excellent" and found.coverage == 1.0


def test_score_arithmetic_is_points_off_the_assessable_weight():
    found, _ = whole(taboo_arms_crossed=(deviation("taboo_arms_crossed", 0, 9, Severity.SERIOUS),))
    # 25 posture + 10 taboo, 2 points off.
    assert found.value == pytest.approx(100 * 33 / 35)
    assert {c.category: c.deducted for c in found.categories} == {"posture": 0.0, "taboo": 2.0}


def test_deductions_stop_at_the_category_s_weight():
    many = tuple(deviation("taboo_arms_crossed", 30 * k, 30 * k + 5, Severity.SERIOUS) for k in range(20))
    found, _ = whole(taboo_arms_crossed=many)
    assert found.value == pytest.approx(100 * 25 / 35)


def test_what_could_not_be_assessed_is_taken_out_of_the_weight():
    _, ids = whole()
    posture = [i for i in ids if CRITERIA[i].category == "posture"]
    found, _ = whole(lost=posture[: len(posture) // 2])
    share = (len(posture) - len(posture) // 2) / len(posture)
    assert found.coverage == pytest.approx((25 * share + 10) / 35)
    assert found.value == pytest.approx(100.0)


def test_no_grade_when_too_little_could_be_assessed():
    _, ids = whole()
    found, _ = whole(lost=[i for i in ids if i != "head_level"])
    assert found.value is None and found.grade is None


@pytest.mark.parametrize(("off", "grade"), [(0, "excellent"), (5, "pass"), (12, "practice"), (22, "repeat")])
def test_grades(off, grade):
    many = tuple(deviation("shoulders_level", 30 * k, 30 * k + 5, Severity.MODERATE) for k in range(off))
    found, _ = whole(shoulders_level=many)
    assert found.grade == grade
