"""What officers are doing on a report's page just now: writing an answer, or looking at what is
hidden otherwise. Neither is an event of the report, and both end by themselves.

That somebody writes only keeps two officers from answering at once without knowing; it locks
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.groups.models import Officer
from bot.live import QUEUE, publish
from bot.reports.models import AtReport, Report, Status

WRITING = timedelta(minutes=1)
"""So long after the last word of it that reached us he counts as writing."""

SEEING = timedelta(minutes=10)
"""So long an officer sees everything who asked for it once."""


@dataclass(frozen=True, slots=True)
class Writer:
    name: str
    until: datetime


async def writes(session: AsyncSession, report: Report, officer: Officer) -> None:
    """The officer is writing to the reporter; open pages are told when he begins."""
    if report.status is Status.CLOSED:
        return
    before = await session.get(AtReport, (report.id, officer.id), populate_existing=True)
    begins = before is None or before.writes_until is None or before.writes_until < now()
    await _set(session, report, officer, writes_until=now() + WRITING)
    if begins:
        await _tell(session, report)


async def has_written(session: AsyncSession, report: Report, officer: Officer) -> None:
    """He sent it, or left it."""
    await _set(session, report, officer, writes_until=None)


async def writers(session: AsyncSession, report: Report, reader: Officer) -> Sequence[Writer]:
    """Who else is writing, by name."""
    query = (
        select(Officer.name, AtReport.writes_until)
        .join(AtReport, AtReport.officer_id == Officer.id)
        .where(AtReport.report_id == report.id, AtReport.officer_id != reader.id)
        .where(AtReport.writes_until > now(), Officer.active.is_(True))
        .order_by(Officer.name)
    )
    found = (await session.execute(query)).all()
    return [Writer(name, until) for name, until in found if until is not None]


async def see_all(session: AsyncSession, report: Report, officer: Officer) -> None:
    """Hide nothing from this officer on the report's page for a while. Whoever calls logs it."""
    await _set(session, report, officer, sees_until=now() + SEEING)


async def hide_again(session: AsyncSession, report: Report, officer: Officer) -> None:
    await _set(session, report, officer, sees_until=None)


async def sees_all_until(
    session: AsyncSession, report: Report, officer: Officer
) -> datetime | None:
    """How long; None while he sees what everybody does."""
    query = select(AtReport.sees_until).where(
        AtReport.report_id == report.id,
        AtReport.officer_id == officer.id,
        AtReport.sees_until > now(),
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _set(
    session: AsyncSession, report: Report, officer: Officer, **values: datetime | None
) -> None:
    row = insert(AtReport).values(report_id=report.id, officer_id=officer.id, **values)
    keys = (AtReport.report_id, AtReport.officer_id)
    await session.execute(row.on_conflict_do_update(index_elements=keys, set_=values))


async def _tell(session: AsyncSession, report: Report) -> None:
    notice = {"report": str(report.id), "code": report.code, "type": "writing"}
    await publish(session, QUEUE, notice)
