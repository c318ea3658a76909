"""Questions on procedures that got no answer, or not the one meant, for the managers to settle.

Each is kept masked and sealed, without who asked, until a manager is done with it or for `KEPT`.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.nlu.text import strip_diacritics
from bot.procedures.models import GapReason, ProcedureGap
from bot.reports.learning import masked
from bot.triage.details import Detail, as_entities

KEPT = timedelta(days=90)
LOOKED_AT = 2000
"""So many of the newest are put together on the page."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The same question, however often and with or without diacritics it was asked."""

    id: uuid.UUID  # of the one asked last
    question: str
    topic: str | None
    times: int
    last_asked: datetime
    not_meant: tuple[str, ...] = ()  # procedures that were told and not meant


async def keep(
    session: AsyncSession,
    inbound_id: uuid.UUID,
    topic: str | None,
    question: str,
    details: Iterable[Detail] = (),
    *,
    told: str | None = None,
) -> None:
    """Once a message, however often it is handled. `told`: the procedure that was not meant."""
    gap = insert(ProcedureGap).values(
        inbound_id=inbound_id,
        topic=topic,
        question=masked(question, as_entities(details)),
        reason=GapReason.NOT_MEANT if told else GapReason.UNANSWERED,
        told=told,
    )
    await session.execute(gap.on_conflict_do_nothing(index_elements=["inbound_id"]))


async def gaps(session: AsyncSession) -> Sequence[Gap]:
    """The most asked first, then the latest."""
    found = [_gap(rows) for rows in (await _alike(session)).values()]
    return sorted(found, key=lambda gap: (gap.times, gap.last_asked), reverse=True)


async def settle(session: AsyncSession, gap_id: uuid.UUID) -> int:
    """Forget a question and those like it; how many there were, none when a colleague was first."""
    for rows in (await _alike(session)).values():
        ids = [row.id for row in rows]
        if gap_id in ids:
            await session.execute(delete(ProcedureGap).where(ProcedureGap.id.in_(ids)))
            return len(ids)
    return 0


async def forget_old(session: AsyncSession) -> None:
    await session.execute(delete(ProcedureGap).where(ProcedureGap.asked_at < now() - KEPT))


async def _alike(session: AsyncSession) -> dict[str, list[ProcedureGap]]:
    """The newest first, by what makes questions the same one."""
    query = (
        select(ProcedureGap)
        .order_by(ProcedureGap.asked_at.desc(), ProcedureGap.id)
        .limit(LOOKED_AT)
    )
    alike = defaultdict(list)
    for row in (await session.execute(query)).scalars():
        alike[_folded(row.question)].append(row)
    return alike


def _gap(rows: Sequence[ProcedureGap]) -> Gap:
    last = rows[0]
    # Masked once more: what an earlier version kept was not.
    told = tuple(dict.fromkeys(row.told for row in rows if row.told))
    return Gap(last.id, masked(last.question), last.topic, len(rows), last.asked_at, told)


def _folded(question: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", strip_diacritics(question).lower()).split())
