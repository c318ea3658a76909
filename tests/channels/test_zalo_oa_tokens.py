"""The refresh token works once: whoever loses its successor must ask a person to consent again."""

import asyncio
from typing import Any

import pytest

from bot.channels.base import ChatKind, Content, Misconfigured, Retryable, Target
from bot.channels.zalo_oa import ZaloOAChannel
from tests.channels.conftest import SHORT, Clock, open_zalo_oa
from tests.channels.token_store import MemoryTokenStore
from tests.fakes import FakeZaloOA
from tests.fakes.zalo_oa import PRIVATE, RENEW

HELLO = (Target(ChatKind.PRIVATE, "2468000000000000101"), Content("Chào chị"))


def methods(fake: FakeZaloOA) -> list[str]:
    return [call.method for call in fake.calls]


async def test_a_young_token_is_used_as_it_is(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    await zalo_oa_channel.send(*HELLO)
    assert methods(zalo_oa) == [PRIVATE]


async def test_a_refused_token_is_renewed_and_the_message_arrives_once(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    zalo_oa.expire()
    await zalo_oa_channel.send(*HELLO)
    await zalo_oa_channel.send(*HELLO)

    assert methods(zalo_oa) == [PRIVATE, RENEW, PRIVATE, PRIVATE]
    assert len(zalo_oa.messages) == 2


async def test_a_token_still_refused_after_its_renewal_is_a_matter_for_the_installer(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    zalo_oa.fail_next("wrong_token", method=PRIVATE, times=9)
    with pytest.raises(Misconfigured, match="token"):
        await zalo_oa_channel.send(*HELLO)
    assert methods(zalo_oa) == [PRIVATE, RENEW, PRIVATE]


async def test_a_token_is_renewed_before_it_gets_too_old(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, clock: Clock
) -> None:
    clock.advance(hours=19.9)
    await zalo_oa_channel.send(*HELLO)
    clock.advance(hours=0.2)
    await zalo_oa_channel.send(*HELLO)
    clock.advance(hours=19.9)
    await zalo_oa_channel.send(*HELLO)

    assert methods(zalo_oa) == [PRIVATE, RENEW, PRIVATE, PRIVATE]


async def test_while_a_token_lives_a_renewal_that_fails_stops_no_message(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, clock: Clock
) -> None:
    clock.advance(hours=21)
    zalo_oa.fail_next("html", method=RENEW)
    await zalo_oa_channel.send(*HELLO)
    assert methods(zalo_oa) == [RENEW, PRIVATE]


async def test_the_new_pair_is_durable_before_it_is_used(zalo_oa: FakeZaloOA, clock: Clock) -> None:
    class FullDisk(MemoryTokenStore):
        async def exchange(self, name: str, refresher: Any) -> Any:
            await refresher(None)
            raise OSError("no space left")

    channel = open_zalo_oa(zalo_oa, FullDisk(), clock)
    zalo_oa.expire()
    with pytest.raises(OSError, match="no space"):
        await channel.send(*HELLO)
    await channel.close()

    assert methods(zalo_oa) == [PRIVATE, RENEW]


async def test_many_at_once_renew_once(
    zalo_oa: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock
) -> None:
    processes = [open_zalo_oa(zalo_oa, tokens, clock) for _ in range(3)]
    zalo_oa.expire()
    await asyncio.gather(*(process.send(*HELLO) for process in processes for _ in range(4)))
    for process in processes:
        await process.close()

    assert zalo_oa.renewals == 1
    assert len(zalo_oa.messages) == 12


async def test_a_restarted_process_goes_on_with_the_stored_pair(
    zalo_oa: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock
) -> None:
    for _ in range(2):
        channel = open_zalo_oa(zalo_oa, tokens, clock)
        zalo_oa.expire()
        await channel.send(*HELLO)
        await channel.close()

    assert zalo_oa.renewals == 2
    assert [pair.refresh_token for pair in tokens.stored] == [
        "vi-du-refresh-2",
        "vi-du-refresh-3",
    ]


async def test_without_an_access_token_the_first_call_gets_one(
    zalo_oa: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock
) -> None:
    channel = open_zalo_oa(zalo_oa, tokens, clock, access_token="")
    await channel.send(*HELLO)
    await channel.close()
    assert methods(zalo_oa) == [RENEW, PRIVATE]


async def test_a_spent_refresh_token_is_a_matter_for_the_installer(
    zalo_oa: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock
) -> None:
    channel = open_zalo_oa(zalo_oa, tokens, clock, access_token="", refresh_token="da-dung")
    with pytest.raises(Misconfigured, match="refresh_token"):
        await channel.send(*HELLO)
    await channel.close()
    assert tokens.pairs == {}


async def test_a_pair_that_the_installer_sets_anew_replaces_a_lost_one(
    zalo_oa: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock
) -> None:
    before = open_zalo_oa(zalo_oa, tokens, clock)
    zalo_oa.expire()
    await before.send(*HELLO)
    await before.close()
    zalo_oa.access_token, zalo_oa.refresh_token = "cap-lai-access", "cap-lai-refresh"

    after = open_zalo_oa(
        zalo_oa, tokens, clock, access_token="cap-lai-access", refresh_token="cap-lai-refresh"
    )
    await after.send(*HELLO)
    await after.close()
    assert len(zalo_oa.messages) == 2


@pytest.mark.parametrize("failure", ["hang", "html", "reset"])
async def test_an_unreachable_token_service_loses_no_message(
    zalo_oa: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock, failure: str
) -> None:
    channel = open_zalo_oa(zalo_oa, tokens, clock, SHORT if failure == "hang" else 10.0)
    zalo_oa.expire()
    zalo_oa.fail_next(failure, method=RENEW)
    with pytest.raises(Retryable):
        await channel.send(*HELLO)
    await channel.send(*HELLO)
    await channel.close()


def test_a_pair_does_not_show_its_tokens(clock: Clock) -> None:
    from bot.channels.zalo_oa import TokenPair

    assert "bi-mat" not in repr(TokenPair("bi-mat-1", "bi-mat-2", clock()))
