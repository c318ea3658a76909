"""Open pages learn of changes, and only of those they may show."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update

from bot.console.models import OfficerSession
from bot.db import Database
from bot.groups.models import Officer
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, one_more_message, report
from tests.console.site import Browser

STREAM = "/console/su-kien"


class Changes:
    """What a page hears."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.heard: list[str] = []

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            async for line in self._lines:
                self.heard.append(line)
                if line.startswith("data: {"):
                    return dict(json.loads(line.removeprefix("data: ")))
        raise EOFError

    async def sign_of_life(self) -> None:
        async for line in self._lines:
            if line.startswith(":"):
                return


@asynccontextmanager
async def listening(browser: Browser) -> AsyncIterator[Changes]:
    timeout = httpx.Timeout(20)
    headers = {"accept": "text/event-stream"}
    async with browser.stream("GET", STREAM, headers=headers, timeout=timeout) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        async for line in lines:
            if line == "event: open":
                break
        yield Changes(lines)


async def test_a_new_report_is_told_to_those_who_may_read_it(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    async with listening(await signed_in("ap1")) as changes:
        async with db.begin() as session:
            made = await report(session, people, "cháy", urgent=True)
        assert await changes.next() == {"code": made.code, "type": "created", "urgent": True}


@pytest.mark.parametrize(
    ("hamlet", "category"),
    [("Ấp 2", Category.DISPUTE), ("Ấp 1", Category.POLICE_CONDUCT), ("", Category.DISPUTE)],
)
async def test_of_other_reports_not_even_the_moment_is_told(
    signed_in: SignedIn, db: Database, people: People, hamlet: str, category: Category
) -> None:
    async with listening(await signed_in("ap1")) as changes:
        async with db.begin() as session:
            await report(session, people, "x", hamlet=hamlet, category=category)
        async with db.begin() as session:
            own = await report(session, people, "y")
        assert (await changes.next())["code"] == own.code
        assert [line for line in changes.heard if line.startswith(":")] == []  # no sign of life


async def test_signs_of_life_come_while_others_reports_change(
    signed_in: SignedIn, db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither does such a change bring one nor put one off."""
    monkeypatch.setattr("bot.console.live.HEARTBEAT", 0.5)

    async def complain() -> None:
        while True:
            async with db.begin() as session:
                await report(session, people, "x", category=Category.POLICE_CONDUCT)
            await asyncio.sleep(0.05)

    async with listening(await signed_in("ap1")) as changes, asyncio.timeout(15):
        complaints = asyncio.create_task(complain())
        for _ in range(3):
            await changes.sign_of_life()
        complaints.cancel()


async def test_more_words_from_the_reporter_are_told(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "x")
    async with listening(await signed_in("quanly")) as changes:
        async with db.begin() as session:
            await one_more_message(session, await session.merge(made), "thêm nữa")
        told = await changes.next()
    assert told == {"code": made.code, "type": "from_reporter", "urgent": False}
    assert "thêm nữa" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("how", ["signed out elsewhere", "disabled"])
async def test_the_stream_ends_with_the_session(
    signed_in: SignedIn, db: Database, people: People, how: str
) -> None:
    async with listening(await signed_in("ap1")) as changes:
        async with db.begin() as session:
            if how == "disabled":
                await session.execute(update(Officer).values(active=False))
            else:
                await session.execute(delete(OfficerSession))
        async with db.begin() as session:
            await report(session, people, "x")
        with pytest.raises(EOFError):
            await changes.next()
