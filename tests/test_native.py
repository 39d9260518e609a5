"""Ctrl-C is remembered even when Python drops the exception."""

import signal
import subprocess
import sys

CODE = """
import os, signal
from posture.native import INTERRUPT
INTERRUPT.install()
class Dropped:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(10000): pass
Dropped()
print("went on")
INTERRUPT.check()
print("never")
"""


def run(code, handler=signal.SIG_DFL):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, handler),
    )


def test_a_dropped_interrupt_is_raised_at_the_next_check():
    result = run(CODE)
    assert result.stdout == "went on\n" and result.returncode != 0
    assert "KeyboardInterrupt" in result.stderr.splitlines()[-1]


def test_an_ignored_interrupt_stays_ignored():
    result = run(CODE, signal.SIG_IGN)
    assert result.stdout == "went on\nnever\n" and result.returncode == 0
