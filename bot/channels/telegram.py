"""Telegram: python-telegram-bot for types and calls, our own delivery workflow for waiting.

Only the bare `telegram.Bot` is used: the library's rate limiter and retries would hide
`retry_after` from the workflow that is to obey it. Facts: docs/channels.md.
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import (
    MAX_FILE,
    AttachmentKind,
    Button,
    Capabilities,
    Content,
    DeliveryError,
    Event,
    Fetched,
    Permanent,
    Rates,
    Target,
    Unsupported,
    Upload,
)
from bot.channels.download import fetch_trusted
from bot.channels.http import client_options, new_client
from bot.channels.parts import Step, send_in_order
from bot.channels.reading import header, require_secret
from bot.channels.telegram_errors import ALREADY_GONE, delivery_error
from bot.channels.telegram_updates import CHANNEL, Identity, read_update
from bot.channels.text import split_text, units

os.environ.setdefault("PTB_TIMEDELTA", "true")  # durations as timedelta; the default warns

MAX_CAPTION = 1024
MAX_PHOTO = 10 * 1024 * 1024

_Result = TypeVar("_Result")


class TelegramChannel:
    """One Telegram bot. Its token and secret appear in no error and no log line."""

    name = CHANNEL
    capabilities = Capabilities(
        reads_all_messages=True,
        deletes_messages=True,
        same_person_id=True,
        buttons=True,
        start_payload=True,
        sends_files=True,
        tells_quoted=True,
        max_text=4096,
    )
    rates = Rates()

    def __init__(self, token: str, secret: str, api_url: str, *, timeout: float = 10.0) -> None:
        bot_id, _, key = token.partition(":")
        if not (bot_id.isdecimal() and key):
            raise ValueError("a Telegram token has the form 123456:ABC-def")
        self._secret = secret
        self._identity = Identity(bot_id)
        self._files = new_client(api_url, timeout)
        self._request = HTTPXRequest(
            connection_pool_size=32,
            read_timeout=timeout,
            write_timeout=timeout,
            connect_timeout=timeout,
            pool_timeout=timeout,
            media_write_timeout=6 * timeout,
            httpx_kwargs=client_options(api_url),
        )
        base = api_url.rstrip("/")
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        require_secret(header(headers, "X-Telegram-Bot-Api-Secret-Token"), self._secret)

    def parse(self, body: Mapping[str, Any]) -> Sequence[Event]:
        return read_update(body, self._identity)

    async def learn_identity(self) -> bool:
        """Ask Telegram for the bot's username; True once it is known. Never raises.

        Until then a call is any mention that ends in "bot", and there is no private link.
        """
        if not self._identity.username:
            with suppress(DeliveryError):
                me = await _run(self._bot.get_me(), repeatable=True)
                self._identity = Identity(
                    self._identity.id, me.username or "", bool(me.can_read_all_group_messages)
                )
        return bool(self._identity.username)

    async def send(self, target: Target, content: Content) -> str:
        return await send_in_order(self._steps(target, content))

    async def delete(self, target: Target, message_id: str) -> None:
        call = self._bot.delete_message(target.chat_id, _number(message_id))
        try:
            await _run(call, repeatable=True)
        except Permanent as error:
            if error.code != ALREADY_GONE:
                raise

    async def fetch(self, ref: str) -> Fetched:
        file = await _run(self._bot.get_file(ref), repeatable=True)
        if (file.file_size or 0) > MAX_FILE:
            raise Unsupported("file_too_big")
        if not file.file_path:
            raise Permanent("gone")
        return await fetch_trusted(self._files, file.file_path)

    async def acknowledge_button(self, callback_id: str) -> None:
        with suppress(DeliveryError):
            await _run(self._bot.answer_callback_query(callback_id), repeatable=True)

    async def private_link(self, token: str) -> str:
        """The deep link, or "" while the bot's username cannot be learnt."""
        if not await self.learn_identity():
            return ""
        return f"https://t.me/{self._identity.username}?start={token}"

    async def close(self) -> None:
        await self._request.shutdown()
        await self._files.aclose()

    def _steps(self, target: Target, content: Content) -> list[Step]:
        """The messages to send; what is replied to goes with the first, buttons with the last."""
        texts = split_text(content.text, self.capabilities.max_text)
        steps: list[Callable[..., Awaitable[str]]] = [partial(self._send_text, t) for t in texts]
        if content.upload:
            caption = units(content.text) <= MAX_CAPTION
            file = partial(self._send_file, content.upload, content.text if caption else "")
            steps = [file] if caption else [file, *steps]
        last = len(steps) - 1
        return [
            partial(
                step,
                **_place_of(target),
                reply_parameters=_reply(content.reply_to) if index == 0 else None,
                reply_markup=_keyboard(content.buttons) if index == last else None,
            )
            for index, step in enumerate(steps)
        ]

    async def _send_text(self, text: str, **where: Any) -> str:
        """Without a preview: Telegram would open a resident's single-use link to draw one."""
        plain = LinkPreviewOptions(is_disabled=True)
        call = self._bot.send_message(text=text, link_preview_options=plain, **where)
        return await _sent(call)

    async def _send_file(self, upload: Upload, caption: str, **where: Any) -> str:
        file = InputFile(upload.content, filename=upload.name or "file")
        if upload.kind is AttachmentKind.PHOTO and len(upload.content) <= MAX_PHOTO:
            return await _sent(self._bot.send_photo(photo=file, caption=caption, **where))
        if upload.kind is AttachmentKind.VOICE:
            return await _sent(self._bot.send_voice(voice=file, caption=caption, **where))
        return await _sent(self._bot.send_document(document=file, caption=caption, **where))


async def _sent(call: Awaitable[Message]) -> str:
    return str((await _run(call)).message_id)


async def _run(call: Awaitable[_Result], *, repeatable: bool = False) -> _Result:
    """The library's answer. Raises: DeliveryError, without a trace of the address called."""
    try:
        return await call
    except (TelegramError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise delivery_error(error, repeatable=repeatable) from None


def _place_of(target: Target) -> dict[str, Any]:
    thread = _number(target.thread_id) if target.thread_id else None
    return {"chat_id": target.chat_id, "message_thread_id": thread}


def _reply(message_id: str) -> ReplyParameters | None:
    if not message_id:
        return None
    return ReplyParameters(_number(message_id), allow_sending_without_reply=True)


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """One button a row: Vietnamese labels are long and phones narrow."""
    if not buttons:
        return None
    rows = [[InlineKeyboardButton(b.label, callback_data=b.payload)] for b in buttons]
    return InlineKeyboardMarkup(rows)


def _number(message_id: str) -> int:
    """Telegram's message and topic ids are numbers. Raises: Permanent."""
    if not (message_id.isascii() and message_id.isdecimal()):
        raise Permanent("bad_id")
    return int(message_id)
