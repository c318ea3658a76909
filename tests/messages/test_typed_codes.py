"""Opening the private channel with a link or a typed code, as people do it."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import Database, now
from bot.groups.models import Group, Officer
from bot.groups.setup import apply_setup, read_setup
from bot.messages.conversations import invite, sender_key
from bot.messages.models import PrivateInvitation
from bot.messages.private import Asked, prepare
from bot.messages.typed_codes import candidates, looks_like_code, says_more
from bot.procedures.replies import Reply
from bot.reports import officers, service
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.outcomes import NOT_A_REPORT
from bot.triage.understanding import Category
from tests.service import COMMUNE

WORDS = "nhà ông Tám đêm nào cũng đánh bài"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    yield database
    await database.close()


def event(
    text: str,
    person: str = "u1",
    kind: EventKind = EventKind.MESSAGE,
    channel: str = "zalo_bot",
    chat: ChatKind = ChatKind.PRIVATE,
) -> Event:
    return Event(
        channel=channel,
        key=uuid.uuid4().hex,
        kind=kind,
        chat_kind=chat,
        chat_id=person,
        sender_id=person,
        sender_name="Chị Lan",
        text=text,
    )


async def invited(
    session: AsyncSession,
    *,
    channel: str = "zalo_bot",
    person: str | None = None,
    typed: bool = True,
) -> tuple[str, Report]:
    """A report made in a group, and the token that its sender got."""
    query = select(Group).where(Group.channel == channel, Group.hamlet.has(name="Ấp 1"))
    group = (await session.execute(query)).scalar_one()
    said = event(WORDS, person or "?", channel=channel, chat=ChatKind.GROUP)
    report = await service.open_report(
        session,
        said,
        uuid.uuid4(),
        category=Category.CRIME_INCIDENT,
        confidence=0.9,
        sensitive=True,
        urgent=False,
        managers_only=False,
        hamlet_id=group.hamlet_id,
        group=group,
    )
    key = sender_key(said) if person else None
    token = await invite(session, report.id, group.hamlet_id, sender_key=key, typed=typed)
    return token, report


async def answers(session: AsyncSession, said: Event) -> tuple[list[str], bool]:
    """What is said at once, and whether the dialogue gets the message too."""
    _, step = await prepare(session, said, uuid.uuid4(), "http://c")
    if isinstance(step, Asked):
        return [reply.text for reply in step.first], True
    assert all(isinstance(reply, Reply) for reply in step)
    return [reply.text for reply in step], False


async def is_tied(session: AsyncSession, report: Report) -> bool:
    await session.flush()
    query = select(ReportEvent.id).where(
        ReportEvent.report_id == report.id, ReportEvent.type == EventType.CONVERSATION_JOINED
    )
    return (await session.execute(query)).first() is not None


@pytest.mark.parametrize(
    "typed",
    [
        "{code}",
        "{lower}",
        "  {code} ",
        "{code}.",
        "mã của tôi là {code}",
        "Mã {lower} nè em",
        "Em gửi mã: {lower}",
        "{first} {last}",
        "{first}-{last}",
        "{spelt}",
    ],
)
async def test_a_code_is_known_however_it_is_typed(db: Database, typed: str) -> None:
    async with db.begin() as session:
        code, report = await invited(session)
        text = typed.format(
            code=code,
            lower=code.lower(),
            first=code[:4],
            last=code[4:],
            spelt=" ".join(code),
        )
        said, passed_on = await answers(session, event(text))
        assert await is_tied(session, report)
    assert report.code in said[0]
    assert not passed_on


async def test_what_is_said_beside_a_code_is_heard_too(db: Database) -> None:
    async with db.begin() as session:
        code, report = await invited(session)
        said, passed_on = await answers(session, event(f"mã {code}, tối qua họ lại đánh nữa"))
        assert await is_tied(session, report)
    assert report.code in said[0]
    assert passed_on


async def test_the_same_person_may_send_his_code_twice(db: Database) -> None:
    async with db.begin() as session:
        code, report = await invited(session)
        await answers(session, event(code))
        said, _ = await answers(session, event(code))
    assert said == [
        f"Kênh riêng cho phản ánh {report.code} đã mở tại đây rồi, anh/chị cứ nhắn tiếp."
    ]


async def test_a_used_code_gives_somebody_else_nothing(db: Database) -> None:
    async with db.begin() as session:
        code, report = await invited(session)
        await answers(session, event(code))
        said, _ = await answers(session, event(f"mã của tôi là {code}", "u2"))
    assert "không dùng được" in said[0]
    assert report.code not in said[0]


@pytest.mark.parametrize("kind", [EventKind.MESSAGE, EventKind.START])
async def test_an_expired_token_is_told_from_a_good_one(db: Database, kind: EventKind) -> None:
    async with db.begin() as session:
        code, report = await invited(session, typed=kind is EventKind.MESSAGE)
        expired = now() - timedelta(seconds=1)
        await session.execute(update(PrivateInvitation).values(expires_at=expired))
        said, _ = await answers(session, event(code, kind=kind))
        assert not await is_tied(session, report)
    assert "không dùng được" in said[-1]


async def test_anothers_token_stays_good_for_him(db: Database) -> None:
    async with db.begin() as session:
        token, report = await invited(session, channel="telegram", person="1", typed=False)
        start = {"kind": EventKind.START, "channel": "telegram"}
        said, _ = await answers(session, event(token, "2", **start))
        assert "không dùng được" in said[-1]
        assert not await is_tied(session, report)
        said, _ = await answers(session, event(token, "1", **start))
        assert report.code in said[0]


@pytest.mark.parametrize("text", ["mã của tôi là XYZ12345", "ma ABCD1234", "mã số AAAA3333"])
async def test_a_wrong_code_gets_a_clear_answer(db: Database, text: str) -> None:
    async with db.begin() as session:
        said, passed_on = await answers(session, event(text))
    assert "không dùng được" in said[0]
    assert "kể lại" in said[0]
    assert not passed_on


async def test_a_message_with_a_wrong_code_in_it_is_not_lost(db: Database) -> None:
    async with db.begin() as session:
        said, passed_on = await answers(session, event("mã XYZ12345, nhà tôi mới bị trộm"))
    assert "không dùng được" in said[0]
    assert passed_on


@pytest.mark.parametrize(
    "text",
    [
        "tối qua em bị mất xe",
        "PA-7K3QX tới đâu rồi",
        "mã PA-7K3QX của tôi sao rồi",
        "xe biển số 93P1-111.22",
        "0900000123",
        "con tôi làm căn cước cần giấy gì",
        "cảm ơn",
        "mã bưu chính ở đây là bao nhiêu",
    ],
)
async def test_other_messages_are_no_codes(db: Database, text: str) -> None:
    async with db.begin() as session:
        assert await answers(session, event(text)) == ([], True)


async def test_a_plate_that_looks_like_a_code_stays_with_the_report(db: Database) -> None:
    async with db.begin() as session:
        code, _ = await invited(session)
        await answers(session, event(code))
        assert await answers(session, event("93F3-6947")) == ([], True)


async def test_a_code_for_a_report_that_has_ended_tells_how(db: Database) -> None:
    async with db.begin() as session:
        code, report = await invited(session)
        query = select(Officer).where(Officer.username == "ap1")
        leader = (await session.execute(query)).scalar_one()
        await officers.close(session, report, leader, "resolved", "Đã nhắc nhở, lập biên bản.")
        said, _ = await answers(session, event(code))
        assert await is_tied(session, report)
    assert said == [
        f"Phản ánh {report.code} đã kết thúc: Đã giải quyết.\nĐã nhắc nhở, lập biên bản."
    ]


async def test_a_code_for_what_was_no_report_says_only_that_it_is_over(db: Database) -> None:
    async with db.begin() as session:
        code, report = await invited(session)
        query = select(Officer).where(Officer.username == "ap1")
        leader = (await session.execute(query)).scalar_one()
        await officers.close(session, report, leader, NOT_A_REPORT, "")
        said, _ = await answers(session, event(code))
    assert said == [f"Phản ánh {report.code} đã kết thúc. Còn việc gì anh/chị cứ nhắn tại đây."]


async def test_a_link_of_the_page_ties_its_visitor_once(db: Database) -> None:
    async with db.begin() as session:
        token, report = await invited(session, channel="web", person="v1", typed=False)
        start = {"kind": EventKind.START, "channel": "web"}
        said, _ = await answers(session, event(token, "v1", **start))
        assert report.code in said[0]
        assert await is_tied(session, report)
        said, _ = await answers(session, event(token, "v1", **start))
        assert "đã mở tại đây rồi" in said[0]


async def test_a_code_of_a_zalo_group_may_be_typed_on_the_page(db: Database) -> None:
    async with db.begin() as session:
        code, report = await invited(session)
        said, _ = await answers(session, event(code.lower(), "v1", channel="web"))
        assert report.code in said[0]
        assert await is_tied(session, report)


def test_what_may_be_a_code() -> None:
    assert candidates("mã của tôi là acde 3467 nha") == ["ACDE3467"]
    assert candidates("A C D E 3 4 6 7") == ["ACDE3467"]
    assert candidates("0900000123") == []
    assert looks_like_code("acde3467")
    assert not looks_like_code("nghiêng quá")
    assert not says_more("dạ mã của tôi là ACDE3467 ạ")
    assert says_more("ACDE3467 tối qua")
