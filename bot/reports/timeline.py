"""What a report's events tell: its words and who spoke last."""

import uuid
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.reports.models import EventType, Report, ReportEvent

ALBUM = timedelta(minutes=1)
"""So soon one picture follows the other."""


async def latest_event(
    session: AsyncSession, report: Report, *types: EventType
) -> ReportEvent | None:
    """The last of the events of these types."""
    query = (
        select(ReportEvent)
        .where(ReportEvent.report_id == report.id, ReportEvent.type.in_(types))
        .order_by(ReportEvent.id.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def officer_waits(session: AsyncSession, report: Report) -> bool:
    """Whether an officer had the last word, however long ago."""
    talk = (EventType.CREATED, EventType.FROM_REPORTER, EventType.TO_REPORTER)
    last = await latest_event(session, report, *talk)
    return last is not None and last.type is EventType.TO_REPORTER


async def spoken_before(session: AsyncSession, report: Report, inbound_id: uuid.UUID) -> bool:
    """Whether the reporter had told anything in words before this message."""
    query = select(ReportEvent).where(
        ReportEvent.report_id == report.id,
        ReportEvent.type.in_((EventType.CREATED, EventType.FROM_REPORTER)),
    )
    said = (await session.execute(query)).scalars()
    return any((e.text or "").strip() for e in said if e.inbound_id != inbound_id)


async def goes_on_with_files(session: AsyncSession, report: Report, inbound_id: uuid.UUID) -> bool:
    """Whether a message without words comes right after another one: an album arrives as one
    message for each picture."""
    query = (
        select(ReportEvent)
        .where(
            ReportEvent.report_id == report.id,
            ReportEvent.type.in_((EventType.CREATED, EventType.FROM_REPORTER)),
        )
        .order_by(ReportEvent.id.desc())
        .limit(2)
    )
    said = (await session.execute(query)).scalars().all()
    if len(said) < 2 or said[0].inbound_id != inbound_id:
        return False
    wordless = not any(event.text or event.place for event in said)
    return wordless and said[0].at - said[1].at < ALBUM


async def first_words(session: AsyncSession, report: Report) -> str:
    """What the report began with."""
    query = select(ReportEvent.text).where(
        ReportEvent.report_id == report.id, ReportEvent.type == EventType.CREATED
    )
    return (await session.execute(query)).scalar_one_or_none() or ""
