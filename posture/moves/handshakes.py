"""Handshakes: two people whose hands lie in each other, both in the picture.

From the side one of two right hands always belongs to an arm on the far side of a body, which the model places rightly
and trusts little. So the places of all hands count here, seen or not, as long as the clasp has one arm that is seen.

Hands that pass a paper meet as well. A handshake is told only of two who face each other, when nobody is seen with both
hands in it, and the legs of both are seen, so that nothing stands between them; else somebody's other hand must be seen
away from the clasp and the hands go up and down. Where neither is sure nothing is told: what is no handshake must not
cost a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from posture.camera import body_yaw_deg
from posture.findings import Move
from posture.geometry import distance, rolling_median, stretches, turning_points
from posture.landmarks import LEFT, RIGHT, Array, Track
from posture.measures.common import ARM_JOINTS, HIPS, KNEES, LEAST_TRUNK_PX, SHOULDERS
from posture.moves.arms import SIDE_NAMES

CLASPED_TL = 0.30
"""Fingertips of two people this near to each other, in trunk lengths (15 cm), clasp each other: rendered handshakes
show 0.12 to 0.29, people apart 0.9 (own choice)."""
SEEN_FROM = 0.5
"""Visibility from which an arm counts as seen (own choice)."""
FACING_DEG = 90.0
"""Least difference of the directions of two who face each other: 147 and more in rendered handshakes, under 20 of
neighbours in a row, whose hands meet in the picture while they point (own choice)."""
FREE_TL = 0.5
"""A hand this far from the clasp is free (own choice: hanging 0.54 to 0.93; the second hand at a paper 0.05 to 0.1)."""
PUMP_TL, LEAST_PUMPS = 0.06, 3
"""Least way of the hands up or down, and how often they turn back, in the shake of a handshake (own choices)."""
SHORTEST_S, LONGEST_S, GAP_S = 0.5, 15.0, 0.5
"""Shorter it is a touch, longer something else, such as leading by the hand (own choices)."""
_SMOOTH_S = 0.3


def find_handshakes(tracks: Sequence[Track]) -> dict[int, list[Move]]:
    """By person, the handshakes they took part in, each with the hand that they gave. Takes the landmarks as the model
    gave them, those of little visibility included."""
    found: dict[int, list[Move]] = {track.person: [] for track in tracks}
    for one, other in combinations(tracks, 2):
        pair = (one.part(np.isin(one.time_s, other.time_s)), other.part(np.isin(other.time_s, one.time_s)))
        time_s = pair[0].time_s
        if len(time_s) < 3 or min(_usual_trunk_px(track) for track in pair) < LEAST_TRUNK_PX:
            continue
        apart = _tips_apart_tl(*pair)
        nearest = rolling_median(time_s, apart.min((0, 1)), _SMOOTH_S)
        with np.errstate(invalid="ignore"):
            runs = stretches(nearest <= CLASPED_TL, time_s, GAP_S)
        for first, last in runs:
            start, end = float(time_s[first]), float(time_s[last])
            during = slice(first, last + 1)
            sides = _given(pair, apart, during)
            named = _shaking(pair, sides, during) if sides else None
            if named and SHORTEST_S <= end - start <= LONGEST_S:
                for track, side in zip(pair, named, strict=True):
                    found[track.person].append(
                        Move("handshake", "handshake", track.person, start, start, end, end, side)
                    )
    return found


def _tips_apart_tl(one: Track, other: Track) -> Array:
    """(2, 2, T) distance of the fingertips of each hand of the first from each of the second, in trunk lengths."""
    length = np.fmax(_usual_trunk_px(one), _usual_trunk_px(other))
    tips = [[track.pose_px[:, ARM_JOINTS[side][3], :2] for side in (LEFT, RIGHT)] for track in (one, other)]
    return np.stack([[distance(a, b) / length for b in tips[1]] for a in tips[0]])


def _usual_trunk_px(track: Track) -> Array:
    shoulder, hip = (track.pose_px[:, list(pair), :2].mean(1) for pair in (SHOULDERS, HIPS))
    length = distance(shoulder, hip)
    return np.asarray(np.nanmedian(length) if np.isfinite(length).any() else np.nan)


def _given(pair: tuple[Track, Track], apart: Array, during: slice) -> tuple[int, int] | None:
    """The hands in the clasp, None when no arm in it is seen. Whose better seen arm is not in it gave the other one."""
    typical = np.median(apart[:, :, during], 2)
    sides, seen = [], False
    for track, own in zip(pair, (typical.min(1), typical.min(0)), strict=True):
        visible = [_visible(track, s, during) for s in (LEFT, RIGHT)]
        better = int(np.argmax(visible)) if abs(visible[0] - visible[1]) > 0.2 else int(np.argmin(own))
        in_it = own[better] <= CLASPED_TL
        seen = seen or (in_it and visible[better] >= SEEN_FROM)
        sides.append(better if in_it else 1 - better)
    return (sides[0], sides[1]) if seen else None


def _shaking(pair: tuple[Track, Track], sides: tuple[int, int], during: slice) -> tuple[str, str] | None:
    """The hands by name when it is more like a handshake than like passing something on; without names where nobody's
    other hand is seen away from it: then the model may have put either hand there."""
    yaw = [np.radians(body_yaw_deg(track)[during]) for track in pair]
    turned = np.degrees(np.abs(np.angle(np.exp(1j * (yaw[0] - yaw[1])))))
    if not np.median(turned) >= FACING_DEG:
        return None
    clasp = np.mean([_tip(track, side, during) for track, side in zip(pair, sides, strict=True)], 0)
    others = [
        float(np.median(distance(_tip(track, 1 - side, during), clasp))) / _usual_trunk_px(track)
        for track, side in zip(pair, sides, strict=True) if _visible(track, 1 - side, during) >= SEEN_FROM
    ]  # fmt: skip
    free = bool(others) and max(others) >= FREE_TL
    if others and min(others) <= CLASPED_TL:
        return None
    pumps = turning_points(clasp[:, 1], PUMP_TL * float(min(_usual_trunk_px(track) for track in pair)))
    nothing_between = all(_legs_seen(track, during) for track in pair)
    if not (nothing_between or (free and pumps >= LEAST_PUMPS)):
        return None
    one, other = (SIDE_NAMES[side] if free else "" for side in sides)
    return one, other


def _tip(track: Track, side: int, during: slice) -> Array:
    """(N, 2) pixels of the fingertips."""
    return track.pose_px[during, ARM_JOINTS[side][3], :2].astype(float)


def _visible(track: Track, side: int, during: slice) -> float:
    """Visibility of elbow and wrist."""
    return float(np.median(track.visibility[during][:, list(ARM_JOINTS[side][1:3])]))


def _legs_seen(track: Track, during: slice) -> bool:
    """Whether a knee is seen: else a counter, or the picture's edge, may be before the legs."""
    return float(np.median(track.visibility[during][:, list(KNEES)], 0).max()) >= SEEN_FROM
