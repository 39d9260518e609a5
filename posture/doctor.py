"""Is this machine ready? One line for each thing that the program needs, each with what to do."""

from __future__ import annotations

import ctypes
import importlib.metadata
import io
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from posture import models
from posture.files import cache_dir
from posture.reasons import technical, why
from posture.text import say

State = Literal["ok", "warning", "failed"]
# Library of a bare Debian or Ubuntu server that a wheel needs, and the package that brings it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
_LEAST_FREE_MB = 500
_MEDIAPIPE = "1.2."


@dataclass(frozen=True)
class Line:
    """One check: what was looked at, how it stands, and the sentence for the user (what was found, what to do)."""

    name: str
    state: State
    key: str
    values: tuple[tuple[str, object], ...] = ()

    def in_language(self, language: str) -> str:
        return say(f"doctor.{self.key}", language, **dict(self.values))


def run_checks() -> list[Line]:
    """All checks; never raises."""
    checks: tuple[tuple[str, Callable[[], Line]], ...] = (
        ("python", _python),
        ("libraries", _libraries),
        ("mediapipe", _mediapipe),
        ("opencv", _opencv),
        ("cache", _cache),
        ("models", _models),
        ("inference", _inference),
        ("speech", _speech),
        ("encoder", _encoder),
        ("camera", _camera),
    )
    return [_guarded(name, check) for name, check in checks]


def _guarded(name: str, check: Callable[[], Line]) -> Line:
    try:
        return check()
    except Exception as error:  # a broken installation may raise anything; the user gets a line, not a traceback
        return Line(
            name, "failed", "broken", (("what", name), ("detail", technical(f"{type(error).__name__}: {error}")))
        )


def _python() -> Line:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    return Line("python", "ok" if good else "failed", "python_ok" if good else "python_old", (("version", version),))


def _libraries() -> Line:
    if sys.platform != "linux":
        return Line("libraries", "ok", "libraries_not_needed")
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append((library, package))
    if not missing:
        return Line("libraries", "ok", "libraries_ok", (("libraries", ", ".join(LIBRARIES)),))
    values = (("libraries", ", ".join(m[0] for m in missing)), ("packages", " ".join(m[1] for m in missing)))
    return Line("libraries", "failed", "libraries_missing", values)


def _mediapipe() -> Line:
    version = importlib.metadata.version("mediapipe")
    if not version.startswith(_MEDIAPIPE):
        return Line("mediapipe", "failed", "mediapipe_version", (("version", version),))
    import posture.landmarkers  # noqa: F401 - the import itself is the check

    return Line("mediapipe", "ok", "mediapipe_ok", (("version", version),))


def _opencv() -> Line:
    plain, contrib = (importlib.metadata.version(p) for p in ("opencv-python", "opencv-contrib-python"))
    if plain != contrib:
        return Line("opencv", "failed", "opencv_differ", (("plain", plain), ("contrib", contrib)))
    import cv2

    return Line("opencv", "ok", "opencv_ok", (("version", cv2.__version__),))


def _cache() -> Line:
    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        return Line("cache", "failed", "cache_not_writable", (("folder", folder), ("detail", why(error))))
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    state: State = "ok" if free_mb >= _LEAST_FREE_MB else "warning"
    return Line("cache", state, "cache_ok" if state == "ok" else "cache_full", (("folder", folder), ("free", free_mb)))


def _models() -> Line:
    states = {b.file_name: models.state(b) for b in models.BUNDLES.values()}
    bad = [name for name, state in states.items() if state != "ok"]
    if bad:
        return Line("models", "warning", "models_missing", (("files", ", ".join(bad)),))
    return Line("models", "ok", "models_ok", (("folder", models.models_dir()),))


def _inference() -> Line:
    import numpy as np

    from posture.landmarkers import pose_landmarker

    bundle = models.BUNDLES["pose"]
    if models.state(bundle) != "ok":
        return Line("inference", "warning", "inference_later")
    with pose_landmarker(models.models_dir() / bundle.file_name, 1) as find:
        find(np.zeros((64, 64, 3), np.uint8))
    return Line("inference", "ok", "inference_ok")


def _speech() -> Line:
    from posture.speech import PACKAGE, WINDOW, load_detector, model_name

    try:
        load_detector().process(memoryview(bytearray(4 * WINDOW)).cast("f"))
    except (ImportError, OSError, RuntimeError) as error:
        return Line("speech", "warning", "speech_missing", (("package", PACKAGE), ("detail", technical(error))))
    return Line("speech", "ok", "speech_ok", (("model", model_name()),))


def _encoder() -> Line:
    import av
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    good = len(out.getvalue()) > 0
    return Line("encoder", "ok" if good else "failed", "encoder_ok" if good else "encoder_missing")


def _camera() -> Line:
    if sys.platform != "linux":
        return Line("camera", "ok", "camera_elsewhere")
    devices = sorted(str(p) for p in Path("/dev").glob("video*"))
    if not devices:
        return Line("camera", "warning", "camera_none")
    return Line("camera", "ok", "camera_ok", (("devices", ", ".join(devices)),))
