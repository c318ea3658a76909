"""How often the assistant read a report as an officer did: counts only, nobody's words.

Counted are reports that a model read and an officer spoke of: by confirming, by correcting, or by
ending the report without minding how it was read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.times import VIETNAM
from bot.db import now
from bot.reports.models import Consent, Correction
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
    found = await _readings(session, begin)
    mondays = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return Accuracy(
        weeks=[_week(monday, [r for r in found if r.monday == monday]) for monday in mondays],
        confusions=_confusions(found),
        sensitive=_missed(found, lambda r: r.sensitive),
        urgent=_missed(found, lambda r: r.urgent),
        waiting=await waiting(session),
    )


async def waiting(session: AsyncSession) -> int:
    """Candidates that no export has taken yet."""
    query = select(func.count()).where(
        Correction.consent == Consent.GIVEN, Correction.exported_at.is_(None)
    )
    return (await session.execute(query)).scalar_one()


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reports of one week that were read alike, by the model and by officers: filed, then said."""

    monday: date
    category: tuple[Category, Category]
    sensitive: tuple[bool | None, bool | None]
    urgent: tuple[bool | None, bool | None]
    times: int


async def _readings(session: AsyncSession, begin: datetime) -> Sequence[_Reading]:
    local = func.timezone(timedelta(hours=7), Correction.came_in_at)
    columns = (
        func.date_trunc("week", local).label("week"),
        Correction.filed_category,
        Correction.category,
        Correction.filed_sensitive,
        Correction.sensitive,
        Correction.filed_urgent,
        Correction.urgent,
    )
    query = (
        select(*columns, func.count())
        .where(Correction.filed_category.is_not(None), Correction.came_in_at >= begin)
        .group_by(*columns)
    )
    return [
        _Reading(row[0].date(), row[1:3], row[3:5], row[5:7], row[7])
        for row in map(tuple, await session.execute(query))
    ]


def _week(monday: date, found: Sequence[_Reading]) -> Week:
    return Week(
        monday,
        _score((r.category, r.times) for r in found),
        _score((r.sensitive, r.times) for r in found),
        _score((r.urgent, r.times) for r in found),
    )


def _score(found: Iterable[tuple[tuple[Any, Any], int]]) -> Score:
    """Of what officers spoke of; a flag they did not mind counts for nothing."""
    spoken = [(filed == said, times) for (filed, said), times in found if said is not None]
    return Score(sum(times for right, times in spoken if right), sum(t for _, t in spoken))


def _confusions(found: Sequence[_Reading]) -> Sequence[Confusion]:
    times: Counter[tuple[Category, Category]] = Counter()
    for reading in found:
        times[reading.category] += reading.times
    wrong = [Confusion(*pair, number) for pair, number in times.items() if pair[0] != pair[1]]
    return sorted(wrong, key=lambda c: (-c.times, c.filed, c.said))[:CONFUSIONS]


def _missed(
    found: Sequence[_Reading], flag: Callable[[_Reading], tuple[bool | None, bool | None]]
) -> Missed:
    times: Counter[tuple[bool | None, bool | None]] = Counter()
    for reading in found:
        times[flag(reading)] += reading.times
    return Missed(missed=times[False, True], false_alarms=times[True, False])
