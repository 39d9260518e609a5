"""Small drawings of the HTML report as inline SVG: timeline, value scale, course over time."""

from __future__ import annotations

from html import escape

import numpy as np

from posture.findings import CriterionResult, Deviation, Move, PersonFindings, Verdict
from posture.landmarks import Array
from posture.references import Criterion
from posture.report.labels import Report, clock

_LEFT, _WIDTH, _ROW = 240, 910, 26
_LONGEST_LABEL = 34
_POSE_FILL = ("#0072b2", "#56b4e9", "#009e73", "#7a7a7a")


def timeline(report: Report, person: PersonFindings) -> str:
    """Poses held, each broken criterion's deviations as bars, and where the person was not seen (hatched)."""
    total = max(report.checked.result.duration_s, person.last_seen_s, 0.1)
    shown = [r for r in person.results if r.deviations]
    first = 2 if person.moves else 1
    rows = first + len(shown)
    height = rows * _ROW + 34
    parts = [_svg_open(_LEFT + _WIDTH + 10, height, report.tell("head.timeline")), _HATCH]
    parts.append(_row_label(0, report.tell("head.held")))
    parts += _pose_bars(report, person, total)
    if person.moves:
        parts.append(_row_label(1, report.tell("head.moves")))
        parts += [_move_bar(report, m, total) for m in person.moves]
    for i, result in enumerate(shown, first):
        parts.append(_row_label(i, report.title(result.criterion)))
        parts.append(f'<rect x="{_LEFT}" y="{i * _ROW + 9}" width="{_WIDTH}" height="8" fill="#eef1f4"/>')
        parts += [_deviation_bar(report, d, i, total) for d in result.deviations]
    parts += [_gap_bar(a, b, rows, total) for a, b in _gaps(report, person, total)]
    parts += _axis(total, rows * _ROW + 6)
    return "".join([*parts, "</svg>"])


_HATCH = (
    '<defs><pattern id="unseen" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#fff" fill-opacity=".6"/><line x1="0" y1="0" x2="0" y2="6" stroke="#8a94a0" '
    'stroke-width="2"/></pattern></defs>'
)


def _svg_open(width: float, height: float, label: str) -> str:
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'


def _x(time_s: float, total: float) -> float:
    return _LEFT + _WIDTH * min(max(time_s / total, 0.0), 1.0)


def _row_label(row: int, text: str) -> str:
    short = text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
    return (
        f'<text x="{_LEFT - 8}" y="{row * _ROW + 17}" text-anchor="end" class="lab">{escape(short)}'
        f"<title>{escape(text)}</title></text>"
    )


def _pose_bars(report: Report, person: PersonFindings, total: float) -> list[str]:
    order = list(dict.fromkeys(s.pose for s in person.segments))
    bars = [f'<rect x="{_LEFT}" y="4" width="{_WIDTH}" height="18" fill="#eef1f4"/>']
    for s in person.segments:
        x, end = _x(s.start_s, total), _x(s.end_s, total)
        name = report.pose_name(s.pose)
        fill = _POSE_FILL[order.index(s.pose) % len(_POSE_FILL)]
        bars.append(
            f'<rect x="{x:.1f}" y="4" width="{max(end - x, 1.5):.1f}" height="18" rx="2" fill="{fill}">'
            f"<title>{escape(name)} {clock(s.start_s)}–{clock(s.end_s)}</title></rect>"
        )
        letters = int((end - x) / (13 if report.language == "zh" else 7.2)) - 1
        if letters >= 3:
            short = name if len(name) <= letters else name[: letters - 1] + "…"
            bars.append(f'<text x="{x + 5:.1f}" y="17" class="onbar">{escape(short)}</text>')
    return bars


def _move_bar(report: Report, move: Move, total: float) -> str:
    x, end = _x(move.start_s, total), _x(move.end_s, total)
    return (
        f'<rect x="{x:.1f}" y="{_ROW + 6}" width="{max(end - x, 2.5):.1f}" height="14" rx="2" fill="#009e73">'
        f"<title>{escape(report.move(move))}</title></rect>"
    )


def _deviation_bar(report: Report, d: Deviation, row: int, total: float) -> str:
    x, end = _x(d.start_s, total), _x(d.end_s, total)
    height = {"minor": 10, "moderate": 14, "serious": 18}[d.severity]
    text = f"{clock(d.start_s)}–{clock(d.end_s)} {report.tell(f'severity.{d.severity}')}"
    return (
        f'<rect x="{x:.1f}" y="{row * _ROW + 13 - height / 2:.1f}" width="{max(end - x, 2.5):.1f}" height="{height}" '
        f'rx="2" class="sev-{d.severity}"><title>{escape(text)}</title></rect>'
    )


def _gaps(report: Report, person: PersonFindings, total: float) -> list[tuple[float, float]]:
    """Stretches of more than a second in which the person was not found."""
    track = next(t for t in report.checked.observation.tracks if t.person == person.person)
    times = np.concatenate([[0.0], track.time_s, [total]])
    steps = np.diff(times)
    return [(float(times[i]), float(times[i + 1])) for i in np.flatnonzero(steps > 1.0)]


def _gap_bar(start_s: float, end_s: float, rows: int, total: float) -> str:
    x, end = _x(start_s, total), _x(end_s, total)
    return f'<rect x="{x:.1f}" y="2" width="{end - x:.1f}" height="{rows * _ROW}" fill="url(#unseen)"/>'


def _axis(total: float, y: float) -> list[str]:
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600) if total / s <= 12), 7200)
    marks = []
    for k in range(int(total / step) + 1):
        x = _x(k * step, total)
        marks.append(f'<line x1="{x:.1f}" y1="2" x2="{x:.1f}" y2="{y:.0f}" class="grid"/>')
        marks.append(
            f'<text x="{x:.1f}" y="{y + 14:.0f}" text-anchor="middle" class="tick">{clock(k * step)[:-2]}</text>'
        )
    return marks


def scale(report: Report, d: Deviation, criterion: Criterion, unit: str) -> str:
    """The measured value with its error bar against the allowed and the serious zone."""
    low, high = criterion.allowed.low, criterion.allowed.high
    bounds = [b for b in (low, high, d.value - d.error, d.value + d.error, criterion.ideal) if b is not None]
    if criterion.serious:
        bounds += [b for b in (criterion.serious.low, criterion.serious.high) if b is not None]
    start, end = min(bounds), max(bounds)
    room = 0.12 * max(end - start, 1e-6)
    start, end = start - room, end + room
    width, y = 420.0, 22

    def x(value: float) -> float:
        return width * (value - start) / (end - start)

    left, right = (x(low) if low is not None else 0.0), (x(high) if high is not None else width)
    value = x(d.value)
    parts = [_svg_open(width, 56, report.tell("head.measured"))]
    parts.append(f'<rect x="0" y="{y - 7}" width="{width}" height="14" rx="3" class="zone-bad"/>')
    parts.append(f'<rect x="{left:.1f}" y="{y - 7}" width="{max(right - left, 1):.1f}" height="14" class="zone-ok"/>')
    for limit in (low, high):
        if limit is not None:
            label = escape(report.number(limit, unit))
            parts.append(f'<line x1="{x(limit):.1f}" x2="{x(limit):.1f}" y1="{y - 11}" y2="{y + 11}" class="limit"/>')
            parts.append(f'<text x="{x(limit):.1f}" y="{y + 26}" text-anchor="middle" class="tick">{label}</text>')
    bar = (x(d.value - d.error), x(d.value + d.error))
    parts.append(f'<line x1="{bar[0]:.1f}" x2="{bar[1]:.1f}" y1="{y}" y2="{y}" class="err"/>')
    parts += [f'<line x1="{b:.1f}" x2="{b:.1f}" y1="{y - 5}" y2="{y + 5}" class="err"/>' for b in bar]
    parts.append(f'<path d="M{value:.1f} {y - 8} l6 8 l-6 8 l-6 -8 z" class="val"/>')
    return "".join([*parts, "</svg>"])


def course(report: Report, result: CriterionResult, criterion: Criterion, time_s: Array, value: Array) -> str:
    """The measured value over time with the allowed band and the deviations shaded."""
    good = np.isfinite(value)
    if result.verdict != Verdict.DEVIATION or good.sum() < 3 or report.checked.result.kind == "photo":
        return ""
    width, height, total = 900.0, 120.0, max(report.checked.result.duration_s, float(time_s[-1]), 0.1)
    limits = [b for b in (criterion.allowed.low, criterion.allowed.high, criterion.ideal) if b is not None]
    start = min(float(np.percentile(value[good], 0.5)), *limits)
    end = max(float(np.percentile(value[good], 99.5)), *limits)
    room = 0.08 * max(end - start, 1e-6)
    start, end = start - room, end + room

    def y(v: float) -> float:
        return height * (1 - (min(max(v, start), end) - start) / (end - start))

    def x(t: float) -> float:
        return width * t / total

    top = y(criterion.allowed.high) if criterion.allowed.high is not None else 0.0
    bottom = y(criterion.allowed.low) if criterion.allowed.low is not None else height
    parts = [_svg_open(width, height + 18, report.tell("head.course"))]
    parts.append(f'<rect x="0" y="{top:.1f}" width="{width}" height="{max(bottom - top, 1):.1f}" class="zone-ok"/>')
    for d in result.deviations:
        w = max(x(d.end_s) - x(d.start_s), 2)
        parts.append(f'<rect x="{x(d.start_s):.1f}" y="0" width="{w:.1f}" height="{height}" class="shade"/>')
    keep = _thinned(np.flatnonzero(good), 1500)
    longest_step_s = max(1.0, 3 * total / max(len(keep), 1))
    path, last = [], -np.inf
    for i in keep:
        pen = "M" if time_s[i] - last > longest_step_s else "L"
        path.append(f"{pen}{x(float(time_s[i])):.1f} {y(float(value[i])):.1f}")
        last = time_s[i]
    parts.append(f'<path d="{"".join(path)}" class="curve"/>')
    parts.append(f'<text x="0" y="{height + 14}" class="tick">{clock(0)[:-2]}</text>')
    parts.append(f'<text x="{width}" y="{height + 14}" text-anchor="end" class="tick">{clock(total)[:-2]}</text>')
    return "".join([*parts, "</svg>"])


def _thinned(indices: np.ndarray, most: int) -> np.ndarray:
    if len(indices) <= most:
        return indices
    return indices[np.linspace(0, len(indices) - 1, most).astype(int)]
