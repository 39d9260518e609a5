"""Whether hours of running leak: one server, tab after tab that practises for some seconds and is closed, memory and
threads of the server after each.

    uv run python -m benchmarks.soak [TABS]

Every fifth tab also opens the review page and has a sample checked. A leak shows as numbers that go on rising: the
first tabs load models and pages and fill the allocator's pools.
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


def memory_mb(process: int) -> float:
    """Resident memory of the process."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def threads(process: int) -> int:
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def practise(page: Page, address: str) -> None:
    page.goto(f"{address}/practice")
    page.get_by_text("a sample clip (no camera needed)").click()
    page.get_by_text("the clip plays once").wait_for()
    settled(page)
    page.frame_locator('iframe[title*="webrtc"]').get_by_role("button", name="Start").click()
    page.get_by_test_id("cue").wait_for()
    time.sleep(PRACTISED_S)


def review(page: Page, address: str) -> None:
    page.goto(f"{address}/review")
    page.get_by_text("Try a sample", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Check", exact=True).click()
    page.locator(".st-key-review-list button").first.wait_for()


def main() -> None:
    tabs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player, server(Path(folder)) as address:
        browser = player.chromium.launch(executable_path=chromium(), args=flags(None))
        process = server_process(address)
        for n in range(1, tabs + 1):
            page = browser.new_page(locale="en-US", viewport={"width": 1366, "height": 768})
            page.set_default_timeout(120_000)
            practise(page, address)
            if n % 5 == 0:
                review(page, address)
            page.close()
            time.sleep(CLOSED_S)
            print(f"tab {n:3}: {memory_mb(process):6.0f} MB, {threads(process):3} threads", flush=True)


if __name__ == "__main__":
    main()
