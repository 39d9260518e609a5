"""From cues to the verdict on every sub-step of a contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from posture.findings import CueSeen, StepVerdict, SubStepFinding
from posture.flow.align import Fit, Placed, align
from posture.flow.contacts import Visit
from posture.flow.evidence import Evidence
from posture.flow.files import Flow, SubStep

MOMENT_ERROR_S = 0.5
"""How far the found beginning of a cue or moment may be off (docs/accuracy.md): late is only what is later by more."""
BEFORE_RISING_S, BEFORE_LEAVING_S = 2.0, 8.0
"""The going begins so long before the client rises, or walks off who did not sit (own choices)."""
STAYED_S = 1.0
"""A client who is seen to the end of what the clerk is seen, less this, has not left (own choice)."""
AT_WORK_S = 1.0
"""A nod is one at work when work ends no longer before it and goes on no longer after it (own choice)."""
NODS = ("nod", "bow")
PARTING = (*NODS, "hand_raise")
"""What sees a client off who leaves: no longer before that than `BEFORE_LEAVING_S`, however early they rose."""
VISIBLE_SHARE = 0.5
"""A cue could have been seen when this share of the phase showed what it needs (own choice)."""
WRONG_HALF, OPTIONAL = 0.8, 0.4
"""Weight of a cue in the half of the contact that does not speak for the sub-step, and of one for a sub-step that may
be left out (own choices)."""
Moments = Mapping[str, float | None]
Window = tuple[float, float]
Owned = list[tuple[CueSeen, int]]
"""Cues and the group of the sub-step's needs that each one meets."""


def judge_contact(flow: Flow, found: Evidence, visit: Visit) -> tuple[SubStepFinding, ...]:
    """The verdict on each sub-step of the flow, in the flow's order."""
    cues = list(found.cues)
    work = found.of("work", "phone")
    stays = _stays(visit, found)
    fits = [[] if cue.cue in NODS and _at_work(cue, work) else _fits(flow, cue, visit, stays) for cue in cues]
    placed = align(fits)
    moments = _moments(visit, cues)
    own: dict[int, Owned] = {n: [] for n in range(len(flow.sub_steps))}
    for cue, place in zip(cues, placed, strict=True):
        if place is not None:
            own[place[0]].append((cue, place[1]))
    spare = _spare(flow, cues, fits, placed, {n for n, found in own.items() if not found})
    return tuple(_finding(sub, own[n], spare.get(n, []), found, visit, moments) for n, sub in enumerate(flow.sub_steps))


def _spare(
    flow: Flow, cues: Sequence[CueSeen], fits: Sequence[Sequence[Fit]], placed: Sequence[Placed], wanting: set[int]
) -> dict[int, Owned]:
    """What was left over, by the sub-step without any cue that it fits best: done, but out of order.

    Optional sub-steps are not looked for: a gesture that fits nothing is just a gesture.
    """
    found: dict[int, Owned] = {}
    for event, cue in enumerate(cues):
        if placed[event] is not None and not _only_repeats(event, placed):
            continue
        fitting = [f for f in fits[event] if f.sub_step in wanting and not flow.sub_steps[f.sub_step].optional]
        if fitting:
            best = max(fitting, key=lambda f: f.weight)
            found.setdefault(best.sub_step, []).append((cue, best.group))
    return found


def _only_repeats(event: int, placed: Sequence[Placed]) -> bool:
    """Whether the event repeats what its sub-step had already."""
    return placed[event] in placed[:event]


def phase_of(sub: SubStep, visit: Visit) -> Window:
    """From when to when the sub-step may be looked for, in seconds."""
    begin, end = visit.start_s - 2.0, visit.end_s + 4.0
    if visit.client is None or sub.phase == "any":
        return begin, end
    going = visit.rises_s or visit.leaves_s or visit.end_s
    arrival = visit.start_s if visit.arrival_s is None else visit.arrival_s
    return {
        "coming": (begin, visit.middle_s),
        "middle": (arrival, going),
        "going": (max(visit.middle_s, going - (BEFORE_RISING_S if visit.rises_s else BEFORE_LEAVING_S)), end),
    }[sub.phase]


def _at_work(cue: CueSeen, work: Sequence[CueSeen]) -> bool:
    """Whether a nod is made in the middle of work: it greets nobody and sees nobody off."""
    before = any(w.start_s < cue.start_s <= w.end_s + AT_WORK_S for w in work)
    return before and any(w.start_s - AT_WORK_S <= cue.end_s < w.end_s for w in work)


def _stays(visit: Visit, found: Evidence) -> bool:
    """Whether a client is still there, unrisen, when the recording of the clerk ends."""
    left = visit.rises_s is not None or visit.leaves_s is not None
    return visit.client is not None and not left and visit.end_s >= found.time_s[-1] - STAYED_S


def _fits(flow: Flow, cue: CueSeen, visit: Visit, stays: bool) -> list[Fit]:
    """What a cue may be, only within the sub-step's phase; nobody is seen off who `stays`."""
    found = []
    early = visit.leaves_s is not None and cue.start_s < visit.leaves_s - BEFORE_LEAVING_S
    for number, sub in enumerate(flow.sub_steps):
        begin, end = phase_of(sub, visit)
        if not begin <= cue.start_s <= end or (sub.phase == "going" and (stays or (early and cue.cue in PARTING))):
            continue
        late = cue.start_s > visit.middle_s
        weight = WRONG_HALF if visit.client and sub.prefers == ("early" if late else "late") else 1.0
        weight *= OPTIONAL if sub.optional else 1.0
        found += [Fit(number, k, weight) for k, group in enumerate(sub.needs) if cue.cue in group]
    return found


def _moments(visit: Visit, cues: Sequence[CueSeen]) -> dict[str, float | None]:
    """The moments that limits refer to."""
    rising = next((c for c in cues if c.cue == "stand_up" and c.start_s <= visit.middle_s), None)
    upright = rising.end_s if rising else visit.arrival_s
    after = visit.start_s if upright is None else upright
    seated = next((c.end_s for c in cues if c.cue == "sit_down" and c.start_s >= after), None)
    return {
        "arrival": visit.arrival_s, "sits": visit.sits_s, "rises": visit.rises_s or visit.leaves_s,
        "leaves": visit.leaves_s, "upright": upright, "seated": seated,
    }  # fmt: skip


def _finding(sub: SubStep, own: Owned, spare: Owned, found: Evidence, visit: Visit, moments: Moments) -> SubStepFinding:
    if not own and spare:
        return _told(sub, StepVerdict.OUT_OF_ORDER, spare, found, visit)
    if not own:
        return _absent(sub, found, visit)
    told = _told(sub, StepVerdict.SEEN, own, found, visit)
    spoilt = [c for c in found.of(*sub.spoilt_by) if _inside(c, phase_of(sub, visit))] if sub.spoilt_by else []
    lacking = told.lacking + tuple(dict.fromkeys(c.cue for c in spoilt))
    if sub.both_hands and not lacking and all(c.hands == "one" for c, _ in own):
        lacking = ("both_hands",)
    unseen = told.unseen
    if sub.both_hands and not lacking and not any(c.hands == "both" for c, _ in own):
        unseen = (*unseen, "both_hands")
    late_by = None if visit.client is None else _late_by_s(sub, own, moments)
    verdict = StepVerdict.PARTIAL if lacking else StepVerdict.LATE if late_by is not None else StepVerdict.SEEN
    return SubStepFinding(sub.id, verdict, told.cues, lacking, unseen, late_by, told.repeats)


def _told(sub: SubStep, verdict: StepVerdict, own: Owned, found: Evidence, visit: Visit) -> SubStepFinding:
    """What was seen of a sub-step, what was not, and what could not have been seen."""
    first: dict[int, CueSeen] = {}
    for cue, group in own:
        first.setdefault(group, cue)
    lacking, unseen = _not_met(sub, set(first), found, visit)
    repeats = len(own) - len(first) if verdict is StepVerdict.SEEN else 0
    cues = tuple(sorted(first.values(), key=lambda c: c.start_s))
    return SubStepFinding(sub.id, verdict, cues, lacking, unseen, None, repeats)


def _not_met(sub: SubStep, met: set[int], found: Evidence, visit: Visit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First cue of each group that was not met: could have been seen, could not."""
    lacking: list[str] = []
    unseen: list[str] = []
    for k, group in enumerate(sub.needs):
        if k not in met:
            window = phase_of(sub, visit)
            could = any(found.seen_share(cue, *window) >= VISIBLE_SHARE for cue in group)
            (lacking if could else unseen).append(group[0])
    return tuple(lacking), tuple(unseen)


def _absent(sub: SubStep, found: Evidence, visit: Visit) -> SubStepFinding:
    """Nothing of the sub-step was seen: was it due, and could it have been seen?"""
    lacking, unseen = _not_met(sub, set(), found, visit)
    not_due = _not_due(sub, found, visit)
    if not_due:
        return SubStepFinding(sub.id, StepVerdict.NOT_DUE, unseen=unseen, why=not_due)
    if visit.client is None:
        return SubStepFinding(sub.id, StepVerdict.NOT_ASSESSABLE, unseen=lacking + unseen, why="no_client")
    if not lacking:
        return SubStepFinding(sub.id, StepVerdict.NOT_ASSESSABLE, unseen=unseen, why="not_visible")
    return SubStepFinding(sub.id, StepVerdict.MISSING, lacking=lacking, unseen=unseen)


def _not_due(sub: SubStep, found: Evidence, visit: Visit) -> str | None:
    """Why nobody can ask for the sub-step in this contact, or None."""
    if sub.optional:
        return "optional"
    if sub.only_after and not [c for c in found.of(sub.only_after) if _inside(c, phase_of(sub, visit))]:
        return "no_occasion"
    if sub.phase == "going" and _stays(visit, found):
        return "not_left"
    work = found.of("work", "phone")
    if sub.due_after_s and (not work or work[-1].end_s - work[0].start_s < sub.due_after_s):
        return "too_short"
    return None


def _inside(cue: CueSeen, window: Window) -> bool:
    return cue.start_s <= window[1] and cue.end_s >= window[0]


def _late_by_s(sub: SubStep, own: Owned, moments: Moments) -> float | None:
    """By how much the cue that is most late passed its limit and the error, None where nothing is late."""
    worst: float | None = None
    for limit in sub.limits:
        when, after = (next((c.start_s for c, _ in own if c.cue == limit.cue), None), moments[limit.after])
        if when is None or after is None:
            continue
        over = when - after - limit.within_s
        if over > MOMENT_ERROR_S:
            worst = over if worst is None else max(worst, over)
    return worst


def order_share(results: Sequence[SubStepFinding]) -> float | None:
    """Sub-steps done in their order as a share of those that were due and could be told, None of none."""
    due = [r for r in results if r.verdict not in (StepVerdict.NOT_DUE, StepVerdict.NOT_ASSESSABLE)]
    done = [r for r in due if r.verdict not in (StepVerdict.MISSING, StepVerdict.OUT_OF_ORDER)]
    return len(done) / len(due) if due else None
