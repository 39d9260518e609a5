"""How often the survey's intervals hold the truth, and how often differences are claimed where there are none.

uv run python benchmarks/statistics.py

Simulated scores: normal (standard deviation 8), skewed towards 100 (100 minus a gamma of shape 1.5, mean 9), and in
steps of 2 (100 minus twice a Poisson of mean 3); equal weights, or lognormal ones (sigma 0.7) as of recordings of very
different length. Prints for n recordings the share of 95 % intervals that hold the mean, of those that there are, the
share of samples that have one, and the median width; then the share of surveys of equal units with any difference
shown.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from posture.survey.intervals import cluster_mean, shown_greater

SAMPLES, SURVEYS = 3000, 400
Draw = Callable[[np.random.Generator, int], np.ndarray]
SCORES: dict[str, tuple[Draw, float]] = {
    "normal": (lambda random, n: random.normal(80, 8, n), 80.0),
    "skewed": (lambda random, n: 100 - np.minimum(random.gamma(1.5, 6, n), 100), 91.0),
    "in steps": (lambda random, n: 100 - np.minimum(random.poisson(3, n) * 2.0, 100), 94.0),
}
WEIGHTS: dict[str, Draw] = {
    "equal": lambda random, n: np.ones(n),
    "unequal": lambda random, n: random.lognormal(0, 0.7, n),
}


def held(draw: Draw, weigh: Draw, truth: float, n: int, random: np.random.Generator) -> tuple[float, float, float]:
    hits, widths = 0, []
    for _ in range(SAMPLES):
        interval = cluster_mean(draw(random, n), weigh(random, n), range(n)).interval(bounds=(0.0, 100.0))
        if interval is not None:
            hits += interval[0] <= truth <= interval[1]
            widths.append(interval[1] - interval[0])
    return hits / len(widths), len(widths) / SAMPLES, float(np.median(widths))


def claimed(draw: Draw, weigh: Draw, units: int, n: int, random: np.random.Generator) -> float:
    wrong = 0
    for _ in range(SURVEYS):
        made = [cluster_mean(draw(random, n), weigh(random, n), range(n)) for _ in range(units)]
        wrong += bool(shown_greater([e for e in made if e.error is not None]).any())
    return wrong / SURVEYS


def main() -> None:
    random = np.random.default_rng(1)
    for name, (draw, truth) in SCORES.items():
        for weights, weigh in WEIGHTS.items():
            for n in (2, 3, 5, 10, 30):
                share, there, width = held(draw, weigh, truth, n, random)
                print(f"{name:9s} {weights:8s} n = {n:2d}: hold {share:.3f}, there {there:.3f}, width {width:5.1f}")
    for name, (draw, _) in SCORES.items():
        for units, n in ((6, 2), (6, 5), (6, 10), (20, 3), (61, 3)):
            rate = claimed(draw, WEIGHTS["unequal"], units, n, random)
            print(f"{name:9s} {units:2d} equal units of {n:2d} recordings: a difference is shown in {rate:.3f}")


if __name__ == "__main__":
    main()
