"""Time of every query of the store at 10 000 recordings with 30 findings each, made from a sample's result.

uv run python benchmarks/store.py [--recordings N] [--store ADDRESS]

ADDRESS is an empty database; without it a SQLite file in a temporary folder. Prints the median and the slowest of five.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import func, insert, select

from benchmarks.clips import SAMPLE
from posture.check import Checked, CheckOptions, check
from posture.findings import CheckResult, PersonFindings, Severity, Verdict, View
from posture.native import silence_native_stderr
from posture.survey import tables
from posture.survey.agreement import agreement
from posture.survey.analyses import (
    finding_row,
    latest_analysis,
    load_result,
    models_sha256,
    norms_sha256,
    people_rows,
    save_analysis,
    verdict_rows,
)
from posture.survey.blind import (
    decided_by_both,
    disagreements,
    human_and_human,
    machine_and_human,
    raters,
    to_score,
)
from posture.survey.cards import card_ids, cards, count_cards, failures, keep_reviews, kinds_of_analyses
from posture.survey.decisions import add_finding, decide, findings_of
from posture.survey.leases import claim_next
from posture.survey.overview import overview, statistics_of
from posture.survey.queries import (
    criterion_rates,
    criterion_rates_by,
    list_recordings,
    people_scores,
    places,
    review_counts,
    stamp,
    state_counts,
)
from posture.survey.recordings import add_recordings, get_recording, people_names
from posture.survey.records import (
    DecisionKind,
    NewRecording,
    Origin,
    Place,
    Role,
    State,
    now,
    options_to_json,
    result_to_json,
)
from posture.survey.review import review
from posture.survey.scored import rates_after_review, scored_recordings
from posture.survey.selection import EVERYTHING, Filter
from posture.survey.store import Store, open_store

FINDINGS = 30
AT_ONCE = 500
REVIEWED = 0.2
"""Share of the recordings whose findings all have decisions of two people."""
BLIND = 500
"""Recordings that two people scored without the machine."""


def with_findings(result: CheckResult) -> CheckResult:
    """The sample's result for a clerk with 30 findings and a client without any."""
    clerk = result.people[0]
    model = clerk.deviations[0]
    criteria = [r.criterion for r in clerk.results]
    own: dict[str, list[object]] = {c: [] for c in criteria}
    for i in range(FINDINGS):
        c = criteria[i % min(10, len(criteria))]
        own[c].append(replace(model, criterion=c, person=1, start_s=10.0 * i, end_s=10.0 * i + 5, worst_s=10.0 * i))
    results = tuple(
        replace(r, deviations=tuple(own[r.criterion]), verdict=Verdict.DEVIATION if own[r.criterion] else r.verdict)
        for r in clerk.results
    )
    clean = tuple(replace(r, deviations=(), verdict=Verdict.OK) for r in clerk.results)
    clerk = replace(clerk, person=1, results=results)
    client: PersonFindings = replace(clerk, person=2, seen_s=clerk.seen_s / 3, results=clean, view_s={View.BACK: 5.0})
    return replace(result, people=(clerk, client))


def fill(store: Store, checked: Checked, recordings: int) -> None:
    """Recordings of 20 units, 5 outlets, 10 windows and 10 rounds, inserted in bulk as `save_analysis` would."""
    random = np.random.default_rng(5)
    news = [
        NewRecording(
            f"/clips/{i}.mp4", f"{i:064x}", 10**8,
            Place(f"unit {i % 20}", f"outlet {i // 20 % 5}", f"{i // 100 % 10}", f"2026-{i // 1000 % 10 + 1:02d}"),
            date(2026, 1, 1), None, 60.0,
        )
        for i in range(recordings)
    ]  # fmt: skip
    ids = [a.recording.id for a in add_recordings(store, news)]
    json = result_to_json(checked.result)
    for start in range(0, recordings, AT_ONCE):
        some = ids[start : start + AT_ONCE]
        reviewed = [i for i in some if random.random() < REVIEWED]
        _fill_some(store, checked, json, some, reviewed, random)


def _fill_some(
    store: Store, checked: Checked, json: str, some: list[int], reviewed: list[int], random: np.random.Generator
) -> None:
    found, options = checked.result, CheckOptions()
    head = {
        "made_at": now(), "software": "0", "models_sha256": models_sha256(found.provenance),
        "norms_sha256": norms_sha256(checked.library), "profile": options.profile, "variant": options.variant,
        "pose": options.pose, "options": options_to_json(options), "landmark_path": None,
    }  # fmt: skip
    deviations = [d for p in found.people for d in p.deviations]
    with store.write() as c:
        new = insert(tables.analysis).returning(tables.analysis.c.id, sort_by_parameter_order=True)
        analyses = list(c.execute(new, [{**head, "recording_id": i} for i in some]).scalars())
        c.execute(insert(tables.result), [{"analysis_id": a, "json": json} for a in analyses])
        people = [row | {"score": float(random.uniform(50, 100))} for a in analyses for row in people_rows(a, found)]
        c.execute(insert(tables.judged_person), people)
        c.execute(insert(tables.criterion_verdict), [row for a in analyses for row in verdict_rows(a, found)])
        keys = insert(tables.finding_key).returning(tables.finding_key.c.id, sort_by_parameter_order=True)
        wanted = [
            {"recording_id": i, "origin": Origin.MACHINE, "person": d.person, "criterion": d.criterion}
            for i in some
            for d in deviations
        ]
        given = iter(list(c.execute(keys, wanted).scalars()))
        rows = [finding_row(a, next(given), d) for a in analyses for d in deviations]
        c.execute(insert(tables.finding), rows)
        c.execute(tables.recording.update().where(tables.recording.c.id.in_(some)).values(state=State.DONE))
        c.execute(insert(tables.person_name), [_name(i) for i in some[::2]])
    with store.write() as c:
        c.execute(insert(tables.decision), list(_decisions(c, reviewed, random)))
        if some[0] <= BLIND:
            c.execute(insert(tables.blind_score), list(_blind(some, found, random)))


def _name(recording: int) -> dict[str, object]:
    return {"recording_id": recording, "person": 1, "name": "A", "role": Role.CLERK, "who": "T", "named_at": now()}


def _decisions(c: object, reviewed: list[int], random: np.random.Generator) -> Iterator[dict[str, object]]:
    key = tables.finding_key.c
    asked = (
        select(key.recording_id, key.id, func.max(tables.finding.c.id))
        .join(tables.finding, tables.finding.c.key == key.id)
        .where(key.recording_id.in_(reviewed))
        .group_by(key.recording_id, key.id)
    )
    for recording, one, finding in c.execute(asked).all():  # type: ignore[attr-defined]
        for who in ("first", "second"):
            kind = DecisionKind.DISMISS if random.random() < 0.2 else DecisionKind.CONFIRM
            yield {
                "recording_id": recording, "key": one, "finding_id": finding, "who": who, "made_at": now(),
                "kind": kind, "text": "seen",
            }  # fmt: skip


def _blind(some: list[int], found: CheckResult, random: np.random.Generator) -> Iterator[dict[str, object]]:
    for recording in some:
        for who in ("third", "fourth"):
            for r in found.people[0].results:
                verdict = Verdict.DEVIATION if random.random() < 0.3 else Verdict.OK
                yield {
                    "recording_id": recording, "person": 1, "criterion": r.criterion, "verdict": verdict, "who": who,
                    "made_at": now(),
                }  # fmt: skip


def questions(store: Store, checked: Checked, last: int, analysis: int) -> dict[str, Callable[[], object]]:
    """What pages ask, by name. `last` is a recording, `analysis` its newest analysis."""
    one = Filter(unit="unit 3", outlet="outlet 2", round="2026-03")
    key = findings_of(store, analysis)[0].key
    criterion = checked.library.all_criteria()["shoulders_level"]
    return {
        "list_recordings, first page": lambda: list_recordings(store),
        "list_recordings, page 150": lambda: list_recordings(store, offset=7450),
        "list_recordings, one outlet and round": lambda: list_recordings(store, one),
        "list_recordings, by state": lambda: list_recordings(store, Filter(state=State.DONE)),
        "state_counts": lambda: state_counts(store),
        "places": lambda: places(store),
        "get_recording": lambda: get_recording(store, last),
        "people_names": lambda: people_names(store, last),
        "people_scores": lambda: people_scores(store, last),
        "latest_analysis": lambda: latest_analysis(store, last),
        "load_result": lambda: load_result(store, analysis),
        "findings_of": lambda: findings_of(store, analysis),
        "criterion_rates": lambda: criterion_rates(store),
        "criterion_rates of one unit": lambda: criterion_rates(store, Filter(unit="unit 3")),
        "criterion_rates_by units": lambda: criterion_rates_by(store, ["unit"]),
        "criterion_rates_by windows": lambda: criterion_rates_by(store, ["unit", "outlet", "window"]),
        "stamp": lambda: stamp(store),
        "to_score": lambda: to_score(store, "fifth"),
        "disagreements": lambda: disagreements(store, None, "third"),
        "review_counts": lambda: review_counts(store),
        "raters": lambda: raters(store),
        "agreement machine, human": lambda: agreement(machine_and_human(store, "third")),
        "agreement human, human": lambda: agreement(human_and_human(store, "third", "fourth")),
        "agreement on decisions": lambda: agreement(decided_by_both(store, "first", "second")),
        **_statistics(store),
        "decide": lambda: decide(store, key, "third", DecisionKind.CONFIRM),
        "add_finding": lambda: add_finding(store, last, 1, criterion, 1, 3, "third", "seen", Severity.MINOR),
        "review": lambda: review(store, last, checked.library),
        "save_analysis": lambda: save_analysis(store, last, checked, CheckOptions()),
        "claim_next, none waiting": lambda: claim_next(store),
    }


def _statistics(store: Store) -> dict[str, Callable[[], object]]:
    """What the comparison and the reports ask, and what is worked out from it."""
    rows = scored_recordings(store, EVERYTHING)
    return {
        "scored_recordings": lambda: scored_recordings(store, EVERYTHING),
        "scored_recordings of one unit": lambda: scored_recordings(store, Filter(unit="unit 3")),
        "rates_after_review units": lambda: rates_after_review(store, ["unit"], EVERYTHING),
        "rates_after_review windows": lambda: rates_after_review(store, ["unit", "outlet", "window"], EVERYTHING),
        "statistics of units, no query": lambda: statistics_of(rows, "unit"),
        "statistics of windows, no query": lambda: statistics_of(rows, "window"),
        "overview by units, all queries": lambda: overview(store, "unit", EVERYTHING),
        "keep_reviews, none stale": lambda: keep_reviews(store, Filter(unit="none")),
        "kinds_of_analyses": lambda: kinds_of_analyses(store, EVERYTHING),
        "failures": lambda: failures(store, EVERYTHING),
        "count_cards": lambda: count_cards(store, EVERYTHING),
        "card_ids": lambda: card_ids(store, EVERYTHING),
        "one scorecard": lambda: list(cards(store, EVERYTHING, 1)),
    }


def measure(store: Store, checked: Checked, recordings: int) -> None:
    start = time.perf_counter()
    fill(store, checked, recordings)
    print(f"filled {recordings} recordings with {FINDINGS} findings in {time.perf_counter() - start:.0f} s")
    (row,) = list_recordings(store, limit=1).rows
    assert row.analysis_id is not None
    for name, ask in questions(store, checked, row.recording.id, row.analysis_id).items():
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            ask()
            taken.append((time.perf_counter() - start) * 1000)
        print(f"{name:40s} median {statistics.median(taken):7.1f} ms, slowest {max(taken):7.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=10_000)
    parser.add_argument("--store", default=None)
    asked = parser.parse_args()
    silence_native_stderr()
    checked = check(SAMPLE)
    checked = replace(checked, result=with_findings(checked.result))
    with tempfile.TemporaryDirectory() as folder:
        where = asked.store or str(Path(folder) / "store.sqlite")
        with open_store(where) as store:
            measure(store, checked, asked.recordings)
        if not asked.store:
            print(f"{Path(where).stat().st_size / 1e6:.0f} MB on disk")


if __name__ == "__main__":
    main()
