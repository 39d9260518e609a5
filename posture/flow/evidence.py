"""What a contact shows of the clerk: cues with times, and for how much of the time each could have been seen.

Where the camera stands on the client's side, and the client is in front of the clerk, a look at the client is a head
that is neither lowered nor turned away from where it is held when it is level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from posture.findings import Activity, CueSeen
from posture.flow.contacts import Visit
from posture.flow.hands import Flags, RawTracks, hand_overs, held_out, runs
from posture.geometry import rolling_median, rolling_quantile, stretches
from posture.landmarks import LEFT, RIGHT, Array
from posture.measures.common import ARM_JOINTS, mid_shoulder, point
from posture.measures.face import SMILE_FROM, smile
from posture.measures.registry import Scene, once_per_scene
from posture.measures.stances import walking
from posture.moves.arms import SIDE_NAMES
from posture.moves.bows import nods_told
from posture.states import ACTIVITIES, activity_codes, head_down_deg

LOOK_DOWN_DEG, LOOK_ASIDE_DEG = 9.0, 22.0
"""Lower or farther aside than this from the level head the client is not looked at (own choices; half-way to where
rendered clerks write, who lower the head by 20 degrees and more)."""
LEAST_LOOK_S, LISTEN_S, WORK_S, SMILE_S = 0.35, 0.7, 1.5, 0.5
"""Shortest look, look that may be listening, work, smile (own choices)."""
WORK_EDGE_S = 0.6
"""Going down to work and coming up from it (own choice)."""
INTERRUPTED_S, RESUMED_S = 1.0, 8.0
"""A look up from work begins so soon after it, and work goes on so soon after the look (own choices)."""
DIP_DEG, DIP_S, DIP_LEVEL_S = 7.0, 3.5, 6.0
"""Least dip of the head in a bow or nod of somebody who stands, its longest time, and the window of the level that it
dips from (own choices; whoever writes while standing looks down for longer)."""
NOD_BACK_S = 0.5
"""The head is up again so soon after a nod (own choice)."""
LEAVE_S, NOTICE_S = 2.0, 3.0
"""Away for longer than this the clerk has left; a notice comes this shortly before (norms.md flow_leave_apology)."""
SEATING = ("slant_seat", "horizontal_sweep", "near_guide", "far_guide", "both_arms")
GUIDING = ("near_guide", "mid_guide", "far_guide", "front_sweep", "horizontal_sweep", "bent_arm", "slant_seat")
"""Gestures that may show a seat, and that may show a line or a device: which of them it was is told apart, not what it
pointed at."""


@dataclass(frozen=True)
class Evidence:
    """Cues in time order, and by cue (T,) when the clerk's track could have shown it. `time_s` is the clerk's."""

    cues: tuple[CueSeen, ...]
    visible: dict[str, Flags]
    time_s: Array

    def of(self, *kinds: str) -> list[CueSeen]:
        return [c for c in self.cues if c.cue in kinds]

    def seen_share(self, cue: str, start_s: float, end_s: float) -> float:
        """Share of the clerk's samples in between that could have shown the cue; 0 without a sample."""
        inside = (self.time_s >= start_s) & (self.time_s <= end_s)
        return float(self.visible[cue][inside].mean()) if inside.any() else 0.0


def evidence(clerk: Scene, client: Scene | None, visit: Visit, raw: RawTracks | None = None) -> Evidence:
    """What the clerk showed from a little before the client came into view until a little after they left.

    raw : by person the landmarks as the model gave them, unsure ones included: where hands of two people meet they hide
    each other, and both arms reaching for one place is a sign though the model is sure of neither. Which hands they
    were is not told then.
    """
    cues = [*_of_moves(clerk), *_looks(clerk, visit), *_dips(clerk), *_smiles(clerk), *_work(clerk)]
    cues = [c for c in cues if c.cue not in ("work", "phone") or c.end_s > (visit.arrival_s or visit.start_s)]
    cues += _already_standing(clerk, visit)
    cues += [*hand_overs(clerk, client, raw or {}), *_leaving(clerk), *held_out(clerk)]
    cues = _without_doubles(_true_nods(clerk, _true_work(cues)))
    work = [c for c in cues if c.cue == "work"]
    looks = [c for c in cues if c.cue == "listen"]
    given = [c for c in cues if c.cue == "exchange"]
    cues += [CueSeen("look_up", c.start_s, c.end_s) for c in looks if _between(c, work) and not _leads_to(c, given)]
    cues += _notices(cues)
    inside = [c for c in cues if visit.start_s - 2.0 <= c.end_s and c.start_s <= visit.end_s + 4.0]
    return Evidence(
        tuple(sorted(inside, key=lambda c: (c.start_s, c.cue))), _visible(clerk, client), clerk.track.time_s
    )


def _between(cue: CueSeen, work: Sequence[CueSeen]) -> bool:
    """Whether it interrupts work: that ends as it begins and goes on soon."""
    before = any(-0.3 <= cue.start_s - w.end_s <= INTERRUPTED_S for w in work)
    return before and any(-0.3 <= w.start_s - cue.end_s <= RESUMED_S for w in work)


def _leads_to(look: CueSeen, given: Sequence[CueSeen]) -> bool:
    """Whether the look is the beginning of a hand-over."""
    return any(look.start_s <= g.start_s <= look.end_s + NOD_BACK_S for g in given)


def _of_moves(clerk: Scene) -> list[CueSeen]:
    found = []
    for move in clerk.moves:
        kinds = [move.kind] if move.kind in ("stand_up", "sit_down", "bow", "nod") else []
        kinds += ["hand_raise"] if move.kind in ("hand_raise", "wave_farewell") else []
        kinds += ["seat_gesture"] if move.kind in SEATING else []
        kinds += ["guide_gesture"] if move.kind in GUIDING else []
        found += [CueSeen(kind, move.start_s, move.end_s) for kind in kinds]
        if move.group == "hand_over":
            found.append(CueSeen("exchange", move.start_s, move.end_s, "both" if move.side == "both" else "one"))
    return found


@once_per_scene
def looking(clerk: Scene) -> tuple[Flags, Flags]:
    """(T,) whether the client is looked at, and (T,) whether that could be told."""
    time_s, down = clerk.track.time_s, head_down_deg(clerk)
    yaw = rolling_median(time_s, clerk.track.face_rotation_deg[:, 1].astype(float), 0.3)
    with np.errstate(invalid="ignore"):
        level = np.where(down < LOOK_DOWN_DEG, yaw, np.nan)
        ahead = rolling_quantile(time_s, level, 60.0, 0.5)
        looks = (down < LOOK_DOWN_DEG) & (np.abs(yaw - ahead) <= LOOK_ASIDE_DEG)
    return np.asarray(looks), np.isfinite(down)


def _looks(clerk: Scene, visit: Visit) -> list[CueSeen]:
    """Looks from when the client is in view; and listening: looks while the body is at rest."""
    looks, _ = looking(clerk)
    found = [
        CueSeen("look", max(a, visit.start_s), b) for a, b in runs(clerk, looks, LEAST_LOOK_S) if b > visit.start_s
    ]
    quiet = looks.copy()
    time_s = clerk.track.time_s
    busy = [(m.start_s, m.end_s) for m in clerk.moves] + [(c.start_s, c.end_s) for c in held_out(clerk)]
    for start_s, end_s in busy:
        quiet &= (time_s < start_s) | (time_s > end_s)
    return found + [CueSeen("listen", a, b) for a, b in runs(clerk, quiet & (time_s >= visit.start_s), LISTEN_S)]


def _dips(clerk: Scene) -> list[CueSeen]:
    """Bows and nods of somebody upright, from any side that shows the face: the head goes down and comes back."""
    time_s, pitch = clerk.track.time_s, clerk.track.face_rotation_deg[:, 0].astype(float)
    if not np.isfinite(pitch).any():
        return []
    smooth = rolling_median(time_s, pitch, 0.3)
    dip = rolling_quantile(time_s, smooth, DIP_LEVEL_S, 0.7) - smooth
    with np.errstate(invalid="ignore"):
        runs = stretches(dip >= DIP_DEG, time_s, 0.35)
    return [
        CueSeen("nod", float(time_s[max(a - 1, 0)]), float(time_s[min(b + 1, len(time_s) - 1)]))
        for a, b in runs
        if time_s[b] - time_s[a] <= DIP_S and a > 0 and b < len(time_s) - 1 and _upright(clerk, float(time_s[a]))
    ]


def _upright(clerk: Scene, moment_s: float) -> bool:
    """Whether the clerk is known to stand at that moment."""
    before = [m for m in clerk.moves if m.group in ("stand_up", "sit_down") and m.start_s <= moment_s]
    return bool(before) and before[-1].kind == "stand_up"


def _already_standing(clerk: Scene, visit: Visit) -> list[CueSeen]:
    """Whoever stands already when the client comes or rises need not stand up."""
    moments = [t for t in (visit.arrival_s, visit.rises_s) if t is not None]
    changes = [m for m in clerk.moves if m.group in ("stand_up", "sit_down")]
    found = []
    for moment in moments:
        first_sits = bool(changes) and changes[0].kind == "sit_down" and moment < changes[0].start_s
        if first_sits or _upright(clerk, moment):
            found.append(CueSeen("standing", moment, moment))
    return found


def _smiles(clerk: Scene) -> list[CueSeen]:
    value = smile(clerk).value
    with np.errstate(invalid="ignore"):
        return [CueSeen("smile", a, b) for a, b in runs(clerk, value >= SMILE_FROM, SMILE_S, 0.5)]


def _work(clerk: Scene) -> list[CueSeen]:
    codes = activity_codes(clerk)
    found = []
    for activity, cue in ((Activity.WORKING, "work"), (Activity.LIKE_PHONE, "phone")):
        found += [CueSeen(cue, a, b) for a, b in runs(clerk, codes == ACTIVITIES.index(activity), WORK_S, 0.6)]
    return found


def _true_work(cues: Sequence[CueSeen]) -> list[CueSeen]:
    """Without what is a head lowered to see what the hands hand over: work ends there, and begins after it."""
    kept = [c for c in cues if c.cue not in ("work", "phone")]
    given = [c for c in kept if c.cue == "exchange"]
    for cue in (c for c in cues if c.cue in ("work", "phone")):
        inside = sorted((g.start_s, g.end_s) for g in given if g.start_s < cue.end_s and cue.start_s < g.end_s)
        begins = [cue.start_s, *(end for _, end in inside)]
        ends = [*(start for start, _ in inside), cue.end_s]
        kept += [CueSeen(cue.cue, a, b) for a, b in zip(begins, ends, strict=True) if b - a >= WORK_S]
    return kept


def working(clerk: Scene) -> Flags:
    """(T,) whether the clerk works: what is told as work of the flow must not be told as bad posture as well."""
    time_s, found = clerk.track.time_s, np.zeros(len(clerk.track), bool)
    for cue in (c for c in _work(clerk) if c.cue == "work"):
        found |= (time_s >= cue.start_s - WORK_EDGE_S) & (time_s <= cue.end_s + WORK_EDGE_S)
    return found


def _leaving(clerk: Scene) -> list[CueSeen]:
    """When the clerk walks off or is out of the picture."""
    time_s = clerk.track.time_s
    gone = [CueSeen("left", a, b) for a, b in runs(clerk, walking(clerk), LEAVE_S)]
    gaps = np.flatnonzero(np.diff(time_s) > LEAVE_S)
    return gone + [CueSeen("left", float(time_s[i]), float(time_s[i + 1])) for i in gaps]


def _true_nods(clerk: Scene, cues: Sequence[CueSeen]) -> list[CueSeen]:
    """Without the nods that are a lean to hand something over, or a head that goes down to work and stays there."""
    time_s, down = clerk.track.time_s, head_down_deg(clerk)
    giving = [c for c in cues if c.cue == "exchange"]
    kept = []
    for cue in cues:
        after = down[(time_s >= cue.end_s) & (time_s <= cue.end_s + NOD_BACK_S)]
        with np.errstate(invalid="ignore"):
            back = not np.isfinite(after).any() or bool((after < LOOK_DOWN_DEG).any())
        leans = any(g.start_s - NOD_BACK_S <= (cue.start_s + cue.end_s) / 2 <= g.end_s + NOD_BACK_S for g in giving)
        if cue.cue != "nod" or (back and not leans):
            kept.append(cue)
    return kept


def _notices(cues: Sequence[CueSeen]) -> list[CueSeen]:
    """A nod, or a look at the client while at rest, shortly before the clerk leaves."""
    signs = [c for c in cues if c.cue in ("nod", "bow", "listen")]
    leaving = [c for c in cues if c.cue == "left"]
    told = [(left, [s for s in signs if left.start_s - NOTICE_S <= s.end_s <= left.start_s + 0.5]) for left in leaving]
    return [CueSeen("leave_notice", near[0].start_s, near[0].end_s) for _, near in told if near]


def _without_doubles(cues: list[CueSeen]) -> list[CueSeen]:
    """Of two cues of one kind at one time the longer one; a bow goes before a nod. Seat and other gestures are meant to
    stand beside each other: which one it is, the order tells."""
    kept: list[CueSeen] = []
    order = {"bow": 0}
    for cue in sorted(cues, key=lambda c: (order.get(c.cue, 1), c.start_s - c.end_s)):
        same = {"bow", "nod"} if cue.cue in ("bow", "nod") else {cue.cue}
        if not any(k.cue in same and k.start_s <= cue.end_s and cue.start_s <= k.end_s for k in kept):
            kept.append(cue)
    return kept


def _visible(clerk: Scene, client: Scene | None) -> dict[str, Flags]:
    """By cue, (T,) whether the clerk's track could have shown it."""
    _, face = looking(clerk)
    shoulders = np.isfinite(mid_shoulder(clerk)[:, 0])
    wrists = {s: np.isfinite(point(clerk, ARM_JOINTS[s][2])[:, 0]) for s in (LEFT, RIGHT)}
    arms = wrists[LEFT] & wrists[RIGHT]
    both = arms & _at(clerk, client, _hands_seen) if client is not None else np.zeros(len(arms), bool)
    groups: list[tuple[Flags, tuple[str, ...]]] = [
        (face, ("look", "listen", "look_up", "bow", "work", "phone", "leave_notice")),
        (nods_told(clerk), ("nod",)),
        (shoulders, ("stand_up", "standing", "sit_down", "left")),
        (arms, ("hand_raise", "seat_gesture", "guide_gesture")),
        (both, ("exchange",)),
        (np.isfinite(smile(clerk).value), ("smile",)),
    ]
    return {cue: flags for flags, cues in groups for cue in cues}


def _hands_seen(scene: Scene) -> Flags:
    return np.asarray(np.any([np.isfinite(point(scene, ARM_JOINTS[s][2])[:, 0]) for s in SIDE_NAMES], axis=0))


def _at(clerk: Scene, client: Scene, what: Callable[[Scene], Flags]) -> Flags:
    """(T,) of the clerk's samples, what holds for the client at the same time; False where they have no sample."""
    found = np.zeros(len(clerk.track), bool)
    _, mine, theirs = np.intersect1d(clerk.track.time_s, client.track.time_s, return_indices=True)
    found[mine] = what(client)[theirs]
    return found
