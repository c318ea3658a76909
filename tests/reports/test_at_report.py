"""That a colleague is writing: shown to the others, and locking nothing."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database, now
from bot.groups.models import Officer
from bot.live import QUEUE, Live, publish
from bot.reports import at_report
from bot.reports.at_report import WRITING
from bot.reports.models import AtReport, Report
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser
from tests.reports.test_report_page import act, events

SAID = "Cán bộ Nguyễn Văn Hải đang trả lời…"


@pytest.fixture
async def code(db: Database, people: People) -> str:
    async with db.begin() as session:
        return (await report(session, people, "Xóm tôi ồn ào suốt đêm")).code


async def beat(browser: Browser, code: str, typing: str = "1") -> int:
    """What the page sends while its officer is at the reply box."""
    page = await browser.get(f"/console/phan-anh/{code}")
    token = re.search(r'name="_csrf_token" value="(\w+)"', page.text)
    headers = {"x-csrftoken": token[1] if token else ""}
    address = f"/console/phan-anh/{code}/dang-viet?go={typing}"
    return (await browser.post(address, headers=headers)).status_code


async def timeline(browser: Browser, code: str) -> str:
    return (await browser.get(f"/console/phan-anh/{code}/dien-bien")).text


async def test_the_others_see_who_is_writing_and_may_still_answer(
    db: Database, code: str, signed_in: SignedIn
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    before = await events(db, code)
    assert await beat(leader, code) == 204
    assert SAID in await timeline(manager, code)
    assert "đang trả lời…" not in await timeline(leader, code)  # he knows
    assert await events(db, code) == before
    assert (await act(manager, code, "tra-loi", text="Tôi lo việc này")).status_code == 303


async def test_it_goes_when_he_sends(code: str, signed_in: SignedIn) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    await beat(leader, code)
    await act(leader, code, "tra-loi", text="Dạ")
    assert SAID not in await timeline(manager, code)


async def test_it_goes_after_a_minute_of_silence(
    db: Database, code: str, signed_in: SignedIn
) -> None:
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    await beat(leader, code)
    async with db.begin() as session:
        [row] = (await session.scalars(select(AtReport))).all()
        assert row.writes_until
        assert timedelta() < row.writes_until - now() <= WRITING == timedelta(minutes=1)
        await session.execute(update(AtReport).values(writes_until=now()))
    assert SAID not in await timeline(manager, code)


async def test_a_box_left_open_is_no_writing(code: str, signed_in: SignedIn) -> None:
    await beat(await signed_in("ap1"), code, typing="0")
    assert SAID not in await timeline(await signed_in("quanly"), code)


async def test_open_pages_are_told_when_he_begins_and_not_at_every_key(
    db: Database, people: People, code: str, database_url: str
) -> None:
    live = Live(database_url)
    await live.start()
    try:
        async with live.listen(QUEUE) as notices:
            await until_it_listens(db, notices)
            for _ in range(3):
                async with db.begin() as session:
                    officer = await session.get_one(Officer, people.officers["ap1"].id)
                    await at_report.writes(session, await the_report(session, code), officer)
            first = await notices.get()
            assert (first["code"], first["type"]) == (code, "writing")
            assert "Hải" not in str(first)
            async with db.begin() as session:
                await at_report._tell(session, await the_report(session, code))
            await notices.get()
            assert notices.empty()
    finally:
        await live.stop()


async def until_it_listens(db: Database, notices: asyncio.Queue[dict[str, Any]]) -> None:
    """Return when a notice has come through and none sent before it is still on its way."""
    sent = 0
    while notices.empty():
        sent += 1
        async with db.begin() as session:
            await publish(session, QUEUE, {"type": "listening", "sent": sent})
    while (await notices.get())["sent"] < sent:
        pass


async def the_report(session: AsyncSession, code: str) -> Report:
    return (await session.scalars(select(Report).where(Report.code == code))).one()


async def test_nobody_is_said_to_write_who_may_not_read(
    db: Database, code: str, signed_in: SignedIn
) -> None:
    other = await signed_in("ap2")
    page = await other.get("/console")
    token = re.search(r'name="_csrf_token" value="(\w+)"', page.text)
    assert token
    answer = await other.post(
        f"/console/phan-anh/{code}/dang-viet?go=1", headers={"x-csrftoken": token[1]}
    )
    assert answer.status_code == 404
    async with db.begin() as session:
        assert (await session.scalars(select(AtReport))).all() == []


async def test_a_closed_report_has_no_writers(db: Database, code: str, signed_in: SignedIn) -> None:
    leader = await signed_in("ap1")
    await act(leader, code, "ket-thuc", outcome="resolved")
    assert await beat(leader, code) == 204
    assert SAID not in await timeline(await signed_in("quanly"), code)
