"""The review page in a real browser: from choosing a sample to the workbook, and what another session sees."""

import re

import openpyxl
import pytest

from posture.check import CheckOptions
from posture.files import DATA_VARIABLE
from posture.kept.analysis import keep
from posture.kept.folder import Folder, new_id
from tests.browser import PICTURES, chromium, flags, require_browser, server, settled

require_browser()

from playwright import sync_api as playwright  # noqa: E402

from tests.media import make_clip  # noqa: E402
from tests.test_flow import checked as a_whole_service  # noqa: E402
from tests.test_kept import write_landmarks  # noqa: E402

WAIT_MS = 90_000
TITLES = ("shoulders level", "no crossed arms", "no hands on the hips")
"""Three of the faults that samples/standing_faults.truth.json knows."""
ROWS = ".st-key-review-list button"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("review")


@pytest.fixture(scope="module")
def address(folder, bundles):
    with server(folder) as given:
        yield given


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as player:
        one = player.chromium.launch(executable_path=chromium(), args=flags(None))
        yield one
        one.close()


def opened(browser, url, locale="en-US"):
    """A new session with cookies of its own."""
    page = browser.new_context(locale=locale, viewport={"width": 1366, "height": 768}).new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(url)
    return page


def moment_s(page):
    return page.evaluate("document.querySelector('.st-key-review-player video').currentTime")


def shown_at(page, wanted_s):
    near = "wanted => Math.abs(document.querySelector('.st-key-review-player video')?.currentTime - wanted) < 1.5"
    page.wait_for_function(near, arg=wanted_s)


def score(page):
    return float(page.get_by_test_id("stMetricValue").first.inner_text().split()[0])


@pytest.fixture(scope="module")
def reviewed(browser, address):
    """A session that has checked the sample with the common faults of standing."""
    page = opened(browser, f"{address}/review")
    page.get_by_text("Try a sample", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Check", exact=True).click()
    page.locator(ROWS).first.wait_for()
    settled(page)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "review.png")
    return page


def test_the_sample_shows_its_known_faults_and_a_click_takes_the_video_there(reviewed):
    labels = reviewed.locator(ROWS).all_inner_texts()
    for title in TITLES:
        assert any(title in label for label in labels), (title, labels)
    chosen = reviewed.locator(ROWS).filter(has_text="no crossed arms").first
    minutes, seconds = re.search(r"(\d+):(\d+\.\d)", chosen.inner_text()).groups()
    start_s = 60 * int(minutes) + float(seconds)
    assert moment_s(reviewed) < 1
    chosen.click()
    reviewed.wait_for_function(
        "start => document.querySelector('.st-key-review-player video')?.currentTime >= start - 0.1", arg=start_s
    )
    assert start_s - 0.1 <= moment_s(reviewed) <= start_s + 8
    assert reviewed.evaluate("document.querySelector('.st-key-review-player video').readyState") >= 1


def test_the_keyboard_does_the_same(reviewed):
    settled(reviewed)
    before_s = moment_s(reviewed)
    row = reviewed.locator(ROWS).filter(has_text="shoulders level").first
    row.focus()
    reviewed.keyboard.press("Enter")
    shown_at(reviewed, 7.5)
    assert moment_s(reviewed) != before_s
    settled(reviewed)
    reviewed.keyboard.press("n")
    shown_at(reviewed, 19.0)


def test_a_click_in_the_timeline_takes_the_video_there(reviewed):
    settled(reviewed)
    chart = reviewed.locator(".st-key-review_timeline canvas, .st-key-review_timeline svg.marks").last
    chart.scroll_into_view_if_needed()
    reviewed.wait_for_timeout(400)
    box = chart.bounding_box()
    # The lowest row is the last fault, head down, near the end of the clip: see the known times of the sample.
    before_s = moment_s(reviewed)
    for share in (0.86, 0.88, 0.9, 0.84):
        reviewed.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] - 44 - 12)
        reviewed.wait_for_timeout(700)
        if abs(moment_s(reviewed) - before_s) > 10:
            break
    assert moment_s(reviewed) > 50
    reviewed.screenshot(path=PICTURES / "review_timeline.png")


def test_dismissing_changes_the_score_and_the_workbook_says_so(reviewed, tmp_path):
    settled(reviewed)
    before = score(reviewed)
    reviewed.locator(ROWS).filter(has_text="no crossed arms").first.click()
    settled(reviewed)
    reviewed.get_by_label("Reviewer").fill("Wang")
    reviewed.get_by_label("Reviewer").press("Tab")
    settled(reviewed)
    reviewed.get_by_text("the work required it").click()
    settled(reviewed)
    reviewed.locator(".st-key-review_dismiss button").click()
    reviewed.get_by_text("State: dismissed").wait_for()
    assert score(reviewed) > before
    reviewed.locator(".st-key-review_section").get_by_text("Export", exact=True).click()
    with reviewed.expect_download() as waiting:
        reviewed.locator(".st-key-review_save_xlsx button").click()
    target = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(target)
    assert target.name == "standing_faults.xlsx"
    table = list(openpyxl.load_workbook(target)["Findings"].iter_rows(values_only=True))
    row = next(dict(zip(table[0], row, strict=True)) for row in table[1:] if row[1] == "no crossed arms")
    assert row["Review"] == "dismissed" and "Wang" in row["What reviewers said"]


def test_a_finding_of_ones_own_takes_the_players_time_changes_the_score_and_can_be_taken_back(reviewed):
    settled(reviewed)
    before = score(reviewed)
    reviewed.get_by_text("Add what the machine did not find").click()
    reviewed.evaluate("document.querySelector('.st-key-review-player video').currentTime = 30.5")
    reviewed.wait_for_timeout(300)
    reviewed.get_by_role("button", name="From: the player's present time").click()
    settled(reviewed)
    start = reviewed.locator(".st-key-review_added_start input")
    assert start.input_value().startswith("00:30."), start.input_value()
    reviewed.locator(".st-key-review_added_end input").fill("0:33")
    reviewed.locator(".st-key-review_added_comment input").fill("chewing gum")
    reviewed.locator(".st-key-review_added_comment input").press("Tab")
    settled(reviewed)
    reviewed.screenshot(path=PICTURES / "review_add.png", full_page=True)
    reviewed.locator(".st-key-review_added_save button").click()
    reviewed.get_by_text("chewing gum").first.wait_for()
    settled(reviewed)
    assert score(reviewed) < before
    reviewed.locator(".st-key-review_clip button").first.click()
    reviewed.locator(".st-key-review-finding video").wait_for()
    reviewed.wait_for_function("() => document.querySelector('.st-key-review-finding video').duration > 3")
    reviewed.screenshot(path=PICTURES / "review_clip.png", full_page=True)
    assert reviewed.evaluate("document.querySelector('.st-key-review-finding video').duration") < 6
    reviewed.locator(".st-key-review_take_back button").click()
    reviewed.get_by_text("State: dismissed").wait_for()
    settled(reviewed)
    assert score(reviewed) == before
    reviewed.screenshot(path=PICTURES / "review_taken_back.png", full_page=True)


def test_a_reload_brings_the_analysis_back_in_either_language(reviewed):
    after = score(reviewed)
    reviewed.reload()
    reviewed.locator(ROWS).first.wait_for()
    settled(reviewed)
    assert score(reviewed) == after
    assert "✗" in reviewed.locator(ROWS).filter(has_text="no crossed arms").first.inner_text()
    reviewed.get_by_text("中文").click()
    reviewed.get_by_text("检查发现").first.wait_for()
    settled(reviewed)
    reviewed.get_by_text("Findings", exact=True).wait_for(state="detached")
    words = reviewed.locator("[data-testid=stMain]").inner_text()
    for foreign in ("Browse", "Deploy", "Drag and drop", "Choose an option", "Press Enter", "Findings", "Export"):
        assert foreign not in words, foreign
    assert not reviewed.get_by_text("Deploy").is_visible()
    reviewed.get_by_text("English").click()
    reviewed.get_by_text("Findings").first.wait_for()


def test_another_name_and_another_language_leave_the_player_where_it_is(reviewed):
    """Each brings a new player, because of its subtitles."""
    reviewed.locator(".st-key-review_section").get_by_text("People", exact=True).click()
    settled(reviewed)
    video = "document.querySelector('.st-key-review-player video')"
    reviewed.evaluate(f"{video}.currentTime = 33.3")
    reviewed.wait_for_function(f"() => !{video}.seeking")
    reviewed.get_by_label("Name or number").fill("Li Si")
    for change in (
        lambda: reviewed.get_by_role("button", name="Save", exact=True).click(),
        lambda: reviewed.get_by_text("中文").click(),
        lambda: reviewed.get_by_text("English").click(),
    ):
        reviewed.wait_for_timeout(300)
        reviewed.evaluate(f"window.before = {video}")
        change()
        reviewed.wait_for_function(
            f"() => {video} && {video} !== window.before && Math.abs({video}.currentTime - 33.3) < 0.1"
        )
        settled(reviewed)


def test_opened_again_the_recording_begins_anew_and_the_first_click_counts(reviewed):
    reviewed.locator(ROWS).filter(has_text="no crossed arms").first.click()
    settled(reviewed)
    moment = moment_s(reviewed)
    assert moment > 1
    reviewed.locator(".st-key-review_back button").click()
    settled(reviewed)
    reviewed.get_by_role("button", name="Open: standing_faults.mp4").click()
    reviewed.locator(ROWS).first.wait_for()
    settled(reviewed)
    reviewed.wait_for_timeout(1000)
    assert moment_s(reviewed) == 0
    reviewed.locator(ROWS).filter(has_text="no crossed arms").first.click()
    shown_at(reviewed, moment)
    settled(reviewed)
    video = "document.querySelector('.st-key-review-player video')"
    reviewed.evaluate(f"window.before = {video}; {video}.currentTime = 44.4")
    reviewed.wait_for_timeout(500)
    reviewed.get_by_text("中文").click()
    reviewed.wait_for_function(
        f"() => {video} && {video} !== window.before && Math.abs({video}.currentTime - 44.4) < 0.1"
    )
    settled(reviewed)
    reviewed.get_by_text("English").click()


def test_each_click_on_a_bar_or_a_sub_step_of_the_service_flow_takes_the_video_there(
    browser, address, folder, tmp_path, monkeypatch
):
    monkeypatch.setenv(DATA_VARIABLE, str(folder / "data"))
    service, kept, clip = a_whole_service(), Folder(new_id()).make(), make_clip(tmp_path / "a.mp4", n=80, fps=2)
    write_landmarks(kept.landmarks, service.observation)
    keep(kept, service, CheckOptions(), clip, False)
    page = opened(browser, f"{address}/review?analysis={kept.id}")
    page.locator(".st-key-review_section").get_by_text("Service flow", exact=True).click()
    bars = page.locator(".st-key-review_flow_0 path[aria-roledescription=bar]")
    for bar in (bars.last, bars.last, bars.first, bars.last):
        bar.wait_for()
        settled(page)
        page.evaluate("document.querySelector('.st-key-review-player video').currentTime = 17")
        begins_s = float(re.match(r"start: ([\d.]+)", bar.get_attribute("aria-label"))[1])
        assert abs(begins_s - 17) > 2
        bar.click()
        shown_at(page, begins_s)
    times = [s.time_s for s in service.result.contacts[0].sub_steps]
    table = page.locator(".st-key-review_flow_0_rows canvas").first
    for row in (times.index(max(t for t in times if t)),) * 2:
        settled(page)
        page.evaluate("document.querySelector('.st-key-review-player video').currentTime = 17")
        table.click(position={"x": 18, "y": 35 * (row + 1) + 17}, force=True)
        shown_at(page, times[row])
    page.screenshot(path=PICTURES / "review_flow.png", full_page=True)
    page.context.close()


def test_another_session_starts_empty_and_a_wrong_file_is_one_sentence(browser, address, reviewed, tmp_path):
    other = opened(browser, f"{address}/review")
    other.get_by_role("button", name="Check", exact=True).wait_for()
    settled(other)
    assert "standing_faults" not in other.locator("[data-testid=stMain]").inner_text()
    assert "analysis=" in reviewed.url and "analysis=" not in other.url
    wrong = tmp_path / "notes.mp4"
    wrong.write_text("these are no pictures")
    other.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(wrong)
    settled(other)
    other.get_by_role("button", name="Check", exact=True).click()
    other.get_by_test_id("stAlert").first.wait_for()
    said = other.get_by_test_id("stAlert").all_inner_texts()
    assert len(said) == 1 and "notes.mp4" in said[0] and "Traceback" not in said[0]
    other.get_by_role("button", name="Check", exact=True).wait_for()
    other.context.close()
