"""Officers hear of each report, until one person makes many in a short time or many fall due at
once: then one notice says that there are more, and where they stand.

Counted in the memory of each process and stored nowhere.
"""

import uuid
from collections import OrderedDict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.buckets import MAX_REMEMBERED, Buckets
from bot.channels.base import ChatKind, Content, Target
from bot.db import now
from bot.groups.models import Officer, OfficerChat
from bot.messages.outbox import post
from bot.reports.models import Report
from bot.wording import say

OF_ONE_PERSON, PERSON_SECONDS = 10, 600.0
"""So many reports of one person are each told, and again in this time; so many urgent ones
besides."""

REMINDERS, REMINDERS_SECONDS = 60, 600.0
"""Of so many an officer is reminded one by one."""

EVERY, URGENT_EVERY = 600, 60
"""Seconds after which it is said again that there are more."""

_ordinary = Buckets(OF_ONE_PERSON, PERSON_SECONDS)
_urgent = Buckets(OF_ONE_PERSON, PERSON_SECONDS)
_reminded = Buckets(REMINDERS, REMINDERS_SECONDS)
_counted: OrderedDict[tuple[str, ...], None] = OrderedDict()


def of_one_person(report: Report, sender: str) -> bool:
    """Count a report of this person's; whether it is one too many to be told by itself."""
    buckets = _urgent if report.urgent else _ordinary
    return _is_too_many(buckets, sender, report.code, str(report.urgent))


def of_one_officer(officer: Officer, report: Report, occasion: str) -> bool:
    """Count what he is to be reminded of; whether it is one too many to be told by itself."""
    return _is_too_many(_reminded, officer.id.hex, report.code, occasion)


def _is_too_many(buckets: Buckets, name: str, *what: str) -> bool:
    """The same, told of again, counts once."""
    if (name, *what) in _counted:
        return False
    if buckets.of(name).take():
        return True
    _counted[name, *what] = None
    if len(_counted) > MAX_REMEMBERED:
        _counted.popitem(last=False)
    return False


async def tell_of_more(
    session: AsyncSession,
    officer_id: uuid.UUID,
    chats: Sequence[OfficerChat],
    console: str,
    *,
    urgent: bool,
) -> None:
    """One notice for however many, at once; another when it goes on for long."""
    phrase, every = "officer_notice_many", EVERY
    if urgent:
        phrase, every = "officer_notice_many_urgent", URGENT_EVERY
    stretch = int(now().timestamp()) // every
    for chat in chats:
        await post(
            session,
            chat.channel,
            Target(ChatKind.PRIVATE, chat.chat_id),
            Content(say(phrase, link=console)),
            key=f"many:{officer_id.hex}:{chat.channel}:{every}:{stretch}",
            urgent=urgent,
        )
