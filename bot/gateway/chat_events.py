"""From a frame of a chat page to an event in the inbox, and to the neighbours' open pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import to_builtins
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import web_files
from bot.channels.base import ChatKind, Event, EventKind, Location, RemoteFile
from bot.channels.text import clean
from bot.channels.web import button_proof, file_frame
from bot.channels.web_mailbox import Frame, broadcast, mailbox_of
from bot.channels.web_models import WebFile
from bot.db import now
from bot.gateway.chat_frames import MAX_TEXT, Answered, Button, Message, Start
from bot.groups.models import Group
from bot.messages.conversations import open_conversation
from bot.messages.inbox import receive
from bot.nlu.text import strip_diacritics
from bot.security.vault import vault

_ADDRESSED = re.compile(r"@ ?(tro ly|binh yen)\b|^\W*tro ly\b")


class Refusal(Exception):
    """Something is not taken; `text` says why to the resident.

    With `after` (seconds) the same may be sent again; without, it never will be taken.
    """

    def __init__(self, reason: str, text: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text
        self.after = after


@dataclass(frozen=True, slots=True)
class Author:
    """A visitor as he has introduced himself on one page."""

    visitor: str
    name: str = ""
    group: Group | None = None

    @property
    def mailbox(self) -> str:
        return mailbox_of(ChatKind.PRIVATE, self.visitor)

    @property
    def mark(self) -> str:
        """Tells his own pages which posts are his, and nobody who he is."""
        return vault().fingerprint("web author", self.visitor)

    def chat_id(self, view: ChatKind) -> str:
        """Raises: Refusal."""
        if view is ChatKind.PRIVATE:
            return self.visitor
        if self.group is None:
            raise Refusal("group", "Anh/chị chưa vào nhóm ấp nào.")
        return self.group.chat_id


async def accept(session: AsyncSession, author: Author, frame: Answered) -> str:
    """Store and queue a frame, and show a group post to the neighbours; the post's id.

    Raises: Refusal.
    """
    event = _read(author, frame)
    files = await _files(session, author, frame)
    event = replace(event, files=tuple(_remote(file) for file in files))
    if event.chat_kind is ChatKind.PRIVATE and author.group is not None:
        hamlet = author.group.hamlet_id  # so that his own hamlet's officers are told
        await open_conversation(session, "web", author.visitor, author.name, hamlet)
    is_new = await receive(session, event)
    if is_new and event.chat_kind is ChatKind.GROUP and event.kind is EventKind.MESSAGE:
        for file in files:
            file.post_id = event.message_id
        await broadcast(
            session, mailbox_of(ChatKind.GROUP, event.chat_id), _post(author, event, files)
        )
    return event.message_id


def _read(author: Author, frame: Answered) -> Event:
    match frame:
        case Message():
            return _message(author, frame)
        case Button():
            return _button(author, frame)
        case Start():
            return _event(author, frame, ChatKind.PRIVATE, EventKind.START, frame.token)


def _message(author: Author, frame: Message) -> Event:
    text = clean(frame.text, MAX_TEXT + 1).strip()
    if len(text) > MAX_TEXT:
        raise Refusal("long", f"Tin dài quá {MAX_TEXT} chữ cái, anh/chị chia thành nhiều tin giúp.")
    if not (text or frame.files or frame.location):
        raise Refusal("empty", "Tin chưa có nội dung.")
    event = _event(author, frame, frame.view, EventKind.MESSAGE, text)
    at = frame.location
    place = Location(at.latitude, at.longitude) if at else None
    addressed = _ADDRESSED.search(strip_diacritics(text).lower()) is not None
    return replace(event, location=place, addressed=addressed)


def _button(author: Author, frame: Button) -> Event:
    event = _event(author, frame, frame.view, EventKind.BUTTON, frame.payload)
    if frame.proof != button_proof(mailbox_of(frame.view, event.chat_id), frame.payload):
        raise Refusal("button", "Nút này không còn dùng được, anh/chị gõ câu trả lời giúp.")
    return event


def _event(author: Author, frame: Answered, view: ChatKind, kind: EventKind, text: str) -> Event:
    key = f"{author.visitor}:{frame.id}"
    return Event(
        channel="web",
        key=key,
        kind=kind,
        chat_kind=view,
        chat_id=author.chat_id(view),
        sender_id=author.visitor,
        sender_name=author.name,
        # Not the page's own id: a copied one could take a neighbour's post away.
        message_id=vault().fingerprint("web post", key),
        sent_at=now(),
        text=text,
    )


async def _files(session: AsyncSession, author: Author, frame: Answered) -> Sequence[WebFile]:
    if not (isinstance(frame, Message) and frame.files):
        return ()
    try:
        return await web_files.find_own(session, author.mailbox, frame.files)
    except web_files.Refused as refused:
        raise Refusal("file", str(refused)) from None


def _remote(file: WebFile) -> RemoteFile:
    return RemoteFile(file.kind, str(file.id), file.name, file.mime, file.size)


def _post(author: Author, event: Event, files: Sequence[WebFile]) -> Frame:
    return {
        "type": "post",
        "id": event.message_id,
        "view": ChatKind.GROUP.value,
        "at": event.sent_at and event.sent_at.isoformat(),
        "name": author.name,
        "author": author.mark,
        "text": event.text,
        "files": [file_frame(file) for file in files],
        "location": to_builtins(event.location),
    }
