"""Fake platforms, and the real channels that speak to them."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram import TelegramChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOAChannel
from tests.channels.token_store import MemoryTokenStore
from tests.fakes import FakeTelegram, FakeZaloBot, FakeZaloOA

PAYLOADS = Path(__file__).parent.parent / "payloads"
SHORT, LONG = 0.3, 10.0

TELEGRAM_SECRET = "vi-du_bi-mat-webhook-01"
ZALO_BOT_SECRET = "vi-du-khoa-webhook-zalo-01"


class Clock:
    """The time of day, which tests can move."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, hours: float) -> None:
        self.time += timedelta(hours=hours)


def payloads(platform: str) -> list[dict[str, Any]]:
    """The example webhooks of one platform: note, headers and body."""
    lines = (PAYLOADS / f"{platform}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def raw(body: object) -> bytes:
    """A body as it was signed: compact JSON, letters kept."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.fixture
def patience(request: pytest.FixtureRequest) -> float:
    """Seconds a channel waits: few in a test whose platform does not answer."""
    callspec = getattr(request.node, "callspec", None)
    given = callspec.params.values() if callspec else ()
    return SHORT if "hang" in given or "lost_answer" in given else LONG


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def zalo_bot() -> Iterator[FakeZaloBot]:
    with FakeZaloBot() as fake:
        yield fake


@pytest.fixture
def zalo_oa() -> Iterator[FakeZaloOA]:
    with FakeZaloOA() as fake:
        yield fake


@pytest.fixture
async def telegram_channel(
    telegram: FakeTelegram, patience: float
) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(telegram.token, TELEGRAM_SECRET, telegram.url, timeout=patience)
    yield channel
    await channel.close()


@pytest.fixture
async def zalo_bot_channel(zalo_bot: FakeZaloBot, patience: float) -> AsyncIterator[ZaloBotChannel]:
    channel = ZaloBotChannel(zalo_bot.token, ZALO_BOT_SECRET, zalo_bot.url, timeout=patience)
    yield channel
    await channel.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens() -> MemoryTokenStore:
    return MemoryTokenStore()


@pytest.fixture
async def zalo_oa_channel(
    zalo_oa: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock, patience: float
) -> AsyncIterator[ZaloOAChannel]:
    channel = open_zalo_oa(zalo_oa, tokens, clock, patience)
    yield channel
    await channel.close()


def open_zalo_oa(
    fake: FakeZaloOA, tokens: MemoryTokenStore, clock: Clock, patience: float = LONG, **given: str
) -> ZaloOAChannel:
    """A channel with the tokens that the fake accepts at first, unless `given` others."""
    return ZaloOAChannel(
        app_id=fake.app_id,
        secret_key=fake.secret_key,
        app_secret=fake.secret_key,
        access_token=given.get("access_token", "vi-du-access-1"),
        refresh_token=given.get("refresh_token", "vi-du-refresh-1"),
        tokens=tokens,
        api_url=fake.url,
        oauth_url=fake.url,
        timeout=patience,
        now=clock,
    )
