"""The scheduler at 10 000 recordings. The analysis is a stub that returns a sample's result (30 findings) after no work
at all: what is measured is claiming, handing over, saving and renewing, never looking at pictures.

uv run python benchmarks/survey_scheduler.py [--recordings N] [--workers N] [--store ADDRESS]

ADDRESS is an empty database; without it a SQLite file in a temporary folder.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.clips import SAMPLE
from benchmarks.store import with_findings
from posture.check import CheckOptions, check
from posture.native import silence_native_stderr
from posture.survey import run as engine
from posture.survey.analyses import norms_sha256
from posture.survey.queries import state_counts
from posture.survey.recordings import add_recordings
from posture.survey.records import NewRecording, Place, result_to_json
from posture.survey.run import Plan, run_waiting
from posture.survey.status import standing
from posture.survey.store import Store, open_store
from posture.survey.work import Analysed


def stub(tell: object, task: Any) -> Analysed:
    """What stands in for looking: the answer lies in a file beside the landmark files to be."""
    norms, _, result = (task.folder / "answer").read_text(encoding="utf-8").partition("\n")
    return Analysed(result, norms, f"{task.folder}/{task.sha256}.parquet", 0.0, "stub")


def timed(name: str, times: dict[str, list[float]], function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        begin = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            times.setdefault(name, []).append((time.perf_counter() - begin) * 1000)

    return call


def measure(store: Store, folder: Path, recordings: int, workers: int) -> None:
    news = [
        NewRecording(f"/clips/{i}.mp4", f"{i:064x}", 10**8, Place(f"unit {i % 20}", "", f"{i // 20}", "1"))
        for i in range(recordings)
    ]
    begin = time.perf_counter()
    for start in range(0, recordings, 500):
        add_recordings(store, news[start : start + 500])
    print(f"added {recordings} recordings in {time.perf_counter() - begin:.1f} s")
    times: dict[str, list[float]] = {}
    for name in ("claim_next", "save_result", "renew", "state_counts"):
        setattr(engine, name, timed(name, times, getattr(engine, name)))
    begin = time.perf_counter()
    ran = run_waiting(store, CheckOptions(), None, Plan(workers, landmarks=folder, analyse=stub))
    taken_s = time.perf_counter() - begin
    print(f"{ran.done} done, {ran.failed} failed in {taken_s:.0f} s: {taken_s / recordings * 1000:.1f} ms a recording")
    for name, each in times.items():
        tenth = max(len(each) // 10, 1)
        first, last = statistics.median(each[:tenth]), statistics.median(each[-tenth:])
        print(
            f"{name:12s} {len(each):6d} times, median {statistics.median(each):6.2f} ms (first tenth {first:.2f}, last "
            f"{last:.2f}), slowest {max(each):.0f} ms"
        )
    for name, ask in (("status", lambda: standing(store)), ("state_counts", lambda: state_counts(store))):
        begin = time.perf_counter()
        ask()
        print(f"{name:12s} {(time.perf_counter() - begin) * 1000:.0f} ms with everything done")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--store", default=None)
    asked = parser.parse_args()
    silence_native_stderr()
    checked = check(SAMPLE)
    found = replace(checked.result, people=with_findings(checked.result).people)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = result_to_json(found)
        (folder / "answer").write_text(f"{norms_sha256(checked.library)}\n{text}", encoding="utf-8")
        print(f"one result: {len(text.encode()) / 1000:.0f} kB as JSON")
        with open_store(asked.store or str(folder / "store.sqlite")) as store:
            measure(store, folder, asked.recordings, asked.workers)
        if not asked.store:
            size = (folder / "store.sqlite").stat().st_size
            print(f"store: {size / 1e6:.0f} MB, {size / asked.recordings / 1000:.0f} kB a recording")


if __name__ == "__main__":
    # Workers import the stub by the module's name, not as the script that it is when run.
    from benchmarks.survey_scheduler import main as run_main

    run_main()
