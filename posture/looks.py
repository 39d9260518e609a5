"""Looking at a long recording in slices, by several processes or machines, that join without a seam.

What is found in the whole picture depends on nothing but the picture (`landmarkers`), and is most of the work: that is
what slices look at, beforehand. Everything that depends on the pictures before (who is who, looking again for somebody
missed, tiles searched now and then, speech) happens when `observe` goes through the whole recording once more, with
`Looks` instead of the landmarkers. It decodes every picture anew and takes what a slice found only where the picture is
the same to the last bit; else it looks itself. So the result is the same by construction, even where a file is damaged
and decoding from its middle gives other pictures.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posture import models
from posture.errors import UnusableInputError
from posture.files import atomic_path
from posture.finder import Finder, PersonFound
from posture.landmarks import TRACK_ARRAYS, TRACK_SHAPES
from posture.observe import IN_FLIGHT_PER_THREAD, Lookers, ObserveSettings, sample_of
from posture.slices import Slice, files_of
from posture.video import Frame, FrameReader

_COLUMNS = ("time_s", "digest", "picture", "presence", "in_turn", *TRACK_ARRAYS)


def look_at(
    recording: Path,
    part: Slice,
    settings: ObserveSettings,
    threads: int,
    models_dir: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Look at every picture of a slice and write what is found; a file that is there already is left as it is.

    `progress` is told the seconds done.

    Raises
    ------
    UnusableInputError, ModelError, OutputError
        As `observe`.
    """
    if part.path.exists():
        return
    seen = _Seen()
    waiting: deque[tuple[Frame, Future[list[PersonFound]]]] = deque()

    def collect() -> None:
        frame, future = waiting.popleft()
        seen.add(frame, future.result())
        if progress:
            progress(frame.time_s - part.start_s)

    with (
        FrameReader(recording, settings.fps, settings.max_side_px, part.start_s, part.end_s) as reader,
        Lookers(models.model_paths(models_dir), settings, threads) as look,
    ):
        try:
            for frame in reader:
                if frame.time_s >= part.end_s:
                    break
                waiting.append((frame, look.submit(Finder.everyone, frame.image, sample_of(frame, settings))))
                if len(waiting) >= threads * IN_FLIGHT_PER_THREAD:
                    collect()
        except UnusableInputError:
            if part.start_s == 0.0:
                raise
            # Nothing can be decoded from here on: the whole recording, read from its beginning, tells what is there.
        while waiting:
            collect()
    seen.write(part.path)


class _Seen:
    """What is found in the pictures of one slice, gathered."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self.digests: list[bytes] = []
        self.pictures: list[int] = []
        self.people: list[PersonFound] = []

    def add(self, frame: Frame, found: list[PersonFound]) -> None:
        self.pictures += [len(self.times_s)] * len(found)
        self.times_s.append(frame.time_s)
        self.digests.append(_digest(frame.image))
        self.people += found

    def write(self, path: Path) -> None:
        columns: dict[str, NDArray[np.generic]] = {
            "time_s": np.array(self.times_s, np.float64),
            "digest": np.frombuffer(b"".join(self.digests), np.uint8).reshape(-1, 32),
            "picture": np.array(self.pictures, np.int64),
            "presence": np.array([one.presence for one in self.people], np.float64),
            "in_turn": np.array([one.in_turn for one in self.people], np.bool_),
        }
        for name in TRACK_ARRAYS:
            block = np.full((len(self.people), *TRACK_SHAPES[name]), np.nan, np.float32)
            for row, one in enumerate(self.people):
                if name in one.arrays:
                    block[row] = one.arrays[name]
            columns[name] = block
        with atomic_path(path) as partial:
            np.savez(partial, allow_pickle=False, **columns)


class Looks:
    """What slices found, for `observe`: asked for pictures in order of time, it holds one slice at a time.

    files : start in seconds and file of each slice, in order of time.
    """

    def __init__(self, files: Sequence[tuple[float, Path]]) -> None:
        self._files = files
        self._loaded: Path | None = None
        self._columns: dict[str, NDArray[np.generic]] = {}
        self._rows: dict[float, int] = {}
        self.taken = 0
        """Pictures whose answer came from a slice."""

    @classmethod
    def of_files(cls, landmarks: Path) -> Looks | None:
        """What lies beside a landmark file that is yet to be made; None where nothing does."""
        files = files_of(landmarks)
        return cls(files) if files else None

    def __call__(self, frame: Frame) -> list[PersonFound] | None:
        at = bisect_right(self._files, frame.time_s, key=lambda file: file[0]) - 1
        if at < 0:
            return None
        if self._files[at][1] != self._loaded:
            self._load(self._files[at][1])
        row = self._rows.get(frame.time_s)
        if row is None or self._columns["digest"][row].tobytes() != _digest(frame.image):
            return None
        self.taken += 1
        first, after = np.searchsorted(self._columns["picture"], [row, row + 1])
        return [self._person(i) for i in range(int(first), int(after))]

    def _load(self, path: Path) -> None:
        self._loaded, self._columns, self._rows = path, {}, {}
        try:
            with np.load(path, allow_pickle=False) as saved:
                columns = {name: saved[name] for name in _COLUMNS}
        except (OSError, ValueError, KeyError):  # damaged: every picture is looked at again
            return
        self._columns = columns
        self._rows = {float(t): i for i, t in enumerate(columns["time_s"])}

    def _person(self, i: int) -> PersonFound:
        arrays = {name: self._columns[name][i] for name in TRACK_ARRAYS}
        return PersonFound(arrays, float(self._columns["presence"][i]), bool(self._columns["in_turn"][i]))


def _digest(image: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(image).data).digest()
