"""Findings as coded events: what BORIS, ELAN and spreadsheets are written from. Frame index and time stand together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from posture.check import CheckOptions
from posture.findings import Deviation
from posture.landmarks import Observation
from posture.report.labels import Report, person_name
from posture.survey.analyses import models_sha256, norms_sha256
from posture.survey.records import Finding, Origin
from posture.text import say


@dataclass(frozen=True)
class Event:
    """One finding. `who` is the person's name or number in words; a frame index is None where it is not known."""

    person: int
    who: str
    criterion: str
    title: str
    category: str
    start_s: float
    end_s: float
    start_frame: int | None
    end_frame: int | None
    severity: str
    origin: Origin
    remark: str = ""


@dataclass(frozen=True)
class Coding:
    """The events of one recording. `path` is where it lies, as far as known; `fps` its mean pictures per second;
    `starts_at` the wall-clock time of its first picture at the place; `statement` says what the file is."""

    observation_id: str
    path: str
    kind: str
    duration_s: float
    fps: float | None
    starts_at: datetime | None
    events: tuple[Event, ...]
    statement: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]


def coding_of(
    report: Report,
    options: CheckOptions,
    findings: Sequence[Finding] | None = None,
    names: Mapping[int, str] | None = None,
    starts_at: datetime | None = None,
    path: str = "",
) -> Coding:
    """The findings of a checked recording in the report's language. With `findings` those of people's present
    decisions: dismissed ones are left out, added ones are in. Without landmarks there are no frame indices."""
    seen, result = report.checked.observation, report.checked.result
    every = _as_found(report) if findings is None else [f for f in findings if not f.dismissed]
    known = set(report.checked.library.all_criteria())
    return Coding(
        observation_id=Path(result.source).stem,
        path=path or str(report.source_path or result.source),
        kind=result.kind,
        duration_s=result.duration_s,
        fps=mean_fps(seen),
        starts_at=starts_at,
        events=tuple(_event(report, seen, f, names or {}) for f in every if f.criterion in known),
        statement=statement(report, options, starts_at),
    )


def _as_found(report: Report) -> list[Finding]:
    """The machine's findings before anybody looked at them."""
    every = sorted((d for p in report.checked.result.people for d in p.deviations), key=lambda d: d.start_s)
    return [
        Finding(0, Origin.MACHINE, d.person, d.criterion, d.start_s, d.end_s, d.severity, d) for d in every
    ]  # fmt: skip


def _event(report: Report, seen: Observation, f: Finding, names: Mapping[int, str]) -> Event:
    parts = [_measured(report, f.deviation)] if f.deviation is not None else []
    parts += [f"{d.who}: {d.text}" for d in f.decisions if d.text]
    return Event(
        person=f.person,
        who=person_name(report, f.person, names),
        criterion=f.criterion,
        title=report.title(f.criterion),
        category=report.tell(f"category.{report.criterion(f.criterion).category}"),
        start_s=f.start_s,
        end_s=f.end_s,
        start_frame=frame_at(seen, f.start_s),
        end_frame=frame_at(seen, f.end_s),
        severity=report.tell(f"severity.{f.severity}"),
        origin=f.origin,
        remark=" · ".join(part.replace("\n", " ") for part in parts),
    )


def _measured(report: Report, d: Deviation) -> str:
    unit = report.unit_of(d.criterion)
    value = report.measured(d.value, d.error, unit)
    return f"{report.measure_name(d.criterion)} {value} [{report.allowed(d.allowed, unit)}]"


def statement(report: Report, options: CheckOptions, starts_at: datetime | None = None) -> dict[str, str]:
    """What a file is and what it was made by: software, models, norms, options. Names are the same in every language.
    Empty values are left out."""
    checked = report.checked
    made = checked.observation.provenance or checked.result.provenance
    told = {
        "what": say("exchange.what", report.language),
        "software": f"posture {made.get('posture', '')}".strip(),
        "recording": checked.result.source,
        "recording_sha256": checked.observation.source_sha256,
        "recording_starts_at": f"{starts_at:%Y-%m-%dT%H:%M:%S}" if starts_at else "",
        "models_sha256": models_sha256(made),
        "norms_sha256": norms_sha256(checked.library, checked.result.flow),
        "profile": checked.library.profile.id,
        "variant": checked.library.variant,
        "options": json.dumps(asdict(options), ensure_ascii=False, default=str),
        "language": report.language,
    }
    return {name: text for name, text in told.items() if text}


def mean_fps(seen: Observation) -> float | None:
    """Pictures per second of the recording on the average, told from the indices of the samples; None for less than
    two samples."""
    track = max(seen.tracks, key=len, default=None)
    if track is None or len(track) < 2:
        return None
    return float((track.frame_index[-1] - track.frame_index[0]) / (track.time_s[-1] - track.time_s[0]))


def frame_at(seen: Observation, time_s: float) -> int | None:
    """Index of the picture at that time, between samples by the mean rate; None outside of all samples."""
    fps = mean_fps(seen)
    nearest: tuple[float, float, int] | None = None
    for track in seen.tracks:
        i = int(np.argmin(np.abs(track.time_s - time_s)))
        away_s = time_s - float(track.time_s[i])
        if nearest is None or abs(away_s) < abs(nearest[0]):
            nearest = away_s, float(track.time_s[i]), int(track.frame_index[i])
    if nearest is None or fps is None or abs(nearest[0]) > _NEAR_S:
        return None
    return nearest[2] + round(nearest[0] * fps)


_NEAR_S = 1.0
"""A picture further from every sample has no index that could be told."""
