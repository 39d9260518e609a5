"""What is drawn on the live picture: the ghost, the skeleton by the state of its joints, the hold timer. No words."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.landmarks import Array
from posture.live.moment import JointState
from posture.report.draw import draw_ghost, draw_skeleton

Image = NDArray[np.uint8]
_RING_SHARE = 0.065
"""Radius of the timer's ring by the picture's height."""
_DARK, _LIGHT = (40, 40, 40), (255, 255, 255)


@dataclass(frozen=True)
class Drawn:
    """What to draw: (33, >=2) pixels of the seen joints, states by joint, (33, 2) the ghost; the timer's share done
    and its number, None for no timer; whether it runs."""

    pose_px: Array | None = None
    joints: dict[int, JointState] = field(default_factory=dict)
    ghost_px: Array | None = None
    timer: tuple[float, int] | None = None
    timer_runs: bool = False


def drawn(image: Image, what: Drawn, mirror: bool = True) -> Image:
    """A new picture with everything on it, turned round like a mirror if wanted; `image` stays as it is."""
    out = image.copy()
    if what.ghost_px is not None:
        draw_ghost(out, what.ghost_px)
    if what.pose_px is not None:
        by_state = {s: [j for j, state in what.joints.items() if state == s] for s in JointState}
        judged = {j for j, state in what.joints.items() if state != JointState.UNJUDGED}
        unjudged = [j for j in range(len(what.pose_px)) if j not in judged]
        draw_skeleton(out, what.pose_px, by_state[JointState.FAULT], by_state[JointState.BORDERLINE], unjudged)
    if mirror:
        out = np.ascontiguousarray(out[:, ::-1])
    if what.timer is not None:
        _draw_timer(out, *what.timer, what.timer_runs)
    return out


def _draw_timer(image: Image, share: float, number: int, runs: bool) -> None:
    """A ring that fills, with the seconds in it; while the timer stands still the ring is thin."""
    radius = round(_RING_SHARE * image.shape[0])
    centre = (image.shape[1] - round(1.5 * radius), round(1.5 * radius))
    cv2.circle(image, centre, round(radius * 1.25), _DARK, -1, cv2.LINE_AA)
    cv2.circle(image, centre, radius, (110, 110, 110), 2, cv2.LINE_AA)
    width = max(2, radius // 4) if runs else 2
    cv2.ellipse(image, centre, (radius, radius), -90, 0, 360 * min(max(share, 0.0), 1.0), _LIGHT, width, cv2.LINE_AA)
    text, scale = str(number), radius / 28
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 2)
    at = (centre[0] - wide // 2, centre[1] + high // 2)
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_DUPLEX, scale, _LIGHT, 2, cv2.LINE_AA)
