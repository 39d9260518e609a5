"""How far the measures of movements, gaze and expression are off on the movements set, and the errors for verdicts.

python -m benchmarks.moves_errors            # print the table (after python -m benchmarks.moves_set)
python -m benchmarks.moves_errors --write    # also write measure_errors_moves.yaml and benchmarks/moves_errors.md

The error is defined as in accuracy_errors.py. Measures over time are compared where a pose is held (those that count
or add up: always), after the half second's median that verdicts use; those of movements once for every movement found.
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.accuracy_measures import bias_of, ideals
from benchmarks.moves import same, scene_of
from benchmarks.moves_set import folder
from benchmarks.moves_truth import Truth, truths
from benchmarks.people.rotation import Array
from posture.findings import Move, View
from posture.geometry import distance, rolling_median
from posture.landmarks import FACE_POINTS
from posture.library import load_library
from posture.library_files import load_files
from posture.measures import MEASURES, Scene
from posture.measures.hand_shape import finger_gap, pointing
from posture.moves import find_moves
from posture.native import silence_native_stderr
from posture.reference_files import reference_dir

LEAST_SAMPLES, LEAST_MOVES, LEAST_PEOPLE = 100, 20, 5
"""Fewer prove nothing (own choice)."""
BY_FACE_UP_TO_PX = 50.0
"""Faces whose outer eye corners are nearer than this are listed apart."""


@dataclass(frozen=True)
class Sample:
    """One value found and its truth. `extra` is the error of the moment that the measure itself adds."""

    person: str
    found: float
    true: float
    ideal: float | None
    extra: float = 0.0
    eyes_px: float = np.nan


@dataclass(frozen=True)
class Row:
    """One line of the table, in the measure's own unit."""

    measure: str
    view: View
    n: int
    people: int
    bias: float
    mae: float
    p95: float
    p95_blaming: float
    """Of the error away from the ideal value alone, less what the measure adds itself."""
    not_assessable: float
    mae_small: float
    mae_large: float


SHAPES = {"finger_pointing_ratio": pointing, "finger_gap_ratio": finger_gap}
"""Measures of the hand's shape: their truth is the product's measure on the true points of the posed hand."""
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
    time_s, ideal = scene.track.time_s, ideals()
    nearest = np.abs(time_s[:, None] - truth.time_s[None]).argmin(1)
    paired = (np.abs(truth.time_s[nearest] - time_s) < 0.01) & (scene.view == View.FRONT)
    corners = scene.track.face_px[:, [FACE_POINTS.index(33), FACE_POINTS.index(263)]].astype(float)
    eyes_px = distance(corners[:, 0], corners[:, 1])
    for name in OF_FACE:
        found = rolling_median(time_s, MEASURES[name].compute(scene).value, 0.5)
        true = _true_of_face(name, truth)[nearest]
        here = paired if name in TIMED else paired & truth.held[nearest]
        samples[name, View.FRONT] += [
            Sample(truth.person, f, t, ideal.get(name), eyes_px=px)
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
        judged = {a.criterion.measure: a.criterion.ideal for a in library.criteria_of_moves()
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
    return measure.of_move(truth.scenes[View.FRONT if View.FRONT in measure.views else View.SIDE], move).value
