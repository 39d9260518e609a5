"""The sound of a recording: 16 kHz mono, as it streams by, on the time scale of the pictures.

Time 0 is the first picture, as everywhere: sound may begin before or after it. Small holes are filled with silence;
a larger one ends a run. Damaged packets are left out. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from posture.video_decode import open_container, open_video

RATE_HZ = 16_000
_JITTER_S = 0.05
"""Stamps that differ from the count of samples by less are rounded, not holes (own choice)."""
_HOLE_S = 0.5
"""A hole up to this long is filled with silence: what is said goes on behind it (own choice)."""
_BEYOND_S = 2.0
"""A stamp later than this after the file's stated end is taken for damaged, as for pictures."""
_MOST_ERRORS_IN_A_ROW = 200


@dataclass(frozen=True)
class Block:
    """Sound from `time_s` on. `samples` is (N,) float32, -1..1; `joined` when it follows the block before it."""

    time_s: float
    samples: NDArray[np.float32]
    joined: bool


class Sound:
    """An open recording's sound track (of several the one that players choose); close it when done.

    Raises
    ------
    UnusableInputError
        The file is no recording with pictures.
    """

    def __init__(self, path: Path) -> None:
        video = open_video(path, max_side_px=64)
        self._zero_s = video.zero_s
        video.close()
        self._container = open_container(path)
        streams = self._container.streams.audio
        self.has_track = bool(streams)
        # FFmpeg names no best one where the first packets of sound come late in the file.
        self._stream = self._container.streams.best("audio") or (streams[0] if streams else None)
        begins, lasts = self._container.start_time or 0, self._container.duration
        self._last_s = (begins + lasts) / av.time_base + _BEYOND_S if lasts else float("inf")

    def blocks(self) -> Iterator[Block]:
        """The sound in order of time, some tens of milliseconds at a time; empty when nothing can be decoded."""
        resampler, clock_s, joined = _resampler(), 0.0, False
        for frame in self._frames():
            at_s = frame.time - self._zero_s if frame.time is not None else clock_s
            if joined and frame.time is not None and frame.time > self._last_s:
                at_s = clock_s
            if not joined or at_s - clock_s > _HOLE_S:
                resampler, clock_s, joined = _resampler(), at_s, False
            filled = np.zeros(0, np.float32)
            if at_s - clock_s > _JITTER_S:
                filled = np.zeros(round((at_s - clock_s) * RATE_HZ), np.float32)
            try:
                samples = np.concatenate([filled, *_resampled(resampler, frame)])
            except ValueError:  # other channels or another rate from here on
                resampler = _resampler()
                samples = np.concatenate([filled, *_resampled(resampler, frame)])
            if clock_s - at_s > _JITTER_S:  # what was heard already is not heard again
                samples = samples[round((clock_s - at_s) * RATE_HZ) :]
            if len(samples):
                yield Block(clock_s, samples, joined)
                clock_s, joined = clock_s + len(samples) / RATE_HZ, True

    def _frames(self) -> Iterator[Any]:
        if self._stream is None or self._stream.codec_context is None:
            return
        errors = 0
        packets = self._container.demux(self._stream)
        while errors < _MOST_ERRORS_IN_A_ROW:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError):
                return
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError):
                errors += 1
                continue
            errors = 0 if frames else errors
            yield from (f for f in frames if not f.is_corrupt)

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


def _resampler() -> Any:
    return av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)


def _resampled(resampler: Any, frame: Any) -> list[NDArray[np.float32]]:
    frame.pts = None  # times are counted here: the resampler would stretch and squeeze
    return [part.to_ndarray()[0] for part in resampler.resample(frame)]
