"""From the bench to `reference_poses/measure_errors.yaml`: the errors and corrections that verdicts use."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from benchmarks.accuracy_measures import Row
from posture.findings import View
from posture.measures import MEASURES
from posture.references import Correction

FILE = Path(__file__).parents[1] / "reference_poses" / "measure_errors.yaml"
HARDER = 1.25
"""Real people, clothes and light are harder than rendered ones: p95 is multiplied by this (own choice)."""
MARGINS = {
    # accuracy_evidence.md 4.4: from published studies and still pictures; the bench may raise them, not lower them
    "shoulder_tilt_deg": 4.0, "trunk_lean_side_deg": 3.0, "neck_lean_side_deg": 3.0,
    "left_elbow_deg": 8.0, "right_elbow_deg": 8.0, "elbow_min_deg": 8.0, "left_arm_elevation_deg": 8.0,
    "left_arm_sideways_deg": 8.0, "right_arm_sideways_deg": 8.0, "left_arm_forward_deg": 8.0,
    "right_arm_forward_deg": 8.0, "right_arm_elevation_deg": 8.0, "arm_elevation_max_deg": 8.0, "toe_out_deg": 15.0,
    "hand_on_hip_sw": 0.15, "arms_crossed_sw": 0.15, "hand_to_face_sw": 0.15,
}  # fmt: skip
OWN = {
    # the project's own least errors: bodies and clothes vary more than ten rendered people; head roll: of the face
    # model, the ear line adds its own 2.5
    "trunk_lean_forward_deg": 5.0, "trunk_lean_forward_change_deg": 3.5, "head_roll_deg": 3.0,
    "neck_forward_change_deg": 8.0, "neck_forward_deg": 10.0, "head_pitch_change_deg": 5.0,
    "head_pitch_deg": 8.0, "head_yaw_deg": 6.0,
    "left_knee_deg": 8.0, "right_knee_deg": 8.0, "knee_min_deg": 8.0, "hands_behind_ratio": 0.25, "sway_sw": 0.02,
    "shrug_ratio": 0.08, "slump_ratio": 0.10, "shoulder_drop_sw": 0.10, "wrist_gap_sw": 0.12, "hands_height_tl": 0.10,
    "hands_height_sw": 0.12, "hands_offset_sw": 0.08, "wrist_side_offset_sw": 0.12, "knee_gap_sw": 0.10,
    "ankle_gap_sw": 0.10, "heel_gap_sw": 0.12, "weight_offset_sw": 0.08, "ear_shoulder_gap_sw": 0.06,
    "nose_shoulder_gap_sw": 0.06, "hand_speed_sw_per_s": 0.15,
}  # fmt: skip
FORMS = ("hand_on_hip_sw", "arms_crossed_sw", "hand_to_face_sw", "hands_behind_ratio")
"""Measures of a form that is there or not: far from it their value says nothing, so neither does its percentile."""
_HEADER = """\
# Written by `python -m benchmarks.accuracy --write` from rendered people (docs/accuracy.md); do not edit by hand.
# errors: a value is a deviation only when it passes the limit by more than this, in the unit of the measure, by view:
# the 95th percentile of the error away from the ideal value (what could blame somebody; of the absolute error where no
# norm has an ideal) times {harder:g} (own choice: real footage is harder), at least the margin of
# accuracy_evidence.md 4.4 ("4.4") or the project's own ("own"). A view that is missing is one that is not valid.
# corrections: taken out of the measured value before it is judged; kept where that lowered the error of people who
# had no part in the fit.
"""


def write(rows: list[Row], file: Path = FILE) -> None:
    """Replace the file; measures and views that the bench did not see enough of keep their entries."""
    before = yaml.safe_load(file.read_text(encoding="utf-8"))
    by_key = {(r.measure, r.view): r for r in rows}
    errors: dict[str, dict[View, float]] = {}
    corrections: dict[str, dict[View, Correction]] = {}
    sources: dict[str, str] = {}
    for name, measure in MEASURES.items():
        known = {View(v): float(e) for v, e in before["errors"].get(name, {}).items()}
        told = []
        for view in measure.views:
            row = by_key.get((name, view))
            if row is None or name in FORMS:
                told += [f"{view}: {_least(name)[1]}"] if view in known else []
                continue
            known[view] = error_of(name, row.p95_blaming, _least(name)[0])
            if row.correction:
                corrections.setdefault(name, {})[view] = row.correction
            which = "rendered" if known[view] > _least(name)[0] else _least(name)[1]
            told.append(f"{view}: {which} (p95 {row.p95_blaming:.3g}, n {row.n})")
        if known:
            errors[name], sources[name] = known, "; ".join(told)
    write_file(file, _HEADER.format(harder=HARDER), errors, corrections, sources)


def write_file(
    file: Path, header: str, errors: dict[str, dict[View, float]], corrections: dict[str, dict[View, Correction]],
    sources: dict[str, str],
) -> None:  # fmt: skip
    """One file of errors, what is corrected and where the figures come from."""
    lines = ["sources:", *(f'  {n}: "{t}"' for n, t in sources.items())]
    text = header + _block("errors", errors) + _corrections(corrections) + "\n".join(lines) + "\n"
    file.write_text(text, encoding="utf-8")


def _least(name: str) -> tuple[float, str]:
    return (MARGINS[name], "4.4") if name in MARGINS else (OWN.get(name, 0.0), "own")


def error_of(name: str, p95_blaming: float, least: float) -> float:
    """The error for verdicts: p95 of what could blame, with room for real footage, at least the known margin."""
    step = 0.5 if MEASURES[name].unit == "deg" else 0.01
    return round(max(math.ceil(HARDER * p95_blaming / step - 1e-9) * step, least), 4)


def _block(title: str, table: dict[str, dict[View, float]]) -> str:
    lines = [f"  {name}: {{{', '.join(f'{v}: {x:g}' for v, x in views.items())}}}" for name, views in table.items()]
    return "\n".join([f"{title}:", *lines]) + "\n"


def _corrections(table: dict[str, dict[View, Correction]]) -> str:
    def one(c: Correction) -> str:
        given: dict[str, Any] = c.model_dump(exclude_defaults=True)
        return "{" + ", ".join(f"{k}: {v:g}" for k, v in given.items()) + "}"

    lines = [f"  {name}: {{{', '.join(f'{v}: {one(c)}' for v, c in by.items())}}}" for name, by in table.items()]
    return "\n".join(["corrections:" if lines else "corrections: {}", *lines]) + "\n"
