"""Recordings that lie on the server already: too large to upload."""

from __future__ import annotations

import os
from pathlib import Path

from posture.errors import UnusableInputError

RECORDINGS_VARIABLE = "POSTURE_RECORDINGS_DIR"
MEDIA = ("mp4", "mov", "mkv", "webm", "avi", "gif", "jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff")
MOST_FILES = 2000


def recordings_folder() -> Path | None:
    """The folder that the administrator named, None without one."""
    given = os.environ.get(RECORDINGS_VARIABLE, "").strip()
    return Path(given).expanduser().resolve() if given else None


def server_recordings(folder: Path) -> list[Path]:
    """Recordings and photos in the folder and below, newest first, at most `MOST_FILES`. Links that lead out of the
    folder are left out.

    Raises
    ------
    UnusableInputError
        The folder cannot be read.
    """
    try:
        list(os.scandir(folder))
    except OSError as error:
        raise UnusableInputError("review.errors.recordings_folder", folder=folder) from error
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where) / name
            if path.suffix.lower().lstrip(".") in MEDIA and path.is_file() and path.resolve().is_relative_to(folder):
                found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)[:MOST_FILES]]
