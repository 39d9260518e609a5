"""What somebody does over time, told from the upper body where a counter hides the rest: absent, sitting, standing,
walking, turned away; and whether they attend, work on the counter, or look down at a still hand.

Behind a counter nothing tells sitting from standing but the way from one to the other: until somebody has risen or sat
down once, the stance is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from posture.compare import standing
from posture.findings import Activity, Move, Stance, StateSpan
from posture.geometry import rolling_median, rolling_quantile, stretches, usual_step_s
from posture.landmarks import Array
from posture.measures.common import mid_shoulder, steady_width_px
from posture.measures.face import hand_holds
from posture.measures.registry import Scene, once_per_scene

LEAST_RISE_SW = 0.7
"""Least way of the shoulder line up or down, in own shoulder widths (norms.md flow_stand_arrival: proposal)."""
LONGEST_CHANGE_S = 4.0
"""Rising or sitting down for longer is something else (own choice; norms.md asks for 2.5 s at most)."""
MOVING_SW_PER_S, PAUSE_S = 0.20, 0.35
"""Speed of the shoulder line that belongs to rising or sitting down, and the longest halt in between (own choices)."""
WALKING_SW_PER_S, LEAST_WALK_S = 0.8, 0.6
"""Sideways speed of somebody who walks across the picture, and how long it lasts at least (own choices)."""
NEARER_PER_S = 0.22
"""Growth or shrinking of the shoulders, as a share a second, of somebody who walks along the view (own choice)."""
TURNED_DEG = 60.0
"""Turn of the body away from its usual direction from which somebody is turned away (own choice)."""
ABSENT_S = 2.0
"""Not seen for longer than this counts as absent (own choice)."""
HEAD_DOWN_DEG, PHONE_S = 10.0, 4.0
"""Head down by this against the own level gaze, as the face model shows it; down to a still hand for this long looks
like a phone (own choices; norms.md taboo_phone: over 2 s, longer from one camera)."""
LEVEL_SHARE, LEVEL_WINDOW_S = 0.85, 60.0
"""Where there is no own neutral, the level gaze is this quantile of a minute (own choice)."""
_SMOOTH_S, _WIDTH_WINDOW_S, _WIDTH_SHARE, _LEAST_SPAN_S = 0.4, 20.0, 0.8, 0.4

STANCES, ACTIVITIES = tuple(Stance), tuple(Activity)
Codes = NDArray[np.int8]


@once_per_scene
def own_width_px(scene: Scene) -> Array:
    """(T,) the person's shoulder width in pixels as if seen from the front, steady while they turn."""
    return rolling_quantile(scene.track.time_s, steady_width_px(scene), _WIDTH_WINDOW_S, _WIDTH_SHARE)


@once_per_scene
def height_sw(scene: Scene) -> Array:
    """(T,) height of the shoulder line in the picture in own shoulder widths, up positive, from any zero."""
    smooth = rolling_median(scene.track.time_s, -mid_shoulder(scene)[:, 1], _SMOOTH_S)
    return np.asarray(smooth / own_width_px(scene))


def _rate(time_s: Array, value: Array) -> Array:
    """(T,) change a second between the neighbours of each sample; NaN across gaps of a second and more."""
    rate = np.full(len(time_s), np.nan)
    if len(time_s) >= 3:
        span = time_s[2:] - time_s[:-2]
        rate[1:-1] = np.where(span <= 1.0, (value[2:] - value[:-2]) / span, np.nan)
    return rate


@once_per_scene
def walking(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether the person walks, across the picture or along the view."""
    time_s = scene.track.time_s
    width = own_width_px(scene)
    across = rolling_median(time_s, np.abs(_rate(time_s, mid_shoulder(scene)[:, 0])) / width, 0.6)
    grows = rolling_median(time_s, np.abs(_rate(time_s, rolling_median(time_s, steady_width_px(scene), 1.0))), 1.0)
    with np.errstate(invalid="ignore"):
        flag = (across >= WALKING_SW_PER_S) | ((grows / width >= NEARER_PER_S) & (across >= WALKING_SW_PER_S / 4))
    found = np.zeros(len(time_s), bool)
    for first, last in stretches(flag, time_s, 0.5):
        if time_s[last] - time_s[first] >= LEAST_WALK_S:
            found[first : last + 1] = True
    return found


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


def find_stance_changes(scene: Scene) -> list[Move]:
    """Rising (`stand_up`) and sitting down (`sit_down`), in time order. The hold is empty: a way has no hold.

    The shoulder line goes up or down by `LEAST_RISE_SW` without the person walking. Whoever squats or bows comes back:
    a way down that is followed by the same way up within `LONGEST_CHANGE_S` is neither.
    """
    time_s = scene.track.time_s
    if len(time_s) < 5:
        return []
    height, walks = height_sw(scene), walking(scene)
    rate = rolling_median(time_s, _rate(time_s, height), 0.3)
    found: list[Move] = []
    for sign, kind in ((1.0, "stand_up"), (-1.0, "sit_down")):
        with np.errstate(invalid="ignore"):
            runs = stretches(sign * rate >= MOVING_SW_PER_S, time_s, PAUSE_S)
        for first, last in runs:
            first, last = max(first - 1, 0), min(last + 1, len(time_s) - 1)
            long_s = time_s[last] - time_s[first]
            way = sign * (_level(height, time_s, last, +1) - _level(height, time_s, first, -1))
            if way < LEAST_RISE_SW or long_s > LONGEST_CHANGE_S or walks[first : last + 1].mean() > 0.5:
                continue
            at = (float(time_s[first]), float(time_s[last]))
            found.append(Move(kind, kind, scene.track.person, at[0], at[1], at[1], at[1]))
    found.sort(key=lambda m: m.start_s)
    return _without_returns(found, scene)


def _level(height: Array, time_s: Array, sample: int, direction: int) -> float:
    """Height of the shoulders just before or after a change."""
    window = (time_s - time_s[sample]) * direction
    near = height[(window >= 0) & (window <= 0.6)]
    near = near[np.isfinite(near)]
    return float(np.median(near)) if len(near) else float("nan")


def _without_returns(found: list[Move], scene: Scene) -> list[Move]:
    """Without what is part of a squat, and without a dip: down and up again at once."""
    squats = [m for m in scene.moves if m.group == "squat"]
    found = [m for m in found if not any(m.start_s < s.end_s and s.start_s < m.end_s for s in squats)]
    kept: list[Move] = []
    for move in found:
        if kept and (kept[-1].kind, move.kind) == ("sit_down", "stand_up") and move.start_s - kept[-1].end_s < 0.5:
            kept.pop()
            continue
        kept.append(move)
    return kept


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


def activity_codes(scene: Scene) -> Codes:
    """(T,) index into `ACTIVITIES`. Whether somebody reads, writes or types is not told: head down is work on the
    counter, unless a hand is kept still before the body for long."""
    time_s, down = scene.track.time_s, head_down_deg(scene)
    holds, _ = hand_holds(scene)
    codes = np.full(len(time_s), ACTIVITIES.index(Activity.UNKNOWN), np.int8)
    with np.errstate(invalid="ignore"):
        codes[down < HEAD_DOWN_DEG] = ACTIVITIES.index(Activity.ATTENDING)
        lowered = down >= HEAD_DOWN_DEG
    codes[lowered] = ACTIVITIES.index(Activity.WORKING)
    for first, last in stretches(lowered & holds, time_s, 0.6):
        if time_s[last] - time_s[first] >= PHONE_S:
            codes[first : last + 1] = ACTIVITIES.index(Activity.LIKE_PHONE)
    return codes


def spans(time_s: Array, codes: Codes, names: tuple[Stance, ...] | tuple[Activity, ...]) -> tuple[StateSpan, ...]:
    """The codes as stretches; shorter ones than `_LEAST_SPAN_S` go to the one before. Gaps are not bridged."""
    step = usual_step_s(time_s)
    found: list[StateSpan] = []
    for i, code in enumerate(codes):
        end = float(time_s[i + 1]) if i + 1 < len(time_s) and time_s[i + 1] - time_s[i] <= ABSENT_S else time_s[i] + step
        name, start = str(names[code]), float(time_s[i])
        joined = bool(found) and start - found[-1].end_s < 1e-6
        if joined and (found[-1].state == name or found[-1].end_s - found[-1].start_s < _LEAST_SPAN_S):
            kept = found[-1].state if found[-1].state == name else name
            found[-1] = StateSpan(kept, found[-1].start_s, float(end))
        else:
            found.append(StateSpan(name, start, float(end)))
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
