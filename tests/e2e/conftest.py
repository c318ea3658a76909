import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from bot.libpq import connect
from tests.e2e.officers import Console
from tests.service import RunningService

_ids = itertools.count(5_101_000_001, step=1_000_000)


@pytest.fixture
def somebody() -> int:
    """A user id nobody has written with yet; the million that follows is the test's own, too."""
    return next(_ids)


WORK_LEFT = """
    SELECT (SELECT count(*) FROM inbound WHERE handled_at IS NULL)
         + (SELECT count(*) FROM outbound WHERE status = 'pending')
"""


PATIENCE, AT_MOST = 90, 600  # seconds

Settled = Callable[[], None]


@pytest.fixture
def settled(running_service: RunningService) -> Iterator[Settled]:
    """`settled()` returns when everything that was set going has been handled and delivered. An
    officer who was told much within a minute hears the rest in the next minutes, so what may take
    no longer than `PATIENCE` is not all of it, but that it becomes less."""
    with connect(running_service.database_url) as connection:

        def left() -> int:
            (count,) = connection.execute(WORK_LEFT).fetchone() or (0,)
            return int(count)

        def settle() -> None:
            end = time.monotonic() + AT_MOST
            while before := left():
                assert time.monotonic() < end, f"not all was done within {AT_MOST} s"
                becomes_less = partial(lambda before: left() < before, before)
                running_service.wait_until(becomes_less, timeout=PATIENCE)

        yield settle


@pytest.fixture(autouse=True)
def _quiet(settled: Settled) -> None:
    """Begin when all that earlier tests set going has arrived."""
    settled()


@pytest.fixture
def leader(running_service: RunningService) -> Iterator[Console]:
    """The leader of hamlet 1."""
    with Console(running_service, "ap1") as console:
        yield console


@pytest.fixture
def manager(running_service: RunningService) -> Iterator[Console]:
    with Console(running_service, "quanly") as console:
        yield console
