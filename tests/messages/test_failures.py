"""What cannot be handled or delivered is never lost: a person sees it."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

from msgspec import to_builtins
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import (
    AttachmentKind,
    ChatKind,
    Content,
    Event,
    EventKind,
    RemoteFile,
    Target,
)
from bot.channels.web_models import WebMail
from bot.messages import delivery
from bot.messages.inbox import receive
from bot.messages.models import Inbound, Outbound, OutboundKind, OutboundStatus
from bot.messages.outbox import CUT_OFF, post
from bot.procedures.catalogue import renew
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.service import open_unread
from bot.services import Services
from bot.work import Queue, Workflow, enqueue, take_up_lost
from tests.fakes import FakeTelegram

WORDS = "đêm qua có người lạ rình nhà tui"


def message(chat: ChatKind, *, channel: str = "telegram") -> Event:
    return Event(
        channel=channel,
        key=uuid.uuid4().hex,
        kind=EventKind.MESSAGE,
        chat_kind=chat,
        chat_id="-1001" if chat is ChatKind.GROUP else "5001",
        sender_id="5001",
        sender_name="Chị Lan",
        message_id="1",
        text=WORDS,
    )


async def eventually(condition: Callable[[], Awaitable[bool]], within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < deadline, f"not within {within} s"
        await asyncio.sleep(0.1)


async def test_a_private_message_that_fails_becomes_a_report_for_the_managers(
    worker: Services, telegram: FakeTelegram
) -> None:
    async with worker.db.begin() as session:
        assert await receive(session, message(ChatKind.PRIVATE))

    async def reported() -> bool:
        async with worker.db.begin() as session:
            return (await session.execute(select(Report.id))).first() is not None

    await eventually(reported)
    await telegram.eventually(lambda t: t.sent("5001"))
    await telegram.eventually(lambda t: t.sent("7001"))  # a manager
    async with worker.db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        event = (await session.execute(select(ReportEvent).limit(1))).scalar_one()
        inbound = (await session.execute(select(Inbound))).scalar_one()
    assert report.needs_review
    assert report.managers_only
    assert event.text == WORDS
    assert report.code in telegram.sent("5001")[0]
    assert telegram.sent("7011") == []  # the leader: it may be about him
    assert inbound.handled_at is not None
    assert inbound.payload is None


async def test_a_group_message_that_fails_becomes_one_without_a_word_in_the_group(
    worker: Services, telegram: FakeTelegram
) -> None:
    async with worker.db.begin() as session:
        await receive(session, message(ChatKind.GROUP))
    await telegram.eventually(lambda t: t.sent("7001"))
    assert telegram.sent("-1001") == []


async def test_a_message_goes_to_the_managers_though_no_procedure_can_be_read(
    worker: Services, telegram: FakeTelegram
) -> None:
    async with worker.db.begin() as session:
        await renew(session)
        await session.execute(text("ALTER TABLE procedure_versions RENAME TO gone"))
        await receive(session, message(ChatKind.PRIVATE))
    await telegram.eventually(lambda t: t.sent("7001"))


async def test_a_message_of_a_channel_that_is_off_waits_where_managers_see_it(
    worker: Services,
) -> None:
    async with worker.db.begin() as session:
        await receive(session, message(ChatKind.PRIVATE, channel="zalo_bot"))

    async def failed() -> bool:
        async with worker.db.begin() as session:
            inbound = (await session.execute(select(Inbound))).scalar_one()
            return inbound.failed is not None

    await eventually(failed)
    async with worker.db.begin() as session:
        inbound = (await session.execute(select(Inbound))).scalar_one()
    assert inbound.failed == "ChannelOff"
    assert inbound.payload is not None


async def deliver(worker: Services) -> None:
    async with worker.db.begin() as session:
        target = Target(ChatKind.PRIVATE, "5001")
        await post(session, "telegram", target, Content("Đã nhận."), key="k1")


async def outcome(worker: Services) -> Outbound:
    async with worker.db.begin() as session:
        return (await session.execute(select(Outbound))).scalar_one()


async def test_a_delivery_told_to_wait_is_made_after_it(
    worker: Services, telegram: FakeTelegram
) -> None:
    telegram.fail_next("rate_limited", method="sendMessage", retry_after=1)
    began = time.monotonic()
    await deliver(worker)
    await telegram.eventually(lambda t: t.sent("5001"))
    assert time.monotonic() - began >= 1
    assert telegram.sent("5001") == ["Đã nhận."]


async def test_a_delivery_without_an_answer_is_not_repeated_but_shown(
    worker: Services, telegram: FakeTelegram
) -> None:
    telegram.fail_next("reset", method="sendMessage")
    await deliver(worker)

    async def settled() -> bool:
        return (await outcome(worker)).status is OutboundStatus.UNKNOWN

    await eventually(settled)
    assert (await outcome(worker)).payload is not None
    assert telegram.sent("5001") == []


async def test_a_refused_delivery_is_dead_and_can_be_sent_again(
    worker: Services, telegram: FakeTelegram
) -> None:
    telegram.fail_next("blocked", method="sendMessage")
    await deliver(worker)

    async def settled() -> bool:
        return (await outcome(worker)).status is OutboundStatus.DEAD

    await eventually(settled)
    assert (await outcome(worker)).payload is not None


async def test_a_delivered_message_forgets_its_words(
    worker: Services, telegram: FakeTelegram
) -> None:
    await deliver(worker)
    await telegram.eventually(lambda t: t.sent("5001"))

    async def settled() -> bool:
        return (await outcome(worker)).status is OutboundStatus.SENT

    await eventually(settled)
    assert (await outcome(worker)).payload is None


async def test_a_picture_that_cannot_be_had_stands_on_the_report_as_lost(worker: Services) -> None:
    gone = RemoteFile(AttachmentKind.PHOTO, "unknown-file")
    event = replace(message(ChatKind.PRIVATE), text="", files=(gone,))
    async with worker.db.begin() as session:
        await receive(session, event)

    async def told() -> bool:
        lost = select(ReportEvent.id).where(ReportEvent.type == EventType.ATTACHMENT_LOST)
        async with worker.db.begin() as session:
            return (await session.execute(lost)).first() is not None

    await eventually(told)


async def test_what_may_have_arrived_before_its_process_died_waits_for_a_person_an_alarm_does_not(
    worker: Services, telegram: FakeTelegram
) -> None:
    target = Target(ChatKind.PRIVATE, "5001")
    async with worker.db.begin() as session:
        await post(session, "telegram", target, Content("giá vé"), key="calm")
        await post(session, "telegram", target, Content("gọi 114"), key="alarm", urgent=True)
        await session.execute(update(Outbound).values(under_way="a try of long ago"[:16]))
    await telegram.eventually(lambda t: t.sent("5001") == ["gọi 114"])

    async def settled() -> bool:
        async with worker.db.begin() as session:
            rows = (await session.execute(select(Outbound))).scalars().all()
        return {row.key: row.status for row in rows} == {
            "calm": OutboundStatus.UNKNOWN,
            "alarm": OutboundStatus.SENT,
        }

    await eventually(settled)
    assert telegram.sent("5001") == ["gọi 114"]


async def test_an_alarm_is_sent_again_once_and_no_third_time(
    worker: Services, telegram: FakeTelegram
) -> None:
    async with worker.db.begin() as session:
        target = Target(ChatKind.PRIVATE, "5001")
        alarm = Content("gọi 114")
        await post(session, "telegram", target, alarm, key="alarm", urgent=True)
        row = (await session.execute(select(Outbound))).scalar_one()
        row.under_way, row.payload = "the second try", {**(row.payload or {}), CUT_OFF: True}

    async def settled() -> bool:
        return (await outcome(worker)).status is OutboundStatus.UNKNOWN

    await eventually(settled)
    assert telegram.sent("5001") == []


async def test_an_alarm_cut_off_for_the_first_time_is_marked_and_sent(
    worker: Services, telegram: FakeTelegram
) -> None:
    telegram.fail_next("hang", method="sendMessage")
    async with worker.db.begin() as session:
        target = Target(ChatKind.PRIVATE, "5001")
        alarm = Content("gọi 114")
        await post(session, "telegram", target, alarm, key="alarm", urgent=True)
        await session.execute(update(Outbound).values(under_way="the first try"))
    await telegram.eventually(lambda t: t.called("sendMessage"))
    assert CUT_OFF in ((await outcome(worker)).payload or {})


async def test_what_the_page_takes_once_is_simply_sent_again_after_a_crash(
    worker: Services,
) -> None:
    async with worker.db.begin() as session:
        target = Target(ChatKind.PRIVATE, "visitor")
        await post(session, "web", target, Content("giá vé"), key="k1")
        row = (await session.execute(select(Outbound))).scalar_one()
        row.under_way = "the first try"
        mail = Content("giá vé", id=str(row.id))
    await worker.channels["web"].send(target, mail)  # the first try got as far as this

    async def settled() -> bool:
        return (await outcome(worker)).status is OutboundStatus.SENT

    await eventually(settled)
    async with worker.db.begin() as session:
        assert len((await session.execute(select(WebMail))).all()) == 1


async def test_what_is_asked_again_of_a_doubtful_row_is_answered_the_same(
    worker: Services, telegram: FakeTelegram
) -> None:
    """The database may commit, and die before it says so; then all of it is done again."""
    telegram.fail_next("rate_limited", method="sendMessage", retry_after=600)
    await deliver(worker)
    await telegram.eventually(lambda t: t.called("sendMessage"))
    row = await outcome(worker)
    async with worker.db.begin() as session:
        await session.execute(update(Outbound).values(under_way="a try of long ago"[:16]))
    for _ in range(2):
        assert (await delivery._begin(worker, row.id, "this try"))[1]


async def test_what_came_of_deleting_is_said_and_noted_once_though_it_is_concluded_twice(
    worker: Services,
) -> None:
    async with worker.db.begin() as session:
        event = message(ChatKind.GROUP)
        report = await open_unread(session, event, uuid.uuid4())
        row = Outbound(
            id=uuid.uuid4(),
            key="k1",
            kind=OutboundKind.DELETE,
            channel="telegram",
            target_key="",
            report_id=report.id,
            payload={
                "target": to_builtins(Target(ChatKind.GROUP, "-1001")),
                "message_id": "1",
                "then": to_builtins(Content("Đã gỡ.")),
                "if_refused": to_builtins(Content("Nhờ thu hồi.")),
            },
        )
        session.add(row)
    for _ in range(2):
        await delivery._conclude(worker, row, "")
    async with worker.db.begin() as session:
        noted = select(ReportEvent).where(ReportEvent.type == EventType.GROUP_MESSAGE_DELETED)
        assert len((await session.execute(noted)).all()) == 1
        assert (await session.get_one(Outbound, row.id)).attempts == 1


async def queue_fetching(session: AsyncSession) -> None:
    """Work that ends at once, as the file is not there; one such after the other."""
    await enqueue(session, Workflow.FETCH, Queue.ATTACHMENTS, uuid.uuid4(), partition="p")


async def fetched(worker: Services) -> int:
    done = text("SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'")
    async with worker.db.begin() as session:
        return int((await session.execute(done)).scalar_one())


async def test_what_processes_that_died_began_a_hundred_times_is_still_done(
    worker: Services,
) -> None:
    async with worker.db.begin() as session:
        await queue_fetching(session)
        await session.execute(text("UPDATE dbos.workflow_status SET recovery_attempts = 200"))

    async def done() -> bool:
        return await fetched(worker) == 1

    await eventually(done)


async def test_work_that_was_claimed_and_never_begun_is_taken_up(worker: Services) -> None:
    """The database committed the claim, and died before it said so."""
    async with worker.db.begin() as session:
        await queue_fetching(session)
        claimed = "status = 'PENDING', executor_id = 'local', started_at_epoch_ms = 0"
        await session.execute(text(f"UPDATE dbos.workflow_status SET {claimed}"))  # noqa: S608
        await queue_fetching(session)
    assert await take_up_lost(worker.db) == 1

    async def done() -> bool:
        return await fetched(worker) == 2

    await eventually(done)
    assert await take_up_lost(worker.db) == 0


async def test_work_under_way_is_not_lost(worker: Services, telegram: FakeTelegram) -> None:
    telegram.fail_next("hang", method="getFile")
    photo = RemoteFile(AttachmentKind.PHOTO, "a-photo")
    async with worker.db.begin() as session:
        await receive(session, replace(message(ChatKind.PRIVATE), text="", files=(photo,)))
    await telegram.eventually(lambda t: t.called("getFile"), within=20)
    async with worker.db.begin() as session:
        await session.execute(text("UPDATE dbos.workflow_status SET started_at_epoch_ms = 0"))
    assert await take_up_lost(worker.db) == 0
