"""A survey on a Dask scheduler: the same results as on one machine, errors as sentences."""

import pytest

from posture.check import CheckOptions
from posture.errors import StoreError
from posture.survey.queries import state_counts
from posture.survey.recordings import get_recording
from posture.survey.records import State
from posture.survey.run import Plan, Ran, run_waiting
from posture.survey.store import open_store
from tests import survey_work
from tests.survey_data import added, orders, survey_table

distributed = pytest.importorskip("distributed", reason="Dask is not installed (extra `cluster`)")
OPTIONS = CheckOptions()


@pytest.fixture
def scheduler():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


def plan(cluster=None, **changes):
    return Plan(cluster=cluster, analyse=survey_work.analyse, look=survey_work.look, **changes)


def test_a_cluster_finds_what_one_machine_finds(tmp_path, scheduler):
    clips = [orders(tmp_path, "a"), orders(tmp_path, "b", error="unusable"), orders(tmp_path, "c", slices=3)]
    tables = []
    for name, where in (("one", None), ("many", scheduler)):
        with open_store(tmp_path / f"{name}.sqlite") as store:
            added(store, *clips)
            assert run_waiting(store, OPTIONS, None, plan(where, slice_s=None)) == Ran(2, 1)
            tables.append(survey_table(store))
    assert tables[0] == tables[1] and len(tables[0]) == 3


def test_slices_are_tasks(tmp_path, scheduler):
    with open_store(tmp_path / "store.sqlite") as store:
        (one,) = added(store, orders(tmp_path, "a", slices=3))
        assert run_waiting(store, OPTIONS, None, plan(scheduler)) == Ran(1, 0)
        assert get_recording(store, one).state is State.DONE and (tmp_path / "a.2").read_text() == "looked"


def test_a_scheduler_that_does_not_answer_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("posture.survey.cluster._CONNECT_S", 1)
    with open_store(tmp_path / "store.sqlite") as store:
        added(store, orders(tmp_path, "a"))
        with pytest.raises(StoreError) as caught:
            run_waiting(store, OPTIONS, None, plan("tcp://127.0.0.1:1"))
        assert caught.value.key == "survey.run.no_cluster" and "127.0.0.1:1" in caught.value.in_language("zh")
        assert state_counts(store)[State.WAITING] == 1
        with pytest.raises(StoreError) as caught:
            run_waiting(store, OPTIONS, None, plan("not an address"))
        assert caught.value.key == "survey.run.no_cluster"
