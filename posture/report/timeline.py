"""The timeline of a recording as a Vega-Lite chart: poses, movements and deviations of everybody, one row each.

Chart specifications are plain dictionaries: nothing has to be imported to make one, and any page can draw it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from posture.findings import CheckResult, Move, PersonFindings, Severity
from posture.report.labels import Report, clock, person_name
from posture.survey.records import Finding

Spec = dict[str, Any]
ROW_PX = 24
_AXIS_PX = 44
UNSEEN_S = 1.0
"""Gaps in a person's track longer than this are shown as not seen."""
_MOST_TICKS = 10
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
SEVERITY_COLOUR = {Severity.MINOR: "#E69F00", Severity.MODERATE: "#D55E00", Severity.SERIOUS: "#8C2D04"}
_HEIGHT_PX = {Severity.MINOR: 7, Severity.MODERATE: 12, Severity.SERIOUS: 18}
POSE_COLOUR, MOVE_COLOUR, GREY = "#0072B2", "#009E73", "#888888"
SELECTED_COLOUR, CONFIRMED_COLOUR = "#CC79A7", "#0072B2"
PICK = "finding"
"""Name of the selection that a click on a deviation makes; its field is the finding's `key`."""
_CLOCK = (
    "(datum.value >= 3600 ? format(floor(datum.value/3600), 'd') + ':' : '') + "
    "format(floor((datum.value % 3600)/60), '02d') + ':' + format(floor(datum.value % 60), '02d')"
)


def time_axis(total_s: float) -> Spec:
    """Minutes and seconds along x, at round numbers."""
    step = next((s for s in _STEPS_S if total_s / s <= _MOST_TICKS), 7200)
    marks = [k * step for k in range(int(total_s / step) + 1)]
    return {"values": marks, "labelExpr": _CLOCK, "title": None, "grid": True, "gridOpacity": 0.35}


def timeline(
    report: Report,
    findings: Sequence[Finding],
    names: Mapping[int, str],
    selected: int | None = None,
    unseen: Mapping[int, Sequence[tuple[float, float]]] | None = None,
) -> Spec:
    """Rows of everybody in the result; `findings` are those to show, `selected` is the key of the one looked at.

    Severity shows by height and colour; dismissed ones are hollow, confirmed ones have a blue rim. A click on one
    selects its `key` under the name `PICK`.
    """
    result = report.checked.result
    total_s = max(result.duration_s, *(p.last_seen_s for p in result.people), 0.1) if result.people else 0.1
    rows = _Rows(report, result, names, findings)
    x: Spec = {"type": "quantitative", "scale": {"domain": [0, total_s], "nice": False}, "axis": time_axis(total_s)}
    y: Spec = {
        "field": "row", "type": "nominal", "sort": rows.order, "title": None, "scale": {"domain": rows.order},
        "axis": {"labelLimit": 230, "domain": False, "ticks": False, "grid": False},
    }  # fmt: skip
    held = [
        _bar(rows.poses(p), s.start_s, s.end_s, report.pose_name(s.pose)) for p in result.people for s in p.segments
    ]
    moves = [_bar(rows.moves(p), m.start_s, m.end_s, report.move(m)) for p in result.people for m in _shown(p)]
    gone = [
        _bar(rows.poses(p), a, b, report.tell("timeline.unseen"))
        for p in result.people
        for a, b in (unseen or {}).get(p.person, ())
    ]
    marks = [_finding(report, f, rows.of(f), names, f.key == selected) for f in findings]
    return {
        "height": len(rows.order) * ROW_PX + _AXIS_PX,
        "encoding": {"x": {**x, "field": "start"}, "x2": {"field": "end"}, "y": y},
        "params": [
            {"name": PICK, "select": {"type": "point", "fields": ["key"]}, "views": ["deviations"]},
            {
                "name": "stretch", "bind": "scales", "views": ["lanes"],
                "select": {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"},
            },
        ],
        "layer": [
            _layer("lanes", [_bar(row, 0.0, total_s, "") for row in rows.order], GREY, opacity=0.13, tooltip=False),
            _layer("poses", held, POSE_COLOUR, opacity=0.75),
            _layer("moves", moves, MOVE_COLOUR, opacity=0.9),
            _layer("unseen", gone, GREY, opacity=0.35, stroke=GREY, strokeDash=[3, 3]),
            _deviations(marks),
        ],
    }  # fmt: skip


def _shown(person: PersonFindings) -> list[Move]:
    return [m for m in person.moves if m.group != "nod"]


class _Rows:
    """Labels of the rows, each person's together; with one person the name is left out."""

    def __init__(
        self, report: Report, result: CheckResult, names: Mapping[int, str], findings: Sequence[Finding]
    ) -> None:
        self._report, self._names, self._several = report, names, len(result.people) > 1
        self.order: list[str] = []
        for p in result.people:
            self.order.append(self.poses(p))
            if _shown(p):
                self.order.append(self.moves(p))
            own = {f.criterion: f for f in findings if f.person == p.person}
            self.order += [self.of(f) for f in own.values()]

    def _named(self, person: int, text: str) -> str:
        return f"{person_name(self._report, person, self._names)} · {text}" if self._several else text

    def poses(self, person: PersonFindings) -> str:
        return self._named(person.person, self._report.tell("head.held"))

    def moves(self, person: PersonFindings) -> str:
        return self._named(person.person, self._report.tell("head.moves"))

    def of(self, finding: Finding) -> str:
        return self._named(finding.person, self._report.title(finding.criterion))


def _bar(row: str, start_s: float, end_s: float, text: str) -> Spec:
    return {"row": row, "start": round(start_s, 2), "end": round(end_s, 2), "text": text}


def _finding(report: Report, finding: Finding, row: str, names: Mapping[int, str], selected: bool) -> Spec:
    parts = [person_name(report, finding.person, names), report.title(finding.criterion)]
    parts += [f"{clock(finding.start_s)}–{clock(finding.end_s)}", report.tell(f"severity.{finding.severity}")]
    parts.append(report.tell(f"state.{finding.state}"))
    return {
        **_bar(row, finding.start_s, finding.end_s, " · ".join(parts)),
        "key": finding.key,
        "severity": str(finding.severity),
        "state": finding.state,
        "selected": selected,
    }


def _layer(name: str, values: list[Spec], colour: str, tooltip: bool = True, **mark: Any) -> Spec:
    encoding: Spec = {"tooltip": {"field": "text", "type": "nominal"}} if tooltip else {}
    return {
        "name": name,
        "data": {"values": values},
        "mark": {"type": "bar", "color": colour, "height": {"band": 0.62}, "clip": True, **mark},
        "encoding": encoding,
    }


def _deviations(values: list[Spec]) -> Spec:
    """A stroke in the colour of the bar keeps a second of an hour visible."""
    severities = [str(s) for s in Severity]
    severity = {"field": "severity", "type": "nominal", "legend": None}
    colour = {**severity, "scale": {"domain": severities, "range": [SEVERITY_COLOUR[s] for s in Severity]}}
    rims = [
        {"test": "datum.selected", "value": SELECTED_COLOUR},
        {"test": "datum.state == 'confirmed'", "value": CONFIRMED_COLOUR},
    ]
    return {
        "name": "deviations",
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadius": 2, "cursor": "pointer", "clip": True},
        "encoding": {
            "size": {**severity, "scale": {"domain": severities, "range": [_HEIGHT_PX[s] for s in Severity]}},
            "fill": {"condition": {"test": "datum.state == 'dismissed'", "value": "transparent"}, **colour},
            "stroke": {"condition": rims, **colour},
            "strokeWidth": {
                "condition": [
                    {"test": "datum.selected", "value": 4},
                    {"test": "datum.state == 'confirmed'", "value": 3},
                ],
                "value": 1.6,
            },
            "tooltip": {"field": "text", "type": "nominal"},
        },
    }


def unseen_stretches(time_s: np.ndarray, total_s: float) -> list[tuple[float, float]]:
    """Stretches longer than `UNSEEN_S` without a sample, start and end in seconds."""
    times = np.concatenate([[0.0], time_s, [max(total_s, float(time_s[-1]) if len(time_s) else 0.0)]])
    return [(float(times[i]), float(times[i + 1])) for i in np.flatnonzero(np.diff(times) > UNSEEN_S)]
