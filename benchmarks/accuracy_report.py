"""docs/accuracy.md from the tables of the bench."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from benchmarks.accuracy_measures import LEAST_SAMPLES, STEEP_FROM_DEG, Row
from benchmarks.accuracy_verdicts import Tally
from posture.findings import View
from posture.measures import MEASURES


def table(head: list[str], lines: Iterable[list[str]]) -> str:
    """A Markdown table."""
    rule = "| " + " | ".join("---" for _ in head) + " |"
    return (
        "\n".join(["| " + " | ".join(row) + " |" if row is not None else rule for row in [head, None, *lines]]) + "\n"
    )


def measures_table(rows: list[Row], errors: dict[str, dict[View, float]], biases: dict[str, dict[View, float]]) -> str:
    """Every measure in every view that it is valid in, and what verdicts use."""
    lines = []
    for row in sorted(rows, key=lambda r: (list(MEASURES).index(r.measure), r.view)):
        if row.view not in MEASURES[row.measure].views:
            continue
        used, bias = errors.get(row.measure, {}).get(row.view), biases.get(row.measure, {}).get(row.view)
        lines.append(
            [
                f"`{row.measure}`", str(row.view), str(row.n), _number(row.bias, True), _number(row.mae),
                _number(row.mae_unbiased),
                _number(row.p95), _number(row.mae_level), _number(row.mae_steep), _percent(row.not_assessable),
                _number(used) if used is not None else "–", _number(bias, True) if bias is not None else "–",
            ]
        )  # fmt: skip
    head = ["measure", "view", "n", "bias", "MAE", "MAE, bias out", "p95, bias out", "level camera",
    f"over {STEEP_FROM_DEG:g}° down",
            "not assessable", "error used", "bias taken off"]  # fmt: skip
    return table(head, lines)


def other_views_table(rows: list[Row]) -> str:
    """What the measures would be off in views that they are not used in: why they are not."""
    lines = [
        [f"`{r.measure}`", str(r.view), _number(r.mae), _number(r.p95)]
        for r in rows
        if r.view not in MEASURES[r.measure].views and MEASURES[r.measure].unit == "deg" and np.isfinite(r.mae)
    ]
    return table(["measure", "view", "MAE", "p95, bias out"], lines)


def criteria_table(tallies: dict[str, Tally]) -> str:
    lines = [
        [
            f"`{name}`", str(t.true_alarms), str(t.false_alarms), _number(t.precision), str(t.hit), str(t.missed),
            _number(t.recall),
            _number(t.f1), str(t.not_assessed), _percent(t.abstention),
        ]
        for name, t in tallies.items()
    ]  # fmt: skip
    whole = total(tallies)
    lines.append(
        ["**all**", str(whole.true_alarms), str(whole.false_alarms), f"**{_number(whole.precision)}**",
        str(whole.hit), str(whole.missed),
         f"**{_number(whole.recall)}**", _number(whole.f1), str(whole.not_assessed), _percent(whole.abstention)]
    )  # fmt: skip
    head = ["criterion", "right alarms", "false alarms", "precision", "clear faults found", "missed", "recall", "F1",
            "clear faults not assessable", "time not assessable"]  # fmt: skip
    return table(head, lines)


def total(tallies: dict[str, Tally]) -> Tally:
    """All criteria together."""
    whole = Tally()
    for t in tallies.values():
        for name in ("true_alarms", "false_alarms", "hit", "missed", "not_assessed", "assessable_s", "lost_s"):
            setattr(whole, name, getattr(whole, name) + getattr(t, name))
    return whole


def confusion_table(counts: Counter[tuple[str, str]]) -> str:
    true, seen = (sorted({key[k] for key in counts}) for k in (0, 1))
    lines = []
    for pose in true:
        n = sum(counts[pose, s] for s in seen)
        lines.append([f"`{pose}`", str(n), *(_percent(counts[pose, s] / n) if counts[pose, s] else "" for s in seen)])
    return table(["true pose", "samples", *(f"`{s}`" for s in seen)], lines)


def footage_table(errors: dict[str, list[float]], marked: int, found: int) -> str:
    lines = [
        [
            f"`{name}`",
            str(len(e)),
            _number(float(np.median(e)), True),
            _number(float(np.abs(e).mean())),
            _number(float(np.median(np.abs(e)))),
        ]
        for name, e in errors.items()
    ]
    title = f"{marked} people were marked with six joints or more, {found} of them were found.\n\n"
    return title + table(["angle in the picture", "n", "median error", "MAE", "median absolute error"], lines)


def _number(value: float, signed: bool = False) -> str:
    if not np.isfinite(value):
        return "–"
    digits = 2 if abs(value) < 10 else 1
    return f"{value:{'+' if signed else ''}.{digits}f}"


def _percent(share: float) -> str:
    return "–" if not np.isfinite(share) else f"{100 * share:.0f} %"


__all__ = [
    "LEAST_SAMPLES",
    "confusion_table",
    "criteria_table",
    "footage_table",
    "measures_table",
    "other_views_table",
    "total",
]
