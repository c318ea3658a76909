"""A Zalo Official Account: private chats, and the groups that the account itself has made.

It hears a group's every message, but deletes nothing and may write to a person only for some
days after they wrote. Buttons and files are left out: the documents disagree on what still
works, and a question with numbered answers works everywhere. Facts: docs/channels.md.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.channels.base import (
    Capabilities,
    ChatKind,
    Content,
    DeliveryError,
    Event,
    Fetched,
    OutcomeUnknown,
    Rates,
    Rejected,
    Target,
    Unsupported,
)
from bot.channels.download import fetch_public
from bot.channels.http import call, is_loopback, new_client
from bot.channels.parts import send_in_order
from bot.channels.reading import header, mapping, moment, number, optional_id
from bot.channels.text import disarm_mentions, split_text
from bot.channels.zalo_oa_errors import TOKEN_REFUSED, delivery_error
from bot.channels.zalo_oa_events import CHANNEL, read_event
from bot.channels.zalo_oa_tokens import OAuth, Refresher, TokenPair, Tokens, TokenStore

LATEST = timedelta(days=1)
"""So long after it was signed an event may come; Zalo gives up after an hour. Somebody who kept an
old delivery could otherwise have it handled again once its fingerprint is forgotten
(bot/retention/kinds.py)."""

__all__ = ["Refresher", "TokenPair", "TokenStore", "ZaloOAChannel"]


class ZaloOAChannel:
    """One Official Account. Its tokens and keys appear in no error and no log line.

    `secret_key` signs webhooks ("OA Secret Key"), `app_secret` renews tokens.
    """

    name = CHANNEL
    capabilities = Capabilities(
        reads_all_messages=True, same_person_id=True, tells_quoted=True, max_text=2000
    )
    rates = Rates()

    def __init__(
        self,
        *,
        app_id: str,
        secret_key: str,
        app_secret: str,
        access_token: str,
        refresh_token: str,
        tokens: TokenStore,
        api_url: str,
        oauth_url: str,
        timeout: float = 10.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app_id = app_id
        self._secret_key = secret_key
        self._api_url = api_url.rstrip("/")
        self._local = is_loopback(api_url)
        self._now = now
        self._client = new_client(api_url, timeout)
        oauth = OAuth(self._client, oauth_url, app_id, app_secret)
        first = TokenPair(access_token, refresh_token, now())
        self._tokens = Tokens(tokens, f"{CHANNEL}:{app_id}", oauth, first, now)
        self._account_id = ""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """SHA-256, not HMAC, over application, raw body, its timestamp and the key; and not old."""
        given = header(headers, "X-ZEvent-Signature").strip().removeprefix("mac=").lower()
        app_id, timestamp = _signed_fields(body)
        if app_id != self._app_id:
            raise Rejected("another application's event")
        signed = self._app_id.encode() + body + (timestamp + self._secret_key).encode()
        expected = hashlib.sha256(signed).hexdigest()
        if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            raise Rejected("signature missing or wrong")
        sent_at = moment(timestamp)
        if sent_at is not None and self._now() - sent_at > LATEST:
            raise Rejected("an old event")

    def parse(self, body: Mapping[str, Any]) -> Sequence[Event]:
        return read_event(body)

    async def learn_identity(self) -> bool:
        """Ask Zalo for the account's id; True once it is known. Never raises."""
        if not self._account_id:
            with suppress(DeliveryError):
                answer = await self._call("GET", "/v2.0/oa/getoa", repeatable=True)
                self._account_id = optional_id(answer.get("oa_id"))
        return bool(self._account_id)

    async def send(self, target: Target, content: Content) -> str:
        if content.upload or content.buttons:
            raise Unsupported("upload" if content.upload else "buttons")
        texts = split_text(disarm_mentions(content.text), self.capabilities.max_text)
        return await send_in_order([partial(self._send, target, text) for text in texts])

    async def delete(self, target: Target, message_id: str) -> None:
        raise Unsupported("delete")

    async def fetch(self, ref: str) -> Fetched:
        return await fetch_public(self._client, ref, allow_loopback=self._local)

    async def acknowledge_button(self, callback_id: str) -> None:
        """There are no buttons."""

    async def private_link(self, token: str) -> str:
        """Opens the account's chat, or "" while its id cannot be learnt; carries no token."""
        return f"https://zalo.me/{self._account_id}" if await self.learn_identity() else ""

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(self, target: Target, text: str) -> str:
        if target.chat_kind is ChatKind.GROUP:
            path, recipient = "/v3.0/oa/group/message", {"group_id": target.chat_id}
        else:
            path, recipient = "/v3.0/oa/message/cs", {"user_id": target.chat_id}
        message = {"recipient": recipient, "message": {"text": text}}
        return optional_id((await self._call("POST", path, json=message)).get("message_id"))

    async def _call(
        self, method: str, path: str, *, repeatable: bool = False, **request: Any
    ) -> Mapping[str, Any]:
        """The `data` of an answer. Raises: DeliveryError.

        A refused access token is renewed, and the call made again, once.
        """
        url = f"{self._api_url}{path}"
        calling = partial(call, self._client, method, url, repeatable=repeatable, **request)
        token = await self._tokens.current()
        answer = await calling(headers={"access_token": token})
        if _error(answer) in TOKEN_REFUSED:
            token = await self._tokens.renewed(refused=token)
            answer = await calling(headers={"access_token": token})
        if code := _error(answer):
            raise delivery_error(code)
        return mapping(answer.get("data"))


def _error(answer: Mapping[str, Any]) -> int:
    """The error number of an answer, 0 when it went well. Raises: OutcomeUnknown."""
    code = number(answer.get("error"))
    if code is None:
        raise OutcomeUnknown("bad_answer")
    return int(code)


def _signed_fields(body: bytes) -> tuple[str, str]:
    """`app_id` and `timestamp` as written in a body that nothing vouches for yet.

    Numbers are kept as their digits: the signature covers the text, not the value.
    """
    try:
        parsed = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        raise Rejected("not a signed event") from None
    app_id, timestamp = mapping(parsed).get("app_id"), mapping(parsed).get("timestamp")
    if not (isinstance(app_id, str) and isinstance(timestamp, str) and timestamp.isascii()):
        raise Rejected("not a signed event")
    return app_id, timestamp
