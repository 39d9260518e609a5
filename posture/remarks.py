"""Remarks that go with a result: what could not be told, why, and what to do about it. Plain data, no words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from posture.findings import PersonFindings, Role
from posture.landmarks import Observation, Pose, Speech, Track
from posture.tilt import Tilt

WARNINGS = "check.warnings."
"""Text keys of remarks without which the result would be misread: reports show them first."""
SMALL_PERSON_PX = 200.0
"""Height under which landmarks lose their accuracy (accuracy_evidence.md 4.3)."""
_CORE = [Pose.NOSE, Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.LEFT_HIP, Pose.RIGHT_HIP]
_MOST_OF_THE_TIME = 0.5

Note = tuple[str, dict[str, object]]
"""A remark for the user: text key and values that JSON knows."""
Notes = tuple[Note, ...]


def remarks(observation: Observation, people: Sequence[PersonFindings], tilt: Tilt, has_region: bool) -> Notes:
    """What else a user has to know of a result: first the warnings, whose keys begin with `WARNINGS`.

    people : as judged, in the order of the observation's tracks; has_region : whether the clerk's place was given.
    """
    notes = [*(_on_region(people) if has_region else ()), *_on_edges(observation, people)]
    is_photo = observation.kind == "photo"
    for person in people:
        notes += _notes_on(person, not is_photo)
    if not people:
        notes.append(("check.notes.nobody_photo" if is_photo else "check.notes.nobody", {}))
    elif tilt.how == "unknown" and any(p.scored for p in people):
        notes.append(("check.notes.roll", {"allowance": f"{tilt.allowance_deg:g}"}))
    elif tilt.how == "estimated":
        notes.append(
            ("check.notes.roll_estimated", {"roll": f"{tilt.roll_deg:+.1f}", "allowance": f"{tilt.allowance_deg:g}"})
        )
    if is_photo and people:
        notes += [("check.notes.photo", {}), ("check.notes.photo_people", {"count": len(people)})]
    if observation.speech is not None:
        notes.append(_note_on(observation.speech))
    return tuple(notes)


def _note_on(speech: Speech) -> Note:
    if speech.reason:
        return f"check.notes.speech_{speech.reason}", {}
    return "check.notes.speech", {"seconds": f"{speech.total_s:.1f}", "count": len(speech.stretches)}


def _notes_on(person: PersonFindings, is_video: bool) -> Notes:
    who: dict[str, object] = {"person": person.person}
    if not person.scored:
        return ((f"check.notes.role_{person.role_reason}", who),)
    notes: list[Note] = []
    if person.height_px < SMALL_PERSON_PX:
        notes.append(("check.notes.small", {**who, "height": round(person.height_px)}))
    if person.neutral_s is not None:
        start, end = (f"{s:.1f}" for s in person.neutral_s)
        notes.append(("check.notes.neutral", {**who, "start": start, "end": end}))
    elif is_video:
        notes.append(("check.notes.no_neutral", who))
    if any(s.upper_body_only for s in person.segments):
        notes.append(("check.notes.upper_body", who))
    return tuple(notes)


def _on_region(people: Sequence[PersonFindings]) -> Iterator[Note]:
    """A warning where nobody was in the clerk's place that was given."""
    if people and not any(p.role is Role.CLERK for p in people):
        yield (f"{WARNINGS}region_others" if any(p.scored for p in people) else f"{WARNINGS}region_empty"), {}


def _on_edges(observation: Observation, people: Sequence[PersonFindings]) -> Iterator[Note]:
    """A warning for everybody of whom too little could be assessed and whom the picture's edge cuts off."""
    for track, person in zip(observation.tracks, people, strict=True):
        if person.scored and person.score.value is None and _is_cut_off(track):
            coverage = f"{100 * person.score.coverage:.0f}"
            yield f"{WARNINGS}cut_off", {"person": person.person, "coverage": coverage}


def _is_cut_off(track: Track) -> bool:
    """Whether head, shoulders or hips lie outside of the picture most of the time, as far as the model can tell."""
    at_px = track.part(track.found).pose_px[:, _CORE, :2]
    outside = (at_px < 0) | (at_px > np.array(track.image_size))
    return len(at_px) > 0 and float(np.mean(outside.any(axis=(1, 2)))) >= _MOST_OF_THE_TIME
