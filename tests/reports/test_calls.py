"""Asking for a person: whom the assistant tells, whose number it gives, and what it promises."""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Event, EventKind
from bot.console.times import VIETNAM
from bot.db import Database, now
from bot.groups.models import Hamlet, Officer
from bot.groups.setup import apply_setup, read_setup
from bot.messages.conversations import open_conversation
from bot.messages.models import Outbound
from bot.reports import calls, officers, service, state_notices
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.notices import tell_of_answer
from bot.reports.silence import asks
from bot.settings import Settings
from bot.triage.understanding import Category

COMMUNE = """
commune: {name: Xã Đồng Tâm, province: Đồng Nai}
managers:
  - {username: quanly, name: Phạm Quốc Thái, phone: "0900000001", chats: {telegram: "7001"}}
  - username: truc
    name: Lê Văn Tám
    phone: "0900000002"
    on_duty: true
    chats: {telegram: "7002"}
hamlets:
  - name: Ấp 1
    leader: {username: ap1, name: Nguyễn Văn Hải, phone: "0900000011", chats: {telegram: "7011"}}
  - name: Ấp 2
    leader: {username: ap2, name: Trần Minh Đức, phone: "0900000012", phone_public: false}
"""
AT_WORK = datetime(2026, 11, 30, 9, 0, tzinfo=VIETNAM)
AT_NIGHT = datetime(2026, 11, 30, 23, 0, tzinfo=VIETNAM)
WORDS = "xin cho tôi gặp cán bộ nói chuyện hàng xóm"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    yield database
    await database.close()


async def a_report(
    session: AsyncSession, hamlet: str = "Ấp 1", *, urgent: bool = False, hidden: bool = False
) -> Report:
    query = select(Hamlet.id).where(Hamlet.name == hamlet)
    hamlet_id = (await session.execute(query)).scalar_one_or_none()
    conversation = await open_conversation(session, "telegram", "5001", "Chị Lan", hamlet_id)
    event = Event(
        "telegram", uuid.uuid4().hex, EventKind.MESSAGE, ChatKind.PRIVATE, "5001", "5001",
        text=WORDS,
    )  # fmt: skip
    return await service.open_report(
        session,
        event,
        uuid.uuid4(),
        category=Category.POLICE_CONDUCT if hidden else Category.BOT_REQUEST,
        confidence=1.0,
        sensitive=True,
        urgent=urgent,
        managers_only=hidden,
        hamlet_id=hamlet_id,
        conversation=conversation,
    )


async def call(
    session: AsyncSession, report: Report, at: datetime = AT_WORK, inbound: uuid.UUID | None = None
) -> str:
    return await calls.call(
        session, report, inbound or uuid.uuid4(), "http://c", channel="telegram", at=at
    )


async def told(session: AsyncSession) -> list[str]:
    """The chats of officers that something is on its way to, in order."""
    rows = (await session.execute(select(Outbound).order_by(Outbound.turn))).scalars()
    chats = [row.payload["target"]["chat_id"] for row in rows if row.payload]
    return [chat for chat in chats if chat.startswith("70")]


async def said(session: AsyncSession, chat: str = "5001") -> list[str]:
    rows = (await session.execute(select(Outbound).order_by(Outbound.turn))).scalars()
    payloads = [row.payload for row in rows if row.payload]
    return [p["content"]["text"] for p in payloads if p["target"]["chat_id"] == chat]


async def without(session: AsyncSession, column: str, value: Any, *usernames: str) -> None:
    """Take something from these officers; from all when none is named."""
    if column == "chats":
        query = select(Officer).where(Officer.username.in_(usernames) if usernames else True)
        for officer in (await session.execute(query)).scalars():
            officer.chats = []
        await session.flush()
        return
    change = update(Officer).values({column: value})
    await session.execute(change.where(Officer.username.in_(usernames)) if usernames else change)
    session.expire_all()


async def events(session: AsyncSession, report: Report) -> list[EventType]:
    query = select(ReportEvent.type).where(ReportEvent.report_id == report.id)
    return list((await session.scalars(query.order_by(ReportEvent.id))).all())


# --- Who is told, and what is said ---------------------------------------------------------------


async def test_at_work_the_leader_is_told_and_his_number_given(db: Database) -> None:
    async with db.begin() as session:
        report = await a_report(session)
        answer = await call(session, report)
        assert await told(session) == ["7011"]
    assert answer == (
        f"Đã nhắn cán bộ phụ trách ấp trả lời anh/chị tại đây, mã {report.code}. Anh/chị có thể "
        "gọi cán bộ Nguyễn Văn Hải, số 0900000011. Nếu sau 15 phút chưa có ai trả lời, trợ lý sẽ "
        "báo lãnh đạo Công an xã và nhắn lại cho anh/chị. Anh/chị cần gì cứ nhắn trước."
    )


async def test_after_hours_the_manager_on_duty_is_told_and_the_leader_sleeps(db: Database) -> None:
    async with db.begin() as session:
        report = await a_report(session)
        answer = await call(session, report, AT_NIGHT)
        assert await told(session) == ["7002"]
    assert "ngoài giờ làm việc" in answer
    assert "lãnh đạo trực của Công an xã" in answer
    assert "0900000002" in answer
    assert "0900000011" not in answer
    assert "từ 07:30 thứ Ba, 01/12" in answer


async def test_the_notice_holds_no_word_of_what_is_reported(db: Database) -> None:
    async with db.begin() as session:
        report = await a_report(session)
        await call(session, report)
        [notice] = await said(session, "7011")
    assert notice == (
        f"Phản ánh {report.code}, Ấp 1: người báo xin gặp cán bộ. Nhờ đồng chí trả lời: "
        f"http://c/phan-anh/{report.code}"
    )


@pytest.mark.parametrize("at", [AT_WORK, AT_NIGHT])
async def test_what_may_be_about_the_leader_never_reaches_him_nor_names_him(
    db: Database, at: datetime
) -> None:
    async with db.begin() as session:
        report = await a_report(session, hidden=True)
        answer = await call(session, report, at)
        assert await told(session) == ["7002"]
    assert "0900000002" in answer
    assert "Nguyễn Văn Hải" not in answer
    assert "0900000011" not in answer


async def test_an_urgent_call_reaches_leader_and_manager_and_begins_with_the_hotline(
    db: Database,
) -> None:
    async with db.begin() as session:
        report = await a_report(session, urgent=True)
        answer = await call(session, report, AT_NIGHT)
        assert sorted(await told(session)) == ["7002", "7011"]
    assert answer.startswith("Việc gấp anh/chị gọi ngay 113 (công an).")
    assert "đã báo gấp" in answer
    assert report.code in answer


async def test_without_a_leader_a_manager_is_told(db: Database) -> None:
    async with db.begin() as session:
        report = await a_report(session, hamlet="")
        answer = await call(session, report)
        assert await told(session) == ["7002"]
    assert "lãnh đạo trực" in answer
    assert "0900000002" in answer


async def test_without_a_manager_the_leader_is_told_even_at_night(db: Database) -> None:
    async with db.begin() as session:
        await without(session, "active", False, "quanly", "truc")
        report = await a_report(session)
        answer = await call(session, report, AT_NIGHT)
        assert await told(session) == ["7011"]
    assert "cán bộ phụ trách ấp" in answer
    assert "0900000011" in answer


async def test_a_leader_without_a_chat_is_not_said_to_have_been_told(db: Database) -> None:
    """His number is not for residents either: a manager's is given."""
    async with db.begin() as session:
        report = await a_report(session, "Ấp 2")
        answer = await call(session, report)
        assert await told(session) == ["7002"]
    assert "lãnh đạo trực" in answer
    assert "0900000012" not in answer
    assert "0900000002" in answer


@pytest.mark.parametrize(
    ("urgent", "begins"), [(False, "Trợ lý đã ghi yêu cầu"), (True, "Việc gấp anh/chị gọi ngay")]
)
async def test_where_nobody_can_be_told_nothing_is_promised_but_what_is_true(
    db: Database, urgent: bool, begins: str
) -> None:
    async with db.begin() as session:
        await without(session, "chats", None)
        report = await a_report(session, urgent=urgent)
        answer = await call(session, report)
        assert await told(session) == []
    assert answer.startswith(begins)
    assert "chưa nhắn riêng được" in answer
    assert "0900000011" in answer
    assert report.code in answer


async def test_without_any_number_there_is_still_the_hotline(db: Database) -> None:
    async with db.begin() as session:
        await without(session, "phone", "")
        report = await a_report(session)
        answer = await call(session, report)
        night = await call(session, report, AT_NIGHT)
    assert "Việc gấp anh/chị gọi 113." in answer
    assert "Việc gấp anh/chị gọi 113." in night


async def test_without_anybody_at_all_the_answer_says_where_the_call_is(db: Database) -> None:
    async with db.begin() as session:
        await without(session, "active", False)
        report = await a_report(session)
        answer = await call(session, report, AT_NIGHT)
    assert "danh sách việc" in answer
    assert "113" in answer
    assert "từ 07:30 thứ Ba, 01/12" in answer


async def test_the_officer_who_deals_with_it_is_the_one_called(db: Database) -> None:
    async with db.begin() as session:
        report = await a_report(session)
        query = select(Officer).where(Officer.username == "quanly")
        report.officer = (await session.execute(query)).scalar_one()
        answer = await call(session, report)
        assert await told(session) == ["7001"]
    assert "0900000001" in answer


async def test_asking_again_while_the_call_waits_tells_nobody_twice(db: Database) -> None:
    async with db.begin() as session:
        report = await a_report(session)
        inbound = uuid.uuid4()
        first = await call(session, report, inbound=inbound)
        assert await call(session, report, inbound=inbound) == first  # after a crash
        assert await call(session, report) == first  # and by an impatient person
        assert await told(session) == ["7011"]
        assert (await events(session, report)).count(EventType.CALLED_FOR) == 1


async def test_an_answer_reaches_somebody_when_its_officer_has_left(db: Database) -> None:
    async with db.begin() as session:
        report = await a_report(session)
        leader = (await session.scalars(select(Officer).where(Officer.username == "ap1"))).one()
        await officers.reply(session, report, leader, "Anh cho biết thêm nhé.")
        leader.active = False
        await session.flush()
        await tell_of_answer(session, report, "http://c", channel="telegram")
        assert await told(session) == ["7001", "7002"]


# --- When nobody answers -------------------------------------------------------------------------


def services(db: Database, minutes: float = 15) -> Any:
    settings = Settings(answer_within_minutes=minutes)
    return SimpleNamespace(db=db, settings=settings)


async def asked(db: Database, what: EventType) -> ReportEvent:
    async with db.begin() as session:
        query = select(ReportEvent).where(ReportEvent.type == what).order_by(ReportEvent.id.desc())
        return (await session.execute(query.limit(1))).scalar_one()


async def called(db: Database, at: datetime = AT_WORK, **kinds: bool) -> ReportEvent:
    """A report whose person asked for an officer at that time."""
    async with db.begin() as session:
        await call(session, await a_report(session, **kinds), at)
    return await asked(db, EventType.CALLED_FOR)


async def test_before_its_time_nothing_happens(db: Database) -> None:
    event = await called(db)
    wait = await calls.overdue(services(db), event.id, AT_WORK + timedelta(minutes=5))
    assert wait == 600
    async with db.begin() as session:
        assert await told(session) == ["7011"]


async def test_a_call_nobody_answers_goes_to_the_manager_on_duty_and_the_person_hears_it(
    db: Database,
) -> None:
    event = await called(db)
    later = AT_WORK + timedelta(minutes=15)
    for _ in range(2):  # a step may run twice
        assert await calls.overdue(services(db), event.id, later) == 0
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        assert await told(session) == ["7011", "7002"]
        assert (await events(session, report)).count(EventType.CALL_UNANSWERED) == 1
        [words] = await said(session)
        [notice] = await said(session, "7002")
    assert words == (
        f"Cán bộ chưa trả lời được anh/chị (mã {report.code}). Trợ lý đã báo lãnh đạo trực của "
        "Công an xã. Anh/chị có thể gọi lãnh đạo Công an xã, số 0900000002. Có người trả lời, trợ "
        "lý báo anh/chị ngay tại đây."
    )
    assert "chưa ai trả lời" in notice


async def test_what_a_leader_does_elsewhere_answers_no_complaint_that_was_merged_there(
    db: Database,
) -> None:
    async with db.begin() as session:
        main, report = await a_report(session), await a_report(session, hidden=True)
        report.merged_into_id = main.id  # it was one of the same event, until it was filed anew
        await call(session, report, now())
        leader = (await session.scalars(select(Officer).where(Officer.username == "ap1"))).one()
        await officers.reply(session, main, leader, "Tôi đã xem.")
    event = await asked(db, EventType.CALLED_FOR)
    await calls.overdue(services(db), event.id, now() + timedelta(minutes=16))
    assert (await asked(db, EventType.CALL_UNANSWERED)).report_id == event.report_id


async def test_where_the_manager_on_duty_did_not_answer_all_managers_hear(db: Database) -> None:
    event = await called(db, AT_NIGHT)
    await calls.overdue(services(db), event.id, AT_NIGHT + timedelta(minutes=15))
    async with db.begin() as session:
        assert await told(session) == ["7002", "7001", "7002"]
        [words] = await said(session)
    assert "từ 07:30 thứ Ba, 01/12" in words


async def test_where_no_manager_can_be_told_the_person_hears_that_too(db: Database) -> None:
    async with db.begin() as session:
        await without(session, "chats", None, "quanly", "truc")
        await without(session, "phone", "")
    event = await called(db)
    await calls.overdue(services(db), event.id, AT_WORK + timedelta(minutes=15))
    async with db.begin() as session:
        [words] = await said(session)
    assert "chưa nhắn được cho lãnh đạo nào" in words
    assert "danh sách việc" in words
    assert "113" in words


@pytest.mark.parametrize("answer", ["acknowledge", "reply", "close"])
async def test_an_officers_answer_ends_the_waiting(db: Database, answer: str) -> None:
    event = await called(db)
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        query = select(Officer).where(Officer.username == "ap1")
        leader = (await session.execute(query)).scalar_one()
        if answer == "acknowledge":
            await officers.acknowledge(session, report, leader)
        elif answer == "reply":
            await officers.reply(session, report, leader, "Tôi đây")
        else:
            await officers.close(session, report, leader, "advised", "")
    assert await calls.overdue(services(db), event.id, AT_WORK + timedelta(hours=1)) == 0
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        assert EventType.CALL_UNANSWERED not in await events(session, report)


async def test_what_may_be_about_the_leader_is_escalated_past_him(db: Database) -> None:
    event = await called(db, hidden=True)
    await calls.overdue(services(db), event.id, AT_WORK + timedelta(minutes=15))
    async with db.begin() as session:
        assert "7011" not in await told(session)
        assert not any("0900000011" in words for words in await said(session))


# --- Silence between an officer and a reporter ---------------------------------------------------


async def talking(db: Database, question: str) -> ReportEvent:
    """The leader wrote, and the reporter asks him something."""
    async with db.begin() as session:
        report = await a_report(session)
        query = select(Officer).where(Officer.username == "ap1")
        leader = (await session.execute(query)).scalar_one()
        await officers.reply(session, report, leader, "Chị kể rõ giúp tôi")
        await answer(session, report, question)
    return await asked(db, EventType.FROM_REPORTER)


async def answer(session: AsyncSession, report: Report, text: str) -> None:
    event = Event(
        "telegram", uuid.uuid4().hex, EventKind.MESSAGE, ChatKind.PRIVATE, "5001", "5001", text=text
    )
    await service.add_from_reporter(session, report, event, uuid.uuid4())
    await tell_of_answer(session, report, "http://c", channel="telegram")


async def waiting_work(db: Database) -> int:
    async with db.begin() as session:
        connection = await session.connection()
        count = await connection.exec_driver_sql(
            "SELECT count(*) FROM dbos.workflow_status WHERE name = 'await_answer'"
        )
        return int(count.scalar_one())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Khi nào cán bộ xuống ạ", True),
        ("bao giờ có kết quả vậy anh", True),
        ("anh tới chưa", True),
        ("vậy tui phải làm gì", True),
        ("Giấy này có cần công chứng không ạ?", True),
        ("alo", True),
        ("dạ xe màu đỏ", False),
        ("cảm ơn cán bộ", False),
        ("hôm qua lúc 9 giờ tối, nhà số 12", False),
        ("dạ không", False),
        ("tôi không biết", False),
        ("dạ chưa", False),
    ],
)
def test_a_question_is_told_from_an_answer(text: str, expected: bool) -> None:
    assert asks(text) is expected


async def test_only_a_question_is_waited_for(db: Database) -> None:
    await talking(db, "dạ xe màu đỏ")
    assert await waiting_work(db) == 0


async def test_a_question_left_alone_is_escalated_once_for_each_silence(db: Database) -> None:
    event = await talking(db, "khi nào anh xuống?")
    assert await waiting_work(db) == 1
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        await answer(session, report, "sao không ai trả lời vậy?")
    second = await asked(db, EventType.FROM_REPORTER)
    async with db.begin() as session:
        await session.execute(update(ReportEvent).values(at=AT_WORK))
    later = AT_WORK + timedelta(minutes=20)
    assert await calls.overdue(services(db), event.id, later) == 0
    assert await calls.overdue(services(db), second.id, later) == 0
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        assert (await events(session, report)).count(EventType.CALL_UNANSWERED) == 1
        assert (await told(session)).count("7002") == 1
        query = select(Officer).where(Officer.username == "ap1")
        await officers.reply(session, report, (await session.execute(query)).scalar_one(), "Mai")
        await answer(session, report, "mai là mấy giờ?")
    third = await asked(db, EventType.FROM_REPORTER)
    async with db.begin() as session:
        await session.execute(
            update(ReportEvent).where(ReportEvent.id == third.id).values(at=later)
        )
    await calls.overdue(services(db), third.id, later + timedelta(minutes=20))
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        assert (await events(session, report)).count(EventType.CALL_UNANSWERED) == 2


async def test_a_question_at_night_waits_for_the_office_to_open(db: Database) -> None:
    event = await talking(db, "khi nào anh xuống?")
    async with db.begin() as session:
        await session.execute(update(ReportEvent).values(at=AT_NIGHT))
    wait = await calls.overdue(services(db), event.id, AT_NIGHT + timedelta(minutes=15))
    opens = datetime(2026, 12, 1, 7, 30, tzinfo=VIETNAM)
    assert wait == (opens - AT_NIGHT).total_seconds()
    async with db.begin() as session:
        assert "7002" not in await told(session)


async def test_once_the_officer_hands_back_the_assistant_answers_and_nobody_is_told(
    db: Database,
) -> None:
    event = await talking(db, "khi nào anh xuống?")
    async with db.begin() as session:
        await session.execute(update(Report).values(quiet_until=None))
        await session.execute(update(ReportEvent).values(at=AT_WORK))
    assert await calls.overdue(services(db), event.id, AT_WORK + timedelta(minutes=20)) == 0
    async with db.begin() as session:
        assert "7002" not in await told(session)


async def test_who_called_at_night_hears_at_night_that_somebody_took_it_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_notices, "opening", lambda at: at + timedelta(hours=8))
    async with db.begin() as session:
        report = await a_report(session)
        query = select(Officer).where(Officer.username == "truc")
        manager = (await session.execute(query)).scalar_one()
        await call(session, report, now())
        await officers.acknowledge(session, report, manager)
        assert "tiếp nhận" in (await said(session))[-1]
