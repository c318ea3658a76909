"""What the assistant reads, keeps and never does is said once to each, and whenever asked."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.channels.base import Button, Channel, ChatKind, Event, EventKind
from bot.channels.telegram import TelegramChannel
from bot.db import Database
from bot.groups.models import Group
from bot.live import Live
from bot.messages.handling import handle
from bot.messages.inbox import receive
from bot.messages.models import Conversation, Inbound, Outbound
from bot.messages.openness import introduced
from bot.messages.rasa import Rasa
from bot.procedures.replies import Reply
from bot.services import Services
from bot.settings import Settings
from bot.triage.wishes import wish_in
from bot.wording import say
from tests.console.fixtures import db, people
from tests.console.people import People

__all__ = ["db", "people"]

OPENNESS = say("openness")
ADMIN = {"deletes_messages": True, "reads_all_messages": True}


def test_it_is_three_sentences() -> None:
    assert OPENNESS.count(". ") == 2
    assert wish_in(OPENNESS) is None


def test_it_stands_below_the_first_answer_once() -> None:
    conversation = Conversation()
    urgent = Reply("Anh/chị gọi ngay 114.")
    first, second = introduced(conversation, [urgent, Reply("Ở đâu?")])
    assert first.text.startswith("Anh/chị gọi ngay 114.")
    assert first.text.endswith(OPENNESS)
    assert second.text == "Ở đâu?"
    assert introduced(conversation, [urgent]) == [urgent]


def test_it_stands_above_choices_which_are_numbered_where_there_are_no_buttons() -> None:
    [reply] = introduced(Conversation(), [Reply("Việc nào?", (Button("Một", "1"),))])
    assert reply.text == f"{OPENNESS}\n\nViệc nào?"


def test_silence_introduces_nobody() -> None:
    conversation = Conversation()
    assert introduced(conversation, []) == []
    assert conversation.introduced_at is None


def test_who_asks_for_it_first_does_not_hear_it_twice() -> None:
    [reply] = introduced(Conversation(), [Reply(OPENNESS)])
    assert reply.text == OPENNESS


def event(kind: EventKind, text: str = "", **more: object) -> Event:
    made = Event(
        "telegram",
        uuid.uuid4().hex,
        kind,
        ChatKind.GROUP,
        "-1",
        "9",
        sender_name="Chị Lan",
        message_id="77",
        text=text,
        addressed=True,
    )
    return replace(made, **more)


@pytest.fixture
async def services(settings: Settings, db: Database, people: People) -> AsyncIterator[Services]:
    """All that handles messages, but Rasa: none of these messages may need it."""
    channel = TelegramChannel("7:x", "secret", "http://127.0.0.1:9")
    channels: dict[str, Channel] = {"telegram": channel}
    rasa = Rasa(settings)
    yield Services(settings, db, Live(str(settings.database_url)), rasa, channels)
    await rasa.close()
    await channel.close()


async def happens(services: Services, what: Event) -> None:
    async with services.db.begin() as session:
        await receive(session, what)
        query = select(Inbound.id).where(Inbound.handled_at.is_(None))
        inbound = (await session.execute(query)).scalar_one()
    await handle(services, inbound)
    await handle(services, inbound)  # a crash may have it done again


async def said(services: Services) -> list[str]:
    async with services.db.begin() as session:
        rows = (await session.scalars(select(Outbound).order_by(Outbound.turn))).all()
    return [row.payload["content"]["text"] for row in rows if row.payload]


async def test_a_group_hears_the_rules_once_when_it_lets_the_assistant_read(
    services: Services,
) -> None:
    left = {"deletes_messages": False, "reads_all_messages": False}
    for rights in (left, ADMIN, left, ADMIN):
        await happens(services, event(EventKind.GROUP_RIGHTS, rights=rights))
    [rules] = await said(services)
    assert "Trợ lý đọc mọi tin trong nhóm này" in rules
    assert "không theo dõi ý kiến" in rules
    async with services.db.begin() as session:
        query = select(Group).where(Group.chat_id == "-1")
        assert (await session.execute(query)).scalar_one().rules_said_at


@pytest.mark.parametrize("asked", ["/noiquy", "/help", "nội quy", "trợ lý đọc gì"])
async def test_whoever_asks_in_the_group_hears_the_rules(services: Services, asked: str) -> None:
    await happens(services, event(EventKind.MESSAGE, asked))
    [rules] = await said(services)
    assert rules.startswith("Nội quy của trợ lý trong nhóm")


async def test_where_it_hears_only_what_is_addressed_it_says_so(services: Services) -> None:
    async with services.db.begin() as session:
        query = select(Group).where(Group.chat_id == "-1")
        group = (await session.execute(query)).scalar_one()
        group.rights = {"reads_all_messages": False}
    await happens(services, event(EventKind.MESSAGE, "nội quy"))
    [rules] = await said(services)
    assert "chỉ đọc tin gọi tới trợ lý" in rules


async def test_a_group_that_is_not_set_up_hears_nothing(services: Services) -> None:
    await happens(services, event(EventKind.GROUP_RIGHTS, chat_id="-999", rights=ADMIN))
    await happens(services, event(EventKind.MESSAGE, "/noiquy", chat_id="-999"))
    assert await said(services) == []
