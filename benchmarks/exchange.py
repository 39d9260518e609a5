"""How long an hour of one person takes to write for other programs. `python benchmarks/exchange.py`"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from posture.exchange.landmark_table import FORMATS, write_landmarks
from posture.landmarks import TRACK_ARRAYS, TRACK_SHAPES, Observation, Track

_SAMPLES = 36_000


def main() -> None:
    random = np.random.default_rng(1)
    arrays = {n: random.normal(300, 90, (_SAMPLES, *TRACK_SHAPES[n])).astype(np.float32) for n in TRACK_ARRAYS}
    arrays["hands_px"][::3] = np.nan
    time_s = np.arange(_SAMPLES) / 10
    track = Track(1, time_s, np.arange(_SAMPLES) * 2, image_size=(1280, 720), **arrays)
    seen = Observation((track,), "hour.mp4", "ab" * 32, (1280, 720), "video", 3600.0, time_s)
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            path, began_s = Path(folder) / f"hour.{kind}", time.perf_counter()
            write_landmarks(seen, {}, path)
            taken_s = time.perf_counter() - began_s
            print(f"{kind:8} {taken_s:5.1f} s  {path.stat().st_size / 1e6:6.1f} MB")


if __name__ == "__main__":
    main()
