"""Live practice: analysed pictures per second, delay, time to the first verdict, judging included.

    uv run python benchmarks/live.py [RUNS]

A sample is handed in at 30 pictures a second in real time, as a camera would, each picture drawn on as for the
browser; "analysed" means pose, hands and face of that picture. The machine's load is told with each run: take the best
of several on a shared machine. Two sessions at once show what two trainees get. At the end threads and memory after
many starts.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from benchmarks.clips import SAMPLE
from posture import models
from posture.finder import Finder
from posture.library import load_library
from posture.live.lessons import lesson_of_pose
from posture.live.practice import Phase
from posture.live.session import LiveSession
from posture.native import silence_native_stderr
from posture.video import FrameReader

FPS, SECONDS = 30.0, 15.0
WARM_S = 2.0
POSE = "stand_front_fold"


def session(bundles: dict[str, Path]) -> LiveSession:
    library = load_library()
    return LiveSession(lambda: Finder(bundles, 2, True, True), library, lesson_of_pose(POSE, library))


def feed(live: LiveSession, images: list, seconds: float) -> tuple[list[float], list[float], float | None]:
    """Rates and median delays seen while feeding, and seconds until a verdict could be read."""
    rates, delays, verdict_s = [], [], None
    start = time.monotonic()
    n = 0
    while (now := time.monotonic()) - start < seconds:
        if now - start < n / FPS:
            time.sleep(0.002)
            continue
        n = int((now - start) * FPS) + 1
        live.show(images[n % len(images)], time.monotonic())
        if verdict_s is None and live.snapshot().first_verdict_s is not None:
            verdict_s = time.monotonic() - start
        if now - start > 5.0 and n % 30 == 0:
            stats = live.snapshot().stats
            rates.append(stats.analysed_per_s)
            delays.append((stats.latency_median_s or 0.0, stats.latency_p95_s or 0.0))
    return rates, delays, verdict_s


def one_run(bundles: dict[str, Path], images: list, people: int, warm: bool) -> None:
    sessions = [session(bundles) for _ in range(people)]
    if warm:
        for live in sessions:
            live.warm_up()
        time.sleep(WARM_S)
    results: list = []
    feeders = [threading.Thread(target=lambda s=s: results.append(feed(s, images, SECONDS))) for s in sessions]
    for feeder in feeders:
        feeder.start()
    for feeder in feeders:
        feeder.join()
    for live in sessions:
        live.close()
    load = os.getloadavg()[0]
    for rates, delays, verdict_s in results:
        rate = sum(rates) / max(len(rates), 1)
        median, p95 = (1000 * sum(d[i] for d in delays) / max(len(delays), 1) for i in (0, 1))
        first = "-" if verdict_s is None else f"{verdict_s:.2f}"
        print(
            f"{people} trainee(s), {'warm' if warm else 'cold'}: {rate:5.1f} analysed/s, "
            f"delay median {median:4.0f} ms, 95 % {p95:4.0f} ms, first verdict {first} s, load {load:.1f}",
            flush=True,
        )


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def starts(bundles: dict[str, Path], images: list, times: int) -> None:
    """Threads and memory over many starts and stops."""
    for i in range(times):
        live = session(bundles)
        feed(live, images, 2.0)
        assert live.snapshot().practice.phase in Phase
        live.close()
        if i in (0, times // 2, times - 1):
            print(f"after {i + 1} starts: {threading.active_count()} threads, {resident_mb():.0f} MB", flush=True)


def main() -> None:
    silence_native_stderr()
    bundles = models.model_paths()
    with FrameReader(SAMPLE, fps=None) as reader:
        images = [frame.image for _, frame in zip(range(300), reader, strict=False)]
    images = [image for image in images for _ in range(2)]  # the sample has 15 pictures a second
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    for _ in range(runs):
        one_run(bundles, images, 1, warm=True)
    one_run(bundles, images, 1, warm=False)
    one_run(bundles, images, 2, warm=True)
    starts(bundles, images, 12)


if __name__ == "__main__":
    main()
