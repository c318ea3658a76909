"""Bringing one outbound row to its platform: one try, and what its outcome means."""

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from msgspec import convert
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from bot.channels.base import (
    Channel,
    ChatKind,
    Content,
    DeliveryError,
    Moved,
    OutcomeUnknown,
    Permanent,
    RateLimited,
    Retryable,
    Target,
    Unreachable,
    Upload,
)
from bot.db import now
from bot.groups.models import Group
from bot.messages.conversations import find_conversation
from bot.messages.models import Outbound, OutboundKind, OutboundStatus
from bot.messages.outbox import post
from bot.metrics import DELIVERED
from bot.reports.models import Attachment, EventType, Report
from bot.reports.service import note
from bot.work import outlast

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger()

MAX_ATTEMPTS = 8
FIRST_WAIT = 1.0  # seconds, doubled after each try
LONGEST_WAIT = 300.0
DONE = -1.0


async def attempt(services: "Services", outbound_id: uuid.UUID) -> float:
    """Try once; returns the seconds to wait before the next try, or `DONE`."""
    async with services.db.begin() as session:
        row = await session.get(Outbound, outbound_id)
        if row is None or row.status is not OutboundStatus.PENDING or row.payload is None:
            return DONE
    channel = services.channels.get(row.channel)
    if channel is None:
        return await _settle(services, row, OutboundStatus.DEAD, error="channel_off")
    try:
        platform_id = await _deliver(services, channel, row)
    except Moved as e:
        return await _moved(services, row, e)
    except Retryable as e:
        return await _later(services, row, e)
    except OutcomeUnknown as e:
        return await _settle(services, row, OutboundStatus.UNKNOWN, error=e.code)
    except DeliveryError as e:
        return await _refused(services, row, e)
    # Sent: from here on only the database is tried again, never the platform.
    return await outlast(
        lambda: _settle(services, row, OutboundStatus.SENT, platform_id=platform_id)
    )


async def bury(services: "Services", outbound_id: uuid.UUID, error: str) -> None:
    """Trying itself failed again and again: the managers see the row and may send it again."""
    async with services.db.begin() as session:
        row = await session.get(Outbound, outbound_id)
    if row and row.status is OutboundStatus.PENDING:
        await _settle(services, row, OutboundStatus.DEAD, error=error)


async def _deliver(services: "Services", channel: Channel, row: Outbound) -> str | None:
    assert row.payload is not None
    target = convert(row.payload["target"], Target)
    if row.kind is OutboundKind.DELETE:
        await channel.delete(target, row.payload["message_id"])
        return None
    content = convert(row.payload["content"], Content)
    if file_id := row.payload.get("file"):
        content = replace(content, upload=await _file(services, uuid.UUID(file_id)))
    return await channel.send(target, content)


async def _file(services: "Services", file_id: uuid.UUID) -> Upload:
    """Raises: Permanent, when the file is not there any more."""
    async with services.db.begin() as session:
        file = await session.get(Attachment, file_id, options=[undefer(Attachment.content)])
    if file is None or file.content is None:
        raise Permanent("file_gone")
    return Upload(file.kind, file.name, file.mime, file.content)


async def _settle(
    services: "Services",
    row: Outbound,
    status: OutboundStatus,
    *,
    error: str | None = None,
    platform_id: str | None = None,
) -> float:
    """The row's last word. What was delivered is forgotten; what was not can be sent again."""
    async with services.db.begin() as session:
        values = {"status": status, "error": error, "platform_id": platform_id, "done_at": now()}
        if status is OutboundStatus.SENT:
            values["payload"] = None
        await session.execute(
            update(Outbound)
            .where(Outbound.id == row.id)
            .values(attempts=Outbound.attempts + 1, **values)
        )
        if row.kind is OutboundKind.DELETE:
            await _after_delete(session, row, deleted=status is OutboundStatus.SENT)
    if error:
        log.warning("not delivered", channel=row.channel, outcome=status.value, error=error)
    DELIVERED.labels(row.channel, status.value).inc()
    return DONE


async def _after_delete(session: AsyncSession, row: Outbound, *, deleted: bool) -> None:
    """Say what is true: the message is gone, or its sender is asked to take it back."""
    assert row.payload is not None
    target = convert(row.payload["target"], Target)
    words = convert(row.payload["then" if deleted else "if_refused"], Content)
    await post(session, row.channel, target, words, key=f"deleted:{row.id}")
    report = await session.get(Report, row.report_id) if row.report_id else None
    if report:
        done = EventType.GROUP_MESSAGE_DELETED if deleted else EventType.RECALL_ASKED
        await note(session, report, done)


async def _later(services: "Services", row: Outbound, error: Retryable) -> float:
    if row.attempts + 1 >= MAX_ATTEMPTS:
        return await _settle(services, row, OutboundStatus.DEAD, error=error.code)
    async with services.db.begin() as session:
        await session.execute(
            update(Outbound)
            .where(Outbound.id == row.id)
            .values(attempts=Outbound.attempts + 1, error=error.code)
        )
    if isinstance(error, RateLimited):
        return max(error.retry_after, 0.1)
    return float(min(FIRST_WAIT * 2**row.attempts, LONGEST_WAIT))


async def _refused(services: "Services", row: Outbound, error: DeliveryError) -> float:
    if isinstance(error, Unreachable):
        await _mark_unreachable(services, row)
    return await _settle(services, row, OutboundStatus.DEAD, error=error.code)


async def _mark_unreachable(services: "Services", row: Outbound) -> None:
    assert row.payload is not None
    target = convert(row.payload["target"], Target)
    async with services.db.begin() as session:
        if target.chat_kind is ChatKind.PRIVATE:
            conversation = await find_conversation(session, row.channel, target.chat_id)
            if conversation:
                conversation.reachable = False


async def _moved(services: "Services", row: Outbound, error: Moved) -> float:
    """The group has a new id: remember it, and try again there."""
    assert row.payload is not None
    old = convert(row.payload["target"], Target)
    moved = {**row.payload["target"], "chat_id": error.chat_id}
    if replace(old, chat_id=error.chat_id) == old or row.attempts + 1 >= MAX_ATTEMPTS:
        return await _settle(services, row, OutboundStatus.DEAD, error=error.code)
    async with services.db.begin() as session:
        await session.execute(
            update(Group)
            .where(Group.channel == row.channel, Group.chat_id == old.chat_id)
            .values(chat_id=error.chat_id)
        )
        stored = await session.get_one(Outbound, row.id)
        stored.payload = {**row.payload, "target": moved}
        stored.attempts += 1
    return 0.0
