"""How often the assistant read a report as an officer did: counts only, nobody's words.

Counted are reports that a model read and an officer spoke of: by confirming, by correcting, or by
ending the report without minding how it was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.console.times import VIETNAM
from bot.db import now
from bot.reports.models import Consent, Correction, Report
from bot.triage.understanding import Category

WEEKS = 12
"""Shown, the present one included."""

CONFUSIONS = 8
"""The most frequent ones are listed."""


@dataclass(frozen=True, slots=True)
class Score:
    """So many right of so many that somebody spoke of."""

    right: int
    of: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.right / self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Week:
    """Reports that came in within the week that began on `monday`."""

    monday: date
    category: Score
    sensitive: Score
    urgent: Score


@dataclass(frozen=True, slots=True)
class Confusion:
    """Reports filed as one category that an officer called another."""

    filed: Category
    said: Category
    times: int


@dataclass(frozen=True, slots=True)
class Missed:
    """The two ways in which a flag can be wrong."""

    missed: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    weeks: Sequence[Week]  # oldest first; those without a report too
    confusions: Sequence[Confusion]
    sensitive: Missed
    urgent: Missed
    waiting: int  # candidates nobody has exported yet

    @property
    def seen(self) -> int:
        """Reports counted."""
        return sum(week.category.of for week in self.weeks)


async def accuracy(session: AsyncSession, at: datetime | None = None) -> Accuracy:
    """Of the last `WEEKS` weeks in Vietnam's time, up to `at`."""
    today = (at or now()).astimezone(VIETNAM).date()
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    begin = datetime(first.year, first.month, first.day, tzinfo=VIETNAM)
    return Accuracy(
        weeks=await _weeks(session, first, begin),
        confusions=await _confusions(session, begin),
        sensitive=await _missed(session, begin, Correction.sensitive, Report.filed_sensitive),
        urgent=await _missed(session, begin, Correction.urgent, Report.filed_urgent),
        waiting=await waiting(session),
    )


async def waiting(session: AsyncSession) -> int:
    """Candidates that no export has taken yet."""
    query = select(func.count()).where(
        Correction.consent == Consent.GIVEN, Correction.exported_at.is_(None)
    )
    return (await session.execute(query)).scalar_one()


async def _weeks(session: AsyncSession, first: date, begin: datetime) -> Sequence[Week]:
    local = func.timezone(timedelta(hours=7), Report.created_at)
    week = func.date_trunc("week", local).label("week")
    pairs = (
        (Correction.category, Report.filed_category),
        (Correction.sensitive, Report.filed_sensitive),
        (Correction.urgent, Report.filed_urgent),
    )
    columns = [
        func.count().filter(condition)
        for said, filed in pairs
        for condition in (said == filed, said.is_not(None))
    ]
    query = (
        select(week, *columns)
        .select_from(Correction)
        .join(Report, Report.id == Correction.report_id)
        .where(*_counted(begin))
        .group_by(week)
    )
    found = {row[0].date(): row[1:] for row in (await session.execute(query)).all()}
    mondays = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [_week(monday, found.get(monday, (0,) * 6)) for monday in mondays]


def _week(monday: date, counts: Sequence[int]) -> Week:
    scores = (Score(right, of) for right, of in zip(counts[::2], counts[1::2], strict=True))
    return Week(monday, *scores)


async def _confusions(session: AsyncSession, begin: datetime) -> Sequence[Confusion]:
    times = func.count().label("times")
    query = (
        select(Report.filed_category, Correction.category, times)
        .select_from(Correction)
        .join(Report, Report.id == Correction.report_id)
        .where(*_counted(begin), Report.filed_category != Correction.category)
        .group_by(Report.filed_category, Correction.category)
        .order_by(times.desc(), Report.filed_category, Correction.category)
        .limit(CONFUSIONS)
    )
    found = (await session.execute(query)).all()
    return [Confusion(filed, said, count) for filed, said, count in found if filed]


async def _missed(
    session: AsyncSession,
    begin: datetime,
    said: InstrumentedAttribute[bool | None],
    filed: InstrumentedAttribute[bool | None],
) -> Missed:
    query = (
        select(
            func.count().filter(said.is_(True), filed.is_(False)),
            func.count().filter(said.is_(False), filed.is_(True)),
        )
        .select_from(Correction)
        .join(Report, Report.id == Correction.report_id)
        .where(*_counted(begin))
    )
    return Missed(*(await session.execute(query)).one())


def _counted(begin: datetime) -> tuple[ColumnElement[bool], ...]:
    return Report.filed_category.is_not(None), Report.created_at >= begin
