"""From deviations to a scorecard, as the paper forms do it: points off per occurrence, with caps.

Numbers come from the profile file. The score is over what could be assessed only; below the profile's least
coverage there is no grade.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from posture.findings import CategoryScore, CriterionResult, Deviation, ItemScore, Score, Severity, Verdict
from posture.references import Criterion, Profile, Scoring


def price(criterion: Criterion, severity: Severity, rules: Scoring) -> float:
    """Points that one occurrence of that severity costs: the criterion's own, else those of the severity."""
    past_serious = criterion.serious is not None and severity == Severity.SERIOUS
    if past_serious and criterion.points_serious is not None:
        return criterion.points_serious
    return rules.deduction[severity] if criterion.points is None else criterion.points


def counted(
    results: tuple[CriterionResult, ...], criteria: dict[str, Criterion], profile: Profile
) -> tuple[CriterionResult, ...]:
    """The results with points on their deviations, and consequences of other deviations marked as such."""
    by_id = {r.criterion: r.deviations for r in results}
    marked = []
    for result in results:
        causes = criteria[result.criterion].follows_from
        deviations = tuple(
            replace(d, follows_from=next((c for c in causes if _covered(d, by_id.get(c, ()))), None))
            for d in result.deviations
        )
        marked.append(replace(result, deviations=_with_points(deviations, criteria[result.criterion], profile)))
    return tuple(marked)


def _covered(deviation: Deviation, others: tuple[Deviation, ...]) -> bool:
    """Whether the others last over more than half of the deviation."""
    overlap = sum(max(0.0, min(deviation.end_s, o.end_s) - max(deviation.start_s, o.start_s)) for o in others)
    at_once = any(o.start_s <= deviation.worst_s <= o.end_s for o in others)
    return at_once and overlap >= 0.5 * deviation.duration_s


def _with_points(deviations: tuple[Deviation, ...], criterion: Criterion, profile: Profile) -> tuple[Deviation, ...]:
    """What each deviation of one criterion costs, in time order.

    One that starts within `repeat_after_s` of the end of the last counted one costs nothing more; one that
    lasts costs again for every full `lasting_s`. Advisory criteria and consequences cost nothing, nor does what
    comes once the criterion's cap is reached.
    """
    rules = profile.scoring
    done: list[Deviation] = []
    last_end_s: float | None = None
    left = float("inf") if criterion.cap is None else criterion.cap
    for d in deviations:
        if criterion.advisory or d.follows_from:
            done.append(d)
            continue
        times = 0 if last_end_s is not None and d.start_s - last_end_s < rules.repeat_after_s else 1
        times += int(d.duration_s // rules.lasting_s)
        last_end_s = d.end_s if times else last_end_s
        each = price(criterion, d.severity, rules)
        points = min(times * each, left)
        left -= points
        done.append(replace(d, points=points, times=times, price=each))
    return tuple(done)


def _counts(result: CriterionResult, rules: Scoring) -> bool:
    """Whether enough of the criterion was seen to be part of the score."""
    enough = result.verdict != Verdict.NOT_ASSESSABLE and result.assessable_s >= rules.least_assessable_s
    return enough or bool(result.deviations)


def _item(result: CriterionResult, criterion: Criterion) -> ItemScore | None:
    """What a criterion cost, None when nothing."""
    counts: Counter[float] = Counter()
    for d in result.deviations:
        counts[d.price] += d.times
    priced = tuple((times, each) for each, times in sorted(counts.items()) if times and each)
    lost = sum(d.points for d in result.deviations)
    return ItemScore(criterion.id, priced, lost, criterion.cap) if lost else None


def score(results: tuple[CriterionResult, ...], criteria: dict[str, Criterion], profile: Profile) -> Score:
    """The scorecard of one person. `results` carry deviations with points already counted."""
    rules = profile.scoring
    categories = []
    for category in rules.judged_categories:
        weight = rules.weights[category]
        own = [r for r in results if criteria[r.criterion].category == category]
        own = [r for r in own if not criteria[r.criterion].advisory]
        if not own:  # nothing of it was asked for: no gesture was made
            continue
        seen = [r for r in own if _counts(r, rules)]
        assessable = weight * len(seen) / len(own) if own else 0.0
        deducted = sum(d.points for r in seen for d in r.deviations)
        items = sorted((i for r in seen if (i := _item(r, criteria[r.criterion]))), key=lambda i: -i.deducted)
        categories.append(CategoryScore(category, weight, assessable, min(deducted, assessable), tuple(items)))
    whole = sum(c.weight for c in categories)
    assessable = sum(c.assessable for c in categories)
    coverage = assessable / whole if whole else 0.0
    if not assessable or coverage < rules.least_coverage:
        return Score(None, None, coverage, tuple(categories))
    value = round(100.0 * (assessable - sum(c.deducted for c in categories)) / assessable, 6)
    grade = next((name for name, least in rules.grades.items() if value >= least), None)
    return Score(value, grade, coverage, tuple(categories))
