"""Telling officers, in their own chats, that a report is there. Never what it says."""

import uuid
from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.db import now
from bot.groups.models import Officer, OfficerChat
from bot.groups.service import leaders, managers
from bot.messages.outbox import post
from bot.reports import many_notices
from bot.reports.access import may_read
from bot.reports.models import EventType, Report
from bot.reports.service import note
from bot.reports.silence import watch_silence
from bot.triage.policy import Recipients, who_is_told
from bot.wording import CATEGORY_NAMES, say


class Reason(StrEnum):
    """Why officers are told; each is told once, for more words once in a while."""

    NEW = "new"
    URGENT = "urgent"  # it has become so
    GIVEN = "given"  # by a colleague
    REOPENED = "reopened"
    PASSED_ON = "passed_on"  # others read it from now on
    CALLED = "called"  # the reporter asks for a person
    UNANSWERED = "unanswered"  # he asked, and nobody has answered for a while
    LOST = "lost"  # he cannot be written to any more
    WAITS = "waits"  # nor now, by the platform's rules
    DUE = "due"  # soon, and not done yet
    OVERDUE = "overdue"
    MORE = "more"


async def recipients_of(session: AsyncSession, report: Report) -> Sequence[Officer]:
    """The officers to tell. Where the hamlet is unknown or has no leader, the managers are."""
    who = who_is_told(only_managers=report.managers_only, urgent=report.urgent)
    if who is Recipients.MANAGERS:
        return await managers(session)
    own = await leaders(session, report.hamlet_id)
    if who is Recipients.LEADER and own:
        return own
    return [*own, *await managers(session)]


async def tell_officers(
    session: AsyncSession,
    report: Report,
    console: str,
    *,
    channel: str,
    why: Reason = Reason.NEW,
    occasion: uuid.UUID | str = "",
    to: Sequence[Officer] | None = None,
    more: Mapping[str, str] | None = None,
    sender: str = "",
) -> None:
    """Send each officer one short notice with the link to the report; once for each occasion.

    It goes to the officer's chat on the report's own `channel`, or to another he has; what is
    urgent goes to all of them. `to`: others than who is told of the report by rule. `more`: what
    the phrase takes besides. `sender`: who made it, where no conversation says so; of whoever makes
    many in a short time one notice tells of the rest (many_notices.py), as of many reminders.
    """
    told = 0
    sender = str(report.conversation_id or sender)
    together = why in MADE and bool(sender) and many_notices.of_one_person(report, sender)
    text = _notice(report, f"{console}/phan-anh/{report.code}", why, more or {})
    everywhere = report.urgent and why is not Reason.MORE
    for officer in await recipients_of(session, report) if to is None else to:
        chats = officer.chats if everywhere else _one_of(officer.chats, channel)
        about = f"{why}{occasion}"
        remind = why in REMINDERS and not report.urgent
        if together or (remind and many_notices.of_one_officer(officer, report, about)):
            urgent = report.urgent
            await many_notices.tell_of_more(session, officer.id, chats, console, urgent=urgent)
        else:
            told += await _tell(session, report, officer, chats, text, about)
    if told:
        await note(session, report, EventType.OFFICERS_TOLD, count=told)


PHRASES = {
    Reason.GIVEN: "officer_notice_given",
    Reason.REOPENED: "officer_notice_reopened",
    Reason.MORE: "officer_notice_more",
    Reason.CALLED: "officer_notice_called",
    Reason.UNANSWERED: "officer_notice_unanswered",
    Reason.DUE: "officer_notice_due",
    Reason.OVERDUE: "officer_notice_overdue",
    Reason.LOST: "officer_notice_lost",
    Reason.WAITS: "officer_notice_waits",
}

MADE = (Reason.NEW, Reason.URGENT)
REMINDERS = (Reason.DUE, Reason.OVERDUE, Reason.LOST, Reason.WAITS)

ANSWERS_TOLD_EVERY = 600
"""Seconds within which an officer hears only once that the reporter answered him."""


async def tell_of_answer(
    session: AsyncSession, report: Report, console: str, *, channel: str
) -> None:
    """The reporter answered the officer who deals with the report, or whoever reads it."""
    await watch_silence(session, report)
    occasion = str(int(now().timestamp()) // ANSWERS_TOLD_EVERY)
    officer = report.officer
    if officer is None or not officer.chats or not may_read(officer, report):
        await tell_officers(
            session, report, console, channel=channel, why=Reason.MORE, occasion=occasion
        )
        return
    chats = _one_of(officer.chats, channel)
    text = _notice(report, f"{console}/phan-anh/{report.code}", Reason.MORE, {})
    await _tell(session, report, officer, chats, text, f"{Reason.MORE}{occasion}")


async def _tell(
    session: AsyncSession,
    report: Report,
    officer: Officer,
    chats: Sequence[OfficerChat],
    text: str,
    occasion: str,
) -> bool:
    """Whether the officer has not been told of this occasion before."""
    new = False
    for chat in chats:
        new |= await post(
            session,
            chat.channel,
            Target(ChatKind.PRIVATE, chat.chat_id),
            Content(text),
            key=f"tell:{report.code}:{officer.id.hex[:16]}:{chat.channel}:{occasion}"[:80],
            report_id=report.id,
            urgent=report.urgent,
        )
    return new


def _one_of(chats: Sequence[OfficerChat], channel: str) -> Sequence[OfficerChat]:
    return sorted(chats, key=lambda c: (c.channel != channel, c.channel))[:1]


def _notice(report: Report, link: str, why: Reason, more: Mapping[str, str]) -> str:
    hamlet = f", {report.hamlet.name}" if report.hamlet else ""
    category = CATEGORY_NAMES[report.category]
    if phrase := PHRASES.get(why):
        return say(phrase, code=report.code, hamlet=hamlet, category=category, link=link, **more)
    phrase = "officer_notice_urgent" if report.urgent else "officer_notice"
    return say(phrase, code=report.code, hamlet=hamlet, category=category, link=link)
