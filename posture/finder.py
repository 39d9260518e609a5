"""Everything about the people in one picture: pose, then hands and face in crops that the pose gives."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posture.camera import SEEN_FROM
from posture.crops import Box, arms_box, body_box, head_box, tiles, tiles_beside
from posture.hands import sides_of_hands
from posture.landmarkers import PoseFound, face_landmarker, hand_landmarker, pose_landmarker
from posture.landmarks import N_HAND, Array, Pose
from posture.people import (
    SAME_PERSON,
    body_size_px,
    is_part_of,
    looks_like_a_person,
    similarity,
    without_duplicates,
)
from posture.turns import Turn, turn_of

Image = NDArray[np.uint8]
_CORE = [Pose.NOSE, Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]
_SURE = 0.95
"""Least presence of a person found in a part of the picture (own choice, from what was seen on real clips)."""
_LIKELY = 0.8
"""The same where the part may cut the person, who is looked at again in a crop of their own (own choice)."""
_EXPECTED = 0.75
"""The same for somebody who is known to be there, perhaps half hidden (own choice)."""
_SAME_PLACE = 0.4
"""Least likeness of somebody in a tile and in the crop round them (own choice: cut by the tile the pose is worse)."""
_ONE_PERSON = 0.6
"""Likeness of somebody in two overlapping tiles (own choice)."""
_CLOSE_ROOMS = (1.5, 1.1)
"""Room of those crops, by the size of the body; in the wider one a neighbour may be found instead."""
_AGREEING_TILES = 3
"""Tiles that agree about somebody whom no crop shows (own choice: made-up people were in one or two)."""
_FACE_REACH = 0.6
"""Farthest the found face's nose may be from the pose's, in body sizes (own choice): else it is another's face."""


@dataclass(frozen=True)
class PersonFound:
    """One person in one picture: arrays as in `Track`, without the time axis; `in_turn`: hands or face had to wait."""

    arrays: dict[str, Array]
    presence: float
    in_turn: bool = False

    @property
    def pose_px(self) -> Array:
        return self.arrays["pose_px"]


class Finder:
    """One thread's set of landmarkers. Not to be used by two threads at once; close it when done."""

    def __init__(self, models: dict[str, Path], max_people: int, hands: bool, face: bool) -> None:
        with ExitStack() as stack:
            self._pose = stack.enter_context(pose_landmarker(models["pose"], max_people))
            self._hands = stack.enter_context(hand_landmarker(models["hand"])) if hands else None
            self._face = stack.enter_context(face_landmarker(models["face"])) if face else None
            self._open = stack.pop_all()

    def close(self) -> None:
        self._open.close()

    def everyone(self, image: Image, sample: int | None = None) -> list[PersonFound]:
        """All people that the pose model finds in the whole picture, from left to right; in a crowd hands and faces in
        turns by the number of the sample (`turns`)."""
        return self._complete(image, self._pose(image), sample)

    def near(self, image: Image, last_pose_px: Array) -> list[PersonFound]:
        """The person who was last seen at `last_pose_px`, looked for in the picture round that place."""
        box = body_box(last_pose_px, _size(image))
        return self.within(image, box, [last_pose_px]) if box else []

    def close_to(self, image: Image, expected_px: Array, turn: Turn = Turn.WHOLE) -> list[PersonFound]:
        """Somebody hardly hidden at `expected_px` beside others, who are left out of the part of the picture."""
        box = body_box(expected_px, _size(image), _CLOSE_ROOMS[-1])
        return self.within(image, box, [expected_px], turn=turn, least=_SAME_PLACE) if box else []

    def within(
        self,
        image: Image,
        box: Box,
        expected_px: list[Array],
        known_px: list[Array] | None = None,
        turn: Turn = Turn.WHOLE,
        least: float = SAME_PERSON,
    ) -> list[PersonFound]:
        """Those who are expected at those places in a part of the picture, that much alike at least; with `known_px`,
        everybody else known there, also whoever is none of all these.

        Who is expected may well stand within the outline of somebody nearer, as they are known to be there.
        """
        found = [one for one in self._in_boxes(image, [box], _EXPECTED) if _is_real(one)]
        keep = without_duplicates([one.pose_px for one in found], [one.presence for one in found])
        there, others = [], []
        for one in (found[i] for i in keep):
            if max(similarity(one.pose_px, e) for e in expected_px) >= least:
                there.append(one)
            elif known_px is not None and _is_another(one.pose_px, [*expected_px, *known_px]):
                others.append(one)
        return [self._person(image, one, turn) for one in [*there, *self._closely(image, others)]]

    def anywhere(self, image: Image) -> list[PersonFound]:
        """People found in overlapping tiles of the picture: slow, for figures too small for the model's detector."""
        return self._complete(image, self._closely(image, self._in_boxes(image, tiles(_size(image)), _LIKELY)))

    def beside(self, image: Image, known_px: list[Array]) -> list[PersonFound]:
        """People found in tiles at the height of the known ones who are none of them, nor a piece of one."""
        found = self._in_boxes(image, tiles_beside(known_px, _size(image)), _LIKELY)
        others = self._closely(image, [one for one in found if _is_another(one.pose_px, known_px)])
        return self._complete(image, [one for one in others if _is_another(one.pose_px, known_px)])

    def _closely(self, image: Image, found: list[PoseFound]) -> list[PoseFound]:
        """Those of `found` in tiles who are surely there: in several of them, or in a crop round them, too. A tile may
        cut somebody, and invites to see a person in a piece of one."""
        there = []
        for same in _grouped(found):
            best = max(same, key=lambda one: one.presence)
            again = next((one for room in _CLOSE_ROOMS if (one := self._close(image, best, room))), None)
            if again or len(same) >= _AGREEING_TILES:
                there.append(again or best)
        return there

    def _close(self, image: Image, one: PoseFound, room: float) -> PoseFound | None:
        box = body_box(one.pose_px, _size(image), room)
        found = self._in_boxes(image, [box], _SURE) if box else []
        alike = [similarity(again.pose_px, one.pose_px) for again in found]
        return found[int(np.argmax(alike))] if alike and max(alike) >= _SAME_PLACE else None

    def _in_boxes(self, image: Image, boxes: list[Box], least: float) -> list[PoseFound]:
        """Those found in parts of the picture with at least that presence, in the picture's pixels."""
        found = [_shifted(one, box) for box in boxes for one in self._pose(box.of(image))]
        return [one for one in found if one.presence >= least]

    def _complete(self, image: Image, found: list[PoseFound], sample: int | None = None) -> list[PersonFound]:
        """Hands and faces of those found who are real and different people."""
        real = [one for one in found if _is_real(one)]
        keep = without_duplicates([one.pose_px for one in real], [one.presence for one in real])
        people = [real[i] for i in keep]
        people = [a for a in people if not any(is_part_of(a.pose_px, b.pose_px) for b in people if b is not a)]
        people.sort(key=lambda one: float(one.pose_px[Pose.NOSE, 0]))
        return [self._person(image, one, turn_of(len(people), sample)) for one in people]

    def _person(self, image: Image, one: PoseFound, turn: Turn) -> PersonFound:
        arrays = {"pose_px": one.pose_px, "visibility": one.visibility, "pose_m": one.pose_m}
        if self._hands is not None and turn.hands:
            arrays["hands_px"] = self._hands_of(image, one.pose_px)
        if self._face is not None and turn.face:
            arrays.update(self._face_of(image, one.pose_px))
        return PersonFound(arrays, one.presence, turn is not Turn.WHOLE)

    def _hands_of(self, image: Image, pose_px: Array) -> Array:
        both = np.full((2, N_HAND, 3), np.nan, np.float32)
        box = arms_box(pose_px, _size(image))
        if box and self._hands:
            corner = np.array([box.left, box.top, 0], np.float32)
            found = [replace(h, hand_px=h.hand_px + corner) for h in self._hands(box.square_of(image))]
            for side, hand in sides_of_hands(found, pose_px).items():
                both[side] = hand.hand_px
        return both

    def _face_of(self, image: Image, pose_px: Array) -> dict[str, Array]:
        box = head_box(pose_px, _size(image))
        if not box or not self._face:
            return {}
        for face in self._face(box.square_of(image)):
            face_px = face.face_px + np.array([box.left, box.top], np.float32)
            if np.linalg.norm(face_px[0] - pose_px[Pose.NOSE, :2]) <= _FACE_REACH * body_size_px(pose_px):
                return {
                    "face_px": face_px,
                    "face_rotation_deg": face.rotation_deg,
                    "blendshapes": face.blendshapes,
                }
        return {}


def _is_real(one: PoseFound) -> bool:
    return bool(one.visibility[_CORE].mean() >= SEEN_FROM) and looks_like_a_person(one.pose_px)


def _grouped(found: list[PoseFound]) -> list[list[PoseFound]]:
    """Those of `found` who are one person, together; the surest begins a group."""
    groups: list[list[PoseFound]] = []
    for one in sorted(found, key=lambda one: -one.presence):
        alike = [similarity(group[0].pose_px, one.pose_px) for group in groups]
        if alike and max(alike) >= _ONE_PERSON:
            groups[int(np.argmax(alike))].append(one)
        else:
            groups.append([one])
    return groups


def _is_another(pose_px: Array, others_px: list[Array]) -> bool:
    return not any(similarity(pose_px, o) >= SAME_PERSON or is_part_of(pose_px, o) for o in others_px)


def _size(image: Image) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def _shifted(one: PoseFound, box: Box) -> PoseFound:
    return replace(one, pose_px=one.pose_px + np.array([box.left, box.top, 0], np.float32))
