"""Scores, ranks and changes of a survey in words and tables."""

from __future__ import annotations

from collections.abc import Sequence

from posture.report.sheets import Cell, Table
from posture.report.survey import SurveyWords
from posture.survey.overview import Statistics
from posture.survey.statistics import (
    LEAST_ASSESSABLE_S,
    Changed,
    GroupScore,
    Ranked,
    Ranking,
    RoundChange,
    lengths_apart,
)

_MOST_NAMED, _FEW_CHANGES = 40, 12


def number(value: float, digits: int = 1) -> str:
    """With a minus sign that is as wide as a plus."""
    text = f"{value:.{digits}f}"
    return text[1:] if float(text) == 0 and text.startswith("-") else text.replace("-", "−")


def interval_text(words: SurveyWords, interval: tuple[float, float]) -> str:
    return words.stat("interval", low=number(interval[0]), high=number(interval[1]))


def place(words: SurveyWords, group: Sequence[str]) -> str:
    return words.groups(group) if group else words.stat("whole")


def note(words: SurveyWords, score: GroupScore) -> str:
    """Why there is no score, or no interval; empty where there are both."""
    if score.estimate is None:
        return words.stat("too_little", seconds=f"{LEAST_ASSESSABLE_S:g}")
    return words.stat(f"no_interval.{score.estimate.reason}") if score.estimate.reason else ""


def over(words: SurveyWords, score: GroupScore) -> str:
    return words.stat(f"over.{score.over}", count=score.estimate.clusters) if score.estimate else ""


def score_text(words: SurveyWords, score: GroupScore) -> str:
    """Score, its interval, what it is over and the share that could be assessed; why there is none."""
    if score.estimate is None:
        return note(words, score)
    told = number(score.estimate.value)
    if score.interval is not None:
        told += words.stat("in_brackets", text=interval_text(words, score.interval))
    return f"{told} · {over(words, score)} · {words.stat('assessable', share=f'{100 * score.coverage:.0f}')}"


def together(words: SurveyWords, found: Statistics) -> list[tuple[str, str]]:
    """Scores of all together and, where there are several, of each round."""
    scores = [found.whole] if found.whole else []
    scores += found.rounds if len(found.rounds) > 1 else []
    told = []
    for s in scores:
        why = note(words, s) if s.estimate is not None else ""
        told.append((place(words, s.group), " · ".join(text for text in (score_text(words, s), why) if text)))
    return told


def ranks(words: SurveyWords, ranked: Ranked) -> str:
    key = "rank" if ranked.best == ranked.worst else "ranks"
    return words.stat(key, best=ranked.best, worst=ranked.worst)


def in_order(found: Statistics) -> list[tuple[GroupScore, Ranked | None]]:
    """The ranked by rank group, then those without an interval, then what could not be assessed; rounds by name."""
    ranking = found.ranking
    if ranking is None:
        return [(s, None) for s in found.scores]
    rest = (*ranking.no_interval, *ranking.not_assessable)
    return [*((r.score, r) for r in ranking.ranked), *((s, None) for s in rest)]


def scores_table(words: SurveyWords, found: Statistics) -> Table:
    """One row a group, by rank group and within one by name; with what stands behind each number."""
    names = (
        "score", "low", "high", "error", "tier", "best", "worst", "over", "coverage", "assessable_min", "footage_min",
        "recordings", "scored", "reviewed", "windows", "windows_left_out", "length", "note",
    )  # fmt: skip
    head = [*(words.level(level) for level in found.by), *(words.stat(f"head.{name}") for name in names)]
    rows = [[*(words.group(g) for g in s.group), *_score_cells(words, s, r)] for s, r in in_order(found)]
    return Table(words.stat("sheet.scores"), head, rows)


def _score_cells(words: SurveyWords, s: GroupScore, ranked: Ranked | None) -> list[Cell]:
    low, high = s.interval or (None, None)
    made = s.estimate
    return [
        _round(made.value if made else None), _round(low), _round(high), _round(made.error if made else None, 2),
        ranked.tier if ranked else None, ranked.best if ranked else None, ranked.worst if ranked else None,
        over(words, s), round(100 * s.coverage, 1), round(s.assessable_s / 60, 1), round(s.footage_s / 60, 1),
        s.recordings, s.scored, s.reviewed, s.windows, s.windows_left_out, round(s.typical_length_s, 1),
        note(words, s),
    ]  # fmt: skip


def _round(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)


def differences_table(words: SurveyWords, ranking: Ranking | None) -> Table:
    names = ("first", "second", "difference", "low_all", "high_all", "shown")
    rows: list[list[Cell]] = [
        [
            words.groups(d.first), words.groups(d.second), _round(d.value), _round(d.interval[0], 2),
            _round(d.interval[1], 2), words.stat("shown.yes" if d.shown else "shown.no"),
        ]
        for d in (ranking.differences if ranking is not None else ())
    ]  # fmt: skip
    return Table(words.stat("sheet.differences"), [words.stat(f"head.{n}") for n in names], rows)


def changes_table(words: SurveyWords, found: Sequence[RoundChange]) -> Table:
    names = ("place", "before", "after", "change", "low_all", "high_all", "verdict", "paired", "note")
    rows: list[list[Cell]] = []
    for c in found:
        low, high = c.interval or (None, None)
        value = c.estimate.value if c.estimate else None
        rounds = (words.group(c.before), words.group(c.after))
        cells = [_round(value), _round(low, 2), _round(high, 2), words.stat(f"verdict.{c.changed}"), c.windows]
        rows.append([place(words, c.group), *rounds, *cells, _why(words, c)])
    return Table(words.stat("sheet.changes"), [words.stat(f"head.{n}") for n in names], rows)


def _why(words: SurveyWords, change: RoundChange) -> str:
    reason = change.estimate.reason if change.estimate else None
    return words.stat(f"no_interval.{reason}") if reason else ""


def change_sentence(words: SurveyWords, change: RoundChange) -> str:
    """What became of one place from one round to the next, in one sentence."""
    value, interval = "", ""
    if change.estimate is not None and change.interval is not None:
        shift = change.estimate.value
        value = number(abs(shift)) if change.changed in (Changed.ROSE, Changed.FELL) else number(shift)
        interval = f"{words.stat('head.interval')} {interval_text(words, change.interval)}"
    return words.stat(
        f"changed.{change.changed}", place=place(words, change.group), before=words.group(change.before),
        after=words.group(change.after), value=value, interval=interval, reason=_why(words, change),
    )  # fmt: skip


def change_sentences(words: SurveyWords, found: Sequence[RoundChange]) -> list[str]:
    """All of few; of many those that show a change, and how many others there are."""
    if len(found) <= _FEW_CHANGES:
        return [change_sentence(words, c) for c in found]
    shown = [c for c in found if c.changed in (Changed.ROSE, Changed.FELL)]
    counts = {kind.value: sum(c.changed is kind for c in found) for kind in Changed}
    rest = words.stat("change.rest", **{name: counts[name] for name in ("not_shown", "unknown", "no_pair")})
    return [*(change_sentence(words, c) for c in shown[:_MOST_NAMED]), rest]


def ranking_sentence(words: SurveyWords, ranking: Ranking | None) -> str:
    if ranking is None or len(ranking.ranked) < 2:
        return words.stat("ranking.nothing")
    if not ranking.shown:
        return words.stat("ranking.none_shown", count=len(ranking.ranked))
    values = {"shown": ranking.shown, "comparisons": ranking.comparisons, "tiers": ranking.tiers}
    return words.stat("ranking.some_shown", **values)


def tiers(words: SurveyWords, ranking: Ranking | None) -> list[tuple[int, list[str]]]:
    """Each rank group with its places and the ranks that are open to them; nothing where no difference is shown."""
    groups: dict[int, list[str]] = {}
    for r in ranking.ranked if ranking is not None and ranking.shown else ():
        told = f"{words.stat('head.ranks')} {ranks(words, r)}"
        groups.setdefault(r.tier, []).append(f"{place(words, r.score.group)}{words.stat('in_brackets', text=told)}")
    return sorted(groups.items())


def ranking_help(words: SurveyWords, ranking: Ranking | None) -> str:
    compared = ranking is not None and ranking.comparisons
    return words.stat("ranking.help", comparisons=compared) if compared else ""


def ranking_rests(words: SurveyWords, ranking: Ranking | None) -> list[str]:
    """Who is not ranked and why, a sentence for each reason."""
    told: list[str] = []
    if ranking is None:
        return told
    for name, left in (("no_interval", ranking.no_interval), ("not_assessable", ranking.not_assessable)):
        if left:
            told.append(words.stat(f"ranking.{name}", places=_named(words, left)))
    return told


def _named(words: SurveyWords, scores: Sequence[GroupScore]) -> str:
    names = [words.groups(s.group) for s in scores[:_MOST_NAMED]]
    if len(scores) > _MOST_NAMED:
        names.append(f"… (+{len(scores) - _MOST_NAMED})")
    return ("、" if words.language == "zh" else ", ").join(names)


def cautions(words: SurveyWords, found: Statistics, machine_only: bool) -> list[str]:
    """What to know before reading any of the scores."""
    whole = found.whole
    if whole is None:
        return []
    told = [
        words.stat("machine_only")
        if machine_only
        else words.stat("reviewed", reviewed=whole.reviewed, recordings=whole.recordings)
    ]
    without = whole.recordings - whole.scored
    if without:
        told.append(words.stat("abstained", recordings=whole.recordings, without=without))
    if whole.windows_left_out:
        told.append(words.stat("left_out", count=whole.windows_left_out, seconds=f"{LEAST_ASSESSABLE_S:g}"))
    apart = lengths_apart(found.scores)
    if apart:
        told.append(words.stat("lengths", times=f"{apart:.1f}"))
    return told
