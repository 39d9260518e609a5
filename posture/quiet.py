"""Keeps the chatter of native libraries off the user's terminal."""

from __future__ import annotations

import os
import sys


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
