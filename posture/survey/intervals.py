"""Means with 95 % intervals from few clusters, differences of two means, many comparisons at once. Pure numpy, scipy.

A mean is weighted; its error comes from leaving out one cluster after the other (delete-one jackknife), its interval
from Student's t with one degree of freedom less than there are clusters, fewer where their weights differ. With equal
weights and each value its own cluster this is the textbook's t interval. See `docs/statistics.md`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
LEVEL = 0.95
_SAME = 1e-9
"""Below this an error is rounding."""


class NoInterval(StrEnum):
    """Why there is no interval; told by `statistics.no_interval.<reason>`."""

    ONE = "one"
    """There is one cluster only: nothing tells how much others would differ."""
    NO_SPREAD = "no_spread"
    """All clusters have the same value, from which no spread can be estimated."""


@dataclass(frozen=True)
class Estimate:
    """A mean or difference with what is known about its error."""

    value: float
    error: float | None
    """Standard error; None where it cannot be told."""
    freedom: float
    """Degrees of freedom of the error."""
    clusters: int
    reason: NoInterval | None = None

    def interval(self, comparisons: int = 1, bounds: tuple[float, float] | None = None) -> tuple[float, float] | None:
        """Of `comparisons` intervals made like this all hold at once in at least 95 % of surveys (Bonferroni); cut at
        `bounds` where values cannot be outside them. None where the error is not known."""
        if self.error is None:
            return None
        reach = self.error * float(-stdtrit(self.freedom, (1 - LEVEL) / 2 / max(comparisons, 1)))
        low, high = self.value - reach, self.value + reach
        return (low, high) if bounds is None else (max(low, bounds[0]), min(high, bounds[1]))


def cluster_mean(values: Sequence[float], weights: Sequence[float], clusters: Sequence[Hashable]) -> Estimate:
    """Weighted mean of values of which those with the same cluster belong together.

    With A_c and B_c the sums of w x and w over cluster c, the mean is m = sum A / sum B, the mean without c is m_(c),
    and error^2 = (k - 1) / k sum_c (m_(c) - m)^2 over the k clusters (Wolter 2007, Introduction to Variance Estimation,
    ch. 4). Degrees of freedom: (sum B)^2 / sum B_c^2 - 1, at least 1, so Kish's effective number in place of k (own
    choice: with k - 1 and unequal weights simulated intervals held 93 % instead of 95 %).

    Raises
    ------
    ValueError
        There are no values, the lengths differ, or a weight is not positive.
    """
    x, w = np.asarray(values, float), np.asarray(weights, float)
    if not len(x) or len(x) != len(w) or len(x) != len(clusters):
        raise ValueError(
            f"expected values, weights and clusters of one length, got {len(x)}, {len(w)}, {len(clusters)}"
        )
    if not (w > 0).all():
        raise ValueError("expected positive weights")
    number = {c: i for i, c in enumerate(dict.fromkeys(clusters))}
    at, k = np.array([number[c] for c in clusters]), len(number)
    sums, sizes = np.bincount(at, w * x, k), np.bincount(at, w, k)
    mean = float(sums.sum() / sizes.sum())
    if k == 1:
        return Estimate(mean, None, 0, 1, NoInterval.ONE)
    without = (sums.sum() - sums) / (sizes.sum() - sizes)
    error = float(np.sqrt((k - 1) / k * ((without - mean) ** 2).sum()))
    freedom = max(float(sizes.sum() ** 2 / (sizes**2).sum()) - 1, 1.0)
    if error < _SAME * max(1.0, abs(mean)):
        return Estimate(mean, None, freedom, k, NoInterval.NO_SPREAD)
    return Estimate(mean, error, freedom, k)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """`first` minus `second`, independent of each other: Welch's error, Satterthwaite's degrees of freedom."""
    value, clusters = first.value - second.value, min(first.clusters, second.clusters)
    if first.error is None or second.error is None:
        return Estimate(value, None, min(first.freedom, second.freedom), clusters, first.reason or second.reason)
    errors, freedoms = np.array([[first.error], [second.error]]), np.array([[first.freedom], [second.freedom]])
    error, freedom = _welch(errors[0], freedoms[0], errors[1], freedoms[1])
    return Estimate(value, float(error[0]), float(freedom[0]), clusters)


def _welch(one: Array, freedom: Array, other: Array, other_freedom: Array) -> tuple[Array, Array]:
    a, b = one**2, other**2
    return np.sqrt(a + b), (a + b) ** 2 / (a**2 / freedom + b**2 / other_freedom)


def shown_greater(estimates: Sequence[Estimate]) -> NDArray[np.bool_]:
    """(K, K): whether the interval of estimate i minus estimate j lies above 0, for all K (K - 1) / 2 pairs at once
    (Bonferroni): where nothing differs, any such claim is made in at most 5 % of surveys.

    Raises
    ------
    ValueError
        An estimate has no error.
    """
    k = len(estimates)
    greater = np.zeros((k, k), bool)
    if k < 2:
        return greater
    if any(e.error is None for e in estimates):
        raise ValueError("expected estimates with an error")
    value = np.array([e.value for e in estimates])
    own, free = np.array([e.error for e in estimates], float), np.array([e.freedom for e in estimates], float)
    i, j = np.triu_indices(k, 1)
    error, freedom = _welch(own[i], free[i], own[j], free[j])
    apart = np.abs(value[i] - value[j]) / error
    tail = (1 - LEVEL) / 2 / len(i)
    # Student's t reaches farther than the normal distribution: whoever is not beyond that needs no second look.
    near = np.flatnonzero(apart > -ndtri(tail))
    far = near[apart[near] > -stdtrit(freedom[near], tail)]
    first = value[i[far]] > value[j[far]]
    greater[np.where(first, i[far], j[far]), np.where(first, j[far], i[far])] = True
    return greater
