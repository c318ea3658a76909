"""What somebody hears who opens his channel only when his report has ended."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.outcomes import NOT_A_REPORT, OUTCOMES
from bot.wording import say


async def how_it_ended(session: AsyncSession, report: Report) -> str:
    """The outcome and the officer's closing words."""
    query = (
        select(ReportEvent)
        .where(ReportEvent.report_id == report.id, ReportEvent.type == EventType.CLOSED)
        .order_by(ReportEvent.id.desc())
        .limit(1)
    )
    event = (await session.execute(query)).scalar_one_or_none()
    outcome = event.data.get("outcome", NOT_A_REPORT) if event else NOT_A_REPORT
    if event is None or outcome == NOT_A_REPORT:
        return say("invitation_ended", code=report.code)
    words = event.text or ""
    return say("report_closed", code=report.code, outcome=OUTCOMES[outcome], text=words)
