"""Which part of a picture a landmarker should look at: crops round arms, head and body, and tiles of a scene.

MediaPipe's detectors look at a small copy of the picture (192 or 224 pixels wide): hands and faces of a person
further than two metres away, and whole people in a wide scene, are found only in a crop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posture.landmarks import Array, Pose
from posture.people import body_size_px

ARMS = [
    Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.LEFT_ELBOW, Pose.RIGHT_ELBOW, Pose.LEFT_WRIST, Pose.RIGHT_WRIST,
    Pose.LEFT_INDEX, Pose.RIGHT_INDEX,
]  # fmt: skip
_LEAST_CROP_PX = 48


@dataclass(frozen=True)
class Box:
    """A rectangle in whole pixels: left, top inside, right, bottom outside."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return image[self.top : self.bottom, self.left : self.right]

    def square_of(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The same, filled up with black at right and bottom to a square: coordinates stay."""
        part = self.of(image)
        height, width = part.shape[:2]
        if height == width:
            return part
        side = max(height, width)
        square = np.zeros((side, side, 3), np.uint8)
        square[:height, :width] = part
        return square


def square_box(centre: Array, side_px: float, image_size: tuple[int, int]) -> Box | None:
    """A square round `centre` cut to the picture; None when hardly anything of it is left."""
    width, height = image_size
    half = max(side_px, _LEAST_CROP_PX) / 2
    left, right = (int(np.clip(round(float(centre[0]) + s * half), 0, width)) for s in (-1, 1))
    top, bottom = (int(np.clip(round(float(centre[1]) + s * half), 0, height)) for s in (-1, 1))
    if right - left < half or bottom - top < half:
        return None
    return Box(left, top, right, bottom)


def head_box(pose_px: Array, image_size: tuple[int, int]) -> Box | None:
    """A square round the head, about two head heights wide."""
    head = pose_px[[Pose.NOSE, Pose.LEFT_EYE, Pose.RIGHT_EYE, Pose.LEFT_EAR, Pose.RIGHT_EAR], :2].mean(0)
    shoulders = pose_px[[Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER], :2].mean(0)
    to_shoulders = float(np.linalg.norm(head - shoulders))
    return square_box(head, 2.4 * max(to_shoulders, 0.45 * body_size_px(pose_px)), image_size)


def arms_box(pose_px: Array, image_size: tuple[int, int]) -> Box | None:
    """A square that holds both arms with room for the hands."""
    points = pose_px[ARMS, :2]
    low, high = points.min(0), points.max(0)
    side = float((high - low).max()) + 0.9 * body_size_px(pose_px)
    return square_box((low + high) / 2, side, image_size)


def body_box(pose_px: Array, image_size: tuple[int, int]) -> Box | None:
    """A square that holds the whole body with room to move."""
    low, high = pose_px[:, :2].min(0), pose_px[:, :2].max(0)
    return square_box((low + high) / 2, 1.5 * float((high - low).max()), image_size)


def tiles(image_size: tuple[int, int], least_px: int = 360) -> list[Box]:
    """Overlapping square tiles of half and a third of the picture's height or width, for small figures."""
    width, height = image_size
    found: list[Box] = []
    for parts in (1, 2):
        side = min(width, height) // parts
        if side < least_px and parts > 1:
            break
        for top in _starts(height, side):
            for left in _starts(width, side):
                found.append(Box(left, top, left + side, top + side))
    whole = Box(0, 0, width, height)
    return [b for b in found if b != whole]


def _starts(length: int, side: int) -> list[int]:
    """Starts of tiles of `side` that cover `length` with at least half a tile of overlap."""
    n = max(1, int(np.ceil(2 * (length - side) / side)) + 1)
    return sorted({round(i * (length - side) / max(n - 1, 1)) for i in range(n)})
