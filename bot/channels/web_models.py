"""What waits on the server for the web chat's pages, sealed and for a limited time."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.channels.base import AttachmentKind
from bot.db import Base, EnumText, SealedBytes, SealedJSON, SealedText, WithId, now


class WebMail(WithId, Base):
    """A frame on its way to a page: what the assistant or an officer says, or a removal.

    Never a resident's words: what members write in a group passes from page to page unkept.
    """

    __tablename__ = "web_mailbox"
    __table_args__ = (Index("ix_web_mailbox_mailbox_created_at", "mailbox", "created_at"),)

    mailbox: Mapped[str] = mapped_column(String(32))  # fingerprint of a visitor or a group
    frame: Mapped[dict[str, Any]] = mapped_column(SealedJSON)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WebFile(WithId, Base):
    """A file between a page and the attachment workflow, or between an officer and a page."""

    __tablename__ = "web_files"

    owner: Mapped[str] = mapped_column(String(32), index=True)  # a mailbox
    post_id: Mapped[str | None] = mapped_column(String(36), index=True)  # shown in a group with it
    kind: Mapped[AttachmentKind] = mapped_column(EnumText(AttachmentKind))
    name: Mapped[str] = mapped_column(SealedText)
    mime: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(SealedBytes, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
