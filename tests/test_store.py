"""Opening a store: made, brought up to date, refused with a sentence; several processes at once."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import sys
import types
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, text, update

from posture.errors import StoreError
from posture.survey import store as store_module
from posture.survey.leases import claim_next
from posture.survey.recordings import add_recording, get_recording
from posture.survey.records import State
from posture.survey.schema import VERSION_TABLE
from posture.survey.store import default_location, open_store
from posture.survey.tables import APPEND_ONLY, META
from posture.text import say
from tests.survey_data import new


def refused(where, key):
    with pytest.raises(StoreError) as caught:
        open_store(where)
    assert caught.value.key == f"survey.errors.{key}"
    assert caught.value.in_language("zh") != caught.value.in_language("en")
    return caught.value


def test_revisions_make_exactly_the_tables_of_the_code(store):
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, META) == []


def test_opening_again_keeps_what_is_there(store, store_address):
    added = add_recording(store, new()).recording
    with open_store(store_address) as again:
        assert get_recording(again, added.id) == added


def test_a_newer_store_is_refused_and_left_alone(store, store_address):
    with store.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    assert "9999" in str(refused(store_address, "newer"))
    with store.read() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == "9999"


def test_another_program_s_database_is_refused(store_address):
    with open_store(store_address) as store, store.write() as connection:
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
    refused(store_address, "not_a_store")


def test_the_place_of_the_store(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("POSTURE_STORE", raising=False)
    with open_store() as store:
        assert store.where == default_location() and store.where.startswith(str(tmp_path))
        assert Path(store.where).is_file()
    monkeypatch.setenv("POSTURE_STORE", str(tmp_path / "b.sqlite"))
    with open_store() as store:
        assert store.where == str(tmp_path / "b.sqlite")
    with open_store(tmp_path / "c.sqlite") as store:
        assert store.where == str(tmp_path / "c.sqlite")


def test_wrong_addresses(tmp_path):
    refused("postgresql://host:port/x", "bad_url")
    refused("nosuch://x/y", "unknown_database")
    refused(tmp_path, "is_folder")
    refused(tmp_path / "none" / "a.sqlite", "no_folder")


def test_a_missing_driver_is_named():
    assert "pip install oracledb" in str(refused("oracle+oracledb://x/y", "missing_driver"))


def test_a_server_that_does_not_answer():
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed (extra `postgresql`)")
    error = refused("postgresql://someone:secret@127.0.0.1:1/x", "unreachable")
    assert "secret" not in str(error) and "127.0.0.1" in str(error)


@pytest.mark.parametrize("content", [b"not a database at all, but a text", b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_file_that_is_no_database(tmp_path, content):
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    refused(path, "not_a_database")
    assert path.read_bytes() == content


def test_sqlite_tables_of_another_program_stay(tmp_path):
    path = tmp_path / "a.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (x)")
    refused(path, "not_a_store")
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["mine"]


def test_no_permission(tmp_path):
    path = tmp_path / "a.sqlite"
    open_store(path).close()
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    root = os.geteuid() == 0
    if root:
        os.chown(path, 65534, 65534)
        os.chown(tmp_path, 65534, 65534)
        for folder in tmp_path.parents:
            if folder.stat().st_uid == 0 and folder.name.startswith("pytest-"):
                folder.chmod(0o755)
        os.seteuid(65534)
    try:
        refused(path, "no_permission")
    finally:
        if root:
            os.seteuid(0)
        tmp_path.chmod(0o700)


def test_a_store_that_stays_busy_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("posture.survey.store.BUSY_S", 0.05)
    path = tmp_path / "a.sqlite"
    with open_store(path) as one, open_store(path) as two, one.write(), pytest.raises(StoreError) as caught:
        add_recording(two, new())
    assert caught.value.key == "survey.errors.busy"


def test_readers_do_not_wait_for_a_writer(store, store_address):
    added = add_recording(store, new()).recording
    with open_store(store_address) as other, store.write() as connection:
        connection.execute(update(META.tables["recording"]).values(path="/elsewhere"))
        assert get_recording(other, added.id).path == added.path


@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda t: t.name)
def test_what_people_judged_cannot_be_changed_or_deleted(store, table):
    column = table.columns[0]
    for statement in (update(table).values({column: 1}), delete(table)):
        with pytest.raises(StoreError) as caught, store.write() as connection:
            connection.execute(statement)
        assert caught.value.key == "survey.errors.append_only"


@pytest.mark.parametrize("deed", ["UPDATE decision SET who = 'x'", "DELETE FROM decision"])
def test_nor_by_another_program(store, deed):
    from posture.survey.decisions import add_finding
    from tests.survey_data import CRITERIA, analysed, person

    recording, _ = analysed(store, person())
    add_finding(store, recording, 1, CRITERIA["shoulders_level"], 1, 2, "李老师", "左肩高")
    with pytest.raises(StoreError) as caught, store.write() as connection:
        connection.exec_driver_sql(deed)
    assert caught.value.key == "survey.errors.append_only"


def _work(address: str, number: int, queue: multiprocessing.Queue) -> None:
    with open_store(address) as store:
        for i in range(10):
            add_recording(store, new(f"{number}-{i}"))
            add_recording(store, new(f"shared-{i}"))
        mine = []
        while (one := claim_next(store)) is not None:
            mine.append(one.id)
        queue.put(mine)


def test_processes_that_open_add_and_claim_at_once(store_address, monkeypatch):
    """The store is made by whoever comes first; nothing is lost, added twice or given to two."""
    # After a test of Streamlit's pages `__main__` is the dashboard's script, which a new process would run.
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.Queue()
    workers = [spawn.Process(target=_work, args=(store_address, n, queue)) for n in range(3)]
    for worker in workers:
        worker.start()
    claimed = [i for _ in workers for i in queue.get(timeout=100)]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(claimed) == len(set(claimed)) == 40
    with open_store(store_address) as store:
        assert {get_recording(store, i).state for i in claimed} == {State.RUNNING}


class Locked:
    """A cursor of a file that others are making: locked so many times, then free."""

    def __init__(self, times):
        self.times, self.said = times, []

    def execute(self, statement):
        if self.times:
            self.times -= 1
            raise sqlite3.OperationalError("database is locked")
        self.said.append(statement)


def test_a_new_file_that_others_make_at_the_same_time_is_waited_for(monkeypatch):
    cursor = Locked(3)
    store_module._write_ahead(cursor)
    assert cursor.said == ["PRAGMA journal_mode=WAL"]
    monkeypatch.setattr(store_module, "BUSY_S", 0.0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        store_module._write_ahead(Locked(10**6))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_for_every_state_and_role(language):
    from posture.findings import Role
    from posture.survey.agreement import NoKappa
    from posture.survey.records import DecisionKind, Origin

    for kind, section in ((State, "state"), (Role, "role"), (DecisionKind, "decision"), (Origin, "origin")):
        for one in kind:
            assert say(f"survey.{section}.{one}", language)
    for reason in NoKappa:
        assert say(f"survey.agreement.{reason}", language)
