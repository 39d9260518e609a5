"""The main job: a recording or photo in, findings out. Observing and judging are separate; judging takes no pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from posture.findings import CheckResult
from posture.landmarks import Array, Observation
from posture.observe import ObserveSettings, Progress, observe
from posture.references import Library, load_library, load_profile

AUTO = "auto"
WALKING_SW_PER_S = 0.6
"""Trunk movement from which a norm for a held pose is not applied (own choice; walking is 3 and more)."""
SMALL_PERSON_PX = 200.0
"""Height under which landmarks lose their accuracy (accuracy_evidence.md 4.3)."""


@dataclass(frozen=True)
class CheckOptions:
    """What to judge by: a pose id or `auto`, a profile name or file, the camera's roll in degrees if known."""

    pose: str = AUTO
    profile: str = "government_window"
    camera_roll_deg: float | None = None
    observe: ObserveSettings = field(default_factory=ObserveSettings)


@dataclass(frozen=True)
class Checked:
    """The result and what reports draw from: landmarks and, per person and criterion, the measured series."""

    result: CheckResult
    observation: Observation
    series: Mapping[tuple[int, str], tuple[Array, Array]]
    """(person, criterion id) to (time_s, value)."""
    library: Library


def check(
    path: Path,
    options: CheckOptions | None = None,
    models_dir: Path | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Observe and judge one recording or photo.

    Raises
    ------
    UnusableInputError, ModelError, ReferenceFileError
        With a sentence for the user.
    """
    options = options or CheckOptions()
    profile = load_profile(options.profile)
    library = load_library(profile=profile)
    library.require_pose(options.pose)
    return judge_observation(observe(path, options.observe, models_dir, progress), library, profile, options)
