"""What is soon due is said to its officer, what is overdue to the managers; each once.

The table of deadlines is the timer: `look_at` says when there is something to do about one, and
every half minute whatever is due to be looked at is looked at. Each report is dealt with in one
transaction under its lock, so a crash or a second process repeats nothing and loses nothing.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.times import clock
from bot.db import now
from bot.groups.models import Officer
from bot.groups.service import managers
from bot.reports.access import may_read
from bot.reports.deadlines import begin_where_none_are, follows, note_if_missed, open_deadlines
from bot.reports.due import TO_DO
from bot.reports.locking import locked
from bot.reports.models import Deadline, Report
from bot.reports.notices import Reason, tell_officers
from bot.reports.state_notices import opening
from bot.work import OUTAGE

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger()

OFTEN = "*/30 * * * * *"
BATCH = 500
AGAIN = timedelta(hours=1)


async def watch(services: "Services", at: datetime | None = None) -> None:
    """Remind and escalate, wherever it is time to."""
    at = at or now()
    console = f"{services.settings.public_base}/console"
    async with services.db.begin() as session:
        query = select(Deadline.report_id).where(Deadline.look_at <= at).order_by(Deadline.look_at)
        found = (await session.execute(query.limit(BATCH))).scalars().all()
    for report_id in dict.fromkeys(found):
        try:
            async with services.db.begin() as session:
                await _look(session, report_id, console, at)
        except OUTAGE:
            raise
        except Exception as e:  # one that fails holds up no other
            log.error("deadline not watched", report=str(report_id), kind=type(e).__name__)


async def begin(services: "Services") -> None:
    """At the start of a process."""
    async with services.db.begin() as session:
        await begin_where_none_are(session)


async def _look(session: AsyncSession, report_id: uuid.UUID, console: str, at: datetime) -> None:
    query = locked(select(Report).where(Report.id == report_id))
    report = (await session.execute(query)).scalar_one()
    for row in (await open_deadlines(session, report)).values():
        if row.look_at is None or row.look_at > at:
            continue
        if later := await _rather_later(session, report, at):
            row.look_at = later
        elif row.due_at is not None and row.due_at <= at:
            if await note_if_missed(session, report, row, at):
                await _tell(session, report, row, console, Reason.OVERDUE, await managers(session))
        else:
            row.warned_at, row.look_at = at, row.due_at
            await _tell(session, report, row, console, Reason.DUE, _officer_of(report))


async def _rather_later(session: AsyncSession, report: Report, at: datetime) -> datetime | None:
    """Nobody is woken for what can wait; and what follows another report waits with that one."""
    if await follows(session, report):
        return at + AGAIN
    return None if report.urgent else opening(at)


def _officer_of(report: Report) -> Sequence[Officer] | None:
    """Who deals with it and has a chat; None for those who are told of it by rule."""
    officer = report.officer
    return [officer] if officer and officer.chats and may_read(officer, report) else None


async def _tell(
    session: AsyncSession,
    report: Report,
    row: Deadline,
    console: str,
    why: Reason,
    to: Sequence[Officer] | None,
) -> None:
    assert row.due_at is not None
    await tell_officers(
        session,
        report,
        console,
        channel=report.conversation.channel if report.conversation else "",
        why=why,
        occasion=row.id.hex[:16],
        to=to,
        more={"what": TO_DO[row.kind], "when": clock(row.due_at)},
    )
