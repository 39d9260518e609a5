"""Whether hours of running leak: one server, tab after tab that practises for some seconds and is closed, memory and
threads of the server after each.

    uv run python -m benchmarks.soak [TABS]

A closed tab is noticed when its connection has been silent for a while: so a tab holds its landmarkers for up to 40 s
longer. A leak shows in what is still held long after the last one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import chromium, flags, server, server_process, settled

PRACTISED_S = 6.0
CLOSED_S = 4.0
REST_S = 180.0
"""At the end nobody is there: what is still held then is held for good."""


def memory_mb(process: int) -> float:
    """Resident memory of the process."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def threads(process: int) -> int:
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def tell(process: int, when: str) -> None:
    print(f"{when:12} {memory_mb(process):6.0f} MB, {threads(process):3} threads", flush=True)


def practise(page: Page, address: str) -> None:
    page.goto(f"{address}/practice")
    page.get_by_text("a sample clip (no camera needed)").click()
    page.get_by_text("the clip plays once").wait_for()
    settled(page)
    page.frame_locator('iframe[title*="webrtc"]').get_by_role("button", name="Start").click()
    page.get_by_test_id("cue").wait_for()
    time.sleep(PRACTISED_S)


def main() -> None:
    tabs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player, server(Path(folder)) as address:
        browser = player.chromium.launch(executable_path=chromium(), args=flags(None))
        process = server_process(address)
        for n in range(1, tabs + 1):
            page = browser.new_page(locale="en-US", viewport={"width": 1366, "height": 768})
            page.set_default_timeout(120_000)
            practise(page, address)
            page.close()
            time.sleep(CLOSED_S)
            tell(process, f"tab {n}")
        for k in range(1, round(REST_S / 20) + 1):
            time.sleep(20)
            tell(process, f"{20 * k} s later")


if __name__ == "__main__":
    main()
