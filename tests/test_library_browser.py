"""The reference library in a real Chromium: browse, record a pose from a sample, change a limit and see what becomes of
the verdicts, save; what was saved is offered where recordings are reviewed. Pictures are left in `.screenshots/`."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.browser import PICTURES, chromium, flags, server

PATIENCE_MS = 120_000
if importlib.util.find_spec("playwright") is None:
    pytest.skip("the package playwright is not installed (it is in the extra `test`)", allow_module_level=True)
if chromium() is None:
    pytest.skip("no Chromium or Chrome on this machine (Debian: apt-get install chromium)", allow_module_level=True)

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def page(tmp_path, bundles, monkeypatch):
    poses = tmp_path / "poses"
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(poses))
    with server(tmp_path) as address, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=flags(None))
        opened = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        opened.set_default_timeout(PATIENCE_MS)
        opened.goto(f"{address}/library")
        yield opened
        browser.close()


def part(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def picture(page: Page, name: str) -> None:
    settled(page)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"library_{name}.png", full_page=True)


def test_browse_record_change_a_limit_and_find_both_in_the_review(page, tmp_path):
    cards = page.locator(".lib-card")
    expect(cards.first.locator("img")).to_be_visible()
    page.get_by_label("搜索").fill("抱胸")
    page.get_by_label("搜索").press("Enter")
    crossed = page.locator('[data-entry="taboo_arms_crossed"]')
    expect(crossed).to_be_visible()
    expect(page.locator('[data-entry="far_guide"]')).to_have_count(0)
    expect(crossed.locator("summary").nth(1)).to_be_visible()
    crossed.locator("summary").nth(1).click()
    expect(crossed.get_by_text("测量误差")).to_be_visible()
    picture(page, "browse")

    part(page, "录制新姿势")
    page.get_by_label("中文名称").fill("本厅站姿")
    page.get_by_label("中文名称").press("Tab")
    page.get_by_role("button", name="开始测量").click()
    expect(page.get_by_role("heading", name="拟定的姿势")).to_be_visible()
    picture(page, "proposed")
    page.get_by_role("button", name="保存为自备姿势").click()
    expect(page.get_by_text("已保存“本厅站姿”")).to_be_visible()
    picture(page, "saved")
    assert (tmp_path / "poses" / "own_1.yaml").is_file()

    part(page, "修改限度")
    score = page.get_by_test_id("preview-score")
    use = page.get_by_role("button", name="用这段录像预览")
    expect(score.or_(use)).to_be_visible()
    if use.is_visible():
        use.click()
    expect(score).to_contain_text("=")
    high = page.locator('[class*="-shoulders_level-high"] input')
    high.fill("30")
    high.press("Enter")
    expect(page.get_by_text(re.compile("严重限度不能比一般限度更窄"))).to_be_visible()
    picture(page, "mistake")
    high.fill("4")
    high.press("Enter")
    switch = page.locator('[class*="-shoulders_level-on"] label')
    switch.click()
    row = page.locator('tr.lib-changed[data-norm="shoulders_level"]')
    expect(row).to_contain_text("不评")
    expect(score).not_to_contain_text("=")
    picture(page, "preview")
    page.get_by_role("button", name="保存为自备方案").click()
    expect(page.get_by_text("已保存“政务服务窗口（本单位）”")).to_be_visible()
    assert "shoulders_level" in (tmp_path / "poses" / "profiles" / "my_government_window.yaml").read_text("utf-8")

    page.get_by_role("link", name="复核").click()
    page.get_by_role("combobox", name=re.compile("工作场所")).click()
    page.get_by_role("option", name="政务服务窗口（本单位）").click()
    page.get_by_text("更多设置").click()
    page.get_by_role("combobox", name=re.compile("标准姿势")).click()
    expect(page.get_by_role("option", name="本厅站姿")).to_be_visible()
