"""What the page of a report shows around its story, for the officer who opened it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.reports import at_report, canned_replies
from bot.reports.anonymity import display_name, display_phone, reader_for
from bot.reports.earlier import others_of_reporter
from bot.reports.labels import BUBBLES
from bot.reports.models import Report, ReportEvent


async def around(
    session: AsyncSession, report: Report, officer: Officer, events: Iterable[ReportEvent]
) -> dict[str, Any]:
    """Names of the templates' values, with them."""
    shows_until = await at_report.sees_all_until(session, report, officer)
    reader = reader_for(report, hide=shows_until is None)
    for event in events:
        if event.text and BUBBLES.get(event.type) == "theirs":
            reader.reporters(event.text)  # what the legend is about
    named = bool(display_phone(report)) or bool(display_name(report) and not report.anonymous)
    return {
        "reader": reader,
        "shows_until": shows_until,
        "something_hidden": named or reader.hidden(),
        "writers": await at_report.writers(session, report, officer),
        "earlier": await others_of_reporter(session, report, officer),
        "canned": await canned_replies.ready_for(session, report, officer),
    }
