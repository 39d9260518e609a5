"""How exact the product is: rendered people with known angles, and public photographs with marked joints.

`python -m benchmarks.accuracy_set` renders the clips first (about an hour, once). Then:

    python -m benchmarks.accuracy           # print the tables
    python -m benchmarks.accuracy --write   # also write docs/accuracy.md, its picture and measure_errors.yaml

Writing changes the errors that the next run's verdicts use: run it twice when measures have changed.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np

from benchmarks import accuracy_errors, accuracy_footage, accuracy_front_lean, accuracy_pictures, accuracy_report
from benchmarks.accuracy_data import Case, cases
from benchmarks.accuracy_measures import collect, rows
from benchmarks.accuracy_set import descriptions, folder
from benchmarks.accuracy_verdicts import false_alarms_per_10_min, pose_confusion, tally
from posture.library import load_library

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md and measure_errors.yaml")
    parser.add_argument("--only", default="", help="only clips whose name contains this")
    given = parser.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)
    found = list(cases(folder(), given.only))
    if not found:
        parser.error("there are no clips yet: run python -m benchmarks.accuracy_set first")
    chosen = accuracy_pictures.worst(found)
    text = report(found, chosen)
    print(text)
    if given.write:
        accuracy_pictures.montage(chosen, folder(), DOCS / "accuracy_limits.jpg")
        (DOCS / "accuracy.md").write_text(text, encoding="utf-8")
        accuracy_errors.write(rows(collect(found)))


def report(found: list[Case], chosen: list[accuracy_pictures.Worst]) -> str:
    """docs/accuracy.md; `chosen` are the samples of docs/accuracy_limits.jpg."""
    table, tallies, library = rows(collect(found)), tally(found), load_library()
    alarms, minutes = false_alarms_per_10_min(found)
    whole = accuracy_report.total(tallies)
    return accuracy_report.TEXT.format(
        clips=len(found),
        planned=len(descriptions()),
        people=len({c.person for c in found}),
        pictures=sum(len(c.raw) for c in found),
        targets=accuracy_report.targets_table(table, whole, alarms),
        measures=accuracy_report.measures_table(table, library.errors, library.corrections),
        others=accuracy_report.other_views_table(table),
        precision=whole.precision,
        recall=whole.recall,
        recall_rest=accuracy_report.total({n: t for n, t in tallies.items() if n != "shoulders_level"}).recall,
        alarms=alarms,
        minutes=minutes,
        criteria=accuracy_report.criteria_table(tallies),
        confusion=accuracy_report.confusion_table(pose_confusion(found)),
        tilt=accuracy_report.tilt_table(tilt_errors(found)),
        front_lean=accuracy_report.front_lean_table(accuracy_front_lean.compare(found)),
        footage=accuracy_report.footage_table(*accuracy_footage.errors()),
        limits=accuracy_report.limits_list(chosen),
    )


def tilt_errors(found: list[Case]) -> dict[str, list[float]]:
    """Estimated less true roll and pitch of the camera, by what was estimated, where people stand."""
    errors: dict[str, list[float]] = {"roll": [], "pitch, to 12° down": [], "pitch, more than 12° down": []}
    for case in found:
        if case.tilt.how == "estimated":
            errors["roll"].append(case.tilt.roll_deg - float(case.camera.get("roll_deg", 0.0)))
            key = "pitch, to 12° down" if case.pitch_deg <= 12 else "pitch, more than 12° down"
            errors[key].append(case.tilt.pitch_deg - case.pitch_deg)
    return {name: e for name, e in errors.items() if e and np.isfinite(e).all()}


if __name__ == "__main__":
    main()
