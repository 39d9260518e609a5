"""docs/accuracy.md from the tables of the bench."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.accuracy_front_lean import Tried
from benchmarks.accuracy_measures import STEEP_FROM_DEG, Row
from benchmarks.accuracy_pictures import Worst
from benchmarks.accuracy_verdicts import Tally
from posture.findings import View
from posture.measures import MEASURES
from posture.references import Correction

TEXT = (Path(__file__).parent / "accuracy_template.md").read_text(encoding="utf-8")


def table(head: list[str], lines: Iterable[list[str]]) -> str:
    """A Markdown table."""
    rule = "| " + " | ".join("---" for _ in head) + " |"
    return (
        "\n".join(["| " + " | ".join(row) + " |" if row is not None else rule for row in [head, None, *lines]]) + "\n"
    )


def measures_table(
    rows: list[Row], errors: dict[str, dict[View, float]], corrections: dict[str, dict[View, Correction]]
) -> str:
    """Every measure in every view that it is valid in, and what verdicts use."""
    lines = []
    for row in sorted(rows, key=lambda r: (list(MEASURES).index(r.measure), r.view)):
        if row.view not in MEASURES[row.measure].views or row.measure.startswith("body_speed"):
            continue
        used = errors.get(row.measure, {}).get(row.view)
        lines.append(
            [
                f"`{row.measure}`",
                str(row.view),
                str(row.n),
                number(row.bias, True),
                number(row.mae),
                _correction(corrections.get(row.measure, {}).get(row.view)),
                number(row.mae_corrected),
                number(row.p95),
                number(row.p95_blaming),
                number(row.mae_level),
                number(row.mae_steep),
                _percent(row.not_assessable),
                number(used) if used is not None else "–",
            ]
        )
    head = [
        "measure",
        "view",
        "n",
        "bias",
        "MAE",
        "corrected by",
        "MAE then",
        "p95 then",
        "p95 blaming",
        "level camera",
    ]
    return table([*head, f"over {STEEP_FROM_DEG:g}° down", "not assessable", "error used"], lines)


IN_PLANE = (
    ("shoulder_tilt_deg", View.FRONT), ("head_roll_deg", View.FRONT), ("trunk_lean_side_deg", View.FRONT),
    ("trunk_lean_forward_deg", View.SIDE), ("trunk_lean_forward_change_deg", View.SIDE), ("neck_forward_deg",
    View.SIDE),
    ("neck_forward_change_deg", View.SIDE), ("left_arm_sideways_deg", View.FRONT), ("right_arm_sideways_deg",
    View.FRONT),
    ("left_arm_forward_deg", View.SIDE), ("right_arm_forward_deg", View.SIDE),
)  # fmt: skip
IN_PLANE_TARGET_DEG, STEEP_TARGET_DEG = 3.0, 5.0


def targets_table(rows: list[Row], whole: Tally, alarms: float) -> str:
    """What was aimed at and what was reached."""
    by_key = {(r.measure, r.view): r for r in rows}
    lines = [
        [f"`{m}`, {v}, MAE", f"≤ {IN_PLANE_TARGET_DEG:g}°", f"{number(by_key[m, v].mae_corrected)}°"]
        for m, v in IN_PLANE
        if (m, v) in by_key
    ]
    side = by_key.get(("trunk_lean_forward_deg", View.SIDE))
    if side:
        lines.append(
            [
                "trunk lean from the side, camera over 12° down, MAE",
                f"≤ {STEEP_TARGET_DEG:g}°",
                f"{number(side.mae_steep)}°",
            ]
        )
    lines += [
        ["precision of reported deviations", "≥ 0.95", f"{whole.precision:.3f}"],
        ["recall of clear faults", "≥ 0.9", f"{whole.recall:.3f}"],
        ["false alarms in 10 minutes of right footage", "≤ 1", f"{alarms:.1f}"],
    ]
    return table(["what", "target", "reached"], lines)


def _correction(c: Correction | None) -> str:
    if c is None:
        return "–"
    return f"× {c.factor:g}" if c.factor != 1.0 else f"{c.offset:+g}"


def other_views_table(rows: list[Row]) -> str:
    """What the measures would be off in views that they are not used in: why they are not."""
    lines = [
        [f"`{r.measure}`", str(r.view), str(r.n), number(r.mae), number(r.p95)]
        for r in rows
        if r.view not in MEASURES[r.measure].views and MEASURES[r.measure].unit == "deg" and np.isfinite(r.mae)
    ]
    return table(["measure", "view", "n", "MAE", "p95 after correction"], lines)


def criteria_table(tallies: dict[str, Tally]) -> str:
    lines = [
        [
            f"`{name}`", str(t.true_alarms), str(t.false_alarms), number(t.precision), str(t.hit), str(t.missed),
            number(t.recall),
            number(t.f1), str(t.not_assessed), _percent(t.abstention),
        ]
        for name, t in tallies.items()
    ]  # fmt: skip
    whole = total(tallies)
    lines.append(
        ["**all**", str(whole.true_alarms), str(whole.false_alarms), f"**{number(whole.precision)}**",
        str(whole.hit), str(whole.missed),
         f"**{number(whole.recall)}**", number(whole.f1), str(whole.not_assessed), _percent(whole.abstention)]
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
            number(float(np.median(e)), True),
            number(float(np.abs(e).mean())),
            number(float(np.median(np.abs(e)))),
        ]
        for name, e in errors.items()
    ]
    title = f"{marked} people were marked with six joints or more, {found} of them were found.\n\n"
    return title + table(["angle in the picture", "n", "median error", "MAE", "median absolute error"], lines)


def tilt_table(errors: dict[str, list[float]]) -> str:
    lines = [
        [
            n,
            str(len(e)),
            number(float(np.mean(e)), True),
            number(float(np.abs(e).mean())),
            number(float(np.abs(e).max())),
        ]
        for n, e in errors.items()
    ]
    return table(["estimated", "recordings", "bias", "MAE", "largest"], lines)


def front_lean_table(tried: list[Tried]) -> str:
    lines = [[t.name, number(t.mae), number(t.mae_upright), number(t.mae_leaning), number(t.p95)] for t in tried]
    return table(["way", "MAE", "MAE, upright", "MAE, leaning over 5°", "p95"], lines)


def limits_list(chosen: list[Worst]) -> str:
    return "\n".join(
        f"{i}. `{w.measure}`, {w.view}: {number(w.found)} found, {number(w.true)} true "
        f"(clip `{w.case.name}`, {w.case.raw.time_s[w.sample]:.1f} s, pose `{w.case.pose_at()[w.sample]}`)"
        for i, w in enumerate(chosen, 1)
    )


def number(value: float, signed: bool = False) -> str:
    if not np.isfinite(value):
        return "–"
    digits = 2 if abs(value) < 10 else 1
    return f"{value:{'+' if signed else ''}.{digits}f}"


def _percent(share: float) -> str:
    return "–" if not np.isfinite(share) else f"{100 * share:.0f} %"
