"""Asking together what is asked at the same time: one question costs little more for twenty."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

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
            self._begin(self._work())
        return await future

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _work(self) -> None:
        try:
            while batch := self._next():
                await self._settle(batch)
        finally:
            self._free += 1

    def _next(self) -> list[_Waiting[Key, Value]]:
        """Of those who still wait."""
        waiting = [each for each in self._waiting if not each[1].done()]
        batch, self._waiting = waiting[: self._most], waiting[self._most :]
        return batch

    async def _settle(self, batch: list[_Waiting[Key, Value]]) -> None:
        """What fails together is asked alone, so that nobody fails for somebody else, and beside
        what comes next, so that nobody waits for it."""
        try:
            values = await self._answer([key for key, _ in batch])
            answered = list(zip(batch, values, strict=True))
        except Exception as error:
            if len(batch) > 1:
                for each in batch:
                    self._begin(self._settle([each]))
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        else:
            for (_, future), value in answered:
                if not future.done():  # who asked may have gone
                    future.set_result(value)
