"""Reminders and escalations: to whom, when, once, and without a word of the report."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Event, EventKind
from bot.console.times import VIETNAM, clock
from bot.db import Database
from bot.groups.models import Commune, Hamlet, Officer
from bot.groups.setup import apply_setup, read_setup
from bot.messages.conversations import open_conversation
from bot.messages.models import Outbound
from bot.reports import deadline_watch, merging, officers, service
from bot.reports.deadline_watch import watch
from bot.reports.models import Deadline, EventType, Report, ReportEvent
from bot.settings import Settings
from bot.triage.understanding import Category

COMMUNE = """
commune: {name: Xã Đồng Tâm, province: Đồng Nai}
managers:
  - {username: quanly, name: Phạm Quốc Thái, chats: {telegram: "7001"}}
  - {username: truc, name: Lê Văn Tám, on_duty: true, chats: {telegram: "7002"}}
hamlets:
  - name: Ấp 1
    leader: {username: ap1, name: Nguyễn Văn Hải, chats: {telegram: "7011"}}
"""
LEADER, MANAGERS = "7011", ["7001", "7002"]
WORDS = "nhà ông Tư đầu xóm đánh bài suốt đêm"
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=VIETNAM)
NIGHT = datetime(2026, 11, 30, 23, 0, tzinfo=VIETNAM)
ROUND_THE_CLOCK = {"days": "2-CN", "hours": ["00:00-24:00"], "holidays": {}, "extra": {}}


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
        await session.execute(update(Commune).values(calendar=ROUND_THE_CLOCK))
    yield database
    await database.close()


def services(db: Database) -> SimpleNamespace:
    return SimpleNamespace(db=db, settings=Settings())


async def a_report(
    session: AsyncSession,
    *,
    due: datetime = NOON,
    urgent: bool = False,
    hidden: bool = False,
) -> Report:
    """A report of which the acknowledgement is due at `due`; 80 % of its time end before."""
    hamlet_id = (await session.execute(select(Hamlet.id))).scalar_one()
    conversation = await open_conversation(session, "telegram", "5001", "Chị Lan", hamlet_id)
    event = Event(
        "telegram", uuid.uuid4().hex, EventKind.MESSAGE, ChatKind.PRIVATE, "5001", "5001",
        text=WORDS,
    )  # fmt: skip
    made = await service.open_report(
        session,
        event,
        uuid.uuid4(),
        category=Category.POLICE_CONDUCT if hidden else Category.SECURITY_ORDER,
        confidence=1.0,
        sensitive=False,
        urgent=urgent,
        managers_only=hidden,
        hamlet_id=hamlet_id,
        conversation=conversation,
    )
    await session.flush()
    rows = (await session.execute(select(Deadline).where(Deadline.report_id == made.id))).scalars()
    moved = due - (made.due_at or due)
    for row in rows:
        assert row.due_at
        assert row.look_at
        row.began_at += moved
        row.due_at += moved
        row.look_at += moved
    made.due_at = due
    return made


async def told(db: Database) -> list[tuple[str, str]]:
    """Which chats heard what, in order of chats."""
    async with db.begin() as session:
        rows = (await session.execute(select(Outbound))).scalars()
        said = [
            (r.payload["target"]["chat_id"], r.payload["content"]["text"])
            for r in rows
            if r.payload
        ]
    return sorted(said)


async def chats(db: Database) -> list[str]:
    return [chat for chat, _ in await told(db)]


async def misses(db: Database) -> int:
    async with db.begin() as session:
        query = select(ReportEvent.id).where(ReportEvent.type == EventType.DEADLINE_MISSED)
        return len((await session.execute(query)).all())


BEFORE, WARNING, LATER = NOON - timedelta(hours=7), NOON - timedelta(hours=1), NOON


async def test_the_leader_is_reminded_and_after_the_deadline_the_managers_are_told(
    db: Database,
) -> None:
    async with db.begin() as session:
        made = await a_report(session)
    await watch(services(db), BEFORE)
    assert await told(db) == []
    await watch(services(db), WARNING)
    link = f"http://127.0.0.1:8000/console/phan-anh/{made.code}"
    assert await told(db) == [
        (
            LEADER,
            f"Phản ánh {made.code}, Ấp 1: đồng chí nhớ tiếp nhận trước {clock(NOON)}. Xem: {link}",
        )
    ]
    await watch(services(db), LATER)
    late = [said for said in await told(db) if said[0] in MANAGERS]
    assert [chat for chat, _ in late] == MANAGERS
    assert late[0][1] == (
        f"Phản ánh {made.code}, Ấp 1 đã quá hạn tiếp nhận ({clock(NOON)}). Nhờ đồng chí xem và "
        f"phân công: {link}"
    )
    assert await misses(db) == 1


async def test_no_notice_holds_a_word_of_the_report_nor_a_name(db: Database) -> None:
    async with db.begin() as session:
        await a_report(session)
    await watch(services(db), WARNING)
    await watch(services(db), LATER)
    for _, text in await told(db):
        assert not any(word in text for word in ("ông Tư", "đánh bài", "Lan"))


async def test_each_is_said_once_however_often_and_by_however_many_it_is_looked_at(
    db: Database,
) -> None:
    async with db.begin() as session:
        await a_report(session)
    other = Database(db.url)
    for at in (WARNING, LATER, LATER + timedelta(days=3)):
        await asyncio.gather(*(watch(services(each), at) for each in (db, other, db, other)))
    await other.close()
    assert await chats(db) == [*MANAGERS, LEADER]
    assert await misses(db) == 1


async def test_a_process_that_dies_in_the_midst_leaves_it_to_be_done_again_whole(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.begin() as session:
        await a_report(session)

    class Died(BaseException): ...

    async def dies(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(deadline_watch, "tell_officers", dies)
        with pytest.raises(Died):
            await watch(services(db), LATER)
    assert await misses(db) == 0
    await watch(services(db), LATER)
    assert await chats(db) == MANAGERS
    assert await misses(db) == 1


async def test_one_that_fails_holds_up_no_other(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.begin() as session:
        broken = await a_report(session, due=NOON - timedelta(minutes=1))
        await a_report(session)
    really = deadline_watch.tell_officers

    async def fails(session: AsyncSession, report: Report, *args: object, **more: object) -> None:
        if report.id == broken.id:
            raise ValueError("lời kín")
        await really(session, report, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(deadline_watch, "tell_officers", fails)
    await watch(services(db), LATER)
    assert await chats(db) == MANAGERS
    assert await misses(db) == 1


async def test_a_complaint_of_the_police_is_known_to_the_managers_only(db: Database) -> None:
    async with db.begin() as session:
        await a_report(session, hidden=True)
    await watch(services(db), WARNING)
    await watch(services(db), LATER)
    assert LEADER not in await chats(db)
    assert await chats(db) == sorted([*MANAGERS, *MANAGERS])


async def test_who_deals_with_it_is_the_one_reminded(db: Database) -> None:
    async with db.begin() as session:
        made = await a_report(session)
        query = select(Officer).where(Officer.username == "truc")
        await officers.acknowledge(session, made, (await session.execute(query)).scalar_one())
        [row] = (
            await session.execute(select(Deadline).where(Deadline.done_at.is_(None)))
        ).scalars()
        row.look_at, row.due_at = WARNING, NOON
    already = await chats(db)
    await watch(services(db), WARNING)
    assert sorted(await chats(db)) == sorted([*already, "7002"])


async def test_at_night_nobody_is_woken_for_what_can_wait(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = NIGHT.replace(day=1, month=12, hour=7)
    monkeypatch.setattr(deadline_watch, "opening", lambda at: morning if at < morning else None)
    async with db.begin() as session:
        await a_report(session, due=NIGHT)
        await a_report(session, due=NIGHT, urgent=True)
    await watch(services(db), NIGHT)
    assert await misses(db) == 1
    assert await chats(db) == MANAGERS
    await watch(services(db), morning - timedelta(minutes=1))
    assert await misses(db) == 1
    await watch(services(db), morning)
    assert await misses(db) == 2
    async with db.begin() as session:
        rows = (await session.execute(select(Deadline.missed_at))).scalars()
        assert [at for at in rows if at] == [NIGHT, NIGHT]  # when it was due, not when told


async def test_what_follows_another_report_is_left_to_that_one(db: Database) -> None:
    async with db.begin() as session:
        main, made = await a_report(session), await a_report(session)
        query = select(Officer).where(Officer.username == "ap1")
        await merging.merge(session, made, main, (await session.execute(query)).scalar_one())
    await watch(services(db), LATER)
    assert await misses(db) == 1
    async with db.begin() as session:
        query = select(Officer).where(Officer.username == "ap1")
        report = await session.get_one(Report, made.id)
        await merging.unmerge(session, report, (await session.execute(query)).scalar_one())
    await watch(services(db), LATER + timedelta(hours=1))
    assert await misses(db) == 2


async def test_nothing_more_is_said_of_what_was_done_in_time(db: Database) -> None:
    async with db.begin() as session:
        made = await a_report(session)
        query = select(Officer).where(Officer.username == "ap1")
        await officers.close(
            session, made, (await session.execute(query)).scalar_one(), "not_a_report", ""
        )
    await watch(services(db), LATER + timedelta(days=100))
    assert await chats(db) == []
    assert await misses(db) == 0
