"""The hand's own shape during a gesture: fingers closed, one finger pointing, palm up, wrist in line.

All from the hand model's 21 points, which are reliable only on hands of some 40 pixels and more: a hand that is smaller
is not assessable.
"""

from __future__ import annotations

import numpy as np

from posture.findings import Move, Reason
from posture.geometry import angle_between_deg, distance, inner_angle_deg
from posture.landmarks import LEFT, RIGHT, Array, Pose
from posture.measures.common import FRONT_OBLIQUE
from posture.measures.registry import Reading, Scene, move_measure

LEAST_HAND_PX = 40.0
"""Least length of the hand from wrist to the middle finger's knuckle times two (norms.md section 7 asks for 60)."""
POINTING_EXTENDED_DEG, POINTING_CURLED_DEG = 150.0, 125.0
"""Index straighter than the first, the other three more bent than the second (norms.md: 160 and 120)."""
_FINGERS = {"index": (5, 6, 8), "middle": (9, 10, 12), "ring": (13, 14, 16), "little": (17, 18, 20)}
_HANDS = {"left": (LEFT,), "right": (RIGHT,), "both": (LEFT, RIGHT)}
GESTURES = ("gesture", "hand_over")


def _held_hands(scene: Scene, move: Move) -> list[Array] | Reason:
    """(N, 21, 3) points of each moving hand during the hold, or why there are none."""
    track = scene.track
    during = (track.time_s >= move.hold_start_s - 1e-9) & (track.time_s <= move.hold_end_s + 1e-9)
    found, small = [], False
    for side in _HANDS[move.side or "both"]:
        hand = track.hands_px[during, side].astype(float)
        hand = hand[np.isfinite(hand[:, 0, 0])]
        if not len(hand):
            continue
        long_enough = 2 * np.median(distance(hand[:, 0], hand[:, 9])) >= LEAST_HAND_PX
        small = small or not long_enough
        if long_enough:
            found.append(hand)
    return found or (Reason.TOO_SMALL if small else Reason.NOT_VISIBLE)


def _reading(hands: list[Array] | Reason, value_of_hand: object, worst: object = max) -> Reading:
    """The worst hand's median over the hold."""
    if isinstance(hands, Reason):
        return Reading(float("nan"), hands)
    values = [float(np.median(value_of_hand(h))) for h in hands]  # type: ignore[operator]
    return Reading(worst(values))  # type: ignore[operator]


def finger_angles_deg(hand: Array) -> dict[str, Array]:
    """(N,) inner angle at the middle joint of each finger, 180 straight."""
    return {n: inner_angle_deg(hand[:, a], hand[:, b], hand[:, c]) for n, (a, b, c) in _FINGERS.items()}


def _pointing(hand: Array) -> Array:
    angle = finger_angles_deg(hand)
    curled = np.max([angle[f] for f in ("middle", "ring", "little")], 0) < POINTING_CURLED_DEG
    return ((angle["index"] > POINTING_EXTENDED_DEG) & curled).astype(float)


@move_measure("finger_pointing_ratio", "ratio", FRONT_OBLIQUE, (Pose.RIGHT_INDEX, Pose.LEFT_INDEX), GESTURES)
def finger_pointing_ratio(scene: Scene, move: Move) -> Reading:
    """Share of the hold in which the index points and the other fingers are curled."""
    hands = _held_hands(scene, move)
    if isinstance(hands, Reason):
        return Reading(float("nan"), hands)
    return Reading(max(float(_pointing(h).mean()) for h in hands))


@move_measure("finger_gap_ratio", "ratio", FRONT_OBLIQUE, (Pose.RIGHT_INDEX, Pose.LEFT_INDEX), GESTURES)
def finger_gap_ratio(scene: Scene, move: Move) -> Reading:
    """Mean distance of neighbouring fingertips by the knuckles' width (norms.md section 7: up to 0.45 is closed)."""

    def gap(hand: Array) -> Array:
        tips = sum(distance(hand[:, a], hand[:, b]) for a, b in ((8, 12), (12, 16), (16, 20)))
        return np.asarray(tips / (3 * distance(hand[:, 5], hand[:, 17])))

    return _reading(_held_hands(scene, move), gap)


@move_measure("finger_straight_deg", "deg", FRONT_OBLIQUE, (Pose.RIGHT_INDEX, Pose.LEFT_INDEX), GESTURES)
def finger_straight_deg(scene: Scene, move: Move) -> Reading:
    """Inner angle of the most bent finger, 180 straight."""
    return _reading(_held_hands(scene, move), lambda h: np.min(list(finger_angles_deg(h).values()), 0), min)


@move_measure("palm_tilt_deg", "deg", FRONT_OBLIQUE, (Pose.RIGHT_INDEX, Pose.LEFT_INDEX), GESTURES)
def palm_tilt_deg(scene: Scene, move: Move) -> Reading:
    """Angle between the palm's normal and up: 0 the palm looks up, 90 it is upright, 180 it looks down."""
    hands = _held_hands(scene, move)
    sides = [s for s in _HANDS[move.side or "both"]]
    if isinstance(hands, Reason):
        return Reading(float("nan"), hands)
    if len(hands) != len(sides):
        sides = [s for s in sides if np.isfinite(scene.track.hands_px[:, s, 0, 0]).any()][: len(hands)]
    tilts = []
    for side, hand in zip(sides, hands, strict=False):
        normal = np.cross(hand[:, 5] - hand[:, 0], hand[:, 17] - hand[:, 0]) * (-1.0 if side == LEFT else 1.0)
        up = np.broadcast_to(np.array([0.0, -1.0, 0.0]), normal.shape)
        tilts.append(float(np.median(angle_between_deg(normal, up))))
    return Reading(max(tilts))
