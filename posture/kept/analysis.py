"""Making a kept analysis and opening it again: the result, what was judged over time, people's decisions."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from posture.check import Checked, CheckOptions, check
from posture.errors import StoreError
from posture.files import atomic_path
from posture.findings import CheckResult
from posture.jobs import Job
from posture.judge import Course
from posture.kept.folder import VIDEO, About, Folder, make_private, survey_pictures_dir
from posture.landmark_file import read_landmark_file
from posture.landmarks import Observation
from posture.library import Library, load_library
from posture.models import model_paths
from posture.observe import landmark_path, without_ghosts
from posture.report.labels import Blur, Report
from posture.report.video import write_video
from posture.survey.analyses import load_result, save_analysis
from posture.survey.decisions import findings_of
from posture.survey.recordings import add_recording, people_names
from posture.survey.records import Finding, NewRecording, PersonName, options_from_json, options_to_json
from posture.survey.review import rescored
from posture.survey.store import Store, open_store

_LONGEST_NAME = 120
_OPTIONS = "options.json"


def upload_path(folder: Folder, name: str) -> Path:
    """Where an uploaded file of that name is to be copied to; its folder is made."""
    plain = re.sub(r"[\x00-\x1f/\\]", "_", name).strip(". ") or "recording"
    suffix = Path(plain).suffix[:10]
    target = folder.path / "upload"
    target.mkdir(exist_ok=True)
    return target / f"{Path(plain).stem[:_LONGEST_NAME]}{suffix}"


def analyse(job: Job, folder: Folder, recording: Path, own_copy: bool, options: CheckOptions) -> None:
    """The work of a job: check the recording and keep what was found. Nothing stays behind when it fails or is
    cancelled. Of an `own_copy` the landmarks are kept in the folder only, else in the user's cache as well.

    Raises
    ------
    PostureError
        As `check`, or the store cannot be written.
    """
    try:
        model_paths(progress=lambda _package, done: job.report("models", done, 1.0))
        job.report("reading")
        own_landmarks = folder.landmarks if own_copy else None
        checked = check(recording, options, progress=_told(job, "observing"), landmarks=own_landmarks)
        job.report("keeping")
        if not own_copy:
            kept = landmark_path(checked.observation.source_sha256, options.observe)
            _link_or_copy(kept, folder.landmarks)
        keep(folder, checked, options, recording, own_copy)
    except BaseException:
        folder.delete()
        raise


def _told(job: Job, stage: str) -> Callable[[float, float], None]:
    return lambda done_s, total_s: job.report(stage, done_s, total_s)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def keep(folder: Folder, checked: Checked, options: CheckOptions, recording: Path, own_copy: bool) -> None:
    """Write a finished check into its folder; the landmarks are there already."""
    seen = checked.observation
    size = recording.stat().st_size
    new = NewRecording(str(recording), seen.source_sha256, size, duration_s=checked.result.duration_s)
    with open_store(folder.store) as store:
        recording_id = add_recording(store, new).recording.id
        analysis_id = save_analysis(store, recording_id, checked, options, folder.landmarks)
    about = About(checked.result.source, str(recording), own_copy, recording_id, analysis_id)
    write_judged(folder, checked, options, about)


def write_judged(folder: Folder, checked: Checked, options: CheckOptions, about: About) -> None:
    """What lies beside the store: what was judged over time, by which options, and which analysis counts."""
    _write_courses(folder.courses, checked.courses)
    with atomic_path(folder.path / _OPTIONS) as partial:
        partial.write_text(options_to_json(options), encoding="utf-8")
    folder.write_about(about)


def _write_courses(path: Path, courses: Mapping[tuple[int, str], Course]) -> None:
    arrays: dict[str, Any] = {}
    for i, ((person, _), course) in enumerate(courses.items()):
        arrays.setdefault(f"time_{person}", course.time_s)
        arrays[f"numbers_{i}"] = np.stack([course.measured, course.value, course.error]).astype(np.float32)
        arrays[f"why_{i}"] = course.why
    keys = json.dumps(list(courses))
    with atomic_path(path) as partial:
        np.savez_compressed(partial, keys=np.array(keys), **arrays)


def _read_courses(path: Path) -> dict[tuple[int, str], Course]:
    with np.load(path, allow_pickle=False) as kept:
        keys = [(int(person), str(criterion)) for person, criterion in json.loads(str(kept["keys"]))]
        times = {person: kept[f"time_{person}"] for person in {p for p, _ in keys}}
        return {
            key: _course(times[key[0]], kept[f"numbers_{i}"].astype(float), kept[f"why_{i}"])
            for i, key in enumerate(keys)
        }


def _course(time_s: np.ndarray, numbers: np.ndarray, why: np.ndarray) -> Course:
    measured, value, error = numbers
    return Course(time_s, measured, value, error, why)


@dataclass
class Reviewed:
    """What people left of the findings: all of them with their decisions, the result scored anew, people's names."""

    findings: list[Finding]
    result: CheckResult
    names: dict[int, PersonName]


@dataclass(frozen=True)
class OfSurvey:
    """The places of an analysis that a survey's store keeps: its landmarks lie where the store says, what is drawn for
    it in a folder of its own."""

    id: str
    landmarks: Path

    @property
    def path(self) -> Path:
        return survey_pictures_dir() / self.id

    @property
    def video(self) -> Path:
        return self.path / VIDEO

    def make(self) -> OfSurvey:
        """Create the folder, for this user only; OutputError when that cannot be done."""
        make_private(self.path)
        return self

    def touch(self) -> None:
        """It was looked at: the time of what is drawn begins anew."""
        if self.path.is_dir():
            os.utime(self.path)


@dataclass
class KeptAnalysis:
    """An open analysis, kept in a folder of its own or by a survey. Several threads may use it; it changes nothing but
    through the store."""

    folder: Folder | OfSurvey
    about: About
    options: CheckOptions
    result: CheckResult
    courses: Mapping[tuple[int, str], Course]
    library: Library
    store: Store = field(repr=False)

    @property
    def of_survey(self) -> bool:
        return isinstance(self.folder, OfSurvey)

    @property
    def drawn(self) -> Path | None:
        """The video with skeletons, None while there is none."""
        return self.folder.video if self.folder.video.exists() else None

    @property
    def appearance(self) -> str:
        """What everything drawn of it depends on besides the recording: another text where it was judged again or
        people are called otherwise."""
        names = json.dumps(sorted(self.names().items()))
        return hashlib.sha256(f"{self.about.analysis_id} {names}".encode()).hexdigest()[:16]

    @property
    def drawn_as_now(self) -> bool:
        """Whether the video with skeletons is there and shows the present names and findings."""
        try:
            return self.drawn is not None and _drawn_as(self).read_text(encoding="utf-8") == self.appearance
        except OSError:
            return False

    @property
    def recording(self) -> Path:
        """It may have been moved away meanwhile, unless it is the folder's own copy."""
        return Path(self.about.recording)

    @cached_property
    def observation(self) -> Observation:
        """The landmarks: the large part, read when first needed."""
        return without_ghosts(replace(read_landmark_file(self.folder.landmarks), source_name=self.about.source))

    def words(self, language: str) -> Report:
        """A report without landmarks: for everything but pictures."""
        empty = Observation((), self.about.source, "", self.result.image_size, self.result.kind, 0.0, np.empty(0))
        return Report(Checked(self.result, empty, self.courses, self.library), language, names=self.names())

    def report(self, language: str, result: CheckResult | None = None, blur: Blur = "none") -> Report:
        """The whole report, of `result` where that is another than the machine's."""
        checked = Checked(result or self.result, self.observation, self.courses, self.library)
        return Report(checked, language, self.recording if self.recording.exists() else None, blur, self.names())

    def names(self) -> dict[int, str]:
        """What people in it are called now, by their number; without those who have no name."""
        said = people_names(self.store, self.about.recording_id)
        return {number: one.name for number, one in said.items() if one.name}

    def reviewed(self) -> Reviewed:
        """As people left it, read anew."""
        findings = findings_of(self.store, self.about.analysis_id)
        names = people_names(self.store, self.about.recording_id)
        return Reviewed(findings, rescored(self.result, findings, self.library), names)

    def make_room(self) -> bool:
        """Make the folder for what is drawn; False where the analysis was deleted meanwhile."""
        if isinstance(self.folder, OfSurvey):
            self.folder.make()
        return self.folder.path.is_dir()

    def close(self) -> None:
        self.store.close()


def open_kept(folder: Folder) -> KeptAnalysis | None:
    """The finished analysis of a folder, None when there is none (any more).

    Raises
    ------
    StoreError
        Its store cannot be read, or the norms no longer know one of its criteria: it has to be checked again.
    ReferenceFileError
        Its profile is gone.
    """
    about = folder.about()
    if about is None:
        return None
    options = options_from_json((folder.path / _OPTIONS).read_text(encoding="utf-8"))
    library = load_library(options.profile, variant=options.variant)
    store = open_store(folder.store)
    try:
        result = load_result(store, about.analysis_id)
        require_known(result, library)
        courses = _read_courses(folder.courses)
    except BaseException:
        store.close()
        raise
    folder.touch()
    return KeptAnalysis(folder, about, options, result, courses, library, store)


def require_known(result: CheckResult, library: Library) -> None:
    """StoreError when the norms no longer know a criterion of the result."""
    known = library.all_criteria()
    named: Iterable[str] = (r.criterion for p in result.people for r in p.results)
    for criterion in named:
        if criterion not in known:
            raise StoreError("survey.errors.criterion_gone", criterion=criterion)


def draw_video(job: Job, kept: KeptAnalysis) -> None:
    """The work of a job: the recording with skeletons as a video that browsers play.

    Raises
    ------
    PostureError
        As `write_video`.
    OSError
        The landmarks were deleted.
    """
    job.report("drawing")
    if not kept.make_room():
        return
    appearance = kept.appearance
    write_video(kept.report("en"), kept.folder.video, _told(job, "drawing"))
    with atomic_path(_drawn_as(kept)) as partial:
        partial.write_text(appearance, encoding="utf-8")


def _drawn_as(kept: KeptAnalysis) -> Path:
    """Where it stands as what the video was drawn."""
    return kept.folder.video.with_suffix(".txt")
