"""Opening the store: SQLite in the user's data folder, or any database that SQLAlchemy knows.

There are no globals: `open_store` gives a `Store`, and every query takes it. Several processes may use one store.
SQLite runs with its write-ahead log (readers never wait) and waits for other writers instead of failing; writing takes
the lock when it begins, since a transaction that reads first and writes later cannot wait.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Delete, Engine, Update, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from posture.errors import StoreError
from posture.files import data_dir
from posture.reasons import technical, why
from posture.survey.schema import bring_up_to_date
from posture.survey.tables import APPEND_ONLY
from posture.text import Phrase

STORE_VARIABLE = "POSTURE_STORE"
BUSY_S = 20.0
"""How long a writer waits for other writers of the same SQLite file."""
CONNECT_S = 10
"""How long a database server has to answer."""
_WRITES = "posture_writes"


class Store:
    """An open store. Use it in a `with`, or `close` it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def where(self) -> str:
        """The file of a SQLite store, else the address without the password."""
        return _shown(self.engine.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the store; StoreError when the database gives up."""
        with _told(self.engine.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose changes are kept together when the block ends well; StoreError as in `read`."""
        with _told(self.engine.url), self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def default_location() -> str:
    """What POSTURE_STORE names, else a file in the user's data folder."""
    return os.environ.get(STORE_VARIABLE) or str(data_dir() / "posture.sqlite")


def open_store(where: str | Path | None = None) -> Store:
    """The store at `where` (a file, or an SQLAlchemy address such as `postgresql://user@server/posture`), made or
    brought up to date where needed; by default `default_location()`.

    Raises
    ------
    StoreError
        The address is wrong, its driver is missing, the database cannot be reached, read or written, belongs to
        another program, or was written by a newer version.
    """
    url = _url(where)
    engine = _engine(url)
    store = Store(engine)
    try:
        bring_up_to_date(store.read, store.write, store.where)
    except BaseException:
        store.close()
        raise
    return store


def _url(where: str | Path | None) -> URL:
    given = str(where) if where is not None else default_location()
    if "://" not in given:
        path = Path(given).expanduser()
        if where is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise StoreError("survey.errors.bad_url", example="postgresql://user@server/posture") from error
    # psycopg 3 is the driver this project names; SQLAlchemy 2.0 would take another one.
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _shown(url: URL) -> str:
    if url.get_backend_name() == "sqlite" and url.database:
        return url.database
    return url.render_as_string(hide_password=True)


def _engine(url: URL) -> Engine:
    sqlite = url.drivername.startswith("sqlite")
    arguments: dict[str, Any] = {"timeout": BUSY_S} if sqlite else {}
    if url.drivername == "postgresql+psycopg" and "connect_timeout" not in url.query:
        arguments["connect_timeout"] = CONNECT_S
    try:
        engine = create_engine(url, connect_args=arguments, pool_pre_ping=not sqlite)
    except NoSuchModuleError as error:
        raise StoreError("survey.errors.unknown_database", kind=url.drivername) from error
    except ImportError as error:
        extra = "'posture[postgresql]'" if url.drivername.startswith("postgresql") else error.name or url.drivername
        raise StoreError("survey.errors.missing_driver", kind=url.drivername, package=extra) from error
    if sqlite:
        _check_file(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_execute", _refuse_changes)
    return engine


def _check_file(url: URL) -> None:
    """Say plainly what SQLite would call `unable to open database file`."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return
    path = Path(url.database)
    try:
        if path.is_dir():
            raise StoreError("survey.errors.is_folder", path=path)
        if not path.parent.is_dir():
            raise StoreError("survey.errors.no_folder", path=path, folder=path.parent)
        if path.exists():
            with path.open("rb+") as file:
                start = file.read(16)
            if start and start != b"SQLite format 3\x00":
                raise StoreError("survey.errors.not_a_database", where=path)
    except OSError as error:
        raise StoreError("survey.errors.no_permission", where=path, detail=why(error)) from error


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # sqlite3 would begin transactions by itself, and late
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Waits for others who do the same with a new file: unlike everywhere else SQLite does not wait here by itself."""
    until_s = time.monotonic() + BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= until_s:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refuse_changes(connection: Connection, statement: object, *rest: object) -> None:
    """Databases without the triggers of the revisions, too, keep what people judged."""
    if isinstance(statement, Update | Delete) and statement.table in APPEND_ONLY:
        raise StoreError("survey.errors.append_only")


_REFUSED = {
    "unable to open": "",
    "readonly": "read_only",
    "read-only": "read_only",
    "permission denied": "no_permission",
}  # fmt: skip
"""What databases say when they may not be opened or written, and the reason where that tells it."""


@contextmanager
def _told(url: URL) -> Iterator[None]:
    """Turns what a database says into a sentence; mistakes of this program stay what they are."""
    try:
        yield
    except DatabaseError as error:
        said = str(error.orig or error).strip()
        lower = said.lower()
        if any(sign in lower for sign in ("append-only",)):
            raise StoreError("survey.errors.append_only") from error
        if any(sign in lower for sign in ("not a database", "malformed", "encrypted")):
            raise StoreError("survey.errors.not_a_database", where=_shown(url)) from error
        if any(sign in lower for sign in _REFUSED):
            reason = next(
                (Phrase.of(f"reasons.{key}") for sign, key in _REFUSED.items() if sign in lower and key), None
            )
            detail = reason or technical(said.splitlines()[0])
            raise StoreError("survey.errors.no_permission", where=_shown(url), detail=detail) from error
        if "locked" in lower and url.get_backend_name() == "sqlite":
            raise StoreError("survey.errors.busy", where=_shown(url)) from error
        if isinstance(error, OperationalError):
            raise StoreError(
                "survey.errors.unreachable", where=_shown(url), detail=technical(said.splitlines()[0])
            ) from error
        raise
