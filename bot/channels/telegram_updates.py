"""Telegram's updates in our words. Pure.

Telegram sends a chat's next message only after it got a 2xx for the last, so an update that we
cannot read would hold up its chat for a day. Only the fields used here reach the library's
parser: what Telegram adds or changes elsewhere cannot break it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from telegram import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    Update,
    User,
)

from bot.channels.base import (
    AttachmentKind,
    ChatKind,
    Contact,
    Event,
    EventKind,
    Location,
    Malformed,
    RemoteFile,
)
from bot.channels.reading import location, mapping, optional_id, required_id, size
from bot.channels.text import clean, one_line, tidy, units

CHANNEL = "telegram"
MAX_NAME = 200

_READ = {
    "message": (
        "message_id",
        "from",
        "sender_chat",
        "chat",
        "date",
        "message_thread_id",
        "is_topic_message",
        "is_automatic_forward",
        "author_signature",
        "reply_to_message",
        "migrate_to_chat_id",
        "text",
        "entities",
        "caption",
        "caption_entities",
        "photo",
        "document",
        "audio",
        "voice",
        "video",
        "video_note",
        "location",
        "contact",
    ),
    "callback_query": ("id", "from", "message", "chat_instance", "data"),
    "my_chat_member": ("chat", "from", "date", "old_chat_member", "new_chat_member"),
}
_READ_OF_CHAT = ("id", "type", "title", "first_name", "last_name", "username")
_READ_OF_INNER = ("message_id", "from", "chat", "date", "message_thread_id", "is_topic_message")
_UNREADABLE = ("sticker", "poll", "dice", "story", "game", "paid_media", "checklist")
_LIBRARY_FAILURES = (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, OSError)
"""The library checks no types: a hostile update fails in it as it happens to."""

_START = re.compile(r"/start(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is; `username` and `reads_all` are unknown until Telegram told us."""

    id: str
    username: str = ""
    reads_all: bool = False


def read_update(body: Mapping[str, Any], bot: Identity) -> list[Event]:
    """The events of one update: none or one. Raises: Malformed."""
    update_id = required_id(body.get("update_id"), "update_id")
    base = _Base(bot, f"{bot.id}:{update_id}")
    try:
        event = _from_update(base, _load(body), body)
    except Malformed:
        raise
    except _LIBRARY_FAILURES as error:
        raise Malformed(f"not an update: {type(error).__name__}") from None
    return [event] if event else []


@dataclass(frozen=True, slots=True)
class _Base:
    bot: Identity
    key: str

    def event(self, kind: EventKind, chat: Chat, sender: User | None) -> Event | None:
        """The beginning of every event; None for a chat that is neither group nor private."""
        if chat.type not in (Chat.PRIVATE, Chat.GROUP, Chat.SUPERGROUP) or sender is None:
            return None
        private = chat.type == Chat.PRIVATE
        return Event(
            channel=CHANNEL,
            key=self.key,
            kind=kind,
            chat_kind=ChatKind.PRIVATE if private else ChatKind.GROUP,
            chat_id=required_id(chat.id, "chat.id"),
            sender_id=required_id(sender.id, "from.id"),
            sender_name=_name(sender.first_name, sender.last_name),
            addressed=private,
        )


def _load(body: Mapping[str, Any]) -> Update:
    part: dict[str, Any] = {"update_id": 0}
    for kind, fields in _READ.items():
        if body.get(kind) is not None:
            part[kind] = _pick(mapping(body[kind]), fields)
    return Update.de_json(part, None)


def _pick(value: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """`value` with only `fields`, and of the chats and messages inside only what is read."""
    picked = {field: value[field] for field in fields if field in value}
    for inner, inner_fields in (
        ("chat", _READ_OF_CHAT),
        ("sender_chat", _READ_OF_CHAT),
        ("message", _READ_OF_INNER),
        ("reply_to_message", _READ_OF_INNER),
    ):
        if picked.get(inner) is not None:
            picked[inner] = _pick(mapping(picked[inner]), inner_fields)
    return picked


def _from_update(base: _Base, update: Update, body: Mapping[str, Any]) -> Event | None:
    if update.message:
        return _from_message(base, update.message, mapping(body.get("message")))
    if update.callback_query:
        return _from_button(base, update.callback_query)
    if update.my_chat_member:
        return _from_membership(base, update.my_chat_member)
    return None


# Messages


def _from_message(base: _Base, message: Message, raw: Mapping[str, Any]) -> Event | None:
    event = base.event(EventKind.MESSAGE, message.chat, message.from_user)
    if event is None or _is_no_persons(message):
        return None
    event = replace(
        event,
        message_id=required_id(message.message_id, "message_id"),
        thread_id=_thread(message),
        sent_at=message.date,
    )
    if message.migrate_to_chat_id:
        new_id = required_id(message.migrate_to_chat_id, "migrate_to_chat_id")
        return replace(event, kind=EventKind.GROUP_MOVED, text=new_id)
    if message.sender_chat:
        signed = message.author_signature or message.sender_chat.title
        event = replace(event, sender_name=_name(signed))
    return _with_content(base.bot, event, message, raw)


def _is_no_persons(message: Message) -> bool:
    """Whether a bot, or a linked channel's copy, wrote this.

    An administrator who stays anonymous also arrives as a bot, with `sender_chat`: people write
    like that too, and a fire is a fire.
    """
    by_bot = bool(message.from_user and message.from_user.is_bot)
    return bool(message.is_automatic_forward) or (by_bot and not message.sender_chat)


def _with_content(
    bot: Identity, event: Event, message: Message, raw: Mapping[str, Any]
) -> Event | None:
    private = event.chat_kind is ChatKind.PRIVATE
    written = clean(message.text or message.caption)
    if private and (start := _START.fullmatch(written)):
        return replace(event, kind=EventKind.START, text=start[1] or "")
    place, contact, files = _place(message), _contact(message), _files(message)
    if not (written or place or contact or files):
        unreadable = private and any(kind in raw for kind in _UNREADABLE)
        return replace(event, kind=EventKind.UNSUPPORTED) if unreadable else None
    text, called = _without_own_mention(bot, message)
    reply = message.reply_to_message
    return replace(
        event,
        text=text,
        addressed=private or called or _answers_bot(bot, message),
        reply_to=optional_id(reply.message_id) if reply and not _opens_topic(message) else "",
        location=place,
        contact=contact,
        files=files,
    )


def _without_own_mention(bot: Identity, message: Message) -> tuple[str, bool]:
    """The text without "@bot", and whether it calls the bot.

    Before Telegram told us the bot's username, any "@…bot" counts as a call and nothing is cut.
    Offsets are UTF-16 units in the text as sent, so cleaning comes last.
    """
    text = message.text or message.caption or ""
    if not isinstance(text, str):
        return "", False
    encoded = text.encode("utf-16-le", "surrogatepass")
    entities = message.entities or message.caption_entities
    called = False
    for entity in reversed(entities):
        first = 2 * (size(entity.offset) or 0)
        last = first + 2 * (size(entity.length) or 0)
        words = encoded[first:last].decode("utf-16-le", "replace").lower()
        if not _calls(bot, entity, words):
            continue
        called = True
        if bot.username and f"@{bot.username}".lower() in words:
            at = first + 2 * units(words[: words.index("@")])
            encoded = encoded[:at] + encoded[last:]
    rest = encoded.decode("utf-16-le", "surrogatepass")
    return clean(rest if rest == text else tidy(rest)), called


def _calls(bot: Identity, entity: MessageEntity, words: str) -> bool:
    name = words.partition("@")[2]
    is_own = name == bot.username.lower() if bot.username else name.endswith("bot")
    match entity.type:
        case MessageEntity.MENTION:
            return is_own
        case MessageEntity.BOT_COMMAND:
            return is_own or not name
        case MessageEntity.TEXT_MENTION:
            return entity.user is not None and optional_id(entity.user.id) == bot.id
    return False


def _answers_bot(bot: Identity, message: Message) -> bool:
    reply = message.reply_to_message
    author = reply.from_user if reply and not _opens_topic(message) else None
    return author is not None and optional_id(author.id) == bot.id


def _opens_topic(message: Message) -> bool:
    """In a forum every message "replies" to the one that opened its topic; nobody meant that."""
    reply = message.reply_to_message
    return bool(
        message.is_topic_message and reply and reply.message_id == message.message_thread_id
    )


def _thread(message: Message) -> str:
    """The forum topic. Outside forums the field is a reply chain, which sends do not accept."""
    return optional_id(message.message_thread_id) if message.is_topic_message else ""


def _place(message: Message) -> Location | None:
    found = message.location
    return location(found.latitude, found.longitude) if found else None


def _contact(message: Message) -> Contact | None:
    found = message.contact
    if found is None or not (phone := one_line(found.phone_number, 40)):
        return None
    sender = message.from_user
    own = sender is not None and found.user_id is not None and found.user_id == sender.id
    return Contact(phone, _name(found.first_name, found.last_name), own)


def _files(message: Message) -> tuple[RemoteFile, ...]:
    found: list[tuple[AttachmentKind, Any, str]] = [
        (AttachmentKind.FILE, message.document, ""),
        (AttachmentKind.FILE, message.audio, ""),
        (AttachmentKind.VOICE, message.voice, "audio/ogg"),
        (AttachmentKind.VIDEO, message.video, "video/mp4"),
        (AttachmentKind.VIDEO, message.video_note, "video/mp4"),
    ]
    if message.photo:
        found.append((AttachmentKind.PHOTO, message.photo[-1], "image/jpeg"))
    return tuple(
        RemoteFile(
            kind,
            ref=_file_id(file.file_id),
            name=one_line(getattr(file, "file_name", ""), MAX_NAME),
            mime=one_line(getattr(file, "mime_type", ""), MAX_NAME) or mime,
            size=size(file.file_size),
        )
        for kind, file, mime in found
        if file
    )


def _file_id(value: object) -> str:
    """File ids are longer than other ids, and opaque."""
    if isinstance(value, str) and 0 < len(value) <= 512 and value.isascii() and value.isprintable():
        return value
    raise Malformed("file_id is missing or no id")


def _name(*parts: object) -> str:
    return one_line(" ".join(clean(part, MAX_NAME) for part in parts), MAX_NAME)


# Buttons and membership


def _from_button(base: _Base, press: CallbackQuery) -> Event | None:
    """Buttons under inline messages, which we never send, have no `message`."""
    message, payload = press.message, clean(press.data, 64)
    if message is None or not payload:
        return None
    event = base.event(EventKind.BUTTON, message.chat, press.from_user)
    if event is None:
        return None
    return replace(
        event,
        message_id=optional_id(message.message_id),
        thread_id=_thread(message) if isinstance(message, Message) else "",
        text=payload,
        addressed=True,
        callback_id=required_id(press.id, "callback_query.id"),
    )


def _from_membership(base: _Base, change: ChatMemberUpdated) -> Event | None:
    status = change.new_chat_member.status
    if change.chat.type == Chat.PRIVATE:
        kind = EventKind.UNREACHABLE if status == "kicked" else EventKind.REACHABLE
        event = base.event(kind, change.chat, change.from_user)
        return replace(event, sent_at=change.date) if event else None
    event = base.event(EventKind.GROUP_RIGHTS, change.chat, change.from_user)
    if event is None:
        return None
    admin = status in ("administrator", "creator")
    may_delete = getattr(change.new_chat_member, "can_delete_messages", False) is True
    in_basic_group = change.chat.type == Chat.GROUP
    present = admin or status in ("member", "restricted")
    rights = {
        "deletes_messages": admin and (may_delete or in_basic_group),
        "reads_all_messages": admin or (present and base.bot.reads_all),
    }
    return replace(event, sent_at=change.date, rights=rights)
