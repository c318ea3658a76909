"""What the log takes, in which order, and that nothing is ever taken out of it."""

import asyncio
import uuid
from itertools import pairwise

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from bot.audit.log import LogBroken, record
from bot.audit.models import Action
from bot.audit.verify import verify
from bot.db import Database, now
from bot.groups.models import Hamlet
from bot.models import metadata
from tests.audit.trail import HERE, by_hand, fill, trail
from tests.console.people import People, report


async def test_an_entry_says_who_did_what_to_which_report_when_and_from_where(
    db: Database, people: People
) -> None:
    before = now()
    async with db.begin() as session:
        made = await report(session, people, "lời kín")
        officer = people.officers["ap1"]
        await record(
            session, Action.CLOSED, officer=officer, address=HERE, report=made, outcome="resolved"
        )
    (entry,) = await trail(db)
    assert (entry.number, entry.action, entry.address) == (1, Action.CLOSED, HERE)
    assert entry.officer is not None
    assert entry.officer.username == "ap1"
    assert (entry.report_code, entry.data) == (made.code, {"outcome": "resolved"})
    assert before <= entry.at <= now()
    assert (await verify(db)).whole


@pytest.mark.parametrize("words", ["nhà bà Sáu", "đánh nhau", "a b", "x" * 81, "dòng\nhai"])
async def test_the_log_takes_no_words(db: Database, people: People, words: str) -> None:
    async with db.begin() as session:
        with pytest.raises(ValueError, match="takes no words: why") as refused:
            await record(session, Action.CLOSED, officer=None, address=HERE, why=words)
    assert words not in str(refused.value)
    assert await trail(db) == []


async def test_what_fails_leaves_no_entry(db: Database, people: People) -> None:
    async def fail() -> None:
        async with db.begin() as session:
            await record(session, Action.CLOSED, officer=None, address=HERE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await trail(db) == []


async def test_what_cannot_be_logged_is_not_done(db: Database, people: People) -> None:
    async def act() -> None:
        async with db.begin() as session:
            session.add(Hamlet(name="Ấp 9"))
            await record(session, Action.CLOSED, officer=None, address=HERE)

    await by_hand(db, "DELETE FROM audit_head")
    with pytest.raises(LogBroken):
        await act()
    async with db.begin() as session:
        assert not await session.scalar(text("SELECT count(*) FROM hamlets WHERE name = 'Ấp 9'"))


async def test_a_step_that_was_taken_back_within_a_transaction_breaks_nothing(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        await record(session, Action.SIGNED_IN, officer=None, address=HERE)
        async with session.begin_nested():
            await session.execute(text("SELECT 1"))
        await record(session, Action.SIGNED_OUT, officer=None, address=HERE)
    assert [entry.action for entry in await trail(db)] == [Action.SIGNED_IN, Action.SIGNED_OUT]


async def test_many_at_once_stand_in_one_order(db: Database, people: People) -> None:
    await asyncio.gather(*(fill(db, people, 3) for _ in range(12)))
    entries = await trail(db)
    assert [entry.number for entry in entries] == list(range(1, 37))
    assert all(a.seal == b.previous for a, b in pairwise(entries))
    assert (await verify(db)).whole


async def test_officers_who_hold_each_others_reports_do_not_wait_for_the_log_forever(
    db: Database, people: People
) -> None:
    """`record` may be called before another row is locked: the log's end comes last anyway."""
    hamlets = [people.hamlets["Ấp 1"].id, people.hamlets["Ấp 2"].id]
    touch = text("UPDATE hamlets SET name = name WHERE id = :id")

    async def act(mine: uuid.UUID) -> None:
        async with db.begin() as session:
            await record(session, Action.CLOSED, officer=None, address=HERE)
            await asyncio.sleep(0.05)
            await session.execute(touch, {"id": mine})
            await asyncio.sleep(0.05)

    await asyncio.wait_for(asyncio.gather(*(act(each) for each in hamlets * 4)), 10)
    assert len(await trail(db)) == 8


async def test_the_database_refuses_to_change_the_log(db: Database, people: People) -> None:
    await fill(db, people)
    for statement in (
        "UPDATE audit_entries SET address = ''",
        "DELETE FROM audit_entries WHERE number = 1",
        "DELETE FROM audit_entries WHERE number = 6",
        "TRUNCATE audit_entries",
        "TRUNCATE audit_entries CASCADE",
        "UPDATE audit_head SET number = 3",
        "UPDATE audit_head SET last = ''",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
    ):
        with pytest.raises(DBAPIError, match="audit log"):
            await run(db, statement)
    assert len(await trail(db)) == 6
    assert (await verify(db)).whole


async def run(db: Database, statement: str) -> None:
    async with db.begin() as session:
        await session.execute(text(statement))


def test_the_tables_are_as_the_models_say(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        changes = compare_metadata(context, metadata)
    engine.dispose()
    assert [change for change in changes if "audit" in str(change)] == []
