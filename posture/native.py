"""Manners of native libraries: no chatter on the user's terminal, large blocks of memory given back."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from types import FrameType


def silence_native_stderr() -> None:
    """Send what C++ libraries write to stderr to nowhere; Python's own `sys.stderr` goes on as before.

    MediaPipe's C library writes warnings straight to file descriptor 2 and has no switch for it. The environment
    variable POSTURE_DEBUG keeps everything visible.
    """
    if os.environ.get("POSTURE_DEBUG"):
        return
    try:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    except OSError:
        return
    sys.stderr = os.fdopen(kept, "w", buffering=1, encoding=sys.stderr.encoding or "utf-8", errors="replace")


_M_MMAP_THRESHOLD = -3
_LARGE_BLOCK_BYTES = 256 * 1024


def give_back_large_blocks() -> None:
    """Let glibc hand blocks of 256 KB and more back to the system as soon as they are free.

    By default it raises that threshold as pictures come and go and keeps the holes: observing a 1080p recording then
    peaked at 690 MB instead of 620. Does nothing where the C library is another one.
    """
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
    except (OSError, AttributeError):
        return


def give_back_freed_memory() -> None:
    """Let glibc hand all free memory back to the system.

    Landmarkers made and closed again and again otherwise leave holes: 400 MB after 16 live sessions instead of 230,
    and growing. Does nothing where the C library is another one.
    """
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return


class Interrupt:
    """Remembers Ctrl-C until somebody can act on it.

    Python drops the exception when the signal arrives inside a destructor or a callback of a C library: a long job
    would then go on as if nothing had been asked.
    """

    def __init__(self) -> None:
        self._asked = False

    def install(self) -> None:
        """Take over Ctrl-C, unless somebody has arranged for it otherwise (ignored in a background job)."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._remember)
            sys.unraisablehook = self._quietly

    @staticmethod
    def acted_upon() -> None:
        """To be called once the exception has been caught.

        When it was raised in code compiled from a string (as dataclasses do on import), `python -m` keeps in mind
        that the program was interrupted and ends it by the signal, whatever exit code it asked for. Running the
        next string makes it forget.
        """
        exec("", {})

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self._asked:
            raise KeyboardInterrupt

    def _remember(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked = True
        raise KeyboardInterrupt

    def _quietly(self, dropped: sys.UnraisableHookArgs) -> None:
        """A Ctrl-C that Python had to drop is acted upon at the next check: no reason for a traceback."""
        if not (self._asked and issubclass(dropped.exc_type, KeyboardInterrupt)):
            sys.__unraisablehook__(dropped)


INTERRUPT = Interrupt()
