"""Peak memory of checking a 5-minute and a 1-hour recording, each in a process of its own.

uv run python benchmarks/memory.py [--minutes 5 60] [--width 1920 --height 1080]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.clips import enlarged, looped


def check_one(path: Path) -> None:
    """Runs in the child: observe and judge, then print what it took."""
    from posture.check import check
    from posture.native import silence_native_stderr

    silence_native_stderr()
    start = time.perf_counter()
    checked = check(path, fresh=True)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    duration_s = checked.result.duration_s
    taken_s = time.perf_counter() - start
    speed = duration_s / taken_s
    print(f"{duration_s / 60:5.1f} min  peak {peak_mb:6.0f} MB  {taken_s:6.0f} s  {speed:.2f} x real time")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=[5.0, 60.0])
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child:
        check_one(options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        minute = enlarged(Path(folder) / "minute.mp4", options.width, options.height, 25, 60)
        for minutes in options.minutes:
            clip = looped(minute, Path(folder) / f"{minutes:g}.mp4", minutes * 60)
            subprocess.run([sys.executable, __file__, "--child", str(clip)], check=True)


if __name__ == "__main__":
    main()
