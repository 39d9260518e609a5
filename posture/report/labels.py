"""How values, times and names are put into words: one place for all reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from posture.check import Checked
from posture.findings import (
    CategoryScore,
    CriterionResult,
    Deviation,
    ItemScore,
    Move,
    PersonFindings,
    Range,
    Reason,
    Severity,
    StepVerdict,
    Verdict,
    View,
)
from posture.library import Library
from posture.measures import MEASURES
from posture.reasons import technical
from posture.references import Criterion
from posture.remarks import WARNINGS
from posture.text import say

_DIGITS = {"deg": 0, "sw": 2, "tl": 2, "ratio": 2, "px": 0, "sw_per_s": 2, "s": 1, "count": 0, "per_min": 0, "feet": 1}
_SEVERITIES = list(Severity)
NOT_RIGHT = (StepVerdict.LATE, StepVerdict.PARTIAL, StepVerdict.OUT_OF_ORDER, StepVerdict.MISSING)
"""What a clerk has to do otherwise in a service; the rest was right, not called for or not seen."""
Blur = Literal["none", "others", "all"]


@dataclass(frozen=True)
class Report:
    """One checked recording to be told in one language. `source_path` is where pictures are taken from, if anywhere.

    blur : whose faces are blurred in pictures: nobody's, everyone's but the reported person's, or all. names : what
    people in it are called, by their number.
    """

    checked: Checked
    language: str
    source_path: Path | None = None
    blur: Blur = "none"
    names: Mapping[int, str] = field(default_factory=dict)

    def tell(self, key: str, **values: object) -> str:
        """The text `report.<key>`, also for keys with dots."""
        return say(f"report.{key}", self.language, **values)

    @cached_property
    def _criteria(self) -> dict[str, Criterion]:
        return self.checked.library.all_criteria()

    def criterion(self, name: str) -> Criterion:
        return self._criteria[name]

    def person(self, number: int) -> str:
        """What somebody called them, else their number."""
        return person_name(self, number, self.names)

    def label(self, number: int) -> str:
        """What stands beside somebody in a picture: number and name; empty where one person without a name is all."""
        name = self.names.get(number)
        if name is None and len(self.checked.result.people) <= 1:
            return ""
        return f"{number} {name}" if name else str(number)

    def title(self, name: str) -> str:
        return self.criterion(name).title.in_language(self.language)

    def pose_name(self, pose: str) -> str:
        poses = self.checked.library.poses
        return poses[pose].names.in_language(self.language) if pose in poses else self.move_name(pose)

    def move_name(self, kind: str) -> str:
        """As `move_name`."""
        return move_name(kind, self.checked.library, self.language)

    def move(self, move: Move) -> str:
        """One movement in a line: what, with which hand, how often, when."""
        parts = [self.tell(f"hand.{move.side}")] if move.side else []
        parts += [self.tell("move_times", count=move.count)] if move.count > 1 else []
        more = (("，" if self.language == "zh" else ", ").join(parts)) if parts else ""
        name = self.move_name(move.kind) + ((f"（{more}）" if self.language == "zh" else f" ({more})") if more else "")
        return self.during(name, move.start_s, move.end_s)

    @property
    def is_photo(self) -> bool:
        """Of a photo no times are told: it is one moment."""
        return self.checked.result.kind == "photo"

    def during(self, name: str, start_s: float, end_s: float) -> str:
        """What lasted from when to when."""
        return name if self.is_photo else self.tell("held", pose=name, start=clock(start_s), end=clock(end_s))

    def clock(self, time_s: float) -> str:
        """As `clock`; empty for a photo."""
        return "" if self.is_photo else clock(time_s)

    def span(self, start_s: float, end_s: float, dash: str = " – ") -> str:
        """A moment, or from when to when; empty for a photo."""
        return self.clock(start_s) if self.is_photo or start_s == end_s else f"{clock(start_s)}{dash}{clock(end_s)}"

    def picture_alt(self, time_s: float) -> str:
        return self.tell("picture_alt_photo") if self.is_photo else self.tell("picture_alt", time=clock(time_s))

    def unit_of(self, criterion: str) -> str:
        return MEASURES[self.criterion(criterion).measure].unit

    def number(self, value: float, unit: str) -> str:
        text = f"{value:.{_DIGITS[unit]}f}"
        return text[1:] if text.strip("-0.") == "" and text.startswith("-") else text.replace("-", "−")

    def value(self, value: float, unit: str) -> str:
        return say(f"measures.unit.{unit}", self.language, value=self.number(value, unit))

    def measured(self, value: float, error: float, unit: str) -> str:
        both = self.tell("measured", value=self.number(value, unit), error=self.error(error, unit))
        return say(f"measures.unit.{unit}", self.language, value=both)

    def error(self, error: float, unit: str) -> str:
        digits = 1 if unit == "deg" and error % 1 else _DIGITS[unit]
        return f"{error:.{digits}f}"

    def allowed(self, limits: Range, unit: str) -> str:
        low, high = limits
        if low is not None and high is not None:
            both = self.tell("range_both", low=self.number(low, unit), high=self.number(high, unit))
        elif low is not None:
            both = self.tell("range_low", low=self.number(low, unit))
        else:
            both = self.tell("range_high", high=self.number(high if high is not None else 0.0, unit))
        return say(f"measures.unit.{unit}", self.language, value=both)

    def measure_name(self, criterion: str) -> str:
        return say(f"measures.name.{self.criterion(criterion).measure}", self.language)

    def seconds(self, seconds: float) -> str:
        if seconds < 60:
            return self.tell("seconds", value=f"{seconds:.1f}")
        return self.tell("minutes", minutes=int(seconds // 60), seconds=int(seconds % 60))

    def length(self, duration_s: float) -> str:
        """How long the recording is, or that it is a photo."""
        return self.tell("photo") if self.is_photo else self.seconds(duration_s)

    def note(self, key: str, values: dict[str, object]) -> str:
        return say(key, self.language, **values)

    @property
    def warnings(self) -> list[str]:
        """Remarks without which the result would be misread; they are told first."""
        return [self.note(k, v) for k, v in self.checked.result.notes if k.startswith(WARNINGS)]

    @property
    def remarks(self) -> list[str]:
        """All other remarks."""
        return [self.note(k, v) for k, v in self.checked.result.notes if not k.startswith(WARNINGS)]

    @property
    def nobody(self) -> str:
        """That nobody was found."""
        return self.tell("nobody_photo" if self.is_photo else "nobody")

    def damage(self, detail: str) -> str:
        known = ("corrupt_picture", "cut_off", "time_stamps", "undecodable")
        key = f"video.damage.{detail}" if detail in known else "video.damage.other"
        return say(key, self.language, detail=technical(detail))

    def views(self, views: Iterable[View]) -> str:
        return ("、" if self.language == "zh" else ", ").join(self.tell(f"view.{v}") for v in views)

    def sources(self, criterion: Criterion) -> str:
        known = self.checked.library.sources
        parts = [f"{known[s].title.in_language(self.language)} [{s}]" for s in criterion.sources if s != "OWN"]
        if criterion.own_choice:
            parts.append(self.tell("own_choice"))
        return ("；" if self.language == "zh" else "; ").join(parts)

    def remedy(self, reason: Reason, criterion: str) -> str:
        return self.tell(f"remedy.{reason}", views=self.views(self._measurable_views(criterion)))

    def _measurable_views(self, criterion: str) -> list[View]:
        wanted = self.criterion(criterion)
        errors = self.checked.library.errors[wanted.measure]
        return [v for v in wanted.views if errors[v] <= wanted.tightest() + 1e-9] or list(wanted.views)

    def remark(self, deviation: Deviation) -> str:
        """Why a deviation costs nothing, or an empty text."""
        if deviation.points:
            return ""
        if deviation.follows_from:
            return self.tell("consequence", cause=self.title(deviation.follows_from))
        if self.criterion(deviation.criterion).advisory:
            return self.tell("advisory")
        if deviation.times and deviation.price:
            return self.tell("capped", cap=f"{self.criterion(deviation.criterion).cap:g}")
        if deviation.times:
            return self.tell("free")
        return self.tell("repeat", seconds=f"{self.checked.library.profile.scoring.repeat_after_s:g}")

    def points(self, deviation: Deviation) -> str:
        return self.tell("points", points=f"{deviation.points:g}") if deviation.points else self.tell("no_points")

    def counts(self, item: ItemScore) -> str:
        """How the points of one criterion came about: `2 × 0.5 + 1 × 2`, and the cap where it was reached."""
        text = " + ".join(f"{times} × {price:g}" for times, price in item.counts)
        return f"{text} ({self.tell('at_most', cap=f'{item.cap:g}')})" if item.capped else text

    def deducted(self, category: CategoryScore) -> str:
        """The points lost in a category, marked where its criteria cost more than it has."""
        text = f"−{category.deducted:.1f}" if category.deducted else "0"
        return f"{self.tell('category_capped')} {text}" if category.capped else text

    def judged_by(self) -> str:
        """The profile, and the form where one was asked for."""
        library = self.checked.library
        name = library.profile.names.in_language(self.language)
        return name if library.variant == "any" else f"{name} · {self.tell(f'variant.{library.variant}')}"

    def seen_from(self, person: PersonFindings) -> str:
        """From which sides the person was seen, for a recording with the seconds of each."""
        if self.is_photo:
            return self.views(person.view_s)
        return " · ".join(f"{self.tell(f'view.{v}')} {self.seconds(s)}" for v, s in person.view_s.items())

    def role(self, person: PersonFindings) -> str:
        """Role and why, and whether the person is scored; empty where the role is not known."""
        if person.role is None:
            return ""
        reason = self.tell(f"role_reason.{person.role_reason}")
        why = reason if person.scored else self.tell("not_scored", reason=reason)
        return f"{self.tell(f'role.{person.role}')} · {why}"

    def summary(self, person: PersonFindings) -> str:
        """What is most important about a person, in a sentence or two."""
        apart = "" if self.language == "zh" else " "
        return apart.join(filter(None, (self._summary(person), self.flow_summary(person.person))))

    def flow_summary(self, clerk: int | None = None) -> str:
        """How many sub-steps of service contacts (of that clerk) were not right; empty where all were."""
        contacts = [c for c in self.checked.result.contacts if clerk in (None, c.clerk)]
        wrong = sum(s.verdict in NOT_RIGHT for c in contacts for s in c.sub_steps)
        return self.tell("summary_flow", count=wrong) if wrong else ""

    def _summary(self, person: PersonFindings) -> str:
        deviations = by_importance(person.deviations)
        if not deviations:
            lost = [main_reason(r) for r in with_verdict(person, Verdict.NOT_ASSESSABLE)]
            if lost and len(lost) == len(person.results):
                return self.tell("summary_nothing", reason=self.tell(f"reason.{max(lost, key=lost.count)}"))
            return self.tell("summary_none")
        first = self.criterion(deviations[0].criterion).cue.in_language(self.language)
        if self.is_photo:
            return self.tell("summary_photo", count=len(deviations), first=first)
        total = self.seconds(sum(d.duration_s for d in deviations))
        return self.tell("summary_some", count=len(deviations), seconds=total, first=first)


def clock(time_s: float) -> str:
    """mm:ss.s, or h:mm:ss.s from an hour on."""
    tenths = round(time_s * 10)
    hours, rest = divmod(tenths, 36000)
    minutes, seconds = divmod(rest, 600)
    text = f"{minutes:02d}:{seconds / 10:04.1f}"
    return f"{hours}:{text}" if hours else text


_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:[.,]\d+)?)")


def seconds_of(text: str) -> float | None:
    """What `clock` writes, or plain seconds, as seconds: `1:02.5`, `62.5`; None where it is neither."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds.replace(",", "."))


def person_name(report: Report, person: int, names: Mapping[int, str]) -> str:
    """What the trainer called them, else their number."""
    return names.get(person) or report.tell("person", number=person)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def move_name(kind: str, library: Library, language: str) -> str:
    """A gesture's name from its file, of other movements from the texts."""
    gesture = library.gestures.get(kind)
    return gesture.names.in_language(language) if gesture else say(f"report.move.{kind}", language)


def by_importance(deviations: Iterable[Deviation]) -> list[Deviation]:
    """Causes before consequences, then dearest, most serious and longest first."""
    return sorted(
        deviations,
        key=lambda d: (d.follows_from is not None, -d.points, -_SEVERITIES.index(d.severity), -d.duration_s),
    )


def main_reason(result: CriterionResult) -> Reason:
    """The reason that cost most time."""
    return max(result.not_assessable_s, key=lambda r: result.not_assessable_s[r], default=Reason.TOO_SHORT)


def with_verdict(person: PersonFindings, verdict: Verdict) -> list[CriterionResult]:
    return [r for r in person.results if r.verdict == verdict]
