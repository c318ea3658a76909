"""What somebody hears who opens his channel only when his report has ended."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.reports.models import EventType, Report
from bot.reports.outcomes import NOT_A_REPORT, OUTCOMES
from bot.reports.timeline import latest_event
from bot.wording import say


async def how_it_ended(session: AsyncSession, report: Report) -> str:
    """The outcome and the officer's closing words."""
    event = await latest_event(session, report, EventType.CLOSED)
    outcome = event.data.get("outcome", NOT_A_REPORT) if event else NOT_A_REPORT
    if event is None or outcome == NOT_A_REPORT:
        return say("invitation_ended", code=report.code)
    words = event.text or ""
    return say("report_closed", code=report.code, outcome=OUTCOMES[outcome], text=words)
