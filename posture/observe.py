"""Recordings to Tracks: pose, hands and face of one or several people, once per recording, kept in one file.

The main thread decodes and keeps people apart; two threads with their own landmarkers take pictures as they come
(MediaPipe's C library releases the GIL). A person who was there a moment ago and is missed in the whole picture is
looked for again where they should be; tiles of the picture are searched now and then for figures too small for the
model's detector.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from posture import __version__, models
from posture.crops import groups
from posture.errors import OutputError
from posture.files import cache_dir
from posture.finder import Finder, PersonFound
from posture.landmark_file import NOBODY, LandmarkWriter, observation_metadata, read_landmark_file, renumber
from posture.landmarks import Observation, Speech
from posture.native import give_back_large_blocks
from posture.people import PeopleTracker, is_new_beside, without_duplicates
from posture.reasons import why
from posture.relink import relinked
from posture.speech import speech
from posture.turns import turn_of
from posture.video import Frame, FrameReader, MediaInfo, sha256_of

OBSERVE_VERSION = 6
"""Raised whenever the same bytes, models and settings would give other landmarks."""
IN_FLIGHT_PER_THREAD = 2
_MISSED_FOR_S = 3.0
"""A person is looked for where they were for this long after they were last found (own choice)."""
_REMEMBERED_S = 5.0
"""Who comes back within this keeps their number (own choice: somebody who stops before another hides them for 3 s)."""
_SEARCH_EVERY_S = 1.0
_SEARCH_LEAST_S = 4.0
"""Tiles are searched this often, and ever more rarely, down to this, while they show nobody new and nobody is missing
(own choices)."""
_LEFTOVER_S = 86_400.0
_GHOST_S = 1.0
"""A person found for less than this in a longer recording is a false detection (own choice)."""

Progress = Callable[[float, float], None]
"""Called with seconds of the recording done and in all (0 when unknown)."""
Known = Callable[[Frame], list[PersonFound] | None]
"""What `Finder.everyone` finds in a picture, where that is known already."""


@dataclass(frozen=True)
class ObserveSettings:
    """What changes the landmarks.

    fps : samples per second; `max_people` : most people found at once; `hands`, `face` : run those models too;
    `max_side_px` : larger pictures are reduced to this before anything else.
    """

    fps: float = 10.0
    max_people: int = 8
    hands: bool = True
    face: bool = True
    max_side_px: int = 1920


def observe(
    path: Path,
    settings: ObserveSettings | None = None,
    models_dir: Path | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    fresh: bool = False,
    landmarks: Path | None = None,
    known: Known | None = None,
) -> Observation:
    """The landmarks of everybody in a recording or photo, from the landmark file when there is one already.

    `threads` defaults to `default_threads`. `fresh` ignores a landmark file of an earlier run. `landmarks` is the
    landmark file to write, by default `landmark_path`: for recordings of which nothing shall stay in the cache. `known`
    spares looking at pictures again (`slices`).

    Raises
    ------
    UnusableInputError
        The file cannot be read or holds no picture.
    ModelError
        The models are missing and cannot be installed.
    """
    settings = settings or ObserveSettings()
    give_back_large_blocks()
    bundles = models.model_paths(models_dir)
    digest = sha256_of(path)
    saved = landmarks or landmark_path(digest, settings)
    if saved.exists() and not fresh:
        try:
            return replace(read_landmark_file(saved), source_name=path.name)
        except (OSError, ValueError):
            saved.unlink(missing_ok=True)
    try:
        saved.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("files.errors.cache", folder=saved.parent, detail=why(error)) from error
    _remove_leftovers(saved.parent)
    with (
        LandmarkWriter(saved) as writer,
        FrameReader(path, fps=settings.fps, max_side_px=settings.max_side_px) as reader,
    ):
        run = _Run(bundles, settings, writer, progress, reader.info, known)
        last_s = run.take_all(reader, threads or default_threads(settings))
        info = reader.info
        observation = Observation(
            tracks=(),
            source_name=path.name,
            source_sha256=digest,
            image_size=info.analysed_size,
            kind=info.kind,
            duration_s=max(info.duration_s or 0.0, last_s) if info.kind == "video" else 0.0,
            sample_times_s=np.empty(0),
            damage=tuple((d.start_s, d.end_s, d.detail) for d in reader.damage),
            provenance=provenance(settings),
            speech=_speech(path, info, progress, last_s),
        )
        writer.close(observation_metadata(observation))
    return _looked_at_as_a_whole(saved)


def _looked_at_as_a_whole(saved: Path) -> Observation:
    """The landmark file, who is who in it corrected by what came later."""
    observation = read_landmark_file(saved)
    numbers = relinked(observation.tracks)
    if all((numbers[t.person] == t.person).all() for t in observation.tracks):
        return observation
    renumber(saved, numbers)
    return read_landmark_file(saved)


def _speech(path: Path, info: MediaInfo, progress: Progress | None, last_s: float) -> Speech | None:
    """When somebody speaks in a recording; the progress stays at its end and can interrupt."""
    if info.kind == "photo":
        return None
    return speech(path, lambda: progress(last_s, info.duration_s or 0.0) if progress else None)


def default_threads(settings: ObserveSettings, processes: int = 1) -> int:
    """As many as cores, at most 8, or their share where as many processes are at work at once; with the pose alone one
    more, which is cheap then and keeps the cores busy."""
    cores = min(-(-(os.cpu_count() or 1) // processes), 8)
    return cores if settings.hands or settings.face else cores + 1


def _remove_leftovers(folder: Path) -> None:
    """Delete unfinished landmark files of processes that were killed more than a day ago."""
    for part in folder.glob(".*.part"):
        try:
            if time.time() - part.stat().st_mtime > _LEFTOVER_S:
                part.unlink()
        except OSError:
            continue


def provenance(settings: ObserveSettings) -> dict[str, str]:
    """Software version, model hashes and settings: what has to be equal for equal landmarks."""
    hashes = {f"model_{name}_sha256": bundle.sha256 for name, bundle in models.BUNDLES.items()}
    return {
        "posture": __version__,
        "observe": str(OBSERVE_VERSION),
        "settings": json.dumps(asdict(settings)),
        **hashes,
    }


def landmarks_dir() -> Path:
    return cache_dir() / "landmarks"


def landmark_path(source_sha256: str, settings: ObserveSettings, folder: Path | None = None) -> Path:
    """Where the landmark file of these bytes, models and settings is kept: in `folder`, by default in the user's
    cache."""
    key = json.dumps([source_sha256, {k: v for k, v in provenance(settings).items() if k != "posture"}])
    return (folder or landmarks_dir()) / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.parquet"


class _Run:
    """The state of observing one recording; used from the main thread only."""

    def __init__(
        self,
        bundles: dict[str, Path],
        settings: ObserveSettings,
        writer: LandmarkWriter,
        progress: Progress | None,
        info: MediaInfo,
        known: Known | None,
    ) -> None:
        self._known = known
        self._bundles, self._settings, self._writer = bundles, settings, writer
        self._progress, self._duration_s = progress, info.duration_s or 0.0
        self._is_photo = info.kind == "photo"
        self._tracker = PeopleTracker(_REMEMBERED_S)
        self._searched_s = -np.inf
        self._search_every_s = _SEARCH_EVERY_S

    def take_all(self, reader: FrameReader, threads: int) -> float:
        """Observe every picture of the reader; the time of the last one in seconds."""
        if self._is_photo:
            threads = 1
        waiting: deque[tuple[Frame, Future[list[PersonFound]]]] = deque()
        last_s = 0.0
        with ExitStack() as stack:
            look = stack.enter_context(Lookers(self._bundles, self._settings, threads))
            for frame in reader:
                waiting.append((frame, self._everyone(frame, look)))
                last_s = frame.time_s
                if len(waiting) >= threads * IN_FLIGHT_PER_THREAD:
                    self._collect(*waiting.popleft(), look)
            while waiting:
                self._collect(*waiting.popleft(), look)
        return last_s

    def _sample(self, frame: Frame) -> int | None:
        return None if self._is_photo else sample_of(frame, self._settings)

    def _everyone(self, frame: Frame, look: Lookers) -> Future[list[PersonFound]]:
        known = self._known(frame) if self._known else None
        if known is None:
            return look.submit(Finder.everyone, frame.image, self._sample(frame))
        done: Future[list[PersonFound]] = Future()
        done.set_result(known)
        return done

    def _collect(self, frame: Frame, future: Future[list[PersonFound]], look: Lookers) -> None:
        found = self._with_missed(frame, future.result(), look)
        people = self._tracker.assign(frame.time_s, [one.pose_px for one in found])
        for person, one in zip(people, found, strict=True):
            self._writer.add(person, frame.time_s, frame.index, one.arrays, one.in_turn)
        if not found:
            self._writer.add(NOBODY, frame.time_s, frame.index, {})
        if self._progress:
            self._progress(frame.time_s, self._duration_s)

    def _with_missed(self, frame: Frame, found: list[PersonFound], look: Lookers) -> list[PersonFound]:
        """`found`, those who were there a moment ago, now and then whoever is too small for the whole."""
        both = self._with_expected(frame, found, look)
        if frame.time_s - self._searched_s >= self._search_every_s and len(both) < self._settings.max_people:
            small = self._searched(frame, both, look)
            self._searched_s = frame.time_s
            often = small or self._tracker.missing(frame.time_s, [one.pose_px for one in both], _REMEMBERED_S)
            self._search_every_s = _SEARCH_EVERY_S if often else min(2 * self._search_every_s, _SEARCH_LEAST_S)
            both = _distinct(both + small)
        real = [one for one in both if not self._tracker.in_between(frame.time_s, one.pose_px)]
        return real[: self._settings.max_people]

    def _with_expected(self, frame: Frame, found: list[PersonFound], look: Lookers) -> list[PersonFound]:
        """`found` and those missed among them: first looked for together with their neighbours, then each closely."""
        found_px = [one.pose_px for one in found]
        expected = self._tracker.missing(frame.time_s, found_px, _MISSED_FOR_S)
        size = (frame.image.shape[1], frame.image.shape[0])
        turn = turn_of(len(found) + len(expected), self._sample(frame))
        together = [
            look.submit(Finder.within, frame.image, box, [expected[i] for i in who], found_px + expected, turn)
            for box, who in groups(expected, size)
        ]
        both = _with_new(found, together)
        unseen = self._tracker.missing(frame.time_s, [one.pose_px for one in both], _MISSED_FOR_S)
        return _with_new(both, [look.submit(Finder.close_to, frame.image, pose, turn) for pose in unseen])

    @staticmethod
    def _searched(frame: Frame, known: list[PersonFound], look: Lookers) -> list[PersonFound]:
        if not known:
            return look.submit(Finder.anywhere, frame.image).result()
        return look.submit(Finder.beside, frame.image, [one.pose_px for one in known]).result()


def sample_of(frame: Frame, settings: ObserveSettings) -> int:
    """The number of a picture among the samples of its recording, wherever reading began."""
    return round(frame.time_s * settings.fps)


def _with_new(found: list[PersonFound], again: list[Future[list[PersonFound]]]) -> list[PersonFound]:
    """`found` and whoever was looked for again and is not only one of them found a second time."""
    found_px = [one.pose_px for one in found]
    more = [one for future in again for one in future.result() if is_new_beside(one.pose_px, found_px)]
    return _distinct(found + more)


def _distinct(found: list[PersonFound]) -> list[PersonFound]:
    """Each person once, the surest first."""
    keep = without_duplicates([one.pose_px for one in found], [one.presence for one in found])
    return [found[i] for i in keep]


class Lookers:
    """Threads with one set of landmarkers each; a task takes whichever set is free."""

    def __init__(self, bundles: dict[str, Path], settings: ObserveSettings, threads: int) -> None:
        self._free: SimpleQueue[Finder] = SimpleQueue()
        with ExitStack() as stack:
            for _ in range(threads):
                finder = Finder(bundles, settings.max_people, settings.hands, settings.face)
                stack.callback(finder.close)
                self._free.put(finder)
            self._pool = ThreadPoolExecutor(threads, thread_name_prefix="landmarks")
            # Entered last, so left first: no thread is at work any more when the landmarkers are closed.
            stack.callback(self._pool.shutdown, wait=True, cancel_futures=True)
            self._open = stack.pop_all()

    def submit(self, task: Callable[..., list[PersonFound]], *arguments: object) -> Future[list[PersonFound]]:
        """Run a method of `Finder` in the pool."""
        return self._pool.submit(self._run, task, *arguments)

    def _run(self, task: Callable[..., list[PersonFound]], *arguments: object) -> list[PersonFound]:
        finder = self._free.get()
        try:
            return task(finder, *arguments)
        finally:
            self._free.put(finder)

    def __enter__(self) -> Lookers:
        return self

    def __exit__(self, *problem: object) -> None:
        self._open.close()


def without_ghosts(observation: Observation) -> Observation:
    """Without people who were found for less than a second of a longer recording; the others keep their numbers."""
    if observation.kind == "photo" or observation.duration_s < 3 * _GHOST_S:
        return observation
    fps = json.loads(observation.provenance["settings"])["fps"]
    kept = tuple(t for t in observation.tracks if t.found.sum() / fps >= _GHOST_S)
    return replace(observation, tracks=kept)
