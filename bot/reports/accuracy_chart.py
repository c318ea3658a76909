"""Lines over weeks, as an SVG that the page draws: where each point stands.

Colour never stands alone: each line has a mark of its own shape, and the table below says it all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.reports.accuracy import Score, Week

WIDTH, HEIGHT = 340, 180
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 24
MARGIN = 12


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """One measure; a week without a report is a gap in it."""

    name: str
    kind: str  # its class in the stylesheet, and the shape of its marks
    stretches: Sequence[Sequence[Point]]

    @property
    def points(self) -> Sequence[Point]:
        return [point for stretch in self.stretches for point in stretch]


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    lines: Sequence[Line]
    percents: Sequence[Tick]
    weeks: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def draw(weeks: Sequence[Week]) -> Chart:
    """The three measures over the weeks, from 0 to 100 %."""
    measures: Sequence[tuple[str, str, Sequence[Score]]] = (
        ("Loại", "category", [w.category for w in weeks]),
        ("Nhạy cảm", "sensitive", [w.sensitive for w in weeks]),
        ("Khẩn", "urgent", [w.urgent for w in weeks]),
    )
    step = (WIDTH - LEFT - RIGHT - 2 * MARGIN) / max(len(weeks) - 1, 1)
    xs = [round(LEFT + MARGIN + number * step, 1) for number in range(len(weeks))]
    return Chart(
        lines=[Line(name, kind, _stretches(xs, scores)) for name, kind, scores in measures],
        percents=[Tick(_height(p), f"{p}%") for p in (0, 50, 100)],
        weeks=[
            Tick(x, f"{week.monday:%d/%m}")
            for number, (x, week) in enumerate(zip(xs, weeks, strict=True), start=1)
            if (len(weeks) - number) % 4 == 0
        ],
    )


def _stretches(xs: Sequence[float], scores: Sequence[Score]) -> Sequence[Sequence[Point]]:
    """The points, cut where a week has none."""
    stretches: list[list[Point]] = [[]]
    for x, score in zip(xs, scores, strict=True):
        if score.percent is None:
            stretches.append([])
        else:
            stretches[-1].append(Point(x, _height(score.percent)))
    return [stretch for stretch in stretches if stretch]


def _height(percent: int) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (100 - percent) / 100, 1)
