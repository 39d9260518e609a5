"""Named, vectorised, unit-bearing quantities computed from a `Track`."""

from posture.measures import (
    arms,
    body,
    bows,
    face,
    gestures,
    hand_shape,
    handshakes,
    head,
    legs,
    motion,
    palm,
    stances,
)
from posture.measures.registry import MEASURES, N_FACE, Measure, Scene, Series

NEUTRAL_MEASURES = (
    "ear_shoulder_gap_sw",
    "nose_shoulder_gap_sw",
    "shoulder_width_px",
    "shoulder_height_px",
    "trunk_lean_forward_deg",
    "neck_forward_deg",
    "head_pitch_deg",
    "head_yaw_deg",
    "smile_raw",
    "eye_squint_raw",
    "eye_aperture_raw",
    "stern_raw",
    "eye_yaw_raw_deg",
    "eye_pitch_raw_deg",
)
"""Measures whose medians over the person's own neutral the relative measures compare with."""

__all__ = [
    "MEASURES",
    "NEUTRAL_MEASURES",
    "N_FACE",
    "Measure",
    "Scene",
    "Series",
    "arms",
    "body",
    "bows",
    "face",
    "gestures",
    "hand_shape",
    "handshakes",
    "head",
    "legs",
    "motion",
    "palm",
    "stances",
]
