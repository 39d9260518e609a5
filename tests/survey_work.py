"""Stand-ins for the analysis of a survey's recordings: workers import them by name, so nothing heavy is imported here.

What they find stands in files beside the recordings (`survey_data.orders`).
"""

import json
import os
import signal
import time
from pathlib import Path

from posture.errors import ModelError, OutputError, UnusableInputError
from posture.slices import Slice
from posture.survey.work import Analysed, Long


def _die_while_due(path, times):
    """Dies as by a fault in a C library, so often, over all processes."""
    done = path.with_suffix(".deaths")
    count = len(done.read_text()) if done.exists() else 0
    if count < times:
        done.write_text("x" * (count + 1))
        os.kill(os.getpid(), signal.SIGSEGV)


def analyse(tell, task):
    path = Path(task.path)
    with path.with_suffix(".tried").open("a") as file:
        file.write("x")
    orders = json.loads(path.read_text())
    slices = orders.get("slices", 0)
    if slices and task.longest_s is not None:
        return Long(tuple(Slice(i, i + 1, 1.0, path.with_suffix(f".{i}")) for i in range(slices)))
    steps = round(orders.get("sleep", 0) * 50)
    for step in range(steps):
        tell(step / steps)
        time.sleep(0.02)
    _die_while_due(path, orders.get("kill", 0))
    errors = {
        "unusable": UnusableInputError("video.errors.not_found", path=path),
        "unexpected": ZeroDivisionError("by zero"),
        "models": ModelError("models.errors.no_pip", python="python"),
        "disk": OutputError("files.errors.not_writable", path=path, detail="full"),
    }
    if "error" in orders:
        raise errors[orders["error"]]
    found = sum(path.with_suffix(f".{i}").exists() for i in range(slices))
    result = (path.parent / f"{found}.result").read_text()
    norms = orders.get("norms") or (path.parent / "norms").read_text()
    return Analysed(result, norms, str(path.with_suffix(".parquet")), 0.1, "here")


def look(tell, task, part):
    orders = json.loads(Path(task.path).read_text())
    if part.start_s == orders.get("bad_slice"):
        os.kill(os.getpid(), signal.SIGKILL)
    part.path.write_text("looked")
