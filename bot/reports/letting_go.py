"""What an officer held and may no longer read is in nobody's hands, until another takes it."""

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.reports.access import readable_by
from bot.reports.locking import locked
from bot.reports.models import Report, Status


async def let_go(session: AsyncSession, officer: Officer) -> None:
    """To be called when he left, or got another role or other hamlets. What has ended keeps him."""
    held = (
        select(Report)
        .where(Report.officer_id == officer.id, Report.status != Status.CLOSED)
        .where(readable_by(officer).is_not(true()))  # nor where no hamlet is known
        .order_by(Report.created_at, Report.id)
    )
    for report in (await session.execute(locked(held))).scalars():
        report.officer = None
