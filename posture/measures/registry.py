"""What a measure is, and the list of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from posture.findings import Move, Reason, View
from posture.geometry import rotated
from posture.landmarks import Array, Pose, Track

N_FACE = -1
"""Stands in `Measure.landmarks` for "the face model's result"."""


@dataclass(frozen=True)
class Series:
    """A measure over time: values and, where there is none, why.

    `value` is (T,) in the unit of the measure, NaN where not assessable. `reason` is (T,) of `Reason.code`, 0 where
    there is none. Only the measuring itself is judged here: the view a criterion is valid in is the judge's business.
    """

    value: Array
    reason: NDArray[np.int8]
    extra_error: Array | None = None
    """(T,) error that comes on top of the measure's own in this view, from how the person was filmed; None is none."""


@dataclass(frozen=True)
class Reading:
    """A measure of one movement: its value, NaN where not assessable, why, and the error of the moment on top."""

    value: float
    reason: Reason | None = None
    extra_error: float = 0.0


@dataclass(frozen=True)
class Scene:
    """What a measure is computed from: a Track and what is known about how it was filmed.

    view : (T,) of `View`, the side from which the person is seen.
    facing : (T,) +1 when the person in side view faces the right edge of the picture, -1 the left, 0 else.
    roll_deg : camera roll in degrees, positive when the camera was turned clockwise (so that upright people
        lean anticlockwise, to the left, in the picture); subtracted from everything that is compared with gravity.
    yaw_deg : (T,) turn of the body to the own left, 0 facing the camera; None counts as 0.
    pitch_deg, pitch_error_deg : how far the camera looks down on the person, and how far that may be off.
    head_pitch_factor : by which the face model's nods are enlarged before gaze is computed from them, in front view.
    neutral : medians of base measures over the person's own calm upright stretch, empty when none was found.
    moves : the movements that were recognised.
    """

    track: Track
    view: NDArray[np.object_]
    facing: Array
    roll_deg: float = 0.0
    yaw_deg: Array | None = None
    pitch_deg: float = 0.0
    pitch_error_deg: float = 0.0
    head_pitch_factor: float = 1.0
    neutral: dict[str, float] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()

    @cached_property
    def seen_from(self) -> dict[View, NDArray[np.bool_]]:
        """For every `View`, (T,) whether the person is seen from there."""
        return {one: np.asarray(self.view == one, bool) for one in View}

    @cached_property
    def levelled_px(self) -> Array:
        """(33, T, 2) pixels of all landmarks, the camera's roll taken out: the picture's vertical is the vertical."""
        by_landmark = np.ascontiguousarray(self.track.pose_px[..., :2].transpose(1, 0, 2), float)
        return rotated(by_landmark, self.roll_deg) if self.roll_deg else by_landmark

    @property
    def pitch_gain(self) -> Array:
        """(T,) by which a pitch of the head is enlarged."""
        return np.where(self.view == View.FRONT, self.head_pitch_factor, 1.0)

    def with_neutral(self, neutral: dict[str, float]) -> Scene:
        """The same with the person's own neutral known; what does not depend on it is kept."""
        return self._keeping(replace(self, neutral=neutral), "levelled_px", "seen_from", "of_pictures")

    def with_moves(self, moves: tuple[Move, ...]) -> Scene:
        """The same with the movements known; what was computed already is kept: it does not depend on them."""
        return self._keeping(replace(self, moves=moves), "levelled_px", "seen_from", "of_pictures", "memo")

    def _keeping(self, other: Scene, *computed: str) -> Scene:
        other.__dict__.update({name: getattr(self, name) for name in computed})
        return other

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What several measures need and one has computed already, by name; nobody changes what is in it."""
        return {}

    @cached_property
    def of_pictures(self) -> dict[str, Any]:
        """As `memo`, of what does not depend on the person's own neutral."""
        return {}


@dataclass(frozen=True)
class Measure:
    """A named quantity.

    name : unique, ends in its unit: `_deg`, `_sw` (shoulder widths), `_tl` (trunk lengths), `_ratio`, `_sw_per_s`.
    views : views in which it is valid at all.
    landmarks : pose points it needs to be seen (drawn in reports); N_FACE for the face model.
    compute : Scene to Series.
    relative : True when it compares with the person's own neutral.
    of_move : for measures of movements, Scene and Move to Reading; `compute` then gives the readings over time.
    """

    name: str
    unit: str
    views: tuple[View, ...]
    landmarks: tuple[Pose | int, ...]
    compute: Callable[[Scene], Series]
    relative: bool = False
    of_move: Callable[[Scene, Move], Reading] | None = None


MEASURES: dict[str, Measure] = {}

Found = TypeVar("Found")


def once_per_scene(function: Callable[[Scene], Found], relative: bool = False) -> Callable[[Scene], Found]:
    """The function, with what it finds kept in the scene; `relative` when that depends on the person's own neutral."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def once(scene: Scene) -> Found:
        known: dict[str, Found] = scene.memo if relative else scene.of_pictures
        if name not in known:
            known[name] = function(scene)
        return known[name]

    return once


def measure(
    name: str, unit: str, views: tuple[View, ...], landmarks: tuple[Pose | int, ...], relative: bool = False
) -> Callable[[Callable[[Scene], Series]], Callable[[Scene], Series]]:
    """Register the decorated function as the measure `name`."""

    def register(function: Callable[[Scene], Series]) -> Callable[[Scene], Series]:
        if name in MEASURES:
            raise ValueError(f"expected a new measure name, got {name!r} twice")

        once = once_per_scene(function, relative)
        MEASURES[name] = Measure(name, unit, views, landmarks, once, relative)
        return once

    return register


OfMove = Callable[[Scene, Move], Reading]


def move_measure(
    name: str, unit: str, views: tuple[View, ...], landmarks: tuple[Pose | int, ...], groups: tuple[str, ...]
) -> Callable[[OfMove], OfMove]:
    """Register the decorated function as the measure `name` of every movement of these groups."""

    def register(function: OfMove) -> OfMove:
        if name in MEASURES:
            raise ValueError(f"expected a new measure name, got {name!r} twice")

        def over_time(scene: Scene) -> Series:
            found = [(m, function(scene, m)) for m in scene.moves if m.group in groups]
            return readings_over_time(scene.track.time_s, found)

        MEASURES[name] = Measure(name, unit, views, landmarks, over_time, of_move=function)
        return function

    return register


def readings_over_time(time_s: Array, readings: list[tuple[Move, Reading]]) -> Series:
    """The readings as a Series: constant while a movement lasts, without a value between movements."""
    value, extra = np.full(len(time_s), np.nan), np.zeros(len(time_s))
    reason = np.full(len(time_s), Reason.POSE_NOT_HELD.code, np.int8)
    for move, reading in readings:
        during = (time_s >= move.start_s - 1e-9) & (time_s <= move.end_s + 1e-9)
        value[during], extra[during] = reading.value, reading.extra_error
        reason[during] = reading.reason.code if reading.reason else 0
    return Series(value, reason, extra)
