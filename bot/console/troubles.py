"""What did not arrive or could not be handled: no words of anybody, only kinds and times."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.db import now
from bot.messages import outbox
from bot.messages.models import Inbound, Outbound, OutboundStatus

SHOWN = 100
TROUBLED = (OutboundStatus.DEAD, OutboundStatus.UNKNOWN)


class NotPossible(Exception):
    """Nothing was done. The message is for the manager, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """The newest of each kind, and how many there are."""

    outbound: Sequence[Outbound]
    inbound: Sequence[Inbound]
    dead: int
    unknown: int
    failed: int
    waiting: int


async def troubles(session: AsyncSession) -> Troubles:
    # One by one, as each has an index of its own.
    troubled = select(Outbound.status, func.count()).where(Outbound.status.in_(TROUBLED))
    counts = dict((await session.execute(troubled.group_by(Outbound.status))).all())
    waiting = select(func.count()).where(Outbound.status == OutboundStatus.PENDING)
    rows = (
        select(Outbound)
        .options(defer(Outbound.payload))
        .where(Outbound.status.in_(TROUBLED))
        .order_by(Outbound.created_at.desc())
        .limit(SHOWN)
    )
    failed = (Inbound.failed.is_not(None), Inbound.handled_at.is_(None))
    inbound = (
        select(Inbound)
        .options(defer(Inbound.payload))
        .where(*failed)
        .order_by(Inbound.received_at.desc())
        .limit(SHOWN)
    )
    return Troubles(
        outbound=(await session.execute(rows)).scalars().all(),
        inbound=(await session.execute(inbound)).scalars().all(),
        dead=counts.get(OutboundStatus.DEAD, 0),
        unknown=counts.get(OutboundStatus.UNKNOWN, 0),
        waiting=(await session.execute(waiting)).scalar_one(),
        failed=(await session.execute(select(func.count()).where(*failed))).scalar_one(),
    )


async def send_again(session: AsyncSession, outbound_id: uuid.UUID) -> None:
    """Deliver what was given up. Raises: NotPossible."""
    old = await _troubled(session, outbound_id)
    if old.payload is None:
        raise NotPossible("Nội dung tin này không còn nên không gửi lại được.")
    await outbox.send_again(session, old)


async def drop(session: AsyncSession, outbound_id: uuid.UUID) -> None:
    """A manager looked at it and it need not be sent. Raises: NotPossible."""
    row = await _troubled(session, outbound_id)
    row.status, row.payload, row.done_at = OutboundStatus.DROPPED, None, now()


async def _troubled(session: AsyncSession, outbound_id: uuid.UUID) -> Outbound:
    """The row, locked: of two managers one acts."""
    row = await session.get(Outbound, outbound_id, with_for_update=True)
    if row is None or row.status not in TROUBLED:
        raise NotPossible("Tin này đã được người khác xử lý.")
    return row
