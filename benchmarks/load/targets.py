"""The figures, what they are held against, and the table that shows them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from benchmarks.load.figures import NEVER


class Unit(Enum):
    """How a figure is shown. Its value is in seconds, a second, bytes, or a plain number."""

    MILLISECONDS = "{:.0f} ms", 1e3
    SECONDS = "{:.1f} s", 1.0
    RATE = "{:.1f}/s", 1.0
    COUNT = "{:.0f}", 1.0
    MEGABYTES = "{:.0f} MB", 1e-6
    CORE = "{:.1%} of a core", 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    value: float
    unit: Unit

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "none"
        words, factor = self.unit.value
        return "not all" if self.value == NEVER else words.format(self.value * factor)


Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Target:
    """The most a figure may be, or how many times stock Rasa's it must reach."""

    most: float | None = None
    times: float = 0.0

    def kept(self, ours: Figure, stock: Figure | None) -> bool | None:
        """None where there is nothing to compare with."""
        if self.most is not None:
            return ours.value <= self.most
        return None if stock is None else 0 < ours.value >= self.times * stock.value

    def words(self, ours: Figure) -> str:
        if self.most is not None:
            return f"at most {Figure(self.most, ours.unit)}"
        return f"{self.times:g} times stock Rasa's"


TARGETS = {
    "message to reply, p50": Target(most=0.150),
    "message to reply, p95": Target(most=0.400),
    "acknowledged, p99": Target(most=0.050),
    "one group: sustained": Target(times=20),
    "private: sustained": Target(times=1),
    "burst: acknowledged and lost": Target(most=0),
    "burst: in private and unanswered": Target(most=0),
    "memory": Target(most=1.5e9),
}


def table(ours: Figures, stock: Figures | None) -> Iterator[str]:
    """Both systems side by side, as Markdown."""
    yield "| | Bình Yên | stock Rasa | ratio | target |"
    yield "| --- | --- | --- | --- | --- |"
    for name, figure in ours.items():
        other = stock.get(name) if stock else None
        cells = [name, figure, other or "", _ratio(figure, other), _verdict(name, figure, other)]
        yield "| " + " | ".join(map(str, cells)) + " |"


def missed(ours: Figures, stock: Figures | None) -> list[str]:
    """Names of the figures that miss their target."""
    return [
        name
        for name, target in TARGETS.items()
        if name in ours and target.kept(ours[name], stock.get(name) if stock else None) is False
    ]


def _ratio(ours: Figure, stock: Figure | None) -> str:
    if stock is None or not (stock.value and ours.value) or NEVER in (ours.value, stock.value):
        return ""
    return f"{ours.value / stock.value:.2g}"


def _verdict(name: str, ours: Figure, stock: Figure | None) -> str:
    if (target := TARGETS.get(name)) is None:
        return ""
    words, kept = target.words(ours), target.kept(ours, stock)
    return words if kept is None else f"{words}: kept" if kept else f"**{words}: missed**"
