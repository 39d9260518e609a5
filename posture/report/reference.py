"""Reference poses and their norms in the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from posture.findings import Severity
from posture.flow.files import FLOWS, Flow, SubStep, flow_names, flow_title
from posture.library import ActiveCriterion, Library, load_library, profile_names
from posture.measures import MEASURES
from posture.profiles import own_profiles
from posture.reference_files import user_poses_dir
from posture.references import Criterion, Scoring
from posture.scoring import price
from posture.text import say

if TYPE_CHECKING:
    from posture.reference_record import Recorded


def print_poses(library: Library, language: str, console: Console) -> None:
    """One row a pose or gesture; those that `auto` may recognise in this profile are marked."""
    table = Table(box=None, padding=(0, 2))
    for key in ("id", "name", "kind", "auto"):
        table.add_column(say(f"reference.column.{key}", language))
    automatically = {pose.id for pose in library.candidates()}
    for pose in library.poses.values():
        automatic = "✓" if pose.id in automatically else ""
        kind = say(f"reference.kind.{pose.kind}", language)
        table.add_row(pose.id, pose.names.in_language(language), kind, automatic)
    for gesture in library.practised().values():
        kind = say(f"reference.kind.{gesture.group}", language)
        table.add_row(gesture.id, gesture.names.in_language(language), kind, "✓")
    console.print(table)


def print_profiles(language: str, console: Console) -> None:
    """One row a profile: its name for `--profile`, what it is for, and whether it comes from the user's own folder."""
    table = Table(box=None, padding=(0, 2))
    for key in ("profile", "name", "from"):
        table.add_column(say(f"reference.column.{key}", language))
    own = {path.stem for path in own_profiles()}
    for name in profile_names():
        whose = say(f"reference.profile.{'own' if name in own else 'shipped'}", language)
        table.add_row(name, load_library(name).profile.names.in_language(language), whose)
    console.print(table)


def print_flows(language: str, console: Console) -> None:
    """One row a service flow: its name for `--flow`, what it is called, and whether it is the user's own."""
    table = Table(box=None, padding=(0, 2))
    for key in ("flow", "name", "from"):
        table.add_column(say(f"reference.column.{key}", language))
    own = {path.stem for path in FLOWS.own()}
    for name in flow_names():
        whose = say(f"reference.profile.{'own' if name in own else 'shipped'}", language)
        table.add_row(name, flow_title(name, language), whose)
    console.print(table)


def print_flow(flow: Flow, library: Library, language: str, console: Console) -> None:
    """A service flow: its steps, and of every sub-step what it is told from, its limits and where it comes from."""
    console.print(Text(f"{flow.names.in_language(language)}  ({flow.id})", style="bold"))
    console.print(Text(flow.note.in_language(language)))
    for step in flow.steps:
        console.print(Text(f"\n{step.names.in_language(language)}  ({step.id})", style="bold underline"))
        for sub in step.sub_steps:
            console.print(Text(f"  {sub.names.in_language(language)}  ({sub.id})", style="bold"))
            for line in _sub_step_lines(library, sub, language):
                console.print(Text("    " + line))


def _sub_step_lines(library: Library, sub: SubStep, language: str) -> list[str]:
    def tell(key: str, **values: object) -> str:
        return say(f"reference.flow.{key}", language, **values)

    def cue(name: str) -> str:
        return say(f"flow.cue.{name}", language)

    lines = ["→ " + sub.cue.in_language(language)]
    needs = tell("and").join(tell("or").join(cue(c) for c in group) for group in sub.needs)
    lines.append(tell("needs", cues=needs, phase=tell(f"phase.{sub.phase}")))
    lines += [
        tell("limit", cue=cue(one.cue), seconds=f"{one.within_s:g}", moment=say(f"flow.moment.{one.after}", language))
        for one in sub.limits
    ]
    lines += [tell("both_hands")] if sub.both_hands else []
    lines += [tell("spoilt_by", cues=tell("or").join(cue(c) for c in sub.spoilt_by))] if sub.spoilt_by else []
    lines += [tell("optional")] if sub.optional else []
    lines += [tell("due_after", seconds=f"{sub.due_after_s:g}")] if sub.due_after_s else []
    lines += [tell("only_after", cue=cue(sub.only_after))] if sub.only_after else []
    return [*lines, sources_line(library, sub.sources, sub.own_choice, language)]


def sources_line(library: Library, sources: Sequence[str], own_choice: bool, language: str) -> str:
    """Where a norm comes from, and whether its limit is the project's own."""
    told = [f"{library.sources[s].title.in_language(language)} [{s}]" for s in sources]
    told += [say("report.own_choice", language)] if own_choice else []
    told = told or [say("reference.flow.own", language)]
    colon, comma = ("：", "；") if language == "zh" else (": ", "; ")
    return say("report.head.source", language) + colon + comma.join(told)


def titled(criterion: Criterion, language: str) -> str:
    """The title, with the form where it is asked of one form only."""
    title = criterion.title.in_language(language)
    if criterion.variant == "any":
        return title
    form = say(f"report.variant.{criterion.variant}", language)
    return f"{title}（{form}）" if language == "zh" else f"{title} ({form})"


def points_of(criterion: Criterion, rules: Scoring, language: str) -> str:
    """What it costs: each time, when serious, at most."""
    if criterion.advisory:
        return say("report.advisory", language)
    once = price(criterion, criterion.severity, rules)
    parts = [say("report.points_each", language, points=f"{once:g}")]
    if criterion.serious and (serious := price(criterion, Severity.SERIOUS, rules)) != once:
        parts.append(say("report.points_serious", language, points=f"{serious:g}"))
    if criterion.cap is not None:
        parts.append(say("report.points_cap", language, cap=f"{criterion.cap:g}"))
    return ("，" if language == "zh" else ", ").join(parts)


def print_pose(library: Library, pose_id: str, language: str, console: Console) -> None:
    """A pose or gesture with every criterion: limit, error in each view, views refused, what to do, why, the source."""
    pose = library.poses.get(pose_id) or library.gestures[pose_id]
    console.print(Text(f"{pose.names.in_language(language)}  ({pose.id})", style="bold"))
    console.print(Text(pose.description.in_language(language)))
    for active in library.criteria_of(pose_id) if pose_id in library.poses else library.criteria_of_gesture(pose_id):
        console.print()
        title = titled(active.criterion, language)
        console.print(Text(f"{title}  ({active.criterion.id})", style="bold"))
        for line in _lines(library, active, language):
            console.print(Text("  " + line))


def _lines(library: Library, active: ActiveCriterion, language: str) -> list[str]:
    criterion = active.criterion
    unit = MEASURES[criterion.measure].unit
    low, high = criterion.allowed.low, criterion.allowed.high
    limits = " … ".join("" if v is None else f"{v:g}" for v in (low, high)).strip()
    errors = ", ".join(f"{say(f'report.view.{v}', language)} ±{e:g}" for v, e in active.errors.items()) or "–"
    lines = [
        f"{say(f'measures.name.{criterion.measure}', language)}: "
        + say(f"measures.unit.{unit}", language, value=limits),
        say("reference.errors_each", language, errors=errors)
        if criterion.moves
        else say("reference.errors", language, errors=errors, seconds=f"{criterion.min_duration_s:g}"),
    ]
    severity = say(f"report.severity.{criterion.severity}", language)
    points = points_of(criterion, library.profile.scoring, language)
    lines.append(say("reference.severity", language, severity=severity, points=points))
    for refusal in active.refused:
        view = say(f"report.view.{refusal.view}", language)
        note = say("report.refused_note", language, error=f"{refusal.error:g}", limit=f"{refusal.limit:g}")
        lines.append(f"{view}: {note}")
    lines.append("→ " + criterion.cue.in_language(language))
    lines.append(criterion.reason.in_language(language))
    return [*lines, sources_line(library, criterion.sources, criterion.own_choice, language)]


def print_recorded(recorded: Recorded, clip: Path, written: Path, language: str, console: Console) -> None:
    """What was recorded from which stretch, the limits proposed, what was left out, and how to use the new pose."""
    start, end = (f"{s:.1f}" for s in recorded.stretch_s)
    view = say(f"report.view.{recorded.view}", language)
    like = f"{recorded.like.names.in_language(language)} ({recorded.like.id})"
    key = "stretch" if recorded.stretch_s[1] > recorded.stretch_s[0] else "photo"
    _print(console, say(f"reference.record.{key}", language, view=view, start=start, end=end, like=like))
    if recorded.proposals:
        console.print(_proposed(recorded, language))
    else:
        _print(console, say("reference.record.nothing", language))
    if recorded.left_out:
        titles = ("、" if language == "zh" else ", ").join(c.title.in_language(language) for c in recorded.left_out)
        _print(console, say("reference.record.left_out", language, titles=titles))
    if written.parent.resolve() != user_poses_dir().resolve():
        _print(console, say("reference.record.elsewhere", language, folder=written.parent.resolve()))
    _print(console, say("reference.record.use", language, clip=shlex.quote(str(clip)), id=recorded.pose.id))


def _print(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)


def _proposed(recorded: Recorded, language: str) -> Table:
    """One row a proposed criterion, values with their unit."""
    table = Table(box=None, padding=(0, 2))
    for key in ("measure", "target", "allowed", "spread"):
        table.add_column(say(f"reference.record.column.{key}", language))
    for proposal in recorded.proposals:
        criterion = proposal.criterion
        low, high = criterion.allowed.low, criterion.allowed.high
        key = "range_low" if high is None else "range_high" if low is None else "range_both"
        allowed = say(f"report.{key}", language, low=f"{low or 0:g}", high=f"{high or 0:g}")
        unit = MEASURES[criterion.measure].unit
        values = (f"{criterion.ideal:g}", allowed, f"{proposal.spread:.2g}")
        shown = [say(f"measures.unit.{unit}", language, value=value) for value in values]
        table.add_row(say(f"measures.name.{criterion.measure}", language), *shown)
    return table
