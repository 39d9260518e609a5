"""Two local Dask workers against one, and the command's own processes, with real inference: how much faster?

uv run --with distributed python benchmarks/survey_workers.py [--recordings N] [--seconds S]

Every worker looks with one thread, so that one worker uses one core and two use two. Start-up of workers (interpreter,
MediaPipe, models) is left out: each analyses a short recording before. Prints footage, wall and CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import av
from distributed import LocalCluster

from benchmarks.clips import SAMPLE
from posture.check import CheckOptions
from posture.native import silence_native_stderr
from posture.survey.manifest import Entry, new_recordings
from posture.survey.recordings import add_recordings
from posture.survey.run import Plan, run_waiting
from posture.survey.store import open_store


def cut(source: Path, target: Path, seconds: float) -> Path:
    """The first `seconds` of a recording, its packets copied."""
    with av.open(str(source)) as clip, av.open(str(target), "w") as out:
        stream = out.add_stream_from_template(clip.streams.video[0])
        for packet in clip.demux(clip.streams.video[0]):
            if packet.dts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = stream
                out.mux(packet)
    return target


def run(folder: Path, recordings: list[Path], plan: Plan) -> float:
    """Wall seconds."""
    with open_store(folder / f"{time.monotonic_ns()}.sqlite") as store:
        add_recordings(store, new_recordings(Entry(path) for path in recordings)[0])
        begin = time.perf_counter()
        ran = run_waiting(store, CheckOptions(), None, plan)
        assert ran.done == len(recordings), ran
        return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=15.0)
    asked = parser.parse_args()
    silence_native_stderr()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm = [cut(SAMPLE, folder / f"warm{i}.mp4", 1.0 + 0.2 * i) for i in range(4)]
        work = [cut(SAMPLE, folder / f"{i}.mp4", asked.seconds + 0.2 * i) for i in range(asked.recordings)]
        walls = {}
        for workers in (1, 2):
            with LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=40
            ) as cluster:
                plan = Plan(cluster=cluster.scheduler_address, slice_s=None, landmarks=folder / f"warm-{workers}")
                run(folder, warm, plan)
                plan = Plan(cluster=cluster.scheduler_address, slice_s=None, landmarks=folder / f"of-{workers}")
                before = os.getloadavg()[0]
                walls[workers] = run(folder, work, plan)
            print(f"{workers} Dask worker(s): {walls[workers]:.1f} s (load before {before:.1f})")
        print(f"two against one: {walls[1] / walls[2]:.2f} x")
        files = [sorted((folder / f"of-{n}").glob("*.parquet")) for n in (1, 2)]
        same = [a.read_bytes() == b.read_bytes() for a, b in zip(*files, strict=True)]
        print(f"landmark files equal: {sum(same)} of {len(same)}")


if __name__ == "__main__":
    main()
