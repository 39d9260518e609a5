"""The reference library to browse: what there is, found by words, and as HTML cards with drawing, norms and sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

from posture.library import ActiveCriterion, Library, Refusal
from posture.measures import MEASURES
from posture.reference_files import Problem
from posture.references import Criterion, Words
from posture.report.figure import figure_html, figures_of
from posture.report.norms import allowed, not_measured
from posture.report.reference import points_of, titled
from posture.text import catalogue, say

Kind = Literal["pose", "gesture", "movement", "taboo", "manner"]
KINDS: tuple[Kind, ...] = ("pose", "gesture", "movement", "taboo", "manner")
_MOVEMENTS = ("bows", "hand_over", "handshake", "walking", "sit_and_stand")
_TABOOS = "taboos"


@dataclass(frozen=True)
class Entry:
    """A pose, gesture, group of movements, taboo or group of manners with its norms as the profile has them."""

    id: str
    kind: Kind
    names: Words
    description: Words | None
    criteria: tuple[ActiveCriterion, ...]
    sources: tuple[str, ...]
    own: bool = False
    automatic: bool = False
    """Whether `auto` recognises it in this profile."""


def entries(library: Library) -> list[Entry]:
    """Everything that the library has in the profile and form it was loaded with."""
    found = [*_poses(library), *_gestures(library)]
    as_judged, without = library.all_criteria(), set(library.profile.without)
    for one in library.sets.values():
        criteria = [as_judged[c.id] for c in one.criteria if c.id not in without]
        active = tuple(library.judged(c) for c in criteria if library.fits(c))
        if one.id == _TABOOS:
            found += [Entry(a.criterion.id, "taboo", a.criterion.title, a.criterion.reason, (a,), a.criterion.sources)
                      for a in active]  # fmt: skip
        elif active:
            kind: Kind = "movement" if one.id in _MOVEMENTS else "manner"
            sources = dict.fromkeys(s for a in active for s in a.criterion.sources)
            found.append(Entry(one.id, kind, one.names, None, active, tuple(sources)))
    return found


def _poses(library: Library) -> list[Entry]:
    automatic = {p.id for p in library.candidates()}
    always = {c.id for name in library.profile.always for c in library.sets[name].criteria}
    return [
        Entry(p.id, "pose", p.names, p.description,
              tuple(a for a in library.criteria_of(p.id) if a.criterion.id not in always),
              p.sources, p.id in library.own, p.id in automatic)
        for p in library.poses.values() if library.fits(p)
    ]  # fmt: skip


def _gestures(library: Library) -> list[Entry]:
    return [
        Entry(g.id, "gesture", g.names, g.description, library.criteria_of_gesture(g.id), g.sources, automatic=True)
        for g in library.practised().values()
    ]


def matching(found: Iterable[Entry], library: Library, words: str) -> list[Entry]:
    """Those in which every one of the words occurs: in names, norms, what to do, why, sources, in either language."""
    asked = words.casefold().split()
    return [e for e in found if all(word in _text(e, library) for word in asked)]


def _text(entry: Entry, library: Library) -> str:
    criteria = [a.criterion for a in entry.criteria]
    told = [entry.names, *([entry.description] if entry.description else [])]
    told += [w for c in criteria for w in (c.title, c.cue, c.reason)]
    keys = dict.fromkeys((*entry.sources, *(s for c in criteria for s in c.sources)))
    told += [library.sources[s].title for s in keys]
    parts = [entry.id, *keys, *(c.id for c in criteria), *(t for w in told for t in (w.zh, w.en))]
    parts += [say(f"measures.name.{c.measure}", one) for c in criteria for one in ("zh", "en")]
    return "\n".join(parts).casefold()


def cards_html(found: Iterable[Entry], library: Library, language: str, opened: bool = False) -> str:
    """The entries side by side, the norms of each folded away unless `opened`. Needs `CARD_STYLE`."""
    return f'<div class="lib-grid">{"".join(_card(e, library, language, opened) for e in found)}</div>'


def _card(entry: Entry, library: Library, language: str, opened: bool) -> str:
    name = entry.names.in_language(language)
    drawings = "".join(f"<div>{figure_html(f, language, name)}</div>" for f in figures_of(entry.id, library)[:2])
    badges = [_badge("✕", say("library.wrong", language), "wrong")] if entry.kind == "taboo" else []
    badges += [_badge("★", say("library.own", language), "")] if entry.own else []
    if entry.kind == "pose":
        pose = library.poses[entry.id]
        badges.append(_badge("", say(f"reference.kind.{pose.kind}", language), ""))
        if pose.variant != "any":
            badges.append(_badge("", say(f"report.variant.{pose.variant}", language), ""))
        if not entry.automatic:
            badges.append(_badge("", say("library.not_in_profile", language), ""))
    description = f"<p>{escape(entry.description.in_language(language))}</p>" if entry.description else ""
    count = len(entry.criteria)
    norms = "".join(_norm(a, library, language) for a in entry.criteria)
    folded = (
        f"<details{' open' if opened else ''}><summary>{say('library.norms', language, count=count)}</summary>"
        f"<ul>{norms}</ul></details>"
        if count
        else f'<p class="lib-dim">{say("library.no_norms", language)}</p>'
    )
    sources = f'<p class="lib-dim">{_sources(entry.sources, False, library, language)}</p>'
    return (
        f'<section class="lib-card" data-entry="{entry.id}"><div class="lib-draw">{drawings}</div>'
        f"<h4>{escape(name)}</h4><div>{''.join(badges)}</div>{description}{sources}{folded}</section>"
    )


def _badge(sign: str, text: str, kind: str) -> str:
    mark = f'<span aria-hidden="true">{sign}</span> ' if sign else ""
    return f'<span class="lib-badge {kind}">{mark}{escape(text)}</span>'


def _norm(active: ActiveCriterion, library: Library, language: str) -> str:
    c, colon = active.criterion, "：" if language == "zh" else ": "
    comma = "、" if language == "zh" else ", "
    errors = comma.join(f"{say(f'report.view.{v}', language)} ±{e:g}" for v, e in active.errors.items())
    facts = [
        (say(f"measures.name.{c.measure}", language), allowed(c, language)),
        (say("library.error", language), errors or say("library.no_view", language)),
        (say("library.cost", language), points_of(c, library.profile.scoring, language)),
        (say("report.head.cue", language), c.cue.in_language(language)),
        (say("report.head.reason", language), c.reason.in_language(language)),
        (say("report.head.source", language), ""),
    ]
    if not c.moves:
        facts.insert(2, (say("library.lasting", language),
                         say("report.seconds", language, value=f"{c.min_duration_s:g}")))  # fmt: skip
    lines = [f"<b>{escape(k)}</b>{colon}{escape(v)}" for k, v in facts[:-1]]
    lines.append(f"<b>{facts[-1][0]}</b>{colon}{_sources(c.sources, c.own_choice, library, language)}")
    lines += [f"⚠ {escape(refusal_of(r, c, language))}" for r in active.refused]
    body = "".join(f"<div>{line}</div>" for line in lines)
    title = escape(titled(c, language))
    return f'<li><details><summary>{title}</summary><div class="lib-facts">{body}</div></details></li>'


def refusal_of(refusal: Refusal, criterion: Criterion, language: str) -> str:
    """Why a norm cannot be judged in one of its views."""
    unit = MEASURES[criterion.measure].unit
    error, limit = (
        say(f"measures.unit.{unit}", language, value=f"{number:.4g}") for number in (refusal.error, refusal.limit)
    )
    view = say(f"report.view.{refusal.view}", language)
    return say("library.refused", language, view=view, error=error, limit=limit)


def problem_text(problem: Problem, language: str) -> str:
    """A mistake in words of the dashboard, where the file's own would say nothing to somebody who sees no file."""
    key = f"library.problem.{problem.key}"
    return say(key if key in catalogue(language) else f"references.problems.{problem.key}", language,
               **dict(problem.values))  # fmt: skip


def _sources(keys: Iterable[str], own_choice: bool, library: Library, language: str) -> str:
    known = library.sources
    parts = [f"{escape(known[k].title.in_language(language))} "
             f'<span title="{escape(say(f"library.grade.{known[k].grade}", language))}">'
             f"[{say('library.graded', language, grade=known[k].grade)}]</span>"
             for k in keys if k != "OWN"]  # fmt: skip
    if own_choice or not parts:
        parts.append(escape(say("report.own_choice", language) if own_choice else say("library.own_source", language)))
    return ("；" if language == "zh" else "; ").join(parts)


def not_measured_html(language: str, words: str = "") -> str:
    """The norms that are not judged, each with its reason, those in which the words occur."""
    asked = words.casefold().split()
    found = [t for name, t in not_measured(language) if all(w in f"{name} {t}".casefold() for w in asked)]
    return f"<ul>{''.join(f'<li>{escape(t)}</li>' for t in found)}</ul>" if found else ""


CARD_STYLE = """<style>
.lib-grid {display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 14px; align-items: start}
.lib-card {border: 1px solid rgba(128,128,128,.35); border-radius: 10px; padding: 12px 14px; min-width: 0}
.lib-card h4 {margin: 6px 0 2px; padding: 0; font-size: 1.05rem}
.lib-card p {margin: 4px 0; font-size: .92rem; overflow-wrap: anywhere}
.lib-draw {display: flex; justify-content: center; gap: 4px}
.lib-draw > div {flex: 1 1 0; max-width: 260px}
.lib-badge {display: inline-block; font-size: .78rem; border: 1px solid rgba(128,128,128,.6); border-radius: 9px;
  padding: 0 8px; margin: 0 4px 2px 0}
.lib-badge.wrong {border: 2px solid #d55e00}
.lib-dim {opacity: .8; font-size: .84rem !important}
.lib-card summary {cursor: pointer; padding: 3px 0}
.lib-card ul {margin: 4px 0 0; padding-left: 16px}
.lib-card li {margin: 2px 0; font-size: .92rem}
.lib-facts {padding: 2px 0 8px 10px; border-left: 3px solid rgba(31,119,201,.7); margin-left: 2px; font-size: .87rem}
.lib-facts div {margin: 2px 0 2px 8px}
</style>"""
