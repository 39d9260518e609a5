"""Skeletons on pictures, and beside each head whose it is. No other words: those are page text or subtitles."""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.landmarks import Array, Pose
from posture.people import body_size_px

Image = NDArray[np.uint8]
BONES = (
    (Pose.LEFT_EAR, Pose.LEFT_EYE), (Pose.LEFT_EYE, Pose.NOSE), (Pose.NOSE, Pose.RIGHT_EYE),
    (Pose.RIGHT_EYE, Pose.RIGHT_EAR), (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER),
    (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW), (Pose.LEFT_ELBOW, Pose.LEFT_WRIST), (Pose.LEFT_WRIST, Pose.LEFT_INDEX),
    (Pose.RIGHT_SHOULDER, Pose.RIGHT_ELBOW), (Pose.RIGHT_ELBOW, Pose.RIGHT_WRIST),
    (Pose.RIGHT_WRIST, Pose.RIGHT_INDEX), (Pose.LEFT_SHOULDER, Pose.LEFT_HIP), (Pose.RIGHT_SHOULDER, Pose.RIGHT_HIP),
    (Pose.LEFT_HIP, Pose.RIGHT_HIP), (Pose.LEFT_HIP, Pose.LEFT_KNEE), (Pose.LEFT_KNEE, Pose.LEFT_ANKLE),
    (Pose.LEFT_ANKLE, Pose.LEFT_FOOT_INDEX), (Pose.RIGHT_HIP, Pose.RIGHT_KNEE), (Pose.RIGHT_KNEE, Pose.RIGHT_ANKLE),
    (Pose.RIGHT_ANKLE, Pose.RIGHT_FOOT_INDEX),
)  # fmt: skip
HEAD = (Pose.NOSE, Pose.LEFT_EYE, Pose.RIGHT_EYE, Pose.LEFT_EAR, Pose.RIGHT_EAR)
# Okabe and Ito's palette, told apart by the colour-blind; faults are also thicker and ringed.
CALM = (0, 114, 178)
FAULT = (213, 94, 0)
DOUBT = (240, 228, 66)
UNJUDGED = (200, 200, 200)
GHOST = (170, 235, 215)
_EDGE = (255, 255, 255)
_DARK = (45, 45, 45)
_DASH_PX = 7.0
_LONGEST_LABEL = 18
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


def draw_skeleton(
    image: Image,
    pose_px: Array,
    faulty: Collection[int] = (),
    doubtful: Collection[int] = (),
    unjudged: Collection[int] = (),
    calm_rings: Collection[int] = (),
) -> None:
    """Draw one person's seen joints and bones on an RGB picture, in place.

    `faulty` joints stand out: thick lines, ringed. `doubtful` ones (borderline) are dashed with diamonds, `unjudged`
    ones thin and pale: nothing is told by colour alone. `calm_rings` are joints to look at that are right.
    """
    size = body_size_px(pose_px)
    thin = max(1, round(size / 45))
    for bone in sorted(BONES, key=lambda bone: _is_faulty(bone, faulty)):
        if np.isfinite(pose_px[list(bone), :2]).all():
            _draw_bone(image, pose_px, bone, thin, (faulty, doubtful, unjudged))
    for joint in doubtful:
        if joint >= 0 and joint not in faulty and np.isfinite(pose_px[joint, :2]).all():
            _diamond(image, _at(pose_px[joint]), max(3, round(size / 20)), thin + 1)
    for joints, colour in ((calm_rings, CALM), (faulty, FAULT)):
        for joint in joints:
            if joint >= 0 and np.isfinite(pose_px[joint, :2]).all():
                centre = _at(pose_px[joint])
                radius = max(3, round(size / 16))
                cv2.circle(image, centre, radius + 1, _EDGE, thin + 2, cv2.LINE_AA)
                cv2.circle(image, centre, radius, colour, thin + 1, cv2.LINE_AA)


def _draw_bone(
    image: Image, pose_px: Array, bone: tuple[int, int], thin: int, groups: tuple[Collection[int], ...]
) -> None:
    faulty, doubtful, unjudged = groups
    a, b = pose_px[bone[0]], pose_px[bone[1]]
    if _is_faulty(bone, faulty):
        _line(image, a, b, _EDGE, thin * 2 + 2)
        _line(image, a, b, FAULT, thin * 2)
    elif _is_faulty(bone, doubtful):
        _dashed(image, a, b, _DARK, thin + 2)
        _dashed(image, a, b, DOUBT, thin)
    elif bone[0] in unjudged or bone[1] in unjudged:
        _line(image, a, b, UNJUDGED, max(1, thin // 2))
    else:
        _line(image, a, b, _EDGE, thin + 2)
        _line(image, a, b, CALM, thin)


def draw_ghost(image: Image, joints_px: Array) -> None:
    """Draw a reference figure (33, >=2) as dotted pale lines with a dark rim on an RGB picture, in place."""
    thin = max(2, round(body_size_px(joints_px) / 40))
    for a, b in (bone for bone in BONES if not set(bone) & set(HEAD)):
        if np.isfinite(joints_px[[a, b], :2]).all():
            _dashed(image, joints_px[a], joints_px[b], _DARK, thin + 2)
            _dashed(image, joints_px[a], joints_px[b], GHOST, thin)
    if np.isfinite(joints_px[Pose.NOSE, :2]).all():
        radius = round(0.27 * body_size_px(joints_px))
        for start in range(0, 360, 30):
            for colour, width in ((_DARK, thin + 2), (GHOST, thin)):
                centre = _at(joints_px[Pose.NOSE])
                cv2.ellipse(
                    image, centre, (radius, round(1.3 * radius)), 0, start, start + 15, colour, width, cv2.LINE_AA
                )


def draw_label(image: Image, pose_px: Array, text: str, taken: list[Box] | None = None) -> None:
    """Write above the head who it is, else above the shoulders, light on a dark plate, in place; nothing where neither
    is seen. `taken` are the plates of others, which it keeps away from; its own is added to them.

    OpenCV's own Unicode font has Chinese letters, too; a letter that it lacks becomes a question mark.
    """
    at = _above_head(pose_px)
    if not text or at is None:
        return
    height, width = image.shape[:2]
    letter_px = round(min(max(0.22 * body_size_px(pose_px), 0.026 * height, 12.0), max(0.05 * height, 12.0)))
    # One for each call: the font keeps what it has drawn, and several threads draw.
    font, weight, edge = cv2.FontFace("uni"), 600, max(2, letter_px // 5)
    short = text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
    x, y, wide, high = cv2.getTextSize((width, height), short, (0, 0), font, letter_px, weight)
    box_wide, box_high = wide + 2 * edge, high + 2 * edge
    left = min(max(round(at[0] - box_wide / 2), 0), max(width - box_wide, 0))
    top = _free(round(at[1]) - box_high - edge, left, (box_wide, box_high), height, taken or [])
    box = (left, top, left + box_wide, top + box_high)
    cv2.rectangle(image, box[:2], (box[2] - 1, box[3] - 1), _DARK, -1)
    cv2.rectangle(image, box[:2], (box[2] - 1, box[3] - 1), _EDGE, max(1, letter_px // 14), cv2.LINE_AA)
    cv2.putText(image, short, (left + edge - x, top + edge - y), _EDGE, font, letter_px, weight)
    if taken is not None:
        taken.append(box)


def _above_head(pose_px: Array) -> tuple[float, float] | None:
    """Middle and top of the head, or of the shoulders where no head is seen."""
    size = body_size_px(pose_px)
    for joints, up in ((HEAD, 0.4), ((Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER), 0.1)):
        points = pose_px[list(joints), :2]
        points = points[np.isfinite(points).all(1)]
        if len(points) and np.isfinite(size):
            return float(points[:, 0].mean()), float(points[:, 1].min()) - up * size
    return None


def _free(top: int, left: int, size: tuple[int, int], height: int, taken: list[Box]) -> int:
    """The nearest top at which a plate of this size meets no other, upwards first."""
    wide, high = size

    def fits(at: int) -> bool:
        inside = 0 <= at <= height - high
        return inside and all(left >= b[2] or left + wide <= b[0] or at >= b[3] or at + high <= b[1] for b in taken)

    start = min(max(top, 0), max(height - high, 0))
    tried = [start] + [b[1] - high - 1 for b in taken] + [b[3] + 1 for b in taken]
    return min((at for at in tried if fits(at)), key=lambda at: abs(at - start), default=start)


def _is_faulty(bone: tuple[int, int], faulty: Collection[int]) -> bool:
    return bone[0] in faulty and bone[1] in faulty


def _at(point: Array) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _line(image: Image, a: Array, b: Array, colour: tuple[int, int, int], width: int) -> None:
    cv2.line(image, _at(a), _at(b), colour, width, cv2.LINE_AA)


def _dashed(image: Image, a: Array, b: Array, colour: tuple[int, int, int], width: int) -> None:
    step = np.asarray(b[:2] - a[:2], float)
    n = max(1, round(float(np.hypot(*step)) / (2 * _DASH_PX)))
    for i in range(n):
        _line(image, a[:2] + step * (i / n), a[:2] + step * ((i + 0.5) / n), colour, width)


def _diamond(image: Image, centre: tuple[int, int], radius: int, width: int) -> None:
    x, y = centre
    corners = np.array([(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)], np.int32)
    cv2.polylines(image, [corners], True, _DARK, width + 2, cv2.LINE_AA)
    cv2.polylines(image, [corners], True, DOUBT, width, cv2.LINE_AA)


def blur_face(image: Image, pose_px: Array) -> None:
    """Make one person's face unrecognisable, in place: an ellipse round the head, wider than the face.

    Works from the model's raw points: a face must be covered even where a point is uncertain.
    """
    head = pose_px[list(HEAD), :2]
    head = head[np.isfinite(head).all(1)]
    if not len(head):
        return
    centre = head.mean(0)
    reach = max(float(np.linalg.norm(head - centre, axis=1).max()) * 1.9, 0.42 * body_size_px(pose_px))
    height, width = image.shape[:2]
    left, right = int(max(centre[0] - reach, 0)), int(min(centre[0] + reach + 1, width))
    top, bottom = int(max(centre[1] - 1.35 * reach, 0)), int(min(centre[1] + 1.35 * reach + 1, height))
    if right - left < 2 or bottom - top < 2:
        return
    part = image[top:bottom, left:right]
    # A few big tiles, then smoothed: nothing of the face is left to be sharpened again.
    tiles = cv2.resize(cv2.resize(part, (4, 5), interpolation=cv2.INTER_AREA), part.shape[1::-1])
    mask = np.zeros(part.shape[:2], np.uint8)
    middle = (round(float(centre[0])) - left, round(float(centre[1])) - top)
    cv2.ellipse(mask, middle, (round(reach), round(1.35 * reach)), 0, 0, 360, 255, -1)
    part[mask > 0] = tiles[mask > 0]


def crop_box(image: Image, pose_px: Array, margin: float = 0.35) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the part of the picture with the person and some room; the whole if unseen."""
    seen = pose_px[np.isfinite(pose_px[:, 0]), :2]
    height, width = image.shape[:2]
    if not len(seen):
        return 0, 0, width, height
    low, high = seen.min(0), seen.max(0)
    room = margin * max(float((high - low).max()), 0.2 * height)
    left, top = (int(v) for v in np.maximum(low - room, 0))
    right, bottom = (int(v) for v in np.minimum(high + room, (width, height)))
    return (left, top, right, bottom) if right - left > 8 and bottom - top > 8 else (0, 0, width, height)
