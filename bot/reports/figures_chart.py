"""Bars over days, as an SVG that the page draws; the table beside it says the same in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.reports.figures import Period

WIDTH, HEIGHT = 340, 120
LEFT, RIGHT, TOP, BOTTOM = 26, 4, 8, 20
MOST_BARS = 62
"""More days than these are put together by week."""
TICKS = 5
SHADES = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """`begin` is its day, or the Monday of its week."""

    begin: date
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    weekly: bool
    bars: Sequence[Bar]
    counts: Sequence[Tick]
    dates: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def draw(period: Period, days: Mapping[date, int]) -> Chart:
    """One bar a day, also for days without any; by week where there would be too many."""
    weekly = period.days > MOST_BARS
    counts: dict[date, int] = {}
    for number in range(period.days):
        day = period.first + timedelta(days=number)
        begin = day - timedelta(days=day.weekday()) if weekly else day
        counts[begin] = counts.get(begin, 0) + days.get(day, 0)
    top = _round_top(max(counts.values()))
    step = (WIDTH - LEFT - RIGHT) / len(counts)
    bars = []
    for number, (begin, count) in enumerate(counts.items()):
        y = _height(count, top)
        bars.append(
            Bar(
                begin,
                count,
                x=round(LEFT + number * step + step * 0.1, 1),
                y=y,
                width=round(step * 0.8, 1),
                height=round(HEIGHT - BOTTOM - y, 1),
            )
        )
    every = -(-len(bars) // TICKS)
    return Chart(
        weekly=weekly,
        bars=bars,
        counts=[Tick(_height(count, top), str(count)) for count in (0, top // 2, top)],
        dates=[
            Tick(round(bar.x + bar.width / 2, 1), f"{bar.begin:%d/%m}")
            for bar in bars[every // 2 :: every]
        ],
    )


def shade(count: int, most: int) -> int:
    """How dark a count is drawn, from 0 for none to `SHADES` for the most."""
    return -(-count * SHADES // most) if count else 0


def _round_top(most: int) -> int:
    """The next number that has an even half and few digits."""
    size = 2
    while size < most:
        size = size * 5 // 2 if str(size)[0] == "2" else size * 2
    return size


def _height(count: int, top: int) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (top - count) / top, 1)
