"""The main job: a recording or photo in, findings out.

Observing (pictures to landmarks, slow, once) and judging (landmarks to findings, fast, again and again) are separate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posture.camera import body_yaw_deg, facing, views, with_unseen_removed
from posture.compare import Held, held_poses, segments
from posture.findings import CheckResult, Contact, CriterionResult, PersonFindings, PoseSegment, Reason, Role, Score
from posture.flow.contacts import Roles, guessed_roles
from posture.flow.evidence import working
from posture.flow.files import DEFAULT_FLOW, Flow, load_flow
from posture.flow.recognise import find_contacts
from posture.judge import Course, Gates, Timing, course_of, judge_course, timing
from posture.judge_moves import course_of_moves, judge_moves, of_criterion, readings
from posture.landmarks import Array, Observation, Track
from posture.library import AUTO, DEFAULT_PROFILE, ActiveCriterion, Library, load_library
from posture.measures import MEASURES, Scene, Series
from posture.moves import find_handshakes, find_moves
from posture.moves.hand_overs import hand_overs_or_handshakes, without_hand_overs
from posture.moves.stances import risen
from posture.neutral import Neutral, find_neutral
from posture.observe import Known, ObserveSettings, Progress, observe, without_ghosts
from posture.references import Variant
from posture.remarks import remarks
from posture.roles import Region, Standing, roles
from posture.scoring import counted, score
from posture.states import states
from posture.tilt import Tilt, camera_tilt, tilted

WALKING_SW_PER_S = 0.6
"""Trunk movement from which a norm for a held pose is not applied (own choice; walking has 3 and more)."""
GRAVITY_MEASURES = (
    "shoulder_tilt_deg",
    "trunk_lean_side_deg",
    "neck_lean_side_deg",
    "head_roll_deg",
    "trunk_lean_forward_deg",
)


@dataclass(frozen=True)
class CheckOptions:
    """What to judge by: the id of a pose or gesture or `auto`, a profile name or file, the women's or men's form or
    what both share, the camera's roll in degrees if known, where the clerk's place is in the picture, whether clients
    and people who only pass are judged, too, the roles that somebody said people (by number) have, and the service
    flow's name or file."""

    pose: str = AUTO
    profile: str = DEFAULT_PROFILE
    variant: Variant = "any"
    camera_roll_deg: float | None = None
    observe: ObserveSettings = field(default_factory=ObserveSettings)
    clerk_region: Region | None = None
    score_everyone: bool = False
    told_roles: tuple[tuple[int, Role], ...] = ()
    flow: str = DEFAULT_FLOW


Courses = dict[tuple[int, str], Course]
"""(person, criterion id) to what was judged over time."""


@dataclass(frozen=True)
class Checked:
    """The result and what reports draw from: landmarks and, per person and criterion, what was judged over time."""

    result: CheckResult
    observation: Observation
    courses: Mapping[tuple[int, str], Course]
    library: Library

    @property
    def series(self) -> dict[tuple[int, str], tuple[Array, Array]]:
        """Per person and criterion the times and the values as measured."""
        return {key: (course.time_s, course.measured) for key, course in self.courses.items()}


def check(
    path: Path,
    options: CheckOptions | None = None,
    models_dir: Path | None = None,
    progress: Progress | None = None,
    fresh: bool = False,
    landmarks: Path | None = None,
    threads: int | None = None,
    known: Known | None = None,
) -> Checked:
    """Observe and judge one recording or photo. `landmarks`, `threads` and `known` as in `observe`.

    Raises
    ------
    UnusableInputError, ModelError, ReferenceFileError
        With a sentence for the user.
    """
    options = options or CheckOptions()
    library = load_library(options.profile, variant=options.variant)
    library.require_pose(options.pose)
    flow = load_flow(options.flow)
    observation = observe(path, options.observe, models_dir, progress, threads, fresh, landmarks, known)
    return judge_observation(observation, library, options, flow=flow)


@dataclass(frozen=True)
class Calibration:
    """What is known of the person and the camera beforehand, instead of being found in what is judged.

    neutral : None when there is none: then nothing is judged that compares with it. tilt : None to estimate it.
    """

    neutral: Neutral | None = None
    tilt: Tilt | None = None


def judge_observation(
    observation: Observation,
    library: Library,
    options: CheckOptions,
    calibration: Calibration | None = None,
    flow: Flow | None = None,
) -> Checked:
    """Findings for every person of an observation. Takes no pictures: an hour takes half a second, a moment
    of a live picture some milliseconds.

    With a `calibration` (of the one person who is there, live) nothing of it is looked for in the observation.
    flow : the service flow, by default read as `options` say; photos and live pictures have none.
    """
    observation = without_ghosts(observation)
    people: list[PersonFindings] = []
    courses: Courses = {}
    known = calibration.tilt if calibration else None
    scenes, tilt = tilted_scenes(observation, options.camera_roll_deg, options.observe.fps, known)
    asked = options.pose if options.pose in library.gestures else None
    is_photo = observation.kind == "photo"
    flow = None if is_photo or calibration else flow or load_flow(options.flow)
    length_s = 0.0 if is_photo else observation.duration_s
    standings = roles(observation.tracks, scenes, length_s, options.clerk_region, dict(options.told_roles))
    understandings = [(*understood(scene, library, asked, calibration), tilt) for scene in scenes]
    contacts = _contacts([scene for scene, *_ in understandings], observation, standings, flow) if flow else ()
    serving = {contact.clerk for contact in contacts if contact.client is not None}
    for track, scene, standing, understanding in zip(
        observation.tracks, scenes, standings, understandings, strict=True
    ):
        stances, activities = ((), ()) if is_photo else states(understanding[0], observation.duration_s)
        findings = _listed(track, scene, standing, options)
        if standing.scored or options.score_everyone:
            at_work = working(understanding[0]) if track.person in serving else None
            findings, own_courses = _judge_person(track, understanding, is_photo, library, options, at_work)
            courses.update(own_courses)
        people.append(
            replace(findings, role=standing.role, role_reason=standing.reason, stances=stances, activities=activities)
        )
    result = _result(observation, people, library, options, tilt)
    result = replace(result, contacts=contacts, flow=flow.carried() if flow else None)
    return Checked(result, observation, courses, library)


def _result(
    observation: Observation, people: list[PersonFindings], library: Library, options: CheckOptions, tilt: Tilt
) -> CheckResult:
    """What was found in everybody, with what it was judged by and the remarks; without contacts."""
    return CheckResult(
        source=observation.source_name,
        kind=observation.kind,
        duration_s=observation.duration_s,
        image_size=observation.image_size,
        people=tuple(people),
        profile=library.profile.id,
        pose_choice=options.pose,
        variant=library.variant,
        damage=observation.damage,
        notes=remarks(observation, people, tilt, options.clerk_region is not None),
        provenance=dict(observation.provenance),
    )


def _contacts(
    scenes: list[Scene], observation: Observation, standings: Sequence[Standing], flow: Flow
) -> tuple[Contact, ...]:
    raw = {track.person: track for track in observation.tracks}
    told = {s.track.person: one.role for s, one in zip(scenes, standings, strict=True) if one.role is not None}
    # Where only a person says who the clerk is, clients are guessed: place and behaviour did not tell them either.
    found = any(one.role is Role.CLERK and one.reason != "told" for one in standings)
    known: Roles = told if found else guessed_roles(scenes, told) | told
    return find_contacts(scenes, known, observation.speech, flow, raw)


def seen(raw: Track) -> Scene:
    """What the camera truly saw of a person, from which side; the camera's roll not taken out yet."""
    yaw_deg = body_yaw_deg(raw)
    return Scene(with_unseen_removed(raw), views(yaw_deg), facing(yaw_deg), yaw_deg=yaw_deg)


def tilted_scenes(
    observation: Observation, roll_deg: float | None, fps: float, known: Tilt | None = None
) -> tuple[list[Scene], Tilt]:
    """Everybody as the camera saw them, its tilt known; their moves are those made with somebody else."""
    scenes = [seen(track) for track in observation.tracks]
    tilt = known or camera_tilt(roll_deg, scenes, 1.0 / fps)
    scenes = [tilted(scene, tilt) for scene in scenes]
    shaken = find_handshakes(observation.tracks)
    return [scene.with_moves(tuple(shaken[scene.track.person])) for scene in scenes], tilt


def understood(
    scene: Scene, library: Library, asked: str | None = None, calibration: Calibration | None = None
) -> tuple[Scene, Neutral | None]:
    """What `tilted_scenes` gave with the person's own neutral and all movements known."""
    scene = replace(scene, head_pitch_factor=library.head_pitch_factor)
    neutral = calibration.neutral if calibration else find_neutral(scene)
    if neutral:
        scene = scene.with_neutral(neutral.values)
    moves = hand_overs_or_handshakes((*scene.moves, *find_moves(scene, library.gestures, asked)))
    return scene.with_moves(tuple(sorted(moves, key=lambda m: m.start_s))), neutral


def _judge_person(
    raw: Track, understanding: tuple[Scene, Neutral | None, Tilt], is_photo: bool, library: Library,
    options: CheckOptions, at_work: NDArray[np.bool_] | None,
) -> tuple[PersonFindings, Courses]:  # fmt: skip
    """One person's findings and what was judged over time, from what `understood` gave and the camera's tilt."""
    scene, neutral, tilt = understanding
    track = scene.track
    when = timing(track.time_s, 1.0 / options.observe.fps, is_photo)
    pose = library.poses.get(options.pose)
    held = held_poses(scene, [pose] if pose else library.candidates(), risen(scene))
    found = without_hand_overs(segments(held, track.time_s, when.weight_s, is_photo), scene.moves)
    applying = _applying(held, found, when, library, options)
    results, courses = _judge_criteria(scene, when, applying, library, tilt, at_work)
    of_moves, more = _judge_moves(scene, library, is_photo)
    results = counted((*results, *of_moves), library.all_criteria(), library.profile)
    findings = replace(
        _seen_person(raw, scene, when),
        segments=found,
        moves=scene.moves,
        results=results,
        score=score(results, library.all_criteria(), library.profile),
        neutral_s=neutral.stretch_s if neutral else None,
    )
    return findings, courses | more


def _listed(raw: Track, scene: Scene, standing: Standing, options: CheckOptions) -> PersonFindings:
    """Somebody the norms are not meant for: how long they were there and why they are not judged."""
    seen_person = _seen_person(raw, scene, timing(raw.time_s, 1.0 / options.observe.fps, False))
    return replace(seen_person, role=standing.role, role_reason=standing.reason, scored=False)


def _seen_person(raw: Track, scene: Scene, when: Timing) -> PersonFindings:
    """How somebody was seen, nothing judged yet."""
    height = raw.pose_px[..., 1]
    return PersonFindings(
        person=raw.person,
        seen_s=float(when.weight_s.sum()),
        first_seen_s=float(raw.time_s[0]),
        last_seen_s=float(raw.time_s[-1]),
        height_px=float(np.median(np.nanmax(height, 1) - np.nanmin(height, 1))),
        view_s={v: float(when.weight_s[here].sum()) for v, here in scene.seen_from.items() if here.any()},
        segments=(),
        results=(),
        score=Score(None, None, 0.0, ()),
    )


Applying = dict[str, tuple[ActiveCriterion, NDArray[np.bool_]]]
"""Criterion id to the criterion and (T,) where it applies."""


def _applying(
    held: Held, found: tuple[PoseSegment, ...], when: Timing, library: Library, options: CheckOptions
) -> Applying:
    """Which criteria apply when: those of the held pose, else those common to standing, to sitting, or to both.

    A pose that was asked for applies all the time.
    """
    n = len(when.time_s)
    if options.pose in library.poses:
        return {a.criterion.id: (a, np.ones(n, bool)) for a in library.criteria_of(options.pose)}
    label = np.full(n, -1)
    poses = list(dict.fromkeys(s.pose for s in found))
    for segment in found:
        first, after = (
            np.searchsorted(when.time_s, segment.start_s),
            np.searchsorted(when.time_s, segment.end_s, "right"),
        )
        label[first:after] = poses.index(segment.pose)
    applying: Applying = {}

    def add(criteria: tuple[ActiveCriterion, ...], where: NDArray[np.bool_]) -> None:
        for active in criteria if where.any() else ():
            _, before = applying.get(active.criterion.id, (active, np.zeros(n, bool)))
            applying[active.criterion.id] = (active, before | where)

    for number, pose in enumerate(poses):
        add(library.criteria_of(pose), label == number)
    unknown = np.isnan(held.standing)
    for kind, here in (("standing", held.standing == 1), ("sitting", held.standing == 0), (None, unknown)):
        add(library.common_criteria(kind), (label < 0) & here)
    return applying


def _judge_criteria(
    scene: Scene, when: Timing, applying: Applying, library: Library, tilt: Tilt, at_work: NDArray[np.bool_] | None
) -> tuple[tuple[CriterionResult, ...], Courses]:
    person = scene.track.person
    with np.errstate(invalid="ignore"):
        still = ~(MEASURES["body_speed_sw_per_s"].compute(scene).value > WALKING_SW_PER_S)
    for down in (m for m in scene.moves if m.group in ("bow", "squat")):
        still &= (when.time_s < down.start_s) | (when.time_s > down.end_s)
    seen_from = {view: here for view, here in scene.seen_from.items() if here.any()}
    computed: dict[str, Series] = {}
    results: list[CriterionResult] = []
    courses: Courses = {}
    for active, where in applying.values():
        criterion = active.criterion
        if criterion.measure not in computed:
            computed[criterion.measure] = library.measured(criterion.measure, scene)
        measured = computed[criterion.measure]
        active = _with_roll_allowance(active, tilt)
        course = course_of(active, measured, seen_from, when, Gates(where, still, at_work))
        results.append(_without_other_poses(judge_course(criterion, course, seen_from, when, person)))
        courses[(person, criterion.id)] = course
    return tuple(results), courses


def _judge_moves(scene: Scene, library: Library, is_photo: bool) -> tuple[tuple[CriterionResult, ...], Courses]:
    """Criteria of the movements that were made; those of movements that were not made do not apply."""
    person, results, courses = scene.track.person, [], {}
    for active in library.criteria_of_moves():
        if not of_criterion(scene.moves, active.criterion):
            continue
        judged = readings(active, scene, library)
        results.append(judge_moves(active, judged, person, is_photo))
        courses[(person, active.criterion.id)] = course_of_moves(scene.track.time_s, judged)
    return tuple(results), courses


def _with_roll_allowance(active: ActiveCriterion, tilt: Tilt) -> ActiveCriterion:
    """A larger error for what is compared with gravity unless somebody told how the camera was tilted."""
    if not tilt.allowance_deg or active.criterion.measure not in GRAVITY_MEASURES:
        return active
    return replace(active, errors={v: float(np.hypot(e, tilt.allowance_deg)) for v, e in active.errors.items()})


def _without_other_poses(result: CriterionResult) -> CriterionResult:
    """Time in which another pose was held is nothing that could not be assessed."""
    lost: dict[Reason, float] = {r: s for r, s in result.not_assessable_s.items() if r != Reason.POSE_NOT_HELD}
    return replace(result, not_assessable_s=lost)
