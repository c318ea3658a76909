"""What becomes of an officer's reports when he leaves, or answers for other hamlets."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import staff
from bot.db import Database
from bot.groups.models import Hamlet, Officer
from bot.reports import officers
from bot.reports.folders import Folder, counts
from bot.reports.models import Status
from bot.triage.understanding import Category
from tests.console.people import People
from tests.reports.test_handing_over import Desk, desk

__all__ = ["desk"]

Change = Callable[[AsyncSession, Officer, People], Awaitable[object]]


async def disabled(session: AsyncSession, admin: Officer, people: People) -> object:
    return await staff.disable(session, admin, "ap1")


async def made_deputy(session: AsyncSession, admin: Officer, people: People) -> object:
    hamlets = frozenset(people.hamlets[name].id for name in ("Ấp 1", "Ấp 3"))
    return await staff.change(session, admin, "ap1", staff.Entry("Hải", "deputy", hamlets=hamlets))


async def moved(session: AsyncSession, admin: Officer, people: People) -> object:
    entry = staff.Entry("Hải", "leader", hamlets=frozenset([people.hamlets["Ấp 3"].id]))
    return await staff.change(session, admin, "ap1", entry)


@pytest.mark.parametrize("change", [disabled, made_deputy, moved])
async def test_what_he_may_read_no_more_another_leader_takes(
    desk: Desk, db: Database, people: People, change: Change
) -> None:
    given, accepted, ended = [await desk.new() for _ in range(3)]
    await desk.assign("quanly", given, "ap1")
    await desk.accept("ap1", accepted)
    await desk.close("ap1", ended)
    async with db.begin() as session:
        await change(session, people.officers["quantri"], people)
        successor = await session.get_one(Officer, people.officers["ap2"].id)
        successor.hamlets = [await session.get_one(Hamlet, people.hamlets["Ấp 1"].id)]
    async with db.begin() as session:
        successor = await session.get_one(Officer, people.officers["ap2"].id)
        assert (await counts(session, successor))[Folder.UNASSIGNED] == 2
    await desk.accept("ap2", given)
    await desk.do("ap2", accepted, officers.reply, "Tôi xử lý tiếp.")
    for code, status in ((given, Status.ACKNOWLEDGED), (accepted, Status.IN_PROGRESS)):
        made = await desk.stored(code)
        assert (made.status, made.officer_id) == (status, people.officers["ap2"].id)
    assert (await desk.stored(ended)).officer_id == people.officers["ap1"].id


async def test_what_he_may_still_read_stays_his(desk: Desk, db: Database, people: People) -> None:
    kept, other = await desk.new(hamlet="Ấp 3"), await desk.new()
    await desk.accept("ap1", kept)
    await desk.accept("quanly", other)
    async with db.begin() as session:
        await moved(session, people.officers["quantri"], people)
    assert (await desk.stored(kept)).officer_id == people.officers["ap1"].id
    assert (await desk.stored(other)).officer_id == people.officers["quanly"].id


async def test_a_manager_who_becomes_a_leader_has_no_complaint_and_nothing_of_no_hamlet(
    desk: Desk, db: Database, people: People
) -> None:
    complaint = await desk.new(category=Category.POLICE_CONDUCT)
    nowhere = await desk.new(hamlet="")
    for code in (complaint, nowhere):
        await desk.accept("quanly", code)
    async with db.begin() as session:
        entry = staff.Entry("Thái", "leader", hamlets=frozenset([people.hamlets["Ấp 1"].id]))
        await staff.change(session, people.officers["quantri"], "quanly", entry)
    for code in (complaint, nowhere):
        assert (await desk.stored(code)).officer_id is None
        assert not await desk.reads("quanly", code)
        assert not await desk.reads("ap1", code)
