"""Rasa's own Telegram channel, at another address than api.telegram.org."""

import asyncio
from typing import Any

from aiogram.bot.api import TelegramAPIServer
from rasa.core.channels.telegram import TelegramInput, TelegramOutput


class Telegram(TelegramInput):
    """Takes `api_url` beside what the channel takes; all else is Rasa's."""

    api_url: str

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any]) -> "Telegram":
        channel = super().from_credentials(credentials)
        channel.api_url = credentials["api_url"]
        return channel

    def get_output_channel(self) -> TelegramOutput:
        channel = TelegramOutput(self.access_token)
        channel.server = TelegramAPIServer.from_base(self.api_url)
        asyncio.run(self._register(channel))
        return channel

    async def _register(self, channel: TelegramOutput) -> None:
        """Rasa's own leaves the connection open in a loop that ends here, and every message then
        fails with "Event loop is closed". Closed, it is opened anew when it is needed."""
        await channel.set_webhook(url=self.webhook_url)
        await channel.session.close()
