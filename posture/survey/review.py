"""The scorecard after people's decisions: dismissed findings cost nothing, added ones cost their points.

Points, consequences and scores come from `posture.scoring`, the same as the machine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from posture.errors import StoreError
from posture.findings import CheckResult, CriterionResult, Deviation, PersonFindings, Range, Verdict, View
from posture.references import Criterion
from posture.scoring import counted, score
from posture.survey.analyses import latest_analysis, load_result
from posture.survey.decisions import read_findings
from posture.survey.records import Finding, Origin
from posture.survey.selection import last_decision
from posture.survey.store import Store
from posture.survey.tables import judged_person

if TYPE_CHECKING:
    from posture.library import Library


def rescored(result: CheckResult, findings: Sequence[Finding], library: Library) -> CheckResult:
    """The result as people left it: without what they dismissed, with what they added, points and scores anew.

    Time of a dismissed deviation counts as right. An added one has neither measured value nor error (NaN).
    Findings of people who are not in the result are left out.

    Raises
    ------
    StoreError
        The norms no longer have a criterion of the result: it has to be judged again first.
    """
    criteria = library.all_criteria()
    for criterion in (r.criterion for p in result.people for r in p.results):
        if criterion not in criteria:
            raise StoreError("survey.errors.criterion_gone", criterion=criterion)
    people = tuple(
        _rescored_person(p, [f for f in findings if f.person == p.person], criteria, library) for p in result.people
    )
    return replace(result, people=people)


def _rescored_person(
    person: PersonFindings, findings: list[Finding], criteria: dict[str, Criterion], library: Library
) -> PersonFindings:
    dismissed = {(f.criterion, f.start_s, f.end_s) for f in findings if f.dismissed and f.origin is Origin.MACHINE}
    added = [f for f in findings if f.origin is Origin.HUMAN and not f.dismissed and f.criterion in criteria]
    results = [_without(r, dismissed) for r in person.results]
    for criterion in dict.fromkeys(f.criterion for f in added):
        more = tuple(as_deviation(f, criteria[criterion]) for f in added if f.criterion == criterion)
        at = next((i for i, r in enumerate(results) if r.criterion == criterion), None)
        if at is None:
            results.append(_with(CriterionResult(criterion, Verdict.DEVIATION, 0, 0, 0, {}, None, None), more))
        else:
            results[at] = _with(results[at], more)
    marked = counted(tuple(results), criteria, library.profile)
    return replace(person, results=marked, score=score(marked, criteria, library.profile))


def _without(result: CriterionResult, dismissed: set[tuple[str, float, float]]) -> CriterionResult:
    kept = tuple(d for d in result.deviations if (d.criterion, d.start_s, d.end_s) not in dismissed)
    if len(kept) == len(result.deviations):
        return result
    whole_s = sum(d.duration_s for d in result.deviations)
    left_s = result.deviation_s * (sum(d.duration_s for d in kept) / whole_s if whole_s else bool(kept))
    verdict = Verdict.DEVIATION if kept else Verdict.OK
    right_s = result.ok_s + result.deviation_s - left_s
    return replace(result, verdict=verdict, deviations=kept, deviation_s=left_s, ok_s=right_s)


def _with(result: CriterionResult, more: tuple[Deviation, ...]) -> CriterionResult:
    together = tuple(sorted((*result.deviations, *more), key=lambda d: d.start_s))
    longer_s = result.deviation_s + sum(d.duration_s for d in more)
    return replace(result, verdict=Verdict.DEVIATION, deviations=together, deviation_s=longer_s)


def as_deviation(added: Finding, criterion: Criterion) -> Deviation:
    """What a person added as a deviation: without measured value and error, its worst moment in the middle."""
    allowed: Range = (criterion.allowed.low, criterion.allowed.high)
    return Deviation(
        criterion=criterion.id,
        person=added.person,
        start_s=added.start_s,
        end_s=added.end_s,
        worst_s=(added.start_s + added.end_s) / 2,
        value=float("nan"),
        error=float("nan"),
        allowed=allowed,
        target=criterion.target,
        severity=added.severity,
        view=View.UNKNOWN,
    )


def review(store: Store, recording_id: int, library: Library) -> CheckResult:
    """The latest analysis rescored, its scores kept for lists and comparisons until somebody decides again. To be
    called after decisions; `library` is that of the analysis' profile and variant.

    Raises
    ------
    StoreError
        The recording has no analysis, or as in `rescored`.
    """
    latest = latest_analysis(store, recording_id)
    if latest is None:
        raise StoreError("survey.errors.not_analysed", id=recording_id)
    with store.read() as connection:
        # Before the findings: what is decided in between makes the kept scores stale, never wrong.
        upto = connection.execute(select(last_decision(recording_id))).scalar()
        findings = read_findings(connection, latest.id)
    result = rescored(load_result(store, latest.id), findings, library)
    if upto is not None:
        _keep(store, latest.id, result, upto)
    return result


def _keep(store: Store, analysis_id: int, result: CheckResult, upto: int) -> None:
    with store.write() as connection:
        for p in result.people:
            row = {"reviewed_score": p.score.value, "reviewed_grade": p.score.grade}
            here = (judged_person.c.analysis_id == analysis_id) & (judged_person.c.person == p.person)
            values = {**row, "reviewed_coverage": p.score.coverage, "reviewed_upto": upto}
            connection.execute(update(judged_person).where(here).values(values))
