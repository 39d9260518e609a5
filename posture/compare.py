"""Similarity to reference poses: which pose is being held, and how far each joint is from it.

The reference is turned like the person, projected, and laid over the seen joints by scale and shift only: a lean or
tilt stays a difference. Similarity explains and ranks; verdicts come from the criteria.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from posture.findings import PoseSegment
from posture.geometry import mean_of_seen, rolling_median, rotated
from posture.landmarks import Array, Pose, Track
from posture.references import ReferencePose

COMPARED = (
    Pose.NOSE, Pose.LEFT_EAR, Pose.RIGHT_EAR, Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.LEFT_ELBOW,
    Pose.RIGHT_ELBOW, Pose.LEFT_WRIST, Pose.RIGHT_WRIST, Pose.LEFT_HIP, Pose.RIGHT_HIP, Pose.LEFT_KNEE,
    Pose.RIGHT_KNEE, Pose.LEFT_ANKLE, Pose.RIGHT_ANKLE,
)  # fmt: skip
_WEIGHTS = np.array(
    [
        4.0 if p in (Pose.LEFT_WRIST, Pose.RIGHT_WRIST) else 2.0 if p in (Pose.LEFT_ELBOW, Pose.RIGHT_ELBOW) else 1.0
        for p in COMPARED
    ]
)
"""Hands and elbows weigh more: they are what tells one standing or sitting pose from another (own choice)."""
_NEEDED = np.array([p in (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER) for p in COMPARED])
_ARMS = np.array([p in (Pose.LEFT_ELBOW, Pose.RIGHT_ELBOW, Pose.LEFT_WRIST, Pose.RIGHT_WRIST) for p in COMPARED])
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
    """Similarity of one Track to one reference pose.

    similarity : (T,) 0..100, NaN where too little was seen.
    distance_tl : (T, len(COMPARED)) distance of each joint from the reference in trunk lengths.
    """

    similarity: Array
    distance_tl: Array


def compare(track: Track, yaw_deg: Array, pose: ReferencePose, pitch_deg: float = 0.0) -> Comparison:
    """Lay the reference over the person at every sample.

    `yaw_deg` (T,) is the turn of the body, `pitch_deg` how far the camera looks down; its roll has been taken out.
    """
    names = tuple(p.name.lower() for p in COMPARED)
    given = np.array([n in pose.joints for n in names])
    reference = projected(pose, names, yaw_deg, pitch_deg)
    person = track.pose_px[:, list(COMPARED), :2]
    seen = np.isfinite(person[..., 0]) & given
    weight = (seen * _WEIGHTS).astype(np.float32)
    enough = seen[:, _NEEDED].all(1) & (seen[:, _ARMS].sum(1) >= 2) & (seen.sum(1) >= 6)
    person = np.where(seen[..., None], person, np.float32(0))
    share = weight / np.maximum(weight.sum(1, keepdims=True), np.float32(1e-9))
    a = person - np.einsum("tj,tjx->tx", share, person)[:, None]
    b = reference - np.einsum("tj,tjx->tx", share, reference)[:, None]
    scale = np.einsum("tj,tjx,tjx->t", share, a, b) / np.maximum(np.einsum("tj,tjx,tjx->t", share, b, b), 1e-9)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = a / scale[:, None, None] - b
    squared = off[..., 0] ** 2 + off[..., 1] ** 2
    good = seen & (scale > 0)[:, None]
    alike = np.where(good, np.exp(np.float32(-0.5 / _SPREAD_TL**2) * np.where(good, squared, 0)), 0)
    similarity = 100.0 * np.einsum("tj,tj->t", share, alike)
    return Comparison(np.where(enough, similarity, np.nan), np.where(good, np.sqrt(np.where(good, squared, 0)), np.nan))


def projected(pose: ReferencePose, names: Sequence[str], yaw_deg: Array, pitch_deg: float) -> Array:
    """(T, J, 2) the reference's joints `names` in the picture's axes (x right, y down, trunk length 1); 0 where it has
    none of that name.

    Facing the camera, the person's left is on the right of the picture.
    """
    joints = np.array([pose.joints.get(n, (0.0, 0.0, 0.0)) for n in names], np.float32)
    turn = np.radians(np.nan_to_num(yaw_deg)).astype(np.float32)[:, None]
    x = joints[:, 0] * np.cos(turn) + joints[:, 2] * np.sin(turn)
    away = joints[:, 0] * np.sin(turn) - joints[:, 2] * np.cos(turn)
    down = np.radians(pitch_deg).astype(np.float32)
    return np.stack([x, -joints[:, 1] * np.cos(down) - away * np.sin(down)], 2)


def standing(track: Track) -> NDArray[np.object_]:
    """(T,) True standing, False sitting, None where the legs were not seen (a counter hides them).

    One seen side serves for both: in side view the far leg is hidden.
    """
    y = track.pose_px[..., 1].astype(float)
    hip = mean_of_seen(y[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP]], 1)
    knee = mean_of_seen(y[:, [Pose.LEFT_KNEE, Pose.RIGHT_KNEE]], 1)
    shoulder = mean_of_seen(y[:, [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]], 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        thigh_tl = rolling_median(track.time_s, (knee - hip) / np.abs(hip - shoulder), _SMOOTH_S)
    answer = np.full(len(track), None, object)
    answer[thigh_tl >= _STANDING_FROM_TL] = True
    answer[thigh_tl < _STANDING_FROM_TL] = False
    return answer


@dataclass(frozen=True)
class Held:
    """Which pose is held: (T,) pose id or None, (T,) its similarity, (T,) True/False/None standing."""

    pose: NDArray[np.object_]
    similarity: Array
    standing: NDArray[np.object_]


def held_poses(
    track: Track, yaw_deg: Array, candidates: list[ReferencePose], roll_deg: float = 0.0, pitch_deg: float = 0.0
) -> Held:
    """The most similar candidate at each sample, where it is similar enough and fits standing or sitting.

    Where even the hips are hidden, hands that can be seen lie on what hides them: that is no standing pose.
    """
    if roll_deg:
        levelled = rotated(track.pose_px[..., :2], roll_deg).astype(np.float32)
        track = replace(track, pose_px=np.concatenate([levelled, track.pose_px[..., 2:]], 2))
    upright = standing(track)
    hips_unseen = ~np.isfinite(track.pose_px[:, [Pose.LEFT_HIP, Pose.RIGHT_HIP], 0]).any(1)
    table = np.full((len(candidates), len(track)), np.nan)
    for row, pose in enumerate(candidates):
        alike = rolling_median(track.time_s, compare(track, yaw_deg, pose, pitch_deg).similarity, _SMOOTH_S)
        wrong_kind = np.array([u is not None and u != (pose.kind == "standing") for u in upright], bool)
        impossible = wrong_kind | (hips_unseen if pose.kind == "standing" else False)
        table[row] = np.where(impossible, np.nan, alike)
    held = np.full(len(track), None, object)
    best_similarity = np.full(len(track), np.nan)
    if candidates:
        comparable = np.isfinite(table).any(0)
        best = np.argmax(np.nan_to_num(table, nan=-1.0), axis=0)
        best_similarity = np.where(comparable, table[best, np.arange(len(track))], np.nan)
        ids = np.array([p.id for p in candidates], object)
        good = best_similarity >= HELD_FROM
        held[good] = ids[best[good]]
    return Held(held, best_similarity, upright)


def segments(held: Held, time_s: Array, weight_s: Array, is_photo: bool) -> tuple[PoseSegment, ...]:
    """Stretches in which one pose was held for at least `LEAST_HOLD_S` (any stretch in a photo)."""
    found = []
    cuts = np.flatnonzero(held.pose[1:] != held.pose[:-1]) + 1
    for run in np.split(np.arange(len(time_s)), cuts):
        if not len(run) or held.pose[run[0]] is None:
            continue
        length_s = float(weight_s[run].sum())
        if is_photo or length_s >= LEAST_HOLD_S:
            upper_only = all(held.standing[i] is None for i in run)
            end_s = float(time_s[run[-1]] + (0.0 if is_photo else weight_s[run[-1]]))
            mean = float(np.nanmean(held.similarity[run]))
            found.append(PoseSegment(str(held.pose[run[0]]), float(time_s[run[0]]), end_s, mean, upper_only))
    return tuple(found)
