"""Analyses: what a check found, kept whole, and as rows to ask questions of. Analysing again keeps the older ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic_core
from sqlalchemy import Connection, func, insert, select, update

from posture.errors import StoreError
from posture.findings import CheckResult, Deviation
from posture.flow.files import is_shipped
from posture.library import Library
from posture.service_flow import ServiceFlow
from posture.survey.matching import Stretch, matched
from posture.survey.recordings import require_owner, set_state
from posture.survey.records import (
    Analysis,
    Origin,
    State,
    now,
    number,
    options_from_json,
    options_to_json,
    result_from_json,
    result_to_json,
)
from posture.survey.store import Store
from posture.survey.tables import analysis, criterion_verdict, finding, finding_key, judged_person, recording, result

if TYPE_CHECKING:  # brings the whole chain along
    from posture.check import Checked, CheckOptions


def save_analysis(
    store: Store, recording_id: int, checked: Checked, options: CheckOptions, landmark_path: Path | None = None
) -> int:
    """Keep what a check found; the recording is done. Returns the analysis' id.

    Findings that earlier analyses of the recording had, too, keep their key (`matching`).

    Raises
    ------
    StoreError
        There is no such recording.
    """
    norms = norms_sha256(checked.library, checked.result.flow)
    return save_result(store, recording_id, checked.result, norms, options, landmark_path)


def save_result(
    store: Store,
    recording_id: int,
    found: CheckResult,
    norms: str,
    options: CheckOptions,
    landmark_path: Path | None = None,
    owner: str | None = None,
) -> int:
    """`save_analysis` of what another process found by norms of that hash. With an `owner` nothing is saved unless the
    recording is theirs: then `recordings.LostLease` is raised."""
    row = {
        "recording_id": recording_id,
        "made_at": now(),
        "software": found.provenance.get("posture", ""),
        "models_sha256": models_sha256(found.provenance),
        "norms_sha256": norms,
        "profile": options.profile,
        "variant": options.variant,
        "pose": options.pose,
        "options": options_to_json(options),
        "landmark_path": str(landmark_path) if landmark_path is not None else None,
    }
    with store.write() as connection:
        require_owner(connection, recording_id, owner)  # one analysis of a recording at a time: keys are given once
        set_state(connection, recording_id, State.DONE)
        this = recording.c.id == recording_id
        connection.execute(update(recording).where(this).values(duration_s=found.duration_s))
        made: int = connection.execute(insert(analysis).values(row).returning(analysis.c.id)).scalar_one()
        connection.execute(insert(result).values(analysis_id=made, json=result_to_json(found)))
        for table, rows in ((judged_person, people_rows(made, found)), (criterion_verdict, verdict_rows(made, found))):
            if rows:
                connection.execute(insert(table), rows)
        _save_findings(connection, recording_id, made, found)
    return made


def models_sha256(provenance: Mapping[str, str]) -> str:
    """One hash over those of all models that took part."""
    hashes = {k: v for k, v in provenance.items() if k.startswith("model_")}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def norms_sha256(library: Library, flow: ServiceFlow | None = None) -> str:
    """Over criteria, profile, poses, measuring errors and a service flow of the hall's own: equal where the same norms
    are applied. A flow that comes with the program takes no part: it is told by the program's version, and stores from
    before there were own flows stay as they are."""
    parts = (library.all_criteria(), library.profile, library.poses, library.gestures, library.errors)
    own = () if flow is None or is_shipped(flow.id) else (flow,)
    plain = pydantic_core.to_jsonable_python((*parts, library.corrections, library.variant, *own))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def people_rows(analysis_id: int, found: CheckResult) -> list[dict[str, object]]:
    return [
        {
            "analysis_id": analysis_id,
            "person": p.person,
            "seen_s": p.seen_s,
            "height_px": number(p.height_px),
            "score": p.score.value,
            "grade": p.score.grade,
            "coverage": p.score.coverage,
        }
        for p in found.people
    ]


def verdict_rows(analysis_id: int, found: CheckResult) -> list[dict[str, object]]:
    return [
        {
            "analysis_id": analysis_id,
            "person": p.person,
            "criterion": r.criterion,
            "verdict": r.verdict,
            "assessable_s": r.assessable_s,
            "deviation_s": r.deviation_s,
            "deviations": len(r.deviations),
        }
        for p in found.people
        for r in p.results
    ]


def finding_row(analysis_id: int, key: int, d: Deviation) -> dict[str, object]:
    return {
        "analysis_id": analysis_id,
        "key": key,
        "person": d.person,
        "criterion": d.criterion,
        "start_s": d.start_s,
        "end_s": d.end_s,
        "worst_s": d.worst_s,
        "value": number(d.value),
        "error": number(d.error),
        "allowed_low": number(d.allowed[0]),
        "allowed_high": number(d.allowed[1]),
        "target": number(d.target),
        "severity": d.severity,
        "view": d.view,
        "points": d.points,
        "times": d.times,
        "price": d.price,
        "move": d.move,
        "follows_from": d.follows_from,
    }


def deviation_of(row: Any) -> Deviation:
    """The deviation of a row of `finding`."""
    return Deviation(
        criterion=row.criterion,
        person=row.person,
        start_s=row.start_s,
        end_s=row.end_s,
        worst_s=row.worst_s,
        value=row.value if row.value is not None else float("nan"),
        error=row.error if row.error is not None else float("nan"),
        allowed=(row.allowed_low, row.allowed_high),
        target=row.target,
        severity=row.severity,
        view=row.view,
        points=row.points,
        times=row.times,
        price=row.price,
        move=row.move,
        follows_from=row.follows_from,
    )


def _save_findings(connection: Connection, recording_id: int, analysis_id: int, found: CheckResult) -> None:
    deviations = [d for p in found.people for d in p.deviations]
    if not deviations:
        return
    stretches = [Stretch(d.person, d.criterion, d.start_s, d.end_s) for d in deviations]
    keys = matched(stretches, _known(connection, recording_id))
    fresh = [
        {"recording_id": recording_id, "origin": Origin.MACHINE, "person": s.person, "criterion": s.criterion}
        for s, key in zip(stretches, keys, strict=True)
        if key is None
    ]
    made = iter(new_keys(connection, fresh))
    rows = [
        finding_row(analysis_id, key if key is not None else next(made), d)
        for d, key in zip(deviations, keys, strict=True)
    ]
    connection.execute(insert(finding), rows)


def new_keys(connection: Connection, rows: list[dict[str, object]]) -> list[int]:
    """Insert rows of `finding_key`; their ids in the order of the rows."""
    if not rows:
        return []
    made = connection.execute(insert(finding_key).returning(finding_key.c.id, sort_by_parameter_order=True), rows)
    return list(made.scalars())


def _known(connection: Connection, recording_id: int) -> list[tuple[int, Stretch]]:
    """The machine's findings of the recording, each key as it was last seen."""
    last = (
        select(func.max(finding.c.id))
        .join(finding_key, finding_key.c.id == finding.c.key)
        .where(finding_key.c.recording_id == recording_id)
        .group_by(finding.c.key)
    )
    rows = connection.execute(select(finding).where(finding.c.id.in_(last)))
    return [(row.key, Stretch(row.person, row.criterion, row.start_s, row.end_s)) for row in rows]


def analyses_of(store: Store, recording_id: int) -> list[Analysis]:
    """All analyses of a recording, the newest first."""
    asked = select(analysis).where(analysis.c.recording_id == recording_id).order_by(analysis.c.id.desc())
    with store.read() as connection:
        return [_analysis_of(row) for row in connection.execute(asked)]


def latest_analysis(store: Store, recording_id: int) -> Analysis | None:
    """The newest analysis, None while there is none."""
    asked = select(analysis).where(analysis.c.recording_id == recording_id).order_by(analysis.c.id.desc()).limit(1)
    with store.read() as connection:
        row = connection.execute(asked).one_or_none()
    return _analysis_of(row) if row is not None else None


def _analysis_of(row: Any) -> Analysis:
    return Analysis(
        row.id, row.recording_id, row.made_at, row.software, row.models_sha256, row.norms_sha256, row.profile,
        row.variant, row.pose, options_from_json(row.options), row.landmark_path,
    )  # fmt: skip


def load_result(store: Store, analysis_id: int) -> CheckResult:
    """The whole result as it was saved; StoreError when there is no such analysis."""
    with store.read() as connection:
        text = connection.execute(select(result.c.json).where(result.c.analysis_id == analysis_id)).scalar()
    if text is None:
        raise StoreError("survey.errors.no_analysis", id=analysis_id)
    return result_from_json(text)
