"""How soon the review page shows itself with a finished analysis of an hour, made by repeating a sample's landmarks.

uv run --with playwright python benchmarks/review_page.py [SECONDS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.clips import SAMPLE

sys.path.insert(0, str(Path(__file__).parents[1]))
from posture.check import CheckOptions, check, judge_observation
from posture.files import DATA_VARIABLE
from posture.kept.analysis import keep
from posture.kept.folder import Folder, new_id
from posture.landmark_file import NOBODY, LandmarkWriter, observation_metadata
from posture.landmarks import TRACK_ARRAYS, Observation
from posture.library import load_library
from posture.native import silence_native_stderr
from tests.browser import chromium, flags, server

_LAST = ".st-key-review_section"
"""The last part of the page: when it is there, everything is."""


def hour(seconds: float) -> Observation:
    """The sample's landmarks again and again."""
    checked = check(SAMPLE)
    track = checked.observation.tracks[0]
    length_s = float(track.time_s[-1]) + 0.1
    times = int(np.ceil(seconds / length_s))
    arrays = {name: np.concatenate([getattr(track, name)] * times) for name in TRACK_ARRAYS}
    time_s = np.concatenate([track.time_s + k * length_s for k in range(times)])
    long = replace(track, time_s=time_s, frame_index=np.arange(len(time_s)), **arrays)
    return replace(checked.observation, tracks=(long,), sample_times_s=time_s, duration_s=float(time_s[-1]))


def write_landmarks(path: Path, observation: Observation) -> None:
    track = observation.tracks[0]
    with LandmarkWriter(path) as writer:
        for i, moment in enumerate(observation.sample_times_s):
            arrays = {name: getattr(track, name)[i] for name in TRACK_ARRAYS}
            writer.add(track.person if arrays else NOBODY, float(moment), i, arrays)
        writer.close(observation_metadata(observation))


def finished(seconds: float) -> str:
    """A kept analysis of that length; its id."""
    observation = hour(seconds)
    options = CheckOptions()
    checked = judge_observation(observation, load_library(), options)
    folder = Folder(new_id()).make()
    write_landmarks(folder.landmarks, observation)
    keep(folder, checked, options, SAMPLE, False)
    found = sum(len(p.deviations) for p in checked.result.people)
    print(f"{len(observation.sample_times_s)} samples, {found} findings")
    return folder.id


def timed(what: str, page: Page, act: object) -> None:
    start = time.perf_counter()
    act()  # type: ignore[operator]
    page.wait_for_function(
        "() => !document.querySelector('[data-stale=true]') && "
        "document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'"
    )
    print(f"{what}: {time.perf_counter() - start:.2f} s")


def main() -> None:
    silence_native_stderr()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        os.environ[DATA_VARIABLE] = str(Path(folder) / "data")
        identifier = finished(float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0)
        with server(Path(folder)) as address:
            page = player.chromium.launch(executable_path=chromium(), args=flags(None)).new_page(locale="en-US")

            def show() -> None:
                page.goto(f"{address}/review?analysis={identifier}")
                page.locator(_LAST).wait_for(timeout=120_000)

            timed("first of the server", page, show)
            for _ in range(3):
                timed("page loaded again", page, show)
            links = page.get_by_test_id("stSidebarNav").get_by_role("link")

            def back() -> None:
                links.nth(1).click()
                page.locator(_LAST).wait_for(timeout=120_000)

            for _ in range(2):
                links.nth(3).click()
                page.locator(".lib-card").first.wait_for(timeout=120_000)
                timed("from another page of the dashboard", page, back)

            def empty() -> None:
                page.goto(f"{address}/review")
                page.locator(".st-key-review_start, [data-testid=stFileUploader]").first.wait_for(timeout=120_000)

            timed("for comparison: the page with nothing in it, loaded", page, empty)
            show()
            rows = page.locator(".st-key-review-list button")
            for n in (3, 5):
                timed("another finding", page, rows.nth(n).click)
            timed("next page of the list", page, page.locator(".st-key-review_page_on button").click)


if __name__ == "__main__":
    main()
