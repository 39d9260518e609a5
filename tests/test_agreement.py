"""Cohen's kappa against published examples; what cannot be told is not told."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.findings import Verdict
from posture.survey.agreement import NoKappa, agreement, cohens_kappa

# A SAS printout: kappa, asymptotic standard error, 95 % limits (the reference of statsmodels' own tests).
SAS = ([[0, 4, 1], [0, 8, 0], [0, 1, 5]], 0.4842, 0.1380, 0.2137, 0.7547)
# Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, table 18.1: 100 subjects, two raters.
FLEISS = ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.68, 0.087, 0.51, 0.85)


def test_the_sas_example():
    table, kappa, error, low, high = SAS
    found = cohens_kappa(np.array(table))
    assert found.pairs == 19 and found.kappa == pytest.approx(kappa, abs=5e-5)
    assert found.standard_error == pytest.approx(error, abs=5e-5)
    assert found.interval == pytest.approx((low, high), abs=5e-5)


def test_the_example_of_fleiss():
    table, kappa, error, low, high = FLEISS
    found = cohens_kappa(np.array(table))
    assert found.observed == pytest.approx(0.89) and found.kappa == pytest.approx(kappa, abs=0.005)
    assert found.standard_error == pytest.approx(error, abs=0.001)
    assert found.interval == pytest.approx((low, high), abs=0.006)


@pytest.mark.parametrize(
    ("table", "kappa"),
    [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
)
def test_well_known_tables_of_two_categories(table, kappa):
    assert cohens_kappa(np.array(table)).kappa == pytest.approx(kappa, abs=5e-5)


def test_complete_agreement_has_no_width_to_tell():
    found = cohens_kappa(np.array([[7, 0], [0, 3]]))
    assert found.kappa == 1.0 and found.observed == 1.0 and found.interval is None and found.reason is None


@pytest.mark.parametrize("table", [[[9, 0], [0, 0]], [[9, 3], [0, 0]], [[9, 0], [3, 0]]])
def test_one_verdict_throughout_says_nothing_beyond_chance(table):
    found = cohens_kappa(np.array(table))
    assert found.kappa is None and found.interval is None and found.reason is NoKappa.ONE_CATEGORY
    assert found.observed == pytest.approx(table[0][0] / np.sum(table))


def test_nothing_judged_by_both():
    found = cohens_kappa(np.zeros((2, 2)))
    assert found.reason is NoKappa.NO_PAIRS and found.observed is None


@pytest.mark.parametrize("table", [[[1, 2]], [[1, -1], [2, 3]]])
def test_what_is_no_table_is_a_programming_error(table):
    with pytest.raises(ValueError, match="square table"):
        cohens_kappa(np.array(table))


@given(st.lists(st.integers(0, 30), min_size=9, max_size=9))
def test_kappa_stays_in_its_bounds_and_is_the_same_from_either_side(counts):
    table = np.array(counts).reshape(3, 3)
    found, turned = cohens_kappa(table), cohens_kappa(table.T)
    assert found.reason == turned.reason
    if found.kappa is not None:
        assert found.kappa == pytest.approx(turned.kappa) and -1 <= found.kappa <= 1 + 1e-12
        assert found.standard_error == pytest.approx(turned.standard_error)
        if found.interval:
            assert found.interval[0] <= found.kappa <= found.interval[1]


def tally(*pairs):
    return Counter((criterion, Verdict(first), Verdict(second)) for criterion, first, second in pairs)


def test_all_together_and_each_criterion():
    whole, a, b = agreement(
        tally(
            ("b", "deviation", "deviation"), ("b", "ok", "deviation"), ("b", "borderline", "ok"), ("b", "ok", "ok"),
            ("a", "ok", "not_assessable"), ("a", "ok", "ok"), ("a", "ok", "ok"),
        )
    )  # fmt: skip
    assert [x.criterion for x in (whole, a, b)] == [None, "a", "b"]
    assert (b.both, b.only_first, b.only_second, b.neither, b.left_out) == (1, 0, 1, 2, 0)
    assert a.left_out == 1 and a.neither == 2 and a.kappa.reason is NoKappa.ONE_CATEGORY
    assert whole.kappa.pairs == 6 and whole.left_out == 1 and whole.neither == 4
    assert agreement({})[0].kappa.reason is NoKappa.NO_PAIRS


def test_a_criterion_that_nobody_could_assess_is_told():
    _, lost = agreement(tally(("a", "not_assessable", "ok")))
    assert lost.left_out == 1 and lost.kappa.reason is NoKappa.NO_PAIRS
