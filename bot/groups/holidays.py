"""Public holidays to propose to a commune (Labour Code 2019, article 112).

The solar ones are certain. Those by the moon, the second day at National Day and the days off in
lieu are what the calendar gives; the government announces them each year, so that a person confirms
them. The setup page proposes both and says which is which.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Proposed:
    """A day that the commune is likely to be free on."""

    day: date
    name: str
    certain: bool


_SOLAR = ((1, 1, "Tết Dương lịch"), (4, 30, "Ngày Chiến thắng"), (5, 1, "Quốc tế Lao động"))
_YEARS = (2026, 2027)

_TO_CONFIRM: Mapping[str, str] = {
    "2026-02-16": "Tết Bính Ngọ (29 tháng Chạp)",
    "2026-02-17": "Tết Bính Ngọ (mùng 1)",
    "2026-02-18": "Tết Bính Ngọ (mùng 2)",
    "2026-02-19": "Tết Bính Ngọ (mùng 3)",
    "2026-02-20": "Tết Bính Ngọ (mùng 4)",
    "2026-04-26": "Giỗ Tổ Hùng Vương (10 tháng 3)",
    "2026-04-27": "Nghỉ bù Giỗ Tổ Hùng Vương",
    "2026-09-01": "Quốc khánh (ngày liền kề)",
    "2027-02-05": "Tết Đinh Mùi (29 tháng Chạp)",
    "2027-02-06": "Tết Đinh Mùi (mùng 1)",
    "2027-02-07": "Tết Đinh Mùi (mùng 2)",
    "2027-02-08": "Tết Đinh Mùi (mùng 3)",
    "2027-02-09": "Tết Đinh Mùi (mùng 4)",
    "2027-04-16": "Giỗ Tổ Hùng Vương (10 tháng 3)",
    "2027-05-03": "Nghỉ bù Quốc tế Lao động",
    "2027-09-03": "Quốc khánh (ngày liền kề)",
}


def certain_holidays() -> dict[date, str]:
    """Those whose date nobody has to announce."""
    return {
        date(year, month, day): name
        for year in _YEARS
        for month, day, name in (*_SOLAR, (9, 2, "Quốc khánh"))
    }


def proposed_holidays(after: date) -> list[Proposed]:
    """What is still to come, in order."""
    certain = [Proposed(day, name, certain=True) for day, name in certain_holidays().items()]
    others = [
        Proposed(date.fromisoformat(day), name, certain=False) for day, name in _TO_CONFIRM.items()
    ]
    proposed = (each for each in (*certain, *others) if each.day >= after)
    return sorted(proposed, key=lambda each: each.day)
