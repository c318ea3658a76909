"""What a reporter hears at once, before any officer has looked."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.service import officer_to_call
from bot.reports.models import Report
from bot.triage.hotlines import hotlines
from bot.triage.understanding import Category
from bot.wording import part, say


async def receipt(session: AsyncSession, report: Report, text: str, *, from_group: bool) -> str:
    """Hotline first when it is urgent; then the code and what happens next."""
    if report.needs_review:
        return say("report_review", code=report.code)
    if report.urgent:
        phrase = "report_from_group_urgent" if from_group else "report_received_urgent"
        return await urgent(session, phrase, text, report.hamlet_id, code=report.code)
    if report.category is Category.POLICE_CONDUCT and not from_group:
        return say("report_received_conduct", code=report.code)
    managers_only = report.category is Category.POLICE_CONDUCT or report.hamlet_id is None
    who = say("who_managers" if managers_only else "who_leader")
    phrase = "report_from_group" if from_group else "report_received"
    return say(phrase, code=report.code, who=who)


async def urgent(
    session: AsyncSession, phrase: str, text: str, hamlet_id: uuid.UUID | None, **values: str
) -> str:
    """A phrase that names the number to call first and the officer's phone."""
    first = hotlines(text)[0].value
    leader = await officer_phone(session, hamlet_id)
    return say(phrase, first=first, leader=leader, **values)


async def officer_phone(session: AsyncSession, hamlet_id: uuid.UUID | None) -> str:
    officer = await officer_to_call(session, hamlet_id)
    return part("leader_phone", name=officer.name, phone=officer.phone) if officer else ""
