"""Which correction is shown and said: the most important one, long enough to be read, and not without end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_S = 2.0
"""A cue stays this long even when another fault becomes more important (own choice)."""
PRAISE_S = 2.5
SAY_AGAIN_S = 10.0
"""The same cue is spoken again after this long (own choice: a trainer does not nag)."""
_SILENCE_S = 2.5
"""Least time between two spoken cues."""


@dataclass(frozen=True)
class Cue:
    """criterion : whose cue is shown, None when there is nothing to correct. corrected : the last one was just put
    right. say : it is time to speak it."""

    criterion: str | None = None
    corrected: bool = False
    say: bool = False


class CueChooser:
    """Call `update` with every judged moment, in the order of time."""

    def __init__(self) -> None:
        self._shown: str | None = None
        self._since_s = -1e9
        self._praise_until_s = -1e9
        self._said: str | None = None
        self._said_s = -1e9

    def update(self, time_s: float, faults: Sequence[str]) -> Cue:
        """`faults`: criteria broken now, the most important first."""
        first = faults[0] if faults else None
        if self._shown is not None and self._shown not in faults:
            self._praise_until_s = time_s + PRAISE_S if first is None else -1e9
            self._shown = None
        if first is not None and (self._shown is None or time_s - self._since_s >= SHOWN_S) and first != self._shown:
            self._shown, self._since_s = first, time_s
        if self._shown is None:
            return Cue(corrected=time_s < self._praise_until_s)
        return Cue(self._shown, say=self._is_time_to_say(time_s))

    def _is_time_to_say(self, time_s: float) -> bool:
        silent_s = time_s - self._said_s
        if silent_s < (SAY_AGAIN_S if self._shown == self._said else _SILENCE_S):
            return False
        self._said, self._said_s = self._shown, time_s
        return True
