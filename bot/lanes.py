"""Working through what waits in a table: many lanes at once, each in its order.

A lane is what keeps its order: one person's messages in a chat, or whatever goes to one chat. The
table is the queue: its row is written in the transaction that gives the reason for it, and waits
until its work marks it as done. Nothing is written to claim one. Who works holds an advisory lock
of PostgreSQL's on a connection kept for it: a process that dies lets go of its work by dying, and
another takes it up.

What a process commits itself wakes it at once (`wake_after`). It looks by itself besides, for what
others commit or leave behind.
"""

import asyncio
import time
import uuid
from contextlib import suppress
from typing import Any, ClassVar

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.libpq import KEEPALIVES, SILENT, conninfo

log = structlog.get_logger()

Connection = psycopg.AsyncConnection[Any]

LOOK = 0.2  # seconds between two looks for what was not told of
TOGETHER = 0.03
"""Seconds from a look to the next while more than half of the lanes are busy: those that end
meanwhile are let go of together, and followed together."""
RECONNECT = 1.0
GRACE = 5.0
"""Seconds that work under way gets when the process stops; what is not done by then is done by
another process, or by the next."""

DONE = -1.0
"""What work returns when its lane may go on; else the seconds for which the lane must rest."""


class Lanes:
    """One kind of work, in one process. Subclasses say what waits and how it is done."""

    at_once: ClassVar[int]

    def __init__(self, database_url: str, kind: str) -> None:
        self.kind = kind
        self._dsn = conninfo(database_url)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._rests: dict[str, float] = {}  # until when, of the monotonic clock
        self._ended: list[str] = []
        self._patience = LOOK
        self._woken = asyncio.Event()
        self._stopping = False
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def take_up(self, connection: Connection) -> None:
        """Begin what waits and nobody works on, as far as there is `room`, with `begin`."""
        raise NotImplementedError

    async def let_go(self, connection: Connection, lanes: list[str]) -> None:
        """The work on these lanes has ended; whoever wants may go on with them."""

    async def work(self, row: uuid.UUID) -> float:
        """Do what the row stands for, or find it done; `DONE`, or seconds for its lane to rest."""
        raise NotImplementedError

    @property
    def room(self) -> int:
        return 0 if self._stopping else self.at_once - len(self._running)

    @property
    def busy(self) -> list[str]:
        return [*self._running, *self._rests]

    def begin(self, lane: str, row: uuid.UUID) -> None:
        self._running[lane] = asyncio.create_task(self._run(lane, row))

    def rest(self, lane: str, seconds: float) -> None:
        self._rests[lane] = time.monotonic() + seconds
        self.look_again_in(seconds)

    def look_again_in(self, seconds: float) -> None:
        self._patience = min(self._patience, seconds)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._looking = asyncio.create_task(self._look())
        _started.setdefault(self.kind, set()).add(self)

    async def stop(self) -> None:
        """Begin nothing any more, let what is under way come to its end, and only then let go."""
        _started[self.kind].discard(self)
        self._stopping = True
        if under_way := list(self._running.values()):
            await asyncio.wait(under_way, timeout=GRACE)
        tasks = [*self._running.values(), *filter(None, [self._looking])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """Look for work at once. Any thread may say so."""
        if self._loop:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._woken.set)

    async def _look(self) -> None:
        while True:
            try:
                async with await self._connect() as connection:
                    await self._serve(connection)
            except psycopg.Error:
                log.warning("waiting for the database", work=self.kind)
            except Exception as e:  # nothing may end the looking
                log.error("cannot look for work", work=self.kind, kind=type(e).__name__)
            await asyncio.sleep(RECONNECT)

    async def _connect(self) -> Connection:
        options = [str(conninfo_to_dict(self._dsn).get("options", ""))]
        # So is the server: it would keep a lost machine's locks for hours.
        options += [f"-c tcp_{name}={value}" for name, value in KEEPALIVES.items()]
        return await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, options=" ".join(options), **SILENT
        )

    async def _serve(self, connection: Connection) -> None:
        while True:
            self._woken.clear()
            ended, self._ended = self._ended, []
            if ended:
                await self.let_go(connection, ended)
            self._end_rests()
            if self.room > 0:
                await self.take_up(connection)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._woken.wait()
            if self.room < self.at_once // 2:
                await asyncio.sleep(TOGETHER)

    def _end_rests(self) -> None:
        now = time.monotonic()
        self._rests = {lane: until for lane, until in self._rests.items() if until > now}
        self._patience = min(LOOK, min(self._rests.values(), default=now + LOOK) - now)

    async def _run(self, lane: str, row: uuid.UUID) -> None:
        try:
            wait = await self.work(row)
        except Exception as e:
            log.error("work failed", work=self.kind, row=str(row), kind=type(e).__name__)
            wait = RECONNECT
        finally:
            del self._running[lane]
            self._ended.append(lane)
            self._woken.set()
        if wait > 0:
            self.rest(lane, wait)


_started: dict[str, set[Lanes]] = {}


def wake_after(session: AsyncSession, kind: str) -> None:
    """When the session's transaction is committed, have this process look for work of that kind."""
    event.listen(session.sync_session, "after_commit", lambda _: wake(kind), once=True)


def wake(kind: str) -> None:
    for lanes in tuple(_started.get(kind, ())):
        lanes.wake()
