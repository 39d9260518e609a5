"""Results of the drill in the terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from posture.drill.compare import Comparison, Finding
from posture.drill.files import Limits, PerformanceFile
from posture.drill.group import Follower, Led
from posture.drill.motion import CHANGE, Motion, Performance
from posture.drill.record import Practice, movements
from posture.files import atomic_path
from posture.findings import Move, Verdict
from posture.library import Library
from posture.report.json_file import without_nan
from posture.report.labels import clock
from posture.text import say

SCHEMA_VERSION = 1
_COLOURS = {Verdict.OK: "green", Verdict.DEVIATION: "red", Verdict.BORDERLINE: "yellow", Verdict.NOT_ASSESSABLE: "dim"}


def move_name(kind: str, side: str, library: Library, language: str) -> str:
    """The movement's name with the hand that makes it."""
    gesture = library.gestures.get(kind)
    if gesture:
        name = gesture.names.in_language(language)
    else:
        name = say(f"drill.move.{kind}" if kind == CHANGE else f"report.move.{kind}", language)
    hand = say(f"report.hand.{side}", language) if side else ""
    return name + (f"（{hand}）" if hand and language == "zh" else f" ({hand})" if hand else "")


def listed(motion: Motion, library: Library, language: str) -> str:
    """A person's movements, numbered, a line each."""
    return "\n".join("  " + _numbered(i, m, library, language) for i, m in enumerate(movements(motion), 1))


def _numbered(number: int, move: Move, library: Library, language: str) -> str:
    name = move_name(move.kind, move.side, library, language)
    return say("drill.movement", language, number=number, name=name, start=clock(move.start_s))


def print_compared(reference: PerformanceFile, people: list[Practice], language: str, console: Console) -> None:
    """Everybody's movements against the reference, a table each."""
    console.print(Text(say("drill.title", language, name=reference.names.in_language(language)), "bold underline"))
    for one in people:
        if len(people) > 1:
            console.print(Text(say("report.person", language, number=one.person), "bold reverse"))
        if one.why is not None:
            console.print(Text(say("drill.refused", language, why=say(f"drill.why.{one.why}", language))))
        elif not one.comparisons:
            console.print(Text(say("drill.none_made", language)))
        for number, comparison in enumerate(one.comparisons, 1):
            _print_comparison(number, comparison, language, console)
    console.print(Text(say("drill.limit_note", language), "dim"))


def _print_comparison(number: int, comparison: Comparison, language: str, console: Console) -> None:
    own = comparison.own
    head = say("drill.occurrence", language, number=number, start=clock(own.start_s), end=clock(own.end_s))
    console.print(Text(head, "bold"))
    if comparison.mirrored:
        console.print(Text(say("drill.other_hand", language), "dim"))
    if comparison.refusal is not None:
        console.print(Text(say("drill.refused", language, why=say(f"drill.why.{comparison.refusal}", language))))
        return
    table = Table(box=None, padding=(0, 2))
    table.add_column(say("drill.head.aspect", language), overflow="fold")
    for key in ("own", "reference", "difference", "allowed"):
        table.add_column(say(f"drill.head.{key}", language), justify="right", no_wrap=True)
    table.add_column(say("drill.head.result", language), overflow="fold")
    for finding in comparison.findings:
        table.add_row(*_row(finding, comparison, language))
    console.print(table)
    behind = (comparison.behind_s or {}).get("arrive", float("nan"))
    if np.isfinite(behind) and abs(behind) >= 0.1:
        key = "behind" if behind > 0 else "ahead"
        console.print(Text(say(f"drill.{key}", language, seconds=f"{abs(behind):.1f}"), "dim"))


def _row(finding: Finding, comparison: Comparison, language: str) -> list[Text | str]:
    channel = say(f"drill.channel.{finding.channel}", language) if finding.channel else ""
    if finding.aspect == "form":
        what = say("drill.worst", language, channel=channel)
    else:
        what = say(f"drill.aspect.{finding.aspect}", language, channel=channel)
    unit, digits = ("deg", 0) if finding.channel else ("s", 2)

    def told(value: float, sign: str = "", error: float = float("nan")) -> str:
        if not np.isfinite(value):
            return "–"
        text = f"{round(value, digits) + 0.0:{sign}.{digits}f}".replace("-", "−")
        text += f" ± {error:.{digits}f}" if np.isfinite(error) else ""
        return say(f"measures.unit.{unit}", language, value=text)

    difference = told(finding.difference, "+", finding.error)
    return [
        what,
        told(finding.own),
        told(finding.reference),
        difference,
        told(finding.allowed),
        _told(finding, comparison, language),
    ]


def _told(finding: Finding, comparison: Comparison, language: str) -> Text:
    """The verdict in words, with the time of what differs on the way."""
    key = f"drill.way.{finding.way}" if finding.way else f"report.verdict.{finding.verdict}"
    text = say(key, language)
    if finding.why is not None:
        text = say("drill.unknown", language, why=say(f"drill.why.{finding.why}", language))
    if finding.aspect == "form" and finding.way:
        text += f" ({clock(finding.at_s)})"
    tempo = (comparison.tempo or {}).get(finding.aspect, float("nan"))
    if finding.way and np.isfinite(tempo):
        text += say("drill.tempo", language, percent=f"{100 / tempo:.0f}")
    return Text(text, _COLOURS[finding.verdict])


def print_group(led: list[Led], leader: int, limits: Limits, library: Library, language: str, console: Console) -> None:
    """Every movement of the leader with the lag of everybody else."""
    console.print(Text(say("drill.title_group", language, leader=leader), "bold underline"))
    if not led:
        console.print(Text(say("drill.no_movements", language)))
    for number, one in enumerate(led, 1):
        if one.why is not None:
            name = move_name(one.move.kind, one.move.side, library, language)
            why, start = say(f"drill.why.{one.why}", language), clock(one.move.start_s)
            console.print(Text(say("drill.not_followed", language, name=name, start=start, why=why), "dim"))
            continue
        table = Table(
            title=_numbered(number, one.move, library, language), title_justify="left", title_style="bold", box=None,
            padding=(0, 2),
        )  # fmt: skip
        for key in ("person", "set_off", "arrive", "remark"):
            table.add_column(say(f"drill.head.{key}", language))
        for follower in one.followers:
            table.add_row(
                say("report.person", language, number=follower.person), *_follower(follower, limits, language)
            )
        console.print(table)
    values = {"error": f"{limits.errors.moment_s:g}", "allowed": f"{limits.allowed.lag_s:g}"}
    console.print(Text(say("drill.lag_note", language, **values), "dim"))


def _follower(follower: Follower, limits: Limits, language: str) -> list[Text]:
    why = say(f"drill.why.{follower.why}", language) if follower.why else ""
    if follower.made is None:
        return [Text(say("drill.unknown", language, why=why), "dim")]
    if not follower.made:
        return [Text(say("drill.not_made", language), "red")]
    if follower.lag_s is None:
        return [Text(say("drill.no_lag", language, why=why), "dim")]
    cells = [_lag(follower, moment, limits, language) for moment in ("set_off", "arrive")]
    remarks = []
    for finding in follower.comparison.deviations if follower.comparison else []:
        channel = say(f"drill.channel.{finding.channel}", language) if finding.channel else ""
        what = channel if finding.channel else say(f"drill.aspect.{finding.aspect}", language, channel="")
        remarks.append(f"{what}: {say(f'drill.way.{finding.way}', language)}")
    return [*cells, Text("\n".join(remarks))]


def _lag(follower: Follower, moment: str, limits: Limits, language: str) -> Text:
    lag_s = (follower.lag_s or {}).get(moment)
    if lag_s is None:
        return Text("–", "dim")
    over = abs(lag_s) - limits.allowed.lag_s
    way = "late" if lag_s > 0 else "early"
    if over <= 0:
        return Text(say("drill.together", language, seconds=f"{round(lag_s, 2) + 0.0:+.2f}".replace("-", "−")), "green")
    sure = over > follower.error_s
    text = say(f"drill.{way}" if sure else f"drill.{way}_within", language, seconds=f"{abs(lag_s):.2f}")
    return Text(text, "red" if sure else "yellow")


def compared_json(reference: PerformanceFile, people: list[Practice]) -> dict[str, Any]:
    """Comparisons as plain data, in seconds and degrees; what is not known is null."""
    found = [
        {"person": one.person, "not_assessable": one.why, "movements": [_comparison(c) for c in one.comparisons]}
        for one in people
    ]
    return _clean({"reference": reference.id, "people": found})


def group_json(led: list[Led], leader: int, limits: Limits) -> dict[str, Any]:
    """The group's lags as plain data."""
    moves = [
        asdict(one.move) | {"not_assessable": one.why, "followers": [_follower_json(f) for f in one.followers]}
        for one in led
    ]
    return _clean({"leader": leader, "allowed_lag_s": limits.allowed.lag_s, "movements": moves})


def _follower_json(follower: Follower) -> dict[str, Any]:
    made = follower.comparison
    return {
        "person": follower.person, "made": follower.made, "not_assessable": follower.why, "lag_s": follower.lag_s,
        "shift_s": follower.shift_s, "error_s": follower.error_s, "verdict": follower.verdict,
        "comparison": _comparison(made) if made else None,
    }  # fmt: skip


def _comparison(comparison: Comparison) -> dict[str, Any]:
    own = comparison.own
    return {
        "start_s": own.start_s, "end_s": own.end_s, "other_hand": comparison.mirrored,
        "not_assessable": comparison.refusal, "tempo": comparison.tempo, "behind_s": comparison.behind_s,
        "findings": [asdict(f) for f in comparison.findings],
    }  # fmt: skip


def _clean(data: dict[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = without_nan({"schema_version": SCHEMA_VERSION, **data})
    return cleaned


def write_json(data: dict[str, Any], path: Path) -> None:
    """Write the JSON file, whole or not at all; OutputError when that is impossible."""
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def print_recorded(
    performance: Performance, identifier: str, library: Library, language: str, console: Console
) -> None:
    """What was recorded and how to use it."""
    join = "、" if language == "zh" else ", "
    console.print(
        Text(
            say(
                "drill.recorded", language, person=performance.person,
                name=move_name(performance.kind, performance.side, library, language),
                start=f"{performance.start_s:.1f}", end=f"{performance.end_s:.1f}",
                view=say(f"report.view.{performance.view}", language),
                channels=join.join(say(f"drill.channel.{c}", language) for c in performance.moving()),
            )
        )
    )  # fmt: skip
    console.print(Text(say("drill.use", language, id=identifier)), soft_wrap=True)


def print_stored(performances: list[PerformanceFile], library: Library, language: str, console: Console) -> None:
    """One row a performance."""
    if not performances:
        console.print(Text(say("drill.no_stored", language)))
        return
    table = Table(box=None, padding=(0, 2))
    for key in ("id", "name", "kind", "view"):
        table.add_column(say(f"drill.head.{key}", language))
    for one in performances:
        kind = move_name(one.kind, one.side, library, language)
        table.add_row(one.id, one.names.in_language(language), kind, say(f"report.view.{one.view}", language))
    console.print(table)
