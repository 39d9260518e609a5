"""How far two judges agree beyond chance: Cohen's kappa with its confidence interval, and raw agreement. Pure numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.findings import Verdict

Z_95 = 1.959963984540054
"""97.5 % quantile of the normal distribution: two-sided 95 %."""


class NoKappa(StrEnum):
    """Why there is no kappa; told by `survey.agreement.<reason>`."""

    NO_PAIRS = "no_pairs"
    """Nothing was judged by both."""
    ONE_CATEGORY = "one_category"
    """One of the two gave the same verdict throughout: agreement beyond chance is 0 / 0 or 0 by construction."""


@dataclass(frozen=True)
class Kappa:
    """Agreement of two judges. `interval` is 95 %, within -1..1; None where the large-sample formula gives no width
    (complete agreement), and with few pairs it is too narrow rather than too wide."""

    pairs: int
    observed: float | None
    """Share of pairs with the same verdict, 0..1."""
    kappa: float | None
    standard_error: float | None
    interval: tuple[float, float] | None
    reason: NoKappa | None = None


def cohens_kappa(table: NDArray[Any]) -> Kappa:
    """Kappa of a (K, K) table of counts, rows the first judge's categories, columns the second's.

    With p = table / n, rows p_i., columns p_.i: p_o = sum p_ii, p_e = sum p_i. p_.i, kappa = (p_o - p_e) / (1 - p_e)
    (Cohen 1960, Educational and Psychological Measurement 20: 37-46). Large-sample standard error for the interval
    (Fleiss, Cohen and Everitt 1969, Psychological Bulletin 72: 323-327)::

        n (1 - p_e)^4 se^2 = sum_i p_ii [(1 - p_e) - (p_.i + p_i.)(1 - p_o)]^2
                             + (1 - p_o)^2 sum_{i != j} p_ij (p_.i + p_j.)^2 - (p_o p_e - 2 p_e + p_o)^2

    No kappa where either judge used a single category (own choice where only one of them did).

    Raises
    ------
    ValueError
        The table is not square or holds negative counts.
    """
    counts = np.asarray(table, float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any():
        raise ValueError(f"expected a square table of counts, got shape {counts.shape}")
    n = counts.sum()
    if n == 0:
        return Kappa(0, None, None, None, None, NoKappa.NO_PAIRS)
    p = counts / n
    rows, columns = p.sum(1), p.sum(0)
    observed = float(np.trace(p))
    if (rows > 0).sum() < 2 or (columns > 0).sum() < 2:
        return Kappa(int(n), observed, None, None, None, NoKappa.ONE_CATEGORY)
    chance = float(rows @ columns)
    kappa = (observed - chance) / (1 - chance)
    both = columns[:, None] + rows[None, :]
    on = np.diag(p) * ((1 - chance) - np.diag(both) * (1 - observed)) ** 2
    off = (p * both**2).sum() - (np.diag(p) * np.diag(both) ** 2).sum()
    spread = on.sum() + (1 - observed) ** 2 * off - (observed * chance - 2 * chance + observed) ** 2
    error = float(np.sqrt(max(spread, 0.0) / n) / (1 - chance) ** 2)
    if observed == 1.0:
        return Kappa(int(n), observed, kappa, 0.0, None)
    interval = (max(kappa - Z_95 * error, -1.0), min(kappa + Z_95 * error, 1.0))
    return Kappa(int(n), observed, kappa, error, interval)


@dataclass(frozen=True)
class Pair:
    """What two judges said about one person of one recording in one criterion."""

    recording_id: int
    person: int
    criterion: str
    first: Verdict
    second: Verdict


@dataclass(frozen=True)
class Agreement:
    """Two judges on one criterion, or on all together (`criterion` None)."""

    criterion: str | None
    kappa: Kappa
    left_out: int
    """Pairs in which one of the two could not assess it: no part of kappa."""
    both: int
    """Both saw a deviation; then only the first, only the second, neither."""
    only_first: int
    only_second: int
    neither: int


def agreement(pairs: Sequence[Pair]) -> list[Agreement]:
    """All criteria together, then each by itself in order of name.

    Two categories: deviation or none. Borderline is none, because it does not count against anybody.
    """
    names = sorted({p.criterion for p in pairs})
    return [_of(None, pairs), *(_of(name, [p for p in pairs if p.criterion == name]) for name in names)]


def _of(criterion: str | None, pairs: Iterable[Pair]) -> Agreement:
    table, left_out = np.zeros((2, 2), int), 0
    for p in pairs:
        if Verdict.NOT_ASSESSABLE in (p.first, p.second):
            left_out += 1
        else:
            table[int(p.first is not Verdict.DEVIATION), int(p.second is not Verdict.DEVIATION)] += 1
    (both, first), (second, neither) = table.tolist()
    return Agreement(criterion, cohens_kappa(table), left_out, both, first, second, neither)
