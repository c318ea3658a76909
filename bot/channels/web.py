"""The commune's own web page as a chat platform, behind the same protocol as the others.

What residents send comes over a websocket (bot/gateway/chat.py); here is what goes to them. A
private chat's id is the visitor's, a group's is the hamlet's short name.
"""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import web_files
from bot.channels.base import (
    Button,
    Capabilities,
    ChatKind,
    Content,
    Event,
    Fetched,
    Permanent,
    Rates,
    Rejected,
    Retryable,
    Target,
)
from bot.channels.web_mailbox import LIFE, Frame, mailbox_of, purge, put
from bot.channels.web_models import WebFile, WebMail
from bot.db import Database
from bot.security.vault import vault
from bot.settings import Settings


class WebChannel:
    """Implements `bot.channels.base.Channel`."""

    name = "web"
    capabilities = Capabilities(
        reads_all_messages=True,
        deletes_messages=True,
        starts_private_chat=True,
        same_person_id=True,
        buttons=True,
        start_payload=True,
        sends_files=True,
        sends_once=True,
        max_text=4000,
    )
    rates = Rates(1000, 1000, 1000)

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._base = settings.public_base

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises: Rejected, always: the web chat has no webhook."""
        raise Rejected("the web chat has no webhook")

    def parse(self, body: Mapping[str, Any]) -> Sequence[Event]:
        return ()

    async def send(self, target: Target, content: Content) -> str:
        """Leave it in the mailbox of the visitor or the group, once. Raises: Retryable.

        A page that has it already knows it by its id.
        """
        mail_id = content.id or str(uuid.uuid4())
        mailbox = mailbox_of(target.chat_kind, target.chat_id)
        frame: Frame = {
            "type": "mail",
            "id": mail_id,
            "text": content.text,
            "reply_to": content.reply_to,
            "buttons": [button_frame(mailbox, button) for button in content.buttons],
        }
        async with self._transaction() as session:
            await purge(session)
            if await session.get(WebMail, uuid.UUID(mail_id)):
                return mail_id
            if content.upload is not None:
                post_id = mail_id if target.chat_kind is ChatKind.GROUP else None
                life = LIFE[target.chat_kind]
                file = await web_files.keep(session, mailbox, content.upload, life, post_id)
                frame["files"] = [file_frame(file)]
            await put(session, target.chat_kind, target.chat_id, frame)
        return mail_id

    async def delete(self, target: Target, message_id: str) -> None:
        """Take a post off every page: off the open ones now, off others when they come back."""
        frame: Frame = {"type": "removed", "id": str(uuid.uuid4()), "post": message_id}
        async with self._transaction() as session:
            await web_files.unshare(session, message_id)
            await put(session, target.chat_kind, target.chat_id, frame)

    async def fetch(self, ref: str) -> Fetched:
        """Raises: Permanent, when the file has expired."""
        try:
            file_id = uuid.UUID(ref)
        except ValueError:
            raise Permanent("bad_file_id") from None
        async with self._transaction() as session:
            file = await web_files.fetch(session, file_id)
            if file is None:
                raise Permanent("gone")
            return Fetched(file.content, file.mime)

    async def acknowledge_button(self, callback_id: str) -> None:
        """The page has its acknowledgement already."""

    async def private_link(self, token: str) -> str:
        """The token stands after `#`: no browser sends that part, so no log ever shows it."""
        return f"{self._base}/#m={token}"

    async def close(self) -> None: ...

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._db.begin() as session:
                yield session
        except OperationalError:
            raise Retryable("database") from None


def button_frame(mailbox: str, button: Button) -> Frame:
    """A button as a page sees it; the proof shows later that it was offered here."""
    proof = button_proof(mailbox, button.payload)
    return {"label": button.label, "payload": button.payload, "proof": proof}


def button_proof(mailbox: str, payload: str) -> str:
    return vault().fingerprint("web button", mailbox, payload)


def file_frame(file: WebFile) -> Frame:
    """A file as a page sees it; its content is at `/chat/files/<id>`."""
    return {"id": str(file.id), "kind": file.kind.value, "name": file.name, "mime": file.mime}
