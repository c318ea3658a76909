"""Taking a platform's event in: stored, sealed and queued in one transaction."""

import uuid
from typing import Any

from msgspec import convert, to_builtins
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Event
from bot.db import now
from bot.messages.models import Inbound
from bot.metrics import HANDLED_SECONDS
from bot.security.vault import vault
from bot.work import Queue, Workflow, enqueue


async def receive(session: AsyncSession, event: Event) -> bool:
    """Store and queue an event; False when it was here before.

    One person's messages in one chat are handled in order; other people's do not wait for them.
    """
    v = vault()
    row = (
        insert(Inbound)
        .values(
            key=v.fingerprint("event", event.channel, event.key),
            channel=event.channel,
            payload=to_builtins(event),
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Inbound.id)
    )
    created = (await session.execute(row)).scalar_one_or_none()
    if created is None:
        return False
    partition = v.fingerprint("conversation", event.channel, event.chat_id, event.sender_id)
    await enqueue(session, Workflow.HANDLE, Queue.INBOUND, created, partition=partition)
    return True


async def waiting_event(session: AsyncSession, inbound_id: uuid.UUID) -> Event | None:
    """The event, unless it has been handled already."""
    inbound = await session.get(Inbound, inbound_id)
    if inbound is None or inbound.payload is None:
        return None
    return convert(inbound.payload, Event)


async def finish(
    session: AsyncSession,
    inbound_id: uuid.UUID,
    noticed: list[dict[str, Any]] | None = None,
) -> bool:
    """Mark as handled and forget the words; False when another run has done so.

    `noticed`: what the moderation of a group may ask after, kept until the night.
    """
    inbound = await session.get(Inbound, inbound_id, with_for_update=True)
    if inbound is None or inbound.handled_at is not None:
        return False
    inbound.handled_at = now()
    HANDLED_SECONDS.observe((inbound.handled_at - inbound.received_at).total_seconds())
    inbound.payload = None
    inbound.noticed = noticed or None
    inbound.failed = None
    return True


async def fail(session: AsyncSession, inbound_id: uuid.UUID, kind: str) -> None:
    """Handling was given up; the sealed message stays, and the console shows that it does."""
    inbound = await session.get(Inbound, inbound_id, with_for_update=True)
    if inbound is not None and inbound.handled_at is None:
        inbound.failed = kind[:64]
