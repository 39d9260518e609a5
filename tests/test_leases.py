"""Who analyses what: claimed, renewed, given back when the owner is gone, and never saved twice."""

import os
import subprocess
import sys

import pytest
from alembic import command
from sqlalchemy import inspect

from posture.check import CheckOptions
from posture.errors import StoreError
from posture.survey import leases
from posture.survey.analyses import analyses_of, norms_sha256, save_result
from posture.survey.leases import LEASE_S, Watch, claim_next, new_owner, release, release_all, renew
from posture.survey.recordings import LostLease, add_recordings, fail, get_recording
from posture.survey.records import Failure, State
from posture.survey.schema import _config
from posture.survey.store import Store, _engine, _url, open_store
from tests.survey_data import LIBRARY, checked, deviation, new, person


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def two(store):
    return [a.recording.id for a in add_recordings(store, [new("a"), new("b")])]


def state(store, one):
    return get_recording(store, one).state


def test_whoever_renews_keeps_what_they_claimed_and_whoever_does_not_loses_it(store, two):
    dead, alive = "far-away 1 a", "far-away 2 b"
    claim_next(store, dead), claim_next(store, alive)
    clock = Clock()
    watch = Watch(store, new_owner(), clock)
    assert watch.look() == (0, 2), "nothing is known yet of either"
    clock.now_s = LEASE_S / 2
    assert renew(store, alive) == 1 and watch.look() == (0, 1)
    clock.now_s = LEASE_S + 1
    renew(store, alive)
    assert watch.look() == (1, 0)
    assert [state(store, one) for one in two] == [State.WAITING, State.RUNNING]
    clock.now_s = 3 * LEASE_S
    renew(store, alive)
    assert watch.look() == (0, 0) and state(store, two[1]) is State.RUNNING


def test_a_process_of_this_machine_that_is_gone_is_known_at_once(store, two):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    machine, pid, _ = new_owner().split()
    assert int(pid) == os.getpid()
    claim_next(store, f"{machine} {gone.stdout.strip()} x")
    claim_next(store, f"{machine} {os.getpid()} y")
    assert Watch(store, new_owner(), Clock()).look() == (1, 1)
    assert [state(store, one) for one in two] == [State.WAITING, State.RUNNING]


def test_what_brought_its_run_down_comes_after_what_was_never_tried(store, two):
    claim_next(store, "far-away 1 a")
    assert release_all(store) == 1
    assert claim_next(store, "b").id == two[1] and claim_next(store, "b").id == two[0]
    assert release(store, "b") == 2 and release(store, "b") == 0


def test_only_the_owner_saves(store, two):
    claim_next(store, "first 1 a")
    result, norms = checked(person(1, deviation())).result, norms_sha256(LIBRARY)
    release_all(store)
    claim_next(store, "second 1 b"), claim_next(store, "second 1 b")
    for late in (
        lambda: save_result(store, two[0], result, norms, CheckOptions(), None, "first 1 a"),
        lambda: fail(store, two[0], Failure.of(ValueError("x")), "first 1 a"),
    ):
        with pytest.raises(LostLease):
            late()
    assert analyses_of(store, two[0]) == [] and state(store, two[0]) is State.RUNNING
    save_result(store, two[0], result, norms, CheckOptions(), None, "second 1 b")
    assert len(analyses_of(store, two[0])) == 1 and state(store, two[0]) is State.DONE
    with pytest.raises(LostLease):
        save_result(store, two[0], result, norms, CheckOptions(), None, "second 1 b")


FIRST_FORM = (
    'INSERT INTO recording (id, path, sha256, size_bytes, unit, outlet, "window", round, state, added_at) '
    "VALUES (1, '/a.mp4', 'ab', 1, '', '', '', '', 'running', '2026-01-01 00:00:00')",
    "INSERT INTO finding_key VALUES (1, 1, 'human', 1, 'shoulders_level')",
    "INSERT INTO decision (id, recording_id, key, who, made_at, kind, text) "
    "VALUES (1, 1, 1, '李老师', '2026-01-01 00:00:00', 'comment', '再看看')",
)


def test_a_store_of_the_first_form_is_brought_up_to_date_with_all_that_is_in_it(store_address, monkeypatch):
    first = Store(_engine(_url(store_address)))
    config = _config()
    with first.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with first.write() as connection:
        assert "owner" not in {c["name"] for c in inspect(connection).get_columns("recording")}
        for statement in FIRST_FORM:
            connection.exec_driver_sql(statement)
    first.close()
    with open_store(store_address) as store:
        monkeypatch.setattr(leases, "LEASE_S", 0.0)
        assert Watch(store, new_owner()).look() == (1, 0), "nobody is known to own it"
        assert claim_next(store, "b").path == "/a.mp4"
        for deed in ("DELETE FROM decision", "UPDATE finding_key SET person = 2"):
            with pytest.raises(StoreError) as caught, store.write() as connection:
                connection.exec_driver_sql(deed)
            assert caught.value.key == "survey.errors.append_only"
        with store.read() as connection:
            assert connection.exec_driver_sql("SELECT text FROM decision").scalar() == "再看看"
