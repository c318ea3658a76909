"""Which chat platforms this installation speaks to."""

import asyncio
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from pydantic import SecretStr

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import TokenStore, ZaloOAChannel
from bot.settings import Settings

MAX_PAUSE = 600.0

CHANNELS = ("web", "telegram", "zalo_bot", "zalo_oa")
"""All there are, on or off."""


@runtime_checkable
class Introduces(Protocol):
    """A channel whose platform must be asked who the bot is."""

    async def learn_identity(self) -> bool:
        """True once it is known. Never raises."""
        ...


def open_channels(settings: Settings, tokens: TokenStore) -> dict[str, Channel]:
    """Every platform whose settings are complete, by name. Nothing is called yet.

    Raises: ValueError, when a token has not its platform's form; the message does not show it.
    """
    found: list[Channel | None] = [
        _telegram(settings),
        _zalo_bot(settings),
        _zalo_oa(settings, tokens),
    ]
    return {channel.name: channel for channel in found if channel is not None}


async def learn_identities(channels: Mapping[str, Channel], *, pause: float = 5.0) -> None:
    """Ask each platform who the bot is, until all have told. Run it beside the service.

    Nothing waits for it: until then a mention is recognised less exactly.
    """
    asked = [channel for channel in channels.values() if isinstance(channel, Introduces)]
    while True:
        known = await asyncio.gather(*(channel.learn_identity() for channel in asked))
        if all(known):
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, MAX_PAUSE)


def _telegram(settings: Settings) -> Channel | None:
    token, secret = settings.telegram_token, settings.telegram_secret
    if token is None or secret is None:
        return None
    return TelegramChannel(_plain(token), _plain(secret), settings.telegram_api_url)


def _zalo_bot(settings: Settings) -> Channel | None:
    token, secret = settings.zalo_bot_token, settings.zalo_bot_secret
    if token is None or secret is None:
        return None
    return ZaloBotChannel(_plain(token), _plain(secret), settings.zalo_bot_api_url)


def _zalo_oa(settings: Settings, tokens: TokenStore) -> Channel | None:
    """Without an access token the first call gets one; without a refresh token it would end."""
    app_id, key = settings.zalo_oa_app_id, settings.zalo_oa_secret_key
    refresh = settings.zalo_oa_refresh_token
    if not app_id or key is None or refresh is None:
        return None
    access = settings.zalo_oa_access_token
    return ZaloOAChannel(
        app_id=app_id,
        secret_key=_plain(key),
        app_secret=_plain(key),
        access_token=_plain(access) if access else "",
        refresh_token=_plain(refresh),
        tokens=tokens,
        api_url=settings.zalo_oa_api_url,
        oauth_url=settings.zalo_oa_oauth_url,
    )


def _plain(secret: SecretStr) -> str:
    return secret.get_secret_value()
