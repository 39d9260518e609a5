"""What the words of a file that people coded mean in a store: which recording, who, which criterion."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection, exists, select

from posture.errors import PostureError, UnusableInputError
from posture.exchange.coded import Problem, Row
from posture.findings import Verdict
from posture.library import load_library
from posture.references import Criterion
from posture.survey.analyses import latest_analysis
from posture.survey.blind import Judged
from posture.survey.queries import PersonScore, people_scores
from posture.survey.recordings import recording_of
from posture.survey.records import Recording, author
from posture.survey.store import Store
from posture.survey.tables import blind_score, decision, recording
from posture.text import LANGUAGES, say

_NUMBER = re.compile(r"(?:person|p|人员|第)?\s*(\d+)(?:\.0)?\s*(?:人|号|号人员)?")
"""How people write somebody's number."""
_LATER_S = 2.0
"""A coder's player may count this much further than the recording lasts."""


@dataclass(frozen=True)
class Coded:
    """A row whose words are understood: which recording, who, which criterion."""

    row: Row
    recording_id: int
    person: int
    criterion: Criterion

    @property
    def key(self) -> tuple[int, int, str]:
        return self.recording_id, self.person, self.criterion.id

    @property
    def is_event(self) -> bool:
        return self.row.start_s is not None

    @property
    def verdict(self) -> Verdict:
        return self.row.verdict or Verdict.DEVIATION

    @property
    def stretch(self) -> tuple[float, float]:
        return self.row.start_s or 0.0, self.row.end_s or 0.0


@dataclass
class Understood:
    rows: list[Coded] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def _wrong(key: str, **values: object) -> UnusableInputError:
    return UnusableInputError(f"exchange.errors.{key}", **values)


class _Index:
    """What the words of a file may mean in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._people: dict[int, tuple[PersonScore, ...]] = {}
        self._criteria: dict[tuple[str, str], dict[str, list[Criterion]]] = {}

    @cached_property
    def _recordings(self) -> dict[str, list[Recording]]:
        """By name of the file, with and without its kind, in small letters."""
        by_name: dict[str, list[Recording]] = defaultdict(list)
        with self._store.read() as connection:
            for row in connection.execute(select(recording)):
                one = recording_of(row)
                name = _plain(one.path).rsplit("/", 1)[-1]
                by_name[name].append(one)
                if "." in name:
                    by_name[name.rsplit(".", 1)[0]].append(one)
        return by_name

    def recording(self, row: Row) -> Recording:
        names = [text for text in (row.recording, row.other_name) if text.strip()]
        if not names:
            raise _wrong("recording_missing")
        for text in names:
            parts = _plain(text).split("/")
            found = self._recordings.get(parts[-1], [])
            if len(found) > 1:  # the folders that the file names decide
                shared = [(_shared(parts, _plain(r.path).split("/")), r) for r in found]
                most = max(n for n, _ in shared)
                found = [r for n, r in shared if n == most]
            if len(found) > 1:
                raise _wrong("recording_several", text=text, count=len(found))
            if found:
                return found[0]
        raise _wrong("recording", text=names[0])

    def person(self, row: Row, here: Recording) -> int:
        if here.id not in self._people:
            self._people[here.id] = people_scores(self._store, here.id)
        people = self._people[here.id]
        name = here.path.replace("\\", "/").rsplit("/", 1)[-1]
        if not people:
            raise _wrong("not_analysed", text=name)
        known = ", ".join(f"{p.person}" + (f" ({p.name})" if p.name else "") for p in people)
        asked = row.person.strip().lower()
        if not asked:
            named = [p for p in people if p.subject and p.name]
            judged = named or [p for p in people if p.coverage > 0] or list(people)
            if len(judged) == 1:
                return judged[0].person
            raise _wrong("person_missing", recording=name, known=known)
        number = _NUMBER.fullmatch(asked)
        for p in people:
            words = {
                p.name.lower(),
                *(say("report.person", language, number=p.person).lower() for language in LANGUAGES),
            }
            if asked in words - {""} or (number and int(number[1]) == p.person):
                return p.person
        raise _wrong("person", recording=name, text=row.person, known=known)

    def criterion(self, row: Row, here: Recording) -> Criterion:
        text = row.criterion.strip().lower()
        if not text:
            raise _wrong("criterion_missing")
        found = self._known(here).get(text, [])
        if not found:
            raise _wrong("criterion", text=row.criterion)
        if len(found) > 1:
            raise _wrong("criterion_several", text=row.criterion, known=", ".join(c.id for c in found))
        return found[0]

    def _known(self, here: Recording) -> dict[str, list[Criterion]]:
        """Criteria of the norms that the recording was judged by, by id and by title in both languages."""
        latest = latest_analysis(self._store, here.id)
        norms = (latest.profile, latest.variant) if latest else ("", "")
        if norms not in self._criteria:
            options = latest.options if latest else None
            library = load_library(options.profile, variant=options.variant) if options else load_library()
            words: dict[str, list[Criterion]] = defaultdict(list)
            for c in library.all_criteria().values():
                for text in {c.id, *(c.title.in_language(language).strip().lower() for language in LANGUAGES)}:
                    words[text].append(c)
            self._criteria[norms] = words
        return self._criteria[norms]


def _plain(path: str) -> str:
    return path.strip().replace("\\", "/").lower()


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many names, from the last before the file's on, two paths share."""
    count = 0
    for a, b in zip(reversed(one[:-1]), reversed(other[:-1]), strict=False):
        if a != b:
            break
        count += 1
    return count


def understand(store: Store, rows: Iterable[Row], who: str) -> Understood:
    """What rows of a file mean in this store; what is not known or cannot be is told with its line."""
    index, found, who = _Index(store), Understood(), author(who)
    said: dict[tuple[int, int, str], Coded] = {}
    for row in rows:
        try:
            here = index.recording(row)
            one = Coded(row, here.id, index.person(row, here), index.criterion(row, here))
            _require_times(row, here)
            _require_agreeing(one, said)
        except PostureError as error:
            found.problems.append(Problem(row.line, error))
            continue
        found.rows.append(one)
    _require_blind(store, found, who)
    return found


def _require_times(row: Row, here: Recording) -> None:
    if row.start_s is None or row.end_s is None:
        return
    if row.end_s < row.start_s:
        raise _wrong("end_before_start", start=f"{row.start_s:g}", end=f"{row.end_s:g}")
    if here.duration_s is not None and row.start_s > here.duration_s + _LATER_S:
        raise _wrong("after_end", start=f"{row.start_s:g}", length=f"{here.duration_s:.1f}")


def _require_agreeing(one: Coded, said: dict[tuple[int, int, str], Coded]) -> None:
    """Of one person and criterion a file says one thing: no two verdicts, no event of what was called right."""
    if one.is_event and one.verdict is not Verdict.DEVIATION:
        return
    before = said.setdefault(one.key, one)
    if before.verdict is not one.verdict:
        text = say(f"report.verdict.{one.verdict}", "en")
        raise _wrong("contradiction", text=one.row.verdict or text, other=before.row.line)


def _require_blind(store: Store, found: Understood, who: str) -> None:
    """New verdicts of somebody who has decided on the machine's findings of that recording are refused."""
    kept: list[Coded] = []
    before: dict[int, tuple[bool, Judged]] = {}
    with store.read() as connection:
        for recording_id in {one.recording_id for one in found.rows}:
            here = (decision.c.recording_id == recording_id) & (decision.c.who == who)
            saw = bool(connection.execute(select(exists().where(here))).scalar())
            before[recording_id] = saw, said_blind(connection, recording_id, who)
    for one in found.rows:
        saw, said = before[one.recording_id]
        if saw and blind_of([one]).items() - said.items():
            error = _wrong("not_blind", who=who, recording=one.row.recording or one.row.other_name)
            found.problems.append(Problem(one.row.line, error))
        else:
            kept.append(one)
    found.rows = kept


def blind_of(rows: Iterable[Coded]) -> Judged:
    """The verdicts on whole recordings that rows say; a coded deviation is one."""
    return {one.key: one.verdict for one in rows if not one.is_event or one.verdict is Verdict.DEVIATION}


def said_blind(connection: Connection, recording_id: int, who: str) -> Judged:
    """The latest blind verdicts of one person on one recording."""
    b = blind_score.c
    asked = select(b.recording_id, b.person, b.criterion, b.verdict).where(b.recording_id == recording_id, b.who == who)
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(asked.order_by(b.id))}
