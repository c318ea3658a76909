"""The duty calendar: holidays, single days, and working time as a sum that never goes wrong."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.times import VIETNAM
from bot.groups.duty import DEFAULT, DutyHours, parse_duty
from bot.groups.holidays import certain_holidays, proposed_holidays
from bot.groups.lunar import solar_date, year_name

OFFICE = parse_duty(**DEFAULT)
FREE = DutyHours(OFFICE.days, OFFICE.hours, {date(2026, 12, 1): "Ngày lễ"})
SATURDAY = date(2026, 12, 5)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In December 2026; the 1st is a Tuesday."""
    return datetime(2026, 12, day, hour, minute, tzinfo=VIETNAM)


@st.composite
def calendars(draw: st.DrawFn) -> DutyHours:
    """Any week with any periods a day, holidays and single days, in the month that is tested."""
    marks = draw(st.lists(st.integers(0, 24 * 60), min_size=2, max_size=6, unique=True).map(sorted))
    hours = tuple(zip(marks[::2], marks[1::2], strict=False))
    days = st.dates(date(2026, 12, 1), date(2026, 12, 31))
    return DutyHours(
        draw(st.frozensets(st.integers(0, 6), min_size=1)),
        hours,
        draw(st.dictionaries(days, st.just("lễ"), max_size=10)),
        draw(st.dictionaries(days, st.just(((8 * 60, 9 * 60),)), max_size=3)),
    )


moments = st.integers(0, 27 * 24 * 3600).map(lambda s: at(1, 0) + timedelta(seconds=s))
durations = st.timedeltas(timedelta(), timedelta(hours=20))


@given(calendars(), moments, durations)
def test_what_is_added_lies_between(calendar: DutyHours, start: datetime, d: timedelta) -> None:
    assert calendar.working_time_between(start, calendar.add_working_time(start, d)) == d


@given(calendars(), moments, durations, durations)
def test_adding_twice_is_adding_the_sum(
    calendar: DutyHours, start: datetime, a: timedelta, b: timedelta
) -> None:
    twice = calendar.add_working_time(calendar.add_working_time(start, a), b)
    assert twice == calendar.add_working_time(start, a + b)


@given(calendars(), moments, moments, durations, durations)
def test_later_or_longer_never_ends_earlier(
    calendar: DutyHours, one: datetime, other: datetime, a: timedelta, b: timedelta
) -> None:
    first, second = sorted((one, other))
    short, long = sorted((a, b))
    assert first <= calendar.add_working_time(first, short)
    assert calendar.add_working_time(first, short) <= calendar.add_working_time(second, long)


@given(calendars(), moments, moments, moments)
def test_time_between_adds_up(calendar: DutyHours, a: datetime, b: datetime, c: datetime) -> None:
    first, second, third = sorted((a, b, c))
    parts = (
        calendar.working_time_between(first, second),
        calendar.working_time_between(second, third),
    )
    assert sum(parts, timedelta()) == calendar.working_time_between(first, third)
    assert calendar.working_time_between(third, first) == timedelta()


@given(calendars(), moments)
def test_work_begins_next_when_nobody_is_at_work_before(
    calendar: DutyHours, moment: datetime
) -> None:
    opening = calendar.next_opening(moment)
    assert opening > moment
    assert calendar.on_duty(opening)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "end"),
    [
        (OFFICE, at(1, 8), 2, at(1, 10)),
        (OFFICE, at(1, 11), 1, at(1, 14)),  # over noon
        (OFFICE, at(1, 10), 1.5, at(1, 11, 30)),  # to the end of a period, not the next one
        (OFFICE, at(1, 8), 8, at(2, 8, 30)),
        (OFFICE, at(4, 16), 8, at(7, 16, 30)),  # over a weekend
        (OFFICE, at(5, 3), 1, at(7, 8, 30)),
        (FREE, datetime(2026, 11, 30, 16, tzinfo=VIETNAM), 2, at(2, 8, 30)),
    ],
)
def test_working_hours_are_counted(
    calendar: DutyHours, start: datetime, hours: float, end: datetime
) -> None:
    assert calendar.add_working_time(start, timedelta(hours=hours)) == end


def test_nobody_is_on_duty_on_a_holiday_and_work_begins_the_day_after() -> None:
    assert not FREE.on_duty(at(1, 9))
    assert FREE.next_opening(at(1, 6)) == at(2, 7, 30)


def test_a_single_working_day_counts_though_it_is_a_saturday_or_a_holiday() -> None:
    morning = ((8 * 60, 11 * 60),)
    calendar = DutyHours(OFFICE.days, OFFICE.hours, {SATURDAY: "lễ"}, {SATURDAY: morning})
    assert calendar.on_duty(at(5, 9))
    assert not calendar.on_duty(at(5, 14))
    assert calendar.add_working_time(at(5, 7), timedelta(hours=4)) == at(7, 8, 30)


def test_a_days_work_is_as_long_as_its_periods() -> None:
    assert OFFICE.day_length == timedelta(hours=7.5)


def test_only_solar_holidays_are_certain_and_the_others_are_to_be_confirmed() -> None:
    assert set(certain_holidays(2026)) == {
        date(year, month, day)
        for year in (2026, 2027)
        for month, day in ((1, 1), (4, 30), (5, 1), (9, 2))
    }
    proposed = proposed_holidays(date(2027, 2, 7))
    assert [(f"{each.day:%d/%m}", each.name) for each in proposed if each.day.year == 2027] == [
        ("07/02", "Tết Đinh Mùi (mùng 2)"),
        ("08/02", "Tết Đinh Mùi (mùng 3)"),
        ("09/02", "Tết Đinh Mùi (mùng 4)"),
        ("10/02", "Nghỉ bù Tết Đinh Mùi (mùng 1)"),
        ("11/02", "Nghỉ bù Tết Đinh Mùi (mùng 2)"),
        ("16/04", "Giỗ Tổ Hùng Vương (10 tháng 3)"),
        ("30/04", "Ngày Chiến thắng"),
        ("01/05", "Quốc tế Lao động"),
        ("03/05", "Nghỉ bù Quốc tế Lao động"),
        ("02/09", "Quốc khánh"),
        ("03/09", "Quốc khánh (ngày liền kề)"),
    ]
    assert {each.day for each in proposed if each.certain} < set(certain_holidays(2027))


@pytest.mark.parametrize(
    ("day", "month", "year", "expected"),
    [
        (1, 1, 1985, date(1985, 1, 21)),  # a month before China's
        (1, 1, 2007, date(2007, 2, 17)),  # a day before China's
        (1, 1, 2025, date(2025, 1, 29)),
        (1, 1, 2026, date(2026, 2, 17)),
        (1, 1, 2027, date(2027, 2, 6)),
        (1, 1, 2030, date(2030, 2, 2)),  # a day before China's
        (1, 1, 2034, date(2034, 2, 19)),  # after a year with a leap month 11
        (10, 3, 2020, date(2020, 4, 2)),
        (10, 3, 2023, date(2023, 4, 29)),  # after a leap month 2
        (10, 3, 2025, date(2025, 4, 7)),
        (10, 3, 2026, date(2026, 4, 26)),
    ],
)
def test_lunar_dates_are_those_of_the_vietnamese_calendar(
    day: int, month: int, year: int, expected: date
) -> None:
    assert solar_date(day, month, year) == expected


def test_every_lunar_year_begins_between_january_and_february() -> None:
    begins = [solar_date(1, 1, year) for year in range(1950, 2100)]
    assert all((1, 20) <= (day.month, day.day) <= (2, 21) for day in begins)
    lengths = {(b - a).days for a, b in pairwise(begins)}
    assert lengths <= {353, 354, 355, 383, 384, 385}


def test_lunar_years_bear_their_names() -> None:
    assert [year_name(year) for year in (1975, 2026, 2027)] == ["Ất Mão", "Bính Ngọ", "Đinh Mùi"]
