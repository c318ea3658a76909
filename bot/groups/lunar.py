"""The Vietnamese lunar calendar, as far as its holidays need it.

After Hồ Ngọc Đức, "Thuật toán tính âm lịch" (https://www.informatik.uni-leipzig.de/~duc/amlich/):
months begin on the day of the new moon in Vietnam's time zone, and month 11 holds the winter
solstice. Days are Julian day numbers.
"""

from datetime import date, timedelta
from math import floor, pi, sin

_TIME_ZONE = 7 / 24  # days
_JULIAN_DAY_OF_ORDINAL_0 = 1721425
_MONTH = 29.530588853
_CAN = ("Giáp", "Ất", "Bính", "Đinh", "Mậu", "Kỷ", "Canh", "Tân", "Nhâm", "Quý")
_CHI = (
    *("Tý", "Sửu", "Dần", "Mão", "Thìn", "Tỵ"),
    *("Ngọ", "Mùi", "Thân", "Dậu", "Tuất", "Hợi"),
)


def solar_date(day: int, month: int, year: int) -> date:
    """The day of a lunar date in a month that is no leap one; `month` is at most 10."""
    start, end = _month_11(year - 1), _month_11(year)
    number = floor(0.5 + (start - 2415021.076998695) / _MONTH)
    after = month + 1  # months after month 11
    if end - start > 365 and after >= _leap_month_after(number):
        after += 1
    return _date(_new_moon_day(number + after) + day - 1)


def year_name(year: int) -> str:
    """ "Đinh Mùi" for 2027."""
    return f"{_CAN[(year + 6) % 10]} {_CHI[(year + 8) % 12]}"


def _leap_month_after(number: int) -> int:
    """Which month after month 11 is the leap one: the first in which the sun enters no sign."""
    signs = [_sun_sign(_new_moon_day(number + after)) for after in range(15)]
    return next(after for after in range(1, 14) if signs[after] == signs[after + 1])


def _month_11(year: int) -> int:
    """The day on which month 11 begins."""
    end_of_year = date(year, 12, 31).toordinal() + _JULIAN_DAY_OF_ORDINAL_0
    number = floor((end_of_year - 2415021.076998695) / _MONTH)
    begins = _new_moon_day(number)
    return _new_moon_day(number - 1) if _sun_sign(begins) >= 9 else begins


def _date(julian_day: int) -> date:
    return date.min + timedelta(days=julian_day - _JULIAN_DAY_OF_ORDINAL_0 - 1)


def _new_moon_day(number: int) -> int:
    """The day of a new moon, by its number since the one of 1 January 1900."""
    t = number / 1236.85
    d = pi / 180
    mean = 2415020.75933 + 29.53058868 * number + 0.0001178 * t**2 - 0.000000155 * t**3
    mean += 0.00033 * sin((166.56 + 132.87 * t - 0.009173 * t**2) * d)
    m = (359.2242 + 29.10535608 * number - 0.0000333 * t**2 - 0.00000347 * t**3) * d
    moon = (306.0253 + 385.81691806 * number + 0.0107306 * t**2 + 0.00001236 * t**3) * d
    f = (21.2964 + 390.67050646 * number - 0.0016528 * t**2 - 0.00000239 * t**3) * d
    c = (0.1734 - 0.000393 * t) * sin(m) + 0.0021 * sin(2 * m)
    c += -0.4068 * sin(moon) + 0.0161 * sin(2 * moon) - 0.0004 * sin(3 * moon)
    c += 0.0104 * sin(2 * f) - 0.0051 * sin(m + moon) - 0.0074 * sin(m - moon)
    c += 0.0004 * sin(2 * f + m) - 0.0004 * sin(2 * f - m) - 0.0006 * sin(2 * f + moon)
    c += 0.0010 * sin(2 * f - moon) + 0.0005 * sin(2 * moon + m)
    behind = -0.000278 + 0.000265 * t + 0.000262 * t**2  # of the earth's rotation, from 1900 on
    return floor(mean + c - behind + 0.5 + _TIME_ZONE)


def _sun_sign(julian_day: int) -> int:
    """In which twelfth of its way, from the March equinox on, the sun is at midnight."""
    t = (julian_day - 0.5 - _TIME_ZONE - 2451545.0) / 36525
    d = pi / 180
    m = (357.52910 + 35999.05030 * t - 0.0001559 * t**2 - 0.00000048 * t**3) * d
    mean = 280.46645 + 36000.76983 * t + 0.0003032 * t**2
    c = (1.914600 - 0.004817 * t - 0.000014 * t**2) * sin(m)
    c += (0.019993 - 0.000101 * t) * sin(2 * m) + 0.000290 * sin(3 * m)
    return floor(((mean + c) % 360) / 30)
