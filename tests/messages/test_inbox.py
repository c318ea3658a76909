"""What comes in and is done together is each stored, read and finished once."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import Database
from bot.messages.inbox import Inbox
from bot.messages.models import Inbound
from tests.statements import asked


def said(words: str, person: str = "Lan") -> Event:
    kind, chat = EventKind.MESSAGE, ChatKind.PRIVATE
    return Event("telegram", words, kind, chat, person, person, text=words)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def ids(db: Database) -> list[uuid.UUID]:
    async with db.begin() as session:
        return list(await session.scalars(select(Inbound.id).order_by(Inbound.turn)))


async def test_what_comes_together_is_stored_in_its_order_and_once(db: Database) -> None:
    inbox = Inbox(db)
    events = [said(words) for words in ("một", "hai", "ba", "hai", "bốn")]
    with asked(db) as statements:
        stored = await asyncio.gather(*(inbox.receive(event) for event in events))
    assert stored == [True, True, True, False, True]
    assert statements == ["INSERT"]
    assert not await inbox.receive(said("ba"))
    read = await asyncio.gather(*(inbox.event_to_answer(each) for each in await ids(db)))
    assert [event and event.text for event in read] == ["một", "hai", "ba", "bốn"]


async def test_what_is_done_is_neither_read_nor_done_again(db: Database) -> None:
    inbox = Inbox(db)
    await asyncio.gather(*(inbox.receive(said(words)) for words in ("một", "hai")))
    one, two = await ids(db)
    nowhere = uuid.uuid4()
    assert await asyncio.gather(*map(inbox.finish, (one, nowhere))) == [True, False]
    assert await asyncio.gather(*map(inbox.finish, (one, two))) == [False, True]
    for each in (one, two, nowhere):
        assert await inbox.event_to_answer(each) is None


async def test_one_that_cannot_be_stored_keeps_none_of_the_others_out(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox(db)
    unheard_of = said("chuyện kín", person="Bảy")
    object.__setattr__(unheard_of, "channel", "x" * 40)  # longer than its column
    events = [said("một"), unheard_of, said("hai")]
    with caplog.at_level(logging.DEBUG):
        stored = await asyncio.gather(*map(inbox.receive, events), return_exceptions=True)
    assert [stored[0], stored[2]] == [True, True]
    assert isinstance(stored[1], Exception)
    assert "chuyện kín" not in str(stored[1]) + caplog.text
    assert len(await ids(db)) == 2
