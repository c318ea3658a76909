"""When the commune's police are at work, and who answers when they are not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.times import VIETNAM
from bot.db import now
from bot.groups.holidays import certain_holidays
from bot.groups.models import Commune, Officer
from bot.groups.service import managers

DEFAULT: dict[str, Any] = {"days": "2-6", "hours": ["07:30-11:30", "13:30-17:00"]}
"""An office's week."""

_NAMES = ("2", "3", "4", "5", "6", "7", "CN")  # as Vietnamese number the days, Monday first
_IN_WORDS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_STRETCH = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAY = 24 * 60  # minutes


Stretches = tuple[tuple[int, int], ...]
"""Minutes of a day, from and to, in order."""


@dataclass(frozen=True, slots=True)
class DutyHours:
    """`days`: 0 is Monday. A holiday takes its day out; a single day in `extra` has its own hours,
    whatever else is said of it."""

    days: frozenset[int]
    hours: Stretches
    holidays: Mapping[date, str] = field(default_factory=dict)  # with their names
    extra: Mapping[date, Stretches] = field(default_factory=dict)

    def hours_of(self, day: date) -> Stretches:
        if day in self.extra:
            return self.extra[day]
        return self.hours if day.weekday() in self.days and day not in self.holidays else ()

    def on_duty(self, moment: datetime) -> bool:
        local = moment.astimezone(VIETNAM)
        minute = local.hour * 60 + local.minute
        return any(a <= minute < b for a, b in self.hours_of(local.date()))

    def next_opening(self, moment: datetime) -> datetime:
        """When work begins next after `moment`."""
        return next(begin for begin, _ in self._stretches_from(moment) if begin > moment)

    def add_working_time(self, start: datetime, duration: timedelta) -> datetime:
        """The first moment, from `start` on, by which so much working time has passed."""
        if duration <= timedelta():
            return start
        for begin, end in self._stretches_from(start):
            here = end - max(begin, start)
            if here >= duration:
                return max(begin, start) + duration
            duration -= max(here, timedelta())
        raise AssertionError("there is always another week")

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; nothing where `end` is not later."""
        total = timedelta()
        for opens, closes in self._stretches_from(start):
            if opens >= end:
                break
            total += max(timedelta(), min(closes, end) - max(opens, start))
        return total

    @property
    def day_length(self) -> timedelta:
        """How long a usual day's work is."""
        return timedelta(minutes=sum(end - begin for begin, end in self.hours))

    def _stretches_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """All times of duty from this moment's day on. They never end: `days` names one of the
        week, and holidays are single days."""
        day = moment.astimezone(VIETNAM).date()
        while True:
            midnight = datetime.combine(day, time(), VIETNAM)
            for begin, end in self.hours_of(day):
                yield midnight + timedelta(minutes=begin), midnight + timedelta(minutes=end)
            day += timedelta(days=1)


def parse_duty(days: str, hours: Sequence[str]) -> DutyHours:
    """Raises: ValueError, saying what is wrong in Vietnamese."""
    stretches = parse_hours(hours)
    return DutyHours(frozenset(d for part in days.split(",") for d in _days(part)), stretches)


def parse_hours(hours: Sequence[str]) -> Stretches:
    """Raises: ValueError, saying what is wrong in Vietnamese."""
    stretches = tuple(_stretch(text) for text in hours)
    for (_, end), (begin, _) in pairwise(stretches):
        if begin < end:
            raise ValueError("các khoảng giờ phải theo thứ tự và không chồng lên nhau")
    if not stretches:
        raise ValueError("cần ít nhất một khoảng giờ, ví dụ “07:30-11:30”")
    return stretches


def _days(part: str) -> range:
    first, dash, last = (piece.strip().upper() for piece in part.partition("-"))
    names = (first, last) if dash else (first, first)
    if not set(names) <= set(_NAMES):
        raise ValueError(f"ngày “{part.strip()}” không đúng; viết như “2-6” hoặc “2,4,6,CN”")
    begin, end = (_NAMES.index(name) for name in names)
    if begin > end:
        raise ValueError(f"ngày “{part.strip()}” ngược; tuần bắt đầu từ 2 và hết ở CN")
    return range(begin, end + 1)


def _stretch(text: str) -> tuple[int, int]:
    found = _STRETCH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"giờ “{text}” không đúng; viết như “07:30-11:30”")
    h1, m1, h2, m2 = map(int, found.groups())
    begin, end = h1 * 60 + m1, h2 * 60 + m2
    if max(m1, m2) > 59 or not begin < end <= _DAY:
        raise ValueError(f"giờ “{text}” không đúng; giờ đầu phải trước giờ cuối, trong một ngày")
    return begin, end


def stored_calendar(stored: Mapping[str, Any]) -> DutyHours:
    """The calendar as the console's settings page keeps it: `days` and `hours`, `holidays` by date,
    and `extra` days by date with their hours."""
    week = parse_duty(stored["days"], stored["hours"])
    return DutyHours(
        week.days,
        week.hours,
        {date.fromisoformat(day): name for day, name in stored["holidays"].items()},
        {date.fromisoformat(day): parse_hours(h) for day, h in stored["extra"].items()},
    )


async def duty_hours(session: AsyncSession) -> DutyHours:
    """As set on the console; else as in the setup file, or an office's week, and free on the days
    on which the whole country is."""
    return hours_of(await session.get(Commune, 1))


def hours_of(commune: Commune | None) -> DutyHours:
    """The same of a commune at hand."""
    if commune and commune.calendar:
        return stored_calendar(commune.calendar)
    this_year = now().astimezone(VIETNAM).year
    week = (commune.duty if commune else None) or DEFAULT
    return replace(parse_duty(week["days"], week["hours"]), holidays=certain_holidays(this_year))


async def duty_managers(session: AsyncSession) -> Sequence[Officer]:
    """Who answers out of duty hours: the managers on duty, or all where none is named."""
    everybody = await managers(session)
    return [officer for officer in everybody if officer.on_duty] or everybody


def in_words(moment: datetime) -> str:
    """ "07:30 thứ Hai, 30/11"."""
    local = moment.astimezone(VIETNAM)
    return f"{local:%H:%M} {_IN_WORDS[local.weekday()]}, {local:%d/%m}"
