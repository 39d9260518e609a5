"""From a measured series to verdicts: limits, errors, hysteresis, least durations, reasons."""

import numpy as np
import pytest

from posture.findings import Reason, Severity, Verdict, View
from posture.judge import Gates, judge, timing
from posture.library import ActiveCriterion, Refusal
from posture.measures import Series
from posture.references import Criterion

WORDS = {"zh": "字", "en": "word"}


def criterion(**changes):
    base = {
        "id": "c", "title": WORDS, "measure": "shoulder_tilt_deg", "target": 0, "allowed": {"low": -5, "high": 5},
        "serious": {"low": -15, "high": 15}, "views": ["front"], "min_duration_s": 1.0, "severity": "minor",
        "cue": WORDS, "reason": WORDS, "sources": ["OWN"],
    }  # fmt: skip
    return Criterion.model_validate({**base, **changes})


def run(
    values,
    *,
    error=3.0,
    view=View.FRONT,
    held=True,
    still=True,
    photo=False,
    refused=(),
    fps=10.0,
    reason=None,
    extra_error=None,
    **c,
):
    value = np.asarray(values, float)
    n = len(value)
    reasons = np.zeros(n, np.int8)
    reasons[~np.isfinite(value)] = (reason or Reason.NOT_VISIBLE).code
    extra = None if extra_error is None else np.broadcast_to(np.asarray(extra_error, float), (n,))
    active = ActiveCriterion(criterion(**c), {} if refused else {View.FRONT: error}, refused)
    gates = Gates(np.full(n, held), np.full(n, still))
    when = timing(np.arange(n) / fps, 1 / fps, photo)
    return judge(active, Series(value, reasons, extra), {view: np.ones(n, bool)}, when, gates, 1)


def hold(*pieces):
    """Values held for seconds: (value, seconds) pairs at 10 samples a second."""
    return np.concatenate([np.full(round(seconds * 10), float(value)) for value, seconds in pieces])


def test_inside_the_limit_is_right():
    result = run(hold((4.9, 10)))
    assert result.verdict == Verdict.OK
    assert result.ok_s == pytest.approx(10)


def test_past_the_limit_by_less_than_the_error_is_borderline_and_no_deviation():
    result = run(hold((0, 5), (7.5, 5)))
    assert result.verdict == Verdict.BORDERLINE
    assert result.borderline_s == pytest.approx(5, abs=0.3)
    assert not result.deviations


def test_past_the_limit_by_more_than_the_error_is_a_deviation():
    result = run(hold((0, 5), (10, 3), (0, 5)))
    assert result.verdict == Verdict.DEVIATION
    (d,) = result.deviations
    assert (d.start_s, d.end_s) == (pytest.approx(5.0, abs=0.25), pytest.approx(8.0, abs=0.25))
    assert d.value == pytest.approx(10)
    assert d.error == 3.0
    assert d.severity == Severity.MINOR


def test_the_other_side_counts_as_well():
    (d,) = run(hold((0, 5), (-12, 3), (0, 5))).deviations
    assert d.value == pytest.approx(-12)


def test_serious_needs_the_error_on_top_too():
    assert run(hold((0, 3), (17, 3))).deviations[0].severity == Severity.MINOR
    assert run(hold((0, 3), (19, 3))).deviations[0].severity == Severity.SERIOUS


def test_shorter_than_the_least_duration_is_nothing():
    assert run(hold((0, 5), (20, 0.6), (0, 5))).verdict == Verdict.OK


def test_one_wild_sample_is_nothing():
    values = hold((0, 10))
    values[50] = 80
    assert run(values, min_duration_s=0).verdict == Verdict.OK


def test_a_deviation_lasts_through_the_borderline_zone():
    (d,) = run(hold((0, 3), (10, 2), (7, 3), (10, 2), (0, 3))).deviations
    assert d.duration_s == pytest.approx(7, abs=0.3)


def test_borderline_before_it_does_not_belong_to_it():
    (d,) = run(hold((0, 3), (7, 3), (10, 2), (0, 3))).deviations
    assert d.start_s == pytest.approx(6, abs=0.3)


def test_a_short_return_does_not_cut_it_and_a_longer_one_does():
    assert len(run(hold((10, 3), (0, 0.4), (10, 3))).deviations) == 1
    assert len(run(hold((10, 3), (0, 1.5), (10, 3))).deviations) == 2


def test_a_gap_in_seeing_ends_it():
    values = hold((10, 3), (0, 2), (10, 3))
    values[30:50] = np.nan
    result = run(values)
    assert len(result.deviations) == 2
    assert result.not_assessable_s[Reason.NOT_VISIBLE] == pytest.approx(2)


def test_time_counts_and_not_the_number_of_samples():
    for fps in (3, 10, 30):
        n = fps * 4
        values = np.concatenate([np.zeros(n), np.full(n, 10.0), np.zeros(n)])
        (d,) = run(values, fps=fps).deviations
        assert d.duration_s == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"view": View.SIDE}, Reason.WRONG_VIEW),
        ({"held": False}, Reason.POSE_NOT_HELD),
        ({"still": False}, Reason.IN_MOTION),
        ({"refused": (Refusal(View.FRONT, 5.0, 9.0),)}, Reason.ERROR_TOO_LARGE),
    ],
)
def test_not_assessable_has_its_reason_and_is_neither_fault_nor_pass(how, reason):
    result = run(hold((30, 10)), **how)
    assert result.verdict == Verdict.NOT_ASSESSABLE
    assert set(result.not_assessable_s) == {reason}
    assert result.typical_value is None
    assert not result.deviations


@pytest.mark.parametrize("asked_at_work, deviations", [(True, 1), (False, 0)])
def test_a_norm_of_upright_posture_is_not_asked_of_whoever_writes(asked_at_work, deviations):
    n = 100
    active = ActiveCriterion(criterion(at_work=asked_at_work), {View.FRONT: 1.0}, ())
    writes = np.arange(n) < 60
    gates = Gates(np.ones(n, bool), np.ones(n, bool), writes)
    series = Series(np.where(writes, 30.0, 0.0), np.zeros(n, np.int8))
    result = judge(active, series, {View.FRONT: np.ones(n, bool)}, timing(np.arange(n) / 10, 0.1, False), gates, 1)
    assert len(result.deviations) == deviations
    assert (result.not_assessable_s.get(Reason.AT_WORK) == pytest.approx(6.0)) == (not asked_at_work)
    assert (result.verdict == Verdict.OK) == (not asked_at_work), "the rest of the time is judged"


@pytest.mark.parametrize("reason", [Reason.FACE_NOT_SEEN, Reason.NO_NEUTRAL, Reason.TOO_SMALL])
def test_the_measure_s_own_reason_is_kept(reason):
    result = run(np.full(50, np.nan), reason=reason)
    assert set(result.not_assessable_s) == {reason}


def test_too_little_seen_is_no_verdict():
    values = np.full(100, np.nan)
    values[:5] = 0.0
    assert run(values).verdict == Verdict.NOT_ASSESSABLE


def test_a_few_good_seconds_of_many_are_no_pass_but_a_fault_in_them_is_one():
    blind = np.full(300, np.nan)
    seen = blind.copy()
    seen[:60] = 0.0
    assert run(seen).verdict == Verdict.NOT_ASSESSABLE
    seen[:60] = 20.0
    assert run(seen).verdict == Verdict.DEVIATION
    enough = blind.copy()
    enough[:120] = 0.0
    assert run(enough).verdict == Verdict.OK


def test_time_in_which_the_norm_did_not_apply_is_no_blindness():
    values = hold((0, 30))
    active = ActiveCriterion(criterion(), {View.FRONT: 3.0}, ())
    held = np.arange(300) < 40
    gates = Gates(held, np.ones(300, bool))
    reasons = np.zeros(300, np.int8)
    result = judge(
        active,
        Series(values, reasons),
        {View.FRONT: np.ones(300, bool)},
        timing(np.arange(300) / 10, 0.1, False),
        gates,
        1,
    )
    assert result.verdict == Verdict.OK


def test_an_error_of_the_moment_comes_on_top():
    assert run(hold((0, 5), (9, 5)), error=3.0).verdict == Verdict.DEVIATION
    turned = run(hold((0, 5), (9, 5)), error=3.0, extra_error=3.5)
    assert turned.verdict == Verdict.BORDERLINE and turned.error == pytest.approx(np.hypot(3.0, 3.5))
    far = run(hold((0, 5), (9, 5)), error=3.0, extra_error=6.0)
    assert far.verdict == Verdict.NOT_ASSESSABLE and set(far.not_assessable_s) == {Reason.ERROR_TOO_LARGE}
    only_then = run(hold((0, 5), (9, 5)), error=3.0, extra_error=hold((0, 5), (6, 5)))
    assert only_then.verdict == Verdict.OK and only_then.not_assessable_s[Reason.ERROR_TOO_LARGE] == pytest.approx(5)


def test_motion_is_judged_where_the_criterion_says_so():
    assert run(hold((20, 5)), still=False, while_still=False).verdict == Verdict.DEVIATION


def test_a_photo_is_judged_without_least_duration():
    result = run([20.0], photo=True, min_duration_s=30.0)
    assert result.verdict == Verdict.DEVIATION
    assert run([0.0], photo=True).verdict == Verdict.OK
    assert run([7.0], photo=True).verdict == Verdict.BORDERLINE


def test_one_sided_limits():
    one = {"allowed": {"low": 0.8}, "serious": None, "target": 1.0, "error": 0.1}
    assert run(hold((5, 5)), **one).verdict == Verdict.OK
    assert run(hold((0.6, 5)), **one).verdict == Verdict.DEVIATION


def test_seconds_add_up():
    values = hold((0, 5), (7, 3), (12, 4), (0, 2))
    values[10:15] = np.nan
    r = run(values)
    assert r.ok_s + r.borderline_s + r.deviation_s + sum(r.not_assessable_s.values()) == pytest.approx(14, abs=0.05)


def test_one_noisy_sample_does_not_turn_a_long_borderline_stretch_into_a_deviation():
    values = hold((7.9, 20))
    values[95:103] = 8.2
    result = run(values)
    assert result.verdict == Verdict.BORDERLINE and not result.deviations


def test_a_photo_s_deviation_has_a_moment_and_no_length():
    result = run([20.0], photo=True)
    (d,) = result.deviations
    assert d.duration_s == 0.0 and result.deviation_s == 1.0 and result.ok_s == 0.0
