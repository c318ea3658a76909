"""The nightly purge: goes over the table of kinds, and notes how much it erased."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.libpq import connect
from bot.reports.models import Report
from bot.retention.kinds import TABLE, closed_before
from bot.retention.models import Purge
from bot.security import rotation
from bot.settings import Settings
from bot.work import OUTAGE

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger()

NIGHTLY = "17 2 * * *"
BEFOREHAND = timedelta(days=7)
"""So long before a report's words go do the managers see that they will."""

LISTED = 200


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Reports whose words go within `BEFOREHAND`, the next first; `count` may be more."""

    count: int
    reports: Sequence[tuple[str, datetime]]  # code, when


async def purge(services: "Services") -> dict[str, int]:
    """Erase whatever is too old; how much of each kind it was.

    One kind that cannot be erased keeps no other from it; the next night tries again. What still
    waits to be handled is never erased.
    """
    erased: dict[str, int] = {}
    failed: Exception | None = None
    for kind in TABLE:
        before = now() - kind.kept(services.settings)
        try:
            while count := await kind.erase(services, before):
                erased[kind.key] = erased.get(kind.key, 0) + count
        except OUTAGE:
            raise  # the whole is done again when the database is back
        except Exception as error:
            log.error("not erased", what=kind.key, kind=type(error).__name__)
            failed = error
    async with services.db.begin() as session:
        session.add(Purge(erased=erased))
    await asyncio.to_thread(_forget_keys, str(services.settings.database_url))
    log.info("erased what is too old", **erased)
    if failed is not None:
        raise failed
    return erased


async def upcoming(session: AsyncSession, settings: Settings) -> Upcoming:
    kept = timedelta(days=settings.keep_reports_days)
    soon = closed_before(now() - kept + BEFOREHAND)
    count = await session.scalar(select(func.count()).select_from(Report).where(soon))
    query = select(Report.code, Report.closed_at).where(soon).order_by(Report.closed_at)
    rows = await session.execute(query.limit(LISTED))
    return Upcoming(count or 0, [(code, at + kept) for code, at in rows if at])


async def past(session: AsyncSession, nights: int = 30) -> Sequence[Purge]:
    """The latest first."""
    return (await session.scalars(select(Purge).order_by(Purge.at.desc()).limit(nights))).all()


def _forget_keys(url: str) -> None:
    with connect(url) as connection:
        rotation.forget_retired(connection, now() - rotation.KEPT)
