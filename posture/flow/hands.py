"""Cues of the hands: papers that pass from one person to the other, and an arm held out towards the seat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from posture.findings import CueSeen, Move
from posture.geometry import inner_angle_deg, rolling_median, rolling_share, stretches
from posture.landmarks import LEFT, RIGHT, Array, Track
from posture.measures.common import ARM_JOINTS, mid_shoulder, point
from posture.measures.registry import Scene, once_per_scene
from posture.measures.stances import own_width_px, walking
from posture.moves.arms import arm_of
from posture.moves.stances import risen
from posture.moves.strokes import LONGEST_STROKE_S, way_edge

Flags = NDArray[np.bool_]
RawTracks = Mapping[int, Track]

TOUCH_SW, MOVED_SW, EXCHANGE_S, REST_WINDOW_S = 0.6, 0.20, 0.4, 9.0
"""Hands of two people this near in the picture, and each this far from where it rests, in the clerk's and its own
shoulder widths, for this long: they hand something over (own choices)."""
REST_SEEN_SHARE = 0.5
"""A hand that is seen for less of the window has no known rest: one that comes into sight has left it (own choice)."""
BOTH_MOVED_SW, KEPT_SW, TOGETHER_SW = 0.16, 0.10, 0.9
"""Both hands give when each has left its place by the first and they are within the last of each other (norms.md
handover_two_hands); one when the other has kept its place within the second, away from it; else it is not told (own
choices)."""
HELD_ELBOW_DEG, HELD_ASIDE_SW, HELD_MOVED_SW, HELD_S = 145.0, 0.22, 0.35, (0.5, 6.0)
"""An arm held out: elbow, place of the wrist outwards of the shoulder, way from its rest, seconds (own choices)."""


def runs(scene: Scene, flag: Flags, least_s: float, gap_s: float = 0.35) -> list[tuple[float, float]]:
    """First and last second of what lasts for so long; gaps up to `gap_s` do not end it."""
    time_s = scene.track.time_s
    found = [(float(time_s[a]), float(time_s[b])) for a, b in stretches(flag, time_s, gap_s)]
    return [(a, b) for a, b in found if b - a >= least_s]


@once_per_scene
def held_out(clerk: Scene) -> list[CueSeen]:
    """An arm held out beside the body by somebody who stands, where no reference gesture was recognised: towards a seat
    before the counter it points down and hardly aside. From when the hand sets out until it is back."""
    known = [m for m in clerk.moves if m.group in ("gesture", "hand_over")]
    found = []
    for side in (LEFT, RIGHT):
        joints = [point(clerk, j) for j in ARM_JOINTS[side][:3]]
        out = (joints[2] - joints[0])[:, 0] / own_width_px(clerk) * (1.0 if side == LEFT else -1.0)
        with np.errstate(invalid="ignore"):
            straight = inner_angle_deg(*joints) >= HELD_ELBOW_DEG
            held = risen(clerk) & straight & (out >= HELD_ASIDE_SW) & (_moved_sw(clerk, side) >= HELD_MOVED_SW)
        for a, b in runs(clerk, held, HELD_S[0]):
            if b - a <= HELD_S[1] and not any(m.start_s <= b and a <= m.end_s for m in known):
                found.append(CueSeen("seat_gesture", *_whole_way_s(clerk, side, a, b)))
    return found


def _whole_way_s(clerk: Scene, side: int, held_from_s: float, held_to_s: float) -> tuple[float, float]:
    """When the hand sets out for what it is held in between, and when it is back."""
    arm, time_s = arm_of(clerk, side), clerk.track.time_s
    first, last = (int(np.searchsorted(time_s, at_s)) for at_s in (held_from_s, held_to_s))
    known = (time_s, arm.speed_sw_per_s, arm.joints_sw[:, 1])
    start, end = way_edge(*known, first, 0, -1), way_edge(*known, last, len(time_s) - 1, +1)
    return float(time_s[start]), float(time_s[end])


def hand_overs(clerk: Scene, client: Scene | None, raw: RawTracks) -> list[CueSeen]:
    """Exchanges told from what was seen, and from unsure hands where nothing better is known."""
    found = _exchanges(clerk, client)
    if client is None or not {clerk.track.person, client.track.person} <= set(raw):
        return found
    unsure = [replace(s, track=_as_seen_from(raw[s.track.person], s.track)) for s in (clerk, client)]
    more = [replace(c, hands="") for c in _exchanges(unsure[0], unsure[1])]
    return found + [m for m in more if not any(m.start_s <= c.end_s and c.start_s <= m.end_s for c in found)]


def _as_seen_from(raw: Track, track: Track) -> Track:
    """The raw landmarks at the samples of the track."""
    return raw.part(np.isin(raw.time_s, track.time_s))


def _exchanges(clerk: Scene, client: Scene | None) -> list[CueSeen]:
    """Hands of both people that leave their places and come near each other: from when the clerk's hand is out."""
    if client is None:
        return []
    time_s, mine, theirs = np.intersect1d(clerk.track.time_s, client.track.time_s, return_indices=True)
    if len(time_s) < 5:
        return []
    moved = {side: _moved_sw(clerk, side)[mine] for side in (LEFT, RIGHT)}
    theirs_moved = [_moved_sw(client, side)[theirs] for side in (LEFT, RIGHT)]
    their_moved = np.fmax(*(np.where(np.isfinite(m), m, np.inf) for m in theirs_moved))
    near = _hands_apart_px(clerk, client, mine, theirs) / own_width_px(clerk)[mine]
    still = ~(_changing(clerk)[mine] | _changing(client)[theirs])
    with np.errstate(invalid="ignore"):
        reach = np.fmax(moved[LEFT], moved[RIGHT])
        meet = still & (near <= TOUCH_SW) & (reach >= MOVED_SW) & (their_moved >= MOVED_SW)
    apart = np.linalg.norm(point(clerk, ARM_JOINTS[LEFT][2]) - point(clerk, ARM_JOINTS[RIGHT][2]), axis=1)[mine]
    apart = apart / own_width_px(clerk)[mine]
    going_out = stretches(still & (reach >= MOVED_SW), time_s, 0.35)
    found = []
    for a, b in stretches(meet, time_s, 0.5):
        if time_s[b] - time_s[a] >= EXCHANGE_S:
            during = slice(a, b + 1)
            out_s = next(time_s[first] for first, last in going_out if first <= a <= last)
            start_s = max(float(out_s), float(time_s[a]) - LONGEST_STROKE_S)
            hands = _hands_used(_typical(moved[LEFT][during]), _typical(moved[RIGHT][during]), _typical(apart[during]))
            found.append(CueSeen("exchange", start_s, float(time_s[b]), hands))
    return found


def _typical(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _hands_used(left_sw: float, right_sw: float, apart_sw: float) -> str:
    """Whether both hands went, one did, or it is left open: a hidden hand is NaN."""
    if min(left_sw, right_sw) >= BOTH_MOVED_SW and apart_sw <= TOGETHER_SW:
        return "both"
    return "one" if min(left_sw, right_sw) <= KEPT_SW and apart_sw > TOGETHER_SW else ""


def _stance_changes(scene: Scene) -> list[Move]:
    """Rising and sitting down by turns: who sits and goes down once more leans forward, and has not sat down."""
    changes = [m for m in scene.moves if m.group in ("stand_up", "sit_down")]
    return [m for before, m in zip([None, *changes], changes, strict=False) if before is None or before.kind != m.kind]


def _changing(scene: Scene) -> Flags:
    """(T,) whether the person walks, rises or sits down: then hands are anywhere."""
    found = walking(scene).copy()
    for move in _stance_changes(scene):
        found |= (scene.track.time_s >= move.start_s) & (scene.track.time_s <= move.end_s)
    return found


def _moved_sw(scene: Scene, side: int) -> Array:
    """(T,) how far a wrist is, seen from the shoulders, from where it usually is at that time and in that stance, in
    shoulder widths; NaN where it is unseen or its rest is not known."""
    time_s = scene.track.time_s
    place = (point(scene, ARM_JOINTS[side][2]) - mid_shoulder(scene)) / own_width_px(scene)[:, None]
    seen, moved = np.isfinite(place[:, 0]), np.full(len(time_s), np.nan)
    cuts = [m.end_s for m in _stance_changes(scene)]
    for part in np.split(np.arange(len(time_s)), np.searchsorted(time_s, cuts)):
        usual = np.stack([rolling_median(time_s[part], place[part, k], REST_WINDOW_S) for k in (0, 1)], 1)
        known = rolling_share(time_s[part], seen[part], REST_WINDOW_S) >= REST_SEEN_SHARE
        moved[part] = np.where(known, np.linalg.norm(place[part] - usual, axis=1), np.nan)
    return rolling_median(time_s, moved, 0.3)


def _hands_apart_px(one: Scene, other: Scene, mine: NDArray[np.intp], theirs: NDArray[np.intp]) -> Array:
    """(N,) smallest distance between any hand of one person and any of the other, wrists and fingertips."""
    nearest = np.full(len(mine), np.nan)
    for a in (j for side in (LEFT, RIGHT) for j in ARM_JOINTS[side][2:]):
        for b in (j for side in (LEFT, RIGHT) for j in ARM_JOINTS[side][2:]):
            apart = np.linalg.norm(point(one, a)[mine] - point(other, b)[theirs], axis=1)
            nearest = np.fmin(nearest, apart)
    return nearest
