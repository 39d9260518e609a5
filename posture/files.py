"""Where files go: the user's cache, and writing so that nothing half-written is ever left behind."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from posture.errors import OutputError
from posture.reasons import why

CACHE_VARIABLE = "POSTURE_CACHE_DIR"
DATA_VARIABLE = "POSTURE_DATA_DIR"


def cache_dir() -> Path:
    """The user's cache folder of this program; the environment variable POSTURE_CACHE_DIR goes first."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("posture", appauthor=False))


def data_dir() -> Path:
    """The user's folder for what is not to be thrown away: own reference poses, the store, kept analyses.

    The environment variable POSTURE_DATA_DIR goes first.
    """
    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("posture", appauthor=False)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it becomes `path` when the block ends well and vanishes when it does not.

    Raises
    ------
    OutputError
        The folder does not exist or cannot be written to, or `path` is a folder.
    """
    _require_place(path)
    # The last suffix stays: some writers choose their format by it.
    partial = path.with_name(f".{path.stem[:40]}.{os.getpid()}-{secrets.token_hex(3)}.part{path.suffix[-20:]}")
    try:
        try:
            partial.touch(exist_ok=False)
        except OSError as error:
            raise OutputError("files.errors.not_writable", path=path, detail=why(error)) from error
        yield partial
        try:
            os.replace(partial, path)
        except OSError as error:
            raise OutputError("files.errors.not_writable", path=path, detail=why(error)) from error
    finally:
        partial.unlink(missing_ok=True)


def make_folder_of(path: Path) -> None:
    """Make the folder that `path` goes to where it is missing; OutputError when it cannot be made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("files.errors.not_writable", path=path, detail=why(error)) from error


def _require_place(path: Path) -> None:
    if os.path.isdir(path):
        raise OutputError("files.errors.is_folder", path=path)
    if not os.path.isdir(path.parent):
        raise OutputError("files.errors.no_folder", path=path, folder=path.parent)
    try:
        path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:  # a name that is too long
        raise OutputError("files.errors.not_writable", path=path, detail=why(error)) from error


class _Probe(Exception):
    pass


def probe_writable(path: Path) -> None:
    """Complain where `path` could not be written; what is there stays as it is. Raises OutputError as `atomic_path`."""
    try:
        with atomic_path(path):
            raise _Probe
    except _Probe:
        return
