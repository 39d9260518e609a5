"""The hand's own shape during a gesture: fingers closed, one finger pointing.

All from the hand model's 21 points, which are reliable only on hands of some 40 pixels and more: a hand that is smaller
is not assessable.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from posture.findings import Move, Reason
from posture.geometry import distance, inner_angle_deg
from posture.landmarks import LEFT, RIGHT, Array, Pose
from posture.measures.common import FRONT_OBLIQUE
from posture.measures.gestures import GESTURES, within
from posture.measures.registry import Reading, Scene, move_measure

LEAST_HAND_PX = 40.0
"""Least length of the hand from wrist to the middle finger's knuckle times two (norms.md section 7 asks for 60)."""
POINTING_EXTENDED_DEG, POINTING_CURLED_DEG = 150.0, 125.0
"""Index straighter than the first, the other three on average more bent than the second (norms.md: 160 and 120): on
rendered hands they are at 104 and less, of open hands each one is at 126 and more."""
LEAST_PALM_SHARE = 0.45
"""Least width of the knuckles by the way from the wrist to the middle one: a hand that is narrower is seen edge-on, and
its fingertips would be measured by a width that is not seen (rendered hands: gap off by 0.08 over it, by 0.3 under
it)."""
_FINGERS = {"index": (5, 6, 8), "middle": (9, 10, 12), "ring": (13, 14, 16), "little": (17, 18, 20)}
_HANDS = {"left": (LEFT,), "right": (RIGHT,), "both": (LEFT, RIGHT)}


def _held_hands(scene: Scene, move: Move) -> list[Array] | Reason:
    """(N, 21, 3) points of each moving hand during the hold, or why there are none."""
    track = scene.track
    during = within(scene, move.hold_start_s, move.hold_end_s)
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


def _worst(hands: list[Array] | Reason, of_hand: Callable[[Array], float]) -> Reading:
    """The largest value of the moving hands."""
    return Reading(float("nan"), hands) if isinstance(hands, Reason) else Reading(max(of_hand(h) for h in hands))


def finger_angles_deg(hand: Array) -> dict[str, Array]:
    """(N,) inner angle at the middle joint of each finger, 180 straight."""
    return {n: inner_angle_deg(hand[:, a], hand[:, b], hand[:, c]) for n, (a, b, c) in _FINGERS.items()}


def pointing(hand: Array) -> float:
    """Share of the (N, 21, k) hands whose index points while the other fingers are curled."""
    angle = finger_angles_deg(hand)
    curled = np.mean([angle[f] for f in ("middle", "ring", "little")], 0) < POINTING_CURLED_DEG
    return float(((angle["index"] > POINTING_EXTENDED_DEG) & curled).mean())


def finger_gap(hand: Array) -> float:
    """Median over (N, 21, k) hands of the mean distance of neighbouring fingertips by the knuckles' width."""
    tips = sum(distance(hand[:, a], hand[:, b]) for a, b in ((8, 12), (12, 16), (16, 20)))
    return float(np.median(tips / (3 * distance(hand[:, 5], hand[:, 17]))))


@move_measure("finger_pointing_ratio", "ratio", FRONT_OBLIQUE, (Pose.RIGHT_INDEX, Pose.LEFT_INDEX), GESTURES)
def finger_pointing_ratio(scene: Scene, move: Move) -> Reading:
    """Share of the hold in which the index points and the other fingers are curled."""
    return _worst(_held_hands(scene, move), pointing)


@move_measure("finger_gap_ratio", "ratio", FRONT_OBLIQUE, (Pose.RIGHT_INDEX, Pose.LEFT_INDEX), GESTURES)
def finger_gap_ratio(scene: Scene, move: Move) -> Reading:
    """Mean distance of neighbouring fingertips by the knuckles' width (norms.md section 7: up to 0.45 is closed), of
    hands that show their palm or back and do not point with one finger."""
    hands = _held_hands(scene, move)
    if isinstance(hands, Reason):
        return Reading(float("nan"), hands)
    flat = [h for h in hands if _palm_share(h) >= LEAST_PALM_SHARE and pointing(h) < 0.5]
    return _worst(flat or Reason.ERROR_TOO_LARGE, finger_gap)


def _palm_share(hand: Array) -> float:
    return float(np.median(distance(hand[:, 5], hand[:, 17]) / distance(hand[:, 0], hand[:, 9])))
