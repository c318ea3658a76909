"""How many reports, of what, where and when: counts only, aggregated by the database.

leader   of what he may read
manager  of everything
deputy   of his own hamlets without what is for the managers only; counts are rounded down to
         multiples of `COARSE`, and smaller ones, days and hours are left out, so that no count
         points at a person
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.permissions import Permission, may
from bot.console.times import VIETNAM
from bot.groups.models import Hamlet, Officer
from bot.reports.access import readable_by
from bot.reports.models import Deadline, DueKind, Report
from bot.triage.understanding import Category

COARSE = 3
LEVELS = ("urgent", "sensitive", "ordinary")
BEFORE_ALL = date(2000, 1, 1)
LONGEST = 366
"""Days that one page may count."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in Vietnam's time, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def begin(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        return _midnight(self.last + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Taken:
    """How long it took until somebody took on the reports of one level."""

    level: str  # urgent, sensitive, ordinary
    count: int
    median: timedelta
    p90: timedelta
    in_time: float  # of `count`


@dataclass(frozen=True, slots=True)
class Figures:
    """Empty where nothing came in. `hours` is by weekday (0 is Monday) and hour."""

    total: int = 0
    urgent: int = 0
    categories: Mapping[Category, int] = field(default_factory=dict)
    hamlets: Mapping[str, int] = field(default_factory=dict)  # "" is where none is known
    days: Mapping[date, int] = field(default_factory=dict)
    hours: Mapping[tuple[int, int], int] = field(default_factory=dict)
    taken: Sequence[Taken] = ()


def period(
    first: date | None, last: date | None, today: date, *, whole_months: bool = False
) -> Period:
    """What was asked for, as far as it can be counted: until today, no longer than `LONGEST`.

    `whole_months`: the months it touches. Whoever sees rounded counts must not find out, by moving
    a date, what a single day adds to them.
    """
    last = max(min(last or today, today), BEFORE_ALL)
    first = min(first or last - timedelta(days=29), last)
    first = max(first, last - timedelta(days=LONGEST - 1))
    if whole_months:
        following = (last.replace(day=1) + timedelta(days=31)).replace(day=1)
        first, last = first.replace(day=1), min(following - timedelta(days=1), today)
    return Period(first, last)


def coarse(officer: Officer) -> bool:
    """Whether the officer sees rounded counts, as he may read no report."""
    return not may(officer, Permission.READ_REPORTS)


async def figures(session: AsyncSession, officer: Officer, asked: Period) -> Figures:
    found = await _counted(session, officer, asked)
    return _rounded(found) if coarse(officer) else found


_BY_CATEGORY, _BY_HAMLET, _BY_DAY, _BY_HOUR = 0b0111, 0b1011, 0b1101, 0b1110
_SETS = (_BY_CATEGORY, _BY_HAMLET, _BY_DAY, _BY_HOUR)
"""What PostgreSQL's GROUPING says of each set: a zero for what it groups by."""


async def _counted(session: AsyncSession, officer: Officer, asked: Period) -> Figures:
    """All counts in one pass over `ix_reports_figures`, put together by the hour first."""
    clock_hour = func.date_bin(timedelta(hours=1), Report.created_at, asked.begin)
    by_clock = (
        select(
            Report.category,
            Report.hamlet_id,
            clock_hour.label("begin"),
            func.count().label("count"),
            func.count().filter(Report.urgent).label("urgent"),
        )
        .where(*_within(asked), _countable_by(officer))
        .group_by(Report.category, Report.hamlet_id, text("begin"))
        .subquery()
        .c
    )
    local = func.timezone(timedelta(hours=7), by_clock.begin)
    each = (
        select(
            by_clock.category,
            by_clock.hamlet_id,
            func.date(local).label("day"),
            (extract("isodow", local) - 1).label("weekday"),
            extract("hour", local).label("hour"),
            by_clock["count"],
            by_clock.urgent,
        )
        .subquery()
        .c
    )
    sets = ((each.category,), (each.hamlet_id,), (each.day,), (each.weekday, each.hour))
    query = select(
        func.grouping(each.category, each.hamlet_id, each.day, each.weekday),
        each.category,
        each.hamlet_id,
        each.day,
        each.weekday,
        each.hour,
        cast(func.sum(each["count"]), Integer),
        cast(func.sum(each.urgent), Integer),
    ).group_by(func.grouping_sets(*(tuple_(*columns) for columns in sets)))
    rows = (await session.execute(query)).all()
    names = dict((await session.execute(select(Hamlet.id, Hamlet.name))).all())
    by = {which: [row for row in rows if row[0] == which] for which in _SETS}
    return Figures(
        total=sum(row[6] for row in by[_BY_CATEGORY]),
        urgent=sum(row[7] for row in by[_BY_CATEGORY]),
        categories=_most_first({row[1]: row[6] for row in by[_BY_CATEGORY]}),
        hamlets=_most_first({names.get(row[2], ""): row[6] for row in by[_BY_HAMLET]}),
        days={row[3]: row[6] for row in by[_BY_DAY]},
        hours={(int(row[4]), int(row[5])): row[6] for row in by[_BY_HOUR]},
        taken=await _taken(session, officer, asked),
    )


async def _taken(session: AsyncSession, officer: Officer, asked: Period) -> Sequence[Taken]:
    """By the clock, from when each was to be taken on; whether in time is as its deadline says."""
    level = case((Report.urgent, "urgent"), (Report.sensitive, "sensitive"), else_="ordinary")
    each = (
        select(
            level.label("level"),
            (Deadline.done_at - Deadline.began_at).label("time"),
            Deadline.missed_at,
        )
        .join(Report, Report.id == Deadline.report_id)
        .where(Deadline.kind == DueKind.ACKNOWLEDGEMENT, Deadline.done_at.is_not(None))
        .where(*_within(asked), _countable_by(officer))
        .where(Deadline.began_at >= asked.begin)  # none begins before its report
        .subquery()
        .c
    )
    query = select(
        each.level,
        func.count(),
        *(func.percentile_cont(share).within_group(each.time) for share in (0.5, 0.9)),
        func.count().filter(each.missed_at.is_(None)),
    ).group_by(each.level)
    found = {row[0]: Taken(*row) for row in (await session.execute(query)).all()}
    return [found[level] for level in LEVELS if level in found]


def _within(asked: Period) -> tuple[ColumnElement[bool], ...]:
    return Report.created_at >= asked.begin, Report.created_at < asked.end


def _countable_by(officer: Officer) -> ColumnElement[bool]:
    """A condition on `Report`: what counts in the figures of this officer."""
    if not may(officer, Permission.FIGURES):
        return false()
    if may(officer, Permission.READ_REPORTS):
        return readable_by(officer)
    own = [hamlet.id for hamlet in officer.hamlets]
    return and_(Report.hamlet_id.in_(own), Report.managers_only.is_(False))


def _rounded(found: Figures) -> Figures:
    """Without what could point at a person."""
    return Figures(
        total=_down(found.total),
        urgent=_down(found.urgent),
        categories={k: _down(count) for k, count in found.categories.items() if count >= COARSE},
        hamlets={k: _down(count) for k, count in found.hamlets.items() if count >= COARSE},
        taken=[
            replace(each, count=_down(each.count), in_time=_tenths(each) * _down(each.count))
            for each in found.taken
            if each.count >= COARSE
        ],
    )


def _tenths(taken: Taken) -> float:
    """The share that was in time, to a tenth."""
    return round(taken.in_time / taken.count, 1)


def _down(count: int) -> int:
    return count - count % COARSE


def _most_first(counts: Mapping[Any, int]) -> dict[Any, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
