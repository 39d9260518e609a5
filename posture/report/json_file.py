"""The result as JSON: a stable form for other programs. Values stand beside their unit; not known is null."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from posture.files import atomic_path
from posture.findings import CriterionResult, Deviation, PersonFindings
from posture.landmarks import Speech
from posture.report.flow import contact_json
from posture.report.labels import Report

SCHEMA_VERSION = 1


def to_json(report: Report) -> dict[str, Any]:
    """The result as plain data. Ids are the same in every language, `title` and the like are in the report's."""
    result = report.checked.result
    data = {
        "schema_version": SCHEMA_VERSION,
        "language": report.language,
        "source": result.source,
        "source_sha256": report.checked.observation.source_sha256,
        "kind": result.kind,
        "duration_s": result.duration_s,
        "image_size_px": list(result.image_size),
        "profile": result.profile,
        "pose_choice": result.pose_choice,
        "variant": result.variant,
        "people": [_person(report, p) for p in result.people],
        "flow": asdict(result.flow) if result.flow else None,
        "contacts": [contact_json(report, c) for c in result.contacts],
        "damage": [{"start_s": a, "end_s": b, "detail": d} for a, b, d in result.damage],
        "speech": _speech(report.checked.observation.speech),
        "notes": [{"id": k, "text": report.note(k, v)} for k, v in result.notes],
        "provenance": result.provenance,
    }
    cleaned: dict[str, Any] = without_nan(data)
    return cleaned


def _speech(speech: Speech | None) -> dict[str, Any] | None:
    """When somebody spoke; null when nobody has listened, `reason` where it cannot be told."""
    if speech is None:
        return None
    return {**asdict(speech), "reason": speech.reason or None, "total_s": None if speech.reason else speech.total_s}


def write_json(report: Report, path: Path) -> None:
    """Write the JSON file; nothing half-written stays behind.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(to_json(report), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _person(report: Report, person: PersonFindings) -> dict[str, Any]:
    return {
        "person": person.person,
        "role": str(person.role) if person.role else "unknown",
        "role_reason": person.role_reason,
        "scored": person.scored,
        "seen_s": person.seen_s,
        "first_seen_s": person.first_seen_s,
        "last_seen_s": person.last_seen_s,
        "height_px": person.height_px,
        "view_s": {str(v): s for v, s in person.view_s.items()},
        "neutral_s": person.neutral_s,
        "poses_held": [asdict(s) for s in person.segments],
        "moves": [asdict(m) | {"name": report.move_name(m.kind)} for m in person.moves],
        "stances": [asdict(s) for s in person.stances],
        "activities": [asdict(s) for s in person.activities],
        "score": asdict(person.score),
        "criteria": [_result(report, r) for r in person.results],
    }


def _result(report: Report, result: CriterionResult) -> dict[str, Any]:
    criterion = report.criterion(result.criterion)
    return {
        "id": result.criterion,
        "title": report.title(result.criterion),
        "category": criterion.category,
        "advisory": criterion.advisory,
        "verdict": str(result.verdict),
        "measure": criterion.measure,
        "unit": report.unit_of(result.criterion),
        "allowed": [criterion.allowed.low, criterion.allowed.high],
        "target": criterion.ideal,
        "typical_value": result.typical_value,
        "error": result.error,
        "ok_s": result.ok_s,
        "borderline_s": result.borderline_s,
        "deviation_s": result.deviation_s,
        "not_assessable_s": {str(r): s for r, s in result.not_assessable_s.items()},
        "sources": list(criterion.sources),
        "own_choice": criterion.own_choice,
        "deviations": [_deviation(report, d) for d in result.deviations],
    }


def _deviation(report: Report, deviation: Deviation) -> dict[str, Any]:
    criterion = report.criterion(deviation.criterion)
    return {
        **asdict(deviation),
        "cue": criterion.cue.in_language(report.language),
        "reason": criterion.reason.in_language(report.language),
    }


def without_nan(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(k): without_nan(v) for k, v in node.items()}
    if isinstance(node, list | tuple):
        return [without_nan(v) for v in node]
    if isinstance(node, float):
        return round(node, 4) if math.isfinite(node) else None
    return node
