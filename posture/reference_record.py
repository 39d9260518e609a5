"""A reference pose of one's own: somebody holds it before the camera, targets and tolerances are what was measured.

Nothing is judged. What comes out is a file like the hand-written ones in `reference_poses/`, to be read and edited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from posture import __version__
from posture.camera import lower_body_hidden
from posture.check import GRAVITY_MEASURES, seen
from posture.compare import COMPARED, compare, standing
from posture.errors import ReferenceFileError, UnusableInputError
from posture.findings import View
from posture.geometry import rolling_median, speed_per_s, stretches
from posture.landmarks import Array, Observation, Track
from posture.library import AUTO, Library
from posture.measures import MEASURES, Scene
from posture.measures.common import (
    ELBOWS,
    LEAST_SHOULDER_WIDTH_PX,
    LEAST_TRUNK_PX,
    SHOULDERS,
    WRISTS,
    point,
    shoulder_width_px,
    steady_width_px,
    trunk_length_px,
)
from posture.neutral import CALM_SW_PER_S, find_neutral
from posture.observe import ObserveSettings, Progress, observe, without_ghosts
from posture.reference_draft import (
    Measured,
    Proposal,
    Unmeasured,
    free_identifier,
    inherit,
    one_line,
    pose_text,
    propose,
    require_free,
    require_identifier,
    write_text,
)
from posture.reference_files import user_poses_dir
from posture.reference_joints import body_joints
from posture.references import Criterion, Point, ReferencePose, Words
from posture.text import LANGUAGES, say
from posture.tilt import Tilt, camera_tilt, tilted

__all__ = [
    "Proposal", "Recorded", "free_identifier", "record", "record_observed", "require_free", "require_identifier",
    "user_poses_dir", "write",
]  # fmt: skip

Kind = Literal["standing", "sitting"]
LEAST_S = 2.0
"""Shortest stretch that counts as holding a pose (own choice, as for the neutral)."""
HANDS_STILL_SW_PER_S = 0.4
"""Fastest movement of a wrist, in shoulder widths per second, that counts as still (own choice)."""
_SMOOTH_S = 0.6
_LONGEST_GAP_S = 0.5


@dataclass(frozen=True)
class Recorded:
    """A recorded pose, the text of its file, and what both come from.

    comment : the file's first line. proposals : the criteria that were proposed from the measured values; unmeasured :
    what else makes a pose, and why nothing was proposed for it.
    like, left_out : the pose whose criteria were taken over, and those of them that the model did not keep to.
    """

    pose: ReferencePose
    text: str
    view: View
    stretch_s: tuple[float, float]
    proposals: tuple[Proposal, ...]
    like: ReferencePose
    left_out: tuple[Criterion, ...]
    comment: str
    unmeasured: tuple[Unmeasured, ...]


@dataclass(frozen=True)
class _Hold:
    """The stretch in which the pose is held: (T,) its samples, all of one view."""

    scene: Scene
    tilt: Tilt
    inside: NDArray[np.bool_]
    view: View

    @property
    def stretch_s(self) -> tuple[float, float]:
        times = self.scene.track.time_s[self.inside]
        return float(times[0]), float(times[-1])


def record(
    path: Path,
    name: str,
    identifier: str,
    library: Library,
    settings: ObserveSettings,
    person: int | None = None,
    like: str | None = None,
    models_dir: Path | None = None,
    progress: Progress | None = None,
) -> Recorded:
    """The pose that somebody holds in a recording or photo, as a reference. Nothing is written.

    Raises
    ------
    UnusableInputError, ModelError, ReferenceFileError
        With a sentence for the user.
    """
    require_identifier(identifier, name, library)
    if like not in (None, AUTO, *library.poses):
        raise ReferenceFileError("references.errors.no_pose", pose=like, known=", ".join(library.poses))
    observation = observe(path, settings, models_dir, progress)
    return record_observed(observation, name, identifier, library, settings.fps, person, like)


def record_observed(
    observation: Observation, name: str, identifier: str, library: Library, fps: float,
    person: int | None = None, like: str | None = None, kind: Kind | None = None,
) -> Recorded:  # fmt: skip
    """As `record`, from an observation of `fps` samples per second; `kind` when somebody knows it."""
    require_identifier(identifier, name, library)
    observation = without_ghosts(observation)
    scenes = [seen(track) for track in observation.tracks]
    tilt = camera_tilt(None, scenes, 1.0 / fps)
    which = _chosen(observation, person)
    hold = _hold(tilted(scenes[which], tilt), tilt, observation.kind == "photo")
    joints = body_joints(hold.scene, hold.inside, hold.view)
    _require_enough(joints)
    kind = kind or _kind(hold, observation.tracks[which])
    model = library.poses[like] if like and like != AUTO else _most_alike(hold, library, kind)
    measured = _measuring(hold, library)
    start_s, end_s = hold.stretch_s
    source = one_line(observation.source_name)
    origin = f"{source}, stretch {start_s:.1f} to {end_s:.1f} s"
    kept = inherit(model, library, identifier, hold.view, measured)
    proposals, unmeasured = propose(identifier, library, hold.view, kept.limited, origin, measured)
    name = one_line(name)
    told = {
        language: say("references.record.description", language, file=source, start=f"{start_s:.1f}",
                      end=f"{end_s:.1f}", view=say(f"report.view.{hold.view}", language))
        for language in LANGUAGES
    }  # fmt: skip
    pose = ReferencePose(
        id=identifier,
        names=Words(zh=name, en=name),
        kind=kind or model.kind,
        description=Words(**told),
        joints=joints,
        include=kept.include,
        criteria=(*kept.criteria, *(p.criterion for p in proposals)),
        sources=("OWN",),
    )
    comment = f"Recorded with posture {__version__} from {origin}, {hold.view} view, like {model.id}. Edit as you like."
    return Recorded(
        pose, pose_text(pose, comment), hold.view, (start_s, end_s), proposals, model, kept.left_out, comment,
        unmeasured,
    )  # fmt: skip


def write(recorded: Recorded, folder: Path, overwrite: bool = False) -> Path:
    """Write the pose's file into `folder`, which is made if need be; see `write_text` for the errors."""
    return write_text(recorded.text, recorded.pose.id, folder, overwrite)


def _refusal(key: str, **values: object) -> UnusableInputError:
    return UnusableInputError(f"references.record.errors.{key}", **values)


def _chosen(observation: Observation, person: int | None) -> int:
    """Index of the person to record."""
    numbers = [track.person for track in observation.tracks]
    if not numbers:
        raise _refusal("nobody", file=observation.source_name)
    known = ", ".join(map(str, numbers))
    if person is None and len(numbers) > 1:
        raise _refusal("several", count=len(numbers), known=known)
    if person is not None and person not in numbers:
        raise _refusal("no_person", person=person, known=known)
    return 0 if person is None else numbers.index(person)


def _hold(scene: Scene, tilt: Tilt, is_photo: bool) -> _Hold:
    """The longest calm stretch from the front, else from the side; the whole of a photo."""
    calm = np.ones(len(scene.track), bool) if is_photo else _calm(scene)
    least_s = 0.0 if is_photo else LEAST_S
    for view in (View.FRONT, View.SIDE):
        inside = _longest(calm & scene.seen_from[view], scene.track.time_s, least_s)
        if inside is not None:
            hold = _Hold(_with_neutral(scene), tilt, inside, view)
            _require_large(hold)
            return hold
    if _longest(calm, scene.track.time_s, least_s) is not None:
        raise _refusal("oblique")
    scale = np.where(scene.seen_from[View.SIDE], trunk_length_px(scene), shoulder_width_px(scene))
    if np.isfinite(scale).mean() < 0.5:
        raise _refusal("too_little")
    raise _refusal("no_calm", seconds=f"{LEAST_S:g}")


def _with_neutral(scene: Scene) -> Scene:
    neutral = find_neutral(scene)
    return scene.with_neutral(neutral.values) if neutral else scene


def _calm(scene: Scene) -> NDArray[np.bool_]:
    """(T,) whether neither the trunk nor, where it can be seen, a hand moves. The far hand from the side is a guess."""
    time_s = scene.track.time_s
    with np.errstate(invalid="ignore"):
        calm = MEASURES["body_speed_sw_per_s"].compute(scene).value <= CALM_SW_PER_S
        for side, wrist in enumerate(WRISTS):
            speed = speed_per_s(time_s, point(scene, wrist)) / steady_width_px(scene)
            speed = np.where(scene.facing == (1.0 if side == 0 else -1.0), np.nan, speed)
            calm &= ~(rolling_median(time_s, speed, _SMOOTH_S) > HANDS_STILL_SW_PER_S)
    return calm


def _longest(good: NDArray[np.bool_], time_s: Array, least_s: float) -> NDArray[np.bool_] | None:
    """(T,) the longest run of good samples without a longer gap, None when none lasts `least_s`."""
    runs = stretches(good, time_s, _LONGEST_GAP_S, bridge_s=0.0)
    first, last = max(runs, key=lambda run: float(time_s[run[1]] - time_s[run[0]]), default=(0, -1))
    if last < 0 or time_s[last] - time_s[first] < least_s - 1e-6:
        return None
    inside = np.zeros(len(good), bool)
    inside[first : last + 1] = True
    return inside


def _require_large(hold: _Hold) -> None:
    front = hold.view == View.FRONT
    size = (shoulder_width_px if front else trunk_length_px)(hold.scene)[hold.inside]
    if np.isfinite(size).any() and np.nanmedian(size) < (LEAST_SHOULDER_WIDTH_PX if front else LEAST_TRUNK_PX):
        raise _refusal("too_small", size=round(float(np.nanmedian(size))))


def _require_enough(joints: dict[str, Point]) -> None:
    """What `compare` needs, or the pose would never be recognised."""
    given = [p for p in COMPARED if p.name.lower() in joints]
    arms = [p for p in given if p in (*ELBOWS, *WRISTS)]
    if len(given) < 6 or len(arms) < 2 or not set(SHOULDERS) <= set(given):
        raise _refusal("too_little")


def _kind(hold: _Hold, raw: Track) -> Kind | None:
    """None where neither the legs were seen nor a counter hides them."""
    answers = standing(hold.scene)[hold.inside]
    upright, seated = (answers == 1).sum(), (answers == 0).sum()
    if upright or seated:
        return "standing" if upright >= seated else "sitting"
    return "sitting" if lower_body_hidden(raw)[hold.inside].mean() >= 0.5 else None


def _most_alike(hold: _Hold, library: Library, kind: str | None) -> ReferencePose:
    """The shipped pose of that kind with the highest mean similarity over the stretch."""

    def alike(pose: ReferencePose) -> float:
        similarity = compare(hold.scene, pose).similarity[hold.inside]
        return float(np.nanmean(similarity)) if np.isfinite(similarity).any() else -1.0

    poses = [p for p in library.poses.values() if p.id not in library.own and kind in (None, p.kind)]
    return max(poses, key=alike)


def _measuring(hold: _Hold, library: Library) -> Callable[[str], Measured | None]:
    """A function that gives a measure over the stretch, None where it is not assessable in at least half of it."""

    @cache
    def measured(name: str) -> Measured | None:
        known = library.errors.get(name, {}).get(hold.view)
        if known is None or MEASURES[name].of_move is not None:
            return None
        series = library.measured(name, hold.scene)
        values = series.value[hold.inside]
        good = np.isfinite(values)
        if good.mean() < 0.5:
            return None
        extra = 0.0 if series.extra_error is None else float(np.nanmedian(series.extra_error[hold.inside]))
        gravity = hold.tilt.allowance_deg if name in GRAVITY_MEASURES else 0.0
        return Measured(values[good], float(np.sqrt(known**2 + extra**2 + gravity**2)))

    return measured
