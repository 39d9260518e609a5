"""Files of the drill: the limits, and performances of one's own in the folder `performances` beside the own poses."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from posture.drill.motion import ANGLES, CHANNELS, HANDS, RATE_PER_S, Performance, even
from posture.errors import ReferenceFileError
from posture.files import atomic_path, make_folder_of
from posture.findings import View
from posture.reference_draft import flow
from posture.reference_files import read, reference_dir, user_poses_dir
from posture.references import Identifier, Strict, Words

Part = Literal["arm", "forearm", "elbow", "trunk", "head"]
Positive = Annotated[float, Field(gt=0)]


class Span(Strict):
    """Allowed difference of a length of time: a share of it, and at least so many seconds."""

    share: Positive
    least_s: Positive

    def of(self, length_s: float) -> float:
        return max(self.share * length_s, self.least_s)


class Allowed(Strict):
    going: Span
    hold: Span
    back: Annotated[Span, Field(alias="return")]
    lag_s: Positive
    angle_deg: dict[Part, Positive]


class Errors(Strict):
    """Measuring errors of differences between two performances."""

    moment_s: Positive
    going_s: Positive
    hold_s: Positive
    return_s: Positive
    angle_deg: dict[View, dict[Part, Positive]]


class Limits(Strict):
    """reference_poses/drill/limits.yaml."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    allowed: Allowed
    errors: Errors


@cache
def load_limits() -> Limits:
    """The limits that come with the program."""
    return read(reference_dir() / "drill" / "limits.yaml", Limits)[0]


class PerformanceFile(Strict):
    """A performance in a file. Times in seconds from the first sample; unknown angles are null."""

    id: Identifier
    names: Words
    kind: str
    """Id of the movement, or `own` for one that is not in the reference files."""
    side: Literal["left", "right", "both", ""]
    view: Literal["front", "side"]
    origin: str
    rate_per_s: Positive
    start_s: Annotated[float, Field(ge=0)]
    hold_start_s: float
    hold_end_s: float
    end_s: float
    angles_deg: dict[str, tuple[float | None, ...]]
    hands_sw: dict[str, tuple[float | None, ...]] = Field(default_factory=dict)
    """Wrists from the own shoulder, out and down, in shoulder widths."""

    @model_validator(mode="after")
    def _consistent(self) -> PerformanceFile:
        lengths = {len(values) for values in self._channels().values()}
        if len(lengths) != 1 or min(lengths) < 2:
            raise ValueError("lengths_differ")
        times = (self.start_s, self.hold_start_s, self.hold_end_s, self.end_s, (min(lengths) - 1) / self.rate_per_s)
        if any(a > b + 1.0 / self.rate_per_s for a, b in pairwise(times)):
            raise ValueError("times_not_ordered")
        if not (set(self.angles_deg) <= set(ANGLES) and set(self.hands_sw) <= set(HANDS)):
            raise ValueError("unknown_channel")
        return self

    def _channels(self) -> dict[str, tuple[float | None, ...]]:
        return {**self.angles_deg, **self.hands_sw}

    def performance(self) -> Performance:
        """At the rate that everything is compared at."""
        own_s = np.arange(len(next(iter(self._channels().values())))) / self.rate_per_s
        time_s = np.arange(int(own_s[-1] * RATE_PER_S + 1e-6) + 1) / RATE_PER_S
        found = {c: np.full(len(time_s), np.nan) for c in CHANNELS}
        for channel, values in self._channels().items():
            found[channel] = even(own_s, np.array([np.nan if v is None else v for v in values], float), time_s)
        return Performance(
            self.kind, self.side, 0, View(self.view), time_s, found,
            self.start_s, self.hold_start_s, self.hold_end_s, self.end_s,
        )  # fmt: skip


def performances_dir() -> Path:
    """The user's folder of own performances, which need not exist."""
    return user_poses_dir() / "performances"


def text_of(performance: Performance, identifier: str, name: str, origin: str) -> str:
    """The performance as YAML, an angle a line."""
    first_s = float(performance.time_s[0])
    head: dict[str, Any] = {
        "id": identifier, "names": {"zh": name, "en": name}, "kind": performance.kind, "side": performance.side,
        "view": str(performance.view), "origin": origin, "rate_per_s": RATE_PER_S,
    }  # fmt: skip
    for field in ("start_s", "hold_start_s", "hold_end_s", "end_s"):
        head[field] = round(max(0.0, getattr(performance, field) - first_s), 3)
    lines = [f"{key}: {flow(value)}" for key, value in head.items()]
    lines.append("# The subject's own sides; null is unknown.")
    for field, channels, digits in (("angles_deg", tuple(ANGLES), 1), ("hands_sw", HANDS, 3)):
        known = [c for c in performance.known() if c in channels]
        lines.append(f"{field}:" if known else f"{field}: {{}}")
        for channel in known:
            values = [round(float(v), digits) if np.isfinite(v) else None for v in performance.values[channel]]
            lines.append(f"  {channel}: {flow(values)}")
    return "\n".join(lines) + "\n"


def require_free(identifier: str, overwrite: bool = False) -> Path:
    """Where a performance is written; ReferenceFileError when one there would be lost."""
    path = performances_dir() / f"{identifier}.yaml"
    if path.exists() and not overwrite:
        raise ReferenceFileError("references.record.errors.exists", path=path)
    return path


def store(text: str, identifier: str, overwrite: bool = False) -> Path:
    """Write a performance, whole or not at all.

    Raises
    ------
    OutputError, ReferenceFileError
        The folder cannot be written to; there is one of that name.
    """
    path = require_free(identifier, overwrite)
    make_folder_of(path)
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")
        read(partial, PerformanceFile)
    return path


def load(name: str) -> PerformanceFile:
    """A performance by its id, or by the path of its file.

    Raises
    ------
    ReferenceFileError
        There is none of that name, or its file has mistakes.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else performances_dir() / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(stored()) or "-"
        raise ReferenceFileError("drill.errors.no_performance", name=name, known=known, folder=performances_dir())
    return read(path, PerformanceFile)[0]


def stored() -> list[str]:
    """Ids of the performances in the user's folder."""
    folder = performances_dir()
    return sorted(p.stem for p in folder.glob("*.yaml")) if folder.is_dir() else []
