"""What a worker does with one recording of a survey; run by `processes` or on a cluster.

Everything goes in and comes out as plain data: a worker needs the recording, the models and the folder of the landmark
files, and knows nothing of the store.
"""

from __future__ import annotations

import errno
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posture.errors import OutputError, UnusableInputError
from posture.reasons import why
from posture.slices import Slice

if TYPE_CHECKING:  # brings the whole chain along
    from posture.check import CheckOptions

_NO_OTHER_HELPS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_TELL_EVERY_S = 0.5

Tell = Callable[[float], None]
"""Told the share 0..1 that is done."""


@dataclass(frozen=True)
class Task:
    """One recording to analyse. `options_json` are the options as the store keeps them, `folder` is that of the
    landmark files (None: the user's cache), `longest_s` the length from which it is to be cut into slices instead
    (None: never).
    """

    path: str
    sha256: str
    options_json: str
    threads: int
    folder: Path | None = None
    models_dir: Path | None = None
    longest_s: float | None = None

    @property
    def options(self) -> CheckOptions:
        from posture.survey.records import options_from_json

        return options_from_json(self.options_json)


@dataclass(frozen=True)
class Analysed:
    """What came of it: the result as the store keeps it, the hash of the norms it was judged by, where its landmarks
    are, what it cost and where."""

    result_json: str
    norms_sha256: str
    landmarks: str
    wall_s: float
    machine: str


@dataclass(frozen=True)
class Long:
    """The recording was not analysed because it is long: these are its slices."""

    slices: tuple[Slice, ...]


def analyse(tell: Tell, task: Task) -> Analysed | Long:
    """Observe and judge one recording, taking over what slices found.

    Raises
    ------
    UnusableInputError
        The file cannot be used or has other content than when it was added.
    ModelError, ReferenceFileError, OutputError
        Whatever no other recording would change.
    """
    from posture.check import check
    from posture.looks import Looks
    from posture.observe import landmark_path
    from posture.slices import remove_slices, slices_of
    from posture.survey.analyses import norms_sha256
    from posture.survey.records import result_to_json
    from posture.video import probe, sha256_of

    begun_s, path, options = time.perf_counter(), Path(task.path), task.options
    seen = options.observe
    if sha256_of(path) != task.sha256:
        raise UnusableInputError("survey.failed.changed", path=task.path)
    landmarks = landmark_path(task.sha256, seen, task.folder)
    if task.longest_s and not landmarks.exists():
        duration_s = probe(path).duration_s or 0.0
        if duration_s > task.longest_s:
            return Long(tuple(slices_of(duration_s, task.longest_s, seen.fps, landmarks)))
    if task.folder is not None:  # only whoever has claimed the recording writes there: this was left by a killed worker
        for unfinished in landmarks.parent.glob(f".{landmarks.name}.*.part"):
            unfinished.unlink(missing_ok=True)
    told = _Seldom(tell)
    looks = Looks.of_files(landmarks)
    with _disk_told(landmarks):
        checked = check(
            path, options, task.models_dir, lambda at_s, of_s: told(at_s / of_s if of_s else 0.0),
            landmarks=landmarks, threads=task.threads, known=looks,
        )  # fmt: skip
    remove_slices(landmarks)
    wall_s = time.perf_counter() - begun_s
    norms = norms_sha256(checked.library, checked.result.flow)
    return Analysed(result_to_json(checked.result), norms, str(landmarks), wall_s, platform.node())


def look(tell: Tell, task: Task, part: Slice) -> None:
    """Look at one slice of a recording; errors as `analyse`."""
    from posture.looks import look_at

    told = _Seldom(tell)
    length_s = part.length_s
    with _disk_told(part.path):
        part.path.parent.mkdir(parents=True, exist_ok=True)
        look_at(
            Path(task.path), part, task.options.observe, task.threads, task.models_dir, lambda at: told(at / length_s)
        )


@contextmanager
def _disk_told(path: Path) -> Iterator[None]:
    """A full or write-protected disk is nobody's recording's fault."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_OTHER_HELPS:
            raise
        raise OutputError("files.errors.not_writable", path=path, detail=why(error)) from error


class _Seldom:
    """Tells no more often than anybody looks."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._last_s = tell, 0.0

    def __call__(self, share: float) -> None:
        if time.monotonic() - self._last_s >= _TELL_EVERY_S:
            self._last_s = time.monotonic()
            self._tell(min(max(share, 0.0), 1.0))
