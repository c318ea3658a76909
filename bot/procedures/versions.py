"""What stands of a procedure's versions. The procedure is locked by whoever calls."""

import uuid

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.procedures.entry import Topic
from bot.procedures.models import Origin, Procedure, ProcedureVersion, Status


async def publish(
    session: AsyncSession,
    procedure: Procedure,
    version: ProcedureVersion,
    approver_id: uuid.UUID | None = None,
) -> None:
    """Tell this version from now on, in place of the one told until now."""
    await _supersede(session, procedure)
    version.status = Status.PUBLISHED
    version.approver_id = approver_id
    version.decided_at = now()
    procedure.published_version = procedure.standing_version = version.number
    procedure.topic = Topic(version.content["topic"])


async def withdraw_published(
    session: AsyncSession,
    procedure: Procedure,
    origin: Origin,
    officer_id: uuid.UUID | None = None,
    note: str = "",
) -> ProcedureVersion:
    """Tell nothing from now on; the mark of it holds the content, to begin with again."""
    told = await session.get_one(ProcedureVersion, (procedure.id, procedure.published_version))
    await _supersede(session, procedure)
    procedure.last_number += 1
    mark = ProcedureVersion(
        procedure_id=procedure.id,
        number=procedure.last_number,
        content=told.content,
        status=Status.WITHDRAWN,
        origin=origin,
        based_on=told.number,
        author_id=officer_id,
        decided_at=now(),
        note=note,
    )
    session.add(mark)
    procedure.published_version = None
    procedure.standing_version = mark.number
    await session.flush()
    return mark


async def _supersede(session: AsyncSession, procedure: Procedure) -> None:
    """Before anything else is published: there is one at most."""
    if procedure.published_version is None:
        return
    await session.execute(
        update(ProcedureVersion)
        .where(ProcedureVersion.procedure_id == procedure.id)
        .where(ProcedureVersion.status == Status.PUBLISHED)
        .values(status=Status.SUPERSEDED)
    )
