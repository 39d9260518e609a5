"""Every criterion of every profile and pose is met, broken, or not assessable by its own limits, errors and views."""

from __future__ import annotations

import numpy as np
import pytest

from posture.findings import Reason, Verdict, View
from posture.judge import Gates, judge, timing
from posture.library import load_library
from posture.measures import MEASURES, Series
from posture.profiles import profile_names


def all_of(profile):
    """By id and pose, every criterion that is judged over time."""
    library = load_library(profile)
    found = {(a.criterion.id, "-"): a for kind in (None, "standing", "sitting") for a in library.common_criteria(kind)}
    return found | {(a.criterion.id, p): a for p in library.poses for a in library.criteria_of(p)}


CRITERIA = {(profile, *key): a for profile in profile_names() for key, a in all_of(profile).items()}
SECONDS, FPS = 20, 10


def outcome(active, value, view, reason=None):
    n = SECONDS * FPS + round(active.criterion.min_duration_s * FPS)
    reasons = np.full(n, reason, object)
    gates = Gates(np.full(n, True), np.full(n, True))
    when = timing(np.arange(n) / FPS, 1 / FPS, False)
    return judge(active, Series(np.full(n, float(value)), reasons), np.full(n, view, object), when, gates, 1)


@pytest.mark.parametrize("key", CRITERIA, ids="-".join)
def test_met_broken_or_not_assessable(key):
    active = CRITERIA[key]
    criterion, errors = active.criterion, active.errors
    assert errors, "a criterion that no view can judge"
    for view, error in errors.items():
        assert outcome(active, criterion.ideal, view).verdict == Verdict.OK
        for limit, sign in ((criterion.allowed.low, -1), (criterion.allowed.high, 1)):
            if limit is None:
                continue
            broken = outcome(active, limit + sign * 1.05 * error, view)
            assert broken.verdict == Verdict.DEVIATION and len(broken.deviations) == 1
            assert not outcome(active, limit + sign * 0.5 * error, view).deviations
        unseen = outcome(active, float("nan"), view, Reason.NOT_VISIBLE)
        assert unseen.verdict == Verdict.NOT_ASSESSABLE and set(unseen.not_assessable_s) == {Reason.NOT_VISIBLE}
    blind = outcome(active, criterion.ideal, View.BACK)
    if View.BACK not in errors:
        assert blind.verdict == Verdict.NOT_ASSESSABLE and set(blind.not_assessable_s) == {Reason.WRONG_VIEW}


@pytest.mark.parametrize("profile", profile_names())
def test_no_measure_is_asked_outside_the_views_in_which_it_is_valid(profile):
    for active in (*all_of(profile).values(), *load_library(profile).criteria_of_moves()):
        assert set(active.errors) <= set(MEASURES[active.criterion.measure].views)
