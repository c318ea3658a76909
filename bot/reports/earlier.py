"""Other reports of the same reporter, as an officer may see them.

Only of one who gave his name, only those that bear it too, only in the chat they came from, and
only what this officer may read. For an anonymous report there are none: even to list others that
bear its alias would tell a pattern, and one that was made before he asked for the alias, a name.
Where a platform did not prove that whoever joined a report is its reporter, it is nobody's.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.reports.access import readable_by
from bot.reports.models import EventType, Report, ReportEvent, by_name

MOST = 5
"""Reports; the page is about one event, not about a person."""


async def others_of_reporter(
    session: AsyncSession, report: Report, officer: Officer
) -> Sequence[Report]:
    """The newest first; none of the report's own."""
    if report.anonymous or report.conversation_id is None:
        return []
    query = (
        select(Report)
        .options(by_name())
        .where(Report.conversation_id == report.conversation_id, Report.anonymous.is_(False))
        .where(readable_by(officer), Report.id != report.id)
        .order_by(Report.created_at.desc(), Report.id)
        .limit(MOST)
    )
    found = (await session.execute(query)).scalars().all()
    unproven = await _unproven(session, [report, *found])
    return [] if report.id in unproven else [each for each in found if each.id not in unproven]


async def _unproven(session: AsyncSession, reports: Sequence[Report]) -> set[uuid.UUID]:
    """Which of these somebody joined of whom nobody knows whether he is the reporter."""
    query = select(ReportEvent).where(
        ReportEvent.report_id.in_([report.id for report in reports]),
        ReportEvent.type == EventType.CONVERSATION_JOINED,
    )
    joined = (await session.execute(query)).scalars()
    return {event.report_id for event in joined if event.data.get("verified") is False}
