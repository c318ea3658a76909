"""While an officer and a reporter talk, the assistant keeps quiet; until it is handed back."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.groups.models import Officer
from bot.reports.models import EventType, Report, Status
from bot.reports.service import append, officer_speaks

TYPING = timedelta(minutes=2)
"""So long the assistant waits for an officer who is writing; his page says so again while he is."""


def wait_for_words(report: Report) -> None:
    """An officer is writing to the reporter. It is no event, and nobody is told."""
    if report.status is Status.CLOSED or report.conversation is None:
        return
    until = now() + TYPING
    report.quiet_until = max(report.quiet_until or until, until)


async def hand_back(session: AsyncSession, report: Report, officer: Officer) -> None:
    """The assistant may speak again, at once."""
    if not officer_speaks(report):
        return
    report.quiet_until = None
    await append(session, report, EventType.HANDED_BACK, officer)
