"""Putting something on its way out, in the transaction that gave the reason for it."""

import uuid
from typing import Any, cast

from msgspec import convert, to_builtins
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.db import now
from bot.lanes import wake_after
from bot.messages.models import Outbound, OutboundKind, OutboundStatus
from bot.security.vault import vault

_OUTBOUND = cast(Table, Outbound.__table__)
_STORE = insert(_OUTBOUND).on_conflict_do_nothing(index_elements=["key"]).returning(_OUTBOUND.c.id)


async def post(
    session: AsyncSession,
    channel: str,
    target: Target,
    content: Content,
    *,
    key: str,
    report_id: uuid.UUID | None = None,
    urgent: bool = False,
    file_id: uuid.UUID | None = None,
) -> bool:
    """Send `content`, once for each `key` (at most 80 characters); False when it was before.

    What is urgent goes before what waits for the same chat, and rather twice than not at all. The
    report's attachment `file_id` goes with it; it is read when it is sent and not stored twice.
    """
    payload: dict[str, Any] = {"target": to_builtins(target), "content": to_builtins(content)}
    if urgent:
        payload["urgent"] = True
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
    )


async def post_delete(
    session: AsyncSession,
    channel: str,
    target: Target,
    message_id: str,
    *,
    key: str,
    report_id: uuid.UUID | None = None,
    then: Content | None,
    if_refused: Content | None,
) -> None:
    """Delete somebody's message, and say in the chat what came of it, if anything."""
    payload = {
        "target": to_builtins(target),
        "message_id": message_id,
        "then": to_builtins(then),
        "if_refused": to_builtins(if_refused),
    }
    await _queue(session, OutboundKind.DELETE, channel, target, payload, key, report_id)


async def send_again(session: AsyncSession, row: Outbound) -> None:
    """Deliver what was given up, as a new row, since one row's work runs only once.

    The row must be locked and hold its payload.
    """
    assert row.payload is not None
    payload = dict(row.payload)
    for mark in (UNTIL_HEARD, CUT_OFF):
        payload.pop(mark, None)
    row.status, row.payload, row.done_at = OutboundStatus.RETRIED, None, now()
    await session.flush()
    target = convert(payload["target"], Target)
    key = f"{AGAIN}{row.id}"
    await _queue(session, row.kind, row.channel, target, payload, key, row.report_id)


AGAIN = "again:"
"""How the key of a row begins that is sent another time."""

UNTIL_HEARD = "until_heard"
"""Marks the payload of a row that did not arrive, but may once the person writes again."""


CUT_OFF = "cut_off"
"""Marks the payload of an urgent row whose sending was interrupted once."""


def target_key(channel: str, chat_id: str) -> str:
    return vault().fingerprint("target", channel, chat_id)


def outbox(channel: str) -> str:
    """What the worker for what goes over a platform is called (bot/lanes.py)."""
    return f"outbound {channel}"


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
) -> bool:
    where = target_key(channel, target.chat_id)
    row = {
        "key": key,
        "kind": kind,
        "channel": channel,
        "target_key": where,
        "in_group": target.chat_kind is ChatKind.GROUP,
        "urgent": urgent,
        "report_id": report_id,
        "payload": payload,
    }
    created = (await session.execute(_STORE, row)).scalar_one_or_none()
    if created is not None:
        wake_after(session, outbox(channel))
    return created is not None
