"""The two kinds of sessions: what they keep, and what their exceptions may hold."""

import uuid
from contextlib import suppress

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from bot.db import Database
from bot.messages.models import Inbound

WORDS = "nhà ông Tư đánh bạc"
GIVEN = {"nothing": "", "words": WORDS}


@pytest.fixture(params=["begin", "autocommit"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_no_exception_holds_what_a_statement_was_given(database_url: str, kind: str) -> None:
    db = Database(database_url)
    with pytest.raises(DBAPIError) as raised:
        async with getattr(db, kind)() as session:
            await session.execute(text("SELECT CAST(1 / length(:nothing) AS text), :words"), GIVEN)
    await db.close()
    assert WORDS not in str(raised.value)
    assert "parameters hidden" in str(raised.value)


async def test_only_a_transaction_takes_back_what_was_before_a_failure(
    database_url: str, kind: str
) -> None:
    db = Database(database_url)
    with suppress(ZeroDivisionError):
        async with getattr(db, kind)() as session:
            session.add(Inbound(key=uuid.uuid4().hex, channel="web", payload={}))
            await session.flush()
            raise ZeroDivisionError
    async with db.begin() as session:
        kept = await session.scalar(select(func.count()).select_from(Inbound))
    await db.close()
    assert kept == {"begin": 0, "autocommit": 1}[kind]
