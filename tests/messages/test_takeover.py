"""Several gateways on one database: what a dead one had under way, one that lives does."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text

from bot import takeover
from bot.libpq import conninfo
from bot.services import Services
from bot.takeover import LOCKS, Presence
from bot.work import APPLICATION_VERSION, Queue, Workflow, enqueue

OTHER = "another gateway"
LOOK = 0.2  # seconds; in service it is longer
HOLD = "SELECT pg_advisory_lock(%s, hashtext(%s))"


@pytest.fixture
async def presence(worker: Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Presence]:
    """This process lives, can be seen to, and looks for others that do not."""
    monkeypatch.setattr(takeover, "LOOK", LOOK)
    presence = Presence(str(worker.settings.database_url), "local")
    await presence.start()
    yield presence
    await presence.stop()


async def begun_by(worker: Services, who: str) -> None:
    """Work that another gateway has begun: to look whether somebody still waits for an answer."""
    async with worker.db.begin() as session:
        await enqueue(session, Workflow.AWAIT_ANSWER, Queue.TIMERS, 1)
        begun = """UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = :who,
                   application_version = :version, application_name = 'binhyen'
                   WHERE name = 'await_answer'"""
        await session.execute(text(begun), {"who": who, "version": APPLICATION_VERSION})


async def other_gateway(worker: Services, name: str = OTHER) -> psycopg.AsyncConnection:
    """What shows that another gateway lives."""
    dsn = conninfo(str(worker.settings.database_url))
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    await connection.execute(HOLD, (LOCKS, name))
    return connection


async def is_shown(worker: Services, name: str) -> bool:
    """Whether somebody holds the lock of that name."""
    async with worker.db.begin() as session:
        free = text("SELECT pg_try_advisory_xact_lock(:locks, hashtext(:name))")
        found = await session.execute(free, {"locks": LOCKS, "name": name})
        return not found.scalar_one()


async def is_done(worker: Services) -> bool:
    async with worker.db.begin() as session:
        query = "SELECT status FROM dbos.workflow_status WHERE name = 'await_answer'"
        return (await session.execute(text(query))).scalar_one() == "SUCCESS"


async def becomes_done(worker: Services) -> None:
    async with asyncio.timeout(30):
        while not await is_done(worker):
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("presence")
async def test_what_a_dead_gateway_had_under_way_another_one_does(worker: Services) -> None:
    await begun_by(worker, OTHER)
    await becomes_done(worker)


@pytest.mark.usefixtures("presence")
async def test_the_work_of_a_gateway_that_lives_is_its_own(worker: Services) -> None:
    connection = await other_gateway(worker)
    await begun_by(worker, OTHER)
    await asyncio.sleep(10 * LOOK)
    assert not await is_done(worker)
    await connection.close()
    await becomes_done(worker)


@pytest.mark.usefixtures("presence")
async def test_nobody_does_again_what_this_process_does(worker: Services) -> None:
    await begun_by(worker, "local")
    await asyncio.sleep(10 * LOOK)
    assert not await is_done(worker)


async def test_a_gateway_whose_connection_was_cut_shows_itself_again_before_it_counts_as_dead(
    worker: Services, presence: Presence
) -> None:
    """As after a restart of the database, which cuts all of them at once."""
    async with worker.db.begin() as session:
        cut = """SELECT pg_terminate_backend(pid) FROM pg_locks
                 WHERE locktype = 'advisory' AND classid = :locks AND database =
                     (SELECT oid FROM pg_database WHERE datname = current_database())"""
        assert (await session.execute(text(cut), {"locks": LOCKS})).scalar_one()
    await begun_by(worker, "local")
    async with asyncio.timeout(10):
        while not await is_shown(worker, "local"):
            await asyncio.sleep(0.02)
    await asyncio.sleep(4 * LOOK)
    assert not await is_done(worker)


async def test_a_gateway_waits_until_another_one_of_its_name_is_gone(worker: Services) -> None:
    """A supervisor's next gateway has the name of the one before."""
    predecessor = await other_gateway(worker, "ours")
    presence = Presence(str(worker.settings.database_url), "ours")
    starting = asyncio.create_task(presence.start())
    done, _ = await asyncio.wait({starting}, timeout=1)
    assert not done
    await predecessor.close()
    async with asyncio.timeout(10):
        await starting
    await presence.stop()
