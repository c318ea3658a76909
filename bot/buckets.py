"""How much of a thing may be done at once, and how often again."""

import time
from collections import OrderedDict
from threading import Lock

MAX_REMEMBERED = 10_000  # names


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
        self._lock = Lock()

    def of(self, name: str) -> Bucket:
        """The one of this name. Any thread may ask."""
        with self._lock:
            bucket = self._kept.pop(name, None) or Bucket(self._size, self._seconds)
            self._kept[name] = bucket
            if len(self._kept) > MAX_REMEMBERED:
                self._kept.popitem(last=False)
            return bucket
