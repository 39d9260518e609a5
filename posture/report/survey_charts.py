"""Charts of a survey as SVG that needs no style sheet and no script: intervals, shares, and colours of the heat map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from posture.report.survey import HEAT, SurveyWords
from posture.report.survey_statistics import in_order, number, place, score_text
from posture.survey.overview import Statistics
from posture.survey.queries import CriterionRate
from posture.survey.statistics import CHANGES, SCORES, Changed, RoundChange

MOST_ROWS = 40
"""Rows of one drawing: as many as fit on a page."""
_LEFT, _WIDTH, _RIGHT, _ROW, _TOP = 220.0, 360.0, 360.0, 22.0, 22.0
_LETTERS = 32
_INK, _DIM, _LINE, _BLUE, _RED, _GREEN = "#1c2530", "#5b6775", "#cfd6dd", "#0072b2", "#a4133c", "#00795a"
_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)


@dataclass(frozen=True)
class Row:
    """One line of a chart. Without `value` only `told` is written; without `interval` the dot is hollow."""

    label: str
    value: float | None
    interval: tuple[float, float] | None
    told: str
    colour: str = _BLUE


def score_rows(words: SurveyWords, found: Statistics) -> list[Row]:
    """By rank group; at the right the score, its interval, what it is over and the share that could be assessed."""
    return [
        Row(place(words, s.group), s.estimate.value if s.estimate else None, s.interval, score_text(words, s))
        for s, _ in in_order(found)
    ]


def change_rows(words: SurveyWords, found: Sequence[RoundChange]) -> list[Row]:
    colours = {Changed.ROSE: _GREEN, Changed.FELL: _RED}
    rows = []
    for c in found:
        value = c.estimate.value if c.estimate else None
        verdict = words.stat(f"verdict.{c.changed}")
        told = verdict if value is None else f"{'+' if value > 0 else ''}{number(value)} · {verdict}"
        rows.append(Row(place(words, c.group), value, c.interval, told, colours.get(c.changed, _DIM)))
    return rows


def interval_charts(rows: Sequence[Row], title: str, zero: bool = False, most: int = MOST_ROWS) -> list[str]:
    """Drawings of at most `most` rows, all on the same scale: of scores, or with a line at `zero` of changes."""
    low, high = _range(rows, zero)
    return [_chart(rows[i : i + most], title, low, high, zero) for i in range(0, len(rows), most)]


def _range(rows: Sequence[Row], zero: bool) -> tuple[float, float]:
    """From the smallest to the largest of dots and lines; very long lines are cut, so that the others stay readable."""
    values = [r.value for r in rows if r.value is not None] + ([0.0] if zero else [])
    if not values:
        return SCORES
    ends = [end for r in rows if r.interval for end in r.interval]
    room = max(3 * (max(values) - min(values)), 10.0)
    low = max(min([*values, *ends]), min(values) - room)
    high = min(max([*values, *ends]), max(values) + room)
    step = _step(low, high)
    least, most = CHANGES if zero else SCORES
    return max(float(np.floor(low / step) * step), least), min(float(np.ceil(high / step + 1e-9) * step), most)


def _step(low: float, high: float) -> float:
    return next((s for s in _STEPS if (high - low) / s <= 8), 1000.0)


def _chart(rows: Sequence[Row], title: str, low: float, high: float, zero: bool) -> str:
    height, total = _TOP + _ROW * len(rows) + 26, _LEFT + _WIDTH + _RIGHT

    def x(value: float) -> float:
        return _LEFT + _WIDTH * (min(max(value, low), high) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:g} {height:g}" role="img" '
        f"aria-label=\"{escape(title)}\" font-family=\"system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif\" "
        f'font-size="12"><rect width="{total:g}" height="{height:g}" fill="#fff"/>'
    ]
    for tick in np.arange(low, high + 1e-9, _step(low, high)):
        at, strong = x(float(tick)), zero and abs(tick) < 1e-9
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP - 6:g}" y2="{height - 20:g}" '
            f'stroke="{_INK if strong else _LINE}"/>'
        )
        parts.append(_text(at, height - 6, number(float(tick), 0 if tick == round(tick) else 1), _DIM, "middle"))
    for i, row in enumerate(rows):
        parts += _row(row, _TOP + _ROW * i + _ROW / 2, x, (low, high))
    return "".join([*parts, "</svg>"])


def _row(row: Row, y: float, x: Callable[[float], float], bounds: tuple[float, float]) -> list[str]:
    short = row.label if len(row.label) <= _LETTERS else "…" + row.label[-_LETTERS + 1 :]
    parts = [f"<g><title>{escape(row.label)}: {escape(row.told)}</title>"]
    parts.append(_text(_LEFT - 10, y + 4, short, _INK, "end"))
    if row.interval:
        low, high = row.interval
        parts.append(_line(x(low), x(high), y, row.colour))
        for end, cut in ((low, low < bounds[0]), (high, high > bounds[1])):
            # An end that lies outside the drawing has no stop.
            parts.append("" if cut else f'<path d="M{x(end):.1f} {y - 4:g}v8" stroke="{row.colour}" stroke-width="2"/>')
    if row.value is not None:
        fill = row.colour if row.interval else "#fff"
        parts.append(
            f'<circle cx="{x(row.value):.1f}" cy="{y:g}" r="4.5" fill="{fill}" stroke="{row.colour}" '
            'stroke-width="1.6"/>'
        )
    parts.append(_text(_LEFT + _WIDTH + 12, y + 4, row.told, _INK if row.value is not None else _DIM, "start"))
    return [*parts, "</g>"]


def _line(start: float, end: float, y: float, colour: str) -> str:
    return f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{y:g}" y2="{y:g}" stroke="{colour}" stroke-width="2"/>'


def _text(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'


def share_bars(words: SurveyWords, rates: Sequence[CriterionRate], most: int = 12) -> str:
    """Of those assessed, the share with a deviation, the most often broken first; empty where nothing was broken."""
    shown = [r for r in rates if r.deviating][:most]
    if not shown:
        return ""
    height, total = _ROW * len(shown) + 6, _LEFT + _WIDTH + _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:g} {height:g}" role="img" '
        f'aria-label="{escape(words.tell("rates.title"))}" font-size="12" '
        f"font-family=\"system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif\">"
        f'<rect width="{total:g}" height="{height:g}" fill="#fff"/>'
    ]
    for i, r in enumerate(shown):
        y, share = _ROW * i, r.deviating / r.assessed
        told = f"{100 * share:.0f} % · {words.tell('rates.of', deviating=r.deviating, assessed=r.assessed)}"
        parts.append(_text(_LEFT - 10, y + 16, words.title(r.criterion)[:_LETTERS], _INK, "end"))
        parts.append(f'<rect x="{_LEFT:g}" y="{y + 4:g}" width="{_WIDTH:g}" height="14" fill="#eef1f4"/>')
        parts.append(f'<rect x="{_LEFT:g}" y="{y + 4:g}" width="{_WIDTH * share:.1f}" height="14" fill="#d55e00"/>')
        parts.append(_text(_LEFT + _WIDTH + 12, y + 16, told, _INK, "start"))
    return "".join([*parts, "</svg>"])


def heat_colour(share: float) -> tuple[str, str]:
    """Fill and ink of a cell for a share of 0..1, in 20 steps."""
    stops = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in HEAT], float)
    share = round(min(max(share, 0.0), 1.0) * 20) / 20
    mixed = [round(float(np.interp(share, (0.0, 0.5, 1.0), stops[:, i]))) for i in range(3)]
    return "#{:02X}{:02X}{:02X}".format(*mixed), "#FFFFFF" if share > 0.7 else "#222222"
