"""Reference poses and their norms in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from posture.library import ActiveCriterion, Library
from posture.measures import MEASURES
from posture.text import say


def print_poses(library: Library, language: str, console: Console) -> None:
    """One row a pose; those that `auto` may recognise in this profile are marked."""
    table = Table(box=None, padding=(0, 2))
    for key in ("id", "name", "kind", "auto"):
        table.add_column(say(f"reference.column.{key}", language))
    for pose in library.poses.values():
        automatic = "✓" if pose.id in library.profile.poses else ""
        kind = say(f"reference.kind.{pose.kind}", language)
        table.add_row(pose.id, pose.names.in_language(language), kind, automatic)
    console.print(table)


def print_pose(library: Library, pose_id: str, language: str, console: Console) -> None:
    """A pose with every criterion: limit, error in each view, views refused, what to do, why, and the source."""
    pose = library.poses[pose_id]
    console.print(Text(f"{pose.names.in_language(language)}  ({pose.id})", style="bold"))
    console.print(Text(pose.description.in_language(language)))
    for active in library.criteria_of(pose_id):
        console.print()
        console.print(Text(f"{active.criterion.title.in_language(language)}  ({active.criterion.id})", style="bold"))
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
        say("reference.errors", language, errors=errors, seconds=f"{criterion.min_duration_s:g}"),
    ]
    for refusal in active.refused:
        view = say(f"report.view.{refusal.view}", language)
        note = say("report.refused_note", language, error=f"{refusal.error:g}", limit=f"{refusal.limit:g}")
        lines.append(f"{view}: {note}")
    lines.append("→ " + criterion.cue.in_language(language))
    lines.append(criterion.reason.in_language(language))
    sources = [f"{library.sources[s].title.in_language(language)} [{s}]" for s in criterion.sources]
    sources += [say("report.own_choice", language)] if criterion.own_choice else []
    lines.append(f"{say('report.head.source', language)}: " + ("；" if language == "zh" else "; ").join(sources))
    return lines
