"""A real Chromium with a fake camera before a real server: for tests and for looking at the pages."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from posture.dashboard import script

PICTURES = Path(__file__).parents[1] / ".screenshots"
"""Where tests leave what the browser showed; not in git."""


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def camera_file(clip: Path, target: Path, fps: int = 30) -> Path:
    """The clip as a Motion JPEG file that Chromium plays as a camera, each picture repeated to `fps`."""
    with av.open(str(clip)) as source, av.open(str(target), "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=fps, options={"qscale": "3"})
        video = source.streams.video[0]
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuvj420p"
        times = round(fps / float(video.average_rate or fps))
        n = 0
        for frame in source.decode(video):
            picture = frame.reformat(format="yuvj420p")
            for _ in range(max(times, 1)):
                picture.pts, picture.time_base = n, Fraction(1, fps)
                n += 1
                out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """The dashboard on a free port; its address. What it writes goes to `folder`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "server.log").open("w")
    command = [sys.executable, "-m", "streamlit", "run", str(script()), "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "localhost"]
    process = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "POSTURE_DATA_DIR": str(folder / "data")}
    )
    address = f"http://localhost:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        log.close()


def flags(camera: Path | None) -> list[str]:
    """Chromium's switches: a camera that plays the file, allowed without asking; without one there is no camera."""
    given = ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"]
    if camera is not None:
        given += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        given.append(f"--use-file-for-fake-video-capture={camera}")
    return given
