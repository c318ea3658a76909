"""What one gateway process works on: messages that came in, and what is to go out.

Both tables are queues (bot/lanes.py). A conversation's messages are handled by whichever process is
free; what goes out over one platform goes through one process, which alone knows how fast.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot import work
from bot.channels.base import Rates
from bot.channels.registry import CHANNELS
from bot.lanes import DONE, Connection, Lanes
from bot.messages import delivery, fatal, handling, workflows
from bot.messages.inbox import INBOX
from bot.messages.outbox import outbox
from bot.messages.pace import Pace

if TYPE_CHECKING:
    from bot.services import Services

_CAME_IN = """
    WITH waiting AS MATERIALIZED (
        SELECT id, lane, urgent, turn FROM inbound
        WHERE handled_at IS NULL AND failed IS NULL AND payload IS NOT NULL
            AND lane <> ALL(%(busy)s)
            AND lane <> ALL(
                CASE WHEN urgent THEN %(had_alarm)s::text[] ELSE %(had_turn)s::text[] END)
        ORDER BY urgent DESC, turn LIMIT %(room)s
    ), first AS MATERIALIZED (
        SELECT DISTINCT ON (lane) * FROM waiting ORDER BY lane, urgent DESC, turn
    )
    SELECT id, lane, urgent, pg_try_advisory_lock(hashtextextended(lane, 0)),
           (SELECT count(*) FROM waiting) = %(room)s
    FROM first ORDER BY urgent DESC, turn
"""
_LET_GO = "SELECT pg_advisory_unlock(hashtextextended(lane, 0)) FROM unnest(%s::text[]) AS lane"


class Incoming(Lanes):
    """The messages of one person in one chat, in order, an alarm first.

    Where more lanes wait than there is room for, none has its next turn before all others had one:
    however much somebody sends, in however many chats, nobody waits for more than one of each.
    """

    at_once = 32
    remembered = 64
    """Of so many lanes it is known that they had their turn; then all begin anew."""

    def __init__(self, database_url: str, handle: Callable[[uuid.UUID], Awaitable[None]]) -> None:
        super().__init__(database_url, INBOX)
        self._handle = handle
        self._had_turn: set[str] = set()  # while others wait
        self._had_alarm: set[str] = set()

    async def take_up(self, connection: Connection) -> None:
        others: list[str] = []  # lanes that another process works on
        if self._had_turn or self._had_alarm:
            await self._take_up(connection, others)
            if self.room > 0 or len(self._had_turn | self._had_alarm) > self.remembered:
                self._forget_turns()
        await self._take_up(connection, others)
        if self.room > 0:
            self._forget_turns()

    async def _take_up(self, connection: Connection, others: list[str]) -> None:
        more = True
        while more and self.room > 0:
            values = {
                "busy": self.busy + others,
                "had_turn": list(self._had_turn),
                "had_alarm": list(self._had_alarm),
                "room": self.room,
            }
            rows = await (await connection.execute(_CAME_IN, values)).fetchall()
            more = False
            for row, lane, urgent, is_ours, more in rows:  # noqa: B007 (the same in every row)
                if is_ours:
                    self.begin(lane, row)
                    (self._had_alarm if urgent else self._had_turn).add(lane)
                else:
                    others.append(lane)

    def _forget_turns(self) -> None:
        self._had_turn.clear()
        self._had_alarm.clear()

    async def let_go(self, connection: Connection, lanes: list[str]) -> None:
        await connection.execute(_LET_GO, (lanes,))

    async def work(self, row: uuid.UUID) -> float:
        await self._handle(row)
        return DONE


_TO_GO_OUT = """
    WITH waiting AS MATERIALIZED (
        SELECT id, target_key, in_group, urgent, turn FROM outbound
        WHERE status = 'pending' AND payload IS NOT NULL AND channel = %(channel)s
            AND target_key <> ALL(%(busy)s) AND (urgent OR target_key <> ALL(%(full)s))
        ORDER BY urgent DESC, turn LIMIT %(room)s
    ), first AS MATERIALIZED (
        SELECT DISTINCT ON (target_key) * FROM waiting ORDER BY target_key, urgent DESC, turn
    )
    SELECT id, target_key, in_group, urgent, (SELECT count(*) FROM waiting) = %(room)s
    FROM first ORDER BY urgent DESC, turn
"""
_ALONE = "SELECT pg_try_advisory_lock(hashtextextended('outbound ' || %s, 0))"


class Outgoing(Lanes):
    """What goes over one platform: to one chat in order, what is urgent first."""

    at_once = 32

    def __init__(self, services: "Services", database_url: str, channel: str) -> None:
        super().__init__(database_url, outbox(channel))
        self._services = services
        self._channel = channel
        is_on = services.channels.get(channel)
        self._pace = Pace(is_on.rates if is_on else Rates())
        self._full: dict[str, float] = {}  # until when only what is urgent may go to a chat
        self._alone: Connection | None = None

    async def take_up(self, connection: Connection) -> None:
        if not await self._is_alone(connection):
            return
        if (wait := self._pace.wait()) > 0:
            self.look_again_in(wait)
            return
        more = True
        while more and self.room > 0:
            values = {
                "channel": self._channel,
                "busy": self.busy,
                "full": self._still_full(),
                "room": self.room,
            }
            rows = await (await connection.execute(_TO_GO_OUT, values)).fetchall()
            more = False
            for row, chat, in_group, urgent, more in rows:  # noqa: B007 (the same in every row)
                if (wait := self._pace.wait()) > 0:
                    self.look_again_in(wait)
                    return
                if (wait := self._pace.wait_for(chat, in_group=in_group, urgent=urgent)) <= 0:
                    self._pace.note(chat, in_group=in_group)
                    self.begin(chat, row)
                elif urgent:
                    self.rest(chat, wait)
                else:
                    self._full[chat] = time.monotonic() + wait

    def _still_full(self) -> list[str]:
        at = time.monotonic()
        self._full = {chat: until for chat, until in self._full.items() if until > at}
        return list(self._full)

    async def work(self, row: uuid.UUID) -> float:
        return await delivery.deliver(self._services, row)

    async def _is_alone(self, connection: Connection) -> bool:
        """Whether this is the process that sends over the platform."""
        if self._alone is not connection:
            cursor = await connection.execute(_ALONE, (self._channel,))
            if await cursor.fetchone() == (True,):
                self._alone = connection
        return self._alone is connection


@asynccontextmanager
async def working(
    services: "Services", database_url: str, name: str = "local"
) -> AsyncIterator[None]:
    """All that a gateway works on goes on inside the block. `name`: see `work.configure`."""
    workflows.use(services)
    work.configure(database_url, name)
    await work.launch()
    handle = partial(handling.handle_or_hand_over, services)
    lanes: list[Lanes] = [Incoming(database_url, handle)]
    lanes += [Outgoing(services, database_url, channel) for channel in CHANNELS]
    await fatal.begin(services, Incoming.at_once)
    for each in lanes:
        each.start()
    try:
        yield
    finally:
        await asyncio.gather(*(each.stop() for each in lanes))
        await fatal.end(services)
        await asyncio.to_thread(work.stop)
