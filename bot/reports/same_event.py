"""What the page of a report shows of others that tell of the same event."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.reports import merging, queue
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.similar import Similar, similar_to


@dataclass(frozen=True, slots=True)
class SameEvent:
    main: Report | None  # the one this report follows
    following: Sequence[Report]
    news: dict[uuid.UUID, datetime]  # since when there is more from the reporter of a following one
    similar: Sequence[Similar]
    snippets: dict[uuid.UUID, str]
    # Reports whose reporters can be written to about the event. Not persons: from their number one
    # could read that an anonymous report is by somebody whose name stands on another.
    reached: int


async def same_event(session: AsyncSession, report: Report, officer: Officer) -> SameEvent:
    """All of it is of the report's own hamlet and readers, so whoever reads it may read them."""
    main = await merging.shown_under(session, report)
    following = await merging.following(session, report)
    similar = [] if main else await similar_to(session, report, officer)
    talking = [r for r in (report, *following) if r.status is not Status.CLOSED]
    return SameEvent(
        main=main,
        following=following,
        news=await _news(session, following),
        similar=similar,
        snippets=await queue.snippets(session, [each.report for each in similar]),
        reached=len([r for r in talking if r.conversation_id]),
    )


async def _news(session: AsyncSession, following: Sequence[Report]) -> dict[uuid.UUID, datetime]:
    """When a reporter last wrote, where no officer has done anything about that report since."""
    wrote = ReportEvent.type == EventType.FROM_REPORTER
    query = (
        select(ReportEvent.report_id, func.max(ReportEvent.at).filter(wrote).label("wrote_at"))
        .where(ReportEvent.report_id.in_([report.id for report in following]))
        .group_by(ReportEvent.report_id)
        .having(
            func.max(ReportEvent.id).filter(wrote)
            > func.max(ReportEvent.id).filter(ReportEvent.officer_id.is_not(None))
        )
    )
    return {row.report_id: row.wrote_at for row in await session.execute(query)}
