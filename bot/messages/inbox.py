"""Taking a platform's event in, sealed: its row is what waits, and one statement writes it.

`Inbox` does so for several events at once, where several come; what belongs into a transaction with
something else uses the functions.
"""

import uuid
from collections.abc import Sequence
from typing import Any, cast

import structlog
from msgspec import convert, to_builtins
from sqlalchemy import ARRAY, Table, Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.batches import Batches
from bot.channels.base import Event, EventKind
from bot.db import Database, now
from bot.lanes import wake_after
from bot.messages.models import Conversation, Inbound
from bot.metrics import HANDLED_SECONDS
from bot.procedures.catalogue import STAMP, refresh_to
from bot.security.vault import vault
from bot.triage.danger import in_danger

INBOX = "inbound"
"""What a worker for it is called (bot/lanes.py)."""

log = structlog.get_logger()

# Made once: to put a statement together takes longer than to send it.
_INBOUND = cast(Table, Inbound.__table__)
_STORE = (
    insert(_INBOUND)
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(_INBOUND.c.key, _INBOUND.c.id)
)
_READ = select(_INBOUND.c.id, _INBOUND.c.payload, STAMP).where(
    _INBOUND.c.id == any_(bindparam("those", type_=ARRAY(Uuid))), _INBOUND.c.payload.is_not(None)
)
_READ_IN = (
    select(_INBOUND.c.payload, STAMP, Conversation)
    .join_from(_INBOUND, Conversation, Conversation.id == bindparam("conversation"))
    .where(_INBOUND.c.id == bindparam("inbound"), _INBOUND.c.payload.is_not(None))
)
_FINISH = (
    update(_INBOUND)
    .where(
        _INBOUND.c.id == any_(bindparam("those", type_=ARRAY(Uuid))),
        _INBOUND.c.handled_at.is_(None),
    )
    .values(
        handled_at=bindparam("at"),
        payload=None,
        urgent=False,
        noticed=bindparam("kept"),
        failed=None,
    )
    .returning(_INBOUND.c.id, _INBOUND.c.received_at)
)


class Inbox:
    """What comes in and what is done with it, each batch in one statement, committed by itself."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._coming = Batches(self._receive, at_once=2)
        self._asked_for = Batches(self._read, at_once=2)
        self._done = Batches(self._finish, at_once=2)

    async def receive(self, event: Event) -> bool:
        """`receive` it; when this returns it is stored."""
        return await self._coming.ask(event)

    async def event_to_answer(self, inbound_id: uuid.UUID) -> Event | None:
        """The event, unless it has been handled already; this process's catalogue of procedures is
        up to date then."""
        return await self._asked_for.ask(inbound_id)

    async def finish(self, inbound_id: uuid.UUID) -> bool:
        """`finish` what calls for nothing."""
        return await self._done.ask(inbound_id)

    async def _receive(self, events: list[Event]) -> list[bool]:
        async with self._db.autocommit() as session:
            return await _receive(session, events)

    async def _read(self, those: list[uuid.UUID]) -> list[Event | None]:
        async with self._db.autocommit() as session:
            rows = (await session.execute(_READ, {"those": those})).all()
            if rows:
                await refresh_to(session, rows[0].stamp)
        events = {row.id: convert(row.payload, Event) for row in rows}
        return [events.get(each) for each in those]

    async def _finish(self, those: list[uuid.UUID]) -> list[bool]:
        async with self._db.autocommit() as session:
            finished = await _finish(session, those, None)
        return [each in finished for each in those]


async def receive(session: AsyncSession, event: Event) -> bool:
    """Store and queue an event; False when it was here before.

    One person's messages in one chat are handled in order, an alarm among them first; other
    people's do not wait for them.
    """
    [is_new] = await _receive(session, [event])
    return is_new


async def _receive(session: AsyncSession, events: Sequence[Event]) -> list[bool]:
    rows = [_row(event) for event in events]
    created: dict[str, uuid.UUID] = dict((await session.execute(_STORE, rows)).all())
    if created:
        wake_after(session, INBOX)
    are_new = []
    for row in rows:
        inbound_id = created.pop(row["key"], None)  # of what came twice in one batch the first is
        if inbound_id is not None:
            log.info("received", inbound=str(inbound_id), channel=row["channel"])
        are_new.append(inbound_id is not None)
    return are_new


def _row(event: Event) -> dict[str, Any]:
    return {
        "key": vault().fingerprint("event", event.channel, event.key),
        "channel": event.channel,
        "payload": to_builtins(event),
        "lane": lane_of(event),
        "urgent": event.kind is EventKind.MESSAGE and in_danger(event.text),
    }


def lane_of(event: Event) -> str:
    """Of whom and where it is: a fingerprint of its chat and sender."""
    return vault().fingerprint("conversation", event.channel, event.chat_id, event.sender_id)


async def waiting_event(session: AsyncSession, inbound_id: uuid.UUID) -> Event | None:
    """The event, unless it has been handled already."""
    row = (await session.execute(_READ, {"those": [inbound_id]})).one_or_none()
    return convert(row.payload, Event) if row else None


async def event_to_answer(
    session: AsyncSession, inbound_id: uuid.UUID, conversation_id: uuid.UUID
) -> tuple[Event, Conversation] | None:
    """The same, for whoever answers it in a conversation: this process's catalogue of procedures is
    brought up to date besides."""
    asked = {"inbound": inbound_id, "conversation": conversation_id}
    row = (await session.execute(_READ_IN, asked)).one_or_none()
    if row is None:
        return None
    await refresh_to(session, row.stamp)
    return convert(row.payload, Event), row.Conversation


async def finish(
    session: AsyncSession,
    inbound_id: uuid.UUID,
    noticed: list[dict[str, Any]] | None = None,
) -> bool:
    """Mark as handled and forget the words; False when another run has done so.

    `noticed`: what the moderation of a group may ask after, kept until the night.
    """
    return inbound_id in await _finish(session, [inbound_id], noticed)


async def _finish(
    session: AsyncSession, those: list[uuid.UUID], noticed: list[dict[str, Any]] | None
) -> set[uuid.UUID]:
    at = now()
    done = {"those": those, "at": at, "kept": noticed or None}
    finished = (await session.execute(_FINISH, done)).all()
    for inbound_id, received_at in finished:
        seconds = (at - received_at).total_seconds()
        HANDLED_SECONDS.observe(seconds)
        log.info("handled", inbound=str(inbound_id), seconds=seconds)
    return {inbound_id for inbound_id, _ in finished}


async def fail(session: AsyncSession, inbound_id: uuid.UUID, kind: str) -> None:
    """Handling was given up; the sealed message stays, and the console shows that it does."""
    inbound = await session.get(Inbound, inbound_id, with_for_update=True)
    if inbound is not None and inbound.handled_at is None:
        inbound.failed = kind[:64]
