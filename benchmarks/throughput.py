"""Frames per second and CPU of our observing against a bare loop of the same MediaPipe landmarkers.

    uv run python -m benchmarks.throughput [--people]

The bare loop is the limit: pictures already decoded, as many threads as cores with landmarkers of their own, hands and
face on crops known beforehand, nothing kept. Ours decodes the file, finds the crops, keeps people apart and writes the
landmark file. One process, the same pictures, the same run. Then 1080p footage at 10 samples a second, and four people
against one. `--people` measures only those two.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks import people_composed
from benchmarks.clips import SAMPLE, enlarged, looped
from posture import models
from posture.crops import arms_box, head_box
from posture.landmarkers import face_landmarker, hand_landmarker, pose_landmarker
from posture.native import silence_native_stderr
from posture.observe import ObserveSettings, observe
from posture.video import FrameReader, probe

CORES = os.cpu_count() or 1


def bare(path: Path, bundles: dict[str, Path], everything: bool) -> tuple[float, float, int]:
    """Seconds, CPU seconds and number of pictures of the bare loop."""
    with FrameReader(path, fps=None) as reader:
        images = [frame.image for frame in reader]
    size = (images[0].shape[1], images[0].shape[0])
    sets = [
        (pose_landmarker(bundles["pose"], 6), hand_landmarker(bundles["hand"]), face_landmarker(bundles["face"]))
        for _ in range(CORES)
    ]
    crops = []
    for image in images:
        found = sets[0][0](image)
        boxes = (arms_box(found[0].pose_px, size), head_box(found[0].pose_px, size)) if found else (None, None)
        crops.append(tuple(b.square_of(image).copy() if b else None for b in boxes))

    def work(part: int) -> None:
        pose, hands, face = sets[part]
        for image, (arms, head) in list(zip(images, crops, strict=True))[part::CORES]:
            pose(image)
            if everything and arms is not None and head is not None:
                hands(arms)
                face(head)

    for part in range(CORES):  # the first calls of a landmarker prepare it
        sets[part][0](images[0]), sets[part][1](images[0]), sets[part][2](images[0])
    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(work, range(CORES)))
    taken = time.perf_counter() - start, time.process_time() - cpu
    for group in sets:
        for one in group:
            one.close()
    return *taken, len(images)


def ours(path: Path, settings: ObserveSettings) -> tuple[float, float, int]:
    start, cpu = time.perf_counter(), time.process_time()
    observation = observe(path, settings, fresh=True)
    return time.perf_counter() - start, time.process_time() - cpu, len(observation.sample_times_s)


def by_people(folder: Path) -> None:
    """One person and four, everything on, in turns: the machine's speed wanders. Each clip three times over: making the
    landmarkers takes two seconds, which count for nothing in an hour's recording."""
    names = {1: "one_stands", 4: "four_stand"}
    clips = {n: looped(people_composed.make(name, folder), folder / f"{n}.mp4", 29) for n, name in names.items()}
    seconds, cpu = dict.fromkeys(clips, 0.0), dict.fromkeys(clips, 0.0)
    for _ in range(2):
        for n, clip in clips.items():
            taken_s, used_s, pictures = ours(clip, ObserveSettings())
            seconds[n], cpu[n] = seconds[n] + taken_s / pictures, cpu[n] + used_s / pictures
    for n in clips:
        print(f"{n} people: {2 / seconds[n]:5.1f} frames/s ({500 * cpu[n]:.1f} ms CPU a picture)")
    print(f"four people by one: {seconds[1] / seconds[4]:.2f} of the frames/s, {cpu[1] / cpu[4]:.2f} by CPU")


def main() -> None:
    silence_native_stderr()
    bundles = models.model_paths()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POSTURE_CACHE_DIR"], cached = folder, models.models_dir()
        os.environ[models.MODELS_VARIABLE] = str(cached)
        by_people(Path(folder))
        if "--people" in sys.argv:
            return
        rate = probe(SAMPLE).frame_rate or 15.0
        longer = looped(SAMPLE, Path(folder) / "longer.mp4", 3 * (probe(SAMPLE).duration_s or 0.0) - 1)
        for label, everything in (("pose", False), ("pose+hands+face", True)):
            settings = replace(ObserveSettings(), fps=rate, hands=everything, face=everything)
            # Bare before and after ours: the machine's speed wanders. Ours on the same pictures three times over, so
            # that starting up weighs as little as in a real recording.
            before = bare(SAMPLE, bundles, everything)
            our_s, our_cpu, m = ours(longer, settings)
            after = bare(SAMPLE, bundles, everything)
            limit_s, limit_cpu, n = (a + b for a, b in zip(before, after, strict=True))
            print(
                f"{label:16} limit {n / limit_s:6.1f} frames/s ({1000 * limit_cpu / n:5.1f} ms CPU)   "
                f"ours {m / our_s:6.1f} frames/s ({1000 * our_cpu / m:5.1f} ms CPU)   "
                f"ratio {m / our_s / (n / limit_s):.2f}   [{n} and {m} pictures]"
            )
        clip = enlarged(Path(folder) / "1080p25.mp4", 1920, 1080, 25, 60)
        seconds, cpu, n = ours(clip, ObserveSettings())
        print(f"1080p 25 fps, 10 samples/s, pose+hands+face: {60 / seconds:.2f} x real time, {n} samples, "
              f"{1000 * cpu / n:.1f} ms CPU a sample, {CORES} cores")  # fmt: skip


if __name__ == "__main__":
    main()
