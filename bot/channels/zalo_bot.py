"""The Zalo Bot Platform: a bot made in Bot Creator, spoken to over HTTP.

It can write and send pictures, and that is all: no deleting, no buttons, no files, and it sees
of a group only what is addressed to it. Errors come with status 200 and `ok: false`; its proxies
answer in HTML. Facts: docs/channels.md.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from bot.channels.base import (
    Capabilities,
    Content,
    DeliveryError,
    Event,
    Fetched,
    Misconfigured,
    OutcomeUnknown,
    Permanent,
    QuotaSpent,
    Rates,
    Retryable,
    Target,
    Unreachable,
    Unsupported,
)
from bot.channels.download import fetch_public
from bot.channels.http import call, is_loopback, new_client
from bot.channels.parts import send_in_order
from bot.channels.reading import header, mapping, number, optional_id, require_secret
from bot.channels.text import clean, split_text
from bot.channels.zalo_bot_updates import CHANNEL, MAX_NAME, read_update

QUOTA_PAUSE = 3600.0
"""Seconds after "quota exceeded": it is likely the month's, and asking again does not help."""


class ZaloBotChannel:
    """One Zalo bot. Its token and secret appear in no error and no log line."""

    name = CHANNEL
    capabilities = Capabilities(max_text=2000)
    rates = Rates()

    def __init__(self, token: str, secret: str, api_url: str, *, timeout: float = 10.0) -> None:
        self._bot_id, _, key = token.partition(":")
        if not (self._bot_id.isdecimal() and key):
            raise ValueError("a Zalo bot token has the form 123456:abc")
        self._secret = secret
        self._base = f"{api_url.rstrip('/')}/bot{token}"
        self._local = is_loopback(api_url)
        self._client = new_client(api_url, timeout)
        self._names: frozenset[str] = frozenset()

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """An empty body is Zalo asking whether anybody is there: without secret or content."""
        if body.strip() in (b"", b"{}"):
            return
        require_secret(header(headers, "X-Bot-Api-Secret-Token"), self._secret)

    def parse(self, body: Mapping[str, Any]) -> Sequence[Event]:
        return read_update(body, self._bot_id, self._names)

    async def learn_identity(self) -> bool:
        """Ask Zalo for the bot's names; True once they are known. Never raises.

        Until then the bot's name stays in the text: where "@Bot Bình Yên mất điện" goes on after
        the name cannot be guessed.
        """
        if not self._names:
            with suppress(DeliveryError):
                me = await self._call("getMe", repeatable=True)
                told = (
                    clean(me.get(field), MAX_NAME) for field in ("display_name", "account_name")
                )
                self._names = frozenset(filter(None, told))
        return bool(self._names)

    async def send(self, target: Target, content: Content) -> str:
        if content.upload or content.buttons:
            raise Unsupported("upload" if content.upload else "buttons")
        texts = split_text(content.text, self.capabilities.max_text)
        return await send_in_order([partial(self._send, target.chat_id, text) for text in texts])

    async def delete(self, target: Target, message_id: str) -> None:
        raise Unsupported("delete")

    async def fetch(self, ref: str) -> Fetched:
        return await fetch_public(self._client, ref, allow_loopback=self._local)

    async def acknowledge_button(self, callback_id: str) -> None:
        """There are no buttons."""

    async def private_link(self, token: str) -> str:
        """Opens the bot's chat; it carries nothing, so the resident types a code."""
        return f"https://bot.zaloplatforms.com/bots/{self._bot_id}"

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(self, chat_id: str, text: str) -> str:
        sent = await self._call("sendMessage", {"chat_id": chat_id, "text": text})
        return optional_id(sent.get("message_id"))

    async def _call(
        self, method: str, params: Mapping[str, Any] | None = None, *, repeatable: bool = False
    ) -> Mapping[str, Any]:
        """The `result` of a method. Raises: DeliveryError."""
        url = f"{self._base}/{method}"
        answer = await call(
            self._client, "POST", url, repeatable=repeatable, json=dict(params or {})
        )
        if answer.get("ok") is True:
            return mapping(answer.get("result"))
        raise _error(answer.get("error_code"), repeatable)


def _error(code: object, repeatable: bool) -> DeliveryError:
    """What `ok: false` means, by the table of docs/channels.md."""
    match int(number(code) or 400):
        case 401:
            return Misconfigured("token")
        case 403:  # documented, oddly, as "internal server error"
            return Retryable("server_error")
        case 404:
            return Unreachable("chat_not_found")
        case 408:
            return Retryable("timeout") if repeatable else OutcomeUnknown("timeout")
        case 429:
            return QuotaSpent("quota", QUOTA_PAUSE)
        case server if server >= 500:
            return Retryable("server_error")
    return Permanent("bad_request")
