"""`python -m benchmarks.people [NAME ...]`: make the samples (all, or those named) anew."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import yaml

from benchmarks.people.assets import fetch
from benchmarks.people.clip import described, judge_again, make_all

SAMPLES = Path(__file__).parents[2] / "samples"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.people", description=__doc__)
    parser.add_argument("names", nargs="*", help="samples of samples.yaml; all when none is named")
    parser.add_argument("--assets", type=Path, help="folder for the downloaded packages (default: the user's cache)")
    parser.add_argument("--to", type=Path, default=SAMPLES, help="folder for the clips")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="clips at a time (default: one a core)")
    parser.add_argument("--judge-again", action="store_true", help="only bring the truth files up to today's norms")
    given = parser.parse_args()
    entries = yaml.safe_load((Path(__file__).parent / "samples.yaml").read_text(encoding="utf-8"))
    unknown = set(given.names) - set(entries)
    if unknown:
        parser.error(f"no such sample: {', '.join(sorted(unknown))}; there are {', '.join(entries)}")
    if given.judge_again:
        for name in given.names or entries:
            judge_again(given.to / f"{name}.truth.json")
        return
    assets = fetch(given.assets)
    os.environ.setdefault("LP_NUM_THREADS", "1")
    wanted = [described(name, entries[name]) for name in given.names or entries]
    for clip in make_all(wanted, assets, given.to, given.jobs):
        print(f"{clip.name}: {clip.stat().st_size // 1024} KB", flush=True)


if __name__ == "__main__":
    main()
