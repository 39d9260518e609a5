"""Evidence of one finding, made when somebody asks for it: a short clip and a picture, others' faces blurred."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from posture.errors import OutputError, StoreError
from posture.files import atomic_path
from posture.findings import Deviation
from posture.kept.analysis import KeptAnalysis
from posture.kept.export import analysed
from posture.kept.survey import open_of_survey
from posture.report.evidence import picture
from posture.report.labels import Blur, Report
from posture.report.video import write_clip
from posture.survey.records import Finding
from posture.survey.review import as_deviation
from posture.survey.selection import EVERYTHING, Filter
from posture.survey.store import Store
from posture.survey.tables import finding_key
from posture.targets import require_no_input


def deviation_of(kept: KeptAnalysis, finding: Finding) -> Deviation:
    """What the machine measured, or what a person added as if it were measured."""
    return finding.deviation or as_deviation(finding, kept.library.all_criteria()[finding.criterion])


def clip_path(kept: KeptAnalysis, finding: Finding, blur: Blur = "others") -> Path:
    """Where the clip of a finding is kept; another stretch of the same finding is another clip."""
    name = f"finding-{finding.key}-{finding.start_s:.1f}-{finding.end_s:.1f}-{blur}-{kept.appearance}.mp4"
    return kept.folder.path / name


def clip(kept: KeptAnalysis, finding: Finding, blur: Blur = "others") -> Path:
    """The clip of a finding, made unless it is there.

    Raises
    ------
    OutputError
        The recording or its landmarks are gone, it is a photo, or the clip cannot be written.
    UnusableInputError
        The recording cannot be read.
    """
    kept.make_room()
    path = clip_path(kept, finding, blur)
    if not path.exists():
        write_clip(_report(kept, blur), deviation_of(kept, finding), path)
    kept.folder.touch()
    return path


def evidence_picture(kept: KeptAnalysis, finding: Finding, blur: Blur = "others") -> bytes | None:
    """JPEG of the person at the worst moment; errors as `clip`."""
    return picture(_report(kept, blur), deviation_of(kept, finding))


def save_evidence(kept: KeptAnalysis, finding: Finding, folder: Path, blur: Blur = "others") -> list[Path]:
    """Clip (not of photos) and picture into a folder, named by the finding's number; the paths written.

    Raises
    ------
    OutputError, UnusableInputError
        As `clip`.
    """
    report, deviation = _report(kept, blur), deviation_of(kept, finding)
    stem = f"finding-{finding.key}-{Path(kept.about.source).stem}-{finding.criterion}"
    for suffix in (".mp4", ".jpg"):
        require_no_input(folder / f"{stem}{suffix}", [kept.recording])
    written = []
    if kept.result.kind == "video":
        written.append(folder / f"{stem}.mp4")
        write_clip(report, deviation, written[-1])
    shown = picture(report, deviation)
    if shown is not None:
        written.append(folder / f"{stem}.jpg")
        with atomic_path(written[-1]) as partial:
            partial.write_bytes(shown)
    return written


def _report(kept: KeptAnalysis, blur: Blur) -> Report:
    if not kept.recording.exists():
        raise OutputError("exchange.errors.recording_gone", path=kept.recording)
    try:
        return kept.report("en", blur=blur)
    except (OSError, ValueError) as error:
        raise OutputError("exchange.errors.landmarks_gone", source=kept.about.source) from error


def findings_wanted(
    store: Store, key: int | None = None, wanted: Filter = EVERYTHING
) -> Iterator[tuple[KeptAnalysis, Finding]]:
    """One finding by its number, or all that people did not dismiss, each with its open recording.

    Raises
    ------
    StoreError
        There is no such finding, or the newest analysis of its recording no longer has it.
    """
    if key is not None:
        with store.read() as connection:
            asked = select(finding_key.c.recording_id).where(finding_key.c.id == key)
            recording_id = connection.execute(asked).scalar()
        kept = open_of_survey(store, recording_id, with_courses=False) if recording_id is not None else None
        found = [f for f in kept.reviewed().findings if f.key == key] if kept is not None else []
        if kept is None or not found:
            raise StoreError("survey.errors.no_finding", id=key)
        yield kept, found[0]
        return
    for recording_id in analysed(store, wanted):
        kept = open_of_survey(store, recording_id, with_courses=False)
        for f in kept.reviewed().findings if kept is not None else ():
            if kept is not None and not f.dismissed:
                yield kept, f
