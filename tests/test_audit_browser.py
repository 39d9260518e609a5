"""An auditor in a real Chromium: add a folder of recordings, a broken one among them, analyse them, open one, score one
blind, see the agreement and the comparison. Pictures are left in `.screenshots/`."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from tests.browser import PICTURES, chromium, flags, server
from tests.media import make_clip

PATIENCE_MS = 120_000
if importlib.util.find_spec("playwright") is None:
    pytest.skip("the package playwright is not installed (it is in the extra `test`)", allow_module_level=True)
if chromium() is None:
    pytest.skip("no Chromium or Chrome on this machine (Debian: apt-get install chromium)", allow_module_level=True)

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

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
    with server(tmp_path) as address, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=flags(None))
        opened = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        opened.set_default_timeout(PATIENCE_MS)
        opened.goto(f"{address}/audit")
        yield opened
        browser.close()


def part(page: Page, name: str) -> None:
    page.locator(".st-key-audit_section").get_by_text(name, exact=True).click()


def picture(page: Page, name: str) -> None:
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"audit_{name}.png", full_page=True)


def button(page: Page, key: str):
    return page.locator(f".st-key-{key} button").first


def test_from_a_folder_to_agreement_and_comparison(page, clips):
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
    button(page, "review_back").click()

    part(page, "盲评")
    page.get_by_label("评判人").fill("王检")
    page.get_by_label("评判人").press("Enter")
    expect(page.get_by_text("还有 2 段录像可由您盲评")).to_be_visible()
    page.get_by_role("combobox", name="或指定一段").click()
    page.get_by_role("option", name="walking_to_window").click()
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
