"""Taking a platform's event in, sealed: its row is what waits, and one statement writes it."""

import uuid
from typing import Any, cast

import structlog
from msgspec import convert, to_builtins
from sqlalchemy import Row, Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Event, EventKind
from bot.db import now
from bot.lanes import wake_after
from bot.messages.models import Inbound
from bot.metrics import HANDLED_SECONDS
from bot.procedures.catalogue import STAMP, refresh_to
from bot.security.vault import vault
from bot.triage.danger import in_danger

INBOX = "inbound"
"""What a worker for it is called (bot/lanes.py)."""

log = structlog.get_logger()

# Made once: to put a statement together takes longer than to send it.
_INBOUND = cast(Table, Inbound.__table__)
_STORE = insert(_INBOUND).on_conflict_do_nothing(index_elements=["key"]).returning(_INBOUND.c.id)
_READ = select(_INBOUND.c.payload, STAMP).where(_INBOUND.c.id == bindparam("inbound"))
_FINISH = (
    update(_INBOUND)
    .where(_INBOUND.c.id == bindparam("inbound"), _INBOUND.c.handled_at.is_(None))
    .values(
        handled_at=bindparam("at"),
        payload=None,
        urgent=False,
        noticed=bindparam("kept"),
        failed=None,
    )
    .returning(_INBOUND.c.received_at)
)


async def receive(session: AsyncSession, event: Event) -> bool:
    """Store and queue an event; False when it was here before.

    One person's messages in one chat are handled in order, an alarm among them first; other
    people's do not wait for them.
    """
    row = {
        "key": vault().fingerprint("event", event.channel, event.key),
        "channel": event.channel,
        "payload": to_builtins(event),
        "lane": lane_of(event),
        "urgent": event.kind is EventKind.MESSAGE and in_danger(event.text),
    }
    created = (await session.execute(_STORE, row)).scalar_one_or_none()
    if created is None:
        return False
    log.info("received", inbound=str(created), channel=event.channel)
    wake_after(session, INBOX)
    return True


def lane_of(event: Event) -> str:
    """Of whom and where it is: a fingerprint of its chat and sender."""
    return vault().fingerprint("conversation", event.channel, event.chat_id, event.sender_id)


async def waiting_event(session: AsyncSession, inbound_id: uuid.UUID) -> Event | None:
    """The event, unless it has been handled already."""
    row = await _waiting(session, inbound_id)
    return convert(row.payload, Event) if row else None


async def event_to_answer(session: AsyncSession, inbound_id: uuid.UUID) -> Event | None:
    """The same, for whoever answers it: this process's catalogue is brought up to date besides."""
    row = await _waiting(session, inbound_id)
    if row:
        await refresh_to(session, row.stamp)
    return convert(row.payload, Event) if row else None


async def _waiting(session: AsyncSession, inbound_id: uuid.UUID) -> Row[Any] | None:
    """`payload` and the catalogue's `stamp`."""
    row = (await session.execute(_READ, {"inbound": inbound_id})).one_or_none()
    return row if row is not None and row.payload is not None else None


async def finish(
    session: AsyncSession,
    inbound_id: uuid.UUID,
    noticed: list[dict[str, Any]] | None = None,
) -> bool:
    """Mark as handled and forget the words; False when another run has done so.

    `noticed`: what the moderation of a group may ask after, kept until the night.
    """
    at = now()
    done = {"inbound": inbound_id, "at": at, "kept": noticed or None}
    received_at = (await session.execute(_FINISH, done)).scalar_one_or_none()
    if received_at is None:
        return False
    seconds = (at - received_at).total_seconds()
    HANDLED_SECONDS.observe(seconds)
    log.info("handled", inbound=str(inbound_id), seconds=seconds)
    return True


async def fail(session: AsyncSession, inbound_id: uuid.UUID, kind: str) -> None:
    """Handling was given up; the sealed message stays, and the console shows that it does."""
    inbound = await session.get(Inbound, inbound_id, with_for_update=True)
    if inbound is not None and inbound.handled_at is None:
        inbound.failed = kind[:64]
