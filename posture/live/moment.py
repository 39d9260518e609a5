"""What there is to say right now: the chain of recordings on the last seconds, and what of it holds at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from posture.check import Calibration, Checked, CheckOptions, judge_observation, seen
from posture.compare import compare
from posture.findings import CriterionResult, Deviation, Move, PersonFindings, Reason, Verdict, View
from posture.judge import Course, excess_of
from posture.judge_moves import of_criterion
from posture.landmarks import Array, Observation, Track
from posture.library import AUTO, Library
from posture.live.ghost import fitted_ghost
from posture.live.steps import Made
from posture.live.window import SAMPLES_PER_S
from posture.measures import MEASURES, Scene
from posture.neutral import Neutral, find_neutral
from posture.observe import ObserveSettings, provenance
from posture.references import Criterion, ReferencePose
from posture.report.figure import figures_of
from posture.report.labels import by_importance, main_reason
from posture.tilt import camera_tilt, tilted

_NOW_S = 0.6
"""A deviation or pose that reached to within this of the last sample lasts (own choice: the smoothing's window)."""
_SIMILARITY_S = 1.0
_OVER_S = 0.4
"""A movement is over when its end is this long ago: while it lasts its end moves along."""
_FIGURES = {"bow": "bows"}
"""Movements of the body: what they are drawn as in figures.yaml."""
SETTINGS = ObserveSettings(fps=SAMPLES_PER_S)


class JointState(IntEnum):
    """What the criteria say of a joint, from nothing to the worst."""

    UNJUDGED = 0
    RIGHT = 1
    BORDERLINE = 2
    FAULT = 3


_STATE_OF = {Verdict.OK: JointState.RIGHT, Verdict.BORDERLINE: JointState.BORDERLINE}


@dataclass(frozen=True)
class Standing:
    """How one criterion stands now: the verdict, and why when it is not assessable."""

    criterion: str
    verdict: Verdict
    reason: Reason | None = None


@dataclass(frozen=True)
class Moment:
    """The verdict on the trainee at `time_s`.

    faults : deviations that last, the most important first, consequences of others and advisory ones last.
    counting : ids of those of them that count.
    joints : state by number of the joint.
    held : the practised pose is held; similarity 0..100 to it, None where too little is seen.
    sway_sw : spread of the body's place over 5 s in shoulder widths, None before.
    ghost_px : (33, 2) the practised pose on the trainee's own body, NaN where it has no joint; None when it cannot be
    fitted.
    legs_hidden : something in front hides the legs.
    made : movements of the last seconds that are over, in the order of time.
    """

    time_s: float
    faults: tuple[Deviation, ...]
    counting: tuple[str, ...]
    criteria: tuple[Standing, ...]
    joints: dict[int, JointState]
    held: bool
    similarity: float | None
    sway_sw: float | None
    view: View
    ghost_px: Array | None
    legs_hidden: bool
    findings: PersonFindings
    made: tuple[Made, ...] = ()

    @property
    def right(self) -> tuple[str, ...]:
        """Criteria that are met now."""
        return tuple(c.criterion for c in self.criteria if c.verdict == Verdict.OK)

    @property
    def assessed(self) -> bool:
        """Whether there is any verdict at all yet."""
        return any(c.verdict != Verdict.NOT_ASSESSABLE for c in self.criteria)


def judge_moment(track: Track, what: str, library: Library, calibration: Calibration | None) -> Moment | None:
    """Judge the last seconds of the trainee by the pose or movement `what`; None while they were seen too rarely for a
    person. Where a movement is practised only what is said of movements counts.

    Without a calibration what compares with the own neutral is not assessable: a neutral found in the last seconds
    would forgive whoever slumps for as long.
    """
    calibration = calibration or Calibration()
    scene = seen(track)
    tilt = calibration.tilt or camera_tilt(None, [scene], 1.0 / SAMPLES_PER_S)
    scene = tilted(scene, tilt)
    pose = library.poses.get(what)
    neutral = calibration.neutral if pose else _before_moving(scene, calibration.neutral)
    calibration = replace(calibration, neutral=neutral, tilt=tilt)
    asked = pose.id if pose else AUTO
    options = CheckOptions(pose=asked, profile=library.profile.id, variant=library.variant, observe=SETTINGS)
    checked = judge_observation(_observation(track), library, options, calibration)
    now_s = float(track.time_s[-1])
    assert scene.yaw_deg is not None
    if not checked.result.people:
        return None
    findings = checked.result.people[0]
    known = library.all_criteria()
    made = tuple(_made(m, checked, known) for m in findings.moves if m.end_s <= now_s - _OVER_S)
    lasting = [d for d in findings.deviations if d.end_s >= now_s - _NOW_S] if pose else []
    faults = sorted(by_importance(lasting), key=lambda d: known[d.criterion].advisory)
    counting = [d.criterion for d in faults if d.follows_from is None and not known[d.criterion].advisory]
    open_now = {d.criterion for d in faults}
    if pose:
        series = checked.series
        criteria = tuple(_standing(r, open_now, series[(track.person, r.criterion)], known) for r in findings.results)
    else:
        criteria = tuple(_over_all(r) for r in findings.results if known[r.criterion].moves)
    sway = float(MEASURES["sway_sw"].compute(scene).value[-1])
    reference = pose or _figure(what, library)
    return Moment(
        time_s=now_s,
        faults=tuple(faults),
        counting=tuple(dict.fromkeys(counting)),
        criteria=criteria,
        joints=joint_states(criteria, library) if pose else {},
        held=any(s.end_s >= now_s - _NOW_S for s in findings.segments),
        similarity=_similarity(scene, pose) if pose else None,
        sway_sw=sway if np.isfinite(sway) else None,
        view=View(scene.view[-1]),
        ghost_px=fitted_ghost(scene, reference) if reference else None,
        legs_hidden=bool(np.isnan(scene.track.pose_px[-5:, 23:, 0]).all()),
        findings=findings,
        made=made,
    )


def _before_moving(scene: Scene, known: Neutral | None) -> Neutral | None:
    """The calibrated neutral, and what it lacks from the last seconds: whoever was calibrated facing the camera turns
    round to bow. Nobody is forgiven by that, since only movements are judged."""
    now = View(scene.view[-1])
    found = find_neutral(scene, (now,)) if now in (View.FRONT, View.SIDE) else None
    if found is None or known is None:
        return known or found
    return replace(known, values=found.values | known.values)


def _figure(move: str, library: Library) -> ReferencePose | None:
    """What a movement looks like at its hold, where it is drawn."""
    figures = figures_of(_FIGURES.get(move, move), library)
    return figures[0].pose if figures else None


def _made(move: Move, checked: Checked, known: Mapping[str, Criterion]) -> Made:
    """What the criteria say of one movement."""
    findings = checked.result.people[0]
    of_it = [d for d in findings.deviations if d.move == move.kind and d.start_s == move.start_s]
    counting = [d.criterion for d in by_importance(of_it) if d.follows_from is None and not known[d.criterion].advisory]
    judged = bool(counting) or any(
        _was_judged(checked.courses[(findings.person, r.criterion)], move)
        for r in findings.results
        if of_criterion((move,), known[r.criterion])
    )
    return Made(
        move.kind, move.start_s, move.peak_s, move.end_s, move.similarity, tuple(dict.fromkeys(counting)), judged
    )


def _was_judged(course: Course, move: Move) -> bool:
    during = (course.time_s >= move.start_s) & (course.time_s <= move.end_s)
    return bool(np.isfinite(course.value[during]).any())


def _observation(track: Track) -> Observation:
    duration_s = float(track.time_s[-1] - track.time_s[0]) + 1.0 / SAMPLES_PER_S
    return Observation(
        (track,), "", "", track.image_size, "video", duration_s, track.time_s, provenance=provenance(SETTINGS)
    )


def _standing(
    result: CriterionResult, open_now: set[str], series: tuple[Array, Array], known: Mapping[str, Criterion]
) -> Standing:
    """How it stands now. A deviation that is over is right only if the newest values say so: not when they are
    missing, and not while they are past the limit within the error."""
    name = result.criterion
    if name in open_now:
        return Standing(name, Verdict.DEVIATION)
    if result.verdict == Verdict.DEVIATION:
        time_s, value = series
        newest = value[time_s >= time_s[-1] - _NOW_S]
        newest = newest[np.isfinite(newest)]
        if not len(newest):
            return Standing(name, Verdict.NOT_ASSESSABLE, Reason.NOT_VISIBLE)
        inside = excess_of(np.median(newest, keepdims=True), known[name].allowed)[0] <= 0
        return Standing(name, Verdict.OK if inside else Verdict.BORDERLINE)
    return _over_all(result)


def _over_all(result: CriterionResult) -> Standing:
    """How it stands over the whole of the last seconds."""
    why = main_reason(result) if result.verdict == Verdict.NOT_ASSESSABLE else None
    return Standing(result.criterion, result.verdict, why)


def joint_states(criteria: Iterable[Standing], library: Library) -> dict[int, JointState]:
    """Every joint that a criterion looks at, with the worst that any of them says."""
    known = library.all_criteria()
    states: dict[int, JointState] = {}
    for one in criteria:
        state = JointState.FAULT if one.verdict == Verdict.DEVIATION else _STATE_OF.get(one.verdict)
        for joint in MEASURES[known[one.criterion].measure].landmarks if state is not None else ():
            if joint >= 0 and state is not None:
                states[int(joint)] = max(state, states.get(int(joint), JointState.UNJUDGED))
    return states


def _similarity(scene: Scene, pose: ReferencePose) -> float | None:
    recent = scene.track.time_s >= scene.track.time_s[-1] - _SIMILARITY_S
    alike = compare(scene, pose).similarity[recent]
    return float(np.nanmedian(alike)) if np.isfinite(alike).any() else None


def calibrate(track: Track) -> Calibration | None:
    """The own neutral and the camera's tilt from a few seconds of natural standing or sitting; None when the trainee
    moved, was turned away or was not upright."""
    scene = seen(track)
    tilt = camera_tilt(None, [scene], 1.0 / SAMPLES_PER_S)
    neutral = find_neutral(tilted(scene, tilt))
    return Calibration(neutral, tilt) if neutral else None
