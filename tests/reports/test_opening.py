"""A report as it is made: at once, with what is due of it, once for a message, under a new code."""

import uuid

import pytest
from sqlalchemy import select

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import Database
from bot.messages.conversations import open_conversation
from bot.messages.models import Conversation
from bot.reports import service
from bot.reports.models import Deadline, DueKind, Report
from bot.triage.understanding import Category
from tests.console.people import People
from tests.statements import asked


async def opened(
    db: Database, conversation: Conversation, inbound: uuid.UUID | None = None
) -> Report:
    event = Event("telegram", "", EventKind.MESSAGE, ChatKind.PRIVATE, "5001", "5001", text="ồn")
    async with db.begin() as session:
        return await service.open_report(
            session,
            event,
            inbound or uuid.uuid4(),
            category=Category.SECURITY_ORDER,
            confidence=0.9,
            sensitive=False,
            urgent=False,
            managers_only=False,
            hamlet_id=None,
            conversation=await session.get_one(Conversation, conversation.id),
        )


@pytest.fixture
async def conversation(db: Database, people: People) -> Conversation:
    async with db.begin() as session:
        return await open_conversation(session, "telegram", "5001", "Chị Lan")


async def test_it_is_written_with_one_statement_a_table(
    db: Database, conversation: Conversation
) -> None:
    with asked(db) as statements:
        await opened(db, conversation)
    assert (statements.count("INSERT"), statements.count("UPDATE")) == (3, 0)
    assert statements.count("SELECT") == 4  # conversation, code, commune; and the notice


async def test_what_is_due_of_it_is_stored_with_it(
    db: Database, conversation: Conversation
) -> None:
    report = await opened(db, conversation)
    async with db.begin() as session:
        due = (await session.scalars(select(Deadline).order_by(Deadline.due_at))).all()
        stored = await session.get_one(Report, report.id)
        assert [row.kind for row in due] == [DueKind.ACKNOWLEDGEMENT, DueKind.RESOLUTION]
        assert (stored.due_at, stored.due_kind) == (due[0].due_at, DueKind.ACKNOWLEDGEMENT)


async def test_a_message_makes_one_report(db: Database, conversation: Conversation) -> None:
    inbound = uuid.uuid4()
    first = await opened(db, conversation, inbound)
    assert (await opened(db, conversation, inbound)).id == first.id


async def test_no_code_is_given_twice(
    db: Database, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(("PA-AAAAA", "PA-AAAAA", "PA-CCCCC"))
    monkeypatch.setattr(service, "new_code", lambda: next(codes))
    assert (await opened(db, conversation)).code == "PA-AAAAA"
    assert (await opened(db, conversation)).code == "PA-CCCCC"
