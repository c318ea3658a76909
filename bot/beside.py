"""Work that goes on beside the pages: in a thread and an event loop of its own.

Whoever delivers a message or opens a page waits for a few turns of the event loop. Where hundreds
of messages are being handled each turn takes as long as a piece of each; in a loop of their own
they hold up one another, and nobody who waits for a page.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from threading import Event

from anyio.from_thread import start_blocking_portal


class Beside:
    """The loop of such work, seen from outside."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    async def answers(self, within: float) -> bool:
        """Whether the loop takes its turns: it did within so many seconds."""
        turn = Event()
        try:
            self.loop.call_soon_threadsafe(turn.set)
        except RuntimeError:  # it has ended
            return False
        return await asyncio.to_thread(turn.wait, within)


@asynccontextmanager
async def beside(work: AbstractAsyncContextManager[None]) -> AsyncIterator[Beside]:
    """Inside the block `work` is entered, in a thread of its own; raises what entering it does."""
    with start_blocking_portal(backend_options={"use_uvloop": True}) as portal:
        loop = portal.call(asyncio.get_running_loop)
        there = portal.wrap_async_context_manager(work)
        await asyncio.to_thread(there.__enter__)
        try:
            yield Beside(loop)
        finally:
            await asyncio.to_thread(there.__exit__, None, None, None)
