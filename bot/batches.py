"""Asking together what is asked at the same time: one question costs little more for twenty."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
_Waiting = tuple[Key, asyncio.Future[Value]]


class Batches(Generic[Key, Value]):
    """While one batch is under way, what is asked meanwhile gathers for the next.

    Nobody waits for others to come: who asks alone is answered alone, and at once.
    """

    def __init__(
        self,
        answer: Callable[[list[Key]], Awaitable[Sequence[Value]]],
        *,
        most: int = 32,
        at_once: int = 1,
    ) -> None:
        """`answer`: as many values as keys, in their order, for at most `most` keys. It must bear
        being asked for a key twice."""
        self._answer = answer
        self._most = most
        self._free = at_once
        self._waiting: list[_Waiting[Key, Value]] = []
        self._at_work: set[asyncio.Task[None]] = set()

    async def ask(self, key: Key) -> Value:
        """The value. Raises what `answer` raises for this key alone."""
        future: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, future))
        if self._free:
            self._free -= 1
            task = asyncio.create_task(self._work())
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._settle(batch)
        finally:
            self._free += 1

    async def _settle(self, batch: list[_Waiting[Key, Value]]) -> None:
        """What fails together is asked alone, so that nobody fails for somebody else."""
        try:
            values = await self._answer([key for key, _ in batch])
        except Exception as error:
            if len(batch) > 1:
                await asyncio.gather(*(self._settle([each]) for each in batch))
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), value in zip(batch, values, strict=True):
            if not future.done():  # who asked may have gone
                future.set_result(value)
