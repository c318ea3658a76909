"""How fast messages may go out over one platform: in all, to one person, into one group.

Remembered in the one process that sends over it. Should that change, the platform says "too many",
and the message waits as long as it says.
"""

import time
from collections import deque

from bot.channels.base import Rates

SECOND, MINUTE = 1.0, 60.0
FORGET = 1000
"""So many chats are remembered before those that have been quiet for long are forgotten."""
KEPT_FREE = 5
"""One part in so many of what may go to one chat is kept for what is urgent: of many notices at
once, the one that somebody's life hangs on is not to be the one that waits."""


class Window:
    """At most `limit` within any `period` seconds."""

    def __init__(self, limit: int, period: float) -> None:
        self._limit, self._period = limit, period
        self._times: deque[float] = deque()

    def wait(self, kept_free: int = 0) -> float:
        """Seconds until there is room for one more, and for `kept_free` after it."""
        now = time.monotonic()
        while self._times and self._times[0] <= now - self._period:
            self._times.popleft()
        too_many = len(self._times) + kept_free - self._limit
        return self._times[too_many] + self._period - now if too_many >= 0 else 0.0

    def note(self) -> None:
        self._times.append(time.monotonic())

    @property
    def is_quiet(self) -> bool:
        return not self._times or self._times[-1] <= time.monotonic() - self._period


class Pace:
    """What went over one platform of late."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._all = Window(rates.a_second, SECOND)
        self._chats: dict[str, Window] = {}

    def wait(self) -> float:
        """Seconds until anything may go out."""
        return self._all.wait()

    def wait_for(self, chat: str, *, in_group: bool, urgent: bool) -> float:
        """Seconds until something may go to this chat."""
        kept_free = 0 if urgent else self._limit(in_group) // KEPT_FREE
        return self._chat(chat, in_group).wait(kept_free)

    def note(self, chat: str, *, in_group: bool) -> None:
        """Something goes out."""
        self._all.note()
        self._chat(chat, in_group).note()

    def _chat(self, chat: str, in_group: bool) -> Window:
        if len(self._chats) >= FORGET and chat not in self._chats:
            self._chats = {key: w for key, w in self._chats.items() if not w.is_quiet}
        return self._chats.setdefault(chat, Window(self._limit(in_group), MINUTE))

    def _limit(self, in_group: bool) -> int:
        return self._rates.a_minute_to_a_group if in_group else self._rates.a_minute_to_a_person
