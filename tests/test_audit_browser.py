"""An auditor in a real Chromium: add a folder of recordings, a broken one among them, analyse them, open one, score one
blind, see the agreement and the comparison. Pictures are left in `.screenshots/`."""

from __future__ import annotations

import shutil

import pytest

from tests import browser
from tests.browser import PATIENCE_MS, chinese_page, choose, require_browser
from tests.media import make_clip

require_browser()

from playwright.sync_api import Page, expect  # noqa: E402

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def clips(tmp_path, samples):
    """The two smallest samples that are soon observed, one clip without anybody, and a file that is no recording."""
    folder = tmp_path / "clips"
    for sample, place in (("walking_side", "甲局/一厅/1/第1轮"), ("walking_to_window", "乙局/二厅/1/第2轮")):
        (folder / place).mkdir(parents=True)
        shutil.copy(samples / f"{sample}.mp4", folder / place)
    make_clip(folder / "乙局/二厅/1/第2轮/nobody.mp4", n=6)
    (folder / "甲局/一厅/1/第1轮/broken.mp4").write_bytes(b"no recording at all")
    return folder


@pytest.fixture
def page(tmp_path, bundles, monkeypatch):
    monkeypatch.setenv("POSTURE_STORE", str(tmp_path / "survey.sqlite"))
    with chinese_page(tmp_path, "audit") as opened:
        yield opened


def part(page: Page, name: str) -> None:
    page.locator(".st-key-audit_section").get_by_text(name, exact=True).click()


def picture(page: Page, name: str) -> None:
    browser.settled(page)
    browser.picture(page, f"audit_{name}")


def button(page: Page, key: str):
    return page.locator(f".st-key-{key} button").first


def test_from_a_folder_to_agreement_and_comparison(page, clips, tmp_path):
    expect(page.get_by_text("这个数据库里还没有录像")).to_be_visible()
    expect(button(page, "audit_try")).to_be_visible()
    picture(page, "empty")
    page.get_by_label("录像所在文件夹").fill(str(clips))
    page.get_by_role("button", name="查看找到的录像").click()
    expect(page.get_by_text("找到 4 段录像")).to_be_visible()
    button(page, "audit_add").click()
    expect(page.get_by_text("有 4 段录像等待分析")).to_be_visible()
    button(page, "audit_run").click()
    expect(page.get_by_text("分析结束：完成 3 段，失败 1 段")).to_be_visible()
    expect(page.get_by_text("无法读取").or_(page.get_by_text("broken.mp4")).first).to_be_visible()
    picture(page, "list")

    page.get_by_role("button", name="walking_side.mp4").click()
    expect(page.get_by_role("heading", name="walking_side.mp4")).to_be_visible()
    expect(page.locator("video")).to_be_visible()
    picture(page, "recording")
    button(page, "review_draw").click()
    drawn = tmp_path / "data" / "survey_pictures"
    for _ in range(600):
        if list(drawn.glob("*/annotated.mp4")):
            break
        page.wait_for_timeout(100)
    assert len(list(drawn.glob("*/annotated.mp4"))) == 1, "drawn on demand, and only this one"
    expect(page.locator(".st-key-review_draw")).to_have_count(0)
    expect(page.get_by_text("正在绘制骨架视频")).to_have_count(0)
    expect(page.locator("video")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.st-key-review-player video').readyState > 0")
    page.evaluate("document.querySelector('.st-key-review-player video').currentTime = 2")
    page.wait_for_timeout(500)
    picture(page, "recording_drawn")
    button(page, "review_back").click()

    part(page, "盲评")
    page.get_by_label("评判人").fill("王检")
    page.get_by_label("评判人").press("Enter")
    expect(page.get_by_text("还有 2 段录像可由您盲评")).to_be_visible()
    choose(page, "或指定一段", "walking_to_window")
    button(page, "audit_take").click()
    form = page.get_by_test_id("stForm")
    expect(form).to_be_visible()
    expect(page.get_by_text("机器", exact=True)).to_have_count(0)
    choices = form.get_by_test_id("stButtonGroup")
    for i in range(choices.count()):
        choices.nth(i).get_by_text("偏差" if i % 3 == 0 else "符合", exact=True).click()
    picture(page, "blind")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("盲评不能重来")).to_be_visible()
    picture(page, "compared")

    part(page, "一致性")
    expect(page.get_by_text("科恩卡帕系数").first).to_be_visible()
    picture(page, "agreement")
    part(page, "比较")
    expect(page.get_by_role("heading", name="得分", exact=True)).to_be_visible()
    expect(button(page, "audit_xlsx")).to_be_visible()
    picture(page, "comparison")
    with page.expect_download() as saved:
        button(page, "audit_xlsx").click()
    assert saved.value.suggested_filename == "审核结果.xlsx"
