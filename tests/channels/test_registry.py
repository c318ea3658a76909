"""A platform whose settings are complete is on, any other is off."""

import asyncio

import pytest

from bot.channels.registry import learn_identities, open_channels
from bot.settings import Settings
from tests.channels.token_store import MemoryTokenStore
from tests.fakes import FakeTelegram, FakeZaloBot

TELEGRAM = {"telegram_token": "1:a", "telegram_secret": "s"}
ZALO_BOT = {"zalo_bot_token": "2:b", "zalo_bot_secret": "s"}
ZALO_OA = {
    "zalo_oa_app_id": "3",
    "zalo_oa_secret_key": "k",
    "zalo_oa_access_token": "a",
    "zalo_oa_refresh_token": "r",
}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine itself has set is not part of these tests."""
    for name in TELEGRAM | ZALO_BOT | ZALO_OA:
        monkeypatch.delenv(f"BINHYEN_{name.upper()}", raising=False)


def names(**given: str) -> list[str]:
    return list(open_channels(Settings(_env_file=None, **given), MemoryTokenStore()))


def test_all_that_is_set_is_on() -> None:
    assert names() == []
    assert names(**TELEGRAM) == ["telegram"]
    assert names(**TELEGRAM, **ZALO_BOT, **ZALO_OA) == ["telegram", "zalo_bot", "zalo_oa"]


@pytest.mark.parametrize("missing", TELEGRAM | ZALO_BOT | ZALO_OA)
def test_what_is_set_by_half_is_off(missing: str) -> None:
    given = {k: v for k, v in (TELEGRAM | ZALO_BOT | ZALO_OA).items() if k != missing}
    off = missing.rsplit("_", 1)[0].removesuffix("_refresh").removesuffix("_app")
    off = off.removesuffix("_secret").removesuffix("_access")
    expected = {"telegram", "zalo_bot", "zalo_oa"} - {off}
    if missing == "zalo_oa_access_token":  # the refresh token gets one
        expected = {"telegram", "zalo_bot", "zalo_oa"}
    assert set(names(**given)) == expected


def test_a_token_of_another_form_stops_the_start_without_showing_it() -> None:
    with pytest.raises(ValueError, match="form") as caught:
        names(**TELEGRAM | {"telegram_token": "bi-mat"})
    assert "bi-mat" not in str(caught.value)


async def test_identities_are_asked_for_until_all_are_known() -> None:
    with FakeTelegram() as telegram, FakeZaloBot() as zalo_bot:
        channels = open_channels(
            Settings(
                _env_file=None,
                telegram_token=telegram.token,
                telegram_secret="s",
                telegram_api_url=telegram.url,
                zalo_bot_token=zalo_bot.token,
                zalo_bot_secret="s",
                zalo_bot_api_url=zalo_bot.url,
            ),
            MemoryTokenStore(),
        )
        telegram.fail_next("server_error", times=2)
        await asyncio.wait_for(learn_identities(channels, pause=0.01), timeout=10)

        assert (
            await channels["telegram"].private_link("t") == "https://t.me/binhyen_demo_bot?start=t"
        )
        assert len(telegram.called("getMe")) == 3
        assert len(zalo_bot.called("getMe")) == 1
        for channel in channels.values():
            await channel.close()
