"""Telegram makes a supergroup of a group: what was said before the move still works through."""

import re
import uuid

import pytest
from sqlalchemy import select

from bot.channels.base import ChatKind, Content, Event, EventKind, Target
from bot.groups.models import Group
from bot.messages.conversations import find_conversation
from bot.messages.group import GroupMessage
from bot.messages.inbox import receive
from bot.messages.models import Outbound, OutboundKind, OutboundStatus
from bot.messages.outbox import post
from bot.reports.models import Report
from bot.services import Services
from bot.triage.policy import decide
from bot.triage.understanding import Category, Understanding
from tests.fakes import FakeTelegram
from tests.messages.test_failures import eventually

OLD, NEW = "-1001", "-1002000000007"


def in_group(text: str, kind: EventKind = EventKind.MESSAGE, sender: str = "5001") -> Event:
    return Event(
        channel="telegram",
        key=uuid.uuid4().hex,
        kind=kind,
        chat_kind=ChatKind.GROUP,
        chat_id=OLD,
        sender_id=sender,
        sender_name="Chị Lan",
        message_id="77",
        text=text,
    )


def understood(*, sensitive: bool = True, urgent: bool = False) -> Understanding:
    ranking = {Category.CRIME_INCIDENT.value: 0.97}
    parse = {
        "text": "",
        "intent": {"name": Category.CRIME_INCIDENT.value, "confidence": 0.97},
        "intent_ranking": [{"name": name, "confidence": c} for name, c in ranking.items()],
        "entities": [],
        "flags": {
            "sensitive": {"value": sensitive, "confidence": float(sensitive)},
            "urgent": {"value": urgent, "confidence": float(urgent)},
        },
    }
    return Understanding.from_parse(parse, "")


async def carry_out(services: Services, **flags: bool) -> None:
    """What handling does with a message of the old group, once it is understood."""
    channel = services.channels["telegram"]
    async with services.db.begin() as session:
        query = select(Group).where(Group.channel == "telegram", Group.set_up_as == OLD)
        group = (await session.execute(query)).scalar_one()
        message = GroupMessage(
            session, channel, group, in_group("đánh bài ăn tiền"), uuid.uuid4(), "http://c"
        )
        u = understood(**flags)
        await message.carry_out(u, decide(u, ChatKind.GROUP, message.can))


async def settled(services: Services) -> None:
    async def nothing_waits() -> bool:
        async with services.db.begin() as session:
            pending = select(Outbound.id).where(Outbound.status == OutboundStatus.PENDING)
            return (await session.execute(pending)).first() is None

    await eventually(nothing_waits)


@pytest.fixture
def moved(telegram: FakeTelegram) -> FakeTelegram:
    """Whatever is done in the old group is told of the new one, for good."""
    telegram.fail_next("migrated", chat_id=OLD, times=99, to=int(NEW))
    return telegram


async def test_a_message_to_delete_is_asked_back_as_it_has_another_id_there(
    worker: Services, moved: FakeTelegram
) -> None:
    await carry_out(worker)
    await moved.eventually(lambda t: t.sent(NEW))
    await settled(worker)
    [said] = moved.sent(NEW)
    assert "thu hồi" in said
    assert "đã được gỡ" not in said
    assert not any(chat == NEW for chat, _ in moved.deleted)  # it might be anybody's message
    assert [params["chat_id"] for params in moved.called("deleteMessage")] == [OLD]
    async with worker.db.begin() as session:
        query = select(Outbound).where(Outbound.kind == OutboundKind.DELETE)
        row = (await session.execute(query)).scalar_one()
    assert (row.status, row.error) == (OutboundStatus.DEAD, "moved")
    assert not any(p.get("reply_parameters") for p in moved.called("sendMessage"))


async def test_its_invitation_still_ties_the_person_to_the_report(
    worker: Services, moved: FakeTelegram
) -> None:
    await carry_out(worker)
    await moved.eventually(lambda t: t.sent(NEW))
    token = re.search(r"\?start=([\w-]+)", moved.sent(NEW)[0])
    assert token
    start = Event(
        "telegram", uuid.uuid4().hex, EventKind.START, ChatKind.PRIVATE, "5001", "5001",
        text=token[1],
    )  # fmt: skip
    async with worker.db.begin() as session:
        await receive(session, start)
    await moved.eventually(lambda t: t.sent("5001"))
    async with worker.db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        conversation = await find_conversation(session, "telegram", "5001")
        assert conversation is not None
        assert report.conversation_id == conversation.id
    assert report.code in moved.sent("5001")[0]


async def test_thanks_and_hotlines_arrive_in_the_new_group(
    worker: Services, moved: FakeTelegram
) -> None:
    await carry_out(worker, sensitive=False, urgent=True)
    await moved.eventually(lambda t: t.sent(NEW))
    assert moved.sent(NEW)[0].startswith("Bà con gọi ngay")


async def test_everything_that_waited_for_the_old_group_arrives(
    worker: Services, moved: FakeTelegram
) -> None:
    async with worker.db.begin() as session:
        for number in range(3):
            target = Target(ChatKind.GROUP, OLD)
            words = Content(f"tin {number}", reply_to="77")
            await post(session, "telegram", target, words, key=f"k{number}")
    await moved.eventually(lambda t: len(t.sent(NEW)) == 3)
    assert moved.sent(NEW) == ["tin 0", "tin 1", "tin 2"]
    async with worker.db.begin() as session:
        query = select(Group.chat_id).where(Group.set_up_as == OLD)
        assert (await session.execute(query)).scalar_one() == NEW


async def test_a_message_from_before_that_is_handled_after_the_move_is_still_the_groups(
    worker: Services, telegram: FakeTelegram
) -> None:
    async with worker.db.begin() as session:
        await receive(session, in_group(NEW, EventKind.GROUP_MOVED, sender="9"))

    async def known() -> bool:
        async with worker.db.begin() as session:
            query = select(Group.chat_id).where(Group.set_up_as == OLD)
            return (await session.execute(query)).scalar_one() == NEW

    await eventually(known)
    async with worker.db.begin() as session:
        await receive(session, in_group("đêm qua có người rình nhà tui"))
    await telegram.eventually(lambda t: t.sent("7001"))  # Rasa refuses: the managers look at it
    async with worker.db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        group = (await session.execute(select(Group).where(Group.set_up_as == OLD))).scalar_one()
    assert report.group_id == group.id
