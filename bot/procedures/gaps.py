"""Questions on procedures that got no answer, or not the one meant, for the managers to settle.

Each is kept masked and sealed, without who asked, until a manager is done with it or for `KEPT`.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.procedures.alike import clusters
from bot.procedures.models import GapReason, ProcedureGap
from bot.procedures.spelling import plain
from bot.reports.learning import masked
from bot.triage.details import Detail, as_entities

KEPT = timedelta(days=90)
LOOKED_AT = 900
"""So many of the newest are put together on the page; a form names each (MOST_FIELDS)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same in other words, however often; the one asked last first."""

    ids: tuple[uuid.UUID, ...]
    questions: tuple[str, ...]  # each wording once
    topic: str | None
    last_asked: datetime
    not_meant: tuple[str, ...] = ()  # procedures that were told and not meant

    @property
    def times(self) -> int:
        return len(self.ids)


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
    query = (
        select(ProcedureGap)
        .order_by(ProcedureGap.asked_at.desc(), ProcedureGap.id)
        .limit(LOOKED_AT)
    )
    rows = (await session.scalars(query)).all()
    alike = clusters([row.question for row in rows], [row.topic for row in rows])
    found = [_gap([rows[place] for place in cluster]) for cluster in alike]
    return sorted(found, key=lambda gap: (gap.times, gap.last_asked), reverse=True)


async def take(session: AsyncSession, ids: Sequence[uuid.UUID]) -> Gap | None:
    """Those of the questions that are still there, which are forgotten; None when a colleague was
    first with all of them."""
    gone = delete(ProcedureGap).where(ProcedureGap.id.in_(ids)).returning(ProcedureGap)
    rows = (await session.scalars(gone)).all()
    return _gap(sorted(rows, key=lambda row: row.asked_at, reverse=True)) if rows else None


def _gap(rows: Sequence[ProcedureGap]) -> Gap:
    return Gap(
        ids=tuple(row.id for row in rows),
        questions=_wordings(rows),
        topic=rows[0].topic,
        last_asked=rows[0].asked_at,
        not_meant=tuple(dict.fromkeys(row.told for row in rows if row.told)),
    )


def _wordings(rows: Sequence[ProcedureGap]) -> tuple[str, ...]:
    """Each once, diacritics or not. Masked once more: what an earlier version kept was not."""
    wordings: dict[str, str] = {}
    for row in rows:
        wordings.setdefault(plain(row.question), masked(row.question))
    return tuple(wordings.values())
