"""The public pages in a real browser: by keyboard and without JavaScript, for axe, and on paper."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Browser as Chromium
from playwright.async_api import async_playwright, expect

from bot.db import Database
from bot.gateway.app import create_app
from bot.procedures.entry import Confidence, Entry
from bot.procedures.files import read
from bot.procedures.loading import load
from bot.settings import Settings
from tests.browser import ARGUMENTS, CHROMIUM
from tests.console.test_every_page import check
from tests.procedures.conftest import entry
from tests.procedures.test_public_page import WHOLE, rasa_saying, settle

__all__ = ["settle"]

PHONE = {"width": 360, "height": 740}
LONGEST = 3
"""So many of the longest procedures are put on paper."""


@pytest.fixture
async def site(settle: None, settings: Settings) -> AsyncIterator[str]:
    """The whole application on a port, with nothing behind it that works on messages."""
    listener = socket.create_server(("127.0.0.1", 0))
    async with rasa_saying({"id_card": 1.0}) as model:
        own = {"public_url": "https://dongtam.example.vn", "rasa_url": model}
        app = create_app(Settings.model_validate(settings.model_dump() | own))
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        await task
    await app.state.services.rasa.close()
    await app.state.services.db.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def test_a_resident_finds_an_answer_by_keyboard_and_without_javascript(
    chromium: Chromium, site: str
) -> None:
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site}/thu-tuc")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Đến phần nội dung")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Bà con cần làm việc gì?")).to_be_focused()
    await page.keyboard.type("mat can cuoc lam lai o dau")
    await page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="Cấp lại thẻ căn cước bị mất, hư hỏng")
    await answer.get_by_role("link", name="Xem đầy đủ").press("Enter")
    await expect(page).to_have_url(f"{site}/thu-tuc/id-card-lost-damaged")
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Cấp lại thẻ căn cước bị mất, hư hỏng"
    )
    await expect(page.get_by_role("link", name="Nhắn tin để hỏi")).to_be_visible()
    await context.close()


async def test_axe_finds_nothing_serious(chromium: Chromium, site: str, db: Database) -> None:
    doubtful = entry("nuoi_ga", confidence=Confidence.LOW, name="Khai báo nuôi gà")
    async with db.begin() as session:
        await load(session, {each.id: each for each in (entry(**WHOLE), doubtful)})
    page = await chromium.new_page(viewport=PHONE)
    for address in (
        "/thu-tuc",
        "/thu-tuc?hoi=cháy nhà, nuôi chó",
        "/thu-tuc/nuoi-cho",
        "/thu-tuc/nuoi-ga",
        "/thu-tuc/nuoi-ga/to-dan",
        "/thu-tuc/to-dan",
        "/thu-tuc/khong-co",
    ):
        await page.goto(site + address)
        assert await check(page) == [], address


async def test_whatever_is_printed_is_one_page(chromium: Chromium, site: str, db: Database) -> None:
    long = sorted(read().values(), key=_length)[-LONGEST:]
    async with db.begin() as session:
        await load(session, {each.id: each for each in (*long, entry(**WHOLE), entry("nuoi_ga"))})
    page = await chromium.new_page(color_scheme="dark")
    names = [each.id.replace("_", "-") for each in long]
    for name in (*names, "nuoi-cho", "nuoi-ga"):
        for address in (f"/thu-tuc/{name}", f"/thu-tuc/{name}/to-dan", "/thu-tuc/to-dan"):
            await page.goto(site + address)
            printed = await page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type ?/Page\b", printed)) == 1, address


def _length(each: Entry) -> int:
    return len(each.model_dump_json(exclude={"questions", "asked", "verified_on"}))
