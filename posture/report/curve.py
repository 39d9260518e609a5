"""A criterion's measured value over time as a Vega-Lite chart: allowed band, error, deviations, what was not seen."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.findings import Reason, Severity
from posture.judge import REASONS, Course
from posture.landmarks import Array
from posture.report.labels import Report, clock
from posture.report.timeline import GREY, POSE_COLOUR, SEVERITY_COLOUR, UNSEEN_S, Spec, time_axis
from posture.survey.records import Finding

MOST_POINTS = 2000
"""Of the line; an hour has 36000 samples."""
_MOST_STRETCHES = 250
_HEIGHT_PX = 260
_LINE = 90
_ROOM = 0.08
OK_COLOUR = "#009E73"


def curve(
    report: Report, criterion: str, course: Course, findings: list[Finding], moment_s: float | None = None
) -> Spec:
    """The chart of one criterion for one person; `findings` are that person's of that criterion, `moment_s` the one
    to mark. Where nothing could be assessed the ground is grey and says why."""
    wanted, unit = report.criterion(criterion), report.unit_of(criterion)
    low, high = wanted.allowed.low, wanted.allowed.high
    end_s = max(report.checked.result.duration_s, float(course.time_s[-1]), 0.1)
    bottom, top = _bounds(course, [v for v in (low, high, wanted.ideal) if v is not None])
    band = {"a": 0, "b": end_s, "low": bottom if low is None else low, "high": top if high is None else high}
    title = report.measure_name(criterion) + report.tell(f"unit_in_brackets.{unit}")
    layers = [
        _rect("allowed", [band | {"text": report.allowed((low, high), unit)}], OK_COLOUR, 0.16, limits=True),
        _rect("not_assessable", _not_assessable(report, course, end_s), GREY, 0.28, stroke=GREY, strokeDash=[3, 3]),
        _rect("deviations", [_shade(report, f) for f in findings], SEVERITY_COLOUR[Severity.MODERATE], 0.25),
        _line(report, course, unit),
    ]
    if moment_s is not None:
        layers.append(_moment(moment_s))
    return {
        "height": _HEIGHT_PX,
        # Above and not beside: along the y axis a long name would be cut off.
        "title": {"text": wrap(title, _LINE) or [title], "anchor": "start", "fontSize": 13, "fontWeight": "normal"},
        "encoding": {
            "x": {
                "field": "a", "type": "quantitative", "axis": time_axis(end_s),
                "scale": {"domain": [0, end_s], "nice": False},
            },
            "y": {
                "field": "v", "type": "quantitative", "title": None,
                "scale": {"domain": [bottom, top], "nice": False, "zero": False},
            },
        },
        "layer": layers,
        "params": [
            {
                "name": "stretch", "bind": "scales", "views": ["allowed"],
                "select": {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"},
            }
        ],
    }  # fmt: skip


def _bounds(course: Course, limits: list[float]) -> tuple[float, float]:
    """Of the drawing: all values but the outermost, and the limits."""
    value = course.value[np.isfinite(course.value)]
    ends = [float(np.percentile(value, q)) for q in (0.5, 99.5)] if len(value) else []
    low, high = min(limits + ends), max(limits + ends)
    room = _ROOM * max(high - low, 1e-6)
    return low - room, high + room


def _rect(name: str, values: list[Spec], colour: str, opacity: float, limits: bool = False, **mark: Any) -> Spec:
    encoding: Spec = {
        "x": {"field": "a", "type": "quantitative"},
        "x2": {"field": "b"},
        "tooltip": {"field": "text", "type": "nominal"},
    }
    if limits:
        encoding |= {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    else:
        encoding["y"] = None
    return {
        "name": name,
        "data": {"values": values},
        "mark": {"type": "rect", "color": colour, "opacity": opacity, "clip": True, **mark},
        "encoding": encoding,
    }


def _shade(report: Report, finding: Finding) -> Spec:
    when = f"{clock(finding.start_s)}–{clock(finding.end_s)}"
    text = f"{when} · {report.tell(f'severity.{finding.severity}')}"
    return {"a": round(finding.start_s, 2), "b": round(finding.end_s, 2), "text": text}


def _not_assessable(report: Report, course: Course, end_s: float) -> list[Spec]:
    """The longest stretches without a value, with their reasons; a person who was not found was not seen."""
    longest = sorted(stretches(course, end_s), key=lambda one: one[0] - one[1])[:_MOST_STRETCHES]
    return [{"a": round(a, 2), "b": round(b, 2), "text": report.tell(f"reason.{r}")} for a, b, r in sorted(longest)]


def stretches(course: Course, end_s: float) -> list[tuple[float, float, Reason]]:
    """Start, end in seconds and reason of each stretch in which nothing could be assessed."""
    why, time_s = course.why, course.time_s
    after = np.append(time_s[1:], end_s)
    cuts = np.flatnonzero((np.diff(why) != 0) | (np.diff(time_s) > UNSEEN_S)) + 1
    found: list[tuple[float, float, Reason]] = []
    last_s = 0.0
    for group in np.split(np.arange(len(why)), cuts):
        first, last = int(group[0]), int(group[-1])
        if time_s[first] - last_s > UNSEEN_S:
            found.append((last_s, float(time_s[first]), Reason.NOT_VISIBLE))
        last_s = float(time_s[last]) if after[last] - time_s[last] > UNSEEN_S else float(after[last])
        reason = REASONS[why[first]]
        if reason is not None:
            found.append((float(time_s[first]), last_s, reason))
    if end_s - last_s > UNSEEN_S:
        found.append((last_s, end_s, Reason.NOT_VISIBLE))
    return found


def _line(report: Report, course: Course, unit: str) -> Spec:
    """The value and its error, cut where there is none."""
    keep = thinned(course.value, MOST_POINTS)
    good = np.flatnonzero(np.isfinite(course.value))
    far = (np.diff(good) > 1) | (np.diff(course.time_s[good]) > UNSEEN_S)
    run = np.concatenate([[0], np.cumsum(far)]) if len(good) else np.zeros(0)
    run_of = dict(zip(good.tolist(), run.tolist(), strict=True))
    values = [
        {
            "a": round(float(course.time_s[i]), 2),
            "v": _rounded(course.value[i]),
            "low": _rounded(course.value[i] - course.error[i]),
            "high": _rounded(course.value[i] + course.error[i]),
            "run": run_of[int(i)],
            "text": f"{clock(float(course.time_s[i]))} · "
            + report.measured(float(course.value[i]), float(course.error[i]), unit),
        }
        for i in keep
    ]
    detail = {"field": "run", "type": "nominal"}
    error: Spec = {
        "name": "error",
        "mark": {"type": "area", "color": POSE_COLOUR, "opacity": 0.22, "clip": True},
        "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}, "detail": detail},
    }
    line: Spec = {
        "name": "value",
        "mark": {"type": "line", "color": POSE_COLOUR, "strokeWidth": 1.8, "clip": True},
        "encoding": {"detail": detail, "tooltip": {"field": "text", "type": "nominal"}},
    }
    return {"data": {"values": values}, "layer": [error, line]}


def _rounded(value: float) -> float:
    return float(f"{float(value):.4g}")


def _moment(moment_s: float) -> Spec:
    return {
        "name": "moment",
        "data": {"values": [{"a": round(moment_s, 2)}]},
        "mark": {"type": "rule", "color": "#CC79A7", "strokeWidth": 3},
        "encoding": {"y": None},
    }


def thinned(value: Array, most: int) -> NDArray[np.intp]:
    """Indices, in order, of at most `most` of the finite values: the lowest and highest of each stretch, so that
    no peak is lost."""
    good = np.flatnonzero(np.isfinite(value))
    if len(good) <= most:
        return good
    kept = []
    for part in np.array_split(good, most // 2):
        kept += [part[np.argmin(value[part])], part[np.argmax(value[part])]]
    return np.unique(np.array(kept, np.intp))
