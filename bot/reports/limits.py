"""How long each step of a report may take: by how pressing it is, and by category where a commune
wants that category otherwise. Managers change it on the console's settings page.

The defaults: what is urgent goes by the clock, day and night, and so does taking on what is
sensitive; everything else goes by working time, so that no night and no weekend counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.duty import DutyHours
from bot.groups.models import Commune
from bot.reports.models import DueKind, Report
from bot.triage.understanding import Category


class Level(StrEnum):
    """How pressing a report is."""

    URGENT = "urgent"
    SENSITIVE = "sensitive"
    ORDINARY = "ordinary"


class Unit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"

    @property
    def working(self) -> bool:
        return self in (Unit.WORKING_HOURS, Unit.WORKING_DAYS)


MOST = {Unit.MINUTES: 24 * 60, Unit.HOURS: 30 * 24, Unit.WORKING_HOURS: 500, Unit.WORKING_DAYS: 120}
"""The largest amount of each unit that means anything."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So much time, by the clock or of work."""

    amount: int
    unit: Unit

    @property
    def working(self) -> bool:
        return self.unit.working

    def length(self, calendar: DutyHours) -> timedelta:
        match self.unit:
            case Unit.MINUTES:
                return timedelta(minutes=self.amount)
            case Unit.HOURS | Unit.WORKING_HOURS:
                return timedelta(hours=self.amount)
            case Unit.WORKING_DAYS:
                return self.amount * calendar.day_length


Table = Mapping[tuple[Level, DueKind], Limit]

DEFAULTS: Table = {
    (Level.URGENT, DueKind.ACKNOWLEDGEMENT): Limit(5, Unit.MINUTES),
    (Level.URGENT, DueKind.REPLY): Limit(30, Unit.MINUTES),
    (Level.URGENT, DueKind.RESOLUTION): Limit(24, Unit.HOURS),
    (Level.SENSITIVE, DueKind.ACKNOWLEDGEMENT): Limit(1, Unit.HOURS),
    (Level.SENSITIVE, DueKind.REPLY): Limit(4, Unit.WORKING_HOURS),
    (Level.SENSITIVE, DueKind.RESOLUTION): Limit(5, Unit.WORKING_DAYS),
    (Level.ORDINARY, DueKind.ACKNOWLEDGEMENT): Limit(8, Unit.WORKING_HOURS),
    (Level.ORDINARY, DueKind.REPLY): Limit(8, Unit.WORKING_HOURS),
    (Level.ORDINARY, DueKind.RESOLUTION): Limit(10, Unit.WORKING_DAYS),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """`general` holds for every level and kind; `special` for some of one category."""

    general: Table
    special: Mapping[Category, Table]

    def of(self, report: Report, kind: DueKind) -> Limit:
        key = level_of(report), kind
        return self.special.get(report.category, {}).get(key) or self.general[key]


def level_of(report: Report) -> Level:
    if report.urgent:
        return Level.URGENT
    return Level.SENSITIVE if report.sensitive else Level.ORDINARY


async def limits(session: AsyncSession) -> Limits:
    """As set on the console; what is not set there is as by default."""
    return limits_of(await session.get(Commune, 1))


def limits_of(commune: Commune | None) -> Limits:
    """The same of a commune at hand."""
    return read_limits(commune.deadlines if commune and commune.deadlines else {})


def read_limits(stored: Mapping[str, Any]) -> Limits:
    special = {Category(name): _table(table) for name, table in stored.get("special", {}).items()}
    return Limits({**DEFAULTS, **_table(stored.get("general", {}))}, special)


def store_limits(wanted: Limits) -> dict[str, Any]:
    return {
        "general": _stored(wanted.general),
        "special": {category.value: _stored(table) for category, table in wanted.special.items()},
    }


def _table(stored: Mapping[str, Any]) -> Table:
    return {
        (Level(level), DueKind(kind)): Limit(limit["amount"], Unit(limit["unit"]))
        for level, kinds in stored.items()
        for kind, limit in kinds.items()
    }


def _stored(table: Table) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for (level, kind), limit in table.items():
        kept.setdefault(level.value, {})[kind.value] = {
            "amount": limit.amount,
            "unit": limit.unit.value,
        }
    return kept


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as a deadline counts it: all of it, or that of the duty calendar."""

    calendar: DutyHours
    working: bool

    def after(self, start: datetime, duration: timedelta) -> datetime:
        if self.working:
            return self.calendar.add_working_time(start, duration)
        return start + max(duration, timedelta())

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Negative where `end` is the earlier one."""
        if not self.working:
            return end - start
        if end < start:
            return -self.calendar.working_time_between(end, start)
        return self.calendar.working_time_between(start, end)
