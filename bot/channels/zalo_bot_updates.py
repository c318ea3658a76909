"""The Zalo Bot Platform's updates in our words. Pure.

Zalo delivers a group's message only when it mentions the bot or replies to it, so every group
event is addressed to us. Where its documents and what was seen disagree, both are taken.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from bot.channels.base import (
    AttachmentKind,
    ChatKind,
    Event,
    EventKind,
    Malformed,
    RemoteFile,
)
from bot.channels.reading import address, mapping, moment, optional_id, required_id
from bot.channels.text import clean, one_line, without_names

CHANNEL = "zalo_bot"
MAX_NAME = 200

_TEXT, _IMAGE, _STICKER, _VOICE, _HIDDEN = (
    f"message.{kind}.received" for kind in ("text", "image", "sticker", "voice", "unsupported")
)


def read_update(body: Mapping[str, Any], bot_id: str, names: Collection[str]) -> list[Event]:
    """The events of one update: none or one. `names` are the bot's, to cut from the text.

    Raises: Malformed.
    """
    update = mapping(body.get("result")) or body  # documented in an envelope, seen without
    name = update.get("event_name")
    if name not in (_TEXT, _IMAGE, _STICKER, _VOICE, _HIDDEN):
        return []
    message = mapping(update.get("message"))
    sender = mapping(message.get("from"))
    if sender.get("is_bot") is True:
        return []
    chat_id, chat_kind = _chat(message)
    if name == _STICKER and chat_kind is ChatKind.GROUP:
        return []
    files = _files(message)
    text = without_names(clean(message.get("text")) or clean(message.get("caption")), names)
    if name == _TEXT and not isinstance(message.get("text"), str):
        raise Malformed("a text message without text")
    return [
        Event(
            channel=CHANNEL,
            key=f"{bot_id}:{name}:{_message_key(message)}",
            kind=EventKind.MESSAGE if name == _TEXT or text or files else EventKind.UNSUPPORTED,
            chat_kind=chat_kind,
            chat_id=chat_id,
            sender_id=required_id(sender.get("id"), "from.id"),
            sender_name=one_line(sender.get("display_name"), MAX_NAME),
            message_id=optional_id(message.get("message_id")),
            sent_at=moment(message.get("date")),
            text=text,
            addressed=True,
            files=files,
        )
    ]


def _chat(message: Mapping[str, Any]) -> tuple[str, ChatKind]:
    """Where to answer. A kind that we do not know is a group: nothing confidential goes there."""
    chat = mapping(message.get("chat"))
    chat_id = required_id(chat.get("id"), "chat.id")
    alone = chat_id == optional_id(mapping(message.get("from")).get("id"))
    private = alone or str(chat.get("chat_type", "")).upper() == "PRIVATE"
    return chat_id, ChatKind.PRIVATE if private else ChatKind.GROUP


def _files(message: Mapping[str, Any]) -> tuple[RemoteFile, ...]:
    photo = address(message.get("photo_url")) or address(message.get("photo"))
    voice = address(message.get("voice_url"))
    found = []
    if photo:
        found.append(RemoteFile(AttachmentKind.PHOTO, photo, mime="image/jpeg"))
    if voice:
        found.append(RemoteFile(AttachmentKind.VOICE, voice, mime="audio/aac"))
    return tuple(found)


def _message_key(message: Mapping[str, Any]) -> str:
    """What is the same when an update comes twice: its id, or else all that it says."""
    if found := optional_id(message.get("message_id")):
        return found
    told = [message.get(field) for field in ("chat", "from", "date", "text", "caption")]
    told += [ref.ref for ref in _files(message)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
