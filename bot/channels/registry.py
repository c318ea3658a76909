"""Which chat platforms this installation speaks to."""

import asyncio
from collections.abc import Mapping, Sequence
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

NEEDED: Mapping[str, Sequence[str]] = {
    "telegram": ("telegram_token", "telegram_secret"),
    "zalo_bot": ("zalo_bot_token", "zalo_bot_secret"),
    "zalo_oa": ("zalo_oa_app_id", "zalo_oa_secret_key", "zalo_oa_refresh_token"),
}
"""Settings without which a platform is off. An access token of Zalo OA's is not among them: the
first call gets one, which without a refresh token would end."""


@runtime_checkable
class Introduces(Protocol):
    """A channel whose platform must be asked who the bot is."""

    async def learn_identity(self) -> bool:
        """True once it is known. Never raises."""
        ...


def missing(settings: Settings, platform: str) -> list[str]:
    """Which of the settings that the platform needs are not set; none of them: it is on."""
    return [name for name in NEEDED[platform] if not getattr(settings, name)]


def platforms_on(settings: Settings) -> list[str]:
    """The platforms whose settings are complete, by name; the web page always is."""
    return [platform for platform in NEEDED if not missing(settings, platform)]


def open_channels(settings: Settings, tokens: TokenStore) -> dict[str, Channel]:
    """Every platform whose settings are complete, by name. Nothing is called yet.

    Raises: ValueError, when a token has not its platform's form; the message does not show it.
    """
    return {name: _open(name, settings, tokens) for name in platforms_on(settings)}


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


def _open(platform: str, settings: Settings, tokens: TokenStore) -> Channel:
    if platform == "telegram":
        return TelegramChannel(
            _plain(settings.telegram_token),
            _plain(settings.telegram_secret),
            settings.telegram_api_url,
        )
    if platform == "zalo_bot":
        return ZaloBotChannel(
            _plain(settings.zalo_bot_token),
            _plain(settings.zalo_bot_secret),
            settings.zalo_bot_api_url,
        )
    key = _plain(settings.zalo_oa_secret_key)
    return ZaloOAChannel(
        app_id=settings.zalo_oa_app_id or "",
        secret_key=key,
        app_secret=key,
        access_token=_plain(settings.zalo_oa_access_token),
        refresh_token=_plain(settings.zalo_oa_refresh_token),
        tokens=tokens,
        api_url=settings.zalo_oa_api_url,
        oauth_url=settings.zalo_oa_oauth_url,
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
