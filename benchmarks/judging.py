"""Time to judge an hour of landmarks, made by repeating a sample's landmarks.

uv run python benchmarks/judging.py
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from benchmarks.clips import SAMPLE
from posture.check import CheckOptions, check, judge_observation
from posture.landmarks import TRACK_ARRAYS
from posture.native import silence_native_stderr


def main() -> None:
    silence_native_stderr()
    checked = check(SAMPLE)
    track = checked.observation.tracks[0]
    length_s = float(track.time_s[-1]) + 0.1
    times = int(np.ceil(3600 / length_s))
    arrays = {name: np.concatenate([getattr(track, name)] * times) for name in TRACK_ARRAYS}
    time_s = np.concatenate([track.time_s + k * length_s for k in range(times)])
    hour = replace(track, time_s=time_s, frame_index=np.arange(len(time_s)), **arrays)
    observation = replace(checked.observation, tracks=(hour,), sample_times_s=time_s, duration_s=float(time_s[-1]))
    for _ in range(3):
        start = time.perf_counter()
        result = judge_observation(observation, checked.library, CheckOptions()).result
        taken_s = time.perf_counter() - start
        found = sum(len(p.deviations) for p in result.people)
        print(f"{len(time_s)} samples, {time_s[-1] / 60:.0f} min: judged in {taken_s:.2f} s, {found} deviations")


if __name__ == "__main__":
    main()
