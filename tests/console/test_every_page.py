"""Every page of the console, with something on it: no dead link, and nothing that axe calls serious
or critical, on a phone and on a desk, light and dark.
"""

import re
import uuid
from collections import Counter
from html import unescape
from typing import Literal
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, async_playwright, expect

from bot.db import Database
from bot.messages.models import OutboundStatus
from bot.procedures import gaps
from tests.browser import ARGUMENTS, CHROMIUM
from tests.console.fixtures import SignedIn
from tests.console.people import People, a_busy_day, undelivered, unhandled
from tests.console.procedures import DOG, under_way
from tests.console.site import Browser, Site

ROLES = ("quanly", "ap1", "phoap1", "quantri")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1366, "height": 768}
ALIKE = 4
"""So many addresses that differ only in their query or in which report they show are opened."""

AXE = """async (rules) => {
  const found = await axe.run({ resultTypes: ["violations"], ...rules });
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .flatMap((each) => each.nodes.map((node) =>
      `${each.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`));
}"""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DIFFER_BY_ROLE = {"/console", "/console/phan-anh", "/console/thu-tuc", f"/console/thu-tuc/{DOG}"}
CONTRAST = {"runOnly": ["color-contrast"]}
"""Of the rest nothing depends on the theme."""


@pytest.fixture
async def busy(db: Database, people: People) -> None:
    async with db.begin() as session:
        await a_busy_day(session, people)
        await undelivered(session)
        await undelivered(session, OutboundStatus.UNKNOWN)
        await unhandled(session)
        await under_way(session, people)
        for _ in range(2):
            await gaps.keep(session, uuid.uuid4(), "vehicle", "Đăng ký rơ moóc tự chế?", ())


async def crawl(browser: Browser) -> dict[str, str]:
    """Every page and file that links lead to from the first page, by address. None is dead."""
    pages: dict[str, str] = {}
    alike: Counter[str] = Counter()
    waiting = ["/console"]
    while waiting:
        address = waiting.pop()
        answer = await browser.get(address, follow_redirects=True)
        assert answer.status_code < 400, f"{address}: {answer.status_code}"
        pages[address] = answer.text if "html" in answer.headers["content-type"] else ""
        for link in links(address, pages[address]):
            kind = kind_of(link)
            if link not in pages and link not in waiting and alike[kind] < ALIKE:
                alike[kind] += 1
                waiting.append(link)
    return pages


def links(page: str, html: str) -> set[str]:
    """Whatever of this site a page names: links, images, scripts, what it asks for by itself."""
    named = re.findall(r'\s(?:href|src|hx-get)="([^"]+)"', html)
    found = {urljoin(page, unescape(link)) for link in named}
    return {link.partition("#")[0] for link in found if not urlsplit(link).scheme}


@pytest.mark.parametrize("username", ROLES)
async def test_no_link_is_dead(username: str, busy: None, signed_in: SignedIn) -> None:
    pages = await crawl(await signed_in(username))
    assert len(pages) > 10


async def test_axe_finds_nothing_serious(busy: None, site: Site, signed_in: SignedIn) -> None:
    problems: list[str] = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        seen: set[str] = set()
        for username in ("", *ROLES):
            context = await chromium.new_context(viewport=PHONE, reduced_motion="reduce")
            addresses = {"/console/dang-nhap", "/console/khong-co-trang-nay"}
            if username:
                officer = await signed_in(username)
                await context.add_cookies(
                    [
                        {"name": c.name, "value": c.value or "", "domain": "127.0.0.1", "path": "/"}
                        for c in officer.cookies.jar
                    ]
                )
                addresses = {a for a, html in (await crawl(officer)).items() if "<main" in html}
            page = await context.new_page()
            for address in sorted(addresses):
                kind = kind_of(address)
                kind = f"{username} {kind}" if kind in DIFFER_BY_ROLE else kind
                if kind not in seen:
                    seen.add(kind)
                    await page.goto(site.url + address)
                    found = await check(page)
                    found += await check_menus(page) if address == "/console" else []
                    problems += [f"{username} {address}: {each}" for each in found]
            await context.close()
        await chromium.close()
    assert not problems, "\n".join(problems)


def kind_of(address: str) -> str:
    """The same for pages of one template."""
    return re.sub(r"/PA-\w+|/[0-9a-f-]{36}|\?.*", "", address)


async def check(page: Page) -> list[str]:
    """What axe finds on the page with everything on it unfolded."""
    await page.evaluate(AXE_SCRIPT)
    await page.evaluate('document.querySelectorAll("main details").forEach((d) => d.open = true)')
    found: list[str] = []
    for size in (PHONE, DESK):
        await page.set_viewport_size(size)
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found += ["wider than the screen"] * wide
        await page.emulate_media(color_scheme="light")
        found += await page.evaluate(AXE, {})
        await page.emulate_media(color_scheme="dark")
        found += await page.evaluate(AXE, CONTRAST)
    await page.set_viewport_size(PHONE)
    await page.emulate_media(color_scheme="light")
    return found


async def check_menus(page: Page) -> list[str]:
    """The same of the menus that lie over a page, which close with Escape, one at a time."""
    found: list[str] = []
    for menu in (".account", ".tabs details"):
        summary = page.locator(f"{menu} summary")
        if not await summary.count():
            continue
        await summary.press("Enter")
        await expect(page.locator(f"{menu} a").last).to_be_visible()
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            found += await page.evaluate(AXE, {})
        await page.keyboard.press("Escape")
        await expect(page.locator(f"{menu} a").last).to_be_hidden()
        await expect(summary).to_be_focused()
    return found
