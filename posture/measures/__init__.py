"""Named, vectorised, unit-bearing quantities computed from a `Track`."""

from posture.measures import arms, body, head, motion
from posture.measures.registry import MEASURES, N_FACE, Measure, Scene, Series

NEUTRAL_MEASURES = (
    "ear_shoulder_gap_sw",
    "nose_shoulder_gap_sw",
    "shoulder_width_px",
    "shoulder_height_px",
    "trunk_lean_forward_deg",
    "neck_forward_deg",
    "head_pitch_deg",
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
    "head",
    "motion",
]
