"""The service flow in words and as stretches of lanes: for the HTML report, the console, JSON and the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from posture.findings import Contact, PersonFindings, SoftenItem, StateSpan, StepVerdict, SubStepFinding
from posture.report.labels import NOT_RIGHT, Report, clock, percent
from posture.report.timeline import GREY
from posture.service_flow import FlowSubStep, ServiceFlow
from posture.text import say

VERDICT_COLOUR = {
    StepVerdict.SEEN: "#5FC2A5", StepVerdict.LATE: "#E69F00", StepVerdict.PARTIAL: "#E69F00",
    StepVerdict.OUT_OF_ORDER: "#CC79A7", StepVerdict.MISSING: "#E8905A", StepVerdict.NOT_ASSESSABLE: GREY,
    StepVerdict.NOT_DUE: GREY,
}  # fmt: skip
VERDICT_SIGN = {
    StepVerdict.SEEN: "✓", StepVerdict.LATE: "◷", StepVerdict.PARTIAL: "◐", StepVerdict.OUT_OF_ORDER: "⇄",
    StepVerdict.MISSING: "✗", StepVerdict.NOT_ASSESSABLE: "?", StepVerdict.NOT_DUE: "–",
}  # fmt: skip
"""Beside the colour: colour is never the only sign."""
_STATE_COLOUR = {
    "sitting": "#CFE6F7", "standing": "#7FB8E6", "walking": "#F0E442", "turned_away": "#CC79A7", "absent": "#D9D9D9",
    "unknown": "#D9D9D9", "attending": "#8FD1BC", "working": "#CFE6F7", "like_phone": "#E8905A",
}  # fmt: skip
_LEAST_BAR_S = 0.4


@dataclass(frozen=True)
class Bar:
    """A stretch in a lane of the chart, in seconds."""

    lane: str
    start_s: float
    end_s: float
    text: str
    colour: str
    labels: tuple[str, ...] = ()
    """What may stand on the bar, the longest first; the first that fits does: colour is never the only sign."""
    sub_step: str = ""


def tell(report: Report, key: str, **values: object) -> str:
    """The text `flow.<key>`."""
    return say(f"flow.{key}", report.language, **values)


def flow_of(report: Report) -> ServiceFlow:
    """The flow that the contacts were recognised with, as the result carries it."""
    flow = report.checked.result.flow
    if flow is None:
        raise ValueError("a result with contacts carries its flow")
    return flow


def flow_note(report: Report) -> str:
    """What the flow is called and where it comes from."""
    flow = flow_of(report)
    name, note = (text.in_language(report.language) for text in (flow.names, flow.note))
    return tell(report, "of_flow", name=name, note=note)


def contact_title(report: Report, contact: Contact) -> str:
    number = report.checked.result.contacts.index(contact) + 1
    return tell(report, "contact", number=number, start=clock(contact.start_s), end=clock(contact.end_s))


def who(report: Report, contact: Contact) -> str:
    """Clerk and client, by the names a trainer gave them or by number."""
    parts = [report.names.get(contact.clerk) or tell(report, "clerk", person=contact.clerk)]
    if contact.client is None:
        parts.append(tell(report, "no_client"))
    else:
        parts.append(report.names.get(contact.client) or tell(report, "client", person=contact.client))
    return " · ".join(parts)


def order_text(report: Report, contact: Contact) -> str:
    """How many of the sub-steps that were due were done in their order, and how many of these not well."""
    not_asked = (StepVerdict.NOT_DUE, StepVerdict.NOT_ASSESSABLE)
    due = sum(s.verdict not in not_asked for s in contact.sub_steps)
    if contact.order_share is None:
        return tell(report, "order_none")
    done = tell(report, "order", done=round(contact.order_share * due), due=due)
    wanting = sum(s.verdict in (StepVerdict.LATE, StepVerdict.PARTIAL) for s in contact.sub_steps)
    return done + tell(report, "order_wanting", count=wanting) if wanting else done


def moments(report: Report, contact: Contact) -> list[tuple[str, float]]:
    """Name and time of the moments that were seen."""
    known = {name: getattr(contact, f"{name}_s") for name in ("arrival", "sits", "rises", "leaves")}
    return [(tell(report, f"moment.{name}"), at) for name, at in known.items() if at is not None]


def shown_as(found: SubStepFinding) -> StepVerdict:
    """Whose sign and colour a sub-step gets: what was done, but how could not be seen, is not assessable."""
    is_open = found.verdict is StepVerdict.SEEN and bool(found.unseen)
    return StepVerdict.NOT_ASSESSABLE if is_open else found.verdict


def verdict_text(report: Report, found: SubStepFinding) -> str:
    """The verdict in words; of what was done, but how could not be seen, both is said."""
    is_open = shown_as(found) is not found.verdict
    return tell(report, "verdict.seen_not_how" if is_open else f"verdict.{found.verdict}")


def remark(report: Report, sub: FlowSubStep, found: SubStepFinding) -> str:
    """What is to be said of a sub-step besides its verdict."""
    parts = [_why(report, sub, found.why)] if found.why else []
    if found.late_by_s is not None:
        parts.append(tell(report, "late_by", seconds=report.seconds(found.late_by_s)))
    lacking = [c for c in found.lacking if c != "both_hands"]
    parts += [tell(report, "one_hand")] if "both_hands" in found.lacking else []
    parts += [tell(report, "lacking", cues=_cues(report, lacking))] if lacking else []
    if found.unseen and not found.why:
        parts.append(tell(report, "unseen", cues=_cues(report, found.unseen)))
    parts += [tell(report, "repeats", count=found.repeats)] if found.repeats else []
    return ("；" if report.language == "zh" else "; ").join(parts)


def _why(report: Report, sub: FlowSubStep, why: str) -> str:
    if why == "no_occasion" and sub.only_after not in (None, "left"):
        return tell(report, "why.no_cue", cue=tell(report, f"cue.{sub.only_after}"))
    return tell(report, f"why.{why}")


def _cues(report: Report, cues: Sequence[str]) -> str:
    return ("、" if report.language == "zh" else ", ").join(tell(report, f"cue.{c}") for c in cues)


def rows(report: Report, contact: Contact) -> list[dict[str, Any]]:
    """One a sub-step, in the flow's order: names, verdict, sign, time, remark, what to do where it was not right."""
    flow, found = flow_of(report), {s.sub_step: s for s in contact.sub_steps}
    table, numbers = [], _numbers(flow)
    for step in flow.steps:
        for sub in (s for s in step.sub_steps if s.id in found):
            one = found[sub.id]
            wrong = one.verdict in NOT_RIGHT
            table.append({
                "id": sub.id,
                "step": step.names.in_language(report.language),
                "sub_step": f"{numbers[sub.id]}. {sub.names.in_language(report.language)}",
                "verdict": shown_as(one),
                "sign": VERDICT_SIGN[shown_as(one)],
                "verdict_text": verdict_text(report, one),
                "time_s": one.time_s,
                "time": "" if one.time_s is None else clock(one.time_s),
                "remark": remark(report, sub, one),
                "cue": sub.cue.in_language(report.language) if wrong else "",
            })  # fmt: skip
    return table


def _numbers(flow: ServiceFlow) -> dict[str, int]:
    """By which number a sub-step is known in the lanes, where its name has no room, and in the table."""
    return {sub.id: number for number, sub in enumerate(flow.sub_steps, 1)}


def principle_rows(report: Report, contact: Contact) -> list[tuple[str, str]]:
    """Name of each principle and how often of how many times."""
    found = []
    for p in contact.principles:
        unknown = tell(report, "no_sound" if p.id == "ask" and contact.client is not None else "unknown")
        value = unknown if p.done is None else tell(report, "of_wanted", done=min(p.done, p.wanted), wanted=p.wanted)
        times = (
            ""
            if not p.times_s
            else f"（{_clocks(p.times_s)}）"
            if report.language == "zh"
            else f" ({_clocks(p.times_s)})"
        )
        found.append((tell(report, f"principle.{p.id}"), value + times))
    return found


def _clocks(times_s: Sequence[float]) -> str:
    return " · ".join(clock(t) for t in times_s)


def soften_rows(report: Report, contact: Contact) -> list[tuple[str, str]]:
    return [(tell(report, f"letter.{i.id}"), _soften(report, i)) for i in contact.soften]


def _soften(report: Report, item: SoftenItem) -> str:
    if item.id == "tone":
        told = item.share is not None
        return tell(report, "spoken", share=percent(item.share or 0.0)) if told else tell(report, "no_sound")
    if item.count is not None:
        return tell(report, "times", count=item.count)
    if item.share is None:
        return tell(report, "unknown")
    return tell(report, "share", share=percent(item.share), seconds=report.seconds(item.assessed_s))


def lanes(report: Report, contact: Contact) -> tuple[list[str], list[Bar]]:
    """Names of the lanes from above, and their bars: client, the clerk's states, the steps."""
    flow, found = flow_of(report), {s.sub_step: s for s in contact.sub_steps}
    people = {p.person: p for p in report.checked.result.people}
    bars = _client_bars(report, contact)
    bars += _state_bars(report, contact, people.get(contact.clerk))
    names = [tell(report, f"lane.{name}") for name in ("client", "stance", "activity")]
    numbers = _numbers(flow)
    for step in flow.steps:
        lane = step.names.in_language(report.language)
        names.append(lane)
        for sub in step.sub_steps:
            one = found.get(sub.id)
            for cue in one.cues if one else ():
                assert one is not None
                number, sign = numbers[sub.id], VERDICT_SIGN[shown_as(one)]
                label = f"{sign} {number}. {sub.names.in_language(report.language)}"
                parts = [
                    label,
                    tell(report, f"cue.{cue.cue}"),
                    verdict_text(report, one),
                    clock(cue.start_s),
                ]
                text = " · ".join(parts)
                end_s = max(cue.end_s, cue.start_s + _LEAST_BAR_S)
                labels = (label, f"{sign} {number}", str(number))
                bars.append(Bar(lane, cue.start_s, end_s, text, VERDICT_COLOUR[shown_as(one)], labels, sub.id))
    return names, [_until_next(bar, bars) for bar in bars]


def _until_next(bar: Bar, bars: Sequence[Bar]) -> Bar:
    """The bar cut off where the next one of its lane begins: a look lasts while the clerk rises and nods."""
    later = [b.start_s for b in bars if b.lane == bar.lane and bar.start_s < b.start_s < bar.end_s]
    return replace(bar, end_s=min(later)) if later else bar


def _client_bars(report: Report, contact: Contact) -> list[Bar]:
    """What the client does from moment to moment: comes, is at the window, sits, is at the window again, goes."""
    if contact.client is None:
        return []
    names = {
        "start": ("on_the_way", "absent"), "arrival": ("here", "standing"), "sits": ("stance.sitting", "sitting"),
        "rises": ("here", "standing"), "leaves": ("on_the_way", "absent"),
    }  # fmt: skip
    known = [(n, at) for n in names if (at := getattr(contact, f"{n}_s")) is not None]
    bars = []
    for (name, at), end_s in zip(known, [*(t for _, t in known[1:]), contact.end_s], strict=True):
        key, state = names[name]
        label = tell(report, key)
        text = label if name == "start" else tell(report, f"moment.{name}")
        bars.append(Bar(tell(report, "lane.client"), at, end_s, f"{text} {clock(at)}", _STATE_COLOUR[state], (label,)))
    return bars


def _state_bars(report: Report, contact: Contact, clerk: PersonFindings | None) -> list[Bar]:
    if clerk is None:
        return []
    found = []
    for kind, states in (("stance", clerk.stances), ("activity", clerk.activities)):
        for span in (s for s in states if s.end_s > contact.start_s and s.start_s < contact.end_s):
            found.append(_state_bar(report, contact, kind, span))
    return found


def _state_bar(report: Report, contact: Contact, kind: str, span: StateSpan) -> Bar:
    start_s, end_s = max(span.start_s, contact.start_s), min(span.end_s, contact.end_s)
    name = tell(report, f"{kind}.{span.state}")
    text = f"{name} {clock(start_s)}–{clock(end_s)}"
    return Bar(tell(report, f"lane.{kind}"), start_s, end_s, text, _STATE_COLOUR[span.state], (name,))


def contact_json(report: Report, contact: Contact) -> dict[str, Any]:
    """A contact as plain data, with the names of its sub-steps."""
    flow = flow_of(report)
    names = {s.id: s.names.in_language(report.language) for s in flow.sub_steps}
    told = asdict(contact)
    for one in told["sub_steps"]:
        one["name"] = names.get(one["sub_step"], one["sub_step"])
        one["verdict"] = str(one["verdict"])
    return {"flow": flow.id, **told}
