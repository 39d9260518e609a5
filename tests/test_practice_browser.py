"""The practice page in a real Chromium whose camera plays a sample. How fast the machine is does not matter: every
step waits until it has happened. What the browser showed is left in `.screenshots/`."""

from __future__ import annotations

import re

import pytest

from posture.library import load_library
from tests.browser import (
    PATIENCE_MS,
    camera_file,
    choose,
    chromium,
    flags,
    picture,
    require_browser,
    server,
    settled,
    visible_texts,
)
from tests.test_texts import SAME_IN_CHINESE

require_browser()

from playwright.sync_api import Browser, FrameLocator, Page, Playwright, expect, sync_playwright  # noqa: E402

expect.set_options(timeout=PATIENCE_MS)
CUES = {name: c.cue for name, c in load_library().all_criteria().items()}


@pytest.fixture(scope="module")
def address(tmp_path_factory, bundles):
    with server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as running:
        yield running


def browser(playwright: Playwright, camera=None) -> Browser:
    return playwright.chromium.launch(executable_path=chromium(), args=flags(camera))


@pytest.fixture(scope="module")
def crossed_then_folded(playwright, samples, tmp_path_factory):
    """A browser whose camera shows crossed arms for 15 seconds, then folded hands for 15 seconds, and again."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    camera_file(samples / "standing_faults.mp4", path, [(36.5, 41.2)] * 3 + [(0.0, 5.5)] * 3)
    running = browser(playwright, path)
    yield running
    running.close()


def open_page(running: Browser, address: str, language: str = "en-US", **more: object) -> Page:
    page = running.new_page(locale=language, viewport={"width": 1366, "height": 768}, **more)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    expect(page.get_by_role("heading", name=re.compile("^(Practice|练习)$"))).to_be_visible()
    return page


def video(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title*="webrtc"]')


def wait_until_playing(page: Page) -> None:
    player = video(page).locator("video")
    expect(player).to_be_visible()
    page.wait_for_function(
        """() => [...document.querySelectorAll('iframe')].some((frame) => {
            const video = frame.contentDocument && frame.contentDocument.querySelector('video');
            return video && video.currentTime > 0.5 && video.videoWidth > 0;
        })""",
        timeout=PATIENCE_MS,
    )


@pytest.mark.slow
def test_a_fault_is_corrected_and_the_hold_is_timed_and_starting_again_works(crossed_then_folded, address):
    page = open_page(crossed_then_folded, address)
    choose(page, re.compile("What do you want to practise"), "Pose: standing, hands folded in front (30 s)")
    cue, held = page.get_by_test_id("cue"), page.get_by_text(re.compile(r"held [1-9]\d* of 30 s"))
    for turn in range(2):
        video(page).get_by_role("button", name="Start").click()
        wait_until_playing(page)
        page.get_by_role("button", name="Skip calibration").click()
        expect(cue).to_contain_text(CUES["taboo_arms_crossed"].en)
        picture(page, f"cue_{turn}")
        expect(held).to_be_visible()
        picture(page, f"held_{turn}")
        expect(page.get_by_text(re.compile(r"\d+ pictures/s looked at · delay \d+ ms"))).to_be_visible()
        video(page).get_by_role("button", name="Stop").click()
        expect(page.get_by_role("heading", name="This session")).to_be_visible()
    picture(page, "summary")
    said = page.evaluate("window.postureSpoken || []")
    assert CUES["taboo_arms_crossed"].en in said
    page.close()


def test_a_sample_clip_plays_without_a_camera_and_in_chinese(playwright, address):
    running = browser(playwright)
    page = open_page(running, address, "zh-CN", color_scheme="dark")
    expect(page.get_by_text("没有找到摄像头")).to_be_visible()
    page.get_by_text("示例录像（无需摄像头）").click()
    expect(page.get_by_text("没有找到摄像头")).to_be_hidden()
    video(page).get_by_role("button", name="开始").click()
    wait_until_playing(page)
    expect(page.get_by_text(re.compile("每秒分析 .* 帧 · 延迟"))).to_be_visible()
    picture(page, "sample_zh_dark")
    running.close()


@pytest.mark.parametrize(("language", "foreign"), [("zh-CN", r"[A-Za-z]{2,}"), ("en-US", r"[\u4e00-\u9fff]")])
def test_every_page_speaks_one_language_and_has_an_address(playwright, address, language, foreign):
    running = browser(playwright)
    page = running.new_page(locale=language, viewport={"width": 1366, "height": 768})
    page.set_default_timeout(PATIENCE_MS)
    for name in ("practice", "review", "audit", "library"):
        page.goto(f"{address}/{name}")
        expect(page.get_by_role("heading", level=2).first).to_be_visible()
        settled(page)
        shown = visible_texts(page)
        assert len(shown) > 15 and "Page not found" not in shown
        # Neither paths of files nor the names in patterns are words.
        own = [
            SAME_IN_CHINESE.sub("", re.sub(r"/\S+|\{\w+\}", "", t))
            for t in shown
            if t not in ("中文", "English", "语言 / Language")
        ]
        assert not [t for t in own if re.search(foreign, t)], name
    running.close()


def test_a_refused_camera_is_explained(crossed_then_folded, address):
    page = open_page(crossed_then_folded, address)
    page.add_init_script(
        "navigator.permissions.query = async () => ({ state: 'denied' });"
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    page.reload()
    expect(page.get_by_text("The browser refuses the camera.")).to_be_visible()
    picture(page, "refused")
    page.close()


@pytest.mark.slow
def test_two_people_at_one_server_and_a_closed_tab(crossed_then_folded, address):
    pages = [open_page(crossed_then_folded, address) for _ in range(2)]
    for page in pages:
        video(page).get_by_role("button", name="Start").click()
        wait_until_playing(page)
    choose(pages[0], re.compile("What do you want to practise"), "Pose: sitting upright, hands on the lap (30 s)")
    for page in pages:
        page.get_by_role("button", name="Skip calibration").click()
    expect(
        pages[0].get_by_role("status").get_by_text(re.compile("sitting upright|on the lap|hands")).first
    ).to_be_visible()
    pages[0].close()
    expect(pages[1].get_by_test_id("cue")).to_contain_text(CUES["taboo_arms_crossed"].en)
    pages[1].close()
