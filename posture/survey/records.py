"""What goes into the store and comes out of it. Plain data, no database."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pydantic_core
from pydantic import TypeAdapter

from posture.errors import PostureError, StoreError
from posture.findings import CheckResult, Deviation, Role, Severity
from posture.reasons import technical
from posture.text import Phrase, say

if TYPE_CHECKING:  # brings the whole chain along
    from posture.check import CheckOptions


class State(StrEnum):
    """How far the analysis of a recording is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Origin(StrEnum):
    """Who found a finding."""

    MACHINE = "machine"
    HUMAN = "human"


class DecisionKind(StrEnum):
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    """The finding is wrong; the reason is required. It costs no points."""
    COMMENT = "comment"
    """Words that change nothing."""
    ADD = "add"
    """The person found what the machine did not."""


@dataclass(frozen=True)
class Place:
    """Where and in which round of checks a recording was made. Empty where not given."""

    unit: str = ""
    """The organisation, such as a district's bureau."""
    outlet: str = ""
    """The hall or branch."""
    window: str = ""
    round: str = ""
    """The round of checks, such as `2026-03`."""


@dataclass(frozen=True)
class NewRecording:
    """A recording to add. `recorded_on` and `starts_at` are wall-clock times at the place, without a time zone."""

    path: str
    sha256: str
    size_bytes: int
    place: Place = field(default_factory=Place)
    recorded_on: date | None = None
    starts_at: datetime | None = None
    duration_s: float | None = None


@dataclass(frozen=True)
class Failure:
    """Why a recording could not be analysed: a text key and its values, so that it is told in either language."""

    key: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """A sentence for the user as it is; anything else under `survey.failed.unexpected`."""
        if isinstance(error, PostureError):
            return cls(error.key, error.values)
        return cls("survey.failed.unexpected", {"detail": technical(f"{type(error).__name__}: {error}")})

    def in_language(self, language: str) -> str:
        return say(self.key, language, **self.values)


@dataclass(frozen=True)
class Recording:
    id: int
    path: str
    sha256: str
    size_bytes: int
    place: Place
    recorded_on: date | None
    starts_at: datetime | None
    duration_s: float | None
    state: State
    failure: Failure | None
    added_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Analysis:
    """One analysis of a recording, without its result (`analyses.load_result`)."""

    id: int
    recording_id: int
    made_at: datetime
    software: str
    models_sha256: str
    """Over the hashes of all models; the single ones are in the result's provenance."""
    norms_sha256: str
    """Over criteria, profile and measuring errors: equal where the same norms were applied."""
    profile: str
    variant: str
    pose: str
    options: CheckOptions
    landmark_path: str | None
    """The landmark file to judge again from, without the recording; it may have been cleared from the cache."""


@dataclass(frozen=True)
class PersonName:
    """What a trainer said about a person of a recording."""

    person: int
    name: str
    role: Role | None
    who: str
    named_at: datetime


@dataclass(frozen=True)
class Decision:
    """What somebody said about a finding. Never changed."""

    id: int
    key: int
    finding_id: int | None
    """The row of the machine's finding that was looked at; None for what people added."""
    who: str
    made_at: datetime
    kind: DecisionKind
    text: str


@dataclass(frozen=True)
class Finding:
    """A finding as it stands: the machine's or a person's, with everything people said about it."""

    key: int
    """Stays the same when the recording is judged again."""
    origin: Origin
    person: int
    criterion: str
    start_s: float
    end_s: float
    severity: Severity
    deviation: Deviation | None
    """What the machine measured; None for what people added."""
    decisions: tuple[Decision, ...] = ()
    """In the order they were made."""
    limits_changed: bool = False
    """The decision that counts was made when the norm had other limits: worth another look."""

    @property
    def by_person(self) -> dict[str, Decision]:
        """Each person's latest decision, comments aside; who added a finding thereby confirms it."""
        return {d.who: d for d in self.decisions if d.kind is not DecisionKind.COMMENT}

    @property
    def current(self) -> Decision | None:
        """The decision that counts: the latest, comments aside."""
        return next((d for d in reversed(self.decisions) if d.kind is not DecisionKind.COMMENT), None)

    @property
    def dismissed(self) -> bool:
        return self.current is not None and self.current.kind is DecisionKind.DISMISS

    @property
    def state(self) -> str:
        """`open`, `confirmed` or `dismissed`."""
        return "open" if self.current is None else "dismissed" if self.dismissed else "confirmed"

    @property
    def disputed(self) -> bool:
        """Whether people disagree about it."""
        return len({d.kind is DecisionKind.DISMISS for d in self.by_person.values()}) > 1


@functools.cache
def _result_adapter() -> TypeAdapter[CheckResult]:
    return TypeAdapter(CheckResult)


def result_to_json(result: CheckResult) -> str:
    """JSON from which `result_from_json` makes the same result: NaN and infinities stay. Values of notes have to be
    what JSON knows."""
    return pydantic_core.to_json(result, inf_nan_mode="constants").decode()


def result_from_json(text: str) -> CheckResult:
    """The result of `result_to_json`; pydantic's ValidationError if it is none."""
    result = _result_adapter().validate_json(text)
    if result.contacts and result.flow is None:  # kept before halls had flows of their own: it was the program's
        from posture.flow.files import shipped_flow

        return replace(result, flow=shipped_flow().carried())
    return result


def options_to_json(options: CheckOptions) -> str:
    return pydantic_core.to_json(options).decode()


@functools.cache
def _options_adapter() -> TypeAdapter[CheckOptions]:
    from posture.check import CheckOptions

    return TypeAdapter(CheckOptions)


def options_from_json(text: str) -> CheckOptions:
    return _options_adapter().validate_json(text)


def values_to_json(values: Mapping[str, object]) -> str:
    """Values of a text as JSON; what JSON does not know (paths) as its words, phrases so that they come back."""
    return json.dumps(dict(values), default=_as_json, ensure_ascii=False)


def _as_json(value: object) -> object:
    return {"phrase": value.key, "values": dict(value.values)} if isinstance(value, Phrase) else str(value)


def values_from_json(text: str) -> dict[str, object]:
    """What `values_to_json` wrote."""
    values: dict[str, object] = json.loads(text, object_hook=_as_phrase)
    return values


def _as_phrase(read: dict[str, Any]) -> object:
    return Phrase.of(read["phrase"], **read["values"]) if read.keys() == {"phrase", "values"} else read


def number(value: float | None) -> float | None:
    """A number as the database keeps it: nothing where it is not known (NaN)."""
    return None if value is None or math.isnan(value) else float(value)


def now() -> datetime:
    return datetime.now(UTC)


def author(who: str) -> str:
    """Who says something, without blanks around; StoreError when nobody is named."""
    if not who.strip():
        raise StoreError("survey.errors.who_missing")
    return who.strip()


def place_of(row: Any) -> Place:
    return Place(row.unit, row.outlet, row.window, row.round)
