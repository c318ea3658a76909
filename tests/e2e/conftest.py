import itertools
from collections.abc import Iterator

import pytest

from tests.e2e.officers import Console
from tests.service import RunningService

_ids = itertools.count(5_101_000_001)


@pytest.fixture
def somebody() -> int:
    """A user id nobody has written with yet."""
    return next(_ids)


@pytest.fixture
def leader(running_service: RunningService) -> Iterator[Console]:
    """The leader of hamlet 1."""
    with Console(running_service, "ap1") as console:
        yield console


@pytest.fixture
def manager(running_service: RunningService) -> Iterator[Console]:
    with Console(running_service, "quanly") as console:
        yield console
