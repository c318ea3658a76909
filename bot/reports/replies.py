"""What a reporter hears at once, before any officer has looked."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.service import officer_to_call
from bot.reports.models import Report
from bot.triage.hotlines import NAMES, hotlines
from bot.triage.understanding import Category
from bot.wording import part, say


async def receipt(session: AsyncSession, report: Report, text: str, *, from_group: bool) -> str:
    """Hotline first when it is urgent; then the code and what happens next."""
    if report.urgent:
        phrase = "report_from_group_urgent" if from_group else "report_received_urgent"
        return await urgent(session, phrase, text, report, code=report.code)
    if report.needs_review:
        return say("report_review", code=report.code)
    if report.category is Category.POLICE_CONDUCT:
        return say("report_received_conduct", code=report.code)
    managers_only = report.managers_only or report.hamlet_id is None
    who = say("who_managers" if managers_only else "who_leader")
    phrase = "report_from_group" if from_group else "report_received"
    return say(phrase, code=report.code, who=who)


async def urgent(
    session: AsyncSession, phrase: str, text: str, report: Report, **values: str
) -> str:
    """A phrase that names the number to call first and an officer's phone."""
    first, *others = (f"{number} ({NAMES[number]})" for number in hotlines(text))
    also = ", ".join(others)
    return say(phrase, first=first, others=also, leader=await phone_for(session, report), **values)


def first_of_hotlines(text: str) -> str:
    """The number to call before all others."""
    number, *_ = hotlines(text)
    return f"{number} ({NAMES[number]})"


async def phone_for(session: AsyncSession, report: Report) -> str:
    """Whom the reporter may call: never the one the report may be about."""
    return await phone_of(session, None if report.managers_only else report.hamlet_id)


async def phone_of(session: AsyncSession, hamlet_id: uuid.UUID | None) -> str:
    officer = await officer_to_call(session, hamlet_id)
    return part("leader_phone", name=officer.name, phone=officer.phone) if officer else ""
