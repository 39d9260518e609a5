"""Bows, seen from the side or, if deep, from the front, and nods, seen by the face model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posture.compare import standing
from posture.findings import Move, View
from posture.geometry import own_way, rolling_median, rolling_quantile
from posture.landmarks import Array, Pose
from posture.measures import MEASURES
from posture.measures.bows import DEEPEST_SHARE, LEAST_HOLD_DEG, UPRIGHT_WITHIN_DEG, bending_deg, bending_front_deg
from posture.measures.common import mid_shoulder, point, shoulder_width_px
from posture.measures.registry import Scene, once_per_scene
from posture.moves.size import LEAST_NOD_WIDTH_PX, least_dip_deg, wide_enough

BOW_FROM_DEG = 7.0
"""Least forward lean against the own neutral that begins a bow (norms.md: under it only the head bows)."""
LONGEST_BOW_S, LONGEST_HOLD_S = 10.0, 3.5
"""Leaning forward for longer, or staying down for longer, is stooping and no bow (own choices)."""
FRONT_BOW_FROM_DEG, FRONT_UPRIGHT_DEG = 17.0, 12.0
"""From the front noise reads as a lean of up to 12 degrees, a nod as up to 15 (rendered people; own choices)."""
NEARER_SHARE, SUNK_SHARE = 1.02, 0.80
"""In a bow of 20 degrees and more the shoulders look wider by 4 % and more and the nose is at most this share of its
usual height above them; in a squat they look no wider (rendered people; own choices)."""
NOD_FROM_DEG = 4.0
"""Least dip of the head as the face model shows it, at about 0.6: truly 6 degrees and more (docs/accuracy.md)."""
LONGEST_NOD_S = 1.2
"""norms.md nod_ack: 0.3 to 1.2 seconds a nod."""
LEVEL_WINDOW_S, HELD_UP_SHARE = 2.4, 0.7
"""A nod dips under the median of this window. In a row of nods the head is down for half of the time and the median
with it: there every dip under this quantile counts, which is the head between them (benchmarks/moves_errors.py: all
rows of six counted right, two in seven before)."""
OWN_WAY_SHARE = 0.5
"""Share of the least dip that the head goes itself, down and up again (own choice; a nod goes all of it)."""
IN_A_ROW_S = 0.8
"""Nods that follow each other within this are one answer (own choice)."""


def find_bows(scene: Scene) -> list[Move]:
    """Bows of somebody who stands, from the side and, if deep enough, from the front."""
    found = _from_the_side(scene) + _from_the_front(scene)
    return sorted(found, key=lambda m: m.start_s)


def _from_the_front(scene: Scene) -> list[Move]:
    """Bows towards the camera: the trunk shortens, the shoulders come nearer, and the face sinks between them. Smaller
    ones look like a nod or like handing something over: they are not claimed."""
    time_s, front = scene.track.time_s, scene.seen_from[View.FRONT]
    if len(time_s) < 3 or not front.any():
        return []
    width = rolling_median(time_s, shoulder_width_px(scene), 0.3)
    neck = (mid_shoulder(scene) - point(scene, Pose.NOSE))[:, 1]
    neck = rolling_median(time_s, neck, 0.3) / width
    lean = bending_front_deg(scene)
    upright = standing(scene) != 0
    with np.errstate(invalid="ignore"):
        nearer, sunk = width / own_way(time_s, width), neck / own_way(time_s, neck)
        bows = upright & (nearer >= NEARER_SHARE) & (sunk <= SUNK_SHARE)
    moves = []
    for first, last in _dips(np.where(upright, lean, np.nan), FRONT_BOW_FROM_DEG, FRONT_UPRIGHT_DEG):
        down, up = (first + i for i in _deepest(lean[first : last + 1]))
        short = time_s[last] - time_s[first] <= LONGEST_BOW_S and time_s[up] - time_s[down] <= LONGEST_HOLD_S
        if short and bows[down : up + 1].mean() >= 0.5:
            moves.append(_move(scene, "bow", (first, down, up, last)))
    return moves


def _from_the_side(scene: Scene) -> list[Move]:
    if len(scene.track) < 3 or "trunk_lean_forward_deg" not in scene.neutral or not scene.seen_from[View.SIDE].any():
        return []
    time_s = scene.track.time_s
    lean = np.where(scene.seen_from[View.SIDE] & (standing(scene) != 0), bending_deg(scene), np.nan)
    moves = []
    for first, last in _dips(lean, BOW_FROM_DEG, UPRIGHT_WITHIN_DEG):
        down, up = (first + i for i in _deepest(lean[first : last + 1]))
        if time_s[last] - time_s[first] <= LONGEST_BOW_S and time_s[up] - time_s[down] <= LONGEST_HOLD_S:
            moves.append(_move(scene, "bow", (first, down, up, last)))
    return moves


def _move(scene: Scene, kind: str, samples: tuple[int, int, int, int], count: int = 1) -> Move:
    start, hold_start, hold_end, end = (float(scene.track.time_s[i]) for i in samples)
    return Move(kind, kind, scene.track.person, start, hold_start, hold_end, end, count=count)


def _dips(value: Array, from_value: float, back_to: float) -> list[tuple[int, int]]:
    """First and last sample of every excursion over `from_value`, widened to where the value was below `back_to`.

    One that is cut off by the recording or by samples without a value, before or after, is left out.
    """
    with np.errstate(invalid="ignore"):
        over, back = value >= from_value, value <= back_to
    found: list[tuple[int, int]] = []
    for i in np.flatnonzero(over):
        if found and i <= found[-1][1]:
            continue
        before, after = i, i
        while before > 0 and np.isfinite(value[before]) and not back[before]:
            before -= 1
        while after < len(value) - 1 and np.isfinite(value[after]) and not back[after]:
            after += 1
        if back[before] and back[after]:
            found.append((int(before), int(after)))
    return found


def _deepest(lean: Array) -> tuple[int, int]:
    """First and last sample of the hold round the largest value."""
    peak = int(np.nanargmax(lean))
    near = lean >= lean[peak] - max(LEAST_HOLD_DEG, DEEPEST_SHARE * float(lean[peak]))
    first, last = peak, peak
    while first > 0 and near[first - 1]:
        first -= 1
    while last < len(lean) - 1 and near[last + 1]:
        last += 1
    return first, last


def find_nods(scene: Scene) -> list[Move]:
    """Short dips of a head whose face is seen; those in a row are one movement with a count. What the face model shows
    of somebody seen from behind is no face, and of somebody small it wanders as far as a nod."""
    time_s = scene.track.time_s
    pitch = np.where(nods_told(scene), scene.track.face_rotation_deg[:, 0].astype(float), np.nan)
    if len(time_s) < 3 or not np.isfinite(pitch).any():
        return []
    least = least_dip_deg(scene, NOD_FROM_DEG)
    still = MEASURES["body_speed_sw_per_s"].compute(scene).value < 0.6
    sure = _short_dips(
        time_s, pitch, np.where(still, rolling_median(time_s, pitch, LEVEL_WINDOW_S) - pitch, np.nan), least
    )
    dip = np.where(still, rolling_quantile(time_s, pitch, LEVEL_WINDOW_S, HELD_UP_SHARE) - pitch, np.nan)
    every = _short_dips(time_s, pitch, dip, least)
    every = sorted(every + [s for s in sure if not _overlap([s], every)])
    moves: list[Move] = []
    for group in (g for g in _in_a_row(every, time_s) if _overlap(g, sure)):
        first, last = group[0][0], group[-1][1]
        low = first + int(np.nanargmax(dip[first : last + 1]))
        moves.append(_move(scene, "nod", (first, low, low, last), len(group)))
    return moves


@once_per_scene
def nods_told(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether a nod would be seen: a face towards the camera or to its side, and not too small."""
    from_behind = scene.seen_from[View.BACK]
    face = np.isfinite(scene.track.face_rotation_deg[:, 0])
    return face & ~from_behind & wide_enough(scene, LEAST_NOD_WIDTH_PX)


def _short_dips(time_s: Array, pitch: Array, dip: Array, least: Array) -> list[tuple[int, int]]:
    """Those that are over `least` (T,) of the moment, and in which the head itself goes down and comes back: where it
    is raised from work, the level that it is compared with jumps before it moves."""
    kept = []
    for first, last in _dips(dip / least, 1.0, 0.4):
        if time_s[last] - time_s[first] > LONGEST_NOD_S:
            continue
        low = first + int(np.nanargmin(pitch[first : last + 1]))
        ways = (np.nanmax(pitch[first : low + 1]) - pitch[low], np.nanmax(pitch[low : last + 1]) - pitch[low])
        kept += [(first, last)] if min(ways) >= OWN_WAY_SHARE * least[low] else []
    return kept


def _overlap(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> bool:
    return any(a[0] <= b[1] and b[0] <= a[1] for a in some for b in others)


def _in_a_row(single: list[tuple[int, int]], time_s: Array) -> list[list[tuple[int, int]]]:
    groups: list[list[tuple[int, int]]] = []
    for one in single:
        if groups and time_s[one[0]] - time_s[groups[-1][-1][1]] <= IN_A_ROW_S:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups
