"""What scores of a survey's recordings say about windows, outlets, units and rounds, and what they do not say.

The recording is the sampling unit. Within a window recordings count by the time that could be assessed; above, every
window counts the same and the next level down is the cluster. Pure functions over `scored.Scored`; the methods, their
assumptions and sources are in `docs/statistics.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median

import numpy as np

from posture.survey.intervals import Estimate, cluster_mean, difference, shown_greater
from posture.survey.queries import Level
from posture.survey.scored import Scored

LEAST_ASSESSABLE_S = 30.0
"""Time that has to be assessable at a window for it to have a score here (own choice)."""
LENGTHS_APART = 2.0
"""Where typical lengths differ by more than this factor scores are hard to compare: points are taken off for every
occurrence, and more happens in longer recordings (own choice)."""
SCORES, CHANGES = (0.0, 100.0), (-100.0, 100.0)
"""What scores and their differences can be."""
_FEW = 15
_MOST_PAIRS = 200
Group = tuple[str, ...]
_Window = tuple[str, str, str]


class Over(StrEnum):
    """What an interval was made over: told by `statistics.over.<value>`."""

    RECORDING = "recording"
    WINDOW = "window"
    OUTLET = "outlet"


@dataclass(frozen=True)
class GroupScore:
    """The score of one window, outlet, unit or round."""

    group: Group
    estimate: Estimate | None
    """None where too little could be assessed: then it has no score and no rank, which is no fault."""
    over: Over
    windows: int
    """With enough assessable time; others have no part in the score."""
    windows_left_out: int
    recordings: int
    scored: int
    """Recordings with a score of their own."""
    reviewed: int
    footage_s: float
    assessable_s: float
    coverage: float
    """Assessable share of what was seen, recordings without a score included, 0..1."""
    typical_length_s: float

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, of this score alone: not to compare with others by."""
        return self.estimate.interval(bounds=SCORES) if self.estimate else None


def group_scores(rows: Iterable[Scored], by: Sequence[Level]) -> list[GroupScore]:
    """Scores by place or round, such as by=("unit", "outlet"), in order of names; by=() is everything together."""
    groups: dict[Group, list[Scored]] = defaultdict(list)
    for row in rows:
        groups[tuple(getattr(row.place, level) for level in by)].append(row)
    return [_group_score(group, groups[group]) for group in sorted(groups)]


def _group_score(group: Group, rows: list[Scored]) -> GroupScore:
    windows = _by_window(rows)
    enough = {w: own for w, own in windows.items() if _enough(own)}
    estimate, over = _estimate(enough)
    seen_s = sum(r.seen_s for r in rows)
    return GroupScore(
        group=group,
        estimate=estimate,
        over=over,
        windows=len(enough),
        windows_left_out=len(windows) - len(enough),
        recordings=len(rows),
        scored=sum(r.score is not None for r in rows),
        reviewed=sum(r.reviewed for r in rows),
        footage_s=sum(r.duration_s for r in rows),
        assessable_s=sum(r.assessable_s for r in rows),
        coverage=sum(r.coverage * r.seen_s for r in rows) / seen_s if seen_s else 0.0,
        typical_length_s=median(r.duration_s for r in rows),
    )


def _by_window(rows: Iterable[Scored]) -> dict[_Window, list[Scored]]:
    windows: dict[_Window, list[Scored]] = defaultdict(list)
    for r in rows:
        windows[r.place.unit, r.place.outlet, r.place.window].append(r)
    return windows


def _enough(rows: Iterable[Scored]) -> bool:
    return sum(r.assessable_s for r in rows) >= LEAST_ASSESSABLE_S


def _known(rows: Iterable[Scored]) -> list[tuple[float, float]]:
    """Score and weight of the recordings that have a score."""
    return [(r.score, r.assessable_s) for r in rows if r.score is not None and r.assessable_s > 0]


def _of_window(rows: Iterable[Scored]) -> Estimate:
    known = _known(rows)
    return cluster_mean([score for score, _ in known], [s for _, s in known], range(len(known)))


def _mean(rows: Iterable[Scored]) -> float:
    """The value of `_of_window`, without its error."""
    known = _known(rows)
    return sum(score * s for score, s in known) / sum(s for _, s in known)


def _estimate(windows: dict[_Window, list[Scored]]) -> tuple[Estimate | None, Over]:
    if not windows:
        return None, Over.RECORDING
    if len(windows) == 1:
        return _of_window(next(iter(windows.values()))), Over.RECORDING
    return _over_windows({w: _mean(rows) for w, rows in windows.items()})


def _over_windows(values: dict[_Window, float]) -> tuple[Estimate, Over]:
    """Mean of the windows' values, each counting the same; outlets are the clusters where there are several."""
    outlets = [w[:2] for w in values]
    several = len(set(outlets)) > 1
    made = cluster_mean(list(values.values()), [1.0] * len(values), outlets if several else list(values))
    return made, Over.OUTLET if several else Over.WINDOW


@dataclass(frozen=True)
class Ranked:
    score: GroupScore
    tier: int
    """1: nobody is shown to be better. 2: somebody of 1 is, and so on."""
    best: int
    """Ranks from best to worst that the differences shown leave open."""
    worst: int


@dataclass(frozen=True)
class Difference:
    """The first minus the second, with the interval that holds for all comparisons at once."""

    first: Group
    second: Group
    value: float
    interval: tuple[float, float]

    @property
    def shown(self) -> bool:
        return not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True)
class Ranking:
    ranked: tuple[Ranked, ...]
    """By tier, within one by name: there no order is shown."""
    no_interval: tuple[GroupScore, ...]
    """With a score but nothing to tell its error by: not ranked."""
    not_assessable: tuple[GroupScore, ...]
    comparisons: int
    shown: int
    """Differences shown among them."""
    differences: tuple[Difference, ...]
    """All of few, else those shown, the clearest first, and not all of very many."""

    @property
    def tiers(self) -> int:
        return max((r.tier for r in self.ranked), default=0)


def ranking(scores: Sequence[GroupScore]) -> Ranking:
    """Groups in the order that their differences show, and no finer."""
    known = [s for s in scores if s.estimate is not None and s.estimate.error is not None]
    better = shown_greater([s.estimate for s in known if s.estimate is not None])
    tiers = _tiers([s.estimate.value for s in known if s.estimate is not None], better)
    above, below = better.sum(0), better.sum(1)
    ranked = [
        Ranked(s, tiers[i], 1 + int(above[i]), len(known) - int(below[i])) for i, s in enumerate(known)
    ]  # fmt: skip
    return Ranking(
        ranked=tuple(sorted(ranked, key=lambda r: (r.tier, r.score.group))),
        no_interval=tuple(s for s in scores if s.estimate is not None and s.estimate.error is None),
        not_assessable=tuple(s for s in scores if s.estimate is None),
        comparisons=len(known) * (len(known) - 1) // 2,
        shown=int(better.sum()),
        differences=_differences(known, better),
    )


def _tiers(values: list[float], better: np.ndarray) -> list[int]:
    tiers = [1] * len(values)
    for i in sorted(range(len(values)), key=lambda i: -values[i]):
        tiers[i] = 1 + max((tiers[j] for j in np.flatnonzero(better[:, i])), default=0)
    return tiers


def _differences(known: list[GroupScore], better: np.ndarray) -> tuple[Difference, ...]:
    pairs = len(known) * (len(known) - 1) // 2
    if len(known) <= _FEW:
        wanted = [(i, j) for i in range(len(known)) for j in range(i + 1, len(known))]
    else:
        wanted = [(int(i), int(j)) for i, j in zip(*np.nonzero(better), strict=True)]
    found = []
    for i, j in wanted:
        first, second = (i, j) if _value(known[i]) >= _value(known[j]) else (j, i)
        made = _apart(known[first], known[second])
        interval = made.interval(pairs, CHANGES)
        if interval is not None:
            found.append(Difference(known[first].group, known[second].group, made.value, interval))
    return tuple(sorted(found, key=lambda d: -d.interval[0])[:_MOST_PAIRS])


def _value(score: GroupScore) -> float:
    return score.estimate.value if score.estimate else 0.0


def _apart(first: GroupScore, second: GroupScore) -> Estimate:
    if first.estimate is None or second.estimate is None:
        raise ValueError("expected scores")
    return difference(first.estimate, second.estimate)


def lengths_apart(scores: Iterable[GroupScore]) -> float | None:
    """How many times as long the recordings of one group typically are as those of another; None up to
    `LENGTHS_APART`."""
    lengths = [s.typical_length_s for s in scores if s.estimate is not None and s.typical_length_s > 0]
    apart = max(lengths) / min(lengths) if lengths else 1.0
    return apart if apart > LENGTHS_APART else None


class Changed(StrEnum):
    """What a change between rounds is: told by `statistics.changed.<value>`."""

    ROSE = "rose"
    FELL = "fell"
    NOT_SHOWN = "not_shown"
    """The interval holds 0: neither a change nor its absence is shown."""
    UNKNOWN = "unknown"
    """Nothing to tell the error by."""
    NO_PAIR = "no_pair"
    """No window could be assessed in both rounds."""


@dataclass(frozen=True)
class RoundChange:
    """How a group changed from one round to the next, over the windows that could be assessed in both."""

    group: Group
    before: str
    after: str
    windows: int
    over: Over
    estimate: Estimate | None
    comparisons: int
    """Changes that the interval holds for at once."""

    @property
    def interval(self) -> tuple[float, float] | None:
        return self.estimate.interval(self.comparisons, CHANGES) if self.estimate else None

    @property
    def changed(self) -> Changed:
        if self.estimate is None:
            return Changed.NO_PAIR
        if self.interval is None:
            return Changed.UNKNOWN
        low, high = self.interval
        return Changed.ROSE if low > 0 else Changed.FELL if high < 0 else Changed.NOT_SHOWN


def round_changes(rows: Sequence[Scored], by: Sequence[Level]) -> list[RoundChange]:
    """From each round to the next one by name, for each group of `by` (places only) and, first, for all together.

    That all together is one claim; the others hold at once (Bonferroni) for each two rounds.
    """
    rounds = sorted({r.place.round for r in rows})
    found = []
    for before, after in pairwise(rounds):
        pair = [r for r in rows if r.place.round in (before, after)]
        found += _changes(pair, (), before, after)
        found += _changes(pair, by, before, after) if by else []
    return found


def _changes(rows: list[Scored], by: Sequence[Level], before: str, after: str) -> list[RoundChange]:
    groups: dict[Group, list[Scored]] = defaultdict(list)
    for row in rows:
        groups[tuple(getattr(row.place, level) for level in by)].append(row)
    made = {group: _change(own, before, after) for group, own in sorted(groups.items())}
    claims = sum(e is not None and e.error is not None for e, _, _ in made.values())
    return [RoundChange(group, before, after, n, over, e, claims) for group, (e, n, over) in made.items()]


def _change(rows: list[Scored], before: str, after: str) -> tuple[Estimate | None, int, Over]:
    pairs: dict[_Window, tuple[list[Scored], list[Scored]]] = {}
    for window, own in _by_window(rows).items():
        first, second = ([r for r in own if r.place.round == one] for one in (before, after))
        if _enough(first) and _enough(second):
            pairs[window] = first, second
    if not pairs:
        return None, 0, Over.RECORDING
    if len(pairs) == 1:
        first, second = next(iter(pairs.values()))
        return difference(_of_window(second), _of_window(first)), 1, Over.RECORDING
    made, over = _over_windows({w: _mean(second) - _mean(first) for w, (first, second) in pairs.items()})
    return made, len(pairs), over
