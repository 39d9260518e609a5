"""How a survey stands, as a table in the terminal and for programs."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from posture.survey.records import State
from posture.survey.status import Standing
from posture.text import say

_MOST_FAILURES = 20
_MOST_UNITS = 30


def print_status(name: str, now: Standing, language: str, console: Console) -> None:
    def tell(key: str, **values: object) -> str:
        return say(f"survey.status.{key}", language, **values)

    title = tell("title", name=name, total=now.total, hours=f"{now.footage_s / 3600:.2f}")
    console.print(title, style="bold", markup=False, highlight=False)
    table = Table(tell("unit"), *(say(f"survey.state.{state}", language) for state in State))
    for unit, counts in list(now.units.items())[:_MOST_UNITS]:
        table.add_row(unit or tell("no_unit"), *(str(counts[state]) for state in State))
    if len(now.units) > _MOST_UNITS:
        table.add_row("…")
    if len(now.units) > 1:
        table.add_section()
        table.add_row("", *(str(now.counts[state]) for state in State))
    console.print(table)
    if now.left_s is not None:
        console.print(tell("left", left=duration(now.left_s, language)), markup=False)
    elif now.counts[State.RUNNING]:
        console.print(tell("left_unknown"), markup=False)
    for one in now.failures[:_MOST_FAILURES]:
        reason = one.failure.in_language(language) if one.failure else ""
        console.print(f"{one.path}\n    {reason}", markup=False, highlight=False, soft_wrap=True)
    if len(now.failures) > _MOST_FAILURES:
        console.print(tell("more", count=len(now.failures) - _MOST_FAILURES), markup=False)


def duration(seconds: float, language: str) -> str:
    """In hours and minutes, at least one minute."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    key = "hours_minutes" if hours else "minutes"
    return say(f"survey.status.{key}", language, hours=hours, minutes=minutes)


def status_json(name: str, now: Standing, language: str) -> dict[str, Any]:
    """Everything that `print_status` says, all failures included."""
    return {
        "survey": name,
        "recordings": {str(state): count for state, count in now.counts.items()},
        "units": {unit: {str(state): count for state, count in counts.items()} for unit, counts in now.units.items()},
        "footage_s": round(now.footage_s, 3),
        "left_s": None if now.left_s is None else round(now.left_s),
        "failures": [
            {
                "recording": one.id,
                "path": one.path,
                "reason": one.failure.key if one.failure else None,
                "text": one.failure.in_language(language) if one.failure else "",
            }
            for one in now.failures
        ],
    }
