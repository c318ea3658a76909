"""Granting what a person asks of the assistant itself (bot/triage/wishes.py).

The same message gives the same replies, also when it is handled again after a crash: no reply
depends on what an earlier run has changed.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.groups.station import number_to_call
from bot.messages.models import Conversation
from bot.messages.own_data import ask_before_erasing, summary
from bot.procedures.replies import Reply
from bot.reports.anonymity import alias_in, hide_all, show_all
from bot.reports.models import Report
from bot.reports.service import officer_speaks
from bot.triage.wishes import Wish, asks_to_stay_unnamed, wish_in
from bot.wording import say

PLATFORMS = {
    "telegram": "anonymous_on_telegram",
    "zalo_bot": "anonymous_on_zalo",
    "zalo_oa": "anonymous_on_zalo",
    "web": "anonymous_on_web",
}
"""What each platform itself can see of who wrote."""

TO_AN_OFFICER = frozenset({"dừng", "dừng lại", "stop", "ngừng"})
"""Said to an officer who has just asked something, it is an answer."""


async def grant_wish(
    session: AsyncSession, conversation: Conversation, report: Report | None, text: str
) -> list[Reply] | None:
    """What to say to a message that is nothing but a wish, now granted; None for any other.

    `report` is the open one that the person may be talking of.
    """
    wish = wish_in(text)
    if wish is None or (wish is Wish.STOP and _answers_an_officer(report, text)):
        return None
    match wish:
        case Wish.ANONYMOUS:
            await hide_all(session, conversation)
            return [now_unnamed(conversation)]
        case Wish.NAMED:
            await show_all(session, conversation)
            return [Reply(say("anonymous_lifted"))]
        case Wish.ERASE:
            return [ask_before_erasing()]
        case Wish.SHOW_DATA:
            return [Reply(await summary(session, conversation))]
        case Wish.STOP:
            conversation.stopped_at = conversation.stopped_at or now()
            return [Reply(say("stopped"))]
        case Wish.RESUME:
            conversation.stopped_at = None
            return [Reply(say("resumed"))]
        case Wish.HELP:
            return [Reply(await help_text(session, conversation))]
        case Wish.OPENNESS:
            return [Reply(say("openness"))]


async def grant_beside(session: AsyncSession, conversation: Conversation, text: str) -> list[Reply]:
    """The wish to stay unnamed within a message that tells more: granted before a report is made
    of it, and told of after the rest has been answered."""
    if not asks_to_stay_unnamed(text):
        return []
    await hide_all(session, conversation)
    return [now_unnamed(conversation)]


async def help_text(session: AsyncSession, conversation: Conversation) -> str:
    """What the assistant can do, reads and keeps, and what a person may ask of it."""
    number = await number_to_call(session, conversation.member.hamlet_id)
    phone = f" hoặc gọi {number}" if number else ""
    return "\n".join((say("help", phone=phone), say("help_rights"), say("openness")))


def now_unnamed(conversation: Conversation) -> Reply:
    """What officers, the platform, neighbours and managers can see from now on."""
    platform = say(PLATFORMS[conversation.channel])
    return Reply(say("anonymous_granted", alias=alias_in(conversation), platform=platform))


def _answers_an_officer(report: Report | None, text: str) -> bool:
    said = text.strip(" .!?,").lower()
    return report is not None and officer_speaks(report) and said in TO_AN_OFFICER
