"""Reading the log, newest first, a page at a time."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Row, String, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.audit.models import Action, AuditEntry
from bot.console.times import VIETNAM
from bot.groups.models import Officer

PAGE = 50
"""Entries on one page."""

EARLIEST, LATEST = date(2000, 1, 1), date(9998, 12, 31)
"""Days beyond them are taken for them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; what is None is not asked for. Days are Vietnam's, both included."""

    officer: uuid.UUID | None = None
    action: Action | None = None
    code: str | None = None
    first: date | None = None
    last: date | None = None
    before: int | None = None  # entries older than this one


@dataclass(frozen=True, slots=True)
class LogPage:
    entries: Sequence[Row[AuditEntry, str]]
    """Each with its action as it stands there: another version may have written one of its own."""

    more: bool


async def read(session: AsyncSession, wanted: Wanted) -> LogPage:
    query = (
        select(AuditEntry, type_coerce(AuditEntry.action, String))
        .options(defer(AuditEntry.action))
        .order_by(AuditEntry.number.desc())
        .limit(PAGE + 1)
    )
    if wanted.officer:
        query = query.where(AuditEntry.officer_id == wanted.officer)
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.code is not None:
        query = query.where(AuditEntry.report_code == wanted.code)
    if wanted.before is not None:
        query = query.where(AuditEntry.number < wanted.before)
    # Days become numbers, in which every index is sorted.
    if wanted.first:
        query = query.where(AuditEntry.number >= await _first_of(session, wanted.first))
    if wanted.last:
        end = await _first_of(session, min(wanted.last, LATEST) + timedelta(days=1))
        query = query.where(AuditEntry.number < end)
    found = (await session.execute(query)).all()
    return LogPage(found[:PAGE], more=len(found) > PAGE)


async def officers(session: AsyncSession) -> Sequence[Officer]:
    """Everybody who can stand in the log."""
    return (await session.execute(select(Officer).order_by(Officer.name))).scalars().all()


async def _first_of(session: AsyncSession, day: date) -> int:
    """The number of the first entry of a day or after it."""
    begin = datetime.combine(max(day, EARLIEST), time.min, VIETNAM)
    query = (
        select(AuditEntry.number)
        .where(AuditEntry.at >= begin)
        .order_by(AuditEntry.at, AuditEntry.number)
        .limit(1)
    )
    found = (await session.execute(query)).scalar_one_or_none()
    return 2**62 if found is None else found
