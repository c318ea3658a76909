"""Acknowledging several reports with one press."""

import asyncio

from sqlalchemy import func, select

from bot.db import Database
from bot.groups.models import Officer
from bot.reports import merging, officers
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.taking import acknowledge_all
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report

ACTION = "/console/hang-doi/tiep-nhan"


async def state(db: Database, made: Report) -> tuple[Status, str | None]:
    async with db.begin() as session:
        same = await session.get_one(Report, made.id)
        return same.status, same.officer.username if same.officer else None


async def test_the_ticked_ones_are_taken_and_the_result_says_what_was_not(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        mine = [await report(session, people, "x") for _ in range(2)]
        taken = await report(session, people, "x")
        await officers.acknowledge(session, taken, manager)
        closed = await report(session, people, "x")
        await officers.close(session, closed, manager, "resolved", "")
        left_alone = await report(session, people, "x")
    leader = await signed_in("ap1")
    ticked = [each.code for each in (*mine, taken, closed)]
    back = "/console/hang-doi/tat-ca?khan=1"
    answer = await leader.submit(ACTION, page="/console", report=ticked, back=back)
    assert answer.headers["location"].startswith(f"{back}&kin=")
    page = (await leader.get(answer.headers["location"])).text
    assert "Đã tiếp nhận 2 phản ánh. Người báo nào đã mở kênh riêng" in page
    assert f"{taken.code}</b>: Phạm Quốc Thái đã tiếp nhận" in page
    assert f"{closed.code}</b>: đã kết thúc rồi" in page
    for each in mine:
        assert await state(db, each) == (Status.ACKNOWLEDGED, "ap1")
    assert await state(db, taken) == (Status.ACKNOWLEDGED, "quanly")
    assert await state(db, left_alone) == (Status.NEW, None)


async def test_a_second_press_takes_nothing_twice(db: Database, people: People) -> None:
    leader = people.officers["ap1"]
    async with db.begin() as session:
        made = await report(session, people, "x")
    first = await acknowledge_all(db, leader, [made.code, made.code], address="test")
    second = await acknowledge_all(db, leader, [made.code], address="test")
    assert (first.codes, first.refused) == ([made.code], [])
    assert [each.why for each in second.refused] == ["đồng chí đã tiếp nhận"]
    async with db.begin() as session:
        acknowledged = ReportEvent.type == EventType.ACKNOWLEDGED
        query = select(func.count()).select_from(ReportEvent).where(acknowledged)
        assert await session.scalar(query) == 1


async def test_of_two_officers_who_press_at_once_one_has_each_report(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = [(await report(session, people, "x")).code for _ in range(6)]
    one, other = await asyncio.gather(
        acknowledge_all(db, people.officers["ap1"], made, address="test"),
        acknowledge_all(db, people.officers["quanly"], made[::-1], address="test"),
    )
    assert sorted([*one.codes, *other.codes]) == sorted(made)
    assert {each.why for each in one.refused} <= {"Phạm Quốc Thái đã tiếp nhận"}
    assert {each.why for each in other.refused} <= {"Nguyễn Văn Hải đã tiếp nhận"}


async def test_what_he_may_not_read_is_not_found_and_not_touched(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        hidden = [
            await report(session, people, "x", hamlet="Ấp 2"),
            await report(session, people, "x", category=Category.POLICE_CONDUCT),
        ]
    leader = await signed_in("ap1")
    ticked = [*(each.code for each in hidden), "PA-ACDEF", "<b>"]
    answer = await leader.submit(ACTION, page="/console", report=ticked, back="//evil")
    assert answer.headers["location"].startswith("/console/hang-doi/tat-ca?kin=")
    page = (await leader.get(answer.headers["location"])).text
    for code in ticked[:3]:
        assert f"{code}</b>: không tìm thấy" in page
    assert "<b>:" not in page
    for each in hidden:
        assert await state(db, each) == (Status.NEW, None)


async def test_one_that_follows_another_says_where_it_is_taken(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        main, follower = [await report(session, people, "x") for _ in range(2)]
        await session.flush()
        await merging.merge(session, follower, main, leader)
    result = await acknowledge_all(db, people.officers["ap1"], [follower.code], address="test")
    assert [main.code in each.why for each in result.refused] == [True]


async def test_nothing_ticked_is_said(people: People, signed_in: SignedIn) -> None:
    leader = await signed_in("ap1")
    answer = await leader.submit(ACTION, page="/console")
    page = (await leader.get(answer.headers["location"])).text
    assert "Đồng chí chưa chọn phản ánh nào." in page


async def test_only_new_reports_can_be_ticked(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        new, taken = [await report(session, people, "x") for _ in range(2)]
        await officers.acknowledge(session, taken, manager)
    page = (await (await signed_in("ap1")).get("/console")).text
    assert f'value="{new.code}" form="tick"' in page
    assert f'value="{taken.code}" form="tick"' not in page
