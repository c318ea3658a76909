"""A report that had ended, or was with another body, goes on. An officer decides that.

What its reporter writes after the end never reopens it by itself, as most of it is thanks: it is
answered, or makes a report of its own, on whose page the earlier one stands.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.reports.access import may_read
from bot.reports.errors import NotAllowed
from bot.reports.handing_over import MAX_NOTE
from bot.reports.learning import Reading, take_word, word_on
from bot.reports.merging import following, must_lead
from bot.reports.models import EventType, Report
from bot.reports.notices import Reason, tell_officers
from bot.reports.service import append
from bot.reports.state_notices import tell_state
from bot.reports.timeline import latest_event
from bot.reports.workflow import Move, make, may, must


async def reopen(
    session: AsyncSession, report: Report, officer: Officer, reason: str, console: str
) -> Sequence[Report]:
    """Go on with the report, and with those that went with it; `reason` is for officers.

    Whoever had it has it again, while he may read it. Returns the others. Raises: NotAllowed.
    """
    reason = reason.strip()
    must(report, Move.REOPEN)
    await must_lead(session, report)
    if not reason:
        raise NotAllowed("Hãy ghi vì sao mở lại.")
    if len(reason) > MAX_NOTE:
        raise NotAllowed(f"Lời ghi dài quá {MAX_NOTE} ký tự.")
    if await latest_event(session, report, EventType.WITHDRAWN):
        raise NotAllowed("Người báo đã rút lại phản ánh này, không mở lại được.")
    along = await _went_along(session, report)
    for each in [report, *along]:
        make(each, Move.REOPEN)
        if each.officer is None or not may_read(each.officer, each):
            each.officer = officer
        await _is_a_report_after_all(session, each)
        data = {} if each is report else {"with": report.code}
        text = reason if each is report else None
        event = await append(session, each, EventType.REOPENED, officer, text=text, data=data)
        await tell_state(session, each, event)
        if each is report and report.officer and report.officer.id != officer.id:
            await tell_officers(
                session,
                report,
                console,
                channel=report.conversation.channel if report.conversation else "",
                why=Reason.REOPENED,
                occasion=str(event.id),
                to=[report.officer],
            )
    return along


async def _went_along(session: AsyncSession, main: Report) -> list[Report]:
    """What ended, or went to another body, because `main` did."""
    together = []
    for report in await following(session, main, to_change=True):
        ended = await latest_event(session, report, EventType.CLOSED, EventType.TRANSFERRED_OUT)
        if may(report, Move.REOPEN) and ended and ended.data.get("with") == main.code:
            together.append(report)
    return together


async def _is_a_report_after_all(session: AsyncSession, report: Report) -> None:
    """Take back that it was none, if it ended so."""
    word = await word_on(session, report)
    if word is not None and not word.category.is_report:
        await take_word(session, report, Reading(report.category, None, None))
