"""How the verdicts on a recording change with a profile: both are judged from the same landmarks."""

from __future__ import annotations

from dataclasses import dataclass

from posture.check import Checked
from posture.findings import CriterionResult, Verdict


@dataclass(frozen=True)
class Compared:
    """One norm for one person by two profiles; None where the profile does not ask for it or it did not apply.

    points_before, points_after : points it cost.
    """

    person: int
    criterion: str
    before: CriterionResult | None
    after: CriterionResult | None

    @property
    def verdicts(self) -> tuple[Verdict | None, Verdict | None]:
        return (self.before.verdict if self.before else None, self.after.verdict if self.after else None)

    @property
    def points(self) -> tuple[float, float]:
        return _points(self.before), _points(self.after)

    @property
    def counts(self) -> tuple[int, int]:
        """How many deviations."""
        return len(self.before.deviations) if self.before else 0, len(self.after.deviations) if self.after else 0

    @property
    def changed(self) -> bool:
        return any(one != other for one, other in (self.verdicts, self.points, self.counts))


def _points(result: CriterionResult | None) -> float:
    return sum(d.points for d in result.deviations) if result else 0.0


def compare_results(before: Checked, after: Checked) -> tuple[Compared, ...]:
    """Every norm of every person by both, what changed first, else in the order of the norms."""
    found: list[Compared] = []
    for one in before.result.people:
        by_id = {r.criterion: r for r in one.results}
        other = next((p for p in after.result.people if p.person == one.person), None)
        after_by_id = {r.criterion: r for r in other.results} if other else {}
        found += [Compared(one.person, n, by_id.get(n), after_by_id.get(n)) for n in by_id | after_by_id]
    return tuple(sorted(found, key=lambda c: not c.changed))
