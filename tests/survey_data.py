"""Small results to keep in a store, and a PostgreSQL server of one's own for as long as tests run."""

from __future__ import annotations

import glob
import json
import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from posture.check import Checked, CheckOptions
from posture.findings import (
    CheckResult,
    CriterionResult,
    Deviation,
    PersonFindings,
    Reason,
    Severity,
    Verdict,
    View,
)
from posture.landmarks import Observation
from posture.library import load_library
from posture.scoring import counted, score
from posture.survey.analyses import analyses_of, load_result, norms_sha256, save_analysis
from posture.survey.decisions import findings_of
from posture.survey.manifest import Entry, new_recordings
from posture.survey.queries import list_recordings
from posture.survey.recordings import add_recording, add_recordings
from posture.survey.records import NewRecording, Place, State, result_to_json

LIBRARY = load_library()
CRITERIA = LIBRARY.all_criteria()
JUDGED = [c for c in CRITERIA if CRITERIA[c].category in ("posture", "taboo") and not CRITERIA[c].advisory]
PROVENANCE = {"posture": "0.1.0", "settings": "{}", "model_pose_sha256": "aa", "model_hand_sha256": "bb"}


def deviation(criterion="shoulders_level", start_s=10.0, end_s=15.0, person=1, severity=Severity.MODERATE, **changes):
    fields = dict(
        criterion=criterion, person=person, start_s=start_s, end_s=end_s, worst_s=(start_s + end_s) / 2, value=9.0,
        error=1.0, allowed=(-5.0, 5.0), target=0.0, severity=severity, view=View.FRONT,
    )  # fmt: skip
    return Deviation(**{**fields, **changes})


def person(number=1, *deviations, seen_s=60.0, lost=()):
    """One person's findings over all posture and taboo criteria, scored as the product does it."""
    results = []
    for criterion in JUDGED:
        own = tuple(d for d in deviations if d.criterion == criterion)
        wrong_s = sum(d.duration_s for d in own)
        if criterion in lost:
            results.append(
                CriterionResult(
                    criterion, Verdict.NOT_ASSESSABLE, 0.0, 0.0, 0.0, {Reason.WRONG_VIEW: seen_s}, None, None
                )
            )
        else:
            verdict = Verdict.DEVIATION if own else Verdict.OK
            results.append(CriterionResult(criterion, verdict, seen_s - wrong_s, 0.0, wrong_s, {}, 0.5, 1.0, own))
    marked = counted(tuple(results), CRITERIA, LIBRARY.profile)
    card = score(marked, CRITERIA, LIBRARY.profile)
    return PersonFindings(number, seen_s, 0.0, seen_s, 400.0, {View.FRONT: seen_s}, (), marked, card)


def checked(*people):
    result = CheckResult(
        "a.mp4", "video", 60.0, (640, 480), tuple(people), "government_window", "auto", provenance=PROVENANCE
    )
    seen = Observation((), "a.mp4", "ab", (640, 480), "video", 60.0, np.empty(0), (), PROVENANCE)
    return Checked(result, seen, {}, LIBRARY)


def new(name="a", unit="区政务局", outlet="一厅", window="3", round="2026-03"):
    sha = uuid.uuid5(uuid.NAMESPACE_URL, name).hex * 2
    return NewRecording(f"/clips/{name}.mp4", sha, 1000, Place(unit, outlet, window, round), date(2026, 3, 2))


def analysed(store, *people, **place):
    """A new recording with one analysis; its id and the analysis'."""
    recording = add_recording(store, new(uuid.uuid4().hex, **place)).recording.id
    return recording, save_analysis(store, recording, checked(*people), CheckOptions())


def orders(folder, name, **given):
    """A file that tells `survey_work.analyse` what to do: `sleep` seconds, die so often, `error`, `slices`."""
    for found in range(4):
        stretches = [deviation(start_s=20.0 * i, end_s=20.0 * i + 5) for i in range(1 + found)]
        (folder / f"{found}.result").write_text(result_to_json(checked(person(1, *stretches)).result))
    (folder / "norms").write_text(norms_sha256(LIBRARY))
    path = folder / name
    path.write_text(json.dumps({"name": name, **given}))
    return path


def added(store, *paths):
    """Files as recordings of a survey; their ids."""
    found, _ = new_recordings([Entry(p, Place("甲", "一厅", str(i), "1")) for i, p in enumerate(paths)])
    return [a.recording.id for a in add_recordings(store, found)]


class Row(NamedTuple):
    """One recording of a survey without ids and times: what two surveys of the same recordings share."""

    path: str
    state: State
    findings: int
    keys: int
    results: tuple[str, ...]
    """Of all its analyses."""


def survey_table(store):
    rows = []
    for one in list_recordings(store, limit=10_000).rows:
        analyses = analyses_of(store, one.recording.id)
        results = tuple(result_to_json(load_result(store, a.id)) for a in analyses)
        keys = len(findings_of(store, analyses[0].id)) if analyses else 0
        rows.append(Row(one.recording.path, one.recording.state, one.findings, keys, results))
    return sorted(rows)


def postgresql_programs() -> Path | None:
    """The folder of initdb and pg_ctl, None where PostgreSQL is not installed."""
    folders = [str(Path(p).resolve().parent) for p in [shutil.which("initdb")] if p]
    folders += sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    return next((Path(f) for f in folders if (Path(f) / "pg_ctl").exists()), None)


@contextmanager
def postgresql(programs: Path, folder: Path) -> Iterator[str]:
    """A server on a socket in `folder`; the address of its databases up to their name."""
    who: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        other = pwd.getpwnam("nobody")
        os.chown(folder, other.pw_uid, other.pw_gid)
        who = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)

    run(str(programs / "initdb"), "-D", str(data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://tester@/{{name}}?host={folder}"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
