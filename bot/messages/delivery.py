"""Bringing one outbound row to its platform: one try, and what its outcome means."""

import logging
import secrets
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import structlog
from msgspec import convert
from sqlalchemy import Table, bindparam, or_, update
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
    QuotaSpent,
    RateLimited,
    Retryable,
    Target,
    Unreachable,
    Upload,
)
from bot.db import now
from bot.groups.models import Group
from bot.lanes import DONE
from bot.messages.conversations import find_conversation
from bot.messages.models import Conversation, Outbound, OutboundKind, OutboundStatus
from bot.messages.outbox import CUT_OFF, UNTIL_HEARD, post
from bot.metrics import DELIVERED, PART_SECONDS
from bot.reports import reach
from bot.reports.models import Attachment, EventType, Report
from bot.reports.service import note
from bot.work import WorkFailed, insist, outlast

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger()

MAX_ATTEMPTS = 8
PATIENCE = 24
"""Attempts where the platform makes us wait for long: a day of hours."""
FIRST_WAIT = 1.0  # seconds, doubled after each try
LONGEST_WAIT = 300.0

_OUTBOUND = cast(Table, Outbound.__table__)
_PENDING = update(_OUTBOUND).where(
    _OUTBOUND.c.id == bindparam("outbound"), _OUTBOUND.c.status == OutboundStatus.PENDING
)
_BEGIN = (
    _PENDING.where(
        _OUTBOUND.c.payload.is_not(None),
        or_(_OUTBOUND.c.under_way.is_(None), _OUTBOUND.c.under_way == bindparam("mark")),
    )
    .values(under_way=bindparam("mark"))
    .returning(*_OUTBOUND.c)
)
_SETTLE = _PENDING.values(
    attempts=_OUTBOUND.c.attempts + 1,
    status=bindparam("outcome"),
    error=bindparam("why"),
    platform_id=bindparam("their_id"),
    done_at=bindparam("at"),
    payload=bindparam("kept"),
).returning(_OUTBOUND.c.id)


async def deliver(services: "Services", outbound_id: uuid.UUID) -> float:
    """One `attempt`; a row at which trying itself fails goes to the managers."""
    try:
        return await insist(lambda: attempt(services, outbound_id))
    except WorkFailed as e:
        kind = str(e)
        log.error("not delivered", outbound=str(outbound_id), kind=kind)
        await outlast(lambda: bury(services, outbound_id, kind))
        return DONE


async def attempt(services: "Services", outbound_id: uuid.UUID) -> float:
    """Try once; returns the seconds to wait before the next try, or `DONE`.

    A try that did not come to its end leaves its mark: the platform may have the message, so it is
    not sent again by itself, unless that does no harm, or it says whom to call: that is sent once
    more, and no third time.
    """
    mark = secrets.token_hex(8)
    row, interrupted = await outlast(lambda: _begin(services, outbound_id, mark))
    if row is None:
        return DONE
    channel = services.channels.get(row.channel)
    if channel is None:
        return await _settle(services, row, OutboundStatus.DEAD, error="channel_off")
    if interrupted:
        return await _settle(services, row, OutboundStatus.UNKNOWN, error="interrupted")
    with PART_SECONDS.labels("delivery").time():
        outcome = await _outcome(services, channel, row)
    # From here on only the database is tried again, never the platform.
    return await outlast(lambda: _conclude(services, row, outcome))


async def _begin(
    services: "Services", outbound_id: uuid.UUID, mark: str
) -> tuple[Outbound | None, bool]:
    """The row, marked as under way, if it waits; and whether an earlier try was interrupted."""
    values = {"outbound": outbound_id, "mark": mark}
    async with services.db.autocommit() as session:
        if begun := (await session.execute(_BEGIN, values)).mappings().one_or_none():
            return Outbound(**begun), False
    async with services.db.begin() as session:
        return await _begin_again(services, session, outbound_id, mark)


async def _begin_again(
    services: "Services", session: AsyncSession, outbound_id: uuid.UUID, mark: str
) -> tuple[Outbound | None, bool]:
    """The same for what does not wait any more, or what an earlier try has left its mark on."""
    row = await session.get(Outbound, outbound_id)
    if row is None or row.status is not OutboundStatus.PENDING or row.payload is None:
        return None, False
    if row.under_way not in (None, mark) and not _harmless(services, row):
        if not row.payload.get("urgent") or row.payload.get(CUT_OFF):
            return row, True  # the mark stays: this may be asked again
        row.payload = {**row.payload, CUT_OFF: True}
    row.under_way = mark
    return row, False


def _harmless(services: "Services", row: Outbound) -> bool:
    """Whether doing it twice is the same as doing it once."""
    channel = services.channels.get(row.channel)
    return row.kind is OutboundKind.DELETE or (
        channel is not None and channel.capabilities.sends_once
    )


async def _outcome(services: "Services", channel: Channel, row: Outbound) -> str | DeliveryError:
    """The platform's id of what was sent, or why it was not."""
    try:
        return await _deliver(services, channel, row) or ""
    except DeliveryError as e:
        return e


async def _conclude(services: "Services", row: Outbound, outcome: str | DeliveryError) -> float:
    match outcome:
        case Moved():
            return await _moved(services, row, outcome)
        case Retryable():
            return await _later(services, row, outcome)
        case OutcomeUnknown():
            return await _settle(services, row, OutboundStatus.UNKNOWN, error=outcome.code)
        case DeliveryError():
            return await _refused(services, row, outcome)
    sent = outcome or None
    return await _settle(services, row, OutboundStatus.SENT, platform_id=sent)


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
    content = replace(convert(row.payload["content"], Content), id=str(row.id))
    if file_id := row.payload.get("file"):
        upload = await outlast(lambda: _file(services, uuid.UUID(file_id)))
        if upload is None:
            raise Permanent("file_gone")
        content = replace(content, upload=upload)
    return await channel.send(target, content)


async def _file(services: "Services", file_id: uuid.UUID) -> Upload | None:
    """None when it is not there any more."""
    async with services.db.begin() as session:
        file = await session.get(Attachment, file_id, options=[undefer(Attachment.content)])
    if file is None or file.content is None:
        return None
    return Upload(file.kind, file.name, file.mime, file.content)


async def _settle(
    services: "Services",
    row: Outbound,
    status: OutboundStatus,
    *,
    error: str | None = None,
    platform_id: str | None = None,
    lost: reach.Why | None = None,
) -> float:
    """The row's last word. What was delivered is forgotten; what was not can be sent again.

    `lost`: why its reader cannot be written to at all.
    """
    sent = status is OutboundStatus.SENT
    payload = None if sent else row.payload
    last_word = {
        "outbound": row.id,
        "outcome": status,
        "why": error,
        "their_id": platform_id,
        "at": now(),
        "kept": {**payload, UNTIL_HEARD: True} if payload and lost else payload,
    }
    waited = sent and row.attempts and row.report_id
    follows = row.kind is OutboundKind.DELETE or lost or waited
    begin = services.db.begin if follows else services.db.autocommit
    async with begin() as session:
        if await session.scalar(_SETTLE, last_word) is None:
            return DONE  # and only the database's word for it was lost
        if row.kind is OutboundKind.DELETE:
            await _after_delete(session, row, deleted=sent)
        elif lost and (conversation := await _reader(session, row)):
            await reach.lose(session, conversation, lost, row)
        elif waited:
            await _reached_after_all(session, row)
    log.log(
        logging.WARNING if error else logging.INFO,
        "not delivered" if error else "delivered",
        outbound=str(row.id),
        inbound=_cause(row),
        channel=row.channel,
        outcome=status.value,
        error=error,
        seconds=(now() - row.created_at).total_seconds(),
    )
    DELIVERED.labels(row.channel, status.value).inc()
    return DONE


def _cause(row: Outbound) -> str | None:
    """The id of the message that this answers, where it answers one: its key begins with it."""
    first = row.key.partition(":")[0]
    return first if len(first) == len(str(row.id)) else None


async def _after_delete(session: AsyncSession, row: Outbound, *, deleted: bool) -> None:
    """Say what is true: the message is gone, or its sender is asked to take it back."""
    assert row.payload is not None
    target = convert(row.payload["target"], Target)
    words = convert(row.payload["then" if deleted else "if_refused"], Content | None)
    if words is not None:
        await post(session, row.channel, target, words, key=f"deleted:{row.id}")
    elif not deleted:
        return  # nobody was asked to take it back
    report = await session.get(Report, row.report_id) if row.report_id else None
    if report:
        done = EventType.GROUP_MESSAGE_DELETED if deleted else EventType.RECALL_ASKED
        await note(session, report, done)


async def _reached_after_all(session: AsyncSession, row: Outbound) -> None:
    """What waited for the platform's quota has arrived."""
    if conversation := await _reader(session, row):
        await reach.regain(session, conversation)


async def _reader(session: AsyncSession, row: Outbound) -> Conversation | None:
    """The person whom a message is for."""
    assert row.payload is not None
    target = convert(row.payload["target"], Target)
    if target.chat_kind is not ChatKind.PRIVATE:
        return None
    return await find_conversation(session, row.channel, target.chat_id)


async def _later(services: "Services", row: Outbound, error: Retryable) -> float:
    spent = isinstance(error, QuotaSpent)
    long_wait = isinstance(error, RateLimited) and error.retry_after > LONGEST_WAIT
    if row.attempts + 1 >= (PATIENCE if long_wait else MAX_ATTEMPTS):
        lost = reach.Why.QUOTA if spent else None
        return await _settle(services, row, OutboundStatus.DEAD, error=error.code, lost=lost)
    async with services.db.begin() as session:
        await session.execute(
            update(Outbound)
            .where(Outbound.id == row.id)
            .values(attempts=Outbound.attempts + 1, error=error.code, under_way=None)
        )
        if spent and row.report_id and (conversation := await _reader(session, row)):
            await reach.lose(session, conversation, reach.Why.QUOTA, row)
    if isinstance(error, RateLimited):
        return max(error.retry_after, 0.1)
    return float(min(FIRST_WAIT * 2**row.attempts, LONGEST_WAIT))


async def _refused(services: "Services", row: Outbound, error: DeliveryError) -> float:
    lost = reach.why(error) if isinstance(error, Unreachable) else None
    return await _settle(services, row, OutboundStatus.DEAD, error=error.code, lost=lost)


async def _moved(services: "Services", row: Outbound, error: Moved) -> float:
    """The group has a new id: remember it, and try again there.

    A message to delete has another id there, if it is there at all: its sender is asked to recall
    it. Nor can it be replied to.
    """
    assert row.payload is not None
    old = convert(row.payload["target"], Target)
    target = {**row.payload["target"], "chat_id": error.chat_id}
    if replace(old, chat_id=error.chat_id) == old or row.attempts + 1 >= MAX_ATTEMPTS:
        return await _settle(services, row, OutboundStatus.DEAD, error=error.code)
    async with services.db.begin() as session:
        await session.execute(
            update(Group)
            .where(Group.channel == row.channel, Group.chat_id == old.chat_id)
            .values(chat_id=error.chat_id)
        )
        if row.kind is OutboundKind.DELETE:
            # Its own target stays: sent again, it must not delete another message there.
            asked = row.payload["if_refused"]
            words = asked and {**asked, "reply_to": ""}
            payload = {**row.payload, "if_refused": words}
        else:
            content = {**row.payload["content"], "reply_to": ""}
            payload = {**row.payload, "target": target, "content": content}
        stored = await session.get_one(Outbound, row.id)
        stored.payload = payload
        stored.attempts += 1
        stored.under_way = None
    if row.kind is OutboundKind.DELETE:
        row.payload = payload
        return await _settle(services, row, OutboundStatus.DEAD, error=error.code)
    return 0.0
