"""Work of a gateway that died is taken up by one that lives.

Messages wait in tables of their own (bot/lanes.py); this is about the rest. DBOS notes with each
piece of work which process does it and leaves it with that one until somebody declares the process
dead; its makers sell a service that does. Here the database is asked: a gateway holds an advisory
lock for as long as its connection lives, and PostgreSQL gives the lock back when the process ends,
however it ends. Who has work under way and holds no lock is dead.

A gateway that only lost its connection has `LOOK` seconds to come back. Should it come back later,
its work is done twice at worst, which all work must bear.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, LiteralString

import psycopg
import structlog
from dbos import DBOS
from psycopg.conninfo import make_conninfo

from bot.libpq import conninfo
from bot.ops.inherited import GATEWAY_NAME
from bot.work import APPLICATION_VERSION

log = structlog.get_logger()

LOOK = 2.0  # seconds
RECONNECT = 0.2  # seconds
LOCKS = 0x62696E68
"""The space of these locks among PostgreSQL's advisory ones."""
KEEPALIVE: Final = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds, seconds, tries: so long a machine that went dark counts as there, on either side."""

_HOLD: LiteralString = "SELECT pg_advisory_lock(%s, hashtext(%s))"
_NOTICE_SOON: LiteralString = """
    SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3
"""
_DEAD: LiteralString = """
    SELECT DISTINCT executor_id FROM dbos.workflow_status AS work
    WHERE status = 'PENDING' AND application_version = %s AND executor_id IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND classid = %s::oid AND objsubid = 2
          AND objid = hashtext(work.executor_id)::oid
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def new_name() -> str:
    """What this process is called; a supervisor may say it, for its own that it starts again."""
    return os.environ.get(GATEWAY_NAME) or secrets.token_hex(8)


class Presence:
    """Shows that this process lives, and takes over from those that do not."""

    def __init__(self, database_url: str, name: str) -> None:
        self._dsn = make_conninfo(conninfo(database_url), connect_timeout=5, **KEEPALIVE)
        self._name = name
        self._shown = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the lock is held: a predecessor of the same name is gone then."""
        self._task = asyncio.create_task(self._run())
        await self._shown.wait()

    async def stop(self) -> None:
        """To be called last: what is still under way now goes to others."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True
                ) as connection:
                    await connection.execute(_NOTICE_SOON)
                    await connection.execute(_HOLD, (LOCKS, self._name))
                    self._shown.set()
                    await self._watch(connection)
            except psycopg.Error as error:
                log.warning("presence not shown", kind=type(error).__name__)
            await asyncio.sleep(RECONNECT)

    async def _watch(self, connection: psycopg.AsyncConnection) -> None:
        """Whom two looks in a row find dead is dead."""
        suspected: set[str] = set()
        while True:
            await asyncio.sleep(LOOK)
            rows = await (await connection.execute(_DEAD, (APPLICATION_VERSION, LOCKS))).fetchall()
            found = {name for (name,) in rows}
            if dead := sorted(found & suspected):
                await asyncio.to_thread(_take_over, dead)
            suspected = found.difference(dead)


@asynccontextmanager
async def present(database_url: str, name: str) -> AsyncIterator[None]:
    """Inside the block others see that this process lives."""
    presence = Presence(database_url, name)
    await presence.start()
    try:
        yield
    finally:
        await presence.stop()


def _take_over(dead: list[str]) -> None:
    """Queue their work again, each piece in its old place."""
    try:
        work = DBOS._recover_pending_workflows(dead)
    except Exception as error:  # the next look finds them again
        log.warning("work not taken over", kind=type(error).__name__)
    else:
        log.warning("work of a dead gateway taken over", gateways=len(dead), pieces=len(work))
