"""Similarity to reference poses: which pose is being held, and how far each joint is from it.

The reference is turned like the person, projected, and laid over the seen joints by scale and shift only: a lean or
tilt stays a difference. Similarity explains and ranks; verdicts come from the criteria.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posture.findings import PoseSegment
from posture.geometry import Windows, mean_of_seen, rolling_median
from posture.landmarks import Array, Pose
from posture.measures.common import ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS
from posture.measures.registry import Scene, once_per_scene
from posture.references import ReferencePose

COMPARED = (
    Pose.NOSE, Pose.LEFT_EAR, Pose.RIGHT_EAR, Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.LEFT_ELBOW,
    Pose.RIGHT_ELBOW, Pose.LEFT_WRIST, Pose.RIGHT_WRIST, Pose.LEFT_HIP, Pose.RIGHT_HIP, Pose.LEFT_KNEE,
    Pose.RIGHT_KNEE, Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE,
)  # fmt: skip
_WEIGHTS = np.array([4.0 if p in WRISTS else 2.0 if p in ELBOWS else 1.0 for p in COMPARED], np.float32)
"""Hands and elbows weigh more: they are what tells one standing or sitting pose from another (own choice)."""
_NEEDED = np.array([p in SHOULDERS for p in COMPARED])
_ARMS = np.array([p in (*ELBOWS, *WRISTS) for p in COMPARED])
_SPREAD_TL = 0.18
"""Distance in trunk lengths at which a joint's similarity falls to 0.61 (own choice)."""
HELD_FROM = 75.0
"""Least similarity of a pose that counts as held (own choice)."""
LEAST_HOLD_S = 1.0
"""A pose held for less is a passing moment (own choice)."""
_SMOOTH_S = 1.0
_STANDING_FROM_TL = 0.55
"""Least vertical hip-to-knee distance, in trunk lengths, of a standing person: a thigh that hangs down has about
0.8, one that lies on a chair and points at the camera under 0.4 (own choice between)."""


@dataclass(frozen=True)
class Comparison:
    """Similarity of one person to one reference pose.

    similarity : (T,) 0..100, NaN where too little was seen.
    """

    similarity: Array
    _squared_tl: Array

    @property
    def distance_tl(self) -> Array:
        """(len(COMPARED), T) distance of each joint from the reference in trunk lengths, NaN where it was not seen."""
        return np.sqrt(self._squared_tl)


@dataclass(frozen=True)
class _Outline:
    """The compared joints as seen (J, T), and how the body and the camera are turned."""

    x_px: Array
    y_px: Array
    seen: NDArray[np.bool_]
    turn: tuple[Array, Array]
    """(T,) cosine and sine of the body's turn."""
    down: tuple[float, float]
    """Cosine and sine of the camera's pitch."""


@once_per_scene
def _outline(scene: Scene) -> _Outline:
    points = scene.levelled_px[list(COMPARED)].astype(np.float32)
    seen = np.isfinite(points[..., 0])
    x, y = (np.where(seen, points[..., axis], np.float32(0)) for axis in (0, 1))
    turned = np.zeros(len(scene.track)) if scene.yaw_deg is None else np.nan_to_num(scene.yaw_deg)
    turn, down = np.radians(turned).astype(np.float32), np.radians(scene.pitch_deg)
    return _Outline(x, y, seen, (np.cos(turn), np.sin(turn)), (float(np.cos(down)), float(np.sin(down))))


def compare(scene: Scene, pose: ReferencePose) -> Comparison:
    """Lay the reference, turned like the person and seen by a camera that looks down as this one, over the person at
    every sample."""
    person = _outline(scene)
    given, x, y = _projected(pose, person)
    seen = person.seen & given[:, None]
    enough = seen[_NEEDED].all(0) & (seen[_ARMS].sum(0) >= 2) & (seen.sum(0) >= 6)
    share = seen * _WEIGHTS[:, None]
    share /= np.maximum(share.sum(0), np.float32(1e-9))
    x_px, y_px, x, y = (v - (share * v).sum(0) for v in (person.x_px, person.y_px, x, y))
    size = np.maximum((share * (x * x + y * y)).sum(0), np.float32(1e-9))
    scale = (share * (x_px * x + y_px * y)).sum(0) / size
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        squared = (x_px / scale - x) ** 2 + (y_px / scale - y) ** 2
    squared = np.where(seen & (scale > 0), squared, np.float32(np.nan))
    alike = np.nan_to_num(np.exp(np.float32(-0.5 / _SPREAD_TL**2) * squared))
    return Comparison(np.where(enough, 100.0 * (share * alike).sum(0), np.nan), squared)


def _projected(pose: ReferencePose, person: _Outline) -> tuple[NDArray[np.bool_], Array, Array]:
    """(J,) which joints the reference has; (J, T) each to the right and down in the picture, in trunk lengths."""
    names = [p.name.lower() for p in COMPARED]
    return np.array([n in pose.joints for n in names]), *_in_picture(pose, names, person.turn, person.down)


def projected(pose: ReferencePose, names: Sequence[str], yaw_deg: Array, pitch_deg: float) -> Array:
    """(T, J, 2) the reference's joints `names` in the picture's axes (x right, y down, trunk length 1), turned by
    `yaw_deg` (T,) and seen by a camera that looks down by `pitch_deg`; 0 where it has none of that name."""
    turn, down = np.radians(np.nan_to_num(yaw_deg)).astype(np.float32), np.radians(pitch_deg)
    x, y = _in_picture(pose, names, (np.cos(turn), np.sin(turn)), (float(np.cos(down)), float(np.sin(down))))
    return np.stack([x.T, y.T], 2)


def _in_picture(
    pose: ReferencePose, names: Sequence[str], turn: tuple[Array, Array], down: tuple[float, float]
) -> tuple[Array, Array]:
    """(J, T) to the right and down. Facing the camera, the person's left is on the right of the picture."""
    x, y, z = np.array([pose.joints.get(n, (0.0, 0.0, 0.0)) for n in names], np.float32).T[..., None]
    (cos, sin), (cos_down, sin_down) = turn, down
    return x * cos + z * sin, -y * cos_down - (x * sin - z * cos) * sin_down


@once_per_scene
def standing(scene: Scene) -> Array:
    """(T,) 1 standing, 0 sitting, NaN where the legs were not seen (a counter hides them).

    One seen side serves for both: in side view the far leg is hidden.
    """
    y = scene.levelled_px[..., 1]
    hip, knee, shoulder = (mean_of_seen(y[list(pair)], 0) for pair in (HIPS, KNEES, SHOULDERS))
    with np.errstate(invalid="ignore", divide="ignore"):
        thigh_tl = rolling_median(scene.track.time_s, (knee - hip) / np.abs(hip - shoulder), _SMOOTH_S)
    return np.where(np.isfinite(thigh_tl), thigh_tl >= _STANDING_FROM_TL, np.nan)


@dataclass(frozen=True)
class Held:
    """Which pose is held: (T,) pose id or None, (T,) its similarity, (T,) 1 standing, 0 sitting, NaN unknown."""

    pose: NDArray[np.object_]
    similarity: Array
    standing: Array


def held_poses(scene: Scene, candidates: list[ReferencePose], risen: NDArray[np.bool_] | bool = False) -> Held:
    """The most similar candidate at each sample, where it is similar enough and fits standing or sitting.

    Where even the hips are hidden, hands that can be seen lie on what hides them: that is no standing pose. Who is
    known to have `risen` (T,), and has not sat down again, holds no sitting one, however the upper body looks.
    """
    upright, windows = standing(scene), Windows(scene.track.time_s, _SMOOTH_S)
    hips_unseen = ~np.isfinite(scene.levelled_px[list(HIPS), :, 0]).any(0)
    impossible = {"standing": (upright == 0) | hips_unseen, "sitting": (upright == 1) | risen}
    held = np.full(len(scene.track), None, object)
    best = np.full(len(scene.track), np.nan)
    for pose in candidates:
        if impossible[pose.kind].all():
            continue
        alike = windows.median(compare(scene, pose).similarity)
        alike[impossible[pose.kind]] = np.nan
        better = np.isfinite(alike) & ~(alike <= best)
        best[better] = alike[better]
        held[better] = pose.id
    held[~(best >= HELD_FROM)] = None
    return Held(held, best, upright)


def segments(held: Held, time_s: Array, weight_s: Array, is_photo: bool) -> tuple[PoseSegment, ...]:
    """Stretches in which one pose was held for at least `LEAST_HOLD_S` (any stretch in a photo)."""
    found = []
    cuts = np.flatnonzero(held.pose[1:] != held.pose[:-1]) + 1
    for first, after in zip([0, *cuts], [*cuts, len(time_s)], strict=True):
        if first == after or held.pose[first] is None:
            continue
        run, last = slice(first, after), after - 1
        if is_photo or weight_s[run].sum() >= LEAST_HOLD_S:
            upper_only = bool(np.isnan(held.standing[run]).all())
            end_s = float(time_s[last] + (0.0 if is_photo else weight_s[last]))
            mean = float(np.nanmean(held.similarity[run]))
            found.append(PoseSegment(str(held.pose[first]), float(time_s[first]), end_s, mean, upper_only))
    return tuple(found)
