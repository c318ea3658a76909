"""How much one visitor may send, and how many pages he may have open."""

import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

MESSAGES = 5
PER_SECONDS = 2.0
MAX_PAGES = 6
MAX_REMEMBERED = 10_000  # visitors


class TooManyPages(Exception): ...


class Bucket:
    """Lets `size` through at once and refills in `seconds`."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size = size
        self._rate = size / seconds
        self._level = float(size)
        self._at = time.monotonic()

    def take(self) -> float:
        """Take one; returns the seconds to wait when there is none, else 0."""
        at = time.monotonic()
        self._level = min(self._size, self._level + (at - self._at) * self._rate)
        self._at = at
        if self._level < 1:
            return (1 - self._level) / self._rate
        self._level -= 1
        return 0.0


class Buckets:
    """One bucket a name, for the names seen last."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size = size
        self._seconds = seconds
        self._kept: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, name: str) -> Bucket:
        bucket = self._kept.pop(name, None) or Bucket(self._size, self._seconds)
        self._kept[name] = bucket
        if len(self._kept) > MAX_REMEMBERED:
            self._kept.popitem(last=False)
        return bucket


class Visitors:
    """The limits of one gateway process. They hold over all of a visitor's pages."""

    def __init__(self) -> None:
        self._pages: Counter[str] = Counter()
        # Remembered for a while after the last page closed, or reconnecting would refill it.
        self._buckets = Buckets(MESSAGES, PER_SECONDS)

    @contextmanager
    def page(self, visitor: str) -> Iterator[Bucket]:
        """Count a page as open; gives the visitor's allowance. Raises: TooManyPages."""
        if self._pages[visitor] >= MAX_PAGES:
            raise TooManyPages
        self._pages[visitor] += 1
        try:
            yield self._buckets.of(visitor)
        finally:
            self._pages[visitor] -= 1
            if not self._pages[visitor]:
                del self._pages[visitor]
