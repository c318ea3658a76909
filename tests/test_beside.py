"""Work beside the pages has a thread and an event loop of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import AsyncTestClient

from bot.beside import beside
from bot.gateway import health

ENOUGH = 20  # seconds, for what would else never come


async def test_work_that_holds_up_its_own_loop_holds_up_nobody_here() -> None:
    go_on, done = threading.Event(), threading.Event()

    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        def hold_up() -> None:
            go_on.wait(ENOUGH)
            done.set()

        asyncio.get_running_loop().call_soon(hold_up)
        yield

    async with beside(work()):
        for _ in range(10):
            await asyncio.sleep(0)
        assert not done.is_set()
        go_on.set()
        assert await asyncio.to_thread(done.wait, ENOUGH)


async def test_it_ends_where_it_began_and_before_the_block_does() -> None:
    where: list[tuple[str, int]] = []

    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        where.append(("begun", threading.get_ident()))
        yield
        where.append(("ended", threading.get_ident()))

    async with beside(work()):
        assert [what for what, _ in where] == ["begun"]
    (_, first), (_, last) = where
    assert first == last != threading.get_ident()


async def test_what_keeps_it_from_beginning_is_raised_here() -> None:
    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        raise LookupError("no database")
        yield

    with pytest.raises(LookupError, match="no database"):
        async with beside(work()):
            pass


async def test_it_is_told_whether_the_loop_there_takes_its_turns() -> None:
    go_on = threading.Event()

    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        yield

    async with beside(work()) as there:
        assert await there.answers(ENOUGH)
        there.loop.call_soon_threadsafe(go_on.wait, ENOUGH)
        assert not await there.answers(0.1)
        go_on.set()
        assert await there.answers(ENOUGH)
    assert not await there.answers(ENOUGH)


async def test_a_gateway_that_works_on_nothing_says_that_it_is_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "HELD_UP", 0.2)
    go_on = threading.Event()

    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        yield

    async with beside(work()) as there:
        app = Litestar([health.live], state=State({"workers": there}))
        async with AsyncTestClient(app) as client:
            assert (await client.get("/health/live")).json() == {"status": "live"}
            there.loop.call_soon_threadsafe(go_on.wait, ENOUGH)
            stuck = await client.get("/health/live")
            assert (stuck.status_code, stuck.json()) == (503, {"status": "stuck"})
            go_on.set()
