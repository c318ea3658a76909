"""Public holidays to propose to a commune (Labour Code 2019, articles 111 and 112).

The solar ones are certain. Those by the moon, the second day at National Day and the days off in
lieu are reckoned here, but the government announces them each year: a person confirms them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.groups.lunar import solar_date, year_name

_SOLAR = {
    (1, 1): "Tết Dương lịch",
    (4, 30): "Ngày Chiến thắng",
    (5, 1): "Quốc tế Lao động",
    (9, 2): "Quốc khánh",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A day on which the commune is likely to be free."""

    day: date
    name: str
    certain: bool


def certain_holidays(year: int) -> dict[date, str]:
    """Those of this year and the next whose date nobody has to announce."""
    return {
        date(each, month, day): name
        for each in (year, year + 1)
        for (month, day), name in _SOLAR.items()
    }


def proposed_holidays(after: date) -> list[Proposed]:
    """What is still to come of this year and the next, in order."""
    certain = certain_holidays(after.year)
    likely = _likely(after.year) | _likely(after.year + 1)
    free = likely | certain
    for day in sorted(free):
        if day.weekday() >= 5:
            free[_next_working_day(day, free)] = f"Nghỉ bù {free[day]}"
    return [
        Proposed(day, name, certain=day in certain)
        for day, name in sorted(free.items())
        if day >= after
    ]


def _likely(year: int) -> dict[date, str]:
    new_year, of_year = solar_date(1, 1, year), f"Tết {year_name(year)}"
    national = date(year, 9, 2)
    before = (national - _DAY).weekday() < 5 and national.weekday() != 3
    return {
        new_year - _DAY: f"{of_year} (giao thừa)",
        **{new_year + n * _DAY: f"{of_year} (mùng {n + 1})" for n in range(4)},
        solar_date(10, 3, year): "Giỗ Tổ Hùng Vương (10 tháng 3)",
        national - _DAY if before else national + _DAY: "Quốc khánh (ngày liền kề)",
    }


def _next_working_day(day: date, free: Mapping[date, str]) -> date:
    while day in free or day.weekday() >= 5:
        day += _DAY
    return day
