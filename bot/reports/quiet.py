"""While an officer and a reporter talk, the assistant keeps quiet; until it is handed back."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.groups.models import Officer
from bot.reports.models import EventType, Report
from bot.reports.service import append, officer_speaks
from bot.reports.workflow import Move, may

TYPING = timedelta(minutes=2)
"""So long the assistant waits for an officer who is writing; his page says so again while he is."""


def wait_for_words(report: Report) -> None:
    """An officer is writing to the reporter. It is no event, and nobody is told."""
    if report.conversation is None or not may(report, Move.REPLY):
        return
    until = now() + TYPING
    report.quiet_until = max(report.quiet_until or until, until)


async def hand_back(session: AsyncSession, report: Report, officer: Officer) -> None:
    """The assistant may speak again, at once."""
    if not officer_speaks(report):
        return
    report.quiet_until = None
    await append(session, report, EventType.HANDED_BACK, officer)
