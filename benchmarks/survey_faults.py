"""A survey of 50 very short recordings whose run is killed (kill -9) at 20 random moments, every other time one of its
workers instead: is anything lost or there twice, and is the table in the end that of an undisturbed run?

uv run python benchmarks/survey_faults.py [--recordings N] [--kills N] [--workers N] [--seed N]

Real analysis of pieces of the samples, through the command itself. Exit code 1 when the tables differ.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av

from benchmarks.clips import SAMPLE
from posture.survey.analyses import analyses_of, load_result
from posture.survey.folder import make_survey, opened_survey
from posture.survey.manifest import Entry, new_recordings
from posture.survey.queries import list_recordings, state_counts
from posture.survey.recordings import add_recordings
from posture.survey.records import Place, State, result_to_json

PIECE_S = 1.0
Table = list[tuple[str, str, list[str]]]


def pieces(folder: Path, n: int) -> list[Path]:
    """`n` recordings of a second each, from different moments of the samples."""
    found: list[Path] = []
    for sample in sorted(SAMPLE.parent.glob("*.mp4")):
        with av.open(str(sample)) as source:
            stream = source.streams.video[0]
            starts = [3.0, 6.0, 9.0]
            for picture in source.decode(stream):
                if not starts or len(found) == n:
                    break
                if picture.time < starts[0]:
                    continue
                found.append(_piece(folder / f"{sample.stem}-{starts.pop(0):.0f}.mp4", picture, source.decode(stream)))
    return found


def _piece(target: Path, first: av.VideoFrame, following: object) -> Path:
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
        for number, picture in enumerate([first, *(p for p, _ in zip(following, range(14), strict=False))]):  # type: ignore[call-overload]
            same = picture.reformat(format="yuv420p")
            same.pts, same.time_base, same.pict_type = number, Fraction(1, 15), 0
            out.mux(stream.encode(same))
        out.mux(stream.encode(None))
    return target


def survey(folder: Path, clips: list[Path]) -> Path:
    """A survey of the clips, waiting."""
    make_survey(folder)
    with opened_survey(folder) as (_, store):
        add_recordings(store, new_recordings(Entry(c, Place(unit=str(i % 5))) for i, c in enumerate(clips))[0])
    return folder


def begun(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "posture", "survey", "run", "--survey", str(folder), "--workers", str(workers)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def table(folder: Path) -> Table:
    """What the survey found, without ids and times."""
    rows: Table = []
    with opened_survey(folder) as (_, store):
        for one in list_recordings(store, limit=100_000).rows:
            results = [result_to_json(load_result(store, a.id)) for a in analyses_of(store, one.recording.id)]
            rows.append((one.recording.path, one.recording.state, results))
    return sorted(rows)


def done(folder: Path) -> int:
    with opened_survey(folder) as (_, store):
        return state_counts(store)[State.DONE]


def disturbed(folder: Path, workers: int, kills: int, moments: random.Random) -> int:
    """Kill the run, or a worker of it, so often, whenever it has finished something again; how often it was started."""
    run, starts = begun(folder, workers), 1
    for kill in range(kills):
        before = done(folder)
        while run.poll() is None and done(folder) == before:
            time.sleep(0.05)
        if run.poll() is not None:
            print(f"over after {kill} kills")
            break
        time.sleep(moments.uniform(0.0, 1.0))
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        if kill % 2 and children:
            os.kill(int(moments.choice(children)), signal.SIGKILL)
            continue
        run.kill()
        run.wait()
        print(f"kill {kill + 1}: {done(folder)} done")
        run, starts = begun(folder, workers), starts + 1
    run.wait()
    return starts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "clips").mkdir()
        clips = pieces(folder / "clips", asked.recordings)
        begin = time.perf_counter()
        quiet = survey(folder / "quiet", clips)
        begun(quiet, asked.workers).wait()
        print(f"undisturbed: {done(quiet)} of {len(clips)} in {time.perf_counter() - begin:.0f} s")
        begin = time.perf_counter()
        killed = survey(folder / "killed", clips)
        starts = disturbed(killed, asked.workers, asked.kills, random.Random(asked.seed))
        # A recording whose worker was killed twice has failed with that as its reason: tried again as people would.
        again = [sys.executable, "-m", "posture", "survey", "run", "--again", "--survey", str(killed)]
        subprocess.run(again, check=False, stdout=subprocess.DEVNULL)
        print(f"disturbed: {done(killed)} done in {starts} starts, {time.perf_counter() - begin:.0f} s")
        one, other = table(quiet), table(killed)
        twice = sum(len(results) > 1 for _, _, results in other)
        left = [p.name for p in (killed / "landmarks").iterdir() if p.suffix != ".parquet"]
        print(
            f"lost {len(one) - len(other)}, analysed twice {twice}, tables equal: {one == other}, left behind: {left}"
        )
    return int(one != other)


if __name__ == "__main__":
    sys.exit(main())
