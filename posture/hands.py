"""Which found hand is whose and on which side."""

from __future__ import annotations

import numpy as np

from posture.landmarkers import HandFound
from posture.landmarks import LEFT, RIGHT, Array, Pose
from posture.people import body_size_px

_REACH = 0.45
"""Farthest a hand model's wrist may be from the pose model's, in body sizes (own choice)."""
_WRONG_NAME = 0.15
"""What a hand named left costs more as a right hand, in body sizes: decides only where wrists are close."""


def sides_of_hands(hands: list[HandFound], pose_px: Array) -> dict[int, HandFound]:
    """The hands that belong to one body: `LEFT` and `RIGHT` to hand.

    By distance between the wrists of the hand model and of the pose model; the hand model's own naming of the side
    only settles what distance leaves open, because it is often wrong for folded hands.
    """
    if not hands:
        return {}
    size = body_size_px(pose_px)
    wrists = {LEFT: pose_px[Pose.LEFT_WRIST, :2], RIGHT: pose_px[Pose.RIGHT_WRIST, :2]}
    cost = np.array(
        [
            [
                float(np.linalg.norm(hand.hand_px[0, :2] - wrists[side])) / size + _WRONG_NAME * (hand.side != side)
                for side in (LEFT, RIGHT)
            ]
            for hand in hands
        ]
    )
    near: dict[int, HandFound] = {}
    for row in np.argsort(cost.min(1)):
        free = [side for side in (LEFT, RIGHT) if side not in near and cost[row, side] <= _REACH + _WRONG_NAME]
        if free:
            near[min(free, key=lambda side: cost[row, side])] = hands[row]
    return near
