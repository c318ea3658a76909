"""Telling open pages that something changed, over PostgreSQL's LISTEN and NOTIFY.

A notice is sent by the transaction that made the change and arrives when it commits, in every
gateway process. It is sealed: the database's notify queue may reach the disk. Nothing depends on a
notice arriving; a page that missed one reads the truth from the tables when it connects again.
"""

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.libpq import conninfo
from bot.security.vault import Unreadable, vault

CHANNEL = "binhyen"
MAX_NOTICE = 7900  # bytes; PostgreSQL takes less than 8000
BACKLOG = 1000  # notices a page may fall behind before it is cut off
RECONNECT = 1.0  # seconds

log = structlog.get_logger()

QUEUE = "queue"
"""Topic of the officers' queue."""


class TooLong(ValueError):
    """The notice does not fit; send an id instead of the thing."""


async def publish(session: AsyncSession, topic: str, notice: dict[str, Any]) -> None:
    """Send `notice` to everybody who listens to `topic`, when the transaction commits.

    Raises: TooLong.
    """
    sealed = vault().seal_outside(json.dumps([topic, notice], ensure_ascii=False).encode())
    payload = base64.b85encode(sealed).decode()
    if len(payload) > MAX_NOTICE:
        raise TooLong(f"{len(payload)} bytes")
    await session.execute(text("SELECT pg_notify(:c, :p)"), {"c": CHANNEL, "p": payload})


class Live:
    """Listens on one connection and hands notices to the pages open in this process."""

    def __init__(self, database_url: str) -> None:
        self._dsn = conninfo(database_url)
        self._pages: dict[str, set[asyncio.Queue[dict[str, Any]]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @asynccontextmanager
    async def listen(self, *topics: str) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
        """A queue of the notices on these topics; it fills from now on."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)
        for topic in topics:
            self._pages[topic].add(queue)
        try:
            yield queue
        finally:
            for topic in topics:
                self._pages[topic].discard(queue)
                if not self._pages[topic]:
                    del self._pages[topic]

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notify in connection.notifies():
                        self._hand_out(notify.payload)
            except psycopg.OperationalError:
                log.warning("live updates interrupted")
            await asyncio.sleep(RECONNECT)

    def _hand_out(self, payload: str) -> None:
        try:
            topic, notice = json.loads(vault().unseal(base64.b85decode(payload)))
        except (Unreadable, ValueError):
            log.warning("unreadable notice")
            return
        for queue in self._pages.get(topic, ()):
            with suppress(asyncio.QueueFull):
                queue.put_nowait(notice)
