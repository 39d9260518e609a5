"""A person's angles and hands while moving, at an even rate, and one movement cut out of them: a performance.

Angles tell how large and in which form somebody moves. When is told by where the hands are: the angles of a forearm
that passes the line of sight jump.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from posture.findings import Move, View
from posture.geometry import rolling_median, stretches
from posture.landmarks import LEFT, RIGHT, Array
from posture.library import Library
from posture.measures import Scene
from posture.measures.arms import forearm_direction_deg
from posture.moves.arms import arm_of

RATE_PER_S = 20.0
SMOOTH_S = 0.3
"""Every angle is a median over this time (own choice, as for bows)."""
LONGEST_GAP_S = 0.35
"""Unseen for longer an angle stays unknown there; shorter gaps are bridged (own choice)."""
MARGIN_S = 0.8
"""Rest before and after a movement that belongs to its performance."""
LOST_DEG = 250.0
"""No forearm turns farther between two rests (own choice)."""
LEAST_SEEN = 0.9
"""Least share of a performance in which an angle has to be known to count (own choice)."""
SAME_VIEW_SHARE = 0.8
"""A performance is seen from one side when this share of it is (own choice)."""

CHANGE = "change"
"""Kind of the movement that takes somebody from one posture to another."""
MOVING_SW_PER_S, RESTS_S, LONGEST_CHANGE_S = 0.25, 0.5, 2.5
"""Hands that are faster, in shoulder widths per second, change their place; before and after they rest this long;
longer it is something else (own choices)."""
LEAST_CHANGE_SW = 0.3
"""Least way of a hand, out or down, in a change of posture (own choice)."""

ANGLES: dict[str, dict[View, str]] = {
    "left_arm": {View.FRONT: "left_arm_sideways_deg", View.SIDE: "left_arm_forward_deg"},
    "right_arm": {View.FRONT: "right_arm_sideways_deg", View.SIDE: "right_arm_forward_deg"},
    "left_elbow": {View.FRONT: "left_elbow_deg", View.SIDE: "left_elbow_deg"},
    "right_elbow": {View.FRONT: "right_elbow_deg", View.SIDE: "right_elbow_deg"},
    "left_forearm": {},
    "right_forearm": {},
    "trunk": {View.SIDE: "trunk_lean_forward_change_deg"},
    "head": {View.FRONT: "head_pitch_change_deg"},
}
"""The angles of a performance and, by view, the measure each is; forearms are `forearm_direction_deg`."""
HANDS = ("left_hand_out", "left_hand_down", "right_hand_out", "right_hand_down")
"""Where the wrists are, from the own shoulder: outwards (from the side: the way the person faces) and down, in shoulder
widths."""
CHANNELS = (*ANGLES, *HANDS)
SWAPPED = {c: c.replace("left", "#").replace("right", "left").replace("#", "right") for c in CHANNELS}
LEAST_TRAVEL = {
    "arm": 12.0, "elbow": 25.0, "forearm": 20.0, "trunk": 7.0, "head": 5.0, "out": 0.2, "down": 0.2,
}  # fmt: skip
"""By part of the body, least way that counts as moving: over the noise of holding still (own choices)."""


class Why(StrEnum):
    """Why something about a performance could not be assessed."""

    WRONG_VIEW = "wrong_view"
    """Neither from the front nor from the side all the time."""
    OTHER_VIEW = "other_view"
    """Not from the side that the reference was seen from."""
    NOT_VISIBLE = "not_visible"
    NO_MOTION = "no_motion"
    """Nothing moves enough, in what this side shows, to be told from noise."""
    OTHER_FORM = "other_form"
    """Another movement, or it begins or ends in another posture."""
    CUT_OFF = "cut_off"
    """The moment is not in the recording."""
    ERROR_TOO_LARGE = "error_too_large"
    """The measuring error is larger than the limit."""


def part_of(channel: str) -> str:
    """The part of the body without its side: `left_arm` is `arm`."""
    return channel.rpartition("_")[2]


@dataclass(frozen=True)
class Motion:
    """One person's angles and hands over the whole recording.

    time_s : (T,) every 1 / RATE_PER_S seconds. values : channel to (T,), NaN where unknown.
    view : (T,) of `View`. moves : movements that were recognised.
    """

    person: int
    time_s: Array
    values: dict[str, Array]
    view: NDArray[np.object_]
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class Performance:
    """One movement: from rest over the hold back to rest, with some rest around it.

    time_s : (T,) even, in seconds of its recording. values : channel to (T,), NaN where unknown.
    Other times as in `Move`. view : the side it was seen from, UNKNOWN when that changes.
    """

    kind: str
    side: str
    person: int
    view: View
    time_s: Array
    values: dict[str, Array]
    start_s: float
    hold_start_s: float
    hold_end_s: float
    end_s: float

    def mirrored(self) -> Performance:
        """The same made with the other hand."""
        values = {SWAPPED[c]: v for c, v in self.values.items()}
        side = {"left": "right", "right": "left"}.get(self.side, self.side)
        return replace(self, values=values, side=side)

    def known(self) -> list[str]:
        """Channels known nearly all the time."""
        return [c for c, v in self.values.items() if len(v) and np.isfinite(v).mean() >= LEAST_SEEN]

    def taking_part(self) -> list[str]:
        """Known channels of what makes the movement: the hand of a gesture, the trunk of a bow, the head of a nod."""
        parts: dict[str, tuple[str, ...]] = {"bow": ("trunk",), "nod": ("head",)}
        one_sided = self.side in ("left", "right")
        wanted = parts.get(self.kind, tuple(c for c in CHANNELS if not one_sided or c.startswith(self.side)))
        return [c for c in self.known() if c in wanted]

    def moving(self) -> list[str]:
        """Angles that take part and move enough to be told from noise."""
        return [c for c in self._going() if c in ANGLES]

    def timing(self) -> list[str]:
        """The channels that tell when: moving hands, else moving angles."""
        going = self._going()
        return [c for c in going if c in HANDS] or going

    def _going(self) -> list[str]:
        inside = (self.time_s >= self.start_s - 1e-9) & (self.time_s <= self.end_s + 1e-9)
        found = []
        for channel in self.taking_part():
            values = self.values[channel][inside]
            values = values[np.isfinite(values)]
            if len(values) and np.ptp(values) >= LEAST_TRAVEL[part_of(channel)]:
                found.append(channel)
        return found

    def unseen(self) -> Why | None:
        """Why nothing can be said about it at all, None when something can."""
        if self.view not in (View.FRONT, View.SIDE):
            return Why.WRONG_VIEW
        return None if self.known() else Why.NOT_VISIBLE

    def refusal(self) -> Why | None:
        """Why it cannot serve as a reference, None when it can."""
        unseen = self.unseen()
        if unseen is None and not self.timing():
            return Why.NO_MOTION if self.taking_part() else Why.NOT_VISIBLE
        return unseen


def motion_of(scene: Scene, library: Library) -> Motion:
    """The angles of a scene whose tilt, neutral and movements are known."""
    own_s = scene.track.time_s
    n = int(np.floor((own_s[-1] - own_s[0]) * RATE_PER_S + 1e-6)) + 1 if len(own_s) else 0
    time_s = (own_s[0] if len(own_s) else 0.0) + np.arange(n) / RATE_PER_S
    raw = {c: _angle(scene, library, c) for c in ANGLES} | _hands(scene)
    values = {c: even(own_s, rolling_median(own_s, v, SMOOTH_S), time_s) for c, v in raw.items()}
    nearest = np.clip(np.searchsorted(own_s, time_s - 0.5 / RATE_PER_S), 0, max(len(own_s) - 1, 0))
    view = scene.view[nearest] if n else np.empty(0, object)
    motion = Motion(scene.track.person, time_s, values, view, scene.moves)
    moves = sorted((*scene.moves, *changes(motion)), key=lambda m: m.start_s)
    return replace(motion, moves=tuple(moves))


def changes(motion: Motion) -> list[Move]:
    """Changes of posture: both arms at rest, a hand goes elsewhere and rests there; where no other movement is.

    Start is when it leaves, the hold begins when it rests again; there is no return.
    """
    if len(motion.time_s) < 3:
        return []
    speeds = np.array([np.abs(np.gradient(motion.values[c])) * RATE_PER_S for c in HANDS])
    speed = np.where(np.isfinite(speeds), speeds, 0.0).max(0)
    found = []
    for first, last in stretches(speed >= MOVING_SW_PER_S, motion.time_s, SMOOTH_S):
        start_s, stop_s = float(motion.time_s[first]), float(motion.time_s[last])
        move = Move(CHANGE, CHANGE, motion.person, start_s, stop_s, stop_s + RESTS_S, stop_s + RESTS_S)
        if any(m.start_s < move.end_s and start_s < m.end_s for m in motion.moves):
            continue
        if stop_s - start_s <= LONGEST_CHANGE_S and any(_leaves(motion, move, speed, c) for c in HANDS):
            found.append(move)
    return found


def _leaves(motion: Motion, move: Move, speed: Array, channel: str) -> bool:
    """Whether a hand rests elsewhere after than before the movement."""
    time_s, values = motion.time_s, motion.values[channel]
    before = (time_s >= move.start_s - RESTS_S - 1e-9) & (time_s < move.start_s - 1e-9)
    after = (time_s > move.hold_start_s + 1e-9) & (time_s <= move.end_s + 1e-9)
    rests = all(span.any() and np.isfinite(values[span]).all() for span in (before, after))
    if not rests or (speed[before | after] >= MOVING_SW_PER_S).any():
        return False
    return bool(abs(np.median(values[after]) - np.median(values[before])) >= LEAST_CHANGE_SW)


def _angle(scene: Scene, library: Library, channel: str) -> Array:
    """(T,) the channel, from every side that it is measured from."""
    if part_of(channel) == "forearm":
        value = forearm_direction_deg(scene, LEFT if channel.startswith("left") else RIGHT)
        return np.where((scene.view == View.FRONT) | (scene.view == View.SIDE), value, np.nan)
    value = np.full(len(scene.track), np.nan)
    for view, measure in ANGLES[channel].items():
        here = scene.view == view
        if here.any():
            value[here] = library.measured(measure, scene).value[here]
    return value


def _hands(scene: Scene) -> dict[str, Array]:
    """Channel to (T,) of both wrists; the far hand from the side is a guess and unknown."""
    from_side = scene.view == View.SIDE
    found = {}
    for side, name, far in ((LEFT, "left", 1.0), (RIGHT, "right", -1.0)):
        wrist = arm_of(scene, side).joints_sw[:, 1].astype(float)
        out = np.where(from_side, scene.facing * (1.0 if side == LEFT else -1.0), 1.0) * wrist[:, 0]
        known = (scene.view == View.FRONT) | (from_side & (scene.facing != far))
        found[f"{name}_hand_out"] = np.where(known, out, np.nan)
        found[f"{name}_hand_down"] = np.where(known, wrist[:, 1], np.nan)
    return found


def even(own_s: Array, value: Array, time_s: Array) -> Array:
    """(N,) values at `time_s`, on straight lines between known ones no farther apart than LONGEST_GAP_S."""
    known = np.isfinite(value)
    if known.sum() < 2:
        return np.full(len(time_s), np.nan)
    at, values = own_s[known], value[known]
    after = np.clip(np.searchsorted(at, time_s - 1e-9), 1, len(at) - 1)
    inside = (time_s >= at[0] - 1e-9) & (time_s <= at[-1] + 1e-9)
    exactly = np.minimum(np.abs(at[after] - time_s), np.abs(at[after - 1] - time_s)) < 1e-6
    bridged = inside & (exactly | (at[after] - at[after - 1] <= LONGEST_GAP_S + 1e-9))
    return np.where(bridged, np.interp(time_s, at, values), np.nan)


def cut(motion: Motion, move: Move, margin_s: float = MARGIN_S) -> Performance:
    """The movement with its rest around, as far as no other movement of this person is in it."""
    before = [m.end_s for m in motion.moves if m is not move and m.end_s <= move.start_s + 1e-9]
    after = [m.start_s for m in motion.moves if m is not move and m.start_s >= move.end_s - 1e-9]
    first_s = max([move.start_s - margin_s, *before])
    last_s = min([move.end_s + margin_s, *after])
    inside = (motion.time_s >= first_s - 1e-9) & (motion.time_s <= last_s + 1e-9)
    return Performance(
        move.kind, move.side, motion.person, _one_view(motion.view[inside]), motion.time_s[inside],
        {c: _whole_turns_out(v[inside]) if part_of(c) == "forearm" else v[inside]
         for c, v in motion.values.items()},
        move.start_s, move.hold_start_s, move.hold_end_s, move.end_s,
    )  # fmt: skip


def _whole_turns_out(direction_deg: Array) -> Array:
    """The direction from where it begins within half a turn; unknown when it seems to end a turn further: while it
    pointed at the camera the way round was lost."""
    known = direction_deg[np.isfinite(direction_deg)]
    if not len(known) or abs(known[-1] - known[0]) > LOST_DEG:
        return np.full(len(direction_deg), np.nan)
    return direction_deg - 360.0 * np.round(known[0] / 360.0)


def _one_view(view: NDArray[np.object_]) -> View:
    for one in (View.FRONT, View.SIDE, View.OBLIQUE, View.BACK):
        if len(view) and (view == one).mean() >= SAME_VIEW_SHARE:
            return one
    return View.UNKNOWN
