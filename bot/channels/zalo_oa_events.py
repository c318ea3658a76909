"""The webhook events of a Zalo Official Account in our words. Pure.

A group's message has the group as `recipient`, a private one the account. What the account sends
itself comes back as `oa_send_…` and is nobody's input. All ids are strings beyond 2^53.
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels.base import (
    AttachmentKind,
    ChatKind,
    Contact,
    Event,
    EventKind,
    Location,
    RemoteFile,
)
from bot.channels.reading import (
    address,
    items,
    location,
    mapping,
    moment,
    optional_id,
    required_id,
    size,
)
from bot.channels.text import clean, one_line, without_mentions

CHANNEL = "zalo_oa"
MAX_NAME = 200
MAX_FILES = 20

_PRIVATE, _GROUP = "user_send_", "user_send_group_"
_CONTENT = frozenset(
    ("text", "image", "link", "audio", "video", "gif", "sticker", "location", "file")
) | {"business_card"}
_RELATION = {
    "follow": EventKind.REACHABLE,
    "unfollow": EventKind.UNREACHABLE,
    "user_click_chatnow": EventKind.START,
}
_FILES = {
    "image": (AttachmentKind.PHOTO, "image/jpeg"),
    "gif": (AttachmentKind.PHOTO, "image/gif"),
    "audio": (AttachmentKind.VOICE, "audio/amr"),
    "video": (AttachmentKind.VIDEO, "video/mp4"),
    "file": (AttachmentKind.FILE, ""),
}


def read_event(body: Mapping[str, Any]) -> list[Event]:
    """The events of one webhook body: none or one. Raises: Malformed."""
    name = body.get("event_name")
    if not isinstance(name, str):
        return []
    if name in _RELATION:
        return [_relation(body, name)]
    if name == "user_submit_info":
        return _submitted(body)
    if name.startswith(_GROUP) and name.removeprefix(_GROUP) in _CONTENT:
        return _message(body, name, ChatKind.GROUP)
    if name.startswith(_PRIVATE) and name.removeprefix(_PRIVATE) in _CONTENT:
        return _message(body, name, ChatKind.PRIVATE)
    return []


def _event(body: Mapping[str, Any], name: str, subject: Mapping[str, Any]) -> Event:
    """An event of one person's private chat; a group's message changes it.

    The key is the message's id, or what stands for it in events without one.
    """
    account = optional_id(body.get("oa_id")) or optional_id(body.get("app_id"))
    sender_id = required_id(subject.get("id"), "sender.id")
    message_id = optional_id(mapping(body.get("message")).get("msg_id"))
    stamp = optional_id(body.get("timestamp"))
    return Event(
        channel=CHANNEL,
        key=f"{account}:{name}:{message_id or f'{sender_id}:{stamp}'}",
        kind=EventKind.MESSAGE,
        chat_kind=ChatKind.PRIVATE,
        chat_id=sender_id,
        sender_id=sender_id,
        message_id=message_id,
        sent_at=moment(body.get("timestamp")),
        addressed=True,
    )


def _relation(body: Mapping[str, Any], name: str) -> Event:
    """Followed, unfollowed, or opened the chat. The person is named in one of three places."""
    subject = mapping(body.get("follower")) or mapping(body.get("sender"))
    subject = subject or {"id": body.get("user_id")}
    return replace(_event(body, name, subject), kind=_RELATION[name])


def _submitted(body: Mapping[str, Any]) -> list[Event]:
    """A form with name and phone. The person typed the number: nobody vouches that it is theirs."""
    info = mapping(body.get("info"))
    phone = info.get("phone")
    contact = Contact(one_line(str(phone or ""), 40), one_line(info.get("name"), MAX_NAME))
    if not contact.phone:
        return []
    return [replace(_event(body, "user_submit_info", mapping(body.get("sender"))), contact=contact)]


def _message(body: Mapping[str, Any], name: str, chat_kind: ChatKind) -> list[Event]:
    event = _event(body, name, mapping(body.get("sender")))
    message = mapping(body.get("message"))
    text = clean(message.get("text"))
    if chat_kind is ChatKind.GROUP:
        account = optional_id(body.get("oa_id"))
        event = replace(
            event,
            chat_kind=chat_kind,
            chat_id=required_id(mapping(body.get("recipient")).get("id"), "recipient.id"),
            addressed=bool(account) and f"[@{account}]" in text,
        )
    attachments = [mapping(each) for each in items(message.get("attachments"))][:MAX_FILES]
    event = replace(
        event,
        text=without_mentions(_with_links(text, attachments)),
        reply_to=optional_id(message.get("quote_msg_id")),
        location=_place(message, attachments),
        files=_files(attachments),
    )
    if event.text or event.location or event.files or name.endswith("_text"):
        return [event]
    hidden = replace(event, kind=EventKind.UNSUPPORTED)
    return [hidden] if chat_kind is ChatKind.PRIVATE else []


def _with_links(text: str, attachments: list[Mapping[str, Any]]) -> str:
    """The text, and under it the addresses of shared links that it does not name itself."""
    links = [
        address(mapping(each.get("payload")).get("url"))
        for each in attachments
        if each.get("type") == "link"
    ]
    return clean("\n".join([text, *(link for link in links if link and link not in text)]).strip())


def _place(message: Mapping[str, Any], attachments: list[Mapping[str, Any]]) -> Location | None:
    """Documented inside the attachment, and in one document beside the text."""
    inner = [mapping(mapping(each.get("payload")).get("coordinates")) for each in attachments]
    for place in [*inner, mapping(message.get("location"))]:
        if found := location(place.get("latitude"), place.get("longitude")):
            return found
    return None


def _files(attachments: list[Mapping[str, Any]]) -> tuple[RemoteFile, ...]:
    found = []
    for each in attachments:
        kind = each.get("type")
        payload = mapping(each.get("payload"))
        ref = address(payload.get("url"))
        if not (isinstance(kind, str) and kind in _FILES and ref):
            continue
        meaning, mime = _FILES[kind]
        name = one_line(payload.get("name"), MAX_NAME)
        mime = mime or mimetypes.guess_type(name)[0] or ""
        found.append(RemoteFile(meaning, ref, name, mime, size(payload.get("size"))))
    return tuple(found)
