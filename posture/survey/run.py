"""Analysing the waiting recordings of a store, one after the other: whatever is wrong with one stays with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from posture.check import CheckOptions, check
from posture.errors import ModelError, ReferenceFileError, UnusableInputError
from posture.observe import landmark_path
from posture.survey.analyses import save_analysis
from posture.survey.queries import waiting_bytes
from posture.survey.recordings import claim_next, fail, wait_again
from posture.survey.records import Recording
from posture.survey.store import Store
from posture.video import sha256_of

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunProgress:
    """How far a run is: of the bytes that waited when it began, those of finished recordings and the share of the
    present one. `done` and `failed` are recordings of this run."""

    name: str
    done: int
    failed: int
    bytes_done: float
    bytes_total: float


@dataclass(frozen=True)
class Ran:
    done: int
    failed: int


def run_waiting(
    store: Store,
    options: CheckOptions,
    progress: Callable[[RunProgress], None] | None = None,
    models_dir: Path | None = None,
) -> Ran:
    """Analyse until none waits. A recording that cannot be analysed is failed with its reason and the rest goes on.

    What `progress` raises ends the run: the recording it was at waits again, so that the next run continues there.
    Several processes may run on one store.

    Raises
    ------
    ModelError, ReferenceFileError
        The models or the norms cannot be used, which no other recording would change; the recording waits again.
    StoreError
        The store cannot be written.
    """
    told = _Told(progress, waiting_bytes(store))
    while (recording := claim_next(store)) is not None:
        try:
            _analyse(store, recording, options, told, models_dir)
        except (ModelError, ReferenceFileError):
            wait_again(store, recording.id)
            raise
        except _Ended as end:
            wait_again(store, recording.id)
            raise end.why from None
        except Exception as error:
            _LOG.warning("recording %d failed", recording.id, exc_info=error)
            fail(store, recording.id, error)
            told.finished(recording, failed=True)
        except BaseException:
            wait_again(store, recording.id)
            raise
        else:
            told.finished(recording, failed=False)
    return Ran(told.done, told.failed)


class _Ended(Exception):
    """What `progress` raised, kept apart from what is wrong with a recording."""

    def __init__(self, why: BaseException) -> None:
        super().__init__(str(why))
        self.why = why


class _Told:
    """Adds up what is done and tells it."""

    def __init__(self, progress: Callable[[RunProgress], None] | None, bytes_total: int) -> None:
        self._progress, self._total = progress, float(bytes_total)
        self._bytes = 0.0
        self.done = self.failed = 0

    def at(self, recording: Recording, share: float) -> None:
        if self._progress is None:
            return
        done = self._bytes + min(max(share, 0.0), 1.0) * recording.size_bytes
        name = Path(recording.path).name
        try:
            self._progress(RunProgress(name, self.done, self.failed, done, max(self._total, done)))
        except BaseException as why:
            raise _Ended(why) from None

    def finished(self, recording: Recording, failed: bool) -> None:
        self._bytes += recording.size_bytes
        self.failed += failed
        self.done += not failed


def _analyse(
    store: Store, recording: Recording, options: CheckOptions, told: _Told, models_dir: Path | None
) -> None:  # fmt: skip
    told.at(recording, 0.0)

    def seen(done_s: float, total_s: float) -> None:
        told.at(recording, done_s / total_s if total_s else 0.0)

    path = Path(recording.path)
    if sha256_of(path) != recording.sha256:
        raise UnusableInputError("survey.failed.changed", path=recording.path)
    checked = check(path, options, models_dir, seen)
    save_analysis(store, recording.id, checked, options, landmark_path(recording.sha256, options.observe))
