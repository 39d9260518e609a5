"""What somebody does over time, told from the upper body where a counter hides the rest: absent, sitting, standing,
walking, turned away; and whether they attend, work on the counter, or look down at a still hand.

Behind a counter nothing tells sitting from standing but the way from one to the other: until somebody has risen or sat
down once, the stance is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from posture.compare import standing
from posture.findings import Activity, Move, Stance, StateSpan
from posture.geometry import rolling_median, rolling_quantile, stretches, usual_step_s
from posture.landmarks import Array
from posture.measures.held_hand import hand_holds
from posture.measures.registry import Scene, once_per_scene
from posture.measures.stances import walking

TURNED_DEG = 60.0
"""Turn of the body away from its usual direction from which somebody is turned away (own choice)."""
ABSENT_S = 2.0
"""Not seen for longer than this counts as absent (own choice)."""
HEAD_DOWN_DEG, PHONE_S = 10.0, 4.0
"""Head down by this against the own level gaze, as the face model shows it; down to a still hand for this long looks
like a phone (own choices; norms.md taboo_phone: over 2 s, longer from one camera)."""
FACE_LOST_S = 4.0
"""A face unseen for no longer, lowered before and after it, was lost because it is lowered: raised it would have been
seen (own choice)."""
HAND_GAP_S = 0.6
LEVEL_SHARE, LEVEL_WINDOW_S = 0.85, 60.0
"""Where there is no own neutral, the level gaze is this quantile of a minute (own choice)."""
_LEAST_SPAN_S = 0.4

STANCES, ACTIVITIES = tuple(Stance), tuple(Activity)
Codes = NDArray[np.int8]


@once_per_scene
def turned_away(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether the body is turned far from its own usual direction."""
    if scene.yaw_deg is None or not np.isfinite(scene.yaw_deg).any():
        return np.zeros(len(scene.track), bool)
    still = np.isfinite(scene.yaw_deg) & ~walking(scene)
    yaw = np.radians(scene.yaw_deg)
    usual = yaw[still] if still.any() else yaw[np.isfinite(yaw)]
    ahead = np.arctan2(np.median(np.sin(usual)), np.median(np.cos(usual)))
    off = np.degrees(np.abs(np.angle(np.exp(1j * (yaw - ahead)))))
    with np.errstate(invalid="ignore"):
        return np.asarray(rolling_median(scene.track.time_s, off, 1.0) > TURNED_DEG)


def stance_codes(scene: Scene, changes: Iterable[Move]) -> Codes:
    """(T,) index into `STANCES` of every sample of the track; absences lie between samples: see `spans`."""
    time_s = scene.track.time_s
    codes = np.full(len(time_s), STANCES.index(Stance.UNKNOWN), np.int8)
    sitting, upright = STANCES.index(Stance.SITTING), STANCES.index(Stance.STANDING)
    ordered = sorted(changes, key=lambda m: m.start_s)
    for number, move in enumerate(ordered):
        before, after = (sitting, upright) if move.kind == "stand_up" else (upright, sitting)
        until = ordered[number + 1].start_s if number + 1 < len(ordered) else np.inf
        if number == 0:
            codes[time_s < move.end_s] = before
        codes[(time_s >= move.end_s) & (time_s < until)] = after
        if number + 1 < len(ordered):
            codes[(time_s >= until) & (time_s < ordered[number + 1].end_s)] = after
    known = standing(scene)
    told = codes == STANCES.index(Stance.UNKNOWN)
    codes[told & (known == 1)], codes[told & (known == 0)] = upright, sitting
    codes[turned_away(scene)] = STANCES.index(Stance.TURNED_AWAY)
    codes[walking(scene)] = STANCES.index(Stance.WALKING)
    return codes


@once_per_scene
def head_level_deg(scene: Scene) -> Array:
    """(T,) pitch of the level head as the face model shows it: the own neutral's, else a high quantile of a minute."""
    if "head_pitch_deg" in scene.neutral:
        return np.full(len(scene.track), scene.neutral["head_pitch_deg"])
    pitch = scene.track.face_rotation_deg[:, 0].astype(float)
    return rolling_quantile(scene.track.time_s, pitch, LEVEL_WINDOW_S, LEVEL_SHARE)


@once_per_scene
def head_down_deg(scene: Scene) -> Array:
    """(T,) how far the head is down against its level, smoothed; NaN without a face."""
    pitch = scene.track.face_rotation_deg[:, 0].astype(float)
    return rolling_median(scene.track.time_s, head_level_deg(scene) - pitch, 0.5)


def _lowered(time_s: Array, down_deg: Array) -> NDArray[np.bool_]:
    """(T,) whether the head is lowered, in between two such moments also while the face is not seen."""
    with np.errstate(invalid="ignore"):
        lowered = np.asarray(down_deg >= HEAD_DOWN_DEG)
    seen = np.flatnonzero(np.isfinite(down_deg))
    for before, after in pairwise(seen):
        if lowered[before] and lowered[after] and time_s[after] - time_s[before] <= FACE_LOST_S:
            lowered[before:after] = True
    return lowered


def _held_down(time_s: Array, held: NDArray[np.bool_], maybe: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last sample of heads lowered to a still hand for `PHONE_S`, and on to the last moment at which it is
    seen to be `held` if it was out of sight at most, `maybe`, in between."""
    whole = stretches(maybe, time_s, HAND_GAP_S)
    long = [(a, b) for a, b in stretches(held, time_s, HAND_GAP_S) if time_s[b] - time_s[a] >= PHONE_S]
    ends = [last for a, _ in long for first, last in whole if first <= a <= last]
    return [(a, int(np.flatnonzero(held[: end + 1])[-1])) for (a, _), end in zip(long, ends, strict=True)]


def activity_codes(scene: Scene) -> Codes:
    """(T,) index into `ACTIVITIES`. Whether somebody reads, writes or types is not told: head down is work on the
    counter, unless a hand is kept still before the body for long."""
    time_s, down = scene.track.time_s, head_down_deg(scene)
    holds, unsure = hand_holds(scene)
    codes = np.full(len(time_s), ACTIVITIES.index(Activity.UNKNOWN), np.int8)
    with np.errstate(invalid="ignore"):
        codes[down < HEAD_DOWN_DEG] = ACTIVITIES.index(Activity.ATTENDING)
    lowered = _lowered(time_s, down) & (np.isfinite(down) | ~turned_away(scene))
    codes[lowered] = ACTIVITIES.index(Activity.WORKING)
    for first, last in _held_down(time_s, lowered & holds, lowered & (holds | unsure)):
        codes[first : last + 1] = ACTIVITIES.index(Activity.LIKE_PHONE)
    return codes


def spans(time_s: Array, codes: Codes, names: tuple[Stance, ...] | tuple[Activity, ...]) -> tuple[StateSpan, ...]:
    """The codes as stretches; shorter ones than `_LEAST_SPAN_S` go to the one before. Gaps are not bridged."""
    step = usual_step_s(time_s)
    found: list[StateSpan] = []
    cuts = np.flatnonzero((np.diff(codes) != 0) | (np.diff(time_s) > ABSENT_S))
    for first, last in zip((0, *(cuts + 1)), (*cuts, len(codes) - 1), strict=True) if len(codes) else ():
        goes_on = last + 1 < len(time_s) and time_s[last + 1] - time_s[last] <= ABSENT_S
        end = float(time_s[last + 1] if goes_on else time_s[last] + step)
        name, start = str(names[codes[first]]), float(time_s[first])
        joined = bool(found) and start - found[-1].end_s < 1e-6
        if joined and (found[-1].state == name or found[-1].end_s - found[-1].start_s < _LEAST_SPAN_S):
            found[-1] = StateSpan(name, found[-1].start_s, end)
        else:
            found.append(StateSpan(name, start, end))
    return tuple(found)


def absences(time_s: Array, duration_s: float) -> tuple[StateSpan, ...]:
    """When the person was not in the picture, from the start of the recording to its end."""
    if not len(time_s):
        return (StateSpan(str(Stance.ABSENT), 0.0, duration_s),)
    edges = np.concatenate([[0.0], time_s, [max(duration_s, float(time_s[-1]))]])
    gaps = np.flatnonzero(np.diff(edges) > ABSENT_S)
    return tuple(StateSpan(str(Stance.ABSENT), float(edges[i]), float(edges[i + 1])) for i in gaps)


def states(scene: Scene, duration_s: float) -> tuple[tuple[StateSpan, ...], tuple[StateSpan, ...]]:
    """Stances with the absences, and activities, of one person over a recording of `duration_s` seconds.

    The scene's moves must hold what `find_stance_changes` found.
    """
    time_s = scene.track.time_s
    changes = [m for m in scene.moves if m.group in ("stand_up", "sit_down")]
    stance = spans(time_s, stance_codes(scene, changes), STANCES) + absences(time_s, duration_s)
    return tuple(sorted(stance, key=lambda s: s.start_s)), spans(time_s, activity_codes(scene), ACTIVITIES)
