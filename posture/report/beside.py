"""The reference pose as a drawing, to stand beside the picture of the person: turned the same way."""

from __future__ import annotations

import cv2
import numpy as np

from posture.camera import body_yaw_deg
from posture.compare import projected
from posture.findings import Deviation, PersonFindings
from posture.landmarks import Array, Pose, Track
from posture.library import Library
from posture.references import ReferencePose
from posture.report.draw import CALM, Image, draw_skeleton
from posture.report.evidence import faulty_joints, jpeg, nearest_sample
from posture.report.labels import Report

_WIDTH_PX, _HEIGHT_PX = 400, 560
_GROUND = (246, 247, 248)
_MARGIN = 0.12
_HEAD_TL = 0.27
_NAMES = tuple(p.name.lower() for p in Pose)
_AROUND_S = 1.0


def reference_of(report: Report, deviation: Deviation) -> ReferencePose | None:
    """The pose to show beside a deviation: of a movement its shape on the pose it starts from, else the pose held
    then, else the one asked for, else the one held last or next that the criterion belongs to, or the first such."""
    library, result = report.checked.library, report.checked.result
    person = next(p for p in result.people if p.person == deviation.person)
    held = [s.pose for s in person.segments if s.start_s <= deviation.worst_s <= s.end_s]
    wanted = [name for name in (*held, result.pose_choice) if name in library.poses]
    base = library.poses[wanted[0]] if wanted else _likeliest(library, person, deviation)
    gesture = library.gestures.get(deviation.move or "")
    if gesture is None or base is None:
        return base
    return base.model_copy(update={"names": gesture.names, "joints": {**base.joints, **gesture.shapes[0]}})


def _likeliest(library: Library, person: PersonFindings, deviation: Deviation) -> ReferencePose | None:
    candidates = library.candidates()
    having = [p for p in candidates if deviation.criterion in {a.criterion.id for a in library.criteria_of(p.id)}]

    def apart_s(pose: ReferencePose) -> float:
        held = [s for s in person.segments if s.pose == pose.id]
        return min((max(s.start_s - deviation.worst_s, deviation.worst_s - s.end_s) for s in held), default=np.inf)

    return min(having or candidates, key=apart_s, default=None)


def reference_picture(report: Report, deviation: Deviation) -> tuple[ReferencePose, bytes] | None:
    """The reference pose and a JPEG of it, seen from the side from which the person was seen at the worst moment; the
    joints that the criterion looks at are ringed. None when the library has no pose."""
    pose = reference_of(report, deviation)
    if pose is None:
        return None
    track = next((t for t in report.checked.observation.tracks if t.person == deviation.person), None)
    image = draw_reference(pose, _yaw_deg(track, deviation.worst_s), faulty_joints(report, deviation.criterion))
    return pose, jpeg(image)


def _yaw_deg(track: Track | None, moment_s: float) -> float:
    """How far the person was turned then, 0 where that is not known."""
    if track is None or nearest_sample(track, moment_s) is None:
        return 0.0
    near = track.part(np.abs(track.time_s - moment_s) <= _AROUND_S)
    yaw = body_yaw_deg(near)
    i = int(np.argmin(np.abs(near.time_s - moment_s))) if len(near) else 0
    return float(yaw[i]) if len(yaw) and np.isfinite(yaw[i]) else 0.0


def draw_reference(pose: ReferencePose, yaw_deg: float = 0.0, ringed: tuple[int, ...] = ()) -> Image:
    """(560, 400, 3) RGB drawing of the pose, the person turned by `yaw_deg` to the own left."""
    joints = projected(pose, _NAMES, np.array([yaw_deg]), 0.0)[0].astype(float)
    joints[[n not in pose.joints for n in _NAMES]] = np.nan
    points = np.full((len(Pose), 3), np.nan)
    points[:, :2] = _fitted(joints)
    image = np.full((_HEIGHT_PX, _WIDTH_PX, 3), _GROUND, np.uint8)
    if np.isfinite(points[Pose.NOSE, :2]).all():
        scale = np.nanmax(np.abs(points[:, 1] - np.nanmin(points[:, 1]))) / np.ptp(joints[np.isfinite(joints[:, 1]), 1])
        radius = _HEAD_TL * scale
        centre = tuple(int(v) for v in np.round(points[Pose.NOSE, :2] - (0, 0.1 * radius)))
        cv2.ellipse(image, centre, (round(0.8 * radius), round(radius)), 0, 0, 360, CALM, 2, cv2.LINE_AA)
    draw_skeleton(image, points, calm_rings=ringed)
    return image


def _fitted(joints: Array) -> Array:
    """(33, 2) scaled and moved into the drawing."""
    seen = joints[np.isfinite(joints[:, 0])]
    low, high = seen.min(0) - (0, _HEAD_TL), seen.max(0)
    room = np.array([_WIDTH_PX, _HEIGHT_PX]) * (1 - 2 * _MARGIN)
    scale = float((room / np.maximum(high - low, 0.3)).min())
    moved: Array = (joints - (low + high) / 2) * scale + (_WIDTH_PX / 2, _HEIGHT_PX / 2)
    return moved
