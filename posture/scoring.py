"""From deviations to a scorecard, as the paper forms do it: points off per occurrence, capped per category.

Numbers come from the profile file. The score is over what could be assessed only; below the profile's least
coverage there is no grade.
"""

from __future__ import annotations

from dataclasses import replace

from posture.findings import CategoryScore, CriterionResult, Deviation, Score
from posture.references import Criterion, Profile


def count_points(
    deviations: tuple[Deviation, ...], criterion: Criterion, profile: Profile
) -> tuple[Deviation, ...]:
    """The deviations of one criterion, in time order, with the points that each costs.

    One that starts within `repeat_after_s` of the end of the last counted one costs nothing more; one that
    lasts costs again for every full `lasting_s`. Advisory criteria cost nothing.
    """
    rules = profile.scoring
    counted: list[Deviation] = []
    last_end_s: float | None = None
    for d in deviations:
        times = 0 if last_end_s is not None and d.start_s - last_end_s < rules.repeat_after_s else 1
        times += int(d.duration_s // rules.lasting_s)
        points = 0.0 if criterion.advisory else times * rules.deduction[d.severity]
        if times:
            last_end_s = d.end_s
        counted.append(replace(d, points=points))
    return tuple(counted)


def score(results: tuple[CriterionResult, ...], criteria: dict[str, Criterion], profile: Profile) -> Score:
    """The scorecard of one person. `results` carry deviations with points already counted."""
    rules = profile.scoring
    categories = []
    for category in rules.judged_categories:
        weight = rules.weights[category]
        counted = [r for r in results if criteria[r.criterion].category == category]
        counted = [r for r in counted if not criteria[r.criterion].advisory]
        seen = [r for r in counted if r.assessable_s >= rules.least_assessable_s or r.deviations]
        assessable = weight * len(seen) / len(counted) if counted else 0.0
        deducted = sum(d.points for r in seen for d in r.deviations)
        categories.append(CategoryScore(category, weight, assessable, min(deducted, assessable)))
    whole = sum(c.weight for c in categories)
    assessable = sum(c.assessable for c in categories)
    coverage = assessable / whole if whole else 0.0
    if not assessable or coverage < rules.least_coverage:
        return Score(None, None, coverage, tuple(categories))
    value = 100.0 * (assessable - sum(c.deducted for c in categories)) / assessable
    grade = next((name for name, least in rules.grades.items() if value >= least), None)
    return Score(value, grade, coverage, tuple(categories))
