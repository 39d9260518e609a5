"""What a survey's recordings hold, in the formats of other tools: a file for each recording, or one table of all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import exists, select

from posture.errors import OutputError, PostureError, ReferenceFileError, StoreError
from posture.exchange.boris import tabular, write_boris
from posture.exchange.coding import Coding, coding_of
from posture.exchange.elan import write_eaf
from posture.exchange.landmark_table import write_landmarks
from posture.files import atomic_path
from posture.kept.analysis import KeptAnalysis
from posture.kept.survey import open_of_survey
from posture.reasons import why
from posture.report.sheets import csv_file
from posture.survey.recordings import get_recording
from posture.survey.records import Recording
from posture.survey.selection import EVERYTHING, Filter, conditions
from posture.survey.store import Store
from posture.survey.tables import analysis, recording
from posture.targets import require_new


@dataclass(frozen=True)
class Exported:
    """The files written; recordings without landmarks (cleared or purged), so without frame index and landmark file;
    and those that cannot be opened any more, with why."""

    written: tuple[Path, ...]
    without_landmarks: tuple[str, ...]
    failed: tuple[tuple[str, PostureError], ...] = ()


def analysed(store: Store, wanted: Filter = EVERYTHING) -> list[int]:
    """Recordings with an analysis, the oldest first."""
    there = exists().where(analysis.c.recording_id == recording.c.id)
    asked = select(recording.c.id).where(there, *conditions(wanted)).order_by(recording.c.id)
    with store.read() as connection:
        return list(connection.execute(asked).scalars())


def export(
    store: Store,
    language: str,
    wanted: Filter = EVERYTHING,
    boris: Path | None = None,
    elan: Path | None = None,
    landmarks: Path | None = None,
    kind: str = "csv",
) -> Exported:
    """Findings as people left them, and landmarks. `boris` is a folder, or a .csv file for all recordings together;
    `elan` and `landmarks` are folders, which are made; `kind` is one of `landmark_table.FORMATS`.

    Raises
    ------
    OutputError
        Something cannot be written there, or two results would go into the same file.
    """
    written: list[Path] = []
    lost: list[str] = []
    failed: list[tuple[str, PostureError]] = []
    codings: list[Coding] = []
    taken: set[str] = set()
    for recording_id in analysed(store, wanted):
        one = get_recording(store, recording_id)
        try:
            kept, coding = _coding(store, one, language)
        except (StoreError, ReferenceFileError) as error:  # the norms have changed since: it has to be judged again
            failed.append((one.path, error))
            continue
        has_landmarks = kept.folder.landmarks.is_file()
        if not has_landmarks:
            lost.append(kept.about.source)
        if boris is not None and boris.suffix.lower() == ".csv":
            codings.append(coding)
        elif boris is not None:
            written.append(_made(boris) / f"{coding.observation_id}.csv")
            require_new(written[-1], taken)
            write_boris(coding, written[-1])
        if elan is not None and coding.kind != "photo":
            written.append(_made(elan) / f"{coding.observation_id}.eaf")
            require_new(written[-1], taken)
            write_eaf(coding, kept.library, written[-1])
        if landmarks is not None and has_landmarks and kept.observation.tracks:
            target = _made(landmarks) / f"{coding.observation_id}.{kind}"
            require_new(target, taken)
            written += write_landmarks(kept.observation, coding.statement, target, coding.starts_at)
    if boris is not None and codings:
        require_new(boris, taken)
        with atomic_path(boris) as partial:
            partial.write_bytes(csv_file(tabular(codings)))
        written.append(boris)
    return Exported(tuple(written), tuple(lost), tuple(failed))


def _coding(store: Store, one: Recording, language: str) -> tuple[KeptAnalysis, Coding]:
    """The open recording and its coding; files are named by its number too, since names come more than once."""
    kept = open_of_survey(store, one.id, with_courses=False)
    if kept is None:
        raise StoreError("survey.errors.not_analysed", id=one.id)
    said = kept.reviewed()
    report = kept.report(language) if kept.folder.landmarks.is_file() else kept.words(language)
    names = {number: person.name for number, person in said.names.items() if person.name}
    made = coding_of(report, kept.options, said.findings, names, one.starts_at, one.path)
    told = {**made.statement, "recording_sha256": one.sha256}
    return kept, replace(made, observation_id=f"{made.observation_id}-{one.id}", statement=told)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("exchange.errors.no_folder", folder=folder, detail=why(error)) from error
    return folder
