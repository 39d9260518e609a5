"""A recording's scorecard as paper checklists have it: category, item, full points, deducted, when, picture, remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from posture.check import Checked
from posture.errors import PostureError
from posture.findings import CategoryScore, CriterionResult, Deviation, PersonFindings, Verdict
from posture.landmark_file import read_landmark_file
from posture.landmarks import Observation
from posture.observe import without_ghosts
from posture.report.evidence import pictures
from posture.report.labels import Report, main_reason, person_name
from posture.report.survey import SurveyWords
from posture.survey.cards import Card
from posture.survey.queries import Level
from posture.survey.records import Finding, Recording

Pictures = Literal["none", "others", "all"]
"""No pictures; faces of everybody but the scored clerk blurred; all faces blurred."""
MOST_PICTURES = 4
"""On one scorecard, so that it stays a page."""
MOST_OCCURRENCES = 5


@dataclass(frozen=True)
class Occurrence:
    time: str
    length: str
    measured: str
    allowed: str
    points: str
    remark: str


@dataclass(frozen=True)
class Item:
    """One criterion that was broken."""

    title: str
    full: str
    """The most that it can cost; empty where the norms set no limit."""
    deducted: str
    how: str
    """How often what was counted, such as `2 × 0.5 + 1 × 2`."""
    occurrences: tuple[Occurrence, ...]
    more: int
    """Occurrences that are not listed."""
    sources: str
    picture: bytes | None
    picture_time: str
    criterion: str


@dataclass(frozen=True)
class Section:
    """One category of the form."""

    name: str
    full: str
    assessable: str
    deducted: str
    items: tuple[Item, ...]
    borderline: tuple[str, ...]
    met: tuple[str, ...]
    not_assessable: tuple[str, ...]
    """For each reason the criteria."""


@dataclass(frozen=True)
class Form:
    """The scorecard of one clerk in one recording."""

    facts: tuple[tuple[str, str], ...]
    score: str
    grade: str
    coverage: str
    before_review: str
    """The machine's score where people changed it, else empty."""
    sections: tuple[Section, ...]
    dismissed: tuple[str, ...]
    """What people took back, with who, when and why."""
    picture_note: str
    """Why there are no pictures where there should be some."""
    notes: tuple[str, ...]


def file_name(recording: Recording) -> str:
    """As on the machine that added it, Windows included."""
    return recording.path.replace("\\", "/").rsplit("/", 1)[-1]


def words_of(card: Card, language: str) -> Report:
    """A report of the machine's result without landmarks: for everything but pictures."""
    seen = Observation((), card.machine.source, "", card.machine.image_size, card.machine.kind, 0.0, np.empty(0))
    names = {n: p.name for n, p in card.names.items() if p.name}
    return Report(Checked(card.machine, seen, {}, card.library), language, names=names)


def forms(card: Card, words: SurveyWords, wanted: Pictures) -> list[Form]:
    """A scorecard for everybody whom the recording is about."""
    report = words_of(card, words.language)
    names = {n: p.name for n, p in card.names.items() if p.name}
    shots, why = _shots(card, report, wanted)
    return [_form(card, report, words, p, names, shots, why if p.deviations else "") for p in card.subjects]


def _form(
    card: Card, report: Report, words: SurveyWords, p: PersonFindings, names: dict[int, str],
    shots: dict[Deviation, bytes], why: str,
) -> Form:  # fmt: skip
    known = {(f.person, f.criterion, f.start_s, f.end_s): f for f in card.findings}
    before = next((m.score.value for m in card.machine.people if m.person == p.person), None)
    changed = before is not None and p.score.value is not None and abs(before - p.score.value) > 1e-6
    told = [f for f in card.findings if f.person == p.person and f.dismissed]
    notes = [words.report("norms_changed")] if card.norms_changed else []
    notes += [report.note(k, v) for k, v in card.machine.notes]
    return Form(
        facts=_facts(card, report, words, p, names),
        score=f"{p.score.value:.1f}" if p.score.value is not None else "–",
        grade=report.tell(f"grade.{p.score.grade}") if p.score.grade else report.tell("no_score"),
        coverage=report.tell("coverage", coverage=f"{100 * p.score.coverage:.0f} %"),
        before_review=words.report("before_review", score=f"{before:.1f}") if changed else "",
        sections=tuple(_section(report, words, p, c, known, shots) for c in p.score.categories),
        dismissed=tuple(
            f"{' '.join(filter(None, [report.title(f.criterion), report.span(f.start_s, f.end_s, '–')]))}: "
            f"{decision(report, f)}"
            for f in told
        ),
        picture_note=why,
        notes=tuple(notes),
    )


def _facts(
    card: Card, report: Report, words: SurveyWords, p: PersonFindings, names: dict[int, str]
) -> tuple[tuple[str, str], ...]:
    r = card.recording
    place = [(words.level(n), words.group(getattr(r.place, n))) for n in get_args(Level)]
    day = f"{r.recorded_on:%Y-%m-%d}" if r.recorded_on else words.tell("not_given")
    return (
        *place,
        (words.report("head.date"), day),
        (words.report("head.clerk"), person_name(report, p.person, names)),
        (report.tell("head.file"), f"{file_name(r)} (#{r.id})"),
        (report.tell("head.duration"), report.length(r.duration_s or 0.0)),
        *([] if report.is_photo else [(words.report("head.seen"), report.seconds(p.seen_s))]),
        (report.tell("head.views"), report.seen_from(p)),
        (report.tell("head.profile"), report.judged_by()),
    )


def _section(
    report: Report, words: SurveyWords, p: PersonFindings, category: CategoryScore,
    known: dict[tuple[int, str, float, float], Finding], shots: dict[Deviation, bytes],
) -> Section:  # fmt: skip
    own = [r for r in p.results if report.criterion(r.criterion).category == category.category]
    broken = sorted((r for r in own if r.deviations), key=lambda r: -sum(d.points for d in r.deviations))
    counts = {i.criterion: report.counts(i) for i in category.items}
    titles = {v: tuple(report.title(r.criterion) for r in own if r.verdict is v) for v in Verdict}
    return Section(
        name=report.tell(f"category.{category.category}"),
        full=f"{category.weight:g}",
        assessable=f"{category.assessable:.1f}",
        deducted=report.deducted(category),
        items=tuple(_item(report, words, r, counts.get(r.criterion, ""), known, shots) for r in broken),
        borderline=titles[Verdict.BORDERLINE],
        met=titles[Verdict.OK],
        not_assessable=_lost(report, own),
    )


def _lost(report: Report, results: Sequence[CriterionResult]) -> tuple[str, ...]:
    """For each reason the criteria that it kept from being assessed."""
    by_reason: dict[str, list[str]] = {}
    for r in results:
        if r.verdict is Verdict.NOT_ASSESSABLE:
            by_reason.setdefault(report.tell(f"reason.{main_reason(r)}"), []).append(report.title(r.criterion))
    between, stop = ("、", "：") if report.language == "zh" else (", ", ": ")
    return tuple(f"{reason}{stop}{between.join(titles)}" for reason, titles in by_reason.items())


def _item(
    report: Report, words: SurveyWords, result: CriterionResult, how: str,
    known: dict[tuple[int, str, float, float], Finding], shots: dict[Deviation, bytes],
) -> Item:  # fmt: skip
    criterion = report.criterion(result.criterion)
    lost = sum(d.points for d in result.deviations)
    shown = next((d for d in result.deviations if d in shots), None)
    listed = sorted(sorted(result.deviations, key=lambda d: -d.points)[:MOST_OCCURRENCES], key=lambda d: d.start_s)
    return Item(
        title=criterion.title.in_language(report.language),
        full=f"{criterion.cap:g}" if criterion.cap is not None else "",
        deducted=f"−{lost:g}" if lost else "0",
        how=how,
        occurrences=tuple(_occurrence(report, words, d, known) for d in listed),
        more=len(result.deviations) - len(listed),
        sources=report.sources(criterion),
        picture=shots.get(shown) if shown is not None else None,
        picture_time=report.clock(shown.worst_s) if shown is not None else "",
        criterion=result.criterion,
    )


def _occurrence(
    report: Report, words: SurveyWords, d: Deviation, known: dict[tuple[int, str, float, float], Finding]
) -> Occurrence:
    unit, finding = report.unit_of(d.criterion), known.get((d.person, d.criterion, d.start_s, d.end_s))
    by_eye = not np.isfinite(d.value)
    said = decision(report, finding) if finding is not None else ""
    stop = "；" if report.language == "zh" else "; "
    return Occurrence(
        time=report.span(d.start_s, d.end_s, "–"),
        length=report.seconds(d.duration_s) if d.duration_s else "",
        measured=words.report("by_eye") if by_eye else report.measured(d.value, d.error, unit),
        allowed=report.allowed(d.allowed, unit),
        points=report.points(d),
        remark=stop.join(text for text in (report.remark(d), said) if text),
    )


def decision(report: Report, finding: Finding) -> str:
    """The decision that counts: what, who, when and why; empty where nobody decided."""
    made = finding.current
    if made is None:
        return ""
    told = f"{report.tell(f'decision.{made.kind}')} · {made.who} · {made.made_at:%Y-%m-%d %H:%M} UTC"
    return f"{told} · {made.text}" if made.text else told


def _shots(card: Card, report: Report, wanted: Pictures) -> tuple[dict[Deviation, bytes], str]:
    """Pictures of the dearest deviation of each item, and why there are none."""
    if wanted == "none":
        return {}, ""
    why = _no_pictures(card)
    if why:
        return {}, report.note(f"survey_report.no_picture.{why}", {"path": card.recording.path})
    dearest = []
    for p in card.subjects:
        for r in p.results:
            if r.deviations:
                dearest.append(max(r.deviations, key=lambda d: (d.points, d.duration_s)))
    try:
        seen = without_ghosts(read_landmark_file(card.landmarks or Path()))
        checked = replace(report.checked, observation=seen)
        whole = Report(checked, report.language, Path(card.recording.path), wanted, report.names)
        return pictures(whole, most=MOST_PICTURES * max(len(card.subjects), 1), of=dearest), ""
    except (PostureError, OSError, ValueError, StopIteration):
        return {}, report.note("survey_report.no_picture.damaged", {"path": card.recording.path})


def file_state(recording: Recording) -> Literal["there", "gone", "changed"]:
    """Whether the recording's file is where it was, as far as its size tells."""
    try:
        size_bytes = Path(recording.path).stat().st_size
    except (OSError, ValueError):
        return "gone"
    return "there" if size_bytes == recording.size_bytes else "changed"


def _no_pictures(card: Card) -> str:
    """A key of `survey_report.no_picture`, or nothing."""
    state = file_state(card.recording)
    if state != "there":
        return state
    return "" if card.landmarks is not None and card.landmarks.is_file() else "no_landmarks"
