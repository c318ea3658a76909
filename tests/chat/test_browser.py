"""The page in a real browser, on a telephone: what a resident sees and what is kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    FilePayload,
    Page,
    async_playwright,
    expect,
)
from sqlalchemy import delete

from bot.channels.base import Button, ChatKind, Content, Event, EventKind, Target
from bot.groups.models import Group
from bot.ops.children import free_port
from bot.services import Services
from tests.browser import ARGUMENTS, CHROMIUM
from tests.chat.conftest import AP_1, PATIENCE, Gateway, serve

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}
GROUP = Target(ChatKind.GROUP, AP_1)

Telephone = Callable[[], Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def telephone(browser: Browser) -> AsyncIterator[Telephone]:
    """`await telephone()`: a telephone of its own. What its page complains of fails the test."""
    complaints: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    async def telephone() -> Page:
        context = await browser.new_context(**PHONE)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        return page

    yield telephone
    assert [line for line in complaints if "WebSocket" not in line] == []


async def join(page: Page, address: str, name: str) -> None:
    await page.goto(address)
    await page.get_by_label("Tên của anh/chị").fill(name)
    await page.get_by_label("Ấp", exact=True).select_option("Ấp 1")
    await page.get_by_role("button", name="Vào nhóm").click()
    await expect(page.get_by_role("heading", name="Nhóm Ấp 1")).to_be_visible()


async def say(page: Page, text: str) -> None:
    await page.locator("textarea:visible").fill(text)
    await page.get_by_role("button", name="Gửi", exact=True).click()


async def write_privately(page: Page, gateway: Gateway, text: str) -> Target:
    """The private chat in which the text arrived."""
    await page.get_by_role("tab", name="Nhắn riêng").click()
    await say(page, text)
    await expect(page.get_by_text("đã nhận").last).to_be_visible()
    event: Event = (await gateway.events())[-1]
    assert event.text == text
    return Target(ChatKind.PRIVATE, event.chat_id)


async def test_neighbours_talk(gateway: Gateway, telephone: Telephone) -> None:
    six, three = await telephone(), await telephone()
    await join(six, gateway.url, "Cô Sáu")
    await join(three, gateway.url, "Anh Ba")
    await say(six, "mai họp ấp mấy giờ vậy?")
    await expect(six.get_by_text("đã nhận")).to_be_visible()
    await expect(three.get_by_text("mai họp ấp mấy giờ vậy?")).to_be_visible()
    await expect(three.locator(".author")).to_have_text("Cô Sáu")


async def test_markup_is_shown_as_it_was_typed(gateway: Gateway, telephone: Telephone) -> None:
    six, three = await telephone(), await telephone()
    await join(six, gateway.url, "<b>Cô</b> Sáu")
    await join(three, gateway.url, "Anh Ba")
    hostile = '<img src=x onerror="document.title=1"> javascript:alert(1)'
    await say(six, hostile)
    await gateway.channel.send(GROUP, Content(hostile + " https://xa.vn/<i>"))
    await expect(three.get_by_text(hostile, exact=True)).to_be_visible()
    await expect(three.locator(".author").first).to_have_text("<b>Cô</b> Sáu")
    links = three.locator(".bubble a")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("href", "https://xa.vn/")
    assert await three.locator(".bubble img, .bubble i, .author b").count() == 0


async def test_a_removed_post_leaves_the_pages(gateway: Gateway, telephone: Telephone) -> None:
    six, three = await telephone(), await telephone()
    await join(six, gateway.url, "Cô Sáu")
    await join(three, gateway.url, "Anh Ba")
    await say(six, "chuyện nhà người ta")
    await expect(three.get_by_text("chuyện nhà người ta")).to_be_visible()
    [event] = await gateway.events()
    await gateway.channel.delete(GROUP, event.message_id)
    await expect(six.get_by_text("đã được gỡ khỏi nhóm")).to_be_visible()
    for page in (six, three):
        await expect(page.get_by_text("chuyện nhà người ta")).to_have_count(0)
        kept = await page.evaluate("JSON.stringify([sessionStorage, localStorage])")
        assert "người ta" not in kept


async def test_an_answer_arrives_and_stays_on_this_telephone(
    gateway: Gateway, telephone: Telephone
) -> None:
    page = await telephone()
    await page.goto(gateway.url)
    target = await write_privately(page, gateway, "cho tôi hỏi tạm trú")
    await gateway.channel.send(target, Content("Dạ, cần tờ khai CT01."))
    await expect(page.get_by_text("cần tờ khai CT01")).to_be_visible()
    await page.reload()
    await page.get_by_role("tab", name="Nhắn riêng").click()
    await expect(page.get_by_text("cần tờ khai CT01")).to_be_visible()
    await expect(page.get_by_text("cho tôi hỏi tạm trú")).to_be_visible()


async def test_a_commune_without_web_groups_has_the_private_view_alone(
    gateway: Gateway, telephone: Telephone
) -> None:
    async with gateway.db.begin() as session:
        await session.execute(delete(Group))
    page = await telephone()
    await page.goto(gateway.url)
    await expect(page.get_by_role("tab")).to_have_count(0)
    await say(page, "cho tôi hỏi tạm trú")
    await expect(page.get_by_text("đã nhận")).to_be_visible()


async def test_a_conversation_can_be_cleared_from_this_telephone(
    gateway: Gateway, telephone: Telephone
) -> None:
    page = await telephone()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(gateway.url)
    await write_privately(page, gateway, "chuyện rất kín")
    await page.locator("#private .menu summary").click()
    await page.get_by_role("button", name="Xoá cuộc trò chuyện trên máy này").click()
    await page.reload()
    await page.get_by_role("tab", name="Nhắn riêng").click()
    await expect(page.get_by_text("Đây là trợ lý tự động")).to_be_visible()
    kept = await page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    assert "kín" not in kept


async def test_a_button_answers_for_the_resident_and_only_once(
    gateway: Gateway, telephone: Telephone
) -> None:
    page = await telephone()
    await page.goto(gateway.url)
    target = await write_privately(page, gateway, "tạm trú")
    await gateway.channel.send(target, Content("Việc nào ạ?", (Button("Đăng ký", "p1"),)))
    button = page.get_by_role("button", name="Đăng ký")
    await button.click()
    await expect(button).to_be_disabled()
    await expect(page.get_by_text("đã nhận")).to_have_count(2)
    event = (await gateway.events())[-1]
    assert (event.kind, event.text) == (EventKind.BUTTON, "p1")


async def test_a_private_link_opens_the_private_view_and_leaves_the_address(
    gateway: Gateway, telephone: Telephone
) -> None:
    page = await telephone()
    await page.goto(f"{gateway.url}/#m=mot-ma-dung-mot-lan")
    await expect(page.get_by_text("Đây là trợ lý tự động")).to_be_visible()
    async with asyncio.timeout(PATIENCE):
        while not (arrived := await gateway.events()):
            await asyncio.sleep(0.05)
    [event] = arrived
    assert (event.kind, event.text) == (EventKind.START, "mot-ma-dung-mot-lan")
    assert page.url == f"{gateway.url}/"


async def test_what_is_too_long_stays_where_it_was_typed(
    gateway: Gateway, telephone: Telephone
) -> None:
    page = await telephone()
    await join(page, gateway.url, "Cô Sáu")
    await say(page, "a" * 2001)
    await expect(page.get_by_text("Tin dài quá 1 chữ cái")).to_be_visible()
    assert len(await page.locator("textarea:visible").input_value()) == 2001
    assert not await gateway.events()


async def test_enter_sends_unless_a_vietnamese_keyboard_is_composing(
    gateway: Gateway, browser: Browser
) -> None:
    page = await browser.new_page()
    await join(page, gateway.url, "Cô Sáu")
    text = page.locator("#text-group")
    await text.fill("chào bà con")
    composing = {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    await text.dispatch_event("keydown", composing)
    assert await text.input_value() == "chào bà con"
    await text.press("Enter")
    await expect(text).to_have_value("")
    await expect(page.get_by_text("đã nhận")).to_be_visible()


async def test_what_was_written_while_the_server_was_away_arrives_once_and_in_order(
    services: Services, telephone: Telephone
) -> None:
    page, port = await telephone(), free_port()
    async with serve(services, port) as address:
        await join(page, address, "Cô Sáu")
    await expect(page.get_by_text("đang kết nối lại")).to_be_visible(timeout=10_000)
    for text in ("một", "hai", "ba"):
        await say(page, text)
    await expect(page.get_by_text("đang gửi")).to_have_count(3)
    async with serve(services, port) as address:
        await expect(page.get_by_text("đã nhận")).to_have_count(3, timeout=20_000)
        await expect(page.get_by_text("đang kết nối lại")).to_be_hidden()
        events = await Gateway(address, services).events()
    assert [event.text for event in events] == ["một", "hai", "ba"]


async def test_a_photo_goes_with_the_message_in_a_size_for_weak_connections(
    gateway: Gateway, telephone: Telephone
) -> None:
    page = await telephone()
    await page.goto(gateway.url)
    await page.get_by_role("tab", name="Nhắn riêng").click()
    big = await page.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(4000, 1000);
            canvas.getContext("2d").fillRect(0, 0, 9, 9);
            const bytes = await (await canvas.convertToBlob()).arrayBuffer();
            return [...new Uint8Array(bytes)];
        }"""
    )
    photo = FilePayload(name="cây đổ.png", mimeType="image/png", buffer=bytes(big))
    await page.locator("#private input[type=file]").set_input_files(photo)
    await say(page, "cây đổ")
    await expect(page.get_by_text("đã nhận")).to_be_visible()
    [event] = await gateway.events()
    fetched = await gateway.channel.fetch(event.files[0].ref)
    assert fetched.mime == "image/jpeg"
    await page.reload()
    await page.get_by_role("tab", name="Nhắn riêng").click()
    width = "document.querySelector('.bubble img')?.naturalWidth"
    await page.wait_for_function(f"{width} === 2560")


async def test_old_eyes_and_big_thumbs_can_use_it(gateway: Gateway, telephone: Telephone) -> None:
    page = await telephone()
    await join(page, gateway.url, "Cô Sáu")
    await gateway.channel.send(GROUP, Content("Việc gấp gọi 113 " + "rất" * 60))
    await expect(page.locator(".bubble")).to_be_visible()
    small = await page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((e) => e.offsetParent && e.innerText?.trim())
            .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 16)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    thin = await page.evaluate(
        """() => [...document.querySelectorAll("button, summary, textarea, .tool, .hotlines a")]
            .filter((e) => e.offsetParent && !e.closest(".hidden-text"))
            .filter((e) => Math.min(e.offsetWidth, e.offsetHeight) < 44)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert thin == []
    assert await page.evaluate("document.scrollingElement.scrollWidth") == 360
    assert await page.evaluate("document.scrollingElement.scrollHeight") == 640
