"""What there is to say right now: the chain of recordings on the last seconds, and what of it holds at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from posture.check import Calibration, CheckOptions, judge_observation, seen
from posture.compare import compare
from posture.findings import CriterionResult, Deviation, PersonFindings, Reason, Verdict, View
from posture.geometry import rotated
from posture.landmarks import Array, Observation, Track
from posture.library import Library
from posture.live.ghost import fitted_ghost
from posture.live.window import SAMPLES_PER_S
from posture.measures import MEASURES, Scene
from posture.neutral import find_neutral
from posture.observe import ObserveSettings, provenance
from posture.report.labels import by_importance
from posture.tilt import camera_tilt, tilted

_NOW_S = 0.6
"""A deviation or pose that reached to within this of the last sample lasts (own choice: the smoothing's window)."""
_SIMILARITY_S = 1.0
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

    @property
    def assessed(self) -> bool:
        """Whether there is any verdict at all yet."""
        return any(c.verdict != Verdict.NOT_ASSESSABLE for c in self.criteria)


def judge_moment(track: Track, pose: str, library: Library, calibration: Calibration | None) -> Moment | None:
    """Judge the last seconds of the trainee by the pose `pose`; None while they were seen too rarely for a person.

    Without a calibration what compares with the own neutral is not assessable: a neutral found in the last seconds
    would forgive whoever slumps for as long.
    """
    calibration = calibration or Calibration()
    scene = seen(track)
    tilt = calibration.tilt or camera_tilt(None, [scene], 1.0 / SAMPLES_PER_S)
    scene = tilted(scene, tilt)
    calibration = replace(calibration, tilt=tilt)
    options = CheckOptions(pose=pose, profile=library.profile.id, variant=library.variant, observe=SETTINGS)
    checked = judge_observation(_observation(track), library, options, calibration)
    now_s = float(track.time_s[-1])
    assert scene.yaw_deg is not None
    if not checked.result.people:
        return None
    findings = checked.result.people[0]
    known = library.all_criteria()
    lasting = [d for d in findings.deviations if d.end_s >= now_s - _NOW_S]
    faults = sorted(by_importance(lasting), key=lambda d: known[d.criterion].advisory)
    counting = [d.criterion for d in faults if d.follows_from is None and not known[d.criterion].advisory]
    criteria = tuple(_standing(r, {d.criterion for d in faults}) for r in findings.results)
    sway = float(MEASURES["sway_sw"].compute(scene).value[-1])
    reference = library.poses[pose]
    return Moment(
        time_s=now_s,
        faults=tuple(faults),
        counting=tuple(dict.fromkeys(counting)),
        criteria=criteria,
        joints=joint_states(criteria, library),
        held=any(s.end_s >= now_s - _NOW_S for s in findings.segments),
        similarity=_similarity(scene, pose, library),
        sway_sw=sway if np.isfinite(sway) else None,
        view=View(scene.view[-1]),
        ghost_px=fitted_ghost(scene, reference),
        legs_hidden=bool(np.isnan(scene.track.pose_px[-5:, 23:, 0]).all()),
        findings=findings,
    )


def _observation(track: Track) -> Observation:
    duration_s = float(track.time_s[-1] - track.time_s[0]) + 1.0 / SAMPLES_PER_S
    return Observation(
        (track,), "", "", track.image_size, "video", duration_s, track.time_s, provenance=provenance(SETTINGS)
    )


def _standing(result: CriterionResult, lasting: set[str]) -> Standing:
    """A deviation that is over is right again."""
    if result.criterion in lasting:
        return Standing(result.criterion, Verdict.DEVIATION)
    verdict = Verdict.OK if result.verdict == Verdict.DEVIATION else result.verdict
    if verdict != Verdict.NOT_ASSESSABLE:
        return Standing(result.criterion, verdict)
    lost = result.not_assessable_s
    return Standing(result.criterion, verdict, max(lost, key=lambda r: lost[r], default=Reason.TOO_SHORT))


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


def _similarity(scene: Scene, pose: str, library: Library) -> float | None:
    track = scene.track
    recent = track.time_s >= track.time_s[-1] - _SIMILARITY_S
    part = track.part(recent)
    if scene.roll_deg:
        levelled = rotated(part.pose_px[..., :2], scene.roll_deg).astype(np.float32)
        part = replace(part, pose_px=np.concatenate([levelled, part.pose_px[..., 2:]], 2))
    assert scene.yaw_deg is not None
    alike = compare(part, scene.yaw_deg[recent], library.poses[pose], scene.pitch_deg).similarity
    return float(np.nanmedian(alike)) if np.isfinite(alike).any() else None


def calibrate(track: Track) -> Calibration | None:
    """The own neutral and the camera's tilt from a few seconds of natural standing or sitting; None when the trainee
    moved, was turned away or was not upright."""
    scene = seen(track)
    tilt = camera_tilt(None, [scene], 1.0 / SAMPLES_PER_S)
    neutral = find_neutral(tilted(scene, tilt))
    return Calibration(neutral, tilt) if neutral else None
