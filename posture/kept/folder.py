"""One kept analysis: a folder with its own store, courses, landmarks, recording and annotated video.

Not the survey's store, in which the same recording is one recording for everybody: here two people who look at the
same clip share nothing, and deleting an analysis deletes all of it, what people decided included.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from posture.errors import OutputError
from posture.files import atomic_path, data_dir
from posture.reasons import why

_ID = re.compile(r"[\w-]{20,64}")
_ABOUT = "about.json"
VIDEO = "annotated.mp4"
KEEP_VARIABLE = "POSTURE_KEEP_DAYS"
KEEP_DAYS = 14.0
"""How long a kept analysis stays after it was last opened, unless POSTURE_KEEP_DAYS says otherwise (own choice)."""


@dataclass(frozen=True)
class About:
    """What has to be known before anything else is read. `own_copy`: the recording is an upload, kept in the folder."""

    source: str
    recording: str
    own_copy: bool
    recording_id: int = 0
    analysis_id: int = 0


def new_id() -> str:
    return secrets.token_urlsafe(24)


def is_id(text: str) -> bool:
    """Whether this may be an id: such texts are safe as names of folders."""
    return bool(_ID.fullmatch(text))


@dataclass(frozen=True)
class Folder:
    """The places of one analysis."""

    id: str

    def __post_init__(self) -> None:
        if not is_id(self.id):
            raise ValueError("expected an id of a kept analysis")

    @property
    def path(self) -> Path:
        return kept_dir() / self.id

    @property
    def store(self) -> Path:
        return self.path / "store.sqlite"

    @property
    def courses(self) -> Path:
        return self.path / "courses.npz"

    @property
    def landmarks(self) -> Path:
        return self.path / "landmarks.parquet"

    @property
    def video(self) -> Path:
        return self.path / VIDEO

    def make(self) -> Folder:
        """Create it, for this user only.

        Raises
        ------
        OutputError
            That cannot be done.
        """
        make_private(self.path)
        return self

    def write_about(self, about: About) -> None:
        """From now on the analysis counts as finished."""
        with atomic_path(self.path / _ABOUT) as partial:
            partial.write_text(json.dumps(asdict(about), ensure_ascii=False), encoding="utf-8")

    def about(self) -> About | None:
        """None when there is no finished analysis here."""
        try:
            return About(**json.loads((self.path / _ABOUT).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def touch(self) -> None:
        """It was opened: its time begins anew."""
        os.utime(self.path / _ABOUT)

    def delete(self) -> None:
        """Everything, at once."""
        shutil.rmtree(self.path, ignore_errors=True)


def make_private(path: Path) -> None:
    """Create a folder for this user only; OutputError when that cannot be done."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutputError("review.errors.folder", folder=path, detail=why(error)) from error


def kept_dir() -> Path:
    return data_dir() / "reviews"


def survey_pictures_dir() -> Path:
    """Videos, clips and pictures drawn on demand for recordings of a survey, each analysis in a folder of its own."""
    return data_dir() / "survey_pictures"


def keep_days() -> float:
    """POSTURE_KEEP_DAYS where that is a number, else the default."""
    try:
        return max(float(os.environ.get(KEEP_VARIABLE, "")), 0.0)
    except ValueError:
        return KEEP_DAYS


def delete_old(now_s: float | None = None) -> int:
    """Delete analyses that nobody opened for `keep_days`, what was drawn for a survey and not looked at for as long,
    and what was left unfinished for a day; how many."""
    now_s = time.time() if now_s is None else now_s
    old = [f for f, used_s, done in _all() if now_s - used_s > (keep_days() if done else 1.0) * 86_400]
    for folder in old:
        folder.delete()
    drawn = [path for path, used_s in _drawn() if now_s - used_s > keep_days() * 86_400]
    for path in drawn:
        shutil.rmtree(path, ignore_errors=True)
    return len(old) + len(drawn)


def _drawn() -> Iterator[tuple[Path, float]]:
    """Every folder of `survey_pictures_dir`, and when it was last looked at."""
    for path in survey_pictures_dir().iterdir() if survey_pictures_dir().is_dir() else ():
        try:
            yield path, path.stat().st_mtime
        except OSError:  # deleted meanwhile
            continue


def _all() -> Iterator[tuple[Folder, float, bool]]:
    """Every folder, when it was last used, and whether its analysis was finished."""
    for path in kept_dir().iterdir() if kept_dir().is_dir() else ():
        if not is_id(path.name):
            continue
        about = path / _ABOUT
        try:
            yield Folder(path.name), (about if about.exists() else path).stat().st_mtime, about.exists()
        except OSError:  # deleted meanwhile
            continue
