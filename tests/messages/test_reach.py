"""A reporter who cannot be written to: the report stays, its officer hears, the words are kept."""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Event, EventKind
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOAChannel
from bot.groups.models import Hamlet, Officer
from bot.messages import private
from bot.messages.conversations import open_conversation
from bot.messages.inbox import receive
from bot.messages.models import Conversation, Outbound, OutboundStatus
from bot.messages.tokens import DatabaseTokenStore
from bot.reports import officers, reach
from bot.reports import service as reports
from bot.reports.models import EventType, Report, ReportEvent
from bot.services import Services
from bot.triage.understanding import Category
from tests.fakes import FakePlatform, FakeTelegram, FakeZaloBot, FakeZaloOA
from tests.messages.test_failures import eventually

SEND = {"telegram": "sendMessage", "zalo_bot": "sendMessage", "zalo_oa": None}


@pytest.fixture
def zalo_oa() -> Iterator[FakeZaloOA]:
    with FakeZaloOA() as fake:
        yield fake


@pytest.fixture
def zalo_bot() -> Iterator[FakeZaloBot]:
    with FakeZaloBot() as fake:
        yield fake


@pytest.fixture
async def everywhere(
    worker: Services, zalo_oa: FakeZaloOA, zalo_bot: FakeZaloBot, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Services]:
    """The worker with all platforms; it is day."""
    monkeypatch.setattr(reach, "opening", lambda _: None)
    oa = ZaloOAChannel(
        app_id=zalo_oa.app_id,
        secret_key=zalo_oa.secret_key,
        app_secret=zalo_oa.secret_key,
        access_token=zalo_oa.access_token,
        refresh_token=zalo_oa.refresh_token,
        tokens=DatabaseTokenStore(worker.db),
        api_url=zalo_oa.url,
        oauth_url=zalo_oa.url,
    )
    bot = ZaloBotChannel(zalo_bot.token, "secret", zalo_bot.url)
    worker.channels["zalo_oa"] = oa
    worker.channels["zalo_bot"] = bot
    yield worker
    await oa.close()
    await bot.close()


async def reported(services: Services, channel: str = "telegram", chat: str = "5001") -> str:
    """A report of hamlet 1 that its leader has taken on; its code."""
    async with services.db.begin() as session:
        hamlet = (await session.execute(select(Hamlet).where(Hamlet.name == "Ấp 1"))).scalar_one()
        conversation = await open_conversation(session, channel, chat, "Chị Lan", hamlet.id)
        conversation.member.phone = "0900000123"
        event = Event(
            channel=channel,
            key=uuid.uuid4().hex,
            kind=EventKind.MESSAGE,
            chat_kind=ChatKind.PRIVATE,
            chat_id=chat,
            sender_id=chat,
            text="đêm qua có người lạ rình nhà tui",
        )
        report = await reports.open_report(
            session,
            event,
            uuid.uuid4(),
            category=Category.SECURITY_ORDER,
            confidence=0.9,
            sensitive=True,
            urgent=False,
            managers_only=False,
            hamlet_id=hamlet.id,
            conversation=conversation,
        )
        report.officer = await leader(session)
        return report.code


async def leader(session: AsyncSession) -> Officer:
    return (await session.execute(select(Officer).where(Officer.username == "ap1"))).scalar_one()


async def write(services: Services, code: str, *texts: str) -> None:
    for text in texts:
        async with services.db.begin() as session:
            report = await found(session, code)
            await officers.reply(session, report, await leader(session), text)


async def found(session: AsyncSession, code: str) -> Report:
    return (await session.execute(select(Report).where(Report.code == code))).scalar_one()


async def events(services: Services, code: str) -> list[EventType]:
    async with services.db.begin() as session:
        query = select(ReportEvent.type).join(ReportEvent.report).where(Report.code == code)
        return list((await session.scalars(query.order_by(ReportEvent.id))).all())


async def has(services: Services, code: str, what: EventType, times: int = 1) -> None:
    async def check() -> bool:
        return (await events(services, code)).count(what) == times

    await eventually(check)


async def settled(services: Services) -> None:
    async def nothing_waits() -> bool:
        async with services.db.begin() as session:
            pending = select(Outbound.id).where(Outbound.status == OutboundStatus.PENDING)
            return (await session.execute(pending)).first() is None

    await eventually(nothing_waits)


async def happens(
    services: Services,
    kind: EventKind,
    text: str = "",
    *,
    channel: str = "telegram",
    chat: str = "5001",
) -> None:
    event = Event(
        channel=channel,
        key=uuid.uuid4().hex,
        kind=kind,
        chat_kind=ChatKind.PRIVATE,
        chat_id=chat,
        sender_id=chat,
        sender_name="Chị Lan",
        text=text,
    )
    async with services.db.begin() as session:
        assert await receive(session, event)


def words(fake: FakePlatform, chat: str = "5001") -> list[str]:
    """What officers wrote to a person, without the line above it."""
    return [text.split("\n", 1)[1] for text in fake.sent(chat) if "trả lời" in text.split("\n")[0]]


@pytest.mark.parametrize("refusal", ["blocked", "deactivated"])
async def test_a_reporter_who_blocked_the_assistant_is_told_of_once_without_a_word_of_it(
    everywhere: Services, telegram: FakeTelegram, refusal: str
) -> None:
    code = await reported(everywhere)
    telegram.fail_next(refusal, method="sendMessage", chat_id="5001", times=2)
    await write(everywhere, code, "Chị tả người đó giúp tôi", "Chị còn đó không")
    await telegram.eventually(lambda t: t.sent("7011"))
    await settled(everywhere)
    [notice] = telegram.sent("7011")
    assert notice == (
        f"Phản ánh {code}, Ấp 1: trợ lý không nhắn được cho người báo nữa. Cách liên hệ khác, xem "
        f"tại: {everywhere.settings.public_base}/console/phan-anh/{code}"
    )
    assert (await events(everywhere, code)).count(EventType.UNREACHABLE) == 1
    async with everywhere.db.begin() as session:
        report = await found(session, code)
        assert report.conversation is not None
        assert not report.conversation.reachable


async def test_what_an_officer_wrote_meanwhile_comes_once_and_in_order_when_the_person_is_back(
    everywhere: Services, telegram: FakeTelegram
) -> None:
    code = await reported(everywhere)
    telegram.fail_next("blocked", method="sendMessage", chat_id="5001", times=4)
    await write(everywhere, code, "một", "hai", "ba")
    async with everywhere.db.begin() as session:
        report = await found(session, code)
        await officers.close(session, report, await leader(session), "resolved", "Đã xong.")
    await settled(everywhere)
    assert telegram.sent("5001") == []

    await happens(everywhere, EventKind.REACHABLE)
    await telegram.eventually(lambda t: len(t.sent("5001")) == 4)
    assert words(telegram)[:3] == ["một", "hai", "ba"]
    assert "Đã xong." in telegram.sent("5001")[3]
    assert (await events(everywhere, code)).count(EventType.REACHABLE) == 1

    await happens(everywhere, EventKind.START)  # Telegram tells of it twice
    await telegram.eventually(lambda t: len(t.sent("5001")) == 5)
    await settled(everywhere)
    assert (await events(everywhere, code)).count(EventType.REACHABLE) == 1


async def test_what_waited_comes_before_the_answer_to_what_the_person_writes(
    everywhere: Services, telegram: FakeTelegram
) -> None:
    code = await reported(everywhere)
    telegram.fail_next("blocked", method="sendMessage", chat_id="5001")
    await write(everywhere, code, "Chị kể rõ giúp tôi")
    await has(everywhere, code, EventType.UNREACHABLE)
    await settled(everywhere)
    await happens(everywhere, EventKind.START)
    await telegram.eventually(lambda t: len(t.sent("5001")) == 2)
    assert telegram.sent("5001")[0].endswith("Chị kể rõ giúp tôi")
    assert telegram.sent("5001")[1].startswith("Chào anh/chị")


async def test_a_reporter_who_leaves_without_being_written_to_is_noticed_too(
    everywhere: Services, telegram: FakeTelegram
) -> None:
    code = await reported(everywhere)
    await happens(everywhere, EventKind.UNREACHABLE)
    await happens(everywhere, EventKind.UNREACHABLE)
    await telegram.eventually(lambda t: t.sent("7011"))
    await settled(everywhere)
    assert len(telegram.sent("7011")) == 1
    assert (await events(everywhere, code)).count(EventType.UNREACHABLE) == 1


async def test_what_may_be_about_the_leader_is_told_to_managers_only(
    everywhere: Services, telegram: FakeTelegram
) -> None:
    code = await reported(everywhere)
    async with everywhere.db.begin() as session:
        report = await found(session, code)
        report.managers_only = True  # though the leader had it before
    await happens(everywhere, EventKind.UNREACHABLE)
    await telegram.eventually(lambda t: t.sent("7001"))
    await settled(everywhere)
    assert telegram.sent("7011") == []


async def test_who_is_back_before_morning_is_not_told_of(
    everywhere: Services, telegram: FakeTelegram
) -> None:
    code = await reported(everywhere)
    async with everywhere.db.begin() as session:
        report = await found(session, code)
        assert report.conversation is not None
        await reach.lose(session, report.conversation, reach.Why.GONE)
        await reach.regain(session, report.conversation)
    await has(everywhere, code, EventType.REACHABLE)
    async with everywhere.db.begin() as session:
        query = select(ReportEvent.id).where(ReportEvent.type == EventType.UNREACHABLE)
        lost = (await session.execute(query)).scalar_one()
    assert await reach.tell_of_loss(everywhere, lost) == 0
    await settled(everywhere)
    assert telegram.sent("7011") == []


async def test_at_night_an_officer_is_told_in_the_morning_unless_it_is_urgent(
    worker: Services, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "opening", lambda at: at + timedelta(hours=1))
    code = await reported(worker)
    await happens(worker, EventKind.UNREACHABLE)
    await has(worker, code, EventType.UNREACHABLE)
    async with worker.db.begin() as session:
        query = select(ReportEvent.id).where(ReportEvent.type == EventType.UNREACHABLE)
        lost = (await session.execute(query)).scalar_one()
    assert await reach.tell_of_loss(worker, lost) == 3600
    async with worker.db.begin() as session:
        await session.execute(update(Report).values(urgent=True))
    assert await reach.tell_of_loss(worker, lost) == 0
    await telegram.eventually(lambda t: t.sent("7011"))


async def test_what_the_assistant_itself_said_is_not_sent_late(
    everywhere: Services, telegram: FakeTelegram
) -> None:
    """An acknowledgement, or an answer to what was asked a week ago, is stale by then."""
    code = await reported(everywhere)
    telegram.fail_next("blocked", method="sendMessage", chat_id="5001", times=2)
    async with everywhere.db.begin() as session:
        report = await found(session, code)
        await officers.acknowledge(session, report, await leader(session))
        conversation = report.conversation
        assert conversation is not None
        channel = everywhere.channels["telegram"]
        replies = [private.Reply("Dạ.")]
        await private.send(session, channel, conversation, uuid.uuid4(), replies)
    await settled(everywhere)
    await happens(everywhere, EventKind.START)
    await telegram.eventually(lambda t: t.sent("5001"))
    await settled(everywhere)
    assert len(telegram.sent("5001")) == 1
    assert telegram.sent("5001")[0].startswith("Chào anh/chị")


# --- An expired window, a spent quota -------------------------------------------------------------


@pytest.mark.parametrize("code_of_zalo", [-230, -232])
async def test_an_expired_window_keeps_the_words_until_the_person_writes(
    everywhere: Services, zalo_oa: FakeZaloOA, code_of_zalo: int
) -> None:
    code = await reported(everywhere, "zalo_oa", "u1")
    zalo_oa.fail_next("error", code=code_of_zalo, chat_id="u1", times=2)
    await write(everywhere, code, "một", "hai")
    await zalo_oa.eventually(lambda z: z.sent("oa-ap1"))
    await settled(everywhere)
    [notice] = zalo_oa.sent("oa-ap1")
    assert "ứng dụng chat không cho nhắn" in notice
    assert "một" not in notice
    async with everywhere.db.begin() as session:
        rows = (
            await session.execute(select(Outbound).where(Outbound.error.is_not(None)))
        ).scalars()
        assert {row.error for row in rows} == {"window_closed"}

    await happens(everywhere, EventKind.REACHABLE, channel="zalo_oa", chat="u1")
    await zalo_oa.eventually(lambda z: len(z.sent("u1")) == 2)
    assert words(zalo_oa, "u1") == ["một", "hai"]
    await has(everywhere, code, EventType.REACHABLE)


async def test_words_that_fail_again_wait_again(everywhere: Services, zalo_oa: FakeZaloOA) -> None:
    code = await reported(everywhere, "zalo_oa", "u1")
    zalo_oa.fail_next("window_closed", chat_id="u1", times=2)
    await write(everywhere, code, "một")
    await settled(everywhere)
    await happens(everywhere, EventKind.REACHABLE, channel="zalo_oa", chat="u1")
    await has(everywhere, code, EventType.UNREACHABLE, times=2)
    await settled(everywhere)
    assert zalo_oa.sent("u1") == []
    await happens(everywhere, EventKind.REACHABLE, channel="zalo_oa", chat="u1")
    await zalo_oa.eventually(lambda z: words(z, "u1") == ["một"])


async def test_nobody_elses_conversation_is_used(
    everywhere: Services, zalo_oa: FakeZaloOA, telegram: FakeTelegram
) -> None:
    code = await reported(everywhere, "zalo_oa", "u1")
    async with everywhere.db.begin() as session:
        await open_conversation(session, "telegram", "5001", "Chị Lan")  # of the same name only
    zalo_oa.fail_next("window_closed", chat_id="u1")
    await write(everywhere, code, "một")
    await has(everywhere, code, EventType.UNREACHABLE)
    await settled(everywhere)
    assert telegram.sent("5001") == []


async def test_a_spent_quota_is_told_at_once_and_the_words_go_on_waiting(
    everywhere: Services, zalo_bot: FakeZaloBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot.QUOTA_PAUSE", 2.0)
    code = await reported(everywhere, "zalo_bot", "z1")
    zalo_bot.fail_next("quota", chat_id="z1", times=2)
    await write(everywhere, code, "một")
    await zalo_bot.eventually(lambda z: z.sent("zb-ap1"))
    await zalo_bot.eventually(lambda z: words(z, "z1") == ["một"], within=20)
    await has(everywhere, code, EventType.REACHABLE)
    assert (await events(everywhere, code)).count(EventType.UNREACHABLE) == 1
    async with everywhere.db.begin() as session:
        conversation = (await session.execute(select(Conversation))).scalar_one()
        assert conversation.reachable
