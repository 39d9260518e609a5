"""What a check finds: verdicts, deviations and scores. Plain data, no computing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from posture.service_flow import ServiceFlow


class View(StrEnum):
    """Which way the person faces, as seen by the camera."""

    FRONT = "front"
    OBLIQUE = "oblique"
    SIDE = "side"
    BACK = "back"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    OK = "ok"
    DEVIATION = "deviation"
    BORDERLINE = "borderline"
    NOT_ASSESSABLE = "not_assessable"


class Stance(StrEnum):
    """What somebody does with the whole body."""

    SITTING = "sitting"
    STANDING = "standing"
    WALKING = "walking"
    TURNED_AWAY = "turned_away"
    """The body is turned far from its usual direction."""
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """Seen, but a counter leaves open whether they sit or stand."""


class Activity(StrEnum):
    """What somebody does with head and hands."""

    ATTENDING = "attending"
    """Head up."""
    WORKING = "working"
    """Head down over the counter: reading, writing or typing, which are not told apart."""
    LIKE_PHONE = "like_phone"
    """Head down for long towards a hand kept still before the body."""
    UNKNOWN = "unknown"


class StepVerdict(StrEnum):
    """What became of a sub-step of the service flow."""

    SEEN = "seen"
    LATE = "late"
    PARTIAL = "partial"
    """Some of what belongs to it was seen, something else that could have been seen was not."""
    OUT_OF_ORDER = "out_of_order"
    MISSING = "missing"
    NOT_ASSESSABLE = "not_assessable"
    NOT_DUE = "not_due"
    """Nothing called for it in this contact, or it may be left out."""


class Severity(StrEnum):
    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"


class Reason(StrEnum):
    """Why something could not be assessed."""

    NOT_VISIBLE = "not_visible"
    """A needed body part is hidden, outside the picture or too uncertain."""
    WRONG_VIEW = "wrong_view"
    """The measure is not valid from this side."""
    TOO_SMALL = "too_small"
    """Too few pixels on the person."""
    FACE_NOT_SEEN = "face_not_seen"
    NO_NEUTRAL = "no_neutral"
    """No calm upright stretch of this person to compare with."""
    ERROR_TOO_LARGE = "error_too_large"
    """The measuring error in this view is larger than the limit of the norm."""
    POSE_NOT_HELD = "pose_not_held"
    """The norm belongs to a pose that the person did not hold."""
    TOO_SHORT = "too_short"
    """Not seen long enough for a verdict."""
    IN_MOTION = "in_motion"
    """The person walks or changes pose: a norm for a held pose does not apply."""
    AT_WORK = "at_work"
    """The person bends over papers or a keyboard before a client: nothing says how upright one writes."""

    @property
    def code(self) -> int:
        """Its number, from 1, in arrays of reasons; 0 stands for none."""
        return _REASON_CODES[self]


_REASON_CODES = {reason: code for code, reason in enumerate(Reason, 1)}


class Role(StrEnum):
    """What a person in a recording is there for."""

    CLERK = "clerk"
    CLIENT = "client"
    BYSTANDER = "bystander"


Range = tuple[float | None, float | None]
"""Lowest and highest allowed value; None where there is no limit on that side."""


@dataclass(frozen=True)
class Deviation:
    """One stretch of time in which one criterion is broken by one person."""

    criterion: str
    person: int
    start_s: float
    end_s: float
    worst_s: float
    value: float
    """The measured value at the worst moment (median over 0.5 s), in the unit of the measure."""
    error: float
    """Measuring error in the view of that moment, same unit: the limit was passed by more than this."""
    allowed: Range
    target: float | None
    severity: Severity
    view: View
    points: float = 0.0
    """Points deducted for it by the scoring, what is over the criterion's cap left out."""
    times: int = 0
    """How often it was counted: a lasting one more than once, a repetition soon after not at all."""
    price: float = 0.0
    """Points that one time costs."""
    move: str | None = None
    """Kind of the movement that broke it, for criteria of movements."""
    follows_from: str | None = None
    """Criterion whose deviation at the same time brings this one about: shown, not counted again."""

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class CriterionResult:
    """What became of one criterion for one person. Seconds of the sampled recording."""

    criterion: str
    verdict: Verdict
    ok_s: float
    borderline_s: float
    deviation_s: float
    not_assessable_s: dict[Reason, float]
    typical_value: float | None
    """Median of the assessable values, in the unit of the measure."""
    error: float | None
    """Measuring error that applied most of the time."""
    deviations: tuple[Deviation, ...] = ()

    @property
    def assessable_s(self) -> float:
        return self.ok_s + self.borderline_s + self.deviation_s


@dataclass(frozen=True)
class PoseSegment:
    """A stretch of time in which a reference pose was held."""

    pose: str
    start_s: float
    end_s: float
    similarity: float
    """Mean similarity 0..100 to the reference pose."""
    upper_body_only: bool
    """True when the lower body was hidden: standing and sitting were told apart by arms and framing only."""


@dataclass(frozen=True)
class Move:
    """A movement with a beginning and an end: a gesture, hand-over, bow, nod, walk.

    start_s to hold_start_s is the stroke, then the hold, from hold_end_s to end_s the return.
    """

    kind: str
    """Id of the movement in the reference files, such as `near_guide`, `bow`, `squat`."""
    group: str
    """`gesture`, `hand_over`, `bow`, `nod`, `squat`, `walk`, `handshake`, `stand_up`, `sit_down`."""
    person: int
    start_s: float
    hold_start_s: float
    hold_end_s: float
    end_s: float
    side: str = ""
    """The subject's `left` or `right` hand, `both`, or nothing."""
    similarity: float | None = None
    """0..100 to the reference movement, where it was recognised by one."""
    count: int = 1
    """How many times it was done in a row: nods, swings of a wave, steps of a walk."""

    @property
    def peak_s(self) -> float:
        """The middle of the hold."""
        return (self.hold_start_s + self.hold_end_s) / 2

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class StateSpan:
    """A stretch of time in one state; `state` is a value of `Stance` or `Activity`."""

    state: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class CueSeen:
    """A sign of a sub-step: what it was and when."""

    cue: str
    start_s: float
    end_s: float
    hands: str = ""
    """At a hand-over `both`, `one`, or nothing where it could not be told."""


@dataclass(frozen=True)
class SubStepFinding:
    """What became of one sub-step in one contact."""

    sub_step: str
    verdict: StepVerdict
    cues: tuple[CueSeen, ...] = ()
    """What it was told from, in time order."""
    lacking: tuple[str, ...] = ()
    """Cues that could have been seen and were not."""
    unseen: tuple[str, ...] = ()
    """Cues that could not have been seen; of a sub-step that was seen, how it was done is open then."""
    late_by_s: float | None = None
    repeats: int = 0
    """How many more times it was done."""
    why: str | None = None
    """Text key of the reason where it is not assessable or not due."""

    @property
    def time_s(self) -> float | None:
        """When it began."""
        return self.cues[0].start_s if self.cues else None


@dataclass(frozen=True)
class Principle:
    """One of look once, stand twice, speak three times: how often it was done of how many times it should be."""

    id: str
    wanted: int
    done: int | None
    """None where it could not be told."""
    times_s: tuple[float, ...] = ()


@dataclass(frozen=True)
class SoftenItem:
    """One letter of SOFTEN over the time that the client was there."""

    id: str
    share: float | None
    """Share of the assessable time, None where it could not be told."""
    assessed_s: float
    count: int | None = None
    """For what is counted: nods, utterances."""


@dataclass(frozen=True)
class Contact:
    """One client at the counter, from coming into view to leaving it. Moments are None where they were not seen."""

    clerk: int
    client: int | None
    """None when no client was in the picture: then only what the clerk does is told."""
    start_s: float
    end_s: float
    arrival_s: float | None
    sits_s: float | None
    rises_s: float | None
    leaves_s: float | None
    sub_steps: tuple[SubStepFinding, ...]
    principles: tuple[Principle, ...]
    soften: tuple[SoftenItem, ...]
    order_share: float | None
    """Sub-steps done in their order as a share of those that could be told and had to be done."""


@dataclass(frozen=True)
class ItemScore:
    """What one criterion cost."""

    criterion: str
    counts: tuple[tuple[int, float], ...]
    """How many times at which points each, cheapest first."""
    deducted: float
    """The sum of the counts, at most `cap`."""
    cap: float | None

    @property
    def capped(self) -> bool:
        """Whether the cap kept points."""
        return self.cap is not None and sum(times * price for times, price in self.counts) > self.cap + 1e-9


@dataclass(frozen=True)
class CategoryScore:
    category: str
    weight: float
    """Points the category carries in the profile."""
    assessable: float
    """Part of the weight that could be assessed in this recording."""
    deducted: float
    """Points deducted, at most `assessable`."""
    items: tuple[ItemScore, ...] = ()
    """What the criteria of the category cost, dearest first; those that cost nothing are left out."""

    @property
    def capped(self) -> bool:
        """Whether its criteria cost more than the category has."""
        return sum(item.deducted for item in self.items) > self.deducted + 1e-9


@dataclass(frozen=True)
class Score:
    value: float | None
    """0..100 over the assessable part; None when too little could be assessed for a grade."""
    grade: str | None
    """`excellent`, `pass`, `practice`, `repeat`, or None."""
    coverage: float
    """Assessable share of the whole weight, 0..1."""
    categories: tuple[CategoryScore, ...]


@dataclass(frozen=True)
class PersonFindings:
    person: int
    seen_s: float
    first_seen_s: float
    last_seen_s: float
    height_px: float
    """Median height of the seen body in the analysed picture."""
    view_s: dict[View, float]
    segments: tuple[PoseSegment, ...]
    results: tuple[CriterionResult, ...]
    score: Score
    moves: tuple[Move, ...] = ()
    """Movements recognised, in time order."""
    neutral_s: tuple[float, float] | None = None
    """Stretch used as the person's own neutral, None when none was found."""
    stances: tuple[StateSpan, ...] = ()
    """What they did over time, absences included; empty for a photo."""
    activities: tuple[StateSpan, ...] = ()
    role: Role | None = None
    """None where it is not known."""
    role_reason: str = "unsure"
    """Why: a key of the texts below `report.role_reason`."""
    scored: bool = True
    """False for clients and people who only pass: listed, not judged, no results and no score."""

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        return tuple(sorted((d for r in self.results for d in r.deviations), key=lambda d: d.start_s))


@dataclass(frozen=True)
class CheckResult:
    """Everything a report needs about one recording."""

    source: str
    kind: str
    duration_s: float
    image_size: tuple[int, int]
    people: tuple[PersonFindings, ...]
    profile: str
    pose_choice: str
    """The pose asked for, or `auto`."""
    variant: str = "any"
    """The form asked for: `any`, `female` or `male`."""
    damage: tuple[tuple[float, float, str], ...] = ()
    notes: tuple[tuple[str, dict[str, object]], ...] = ()
    """Remarks for the user: text key and its values."""
    provenance: dict[str, str] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    """Service contacts at the counter, in time order."""
    flow: ServiceFlow | None = None
    """The service flow that was looked for; None where none was, as in photos."""
