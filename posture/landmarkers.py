"""MediaPipe's landmarkers behind one door: the only module that imports mediapipe, and only when one is made: that
takes more than a second, which nobody should wait for who only asks for help or looks at a kept result.

Every picture is looked at by itself (IMAGE mode): the answer depends on nothing but the picture, so threads may take
pictures in any order, slices of a recording join without a seam, and one person is treated like several (VIDEO mode
smooths for one person only, cannot be told not to, and found fewer hands on our clips). Traps guarded here: a closed
landmarker answers "nobody" instead of failing; landmarks are normalised by width and height separately; a picture that
is not square disturbs the projection of face and hand landmarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from posture.landmarks import FACE_POINTS, LEFT, N_BLENDSHAPES, N_HAND, N_POSE, RIGHT, Array, Pose

Image = NDArray[np.uint8]
Result = TypeVar("Result")


@dataclass(frozen=True)
class PoseFound:
    """One body in one picture: pixels (33, 3), the model's visibility (33,), world metres (33, 3).

    `presence` is the mean over head, shoulders and elbows of the model's belief that they lie in the picture: near 1
    for a real person, also behind a counter or cut by an edge; lower for one made up from a part of another.
    """

    pose_px: Array
    visibility: Array
    pose_m: Array
    presence: float


@dataclass(frozen=True)
class HandFound:
    """One hand: pixels (21, 3), `LEFT` or `RIGHT` of the subject by the model, its certainty 0..1."""

    hand_px: Array
    side: int
    certainty: float


@dataclass(frozen=True)
class FaceFound:
    """One face: pixels of `FACE_POINTS`, pitch, yaw, roll in degrees, 52 blendshape scores."""

    face_px: Array
    rotation_deg: Array
    blendshapes: Array


class Landmarker(Generic[Result]):
    """One MediaPipe landmarker that fails when used after it was closed.

    It may be made in one thread and used in another, but only in one at a time.

    Raises
    ------
    RuntimeError
        Called after `close`.
    """

    def __init__(self, native: Any, read: Callable[[Any, int, int], list[Result]]) -> None:
        self._native = native
        self._read = read

    def __call__(self, image: Image) -> list[Result]:
        """Everything found in an RGB picture (H, W, 3), in its pixels."""
        if self._native is None:
            raise RuntimeError("expected an open landmarker, got a closed one")
        picture = _mediapipe().Image(
            image_format=_mediapipe().ImageFormat.SRGB, data=np.ascontiguousarray(image)
        )  # fmt: skip
        height, width = image.shape[:2]
        return self._read(self._native.detect(picture), width, height)

    def close(self) -> None:
        native, self._native = self._native, None
        if native is not None:
            native.close()

    def __enter__(self) -> Landmarker[Result]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def pose_landmarker(model: Path, people: int) -> Landmarker[PoseFound]:
    """A landmarker for up to `people` bodies."""
    options = _vision().PoseLandmarkerOptions(base_options=_options(model), num_poses=people)
    return Landmarker(_vision().PoseLandmarker.create_from_options(options), _read_poses)


def hand_landmarker(model: Path, hands: int = 2) -> Landmarker[HandFound]:
    """A landmarker for up to `hands` hands; give it a square picture."""
    options = _vision().HandLandmarkerOptions(base_options=_options(model), num_hands=hands)
    return Landmarker(_vision().HandLandmarker.create_from_options(options), _read_hands)


def face_landmarker(model: Path) -> Landmarker[FaceFound]:
    """A landmarker for one face with head rotation and blendshapes; give it a square picture."""
    options = _vision().FaceLandmarkerOptions(
        base_options=_options(model),
        num_faces=1,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    return Landmarker(_vision().FaceLandmarker.create_from_options(options), _read_faces)


def _options(model: Path) -> Any:
    return _mediapipe().tasks.BaseOptions(model_asset_path=str(model))


@cache
def _mediapipe() -> Any:
    import mediapipe

    return mediapipe


def _vision() -> Any:
    return _mediapipe().tasks.vision


def _points(landmarks: Any, scale: tuple[float, float, float]) -> Array:
    return np.array([(p.x, p.y, p.z) for p in landmarks], np.float32) * np.array(scale, np.float32)


def _read_poses(answer: Any, width: int, height: int) -> list[PoseFound]:
    found = []
    for picture, world in zip(answer.pose_landmarks, answer.pose_world_landmarks, strict=True):
        assert len(picture) == N_POSE
        found.append(
            PoseFound(
                _points(picture, (width, height, width)),
                np.array([p.visibility for p in picture], np.float32),
                _points(world, (1.0, 1.0, 1.0)),
                float(np.mean([p.presence for p in picture[: Pose.RIGHT_ELBOW + 1]])),
            )
        )
    return found


def _read_hands(answer: Any, width: int, height: int) -> list[HandFound]:
    found = []
    for points, classes in zip(answer.hand_landmarks, answer.handedness, strict=True):
        assert len(points) == N_HAND
        # MediaPipe 1.2 names the subject's own hand in a picture that is not mirrored (older releases: mirrored).
        side = LEFT if classes[0].category_name == "Left" else RIGHT
        found.append(HandFound(_points(points, (width, height, width)), side, float(classes[0].score)))
    return found


def _read_faces(answer: Any, width: int, height: int) -> list[FaceFound]:
    found = []
    for points, shapes, matrix in zip(
        answer.face_landmarks, answer.face_blendshapes, answer.facial_transformation_matrixes, strict=True
    ):
        kept = np.array([(points[i].x * width, points[i].y * height) for i in FACE_POINTS], np.float32)
        scores = np.array([s.score for s in shapes], np.float32)
        assert len(scores) == N_BLENDSHAPES
        found.append(FaceFound(kept, head_rotation_deg(np.asarray(matrix)[:3, :3]), scores))
    return found


def head_rotation_deg(rotation: Array) -> Array:
    """Pitch (up positive), yaw (to the own left positive), roll (to the own left shoulder positive) in degrees.

    `rotation` is the (3, 3) rotation of MediaPipe's facial transformation matrix: x to the right in the picture,
    y up, z towards the camera. Taken apart as yaw about y, then pitch about x, then roll about z (R = Ry Rx Rz).
    Some builds scale the matrix: columns are normalised first.
    """
    r = rotation / np.linalg.norm(rotation, axis=0)
    yaw = np.degrees(np.arctan2(r[0, 2], r[2, 2]))
    pitch = np.degrees(np.arcsin(np.clip(-r[1, 2], -1.0, 1.0)))
    roll = np.degrees(np.arctan2(r[1, 0], r[1, 1]))
    return np.array([-pitch, yaw, -roll], np.float32)
