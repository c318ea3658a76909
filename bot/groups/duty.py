"""When the commune's police are at work, and who answers when they are not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.times import VIETNAM
from bot.groups.models import Commune, Officer
from bot.groups.service import managers

DEFAULT: dict[str, Any] = {"days": "2-6", "hours": ["07:30-11:30", "13:30-17:00"]}
"""An office's week."""

_NAMES = ("2", "3", "4", "5", "6", "7", "CN")  # as Vietnamese number the days, Monday first
_IN_WORDS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_STRETCH = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class DutyHours:
    """`days`: 0 is Monday. `hours`: minutes of the day, from and to, in order."""

    days: frozenset[int]
    hours: tuple[tuple[int, int], ...]

    def on_duty(self, moment: datetime) -> bool:
        local = moment.astimezone(VIETNAM)
        minute = local.hour * 60 + local.minute
        return local.weekday() in self.days and any(a <= minute < b for a, b in self.hours)

    def next_opening(self, moment: datetime) -> datetime:
        """When work begins next after `moment`."""
        midnight = moment.astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
        days = [midnight + timedelta(days=n) for n in range(8)]
        openings = (
            day + timedelta(minutes=begin)
            for day in days
            if day.weekday() in self.days
            for begin, _ in self.hours
        )
        return next(opening for opening in openings if opening > moment)


def parse_duty(days: str, hours: Sequence[str]) -> DutyHours:
    """Raises: ValueError, saying what is wrong in Vietnamese."""
    stretches = tuple(_stretch(text) for text in hours)
    for (_, end), (begin, _) in pairwise(stretches):
        if begin < end:
            raise ValueError("các khoảng giờ phải theo thứ tự và không chồng lên nhau")
    if not stretches:
        raise ValueError("cần ít nhất một khoảng giờ, ví dụ “07:30-11:30”")
    return DutyHours(frozenset(d for part in days.split(",") for d in _days(part)), stretches)


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


async def duty_hours(session: AsyncSession) -> DutyHours:
    commune = await session.get(Commune, 1)
    stored = (commune.duty if commune else None) or DEFAULT
    return parse_duty(stored["days"], stored["hours"])


async def duty_managers(session: AsyncSession) -> Sequence[Officer]:
    """Who answers out of duty hours: the managers on duty, or all where none is named."""
    everybody = await managers(session)
    return [officer for officer in everybody if officer.on_duty] or everybody


def in_words(moment: datetime) -> str:
    """ "07:30 thứ Hai, 30/11"."""
    local = moment.astimezone(VIETNAM)
    return f"{local:%H:%M} {_IN_WORDS[local.weekday()]}, {local:%d/%m}"
