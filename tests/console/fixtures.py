"""A console with people in it, and browsers signed in to it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from bot.db import Database
from bot.settings import Settings
from tests.console.people import PASSWORD, People, settle
from tests.console.site import Browser, Site

SignedIn = Callable[[str], Awaitable[Browser]]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def people(db: Database) -> People:
    return await settle(db)


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    with Site(settings) as running:
        yield running


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as somebody:
        yield somebody


@pytest.fixture
async def signed_in(site: Site, people: People) -> AsyncIterator[SignedIn]:
    """`await signed_in("ap1")` is that officer's browser."""
    browsers = []

    async def open_browser(username: str) -> Browser:
        browsers.append(site.browser())
        answer = await browsers[-1].sign_in(username, PASSWORD)
        assert answer.status_code == 303
        return browsers[-1]

    yield open_browser
    for each in browsers:
        await each.aclose()
