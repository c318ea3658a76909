"""Logging what an officer sees or does on a page."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import Fact, record
from bot.audit.models import Action
from bot.console.services import ConsoleRequest, address_of
from bot.reports.models import Report


async def log(
    request: ConsoleRequest,
    session: AsyncSession,
    action: Action,
    report: Report | None = None,
    **facts: Fact,
) -> None:
    """`record`, of whoever asks, from where he asks. Raises: ValueError, where a fact has words."""
    address = address_of(request)
    await record(session, action, officer=request.user, address=address, report=report, **facts)
