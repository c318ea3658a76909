"""An officer's own chat: he answers residents there, from Telegram or Zalo, without the console.

Which report he means is told by the message he answers to, one of the assistant's about a report,
or by the code with which his own begins. Nothing else of what he writes is ever a command: the
rest is for the reporter, word for word, under the officer's name.
"""

import re
import uuid
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import record
from bot.audit.models import Action
from bot.channels.base import ChatKind, Content, Event, EventKind, Target
from bot.groups.models import Officer
from bot.messages.models import Outbound
from bot.messages.outbox import post, target_key
from bot.reports import queue, sent_files
from bot.reports.errors import NotAllowed
from bot.reports.models import Report
from bot.wording import CATEGORY_NAMES, say

if TYPE_CHECKING:
    from bot.services import Services

MAX_LISTED = 8

_LEADING = re.compile(
    r"\s*PA(?P<mark>-|\s?)(?P<code>[A-Z0-9]{5})(?![^\W_])[\s:.,;–-]*", re.IGNORECASE
)


async def hear(
    services: "Services",
    session: AsyncSession,
    officer: Officer,
    event: Event,
    inbound_id: uuid.UUID,
) -> None:
    """Pass his message on, and tell him shortly that it went or why it did not."""
    words, report = await _answer(services, session, officer, event)
    await post(
        session,
        event.channel,
        Target(ChatKind.PRIVATE, event.chat_id),
        Content(words),
        key=f"{inbound_id}:officer",
        report_id=report.id if report else None,  # he may answer to this too
    )


async def apologise(session: AsyncSession, event: Event, inbound_id: uuid.UUID) -> None:
    """His message could not be handled; it is for nobody else to read."""
    target = Target(ChatKind.PRIVATE, event.chat_id)
    words = Content(say("officer_chat_failed"))
    await post(session, event.channel, target, words, key=f"{inbound_id}:officer")


async def _answer(
    services: "Services", session: AsyncSession, officer: Officer, event: Event
) -> tuple[str, Report | None]:
    if event.kind in (EventKind.START, EventKind.BUTTON):
        return say("officer_own_chat", link=_console(services)), None
    if not (event.text.strip() or event.files):
        return say("officer_chat_kinds"), None  # a place, a contact, a sticker
    meant = await _meant(session, officer, event)
    if meant is None:
        return await _ask_which(services, session, officer, event), None
    code, text = meant
    # Read anew, and locked: what he may read has perhaps changed since he was told of it.
    report = await queue.find(session, officer, code, to_change=True)
    if report is None:
        return say("officer_chat_unknown", code=code), None
    try:
        await sent_files.reply_from_chat(session, services.channels, report, officer, text, event)
        files = bool(event.files)
        await record(
            session,
            Action.REPLIED,
            officer=officer,
            address=event.channel,
            report=report,
            with_file=files,
        )
    except NotAllowed as reason:
        return say("officer_chat_not_sent", code=code, why=str(reason)), report
    return say(_sent(report, event), code=code), report


def _sent(report: Report, event: Event) -> str:
    if report.conversation and not report.conversation.reachable:
        return "officer_chat_sent_blocked"
    return "officer_chat_sent_files" if event.files else "officer_chat_sent"


async def _meant(session: AsyncSession, officer: Officer, event: Event) -> tuple[str, str] | None:
    """The code of the report he means, and what is for its reporter.

    Without its dash a code is one only if there is such a report: "PA" also begins sentences.
    """
    if leading := _LEADING.match(event.text):
        code = f"PA-{leading['code'].upper()}"
        if leading["mark"] == "-" or await queue.find(session, officer, code):
            return code, event.text[leading.end() :]
    code_of_notice = await _code_of(session, event)
    return (code_of_notice, event.text) if code_of_notice else None


async def _code_of(session: AsyncSession, event: Event) -> str | None:
    """The report that the message he answers to was about."""
    if not event.reply_to:
        return None
    query = (
        select(Report.code)
        .join(Outbound, Outbound.report_id == Report.id)
        .where(
            Outbound.channel == event.channel,
            Outbound.platform_id == event.reply_to,
            # A platform may count messages in each chat anew.
            Outbound.target_key == target_key(event.channel, event.chat_id),
        )
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _ask_which(
    services: "Services", session: AsyncSession, officer: Officer, event: Event
) -> str:
    """His open reports, with codes, when it cannot be told which one he means."""
    found = await queue.answerable(session, officer, MAX_LISTED + 1)
    if not found:
        return say("officer_chat_none")
    lines = [
        say(
            "officer_chat_line",
            code=report.code,
            hamlet=f", {report.hamlet.name}" if report.hamlet else "",
            category=CATEGORY_NAMES[report.category],
        )
        for report in found[:MAX_LISTED]
    ]
    if len(found) > MAX_LISTED:
        lines.append(say("officer_chat_more", link=_console(services)))
    quoted = services.channels[event.channel].capabilities.tells_quoted
    how = say("officer_chat_which" if quoted else "officer_chat_which_code", code=found[0].code)
    return "\n".join([how, *lines])


def _console(services: "Services") -> str:
    return f"{services.settings.public_base}/console"
