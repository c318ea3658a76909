"""The assistant tells admins and managers, in their chats, what is wrong with the installation:
once when it has lasted, and once when it is over. A commune needs no other monitoring for that.

What is looked at is what `binhyen doctor` looks at. What is told says nothing of any message.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.checks.finding import Finding, State
from bot.checks.keeping import backup
from bot.checks.machine import disk
from bot.checks.models import Trouble
from bot.checks.public import certificate_of, judge
from bot.checks.services import parts
from bot.checks.work import backlog, dead_letters, delivery, work
from bot.db import now
from bot.groups.models import Officer, Role
from bot.messages.outbox import post
from bot.reports.state_notices import opening
from bot.wording import say

if TYPE_CHECKING:
    from bot.services import Services

OFTEN = "15,45 * * * * *"
MINUTE = timedelta(minutes=1)
PATIENCE = {
    "rasa": 2 * MINUTE,
    "actions": 2 * MINUTE,
    "dead_letters": 10 * MINUTE,  # a manager may be at it
    "no_backup": timedelta(days=2),
}
"""How long something must be wrong before it is told; and how long fine, before that is told."""
AT_ONCE = ("rasa", "actions", "backlog")
"""Day and night: residents wait. The rest can wait for the morning."""
LONGEST_CALM = 10 * MINUTE


async def watch(services: "Services", at: datetime | None = None) -> None:
    """Look, note, and tell."""
    at = at or now()
    found, unseen = await look(services)
    async with services.db.begin() as session:
        known = {row.check: row for row in await session.scalars(select(Trouble).with_for_update())}
        wrong = {finding.check: finding for finding in found if finding.state is not State.OK}
        for check, finding in wrong.items():
            row = known.get(check)
            if row is None:
                row = Trouble(check=check, since=at)
                session.add(row)
            row.line, row.remedy, row.fine_since = finding.line[:300], finding.remedy[:300], None
            if row.told_at is None and _lasts(row, at) and _may_tell(check, at):
                row.told_at = at
                if services.settings.tell_troubles:
                    await _tell(session, row, "trouble_begins", at)
        for check, row in known.items():
            if check not in wrong and check not in unseen:
                await _calm(session, services, row, at)


async def look(services: "Services") -> tuple[list[Finding], set[str]]:
    """One finding each, in a few seconds at most; and the checks of which nothing could be seen."""
    waiting = []
    if not await services.rasa.is_ready():
        waiting.append("rasa")
    if not await services.rasa.actions_are_ready():
        waiting.append("actions")
    seen = await certificate_of(services.settings.public_base).get()
    async with services.db.begin() as session:
        waits = await work(session)
    found = [
        *parts(waiting),
        backlog(waits, 60 * services.settings.backlog_minutes),
        delivery(waits),
        dead_letters(waits),
        disk(services.settings.data_dir),
        backup(services.settings),
    ]
    # That this machine does not reach its own address is no trouble of residents; nor does it say
    # that the certificate has been renewed.
    if seen is not None and seen.days is None and not seen.reason:
        return found, {"certificate"}
    return [*found, judge(seen)], set()


async def open_troubles(session: AsyncSession) -> Sequence[Trouble]:
    """What lasts, the oldest first; not what only waits for the morning to be told as over."""
    lasts = Trouble.told_at.is_not(None) & Trouble.fine_since.is_(None)
    query = select(Trouble).where(lasts).order_by(Trouble.since)
    return (await session.scalars(query)).all()


def _patience(check: str) -> timedelta:
    return PATIENCE.get(check, MINUTE)


def _lasts(row: Trouble, at: datetime) -> bool:
    return at - row.since >= _patience(row.check)


def _is_calm(row: Trouble, at: datetime) -> bool:
    patience = min(_patience(row.check), LONGEST_CALM)
    return row.fine_since is not None and at - row.fine_since >= patience


def _may_tell(check: str, at: datetime) -> bool:
    return check in AT_ONCE or opening(at) is None


async def _calm(session: AsyncSession, services: "Services", row: Trouble, at: datetime) -> None:
    """Nothing is wrong now: believed when it lasts, so that what comes and goes is told once."""
    row.fine_since = row.fine_since or at
    if row.told_at is None:
        await session.delete(row)
    elif _is_calm(row, at) and _may_tell(row.check, at):
        if services.settings.tell_troubles:
            await _tell(session, row, "trouble_over", at)
        await session.delete(row)


async def _tell(session: AsyncSession, row: Trouble, phrase: str, at: datetime) -> None:
    """Each admin and manager, in one chat of his."""
    query = select(Officer).where(Officer.active, Officer.role.in_((Role.ADMIN, Role.MANAGER)))
    words = say(phrase, line=row.line, remedy=row.remedy)
    for officer in await session.scalars(query):
        for chat in sorted(officer.chats, key=lambda chat: chat.channel)[:1]:
            await post(
                session,
                chat.channel,
                Target(ChatKind.PRIVATE, chat.chat_id),
                Content(words),
                key=f"trouble:{row.check}:{officer.id.hex[:16]}:{at.timestamp():.0f}",
            )
