"""A recording of a survey opened like a kept analysis, so that one page shows both."""

from __future__ import annotations

import hashlib
from pathlib import Path

from posture.check import Courses, judge_observation
from posture.flow.files import shipped_flow
from posture.kept.analysis import KeptAnalysis, OfSurvey, require_known
from posture.kept.folder import About
from posture.landmark_file import read_landmark_file
from posture.library import Library, load_library
from posture.service_flow import ServiceFlow
from posture.survey.analyses import latest_analysis, load_result, norms_sha256
from posture.survey.folder import landmark_file
from posture.survey.queries import people_scores
from posture.survey.recordings import get_recording
from posture.survey.records import Analysis
from posture.survey.review import review
from posture.survey.store import Store


def open_of_survey(store: Store, recording_id: int, with_courses: bool = True) -> KeptAnalysis | None:
    """The newest analysis of a recording; None while it was never analysed. The store stays the caller's. Without
    courses, which have to be judged again, it is opened at once.

    Raises
    ------
    StoreError
        There is no such recording, or the norms no longer know one of its criteria.
    ReferenceFileError
        Its profile is gone.
    """
    recording, latest = get_recording(store, recording_id), latest_analysis(store, recording_id)
    if latest is None:
        return None
    result = load_result(store, latest.id)
    library = load_library(latest.options.profile, variant=latest.options.variant)
    require_known(result, library)
    place = OfSurvey(pictures_id(store, latest.id), _landmarks(store, latest))
    about = About(result.source, recording.path, False, recording.id, latest.id)
    courses = _courses(store, latest, library, result.flow) if with_courses else {}
    return KeptAnalysis(place, about, latest.options, result, courses, library, store)


def pictures_id(store: Store, analysis_id: int) -> str:
    """Under which name what is drawn for an analysis of this store is kept."""
    where = store.where if "://" in store.where else Path(store.where).resolve()
    return hashlib.sha256(f"{where} {analysis_id}".encode()).hexdigest()


def _landmarks(store: Store, latest: Analysis) -> Path:
    return landmark_file(store, latest.landmark_path) if latest.landmark_path else Path()


def _courses(store: Store, latest: Analysis, library: Library, flow: ServiceFlow | None) -> Courses:
    """What was judged over time, judged again from the landmarks. Empty where they were cleared from the cache, or
    where the norms are others by now: then the lines would not be those that the findings came from."""
    if latest.landmark_path is None or norms_sha256(library, flow) != latest.norms_sha256:
        return {}
    try:
        observation = read_landmark_file(_landmarks(store, latest))
    except (OSError, ValueError):
        return {}
    # No course depends on the flow, and its file may be gone.
    return dict(judge_observation(observation, library, latest.options, flow=shipped_flow()).courses)


def keep_review(store: Store, kept: KeptAnalysis) -> None:
    """After somebody decided: have lists and comparisons count by it. Does nothing where they do already."""
    made = kept.reviewed().findings
    if any(f.current for f in made) and not all(p.reviewed for p in people_scores(store, kept.about.recording_id)):
        review(store, kept.about.recording_id, kept.library)
