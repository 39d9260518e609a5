"""One self-contained HTML file: opens offline, prints well, says everything that the checker knows."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from posture.files import atomic_path
from posture.findings import Contact, CriterionResult, Deviation, PersonFindings, Verdict
from posture.report import flow, flow_lanes, svg
from posture.report.evidence import FrameSource, Shot, shots_of, taken
from posture.report.labels import Report, by_importance, clock, main_reason, percent, with_verdict
from posture.report.portrait import portrait_shots
from posture.video import frames_at


def environment() -> Environment:
    """Templates of reports: everything is escaped, a missing value is an error."""
    return Environment(
        loader=PackageLoader("posture.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def render_html(report: Report, source: FrameSource = frames_at) -> str:
    """The report as one HTML page; pictures are taken from the recording when it is at hand."""
    wanted: list[Shot[Any]] = [*shots_of(report), *portrait_shots(report)]
    made = taken(report, wanted, source)
    shots = {key: shot for key, shot in made.items() if isinstance(key, Deviation)}
    result = report.checked.result
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            r=report,
            result=result,
            say=report.tell,
            clock=clock,
            duration=report.length(result.duration_s),
            profile=report.judged_by(),
            people=[_person(report, p, shots, made.get(p.person)) for p in result.people],
            contacts=[_contact(report, c) for c in result.contacts],
            flow_title=flow.tell(report, "title"),
            damage=[(clock(a), clock(b), report.damage(d)) for a, b, d in result.damage],
            notes=report.remarks,
            provenance=_provenance(report),
            picture_count=len(shots),
            deviation_count=sum(len(p.deviations) for p in result.people),
        )
    )


def write_html(report: Report, path: Path, source: FrameSource = frames_at) -> None:
    """Write the HTML file; nothing half-written stays behind.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    with atomic_path(path) as partial:
        partial.write_text(render_html(report, source), encoding="utf-8")


def _person(
    report: Report, person: PersonFindings, shots: dict[Deviation, bytes], portrait: bytes | None
) -> dict[str, Any]:
    score = person.score
    return {
        "findings": person,
        "name": report.person(person.person),
        "number": report.tell("person", number=person.person),
        "portrait": _base64(portrait),
        "role": report.role(person),
        "score_text": f"{score.value:.0f}" if score.value is not None else "–",
        "grade": report.tell(f"grade.{score.grade}") if score.grade else report.tell("no_score"),
        "coverage": _coverage(report, person),
        "dial": _dial(score.value),
        "summary": report.summary(person),
        "views": report.seen_from(person),
        "held": [_held(report, s) for s in person.segments],
        "moves": [report.move(m) for m in person.moves if m.group != "nod"],
        "nods": sum(m.count for m in person.moves if m.group == "nod"),
        "timeline": Markup(svg.timeline(report, person)) if report.checked.result.kind == "video" else "",
        "cards": [_card(report, d, shots.get(d)) for d in by_importance(person.deviations)],
        "courses": _courses(report, person),
        "ok": [_row(report, r) for r in with_verdict(person, Verdict.OK)],
        "borderline": [_row(report, r) for r in with_verdict(person, Verdict.BORDERLINE)],
        "lost": [_lost(report, r) for r in with_verdict(person, Verdict.NOT_ASSESSABLE)],
    }


def _contact(report: Report, contact: Contact) -> dict[str, Any]:
    return {
        "id": f"c{round(contact.start_s * 10)}",
        "title": flow.contact_title(report, contact),
        "who": flow.who(report, contact),
        "order": flow.order_text(report, contact),
        "lanes": Markup(flow_lanes.lane_svg(report, contact) + flow_lanes.legend_html(report, contact)),
        "head": [flow.tell(report, f"head.{k}") for k in ("step", "sub_step", "verdict", "time", "remark")],
        "rows": flow.rows(report, contact),
        "groups": [
            (flow.tell(report, "principles"), flow.principle_rows(report, contact)),
            (flow.tell(report, "soften"), flow.soften_rows(report, contact)),
        ],
        "note": flow.flow_note(report),
    }


def _coverage(report: Report, person: PersonFindings) -> str:
    share = percent(person.score.coverage)
    if person.score.value is None:
        least = percent(report.checked.library.profile.scoring.least_coverage)
        return report.tell("no_score_why", coverage=share, least=least)
    return report.tell("coverage", coverage=share)


def _dial(value: float | None) -> Markup:
    length = 2 * 3.14159 * 52
    filled = length * (value or 0.0) / 100
    return Markup(
        '<svg viewBox="0 0 120 120" class="dial" aria-hidden="true"><circle cx="60" cy="60" r="52" class="ring"/>'
        f'<circle cx="60" cy="60" r="52" class="arc" stroke-dasharray="{filled:.1f} {length:.1f}" '
        'transform="rotate(-90 60 60)"/></svg>'
    )


def _held(report: Report, segment: Any) -> str:
    text = report.during(report.pose_name(segment.pose), segment.start_s, segment.end_s)
    more = report.tell("similarity", value=f"{segment.similarity:.0f}")
    if segment.upper_body_only:
        more += ("，" if report.language == "zh" else ", ") + report.tell("upper_body_only")
    return f"{text}（{more}）" if report.language == "zh" else f"{text} ({more})"


def _card(report: Report, d: Deviation, shot: bytes | None) -> dict[str, Any]:
    criterion, unit, language = report.criterion(d.criterion), report.unit_of(d.criterion), report.language
    return {
        "d": d,
        "id": f"p{d.person}-{d.criterion}-{round(d.start_s * 10)}",
        "title": criterion.title.in_language(language),
        "time": report.span(d.start_s, d.end_s),
        "length": report.seconds(d.duration_s) if report.checked.result.kind == "video" else "",
        "worst": clock(d.worst_s),
        "severity": report.tell(f"severity.{d.severity}"),
        "points": report.points(d),
        "remark": report.remark(d),
        "measure": report.measure_name(d.criterion),
        "measured": report.measured(d.value, d.error, unit),
        "allowed": report.allowed(d.allowed, unit),
        "scale": Markup(svg.scale(report, d, criterion, unit)),
        "cue": criterion.cue.in_language(language),
        "reason": criterion.reason.in_language(language),
        "sources": report.sources(criterion),
        "picture": _base64(shot),
        "alt": report.picture_alt(d.worst_s),
    }


def _base64(picture: bytes | None) -> Markup:
    return Markup(base64.b64encode(picture or b"").decode())


def _courses(report: Report, person: PersonFindings) -> list[tuple[str, Markup]]:
    found = []
    for result in with_verdict(person, Verdict.DEVIATION):
        time_s, value = report.checked.series[(person.person, result.criterion)]
        drawn = svg.course(report, result, report.criterion(result.criterion), time_s, value)
        if drawn:
            unit = report.tell(f"unit_in_brackets.{report.unit_of(result.criterion)}")
            found.append(
                (f"{report.title(result.criterion)} · {report.measure_name(result.criterion)}{unit}", Markup(drawn))
            )
    return found


def _row(report: Report, result: CriterionResult) -> dict[str, Any]:
    criterion, unit = report.criterion(result.criterion), report.unit_of(result.criterion)
    known = result.typical_value is not None and result.error is not None
    return {
        "title": report.title(result.criterion),
        "measure": report.measure_name(result.criterion),
        "typical": report.measured(result.typical_value or 0.0, result.error or 0.0, unit) if known else "–",
        "allowed": report.allowed((criterion.allowed.low, criterion.allowed.high), unit),
        "cue": criterion.cue.in_language(report.language),
        "seconds": _how_long(report, result),
        "sources": report.sources(criterion),
    }


def _how_long(report: Report, result: CriterionResult) -> str:
    if report.is_photo:
        return "–"
    return report.seconds(result.borderline_s if result.verdict == Verdict.BORDERLINE else result.ok_s)


def _lost(report: Report, result: CriterionResult) -> dict[str, Any]:
    reason = main_reason(result)
    return {
        "title": report.title(result.criterion),
        "reason": report.tell(f"reason.{reason}"),
        "remedy": report.remedy(reason, result.criterion),
    }


def _provenance(report: Report) -> list[tuple[str, str]]:
    result = report.checked.result
    rows = [(report.tell("provenance.source_sha256"), report.checked.observation.source_sha256)]
    rows += [(report.tell(f"provenance.{k}"), v) for k, v in result.provenance.items()]
    asked = result.pose_choice if result.pose_choice == "auto" else report.pose_name(result.pose_choice)
    rows.append((report.tell("provenance.pose_choice"), asked))
    return rows
