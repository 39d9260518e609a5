"""Everything that the reports and the audit page say about a survey as a whole, from the store in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from posture.errors import UnusableInputError
from posture.survey.agreement import Agreement, agreement
from posture.survey.blind import machine_and_human, raters
from posture.survey.queries import CriterionRate, Level, all_together, places, state_counts
from posture.survey.records import State
from posture.survey.scored import Scored, rates_after_review, scored_recordings
from posture.survey.selection import Filter
from posture.survey.statistics import GroupScore, Ranking, RoundChange, group_scores, ranking, round_changes
from posture.survey.store import Store

PLACES: tuple[Level, ...] = ("unit", "outlet", "window")
_MOST_NAMED = 20
Rates = dict[tuple[str, ...], list[CriterionRate]]


def with_above(level: Level) -> tuple[Level, ...]:
    """A window is known by its outlet and unit."""
    return ("round",) if level == "round" else PLACES[: PLACES.index(level) + 1]


@dataclass(frozen=True)
class Statistics:
    """Scores with intervals, ranks and changes by `by`."""

    by: tuple[Level, ...]
    whole: GroupScore | None
    """All of it; None where nothing was analysed."""
    scores: tuple[GroupScore, ...]
    ranking: Ranking | None
    """None for rounds: they share their windows, so that they are compared by `changes`."""
    rounds: tuple[GroupScore, ...]
    changes: tuple[RoundChange, ...]


def statistics_of(rows: Sequence[Scored], level: Level) -> Statistics:
    by = with_above(level)
    scores = group_scores(rows, by)
    whole = group_scores(rows, ())
    changes = round_changes(rows, () if level == "round" else by)
    ranked = None if level == "round" else ranking(scores)
    return Statistics(
        by, whole[0] if whole else None, tuple(scores), ranked, tuple(group_scores(rows, ("round",))),
        tuple(changes),
    )  # fmt: skip


@dataclass(frozen=True)
class Overview:
    wanted: Filter
    machine_only: bool
    statistics: Statistics
    rates: tuple[CriterionRate, ...]
    """Every criterion, the most often broken first."""
    heat_by: tuple[Level, ...]
    heat: Rates
    agreements: tuple[tuple[str, tuple[Agreement, ...]], ...]
    """The machine beside everybody who scored blind."""
    states: dict[State, int]


def overview(store: Store, level: Level, wanted: Filter, machine_only: bool = False) -> Overview:
    """Scores after people's decisions go before the machine's, unless `machine_only`."""
    rows = scored_recordings(store, wanted, machine_only)
    heat_by = _heat_by(rows)
    heat = rates_after_review(store, heat_by, wanted, machine_only)
    agreements = [(who, tuple(agreement(machine_and_human(store, who, wanted)))) for who in raters(store)]
    return Overview(
        wanted, machine_only, statistics_of(rows, level), tuple(all_together(heat.values())), heat_by, heat,
        tuple((who, found) for who, found in agreements if found[0].kappa.pairs or found[0].left_out),
        state_counts(store, wanted),
    )  # fmt: skip


def require_known(store: Store, wanted: Filter) -> None:
    """UnusableInputError where the filter names a unit, outlet, window or round that the store does not know."""
    every = places(store)
    for i, level in enumerate(get_args(Level)):
        value = getattr(wanted, level)
        known = sorted({p[i] for p in every})
        if value is not None and value not in known:
            names = ", ".join(known[:_MOST_NAMED]) + (" …" if len(known) > _MOST_NAMED else "")
            raise UnusableInputError(f"survey_report.errors.no_{level}", value=value, known=names or "–")


def _heat_by(rows: Sequence[Scored]) -> tuple[Level, ...]:
    """Units; of a single one its outlets, of a single one of those its windows."""
    for level in PLACES:
        by = with_above(level)
        if len({tuple(getattr(r.place, name) for name in by) for r in rows}) > 1:
            return by
    return ("unit",)
