"""The reference library in a real Chromium: browse, record a pose from a sample, change a limit and see what becomes of
the verdicts, save; what was saved is offered where recordings are reviewed. Pictures are left in `.screenshots/`."""

from __future__ import annotations

import re

import pytest

from tests import browser
from tests.browser import PATIENCE_MS, chinese_page, choices, choose, require_browser, settled

require_browser()

from playwright.sync_api import Page, expect  # noqa: E402

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def page(tmp_path, bundles, monkeypatch):
    poses = tmp_path / "poses"
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(poses))
    with chinese_page(tmp_path, "library") as opened:
        yield opened


def part(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()


def picture(page: Page, name: str) -> None:
    settled(page)
    browser.picture(page, f"library_{name}")


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
    choose(page, re.compile("工作场所"), "政务服务窗口（本单位）")
    page.get_by_text("更多设置").click()
    assert "本厅站姿" in choices(page, re.compile("标准姿势")).all_inner_texts()
