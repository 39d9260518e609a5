"""SOFTEN over a contact: smile, open posture, forward lean, tone, eye contact, nod, each with its share of time; and
the three principles look once, stand twice, speak three times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posture.findings import Principle, SoftenItem, StepVerdict, SubStepFinding
from posture.flow.contacts import Visit
from posture.flow.evidence import looking
from posture.flow.files import Flow, SubStep
from posture.geometry import inner_angle_deg, usual_step_s
from posture.landmarks import LEFT, RIGHT, Array, Speech
from posture.measures import MEASURES
from posture.measures.common import ARM_JOINTS, mid_shoulder, point
from posture.measures.face import SMILE_FROM, smile
from posture.measures.registry import Scene
from posture.measures.stances import own_width_px
from posture.moves.bows import nods_told
from posture.states import turned_away

LEAST_ASSESSED_S = 3.0
"""A share of less time says nothing (own choice)."""
LEAN_FROM_DEG, LEAN_TO_DEG = 5.0, 15.0
"""norms.md soften_f: a forward lean of 5 to 15 degrees now and then."""
CROSSED_SW, BENT_DEG = 0.12, 115.0
"""Wrists past each other by this with both elbows bent count as crossed arms (own choices)."""
ASKED_TIMES = 3
_LOOK, _STAND = ("look",), ("stand_up", "standing")


def soften(clerk: Scene, visit: Visit, speech: Speech | None) -> tuple[SoftenItem, ...]:
    """The letters in their order. Nothing is said of the tone but whether somebody spoke."""
    time_s = clerk.track.time_s
    here = (time_s >= visit.start_s) & (time_s <= visit.end_s)
    step = usual_step_s(time_s)
    smiling, looks, could = smile(clerk).value, *looking(clerk)
    crossed = _crossed(clerk)
    with np.errstate(invalid="ignore"):
        smiles = smiling >= SMILE_FROM
    lean = _lean_deg(clerk)
    with np.errstate(invalid="ignore"):
        leaning = (lean >= LEAN_FROM_DEG) & (lean <= LEAN_TO_DEG)
    open_ = (crossed == 0) & ~turned_away(clerk)
    items = [
        _share("smile", smiles, np.isfinite(smiling), here, step),
        _share("open", open_, np.isfinite(crossed), here, step),
        _share("lean", leaning, np.isfinite(lean), here, step),
        _tone(visit, speech),
        _share("eyes", looks, could, here, step),
    ]
    told = nods_told(clerk)
    seen_s = float((told & here).sum() * step)
    return (*items, SoftenItem("nod", None, seen_s, _nods(clerk, visit) if seen_s >= LEAST_ASSESSED_S else None))


def _nods(clerk: Scene, visit: Visit) -> int:
    """Nods among the clerk's movements during the contact, which the report counts for the whole recording. The cue
    `nod` is wider: a slight bow meets it, too."""
    return sum(m.count for m in clerk.moves if m.group == "nod" and visit.start_s <= m.start_s <= visit.end_s)


def _share(
    name: str, flag: NDArray[np.bool_], known: NDArray[np.bool_], here: NDArray[np.bool_], step_s: float
) -> SoftenItem:
    assessed_s = float((known & here).sum() * step_s)
    if assessed_s < LEAST_ASSESSED_S:
        return SoftenItem(name, None, assessed_s)
    return SoftenItem(name, float(flag[known & here].mean()), assessed_s)


def _tone(visit: Visit, speech: Speech | None) -> SoftenItem:
    """Share of the contact in which somebody speaks: who, and how, is not told."""
    heard = speech.between(visit.start_s, visit.end_s) if speech and not speech.reason else None
    heard_s = sum(b - a for a, b in heard.heard_s) if heard else 0.0
    if heard is None or heard_s < LEAST_ASSESSED_S:
        return SoftenItem("tone", None, heard_s)
    return SoftenItem("tone", heard.total_s / heard_s, heard_s, len(heard.stretches))


def _crossed(clerk: Scene) -> Array:
    """(T,) 1 with crossed arms, 0 without, NaN where a wrist or elbow is unseen."""
    left, right = ([point(clerk, j) for j in ARM_JOINTS[side]] for side in (LEFT, RIGHT))
    past = (right[2] - left[2])[:, 0] / own_width_px(clerk)
    # Facing the camera the own left is on the right of the picture.
    sign = np.sign((left[0] - right[0])[:, 0])
    bent = [inner_angle_deg(*limb[:3]) for limb in (left, right)]
    with np.errstate(invalid="ignore"):
        crossed = (past * sign >= CROSSED_SW) & (bent[0] <= BENT_DEG) & (bent[1] <= BENT_DEG)
    return np.where(np.isfinite(past) & np.isfinite(bent[0] + bent[1]), crossed, np.nan)


def _lean_deg(clerk: Scene) -> Array:
    """(T,) forward lean against the own neutral from the side; not known from in front."""
    found = MEASURES["trunk_lean_forward_change_deg"].compute(clerk).value
    return np.where(np.isfinite(mid_shoulder(clerk)[:, 0]), found, np.nan)


def principles(
    flow: Flow, results: Sequence[SubStepFinding], visit: Visit, speech: Speech | None
) -> tuple[Principle, ...]:
    """看一眼、站两下、问三声, from the sub-steps that need the cues: the first with a look, the first and the last with
    standing. What the flow does not ask for is not told."""
    by_id = {r.sub_step: r for r in results}
    looks = [s.id for s in _needing(flow, _LOOK) if s.phase in ("coming", "any")]
    stands = [s.id for s in _needing(flow, _STAND)]
    taken, returned = (by_id.get(name) for name in _hand_overs(flow))
    return (
        _counted("look", 1, [by_id.get(name) for name in looks[:1]], _LOOK),
        _counted("stand", 2, [by_id.get(name) for name in (*stands[:1], *stands[1:][-1:])], _STAND),
        _spoke(visit, taken, returned, speech),
    )


def _needing(flow: Flow, cues: tuple[str, ...]) -> list[SubStep]:
    return [sub for sub in flow.sub_steps if any(cue in group for group in sub.needs for cue in cues)]


def _hand_overs(flow: Flow) -> tuple[str, str]:
    """Ids of the sub-steps in which papers are taken and returned, empty where there is none."""
    found = _needing(flow, ("exchange",))
    taken = [s.id for s in found if s.prefers != "late" and s.phase != "going"]
    returned = [s.id for s in found if s.id not in taken[:1]]
    return (taken or [""])[0], (returned or [""])[-1]


def _counted(name: str, wanted: int, results: Sequence[SubStepFinding | None], cues: tuple[str, ...]) -> Principle:
    """How many of the sub-steps showed one of the cues; unknown where one could not be told and is wanting."""
    times = [c.start_s for r in results if r for c in r.cues if c.cue in cues]
    unknown = len(results) < wanted or any(
        r is None or (not any(c.cue in cues for c in r.cues) and (r.why is not None or bool({*cues} & {*r.unseen})))
        for r in results
    )
    return Principle(name, wanted, None if unknown and len(times) < wanted else len(times), tuple(times))


def _spoke(
    visit: Visit, taken: SubStepFinding | None, returned: SubStepFinding | None, speech: Speech | None
) -> Principle:
    """In how many of three parts of the contact somebody spoke: until the papers are taken or the client sits, until
    the papers are returned or the client rises, and after that."""
    if speech is None or visit.client is None:
        return Principle("ask", ASKED_TIMES, None)
    first = _moment(taken, visit.sits_s, visit.start_s + (visit.end_s - visit.start_s) / 3)
    last = _moment(returned, visit.rises_s, visit.end_s - (visit.end_s - visit.start_s) / 4)
    parts = ((visit.start_s - 2.0, first), (first, last), (last, visit.end_s + 2.0))
    times, unknown = [], False
    for begin, end in parts:
        inside = [s.start_s for s in speech.stretches if begin <= s.start_s < end]
        times += inside[:1]
        # A contact may begin or end with the recording: beyond it there is nothing to hear.
        unknown |= not inside and speech.spoken_s(max(begin, 0.0), min(end, visit.end_s)) is None
    return Principle("ask", ASKED_TIMES, None if unknown else len(times), tuple(times))


def _moment(result: SubStepFinding | None, seen_s: float | None, otherwise_s: float) -> float:
    if result is not None and result.time_s is not None and result.verdict is not StepVerdict.OUT_OF_ORDER:
        return result.time_s
    return otherwise_s if seen_s is None else seen_s
