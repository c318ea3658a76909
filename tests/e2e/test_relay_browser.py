"""The relay as both sides see it: a resident's phone and an officer's desk, in two browsers."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from tests.browser import ARGUMENTS, CHROMIUM
from tests.e2e.test_demo import DESK, PHONE, WAIT
from tests.e2e.test_private import THEFT
from tests.service import PASSWORD, RunningService

NOTE = "nghi thằng Bảy Thẹo, đừng để lộ"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: Browser, running_service: RunningService) -> Page:
    page = browser.new_context(viewport=PHONE, has_touch=True).new_page()
    page.goto(running_service.base_url)
    page.get_by_role("tab", name="Nhắn riêng").click()
    return page


@pytest.fixture
def desk(browser: Browser, running_service: RunningService) -> Page:
    """The leader of hamlet 1, signed in."""
    page = browser.new_context(viewport=DESK).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script: {error}"))
    page.goto(f"{running_service.base_url}/console")
    page.locator("[name=username]").fill("ap1")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(re.compile("/console/?$"))
    return page


def write(page: Page, text: str) -> None:
    page.locator("#text-private").fill(text)
    page.locator("#private .send").click()


def picture(page: Page) -> FilePayload:
    """A real photo, of whatever the page shows."""
    return FilePayload(name="xe.png", mimeType="image/png", buffer=page.screenshot())


def test_words_and_photos_pass_both_ways_and_a_note_does_not(
    phone: Page, desk: Page, running_service: RunningService
) -> None:
    log = phone.locator("#private .log")
    write(phone, THEFT)
    expect(log).to_contain_text(re.compile(r"PA-\w{5}"), timeout=WAIT)
    code = re.search(r"PA-\w{5}", log.inner_text())
    assert code
    desk.goto(f"{running_service.base_url}/console/phan-anh/{code[0]}")
    expect(desk.get_by_text("bị mất xe máy trước phòng trọ")).to_be_visible()

    # While he writes the assistant keeps quiet.
    expect(desk.locator("[data-quiet]")).to_have_count(0)
    desk.locator("#reply").press_sequentially("Xe này ")
    expect(desk.locator("[data-quiet]")).to_contain_text("Trợ lý đang im lặng", timeout=WAIT)
    said = log.locator(".bubble").count()
    write(phone, "xe wave đỏ đời 2019")
    expect(desk.locator("#dien-bien")).to_contain_text("xe wave đỏ đời 2019", timeout=WAIT)

    # Words and a photo.
    desk.locator("#reply").press_sequentially("phải không em?")
    desk.locator("#file").set_input_files(picture(desk))
    desk.get_by_role("button", name="Gửi", exact=True).click()
    expect(desk.get_by_text("Đã gửi câu trả lời.")).to_be_visible(timeout=WAIT)
    expect(desk.get_by_text("Nguyễn Văn Hải gửi")).to_be_visible()
    expect(log).to_contain_text("Cán bộ Nguyễn Văn Hải trả lời", timeout=WAIT)
    expect(log).to_contain_text("Xe này phải không em?")
    expect(log).to_contain_text("Cán bộ Nguyễn Văn Hải gửi kèm tệp này", timeout=WAIT)
    shown = log.locator("img.photo")
    expect(shown).to_have_js_property("naturalWidth", DESK["width"], timeout=WAIT)
    assert log.locator(".bubble").count() == said + 3  # hers, his words, his photo

    # A note among officers.
    desk.get_by_text("Ghi chú nội bộ").click()
    desk.locator("#note").fill(NOTE)
    desk.get_by_role("button", name="Lưu ghi chú").click()
    expect(desk.locator(".bubble.internal")).to_contain_text(NOTE, timeout=WAIT)
    expect(desk.locator(".bubble.internal")).to_contain_text("Chỉ cán bộ đọc")

    # The resident answers, with a photo; the assistant says nothing.
    phone.locator("#private input[type=file]").set_input_files(picture(phone))
    write(phone, "dạ đúng xe đó, hình em chụp")
    expect(desk.locator("#dien-bien")).to_contain_text("hình em chụp", timeout=WAIT)
    expect(desk.locator(".files .picture img")).to_have_count(2, timeout=WAIT)
    assert log.locator(".bubble").count() == said + 4

    # Handed back, the assistant answers again.
    desk.get_by_role("button", name="Giao lại cho trợ lý").click()
    expect(desk.get_by_text("Đã giao lại cho trợ lý")).to_be_visible(timeout=WAIT)
    expect(desk.locator("[data-quiet]")).to_have_count(0)
    write(phone, f"{code[0]} tới đâu rồi")
    expect(log.locator(".bubble")).to_have_count(said + 6, timeout=WAIT)
    expect(log).not_to_contain_text("Thẹo")
    kept = phone.evaluate("JSON.stringify([sessionStorage, localStorage])")
    assert "Thẹo" not in kept


def test_a_file_too_large_is_said_to_be_so_before_it_is_sent(
    phone: Page, desk: Page, running_service: RunningService
) -> None:
    log = phone.locator("#private .log")
    write(phone, THEFT)
    expect(log).to_contain_text(re.compile(r"PA-\w{5}"), timeout=WAIT)
    code = re.search(r"PA-\w{5}", log.inner_text())
    assert code
    desk.goto(f"{running_service.base_url}/console/phan-anh/{code[0]}")
    desk.locator("#reply").fill("Đơn đây em")
    big = FilePayload(
        name="don.pdf", mimeType="application/pdf", buffer=b"%PDF" + b"0" * 11_000_000
    )
    desk.locator("#file").set_input_files(big)
    expect(desk.locator("[data-too-big]")).to_be_visible()
    desk.get_by_role("button", name="Gửi", exact=True).click()
    expect(desk.locator("#reply")).to_have_value("Đơn đây em")
    expect(log).not_to_contain_text("Đơn đây em")
    paper = FilePayload(name="don.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7 don")
    desk.locator("#file").set_input_files(paper)
    expect(desk.locator("[data-too-big]")).to_be_hidden()
    desk.get_by_role("button", name="Gửi", exact=True).click()
    expect(log.get_by_role("link", name="don.pdf")).to_be_visible(timeout=WAIT)
