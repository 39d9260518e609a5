"""Every norm of the library as a Markdown table in both languages: docs/norms.md is written by this, never by hand."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from posture.library import ActiveCriterion, Library
from posture.measures import MEASURES
from posture.reference_files import reference_dir
from posture.references import Criterion
from posture.report.reference import points_of, titled
from posture.text import say

_MARKS = {"zh": ("；", "、"), "en": ("; ", ", ")}


def norms_markdown(library: Library) -> str:
    """The whole page: for each language the criteria by file, then what is not measured and why."""
    parts = ["<!-- written by `posture reference norms`; a test fails when it is not up to date -->"]
    for language in ("zh", "en"):
        parts += [f"# {say('norms.title', language)}", say("norms.intro", language)]
        for title, criteria in _groups(library, language):
            parts += [f"## {title}", _table(library, criteria, language)]
        parts += [f"## {say('norms.not_measured', language)}", _not_measured(language)]
    return "\n\n".join(parts) + "\n"


def _groups(library: Library, language: str) -> Iterable[tuple[str, tuple[Criterion, ...]]]:
    found = [(s.names, s.criteria) for s in library.sets.values()]
    found += [(p.names, p.criteria) for p in library.poses.values()]
    found += [(g.names, g.criteria) for g in library.gestures.values()]
    for names, criteria in found:
        if criteria:
            yield names.in_language(language), criteria


def _table(library: Library, criteria: Iterable[Criterion], language: str) -> str:
    columns = ("id", "norm", "measure", "allowed", "views", "lasting", "severity", "source")
    head = [say(f"norms.column.{c}", language) for c in columns]
    as_judged = library.all_criteria()
    rows = [_row(library, library.judged(as_judged[c.id]), language) for c in criteria]
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def _row(library: Library, active: ActiveCriterion, language: str) -> list[str]:
    c = active.criterion
    errors = [f"{say(f'report.view.{v}', language)} ±{e:g}" for v, e in active.errors.items()]
    errors += [f"{say(f'report.view.{r.view}', language)} ({say('norms.refused', language)})" for r in active.refused]
    severity = say(f"report.severity.{c.severity}", language)
    points = points_of(c, library.profile.scoring, language)
    counted = say("norms.advice", language) if c.advisory else f"{severity}{_MARKS[language][0]}{points}"
    source = _MARKS[language][1].join(c.sources) + (f" ({say('norms.own', language)})" if c.own_choice else "")
    lasting = say("norms.each", language) if c.moves else say("report.seconds", language, value=f"{c.min_duration_s:g}")
    return [
        f"`{c.id}`",
        titled(c, language),
        say(f"measures.name.{c.measure}", language),
        allowed(c, language),
        _MARKS[language][0].join(errors) or "–",
        lasting,
        counted,
        source,
    ]


def allowed(criterion: Criterion, language: str) -> str:
    """The range that is right, with its unit."""
    limits = criterion.allowed
    low, high = (None if v is None else f"{v:g}".replace("-", "−") for v in (limits.low, limits.high))
    key = "range_both" if low and high else "range_low" if low else "range_high"
    given = {k: v for k, v in (("low", low), ("high", high)) if v}
    unit = MEASURES[criterion.measure].unit
    return say(f"measures.unit.{unit}", language, value=say(f"report.{key}", language, **given))


def not_measured(language: str) -> list[tuple[str, str]]:
    """Ids of norms that the product does not judge, each with what it is and the reason, from not_measured.yaml."""
    told = yaml.safe_load((reference_dir() / "norms" / "not_measured.yaml").read_text(encoding="utf-8"))
    return [(name, words[language]) for name, words in told.items()]


def _not_measured(language: str) -> str:
    return "\n".join(f"- `{name}` {text}" for name, text in not_measured(language))
