"""What is asked at the same time is asked together, and answered as if it had been asked alone."""

import asyncio

import pytest

from bot.batches import Batches


class Doubling:
    """Doubles what it is asked for once it is let go on, and keeps a record; cannot do 13."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go_on = asyncio.Event()
        self.under_way = self.most_under_way = 0

    async def answer(self, keys: list[int]) -> list[int]:
        self.batches.append(keys)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.may_go_on.wait()
        self.under_way -= 1
        if 13 in keys:
            raise ValueError(f"{len(keys)} keys")
        return [key * 2 for key in keys]


async def ask(batches: Batches[int, int], *keys: int) -> list[asyncio.Task[int]]:
    """Each asked, by somebody else, once those before him were."""
    tasks = [asyncio.create_task(batches.ask(key)) for key in keys]
    await asyncio.sleep(0.01)
    return tasks


async def test_who_asks_alone_is_answered_alone() -> None:
    doubling = Doubling()
    doubling.may_go_on.set()
    batches = Batches(doubling.answer)
    assert [await batches.ask(key) for key in (1, 2)] == [2, 4]
    assert doubling.batches == [[1], [2]]


async def test_what_is_asked_meanwhile_is_asked_together() -> None:
    doubling = Doubling()
    batches = Batches(doubling.answer)
    asked = await ask(batches, 1) + await ask(batches, 5, 3, 4, 3)
    doubling.may_go_on.set()
    assert await asyncio.gather(*asked) == [2, 10, 6, 8, 6]
    assert doubling.batches == [[1], [5, 3, 4, 3]]


async def test_no_batch_is_larger_than_told() -> None:
    doubling = Doubling()
    batches = Batches(doubling.answer, most=2)
    asked = await ask(batches, 0) + await ask(batches, *range(1, 6))
    doubling.may_go_on.set()
    assert await asyncio.gather(*asked) == [0, 2, 4, 6, 8, 10]
    assert doubling.batches == [[0], [1, 2], [3, 4], [5]]


async def test_no_more_are_under_way_than_told() -> None:
    doubling = Doubling()
    batches = Batches(doubling.answer, at_once=2)
    asked = await ask(batches, 1) + await ask(batches, 2) + await ask(batches, 3)
    doubling.may_go_on.set()
    assert await asyncio.gather(*asked) == [2, 4, 6]
    assert (doubling.batches, doubling.most_under_way) == ([[1], [2], [3]], 2)


async def test_nobody_fails_for_somebody_else() -> None:
    doubling = Doubling()
    batches = Batches(doubling.answer)
    asked = await ask(batches, 1) + await ask(batches, 2, 13, 3)
    doubling.may_go_on.set()
    one, two, failed, three = await asyncio.gather(*asked, return_exceptions=True)
    assert (one, two, three) == (2, 4, 6)
    assert isinstance(failed, ValueError)
    assert str(failed) == "1 keys"
    assert await batches.ask(4) == 8


async def test_nobody_waits_for_what_failed_and_is_asked_again() -> None:
    goes_on = asyncio.Event()

    async def answer(keys: list[int]) -> list[int]:
        await asyncio.sleep(0)
        if 13 in keys and len(keys) > 1:
            raise ValueError
        if 13 in keys:
            await goes_on.wait()
        return keys

    batches = Batches(answer)
    first, stuck, beside = await ask(batches, 1, 13, 2)
    assert await asyncio.gather(first, beside, batches.ask(3)) == [1, 2, 3]
    goes_on.set()
    assert await stuck == 13


@pytest.mark.parametrize("too_many", [-1, 1])
async def test_values_that_do_not_fit_the_keys_are_a_failure(too_many: int) -> None:
    async def answer(keys: list[int]) -> list[int]:
        return [0] * (len(keys) + too_many)

    batches = Batches(answer)
    for task in await ask(batches, 1, 2):
        with pytest.raises(ValueError, match="zip"):
            await asyncio.wait_for(task, 5)


async def test_who_does_not_wait_any_more_keeps_nobody_from_his_answer() -> None:
    doubling = Doubling()
    batches = Batches(doubling.answer)
    first, gone, stays = await ask(batches, 1) + await ask(batches, 2, 3)
    gone.cancel()
    doubling.may_go_on.set()
    assert await asyncio.gather(first, stays) == [2, 6]
    with pytest.raises(asyncio.CancelledError):
        await gone
