"""Telling officers, in their own chats, that a report is there. Never what it says."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.groups.models import Officer, OfficerChat
from bot.groups.service import leaders, managers
from bot.messages.outbox import post
from bot.reports.models import EventType, Report
from bot.reports.service import note
from bot.triage.policy import Recipients
from bot.wording import CATEGORY_NAMES, say


async def recipients_of(
    session: AsyncSession, report: Report, who: Recipients
) -> Sequence[Officer]:
    """The officers to tell. Where the hamlet is unknown or has no leader, the managers are."""
    if who is Recipients.NOBODY:
        return ()
    if who is Recipients.MANAGERS:
        return await managers(session)
    own = await leaders(session, report.hamlet_id)
    if who is Recipients.LEADER and own:
        return own
    return [*own, *await managers(session)]


async def tell_officers(
    session: AsyncSession,
    report: Report,
    who: Recipients,
    console: str,
    *,
    channel: str,
    key: str = "new",
) -> None:
    """Send each officer one short notice with the link to the report; once for each `key`.

    It goes to the officer's chat on the report's own `channel`, or to another he has; what is
    urgent goes to all of them.
    """
    told = 0
    text = _notice(report, f"{console}/phan-anh/{report.code}", key)
    for officer in await recipients_of(session, report, who):
        told += bool(officer.chats)
        for chat in officer.chats if report.urgent else _one_of(officer.chats, channel):
            await post(
                session,
                chat.channel,
                Target(ChatKind.PRIVATE, chat.chat_id),
                Content(text),
                key=f"tell:{report.code}:{officer.id.hex}:{chat.channel}:{key}"[:80],
                report_id=report.id,
            )
    if told:
        await note(session, report, EventType.OFFICERS_TOLD, count=told)


def _one_of(chats: Sequence[OfficerChat], channel: str) -> Sequence[OfficerChat]:
    return sorted(chats, key=lambda c: (c.channel != channel, c.channel))[:1]


def _notice(report: Report, link: str, key: str) -> str:
    hamlet = f", {report.hamlet.name}" if report.hamlet else ""
    if key == "more":
        return say("officer_notice_more", code=report.code, hamlet=hamlet, link=link)
    phrase = "officer_notice_urgent" if report.urgent else "officer_notice"
    category = CATEGORY_NAMES[report.category]
    return say(phrase, code=report.code, hamlet=hamlet, category=category, link=link)
