"""Mailboxes of the web chat: one for each visitor, one for each hamlet's group.

What is put into a mailbox waits there, sealed, and goes at once to every page that is open. A
visitor's mail waits until his browser has it, so that an officer's answer arrives when he comes
back. A group's mail waits a day, for members who open the page later.

Frames travel live as notices on the mailbox's topic. PostgreSQL limits a notice's length, so a
frame is cut into pieces, which `Joiner` puts together again.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind
from bot.channels.web_models import WebFile, WebMail
from bot.db import now
from bot.live import publish
from bot.security.vault import vault

LIFE = {ChatKind.GROUP: timedelta(hours=24), ChatKind.PRIVATE: timedelta(days=60)}
"""How long mail waits at most."""

PIECE = 1400  # characters: at most 5,600 bytes, 7,100 when sealed and written as text

Frame = dict[str, Any]


def mailbox_of(kind: ChatKind, chat_id: str) -> str:
    """The mailbox of a visitor or a group; from it nobody learns whose it is."""
    return vault().fingerprint("web mailbox", kind, chat_id)


def topic_of(mailbox: str) -> str:
    return f"web:{mailbox}"


async def put(session: AsyncSession, kind: ChatKind, chat_id: str, frame: Frame) -> None:
    """Leave a frame (its `id` is a UUID) in a mailbox and send it to the open pages."""
    mailbox = mailbox_of(kind, chat_id)
    created = now()
    frame = frame | {"view": kind.value, "at": created.isoformat()}
    session.add(
        WebMail(
            id=uuid.UUID(frame["id"]),
            mailbox=mailbox,
            frame=frame,
            created_at=created,
            expires_at=created + LIFE[kind],
        )
    )
    await broadcast(session, mailbox, frame)


async def waiting(session: AsyncSession, mailbox: str) -> Sequence[Frame]:
    """What waits in a mailbox, the oldest first."""
    query = (
        select(WebMail.frame)
        .where(WebMail.mailbox == mailbox, WebMail.expires_at > now())
        .order_by(WebMail.created_at)
    )
    return (await session.execute(query)).scalars().all()


async def forget(session: AsyncSession, mailbox: str, ids: Sequence[uuid.UUID]) -> None:
    """The visitor's browser has these: nothing of them stays here."""
    await session.execute(delete(WebMail).where(WebMail.mailbox == mailbox, WebMail.id.in_(ids)))


async def purge(session: AsyncSession) -> None:
    """Remove whatever has waited too long."""
    await session.execute(delete(WebMail).where(WebMail.expires_at < now()))
    await session.execute(delete(WebFile).where(WebFile.expires_at < now()))


async def broadcast(session: AsyncSession, mailbox: str, frame: Frame) -> None:
    """Send a frame to the open pages, when the transaction commits; it is kept nowhere."""
    text = json.dumps(frame, ensure_ascii=False)
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    whole = uuid.uuid4().hex
    for number, piece in enumerate(pieces, 1):
        notice = {"whole": whole, "piece": piece, "left": len(pieces) - number}
        await publish(session, topic_of(mailbox), notice)


class Joiner:
    """Puts frames together. Pieces of one frame arrive in order and next to each other."""

    def __init__(self) -> None:
        self._whole = ""
        self._pieces: list[str] = []
        self._expected = 0

    def add(self, notice: Frame) -> Frame | None:
        """The frame this piece completes, if it does; one that lost a piece never is."""
        if notice["whole"] != self._whole:
            self._whole, self._pieces, self._expected = notice["whole"], [], notice["left"]
        if notice["left"] != self._expected:
            return None
        self._pieces.append(notice["piece"])
        self._expected -= 1
        return json.loads("".join(self._pieces)) if notice["left"] == 0 else None
