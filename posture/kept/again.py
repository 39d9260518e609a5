"""Judging an open analysis once more from its landmarks: after somebody said who people are, or where the clerk's place
is. No picture is looked at, and decisions stay with the findings that are found again."""

from __future__ import annotations

from dataclasses import replace

from posture.check import Checked, CheckOptions, judge_observation
from posture.errors import OutputError, StoreError
from posture.findings import Role
from posture.flow.files import load_flow
from posture.kept.analysis import KeptAnalysis, OfSurvey, write_judged
from posture.kept.folder import VIDEO, survey_pictures_dir
from posture.kept.survey import pictures_id
from posture.landmark_file import read_landmark_file
from posture.roles import Region
from posture.survey.analyses import analyses_of, save_analysis
from posture.survey.recordings import get_recording, name_person, people_names, told_roles
from posture.survey.records import State


def say_who(kept: KeptAnalysis, person: int, name: str, role: Role | None, who: str) -> str:
    """Keep a person's name and role, and judge by the role where it is another than before; the id under which the
    analysis is to be opened from now on (`kept` itself stays what it was).

    Raises
    ------
    StoreError
        The name is too long, or as `judge_again`.
    OutputError, ReferenceFileError
        As `judge_again`; nothing was kept.
    """
    before = people_names(kept.store, kept.about.recording_id).get(person)
    role_before = before.role if before else None
    if role != role_before:
        _require_judgeable(kept)
    name_person(kept.store, kept.about.recording_id, person, name, role, who)
    if before and before.name and before.name != kept.names().get(person):
        _forget_drawn(kept)
    return kept.folder.id if role == role_before else judge_again(kept, kept.options.clerk_region)


def _forget_drawn(kept: KeptAnalysis) -> None:
    """A name that was replaced or taken back stays in no picture: videos and clips are drawn anew when asked for."""
    folders = [kept.folder.path]
    if isinstance(kept.folder, OfSurvey):
        made = analyses_of(kept.store, kept.about.recording_id)
        folders = [survey_pictures_dir() / pictures_id(kept.store, one.id) for one in made]
    for folder in folders:
        for path in [folder / VIDEO, *folder.glob("finding-*.mp4")]:
            path.unlink(missing_ok=True)


def judge_again(kept: KeptAnalysis, region: Region | None) -> str:
    """A new analysis by the roles that people said and this place of the clerk; its id as in `say_who`.

    Raises
    ------
    StoreError
        The recording is being analysed at the moment: that would be lost.
    OutputError
        The landmarks are gone.
    ReferenceFileError
        The service flow of one's own by which it was judged cannot be read any more.
    """
    _require_judgeable(kept)
    told = told_roles(kept.store, kept.about.recording_id)
    options = replace(kept.options, told_roles=told, clerk_region=region)
    seen = replace(read_landmark_file(kept.folder.landmarks), source_name=kept.about.source)
    checked = judge_observation(seen, kept.library, options)
    return _save(kept, checked, options)


def _save(kept: KeptAnalysis, checked: Checked, options: CheckOptions) -> str:
    store, recording_id = kept.store, kept.about.recording_id
    made = save_analysis(store, recording_id, checked, options, kept.folder.landmarks)
    if isinstance(kept.folder, OfSurvey):
        return pictures_id(store, made)
    write_judged(kept.folder, checked, options, replace(kept.about, analysis_id=made))
    return kept.folder.id


def _require_judgeable(kept: KeptAnalysis) -> None:
    if get_recording(kept.store, kept.about.recording_id).state is State.RUNNING:
        raise StoreError("survey.errors.at_work")
    if not kept.folder.landmarks.is_file():
        raise OutputError("exchange.errors.landmarks_gone", source=kept.about.source)
    load_flow(kept.options.flow)
