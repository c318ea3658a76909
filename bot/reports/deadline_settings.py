"""What managers set of the duty calendar and the deadlines: reading their forms, and saving them.

Whatever a form holds, what is wrong with it is said in Vietnamese, and where.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.forms import Fields
from bot.groups.duty import DutyHours, duty_hours, parse_hours, stored_calendar
from bot.groups.holidays import proposed_holidays
from bot.groups.models import Commune
from bot.reports.deadlines import reckon_all
from bot.reports.errors import NotAllowed
from bot.reports.limits import MOST, Level, Limit, Limits, Table, Unit, limits, store_limits
from bot.reports.models import DueKind
from bot.triage.understanding import REPORTS, Category
from bot.wording import CATEGORY_NAMES

DAY_NAMES = {
    "2": "Thứ Hai",
    "3": "Thứ Ba",
    "4": "Thứ Tư",
    "5": "Thứ Năm",
    "6": "Thứ Sáu",
    "7": "Thứ Bảy",
    "CN": "Chủ nhật",
}
PERIODS = 4
"""So many periods a day may have."""
MAX_DATES = 200
MAX_NAME = 100  # characters of a holiday's name

LEVEL_NAMES = {Level.URGENT: "Khẩn", Level.SENSITIVE: "Nhạy cảm", Level.ORDINARY: "Việc khác"}
KIND_NAMES = {
    DueKind.ACKNOWLEDGEMENT: "Tiếp nhận",
    DueKind.REPLY: "Trả lời tin mới",
    DueKind.RESOLUTION: "Giải quyết xong",
}
UNIT_NAMES = {
    Unit.MINUTES: "phút",
    Unit.HOURS: "giờ",
    Unit.WORKING_HOURS: "giờ làm việc",
    Unit.WORKING_DAYS: "ngày làm việc",
}
CATEGORIES = tuple(category for category in Category if category in REPORTS)

_DATED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s+(.*))?", re.ASCII)


def read_calendar(form: Fields, today: date) -> dict[str, Any]:
    """The calendar of a form, as it is stored. `today`: of which holidays are proposed.

    Raises: NotAllowed.
    """
    days = [name for name in DAY_NAMES if form.text(f"day_{name}") == "1"]
    if not days:
        raise NotAllowed("Chọn ít nhất một ngày làm việc trong tuần.")
    hours = _checked("Giờ làm việc", list(_periods(form)))
    holidays = {day: name[:MAX_NAME] for day, name in _dated("Ngày nghỉ", form.text("holidays"))}
    for proposed in proposed_holidays(today):
        if form.text(f"add_{proposed.day}") == "1":
            holidays.setdefault(proposed.day, proposed.name)
    extra = {
        day: _checked(f"Ngày làm thêm {day:%d/%m/%Y}", said.split(",")) if said else hours
        for day, said in _dated("Ngày làm thêm", form.text("extra"))
    }
    if max(len(holidays), len(extra)) > MAX_DATES:
        raise NotAllowed(f"Ghi được nhiều nhất {MAX_DATES} ngày. Đồng chí bỏ bớt ngày đã qua.")
    return {
        "days": ",".join(days),
        "hours": hours,
        "holidays": {day.isoformat(): holidays[day] for day in sorted(holidays)},
        "extra": {day.isoformat(): extra[day] for day in sorted(extra)},
    }


def _periods(form: Fields) -> Iterator[str]:
    for number in range(1, PERIODS + 1):
        begin, end = (form.text(f"{side}_{number}")[:5] for side in ("from", "to"))
        if begin or end:
            yield f"{begin}-{'24:00' if end == '00:00' else end}"


def _checked(what: str, periods: list[str]) -> list[str]:
    periods = [period.strip() for period in periods]
    try:
        parse_hours(periods)
    except ValueError as error:
        raise NotAllowed(f"{what}: {error}.") from None
    return periods


def _dated(what: str, lines: str) -> Iterator[tuple[date, str]]:
    """Lines that begin with a date, as people write it."""
    for number, line in enumerate(lines.split("\n"), 1):
        if not (line := line.strip()):
            continue
        if (day := _day(line)) is None:
            raise NotAllowed(
                f"{what}, dòng {number}: “{line[:40]}” chưa đúng. Mỗi dòng bắt đầu bằng một ngày "
                "có thật, ví dụ “02/09/2027”."
            )
        yield day


def _day(line: str) -> tuple[date, str] | None:
    if (found := _DATED.fullmatch(line)) is None:
        return None
    day, month, year = (int(part) for part in found.groups()[:3])
    try:
        return (date(year, month, day), found[4] or "") if 2020 <= year <= 2100 else None
    except ValueError:
        return None


def read_limits_form(form: Fields) -> Limits:
    """The times of a form; those of one category may be left empty. Raises: NotAllowed."""
    general = _read_table(form, "", "")
    for level in Level:
        for kind in DueKind:
            if (level, kind) not in general:
                raise NotAllowed(f"{_place('', level, kind)}: chưa ghi số.")
    special = {
        category: _read_table(form, f"{category}_", f"{CATEGORY_NAMES[category]}, ")
        for category in CATEGORIES
    }
    return Limits(general, {category: table for category, table in special.items() if table})


def _read_table(form: Fields, prefix: str, of: str) -> Table:
    table = {}
    for level in Level:
        for kind in DueKind:
            amount = form.text(f"{prefix}{level}_{kind}_amount").strip()
            unit = form.text(f"{prefix}{level}_{kind}_unit")
            if not amount:
                continue
            if unit not in UNIT_NAMES:
                raise NotAllowed(f"{_place(of, level, kind)}: chọn phút, giờ hoặc ngày.")
            most = MOST[Unit(unit)]
            if not (amount.isdecimal() and len(amount) <= 5 and 1 <= int(amount) <= most):
                raise NotAllowed(f"{_place(of, level, kind)}: ghi một số từ 1 đến {most}.")
            table[level, kind] = Limit(int(amount), Unit(unit))
    return table


def _place(of: str, level: Level, kind: DueKind) -> str:
    """Where in the form something stands."""
    return f"{of}{LEVEL_NAMES[level]}, {KIND_NAMES[kind].lower()}"


async def save_calendar(session: AsyncSession, stored: dict[str, Any]) -> None:
    """What is due moves with the calendar. Raises: NotAllowed."""
    commune = await _commune(session)
    before = await duty_hours(session)
    commune.calendar = stored
    await reckon_all(session, before, stored_calendar(stored), await limits(session))


async def save_limits(session: AsyncSession, wanted: Limits) -> None:
    """What is due moves with the limits. Raises: NotAllowed."""
    commune = await _commune(session)
    commune.deadlines = store_limits(wanted)
    calendar = await duty_hours(session)
    await reckon_all(session, calendar, calendar, wanted)


async def _commune(session: AsyncSession) -> Commune:
    commune = await session.get(Commune, 1, with_for_update=True)
    if commune is None:
        raise NotAllowed("Xã chưa được thiết lập trong hệ thống.")
    return commune


# --- What the page shows --------------------------------------------------------------------------


def shown_calendar(calendar: DutyHours) -> dict[str, str]:
    """The form's fields as the calendar fills them."""
    fields = {f"day_{name}": "1" for n, name in enumerate(DAY_NAMES) if n in calendar.days}
    for number, (begin, end) in enumerate(calendar.hours, 1):
        fields |= {f"from_{number}": _time(begin), f"to_{number}": _time(end % (24 * 60))}
    fields["holidays"] = "\n".join(
        f"{day:%d/%m/%Y} {name}".strip() for day, name in sorted(calendar.holidays.items())
    )
    fields["extra"] = "\n".join(
        f"{day:%d/%m/%Y} {', '.join(f'{_time(a)}-{_time(b)}' for a, b in hours)}"
        for day, hours in sorted(calendar.extra.items())
    )
    return fields


def calendar_fields() -> list[str]:
    """All fields of the form but those that add a proposed day."""
    sides = [f"{side}_{n}" for side in ("from", "to") for n in range(1, PERIODS + 1)]
    return [*(f"day_{name}" for name in DAY_NAMES), *sides, "holidays", "extra"]


def limit_fields() -> list[str]:
    prefixes = ("", *(f"{category}_" for category in CATEGORIES))
    return [
        f"{prefix}{level}_{kind}_{end}"
        for prefix in prefixes
        for level in Level
        for kind in DueKind
        for end in ("amount", "unit")
    ]


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def shown_limits(wanted: Limits) -> dict[str, str]:
    fields = {}
    tables = {"": wanted.general} | {f"{name}_": table for name, table in wanted.special.items()}
    for prefix, table in tables.items():
        for (level, kind), limit in table.items():
            fields[f"{prefix}{level}_{kind}_amount"] = str(limit.amount)
            fields[f"{prefix}{level}_{kind}_unit"] = limit.unit.value
    return fields
