"""The lanes of a service contact drawn: as SVG for the HTML report, as a chart for the dashboard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from posture.findings import Contact
from posture.report.flow import Bar, lanes, tell
from posture.report.labels import Report, clock
from posture.report.timeline import ROW_PX, Spec, time_axis

PICK_MOMENT = "moment"
"""Name of the selection that a click on a bar makes; its field `start` is where to jump, in seconds."""
_LEFT, _WIDTH, _ROW = 190, 870, 24
_AXIS_PX = 44
_CHART_PX = 720
"""The least width that lanes have on the dashboard beside their names."""


def legend_html(report: Report, contact: Contact) -> str:
    """What the colours of the upper lanes mean: where a bar is short its word has no room."""
    meant: dict[str, dict[str, None]] = {}
    for bar in (b for b in lanes(report, contact)[1] if not b.sub_step):
        meant.setdefault(bar.colour, {})[bar.labels[0]] = None
    square = '<span style="display:inline-block;width:12px;height:12px;border-radius:2px;background:{}"></span>'
    items = [f"{square.format(colour)} {escape(' / '.join(names))}" for colour, names in meant.items()]
    return f'<div style="font-size:13px;opacity:.75">{" &nbsp; ".join([*items, escape(tell(report, "numbers"))])}</div>'


def _width_px(text: str) -> float:
    """About how wide a text is in the chart's letters; Chinese ones are wider."""
    return sum(12.5 if ord(letter) > 0x2E80 else 6.5 for letter in text)


def _on_bar(bar: Bar, bars: Sequence[Bar], px_per_s: float) -> str:
    """The longest label that has room on the bar; a number may reach beyond it as far as the next bar of the lane."""
    own_px = (bar.end_s - bar.start_s) * px_per_s
    later = min((b.start_s for b in bars if b.lane == bar.lane and b.start_s > bar.start_s), default=math.inf)
    until_next_px = (later - bar.start_s) * px_per_s
    for label in bar.labels:
        if 4.0 + _width_px(label) <= (until_next_px if label.isdigit() else own_px):
            return label
    return ""


def _lane_name(name: str) -> str:
    """A step's name as far as there is room for it beside its lane."""
    if _width_px(name) <= _LEFT - 8:
        return name
    while name and _width_px(name + "…") > _LEFT - 8:
        name = name[:-1]
    return name + "…"


def lane_svg(report: Report, contact: Contact) -> str:
    """The lanes as inline SVG; a bar of a sub-step leads to its row of the table."""
    names, bars = lanes(report, contact)
    start_s, end_s = contact.start_s - 1.0, contact.end_s + 4.0

    def x(time_s: float) -> float:
        return _LEFT + _WIDTH * min(max((time_s - start_s) / (end_s - start_s), 0.0), 1.0)

    height = len(names) * _ROW
    label = escape(tell(report, "alt"))
    parts = [f'<svg viewBox="0 0 {_LEFT + _WIDTH + 10} {height + 24}" role="img" aria-label="{label}">']
    for i, name in enumerate(names):
        y = i * _ROW
        shown = escape(_lane_name(name))
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 16}" text-anchor="end" class="lab">{shown}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y + 4}" width="{_WIDTH}" height="16" fill="#eef1f4"/>')
    for bar in bars:
        y, left = names.index(bar.lane) * _ROW + 4, x(bar.start_s)
        rect = (
            f'<rect x="{left:.1f}" y="{y}" width="{max(x(bar.end_s) - left, 2):.1f}" height="16" rx="2" '
            f'fill="{bar.colour}" stroke="#fff" stroke-width=".8"><title>{escape(bar.text)}</title></rect>'
        )
        on_bar = _on_bar(bar, bars, _WIDTH / (end_s - start_s))
        if on_bar:
            rect += f'<text x="{left + 2:.1f}" y="{y + 12}" class="onlane">{escape(on_bar)}</text>'
        anchor = f"c{round(contact.start_s * 10)}-{bar.sub_step}"
        parts.append(f'<a href="#{anchor}">{rect}</a>' if bar.sub_step else rect)
    step_s = next(s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 3600) if (end_s - start_s) / s <= 12 or s == 3600)
    first = int(max(start_s, 0.0) // step_s + 1)
    for k in range(first, int(end_s // step_s) + 1):
        at = x(k * step_s)
        parts.append(f'<line x1="{at:.1f}" y1="2" x2="{at:.1f}" y2="{height}" class="grid"/>')
        text = clock(k * step_s)[:-2]
        parts.append(f'<text x="{at:.1f}" y="{height + 16}" text-anchor="middle" class="tick">{text}</text>')
    return "".join([*parts, "</svg>"])


def lane_chart(report: Report, contact: Contact) -> Spec:
    """The lanes as a Vega-Lite chart; a click on a bar adds its `start` to the selection `PICK_MOMENT`, one more
    click takes it away: so each click is told, on the same bar as well."""
    names, bars = lanes(report, contact)
    values = [
        {
            "lane": b.lane,
            "start": round(b.start_s, 2),
            "end": round(b.end_s, 2),
            "text": b.text,
            "colour": b.colour,
            "label": _on_bar(b, bars, _CHART_PX / (contact.end_s - contact.start_s + 5.0)),
        }
        for b in bars
    ]
    domain = [max(contact.start_s - 1.0, 0.0), contact.end_s + 4.0]
    axis = time_axis(contact.end_s + 4.0)
    axis["values"] = [v for v in axis["values"] if v >= domain[0]]
    return {
        "height": len(names) * ROW_PX + _AXIS_PX,
        "data": {"values": values},
        "encoding": {
            "x": {
                "field": "start", "type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": axis,
            },
            "x2": {"field": "end"},
            "y": {
                "field": "lane", "type": "nominal", "sort": names, "scale": {"domain": names}, "title": None,
                "axis": {"labelLimit": 200, "domain": False, "ticks": False, "grid": False},
            },
        },
        "layer": [
            {
                "params": [{
                    "name": PICK_MOMENT,
                    "select": {"type": "point", "fields": ["start"], "toggle": "true", "clear": False},
                }],
                "mark": {"type": "bar", "height": {"band": 0.7}, "cornerRadius": 2, "cursor": "pointer", "clip": True,
                         "stroke": "#ffffff", "strokeWidth": 0.8},
                "encoding": {
                    "fill": {"field": "colour", "type": "nominal", "scale": None},
                    "tooltip": {"field": "text", "type": "nominal"},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 2, "fontSize": 11, "color": "#111111", "clip": True},
                "encoding": {
                    "text": {"field": "label", "type": "nominal"},
                    "tooltip": {"field": "text", "type": "nominal"},
                },
            },
        ],
    }  # fmt: skip
