"""A real Chromium with a fake camera before a real server: for tests and for looking at the pages."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from posture.dashboard import script
from posture.video import FrameReader

PICTURES = Path(__file__).parents[1] / ".screenshots"
"""Where tests leave what the browser showed; not in git."""


PATIENCE_MS = 120_000
"""A loaded machine is slow: every step waits until it has happened, at most this long."""


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def require_browser() -> None:
    """Skip the whole test module where there is no browser, or nothing to drive it with."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("the package playwright is not installed (it is in the extra `test`)", allow_module_level=True)
    if chromium() is None:
        pytest.skip("no Chromium or Chrome on this machine (Debian: apt-get install chromium)", allow_module_level=True)


@contextlib.contextmanager
def chinese_page(folder: Path, name: str) -> Iterator[Any]:
    """The dashboard's page of that name, on a server of its own, in a Chinese browser."""
    from playwright.sync_api import sync_playwright

    with server(folder) as address, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=flags(None))
        opened = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        opened.set_default_timeout(PATIENCE_MS)
        opened.goto(f"{address}/{name}")
        yield opened
        browser.close()


def settled(page: Any) -> None:
    """Wait until the page's run is over: what is opened during a run is closed by it."""
    page.wait_for_timeout(150)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    )


def choices(page: Any, label: str | re.Pattern[str]) -> Any:
    """The options of the select box, opened: what a page run closes again is opened anew."""
    box, options = page.get_by_role("combobox", name=label), page.get_by_role("option")
    for _ in range(20):
        settled(page)
        box.click()
        page.wait_for_timeout(500)
        if options.count():
            break
        page.keyboard.press("Escape")
    return options


def choose(page: Any, label: str | re.Pattern[str], option: str) -> None:
    """Choose it in the select box, and wait until the page has taken that in. Of a long list only a part is there:
    typing finds the rest."""
    options = choices(page, label)
    page.get_by_role("combobox", name=label).fill(option)
    options.filter(has_text=option).first.click()
    settled(page)


_VISIBLE_TEXTS = """() => {
    const texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement, style = getComputedStyle(parent);
        const hidden = ['STYLE', 'SCRIPT', 'NOSCRIPT'].includes(parent.tagName) || !parent.checkVisibility();
        if (!hidden && parseFloat(style.fontSize) > 0 && !style.fontFamily.includes('Material'))
            texts.push(walker.currentNode.textContent.trim());
    }
    return texts.filter(text => text);
}"""


def visible_texts(page: Any) -> list[str]:
    """Every piece of text that the page shows, symbols of the icon font left out."""
    return page.evaluate(_VISIBLE_TEXTS)


def picture(page: Any, name: str) -> None:
    """What the browser shows, for people to look at."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def camera_file(clip: Path, target: Path, parts_s: list[tuple[float, float]] | None = None, fps: int = 30) -> Path:
    """The clip, or stretches of it in seconds, as a Motion JPEG file that Chromium plays as a camera over and over."""
    with FrameReader(clip, fps=None) as reader:
        frames = [(frame.time_s, frame.image) for frame in reader]
    height, width = frames[0][1].shape[:2]
    with av.open(str(target), "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=fps, options={"qscale": "3"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        n = 0
        for start_s, end_s in parts_s or [(0.0, frames[-1][0])]:
            for i in range(int((end_s - start_s) * fps)):
                image = min(frames, key=lambda f: abs(f[0] - (start_s + i / fps)))[1]
                picture = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuvj420p")
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


def server_process(address: str) -> int:
    """Number of the process that serves the address."""
    asked = f"--server.port {address.rpartition(':')[2]} "
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if asked in (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode():
                return int(folder.name)
    raise LookupError(f"expected a server at {address}")


def flags(camera: Path | None) -> list[str]:
    """Chromium's switches: a camera that plays the file, allowed without asking; without one there is no camera."""
    given = ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"]
    if camera is not None:
        given += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        given.append(f"--use-file-for-fake-video-capture={camera}")
    return given
