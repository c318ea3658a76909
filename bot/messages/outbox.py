"""Putting something on its way out, in the transaction that gave the reason for it."""

import uuid
from typing import Any

from msgspec import to_builtins
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.messages.models import Outbound, OutboundKind
from bot.security.vault import vault
from bot.work import Queue, Workflow, enqueue


async def post(
    session: AsyncSession,
    channel: str,
    target: Target,
    content: Content,
    *,
    key: str,
    report_id: uuid.UUID | None = None,
    urgent: bool = False,
    place: int = 0,
    file_id: uuid.UUID | None = None,
) -> bool:
    """Send `content`, once for each `key` (at most 80 characters); False when it was before.

    What is urgent goes before what waits for the same chat. `place`: which of several messages
    of one transaction to the same chat it is. With it goes the report's attachment `file_id`, which
    is read when it is sent: it need not be stored twice.
    """
    payload = {"target": to_builtins(target), "content": to_builtins(content)}
    if file_id:
        payload["file"] = str(file_id)
    return await _queue(
        session,
        OutboundKind.MESSAGE,
        channel,
        target,
        payload,
        key,
        report_id,
        urgent=urgent,
        place=place,
    )


async def post_delete(
    session: AsyncSession,
    channel: str,
    target: Target,
    message_id: str,
    *,
    key: str,
    report_id: uuid.UUID | None = None,
    then: Content,
    if_refused: Content,
) -> None:
    """Delete somebody's message, and say in the chat what came of it."""
    payload = {
        "target": to_builtins(target),
        "message_id": message_id,
        "then": to_builtins(then),
        "if_refused": to_builtins(if_refused),
    }
    await _queue(session, OutboundKind.DELETE, channel, target, payload, key, report_id)


def queue_for(target: Target) -> Queue:
    return Queue.OUTBOUND_GROUP if target.chat_kind is ChatKind.GROUP else Queue.OUTBOUND


async def _queue(
    session: AsyncSession,
    kind: OutboundKind,
    channel: str,
    target: Target,
    payload: dict[str, Any],
    key: str,
    report_id: uuid.UUID | None,
    *,
    urgent: bool = False,
    place: int = 0,
) -> bool:
    target_key = vault().fingerprint("target", channel, target.chat_id)
    row = (
        insert(Outbound)
        .values(
            key=key,
            kind=kind,
            channel=channel,
            target_key=target_key,
            report_id=report_id,
            payload=payload,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Outbound.id)
    )
    created = (await session.execute(row)).scalar_one_or_none()
    if created is not None:
        await enqueue(
            session,
            Workflow.DELIVER,
            queue_for(target),
            created,
            partition=target_key,
            urgent=urgent,
            place=place,
        )
    return created is not None
