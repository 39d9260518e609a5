"""Cutting a long recording into slices that several processes or machines look at (`looks`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

_SLICE = "slice"


@dataclass(frozen=True)
class Slice:
    """A stretch of a recording in seconds, its end not included (infinite: up to the file's), how long it should be,
    and the file for what is found in it."""

    start_s: float
    end_s: float
    length_s: float
    path: Path


def slices_of(duration_s: float, longest_s: float, fps: float, landmarks: Path) -> list[Slice]:
    """A recording cut into about equal slices of at most `longest_s` at steps of the sampling; the last one has no end,
    since a file may be longer than it says. Their files lie beside the landmark file."""
    n = max(1, math.ceil(duration_s / longest_s))
    starts = [round(duration_s * i / n * fps) / fps for i in range(n)]
    ends = [*starts[1:], float("inf")]
    return [
        Slice(a, b, duration_s / n, landmarks.with_name(f"{landmarks.stem}.{_SLICE}{a:012.3f}of{n}.npz"))
        for a, b in zip(starts, ends, strict=True)
    ]


def remove_slices(landmarks: Path) -> None:
    """Delete what slices of a recording left beside its landmark file."""
    for _, path in files_of(landmarks):
        path.unlink(missing_ok=True)


def files_of(landmarks: Path) -> list[tuple[float, Path]]:
    """Start and file of every slice that was looked at, in order of time."""
    found = []
    for path in landmarks.parent.glob(f"{landmarks.stem}.{_SLICE}*.npz"):
        start, _, _ = path.name.rpartition(_SLICE)[2].partition("of")
        found.append((float(start), path))
    return sorted(found)
