"""A survey is a folder: `survey.toml` says what it is called, where its store is and how its recordings are judged.

By default the store is the SQLite file beside it. What is made from the recordings (landmark files) lies in the folder
too, so that it can be shared with other machines, and deleted, as one thing. No password is ever written into it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from posture.errors import StoreError, UnusableInputError
from posture.files import atomic_path
from posture.flow.files import DEFAULT_FLOW, load_flow
from posture.library import AUTO, DEFAULT_PROFILE, load_library
from posture.own_files import whole_path
from posture.reasons import why
from posture.references import Variant
from posture.roles import Region, region_of
from posture.survey.manifest import EXAMPLE_PATTERN
from posture.survey.store import Store, open_store
from posture.text import Phrase

if TYPE_CHECKING:  # brings the whole chain along
    from posture.check import CheckOptions

FILE = "survey.toml"
STORE_FILE = "survey.sqlite"
LANDMARKS = "landmarks"
PASSWORD_VARIABLE = "POSTURE_STORE_PASSWORD"
"""The password of the store's database, where its address has none. PostgreSQL's own ways (PGPASSWORD, ~/.pgpass)
work, too."""


class Settings(BaseModel):
    """How the recordings of a survey are looked at and judged: `check.CheckOptions` as a file has them."""

    model_config = ConfigDict(extra="forbid")
    pose: str = AUTO
    profile: str = DEFAULT_PROFILE
    variant: Variant = "any"
    fps: float = Field(default=10.0, ge=0.5, le=60.0)
    people: int = Field(default=8, ge=1, le=20)
    camera_roll_deg: float | None = Field(default=None, ge=-90.0, le=90.0)
    clerk_region: Region | None = None
    score_everyone: bool = False
    flow: str = DEFAULT_FLOW


class _File(BaseModel):
    """`survey.toml`."""

    model_config = ConfigDict(extra="forbid")
    name: str
    store: str = STORE_FILE
    pattern: str = EXAMPLE_PATTERN
    check: Settings = Settings()


@dataclass(frozen=True)
class Survey:
    """One survey. `address` is its store's: a file's path or an SQLAlchemy address without a password; `pattern` says
    what the names of its recordings' folders mean (`manifest.entries_of_folder`)."""

    folder: Path
    name: str
    address: str
    pattern: str
    settings: Settings

    @property
    def landmarks(self) -> Path:
        """The folder of its landmark files; it need not be there yet."""
        return self.folder / LANDMARKS

    @property
    def options(self) -> CheckOptions:
        """What its recordings are judged by."""
        from posture.check import CheckOptions
        from posture.observe import ObserveSettings

        s = self.settings
        seen = ObserveSettings(fps=s.fps, max_people=s.people)
        return CheckOptions(
            s.pose, s.profile, s.variant, s.camera_roll_deg, seen, s.clerk_region, s.score_everyone, flow=s.flow
        )

    def open_store(self) -> Store:
        """Its store, with the password of `PASSWORD_VARIABLE` where one is needed. StoreError as `store.open_store`."""
        return open_store(_with_password(self.address))


@contextmanager
def opened_survey(folder: Path) -> Iterator[tuple[Survey, Store]]:
    """The survey in a folder and its open store.

    Raises
    ------
    UnusableInputError
        The folder is no survey, or its file has a mistake.
    StoreError
        As `store.open_store`.
    """
    survey = read_survey(folder)
    with survey.open_store() as store:
        yield survey, store


def survey_at(where: str | None) -> Survey | None:
    """The survey, where `where` names the folder of one and not a store."""
    if where is None or "://" in where:
        return None
    folder = Path(where).expanduser()
    return read_survey(folder) if is_survey(folder) else None


def open_store_or_survey(where: str | None) -> Store:
    """The store at an address, or that of the survey in a folder; errors of both."""
    survey = survey_at(where)
    return survey.open_store() if survey else open_store(where)


def landmark_file(store: Store, kept: str) -> Path:
    """Where a landmark file is now that was kept under this path: where a survey's folder was moved, in its folder
    beside the SQLite store."""
    path = Path(kept)
    beside = Path(store.where).parent / LANDMARKS / PurePath(kept.replace("\\", "/")).name
    return beside if not path.exists() and beside.exists() else path


def is_survey(folder: Path) -> bool:
    return (folder / FILE).is_file()


def read_survey(folder: Path) -> Survey:
    """The survey in a folder; UnusableInputError as `opened_survey`."""
    folder = folder.expanduser().resolve()
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UnusableInputError("survey.folder.none", folder=folder) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInputError("survey.folder.unreadable", path=folder / FILE, detail=why(error)) from error
    try:
        read = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UnusableInputError("survey.folder.mistake", path=folder / FILE, detail=why(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        detail = Phrase.of("reasons.field", field=field, detail=first["msg"])
        raise UnusableInputError("survey.folder.mistake", path=folder / FILE, detail=detail) from error
    if read.check.clerk_region is not None:
        region = region_of(read.check.clerk_region, _region_text(read.check.clerk_region))
        read = read.model_copy(update={"check": read.check.model_copy(update={"clerk_region": region})})
    address = read.store if "://" in read.store else str(folder / PurePath(read.store))
    return Survey(folder, read.name, address, read.pattern, read.check)


def _region_text(region: Region) -> str:
    return ",".join(f"{value:g}" for corner in region for value in corner)


def make_survey(
    folder: Path, name: str = "", store: str | None = None, pattern: str = EXAMPLE_PATTERN,
    settings: Settings | None = None,
) -> Survey:  # fmt: skip
    """Make a folder a survey and its store; the folder is made where it is not there.

    store : a file's path, by default `STORE_FILE` in the folder, or an SQLAlchemy address. A password in it is used
    now and not written down.

    Raises
    ------
    UnusableInputError
        It is a survey already, or cannot be made.
    ReferenceFileError
        Profile, pose or service flow are not known.
    StoreError
        As `store.open_store`.
    """
    folder, settings = folder.expanduser().resolve(), settings or Settings()
    if is_survey(folder):
        raise UnusableInputError("survey.folder.there", folder=folder)
    files = {"profile": whole_path(settings.profile), "flow": whole_path(settings.flow)}
    settings = settings.model_copy(update=files)
    load_library(settings.profile, variant=settings.variant).require_pose(settings.pose)
    load_flow(settings.flow)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableInputError("survey.folder.not_made", folder=folder, detail=why(error)) from error
    written, opened = _addresses(store, folder)
    open_store(opened).close()
    content: dict[str, Any] = {"name": name.strip() or folder.name, "store": written, "pattern": pattern}
    content["check"] = settings.model_dump(mode="json", exclude_none=True)
    with atomic_path(folder / FILE) as partial:
        partial.write_text(tomli_w.dumps(content), encoding="utf-8")
    return read_survey(folder)


def _addresses(store: str | None, folder: Path) -> tuple[str, str]:
    """What is written down, without a password, and what is opened."""
    if store is None:
        return STORE_FILE, str(folder / STORE_FILE)
    if "://" not in store:
        whole = str(Path(store).expanduser().resolve())
        return whole, whole
    try:
        url = make_url(store)
    except (ArgumentError, ValueError):
        return store, store  # opening it says what is wrong
    kept = url._replace(password=None).difference_update_query(["password"])  # `set` takes None for "as it is"
    given = bool(url.password) or "password" in url.query
    return kept.render_as_string(hide_password=False), store if given else _with_password(store)


def _with_password(address: str) -> str:
    password = os.environ.get(PASSWORD_VARIABLE)
    if not password or "://" not in address:
        return address
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise StoreError("survey.errors.bad_url", example="postgresql://user@server/posture") from error
    if url.password or not url.username:
        return address
    return url.set(password=password).render_as_string(hide_password=False)
