"""What an hour of footage costs (measured), and from it machines, storage and money for many windows (computed).

uv run python benchmarks/survey_cost.py [--seconds S] [--hours H] [--core-hour PRICE] [--gigabyte-month PRICE] ...

Measured on one thread: a sample with one clerk, enlarged to 1080p with 25 pictures a second, and a sample with two
people as it is. CPU seconds hardly depend on what else the machine does, wall seconds do. Prices are examples.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clips import SAMPLE, enlarged
from posture.check import CheckOptions
from posture.models import model_paths
from posture.native import silence_native_stderr
from posture.survey.records import options_to_json, result_from_json
from posture.survey.work import Analysed, Task, analyse
from posture.video import probe, sha256_of


@dataclass(frozen=True)
class Cost:
    """Of one hour of footage."""

    cpu_s: float
    wall_s: float
    landmarks_mb: float
    store_kb: float


def cost(clip: Path, folder: Path) -> Cost:
    task = Task(str(clip), sha256_of(clip), options_to_json(CheckOptions()), 1, folder / clip.stem)
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    found = analyse(lambda _share: None, task)
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    assert isinstance(found, Analysed)
    hours = (probe(clip).duration_s or 0.0) / 3600
    people = len(result_from_json(found.result_json).people)
    made = Cost(
        cpu_s / hours, wall_s / hours, Path(found.landmarks).stat().st_size / 1e6 / hours,
        len(found.result_json.encode()) / 1e3 / hours,
    )  # fmt: skip
    print(
        f"{clip.name}: {people} person(s), {hours * 3600:.0f} s of footage. For an hour: {made.cpu_s:.0f} CPU s, "
        f"{made.wall_s:.0f} s on one thread, landmarks {made.landmarks_mb:.0f} MB, result {made.store_kb:.0f} kB"
    )
    return made


def planned(one: Cost, asked: argparse.Namespace) -> None:
    """Machines, storage and money for a round of checks; every figure that is not measured is an argument."""
    print(
        f"\nA round: {asked.hours:g} h of footage of each window, done in {asked.days:g} days of {asked.hours_a_day:g} "
        f"h, {asked.cores} cores a machine used to {asked.use:.0%}, kept {asked.months:g} months, {asked.megabit:g} "
        f"Mbit/s, {asked.core_hour:g} a core hour, {asked.gigabyte_month:g} a gigabyte and month."
    )
    print("| windows | footage, h | core hours | machines | recordings, TB | landmarks, GB | computing | storage |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for windows in (10, 1_000, 100_000):
        hours = windows * asked.hours
        core_h = hours * one.cpu_s / 3600 / asked.use
        machines = core_h / (asked.cores * asked.days * asked.hours_a_day)
        footage_tb = hours * 3600 * asked.megabit / 8 / 1e6
        landmarks_gb = hours * one.landmarks_mb / 1e3
        stored = (footage_tb * 1e3 + landmarks_gb) * asked.gigabyte_month * asked.months
        print(
            f"| {windows:,} | {hours:,.0f} | {core_h:,.0f} | {max(1, -(-machines // 1)):,.0f} | {footage_tb:,.2f} "
            f"| {landmarks_gb:,.0f} | {core_h * asked.core_hour:,.0f} | {stored:,.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--hours", type=float, default=4.0, help="hours of footage of each window and round")
    parser.add_argument("--days", type=float, default=5.0, help="in which the round is to be analysed")
    parser.add_argument("--hours-a-day", type=float, default=24.0)
    parser.add_argument("--cores", type=int, default=16, help="of one machine")
    parser.add_argument("--use", type=float, default=0.8, help="share of the cores' time that is really used")
    parser.add_argument("--megabit", type=float, default=4.0, help="of the recordings, per second")
    parser.add_argument("--months", type=float, default=3.0, help="for which recordings and landmarks are kept")
    parser.add_argument("--core-hour", type=float, default=0.3, help="price, in any currency")
    parser.add_argument("--gigabyte-month", type=float, default=0.15, help="price, in the same currency")
    asked = parser.parse_args()
    silence_native_stderr()
    model_paths()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large = cost(enlarged(folder / "one_clerk_1080p.mp4", 1920, 1080, 25, asked.seconds), folder)
        cost(SAMPLE.with_name("drill_of_two.mp4"), folder)
    planned(large, asked)


if __name__ == "__main__":
    main()
