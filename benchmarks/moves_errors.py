"""How far the measures of movements, gaze and expression are off on the movements set, and the errors for verdicts.

python -m benchmarks.moves_errors            # print the table (after python -m benchmarks.moves_set)
python -m benchmarks.moves_errors --write    # also write measure_errors_moves.yaml and the table of docs/accuracy.md

The error is defined as in accuracy_errors.py. Measures over time are compared where a pose is held (those that count
or add up: always), after the half second's median that verdicts use; those of movements once for every movement found.
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy_errors import error_of, write_file
from benchmarks.accuracy_measures import bias_of, offset_that_helps
from benchmarks.accuracy_report import number, table
from benchmarks.moves import same, scene_of
from benchmarks.moves_set import folder
from benchmarks.moves_truth import Truth, truths
from benchmarks.people.rotation import Array
from posture.findings import Move, View
from posture.geometry import distance, rolling_median
from posture.landmarks import FACE_POINTS
from posture.library import load_library
from posture.measures import MEASURES, Scene
from posture.measures.hand_shape import finger_gap, pointing
from posture.moves import find_moves
from posture.native import silence_native_stderr
from posture.references import Correction, Criterion

ROOT = Path(__file__).parents[1]
FILE = ROOT / "reference_poses" / "measure_errors_moves.yaml"
TEXTS = (ROOT / "benchmarks" / "accuracy_template.md", ROOT / "docs" / "accuracy.md")
MARKS = ("<!-- written by benchmarks.moves_errors -->", "<!-- end -->")
LEAST_SAMPLES, LEAST_MOVES, LEAST_PEOPLE = 100, 20, 5
"""Fewer prove nothing (own choice)."""
SMALL_FACE_PX = 40.0
"""Faces whose outer eye corners are nearer than this (farther than about 1.5 m) are listed apart."""
LEAST = {
    # the project's own least errors: rendered faces, hands and walks are no proof for real ones. Arms: 4.4 of
    # accuracy_evidence.md; trunk, head: as in accuracy_errors.py; times: two pictures of ten a second
    "stern": 0.15, "smile_asymmetry": 0.08, "smile_eyes": 0.4, "smile_frozen_s": 0.5, "yawn_s": 0.3,
    "eyes_closed_share": 0.1, "eye_yaw_raw_deg": 8.0, "eye_pitch_raw_deg": 8.0, "eye_yaw_deg": 8.0,
    "eye_pitch_deg": 8.0, "gaze_yaw_deg": 8.0, "gaze_pitch_deg": 8.0, "gaze_off_deg": 8.0, "gaze_share": 0.08,
    "gaze_unbroken_s": 1.0, "side_glance_deg": 8.0, "look_round_turns": 0.3, "look_down_s": 1.0,
    "scan_sweep_deg": 10.0, "gesture_height_tl": 0.1, "gesture_elbow_deg": 8.0, "gesture_forearm_upright_deg": 8.0,
    "gesture_travel_sw": 0.12, "gesture_hold_s": 0.2, "gesture_head_turn_deg": 6.0, "look_back_ratio": 0.3,
    "finger_pointing_ratio": 0.1, "finger_gap_ratio": 0.1, "bow_angle_deg": 3.5, "head_waist_bend_deg": 8.0,
    "bow_down_s": 0.2, "bow_pause_s": 0.2, "bow_up_s": 0.2, "nod_count": 0.5, "walk_cadence_per_min": 3.0,
    "walk_step_feet": 0.3, "walk_arm_swing_deg": 12.0, "walk_trunk_sway_deg": 2.0,
}  # fmt: skip
HEADER = """\
# Written by `python -m benchmarks.moves_errors --write` from rendered clips of movements and faces (docs/accuracy.md);
# do not edit by hand. Meaning as in measure_errors.yaml; "own" is the project's own least error, larger than what was
# measured. Views in which the set has no clips keep the own estimate, at least the error in front.
"""


@dataclass(frozen=True)
class Sample:
    """One value found and its truth, and the criterion that judges it, if any. `extra` is the error of the moment that
    the measure itself adds."""

    person: str
    found: float
    true: float
    criterion: Criterion | None
    extra: float = 0.0
    eyes_px: float = np.nan

    def blame(self, found: float) -> float:
        """How much farther from the ideal than truly, on the sides that have a limit; the absolute error without a
        criterion."""
        if self.criterion is None:
            return abs(found - self.true)
        return self._off(found) - self._off(self.true)

    def _off(self, value: float) -> float:
        assert self.criterion is not None
        allowed, over = self.criterion.allowed, value - self.criterion.ideal
        return max(over if allowed.high is not None else 0.0, -over if allowed.low is not None else 0.0, 0.0)


@dataclass(frozen=True)
class Row:
    """One line of the table, in the measure's own unit. What follows `correction` is after it."""

    measure: str
    view: View
    n: int
    people: int
    bias: float
    mae: float
    correction: Correction | None
    mae_corrected: float
    p95: float
    p95_blaming: float
    """Of the error away from the ideal value, to sides with a limit, less what the measure adds itself."""
    not_assessable: float
    mae_small: float
    mae_large: float


SHAPES = {"finger_pointing_ratio": pointing, "finger_gap_ratio": finger_gap}
"""Measures of the hand's shape: their truth is the product's measure on the true points of the posed hand."""
NO_OFFSET = ("walk_trunk_sway_deg", *SHAPES)
"""A spread of noise and shares cannot be put right by a constant."""
TIMED = ("gaze_share", "gaze_unbroken_s", "look_round_turns", "look_down_s", "scan_sweep_deg", "eyes_closed_share",
         "smile_frozen_s", "yawn_s")  # fmt: skip
"""Measures of a while: compared at every sample, whether a pose is held or not."""
ONLY_WITHOUT = {"smile_raw": "smile", "smile": "smile", "mouth_open": "mouth_open"}
"""Scores have no unit outside the model: their only truth is that there is nothing."""
ONLY_NOTHING = ("stern",)
"""Never shown in the set: all that is found is wrong."""
OF_FACE = (
    *TIMED, *ONLY_WITHOUT, *ONLY_NOTHING, "smile_asymmetry", "smile_eyes", "eye_yaw_raw_deg", "eye_pitch_raw_deg",
    "eye_yaw_deg", "eye_pitch_deg", "gaze_yaw_deg", "gaze_pitch_deg", "gaze_off_deg", "side_glance_deg",
)  # fmt: skip
OF_MOVES = (
    "gesture_height_tl", "gesture_elbow_deg", "gesture_forearm_upright_deg", "gesture_travel_sw", "gesture_hold_s",
    "swing_count", "hands_used", "gesture_head_turn_deg", "look_at_client_ratio", "look_back_ratio",
    "finger_pointing_ratio", "finger_gap_ratio", "bow_angle_deg", "head_waist_bend_deg", "bow_down_s", "bow_pause_s",
    "bow_up_s", "nod_count", "walk_cadence_per_min", "walk_step_feet", "walk_arm_swing_deg", "walk_trunk_sway_deg",
)  # fmt: skip
Samples = dict[tuple[str, View], list[Sample]]


def collect() -> Samples:
    """Samples of every measure in every view over all clips that have been rendered."""
    library, samples = load_library(), defaultdict(list)
    for name, truth in truths():
        scene = scene_of(folder() / f"{name}.mp4")
        scene = scene.with_moves(find_moves(scene, library.gestures))
        _of_face(samples, scene, truth)
        _of_moves(samples, scene, truth)
    return dict(samples)


def _of_face(samples: Samples, scene: Scene, truth: Truth) -> None:
    time_s, judged = scene.track.time_s, {c.measure: c for c in load_library().all_criteria().values()}
    nearest = np.abs(time_s[:, None] - truth.time_s[None]).argmin(1)
    paired = (np.abs(truth.time_s[nearest] - time_s) < 0.01) & (scene.view == View.FRONT)
    corners = scene.track.face_px[:, [FACE_POINTS.index(33), FACE_POINTS.index(263)]].astype(float)
    eyes_px = distance(corners[:, 0], corners[:, 1])
    for name in OF_FACE:
        found = rolling_median(time_s, MEASURES[name].compute(scene).value, 0.5)
        true = _true_of_face(name, truth)[nearest]
        here = paired if name in TIMED else paired & truth.held[nearest]
        samples[name, View.FRONT] += [
            Sample(truth.person, f, t, judged.get(name), eyes_px=px)
            for f, t, px in zip(found[here], true[here], eyes_px[here], strict=True)
        ]


def _true_of_face(name: str, truth: Truth) -> Array:
    value = rolling_median(truth.time_s, MEASURES[name].compute(truth.scenes[View.FRONT]).value, 0.5)
    if name in ONLY_NOTHING:
        return np.zeros(len(value))
    return np.where(truth.looks[ONLY_WITHOUT[name]] == 0, value, np.nan) if name in ONLY_WITHOUT else value


def _of_moves(samples: Samples, scene: Scene, truth: Truth) -> None:
    """Every true movement that was found, measured as found and as it truly was."""
    library = load_library()
    for true in truth.moves:
        found = next((m for m in scene.moves if same(m, true)), None)
        if found is None:
            continue
        view = View(scene.view[int(np.argmin(np.abs(scene.track.time_s - found.peak_s)))])
        judged = {a.criterion.measure: a.criterion for a in library.criteria_of_moves()
                  if {true.kind, true.group} & set(a.criterion.moves)}  # fmt: skip
        for name in OF_MOVES:
            of_move = MEASURES[name].of_move
            assert of_move is not None
            if name in judged and view in MEASURES[name].views:
                reading = of_move(scene, found)
                samples[name, view].append(
                    Sample(truth.person, reading.value, _true_of_move(name, truth, true), judged[name],
                           reading.extra_error)
                )  # fmt: skip


def _true_of_move(name: str, truth: Truth, move: Move) -> float:
    if name in SHAPES:
        return max(SHAPES[name](hand) for hand in truth.hands[move])
    of_script = {"bow_down_s": move.hold_start_s - move.start_s, "bow_up_s": move.end_s - move.hold_end_s,
                 "bow_pause_s": move.hold_end_s - move.hold_start_s}  # fmt: skip
    if name in of_script:
        return of_script[name]
    measure = MEASURES[name]
    assert measure.of_move is not None
    return measure.of_move(truth.scenes[View.SIDE if View.SIDE in measure.views else View.FRONT], move).value


def rows(samples: Samples) -> list[Row]:
    """The table, only of measures and views of which there are enough samples."""
    found = []
    for (name, view), all_samples in samples.items():
        good = [s for s in all_samples if np.isfinite(s.found) and np.isfinite(s.true)]
        enough = LEAST_MOVES if name in OF_MOVES else LEAST_SAMPLES
        if len(good) >= enough and len({s.person for s in good}) >= LEAST_PEOPLE:
            found.append(_row(name, view, good, 1 - np.mean([np.isfinite(s.found) for s in all_samples])))
    return found


def _row(name: str, view: View, good: list[Sample], not_assessable: float) -> Row:
    found, true, extra, eyes_px = (
        np.array([getattr(s, part) for s in good]) for part in ("found", "true", "extra", "eyes_px")
    )
    person: NDArray[np.object_] = np.array([s.person for s in good], object)
    may = name in OF_MOVES and name not in NO_OFFSET and MEASURES[name].unit not in ("count", "ratio")
    correction = offset_that_helps(found, true, person, 1 if MEASURES[name].unit == "deg" else 2) if may else None
    corrected = correction.of(found) if correction else found
    error = np.abs(corrected - true)
    outward = np.array([sample.blame(value) for sample, value in zip(good, corrected, strict=True)])
    beyond = np.sqrt(np.maximum(np.maximum(outward, 0) ** 2 - extra**2, 0))
    small = eyes_px < SMALL_FACE_PX
    return Row(
        measure=name,
        view=view,
        n=len(good),
        people=len(set(person)),
        bias=bias_of(found - true, person),
        mae=float(np.abs(found - true).mean()),
        correction=correction,
        mae_corrected=float(error.mean()),
        p95=float(np.percentile(error, 95)),
        p95_blaming=float(np.percentile(beyond, 95)),
        not_assessable=float(not_assessable),
        mae_small=_mean(error[small]),
        mae_large=_mean(error[eyes_px >= SMALL_FACE_PX]),
    )


def _mean(error: Array) -> float:
    return float(error.mean()) if len(error) else float("nan")


def report(found: list[Row]) -> str:
    """The table of docs/accuracy.md."""
    lines = []
    for r in sorted(found, key=lambda r: list(MEASURES).index(r.measure)):
        used = number(error_of(r.measure, r.p95_blaming, LEAST[r.measure])) if r.measure in LEAST else "–"
        correction = number(r.correction.offset, True) if r.correction else "–"
        lines.append(
            [
                f"`{r.measure}`", str(r.view), str(r.n), number(r.bias, True), number(r.mae), correction,
                number(r.mae_corrected), number(r.p95), number(r.p95_blaming), number(r.mae_large),
                number(r.mae_small), f"{100 * r.not_assessable:.0f} %", used,
            ]
        )  # fmt: skip
    head = ["measure", "view", "n", "bias", "MAE", "corrected by", "MAE then", "p95 then", "p95 blaming",
            "face near", "face far", "not assessable", "error used"]  # fmt: skip
    return table(head, lines)


def write(found: list[Row]) -> None:
    """Replace measure_errors_moves.yaml and the table in the texts."""
    by_key = {(r.measure, r.view): r for r in found if r.measure in LEAST}
    errors: dict[str, dict[View, float]] = {}
    corrections: dict[str, dict[View, Correction]] = {}
    sources: dict[str, str] = {}
    for name, measure in MEASURES.items():
        known: dict[View, float] = {}
        told = []
        for view in measure.views:
            row = by_key.get((name, view))
            if row:
                known[view] = error_of(name, row.p95_blaming, LEAST[name])
                which = "rendered" if known[view] > LEAST[name] else "own"
                told.append(f"{view}: {which} (p95 {row.p95_blaming:.3g}, n {row.n}, people {row.people})")
                if row.correction:
                    corrections.setdefault(name, {})[view] = row.correction
            elif known:
                known[view] = max(known.values())
                told.append(f"{view}: own, as in front (the set has no clips from there)")
        if known:
            errors[name], sources[name] = known, "; ".join(told)
    write_file(FILE, HEADER, errors, corrections, sources)
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
        path.write_text(f"{before}{MARKS[0]}\n{report(found)}{MARKS[1]}{after}", encoding="utf-8")


def main() -> None:
    silence_native_stderr()
    warnings.simplefilter("ignore", RuntimeWarning)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.moves_errors", description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write the errors and the table of the docs")
    given = parser.parse_args()
    found = rows(collect())
    if not found:
        parser.error("there are no clips yet: run python -m benchmarks.moves_set first")
    print(report(found))
    if given.write:
        write(found)


if __name__ == "__main__":
    main()
