"""A survey with one analysed recording of stick people: tilted shoulders, then crossed arms; landmarks and a clip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from posture.check import CheckOptions
from posture.survey.analyses import save_analysis
from posture.survey.folder import make_survey, opened_survey
from posture.survey.recordings import add_recording
from posture.survey.records import NewRecording, Place
from tests.media import make_clip
from tests.test_kept import write_landmarks
from tests.test_report import checked_sticks

SHA = "ab" * 32
STARTS_AT = datetime(2026, 3, 2, 9, 30)


@dataclass(frozen=True)
class Footage:
    folder: Path
    clip: Path
    landmarks: Path
    recording: int
    analysis: int


@cache
def sticks(people=1):
    return checked_sticks("window.mp4", people)


def footage(tmp_path: Path, people: int = 1) -> Footage:
    """The survey, closed again."""
    survey = make_survey(tmp_path / "survey")
    clip = make_clip(tmp_path / "window.mp4", n=160, fps=10)
    landmarks = survey.landmarks / "one.parquet"
    landmarks.parent.mkdir()
    write_landmarks(landmarks, sticks(people).observation)
    new = NewRecording(str(clip), SHA, clip.stat().st_size, Place("甲局", "一厅", "3", "1"), None, STARTS_AT)
    with opened_survey(survey.folder) as (_, store):
        recording = add_recording(store, new).recording.id
        analysis = save_analysis(store, recording, sticks(people), CheckOptions(), landmarks)
    return Footage(survey.folder, clip, landmarks, recording, analysis)
