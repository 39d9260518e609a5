"""Gestures and hand-overs: which reference shape an arm is held in, from when it leaves its place until it is back.

At every sample each arm is laid over every shape of `reference_poses/gestures/`, drawn from the side that the person is
seen from. Elbow, wrist and fingertips of rendered people lie within 0.1 shoulder widths of the shapes, while these are
0.2 and more apart (`size.py`: from which size on that is seen). A stretch nearest to one shape is a hold; stroke and
return are what moves before and after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from posture.findings import Move
from posture.geometry import speed_per_s, stretches, turning_points, usual_step_s
from posture.landmarks import LEFT, RIGHT, Array, Pose
from posture.measures.common import ARM_JOINTS, TRUNK_PER_WIDTH, point, steady_width_px
from posture.measures.registry import Scene, once_per_scene
from posture.measures.stances import own_width_px
from posture.moves.hand_model import hand_of, palms_held_out
from posture.moves.hand_overs import hand_overs_gone_on, hand_overs_joined, of_both_hands, only_holds_something
from posture.moves.size import GESTURES_APART_SW, HAND_OVER_APART_SW, least_width_px, wide_enough
from posture.moves.stances import risen
from posture.moves.strokes import REST_SW_PER_S, STILL_SW_PER_S, until_rest, way_edge
from posture.references import Gesture

WITHIN_SW = 0.30
"""Farthest mean distance from a shape, in shoulder widths, at which an arm still has it (own choice)."""
NEAREST_TL, USUAL_FOCAL_SHARE = 5.0, 0.8
"""Least distance of the camera in trunk lengths: hands held out to it look farther from the shoulder; and focal length
of a usual camera as a share of the picture's longer side (64 degrees; own choices). Small figures are far away: with
shapes drawn as if near, folded hands of people at 17 trunk lengths look like giving."""
OVER_COUNTER_SW = 0.85
"""Behind a counter fingertips farther below the shoulders than this lie on it: reaching for something (own choice)."""
TURNED_UP_TO_DEG = 40.0
"""Found turn of the body up to which gestures are looked for (own choice)."""
BESIDE_SW = 0.95
"""A wrist farther out than this from the shoulder reaches past what lies on the counter (own choice)."""
GAP_S = 0.25
"""Samples of another shape for no longer than this do not cut a hold (own choice)."""
SLOW_STEPS = 1.6
"""Samples of an uneven sampling may be so many usual steps apart (five of fifteen pictures: 0.13 and 0.27 s)."""
SWING_SW = 0.10
"""Least way of the hand, in shoulder widths, of one swing of a wave (own choice)."""
ALIKE_SW = 0.24
"""Distance at which the similarity has fallen to 61 (own choice, as for poses)."""
SIDE_NAMES = {LEFT: "left", RIGHT: "right"}
BOTH_ARMS_BONUS_SW = 0.10
"""A shape of both arms is preferred to one of either arm when it is farther by no more than this (own choice)."""
ALIKE_ARMS_SW = 0.20
"""Arms nearer to each other's mirror image than this do the same (rendered hand-overs 0.03 to 0.17; own choice)."""
LEAST_SWINGS = 2
OWN_REST_S, MOST_RESTS = 3.5, 8
"""An arm that keeps still before the body for longer rests there; so many places are remembered (own choices)."""
ON_THE_WAY_S = 1.0
"""A short hold this near to a longer one belongs to its stroke or return (own choice)."""
LEAST_WAY_SW = 0.30
"""Least way of the hand into or out of a gesture, in shoulder widths (own choice)."""
_SHARES = np.array([1.5, 1.4, 0.7], np.float32) / np.float32(3.6)
_YAW_STEP_DEG = 10.0


@dataclass(frozen=True)
class Arm:
    """One arm over time: (T, 3, 2) elbow, wrist, fingertips from the own shoulder in shoulder widths, outwards and
    down; (T,) speed of the wrist in shoulder widths per second."""

    joints_sw: Array
    speed_sw_per_s: Array


def arm_of(scene: Scene, side: int) -> Arm:
    """The arm as the picture shows it; wrist and fingertips by the hand model where the pose model is unsure."""
    shoulder, elbow, wrist, tips = (point(scene, p) for p in ARM_JOINTS[side])
    joints = [
        elbow,
        *(np.where(np.isfinite(p), p, hand) for p, hand in zip((wrist, tips), hand_of(scene, side), strict=True)),
    ]
    outwards = np.array([1.0 if side == LEFT else -1.0, 1.0])
    width = steady_width_px(scene)[:, None]
    seen = np.stack([(j - shoulder) / width * outwards for j in joints], 1).astype(np.float32)
    return Arm(seen, speed_per_s(scene.track.time_s, seen[:, 1]))


def _off_the_counter(scene: Scene, arm: Arm) -> Arm:
    """The arm, unseen where its hand lies on a counter or hardly over it: not of who stands behind it."""
    hips_unseen = ~np.isfinite(scene.track.pose_px[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP], 0]).any(1)
    with np.errstate(invalid="ignore"):
        low, near = arm.joints_sw[:, 2, 1] > OVER_COUNTER_SW, arm.joints_sw[:, 1, 0] < BESIDE_SW
    on_it = hips_unseen & low & near & ~risen(scene)
    return replace(arm, joints_sw=np.where(on_it[:, None, None], np.nan, arm.joints_sw))


def distance_tl(scene: Scene) -> float:
    """Distance of the camera in trunk lengths, from how large the person usually is in the picture."""
    trunk_px = np.nanmedian(own_width_px(scene)) * TRUNK_PER_WIDTH if np.isfinite(own_width_px(scene)).any() else np.inf
    return max(NEAREST_TL, USUAL_FOCAL_SHARE * max(scene.track.image_size) / float(trunk_px))


def shapes_in_picture(
    gestures: list[Gesture], arm: str, yaw_deg: float, pitch_deg: float, distance_tl: float = NEAREST_TL
) -> Array:
    """(S, 3, 2) elbow, wrist, fingertips of each shape's arm as `arm_of` gives them, for a body turned by `yaw_deg`
    before a camera `distance_tl` trunk lengths away.

    `arm` is the arm in the shape: `right`, or `left` for the other one. The turn is that of somebody who makes the
    gesture with this very arm; the mirror image is the other arm of somebody turned the other way.
    """
    x, y, z = np.moveaxis(np.concatenate([g.joints_sw[arm] for g in gestures]), 2, 0)
    width = np.concatenate([g.shoulder_width_tl for g in gestures])[:, None]
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    right, away = x * np.cos(yaw) + z * np.sin(yaw), x * np.sin(yaw) - z * np.cos(yaw)
    outwards = -right if arm == "right" else right
    nearer = 1.0 / (1.0 + width / distance_tl * away)
    down = -y * np.cos(pitch) - away * np.sin(pitch)
    return np.stack([outwards * nearer, down * nearer], 2)


Distances = dict[str, dict[int, Array]]
"""By gesture's id and leading side, (T,) in shoulder widths."""


def distances(
    scene: Scene,
    arms: dict[int, Arm],
    gestures: list[Gesture],
    where: dict[int, NDArray[np.bool_]] | None = None,
    drawn: str = "right",
) -> Distances:
    """Distance of the arm from the nearest shape of each gesture; inf where it is not asked for by `where`. With
    `drawn` left that of the other arm from what it does meanwhile."""
    found: Distances = {g.id: {} for g in gestures}
    begins = np.cumsum([0, *(len(g.shapes) for g in gestures[:-1])])
    for side, arm in arms.items():
        measured = arm if drawn == "right" else arms[_other(side)]
        nearest = np.full((len(gestures), len(scene.track)), np.inf)
        for turn_deg, here in _turns(scene) if gestures else ():
            asked = here & where[side] if where else here
            as_drawn = turn_deg if side == RIGHT else -turn_deg
            shapes = shapes_in_picture(gestures, drawn, as_drawn, scene.pitch_deg, distance_tl(scene))
            apart = _apart(measured.joints_sw[asked], shapes)
            nearest[:, asked] = np.minimum.reduceat(apart, begins)
        for gesture, row in zip(gestures, nearest, strict=True):
            found[gesture.id][side] = row
    return found


@once_per_scene
def _turns(scene: Scene) -> list[tuple[float, NDArray[np.bool_]]]:
    """In steps, how the body is turned while gestures are looked for, and (T,) when."""
    yaw_deg = np.zeros(len(scene.track)) if scene.yaw_deg is None else scene.yaw_deg
    step = np.round(np.nan_to_num(yaw_deg, nan=999.0) / _YAW_STEP_DEG)
    steps = np.unique(step[np.abs(step) * _YAW_STEP_DEG <= TURNED_UP_TO_DEG])
    return [(float(one) * _YAW_STEP_DEG, step == one) for one in steps]


def _apart(joints: Array, shapes: Array) -> Array:
    """(S, T) weighted root mean square distance from each of the shapes (S, 3, 2); inf where the arm was not seen."""
    flat = shapes.astype(np.float32).reshape(len(shapes), -1, 1)
    squared = np.zeros((len(shapes), len(joints)), np.float32)
    for i, seen in enumerate(joints.reshape(len(joints), flat.shape[1]).T):
        squared += (seen - flat[:, i]) ** 2 * _SHARES[i // 2]
    return np.where(np.isfinite(squared), np.sqrt(squared), np.float32(np.inf))


@dataclass(frozen=True)
class Hold:
    """A stretch of samples in which an arm has the shape of a gesture."""

    gesture: Gesture
    side: int
    first: int
    last: int
    apart_sw: float
    swings: int = 0


def find_gestures(scene: Scene, known: list[Gesture], asked: str | None = None) -> list[Move]:
    """Every gesture and hand-over of the recording. With `asked` (a gesture's id) nothing else is looked for."""
    if not len(scene.track):
        return []
    time_s = scene.track.time_s
    arms = {side: arm_of(scene, side) for side in (LEFT, RIGHT)}
    in_the_air = {side: _off_the_counter(scene, arm) for side, arm in arms.items()}
    wanted = [g for g in known if g.group != "none" and asked in (None, g.id)]
    table = distances(scene, in_the_air, wanted)
    _with_the_other_arm(scene, in_the_air, wanted, table)
    near = {s: np.min([t[s] for t in table.values()], 0) <= WITHIN_SW for s in arms} if table else {}
    resting = _nearest(scene, in_the_air, [g for g in known if g.group == "none"], near)
    held_out = palms_held_out(scene)
    resting = {side: np.where(held_out, np.inf, apart) for side, apart in resting.items()}
    for side, arm in arms.items():
        rests = _own_rests(time_s, arm)
        for gesture in (g for g in wanted if g.most_hold_s is not None):
            _kept_from_rests(table[gesture.id][side], arm, rests, gesture.most_hold_s or 0.0)
    holds = [h for side in arms for h in _holds(time_s, arms[side], wanted, table, resting[side], side)]
    holds = [h for h in holds if not _part_of_both(h, holds)]
    holds = [h for h in holds if not _passed_on_the_way(h, holds, time_s) and _large_enough(scene, h)]
    moves = [_move(scene, arms, hold, holds) for hold in holds if len(time_s) == 1 or _came(time_s, arms, hold)]
    joined = hand_overs_joined(sorted(moves, key=lambda m: m.start_s))
    together = _mirror_images(arms)
    joined = [of_both_hands(m, time_s, together) for m in joined if not only_holds_something(m, joined)]
    return hand_overs_gone_on(joined)


def _with_the_other_arm(scene: Scene, arms: dict[int, Arm], wanted: list[Gesture], table: Distances) -> None:
    """The other arm's distance counts as well. One that makes a gesture itself is not busy with something else."""
    single = [table[g.id] for g in wanted if g.arms == "either"]
    double = [g for g in wanted if g.arms != "either"]
    for gesture, meanwhile in zip(double, distances(scene, arms, double, drawn="left").values(), strict=True):
        for side, apart in meanwhile.items():
            if gesture.arms == "other_busy":
                apart = np.where(np.min([apart, *(t[_other(side)] for t in single)], 0) < apart, np.inf, apart)
            table[gesture.id][side] = np.maximum(table[gesture.id][side], apart)
    together = _mirror_images(arms)
    for gesture in (g for g in wanted if g.group == "gesture" and g.arms != "both"):
        table[gesture.id] = {s: np.where(together, np.inf, apart) for s, apart in table[gesture.id].items()}


def _mirror_images(arms: dict[int, Arm]) -> NDArray[np.bool_]:
    """(T,) whether both hands are held alike before the body: then neither makes a gesture of one hand."""
    left, right = arms[LEFT].joints_sw, arms[RIGHT].joints_sw
    with np.errstate(invalid="ignore"):
        before = (left[:, 1, 0] < 0) & (right[:, 1, 0] < 0)
        return before & (np.sqrt(np.einsum("tjx,tjx,j->t", left - right, left - right, _SHARES)) <= ALIKE_ARMS_SW)


def _other(side: int) -> int:
    return LEFT if side == RIGHT else RIGHT


def _nearest(
    scene: Scene, arms: dict[int, Arm], known: list[Gesture], where: dict[int, NDArray[np.bool_]]
) -> dict[int, Array]:
    """By side, (T,) distance from the nearest shape of all of them."""
    tables, far = distances(scene, arms, known, where).values(), np.full(len(scene.track), np.inf)
    return {side: np.min([far, *(t[side] for t in tables)], 0) for side in arms}


def _own_rests(time_s: Array, arm: Arm) -> list[tuple[float, Array]]:
    """Seconds, longest first, and place (3, 2) of the stretches in which this arm was kept still."""
    with np.errstate(invalid="ignore"):
        runs = _stretches(arm.speed_sw_per_s < REST_SW_PER_S, time_s)
    runs = sorted(runs, key=lambda r: r[0] - r[1])
    return [(time_s[last] - time_s[first], np.median(arm.joints_sw[first : last + 1], 0)) for first, last in runs]


def _kept_from_rests(apart: Array, arm: Arm, rests: list[tuple[float, Array]], longer_than_s: float) -> None:
    """Take out of the distances `apart` (T,) where the arm is nearer to a place where it was kept still for longer than
    a gesture is held: the person's own way of folding the hands may look like another's way of giving."""
    places = [place for length_s, place in rests if length_s > min(longer_than_s, OWN_REST_S)][:MOST_RESTS]
    close = np.flatnonzero(apart <= WITHIN_SW + BOTH_ARMS_BONUS_SW)
    if places and len(close):
        own = _apart(arm.joints_sw[close], np.array(places)).min(0)
        apart[close[own <= apart[close]]] = np.inf


def _holds(time_s: Array, arm: Arm, wanted: list[Gesture], table: Distances, resting: Array, side: int) -> list[Hold]:
    """Stretches in which one arm is nearest to one gesture and held still, or swings as the gesture does."""
    if not wanted:
        return []
    by_id = {g.id: g for g in wanted}
    apart = np.stack([table[g.id][side] - (0.0 if g.arms == "either" else BOTH_ARMS_BONUS_SW) for g in wanted])
    best = apart.argmin(0)
    nearest = np.stack([table[g.id][side] for g in wanted])[best, np.arange(len(time_s))]
    has_shape = (nearest <= WITHIN_SW) & (apart.min(0) < resting)
    names = [g.swings_from or g.id for g in wanted]
    family = np.array([names.index(name) for name in names])[best]
    holds = []
    for name in dict.fromkeys(names):
        swinging = next((g for g in wanted if g.swings_from == name), None)
        for first, last in _stretches(has_shape & (family == names.index(name)), time_s):
            swings = _swings(arm, first, last) if swinging else 0
            gesture = swinging if swinging and swings >= LEAST_SWINGS else by_id.get(name)
            if gesture and _held_long_enough(time_s, arm, gesture, first, last):
                inside = nearest[first : last + 1]
                away = float(np.median(inside[np.isfinite(inside)]))
                holds.append(Hold(gesture, side, first, last, away, swings))
    return holds


def _held_long_enough(time_s: Array, arm: Arm, gesture: Gesture, first: int, last: int) -> bool:
    """A shape that an arm only passes on its way is no gesture, and one that is kept for long may be none."""
    if len(time_s) == 1:
        return True
    inside = slice(first, last + 1)
    with np.errstate(invalid="ignore"):
        still = (arm.speed_sw_per_s[inside] < STILL_SW_PER_S) | (gesture.swings_from is not None)
    held_s = float(np.minimum(np.diff(time_s[inside], append=time_s[last]), 0.3)[still].sum())
    too_long = gesture.most_hold_s is not None and time_s[last] - time_s[first] > gesture.most_hold_s
    return held_s >= gesture.least_hold_s and not too_long


def _stretches(flag: NDArray[np.bool_], time_s: Array) -> list[tuple[int, int]]:
    """First and last sample of stretches whose gaps are no longer than `GAP_S`, or one sample of a slow sampling."""
    return stretches(flag, time_s, max(GAP_S, SLOW_STEPS * usual_step_s(time_s)) + 1e-6) if flag.any() else []


def _swings(arm: Arm, first: int, last: int) -> int:
    """How often the hand turns back from a way to the side of at least `SWING_SW`, seen from the elbow."""
    inside = slice(first, last + 1)
    x = arm.joints_sw[inside, 2, 0] - arm.joints_sw[inside, 0, 0]
    return turning_points(x[np.isfinite(x)], SWING_SW)


def _large_enough(scene: Scene, hold: Hold) -> bool:
    """Whether the person is so large in the picture that this shape stands out of the landmarks' noise."""
    apart_sw = HAND_OVER_APART_SW if hold.gesture.group == "hand_over" else GESTURES_APART_SW
    return bool(wide_enough(scene, least_width_px(apart_sw))[hold.first : hold.last + 1].mean() >= 0.5)


def _part_of_both(hold: Hold, holds: list[Hold]) -> bool:
    """Whether the arm takes part in a gesture of both arms at that time."""
    return any(
        o.gesture.arms == "both" and o.first <= hold.last and hold.first <= o.last and o is not hold
        and (hold.gesture.arms == "either" or o.apart_sw < hold.apart_sw)
        for o in holds
    )  # fmt: skip


def _passed_on_the_way(hold: Hold, holds: list[Hold], time_s: Array) -> bool:
    """Whether another gesture of this hand is held much longer right before or after: then this is its way."""
    own_s = time_s[hold.last] - time_s[hold.first]
    for other in holds:
        if other is hold or (other.side != hold.side and other.gesture.arms != "both"):
            continue
        between_s = max(time_s[hold.first] - time_s[other.last], time_s[other.first] - time_s[hold.last])
        if between_s <= ON_THE_WAY_S and own_s < 0.8 and time_s[other.last] - time_s[other.first] > 1.3 * own_s:
            return True
    return False


def _move(scene: Scene, arms: dict[int, Arm], hold: Hold, holds: list[Hold]) -> Move:
    """The hold with its stroke and return: as long as the hand keeps moving before and after."""
    time_s, arm = scene.track.time_s, arms[hold.side]
    others = [h for h in holds if h.side == hold.side and h is not hold]
    earliest = max((h.last for h in others if h.last <= hold.first), default=0)
    latest = min((h.first for h in others if h.first >= hold.last), default=len(time_s) - 1)
    first, last = _core(arm, hold)
    hand = (time_s, arm.speed_sw_per_s, arm.joints_sw[:, 1])
    start, end = way_edge(*hand, first, earliest, -1), way_edge(*hand, last, latest, +1)
    return Move(
        kind=hold.gesture.id,
        group=hold.gesture.group,
        person=scene.track.person,
        start_s=float(time_s[start]),
        hold_start_s=float(time_s[first]),
        hold_end_s=float(time_s[last]),
        end_s=float(time_s[end]),
        side="both" if hold.gesture.arms == "both" else SIDE_NAMES[hold.side],
        similarity=float(100 * np.exp(-0.5 * (hold.apart_sw / ALIKE_SW) ** 2)),
        count=max(1, (hold.swings + 1) // 2),
    )


def _came(time_s: Array, arms: dict[int, Arm], hold: Hold) -> bool:
    """Whether the hand came from elsewhere and went away again: an arm that keeps its place makes no gesture."""
    sides = (LEFT, RIGHT) if hold.gesture.arms == "both" else (hold.side,)
    return any(_way_sw(time_s, arms[side], hold, step) >= LEAST_WAY_SW for side in sides for step in (-1, +1))


def _way_sw(time_s: Array, arm: Arm, hold: Hold, step: int) -> float:
    """How far the hand is from its place in the hold when it next comes to rest, before or after."""
    first, last = _core(arm, hold)
    edge, bound = (first, 0) if step < 0 else (last, len(arm.speed_sw_per_s) - 1)
    rest = until_rest(time_s, arm.speed_sw_per_s, edge, bound, step)
    way = float(np.hypot(*(arm.joints_sw[rest, 1] - arm.joints_sw[edge, 1])))
    return way if np.isfinite(way) else 0.0


def _core(arm: Arm, hold: Hold) -> tuple[int, int]:
    """First and last sample of the hold in which the hand is still; the whole hold of a wave."""
    with np.errstate(invalid="ignore"):
        still = np.flatnonzero(arm.speed_sw_per_s[hold.first : hold.last + 1] < STILL_SW_PER_S)
    if hold.gesture.swings_from or not len(still):
        return hold.first, hold.last
    return hold.first + int(still[0]), hold.first + int(still[-1])
