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
_LEAST_TILE_PX = 230
"""The model's detector looks at 224 pixels: smaller tiles show it no more (MediaPipe's BlazePose model card)."""
_TILE_BY_HEIGHT = 1.4
"""The detector finds figures of a third of the picture's height and more (rendered rows of trainees: 123 pixels were
found in tiles of 320 and 400, never in 540); so a tile of twice somebody's height finds also those a third smaller."""
_FIGURES_IN_CROP = 2.6
"""Largest crop that is shared, in body heights, for the same reason."""


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


def body_box(pose_px: Array, image_size: tuple[int, int], room: float = 1.5) -> Box | None:
    """A square round the whole body, `room` times as large as it is high or wide: with 1.5 it may move, with less its
    neighbours are left out."""
    low, high = pose_px[:, :2].min(0), pose_px[:, :2].max(0)
    return square_box((low + high) / 2, room * float((high - low).max()), image_size)


def groups(poses_px: list[Array], image_size: tuple[int, int]) -> list[tuple[Box, list[int]]]:
    """Crops that together hold all bodies, and which: neighbours share one while it stays small enough to find them.

    A crop for each alone would show, and have looked at, its neighbours again and again.
    """
    found: list[tuple[Box, list[int]]] = []
    boxes = [body_box(pose, image_size) for pose in poses_px]
    together: list[int] = []
    for i in sorted((i for i, box in enumerate(boxes) if box), key=lambda i: float(poses_px[i][Pose.NOSE, 0])):
        whole = _round_all([boxes[k] for k in [*together, i]], image_size)
        tallest = max(_height_px(poses_px[k]) for k in [*together, i])
        if together and max(whole.right - whole.left, whole.bottom - whole.top) > _FIGURES_IN_CROP * tallest:
            found.append((_round_all([boxes[k] for k in together], image_size), together))
            together = []
        together = [*together, i]
    if together:
        found.append((_round_all([boxes[k] for k in together], image_size), together))
    return found


def _round_all(boxes: list[Box | None], image_size: tuple[int, int]) -> Box:
    there = [box for box in boxes if box]
    return Box(
        min(b.left for b in there), min(b.top for b in there), max(b.right for b in there), max(b.bottom for b in there)
    )


def _height_px(pose_px: Array) -> float:
    return float(np.ptp(pose_px[:, 1]))


def tiles(image_size: tuple[int, int]) -> list[Box]:
    """Overlapping square tiles of the picture's shorter side, half and a third of it: for figures of any size."""
    width, height = image_size
    found: list[Box] = []
    for parts in (1, 2, 3):
        side = min(width, height) // parts
        if side < _LEAST_TILE_PX and parts > 1:
            break
        for top in _starts(height, side):
            found += _row(width, side, top)
    whole = Box(0, 0, width, height)
    return [b for b in found if b != whole]


def tiles_beside(poses_px: list[Array], image_size: tuple[int, int]) -> list[Box]:
    """A row of overlapping square tiles at the height of known people, for others who stand about as far away.

    None when the people are so large that the model's detector finds their like in the whole picture.
    """
    width, height = image_size
    tall = float(np.median([_height_px(pose) for pose in poses_px]))
    side = round(max(_TILE_BY_HEIGHT * tall, _LEAST_TILE_PX))
    if side >= min(width, height):
        return []
    middle = float(np.median([(pose[:, 1].min() + pose[:, 1].max()) / 2 for pose in poses_px]))
    return _row(width, side, round(float(np.clip(middle - side / 2, 0, height - side))))


def _row(width: int, side: int, top: int) -> list[Box]:
    return [Box(left, top, left + side, top + side) for left in _starts(width, side)]


def _starts(length: int, side: int) -> list[int]:
    """Starts of tiles of `side` that cover `length` with at least half a tile of overlap."""
    n = max(1, int(np.ceil(2 * (length - side) / side)) + 1)
    return sorted({round(i * (length - side) / max(n - 1, 1)) for i in range(n)})
