"""The trainee's landmarks of the last seconds, as a Track for the same chain as recordings."""

from __future__ import annotations

from collections import deque

import numpy as np

from posture.finder import PersonFound
from posture.landmarks import TRACK_ARRAYS, Array, Track, empty_track
from posture.people import PeopleTracker, body_size_px

WINDOW_S = 12.0
"""Long enough for the longest least duration of a norm (own choice); judging it takes about 30 ms."""
SAMPLES_PER_S = 10.0
"""Recordings are judged at this rate, so the same posture gets the same verdict live."""
_LOST_S = 3.0
"""After this long without the trainee whoever is largest in the picture becomes the trainee (own choice)."""
_MISSED_S = 1.0
"""The trainee is looked for where they were for this long (as in recordings)."""


class Trainee:
    """Follows one person among those found and keeps their last seconds. Not for several threads at once."""

    def __init__(self) -> None:
        self._tracker = PeopleTracker(memory_s=_LOST_S)
        self._samples: deque[tuple[float, dict[str, Array]]] = deque()
        self._person: int | None = None
        self._last: tuple[float, PersonFound] | None = None
        self._image_size = (0, 0)

    @property
    def person(self) -> int | None:
        """Number of the trainee; another number is another person, or one who came back after a while."""
        return self._person

    def add(self, time_s: float, people: list[PersonFound], image_size: tuple[int, int]) -> PersonFound | None:
        """Everybody found at a later time than before; returns the trainee if they are among them."""
        numbers = self._tracker.assign(time_s, [one.pose_px for one in people])
        if image_size != self._image_size:
            self._samples.clear()
            self._image_size = image_size
        lost = self._last is None or time_s - self._last[0] > _LOST_S
        if lost and people:
            largest = max(range(len(people)), key=lambda i: body_size_px(people[i].pose_px))
            if numbers[largest] != self._person:
                self._person = numbers[largest]
                self._samples.clear()
        one = next((p for n, p in zip(numbers, people, strict=True) if n == self._person), None)
        if one is not None:
            self._last = (time_s, one)
            self._keep(time_s, one)
        while self._samples and time_s - self._samples[0][0] > WINDOW_S:
            self._samples.popleft()
        return one

    def _keep(self, time_s: float, one: PersonFound) -> None:
        if not self._samples or time_s - self._samples[-1][0] >= 0.85 / SAMPLES_PER_S:
            self._samples.append((time_s, one.arrays))

    def expected_px(self, time_s: float) -> Array | None:
        """(33, 3) where the trainee was a moment ago, None when that is too long ago."""
        near = self._last is not None and time_s - self._last[0] <= _MISSED_S
        return self._last[1].pose_px if near and self._last is not None else None

    def track(self, since_s: float = -np.inf) -> Track | None:
        """What is kept from `since_s` on, None when there is nothing."""
        kept = [(t, arrays) for t, arrays in self._samples if t >= since_s]
        if not kept:
            return None
        track = empty_track(1, np.array([t for t, _ in kept]), np.arange(len(kept)), self._image_size)
        for name in TRACK_ARRAYS:
            whole = getattr(track, name)
            for i, (_, arrays) in enumerate(kept):
                if name in arrays:
                    whole[i] = arrays[name]
        return track
