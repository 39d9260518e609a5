"""Bringing a store to the form this version knows, with Alembic's revisions in `migrations/`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from posture.errors import StoreError

VERSION_TABLE = "posture_version"
_LOCK = 7_616_783
"""Any number, the same in every process: PostgreSQL's lock while revisions run."""

Opened = Callable[[], AbstractContextManager[Connection]]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "posture.survey:migrations")
    config.set_main_option("path_separator", "os")
    return config


def current_revision(connection: Connection, where: str) -> str | None:
    """The revision of the store, None for an empty database.

    Raises
    ------
    StoreError
        The database holds tables, but not ours.
    """
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if tables:
        raise StoreError("survey.errors.not_a_store", where=where)
    return None


def bring_up_to_date(read: Opened, write: Opened, where: str) -> None:
    """Create the tables or run the revisions that are missing. Other processes that open the store wait.

    Raises
    ------
    StoreError
        A newer version has written the store, or another program the database.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with read() as connection:
        if current_revision(connection, where) == scripts.get_current_head():
            return
    with write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        current = current_revision(connection, where)
        if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
            raise StoreError("survey.errors.newer", where=where, found=current, known=scripts.get_current_head())
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
