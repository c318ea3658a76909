"""How much one visitor, and all visitors of one network address, may send and have open.

Mobile networks put thousands behind one address, so what it may do is meant for a whole commune. On
an open page an emergency is taken from whomever and however many; beyond the limit of pages none is
opened, as each costs memory.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.buckets import Bucket, Buckets

MESSAGES = 5
PER_SECONDS = 2.0
MAX_PAGES = 6

ADDRESS_MESSAGES = 200
ADDRESS_PER_SECONDS = 20.0
ADDRESS_MAX_PAGES = 500
ADDRESS_FILES = 100
ADDRESS_FILES_PER_SECONDS = 600.0


class TooManyPages(Exception): ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one page may still send."""

    visitor: Bucket
    address: Bucket

    def take(self) -> float:
        """Take one message; the seconds to wait when there is none, else 0."""
        return self.visitor.take() or self.address.take()


class Visitors:
    """The limits of one gateway process. They hold over all of a visitor's pages."""

    def __init__(self) -> None:
        self._pages: Counter[str] = Counter()
        self._addresses = Buckets(ADDRESS_MESSAGES, ADDRESS_PER_SECONDS)
        self._files = Buckets(ADDRESS_FILES, ADDRESS_FILES_PER_SECONDS)
        # Remembered for a while after the last page closed, or reconnecting would refill it.
        self._buckets = Buckets(MESSAGES, PER_SECONDS)

    @contextmanager
    def page(self, visitor: str, address: str) -> Iterator[Allowance]:
        """Count a page as open; gives what may be sent from it. Raises: TooManyPages."""
        if self._pages[visitor] >= MAX_PAGES or self._pages[address] >= ADDRESS_MAX_PAGES:
            raise TooManyPages
        self._pages.update((visitor, address))
        try:
            yield Allowance(self._buckets.of(visitor), self._addresses.of(address))
        finally:
            for name in (visitor, address):
                self._pages[name] -= 1
                if not self._pages[name]:
                    del self._pages[name]

    def file(self, address: str) -> float:
        """Count a file from this address; the seconds to wait when there were too many, else 0."""
        return self._files.of(address).take()
