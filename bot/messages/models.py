"""Messages on their way in and out, and the private conversations they belong to.

Nothing stays here: an inbound payload is emptied when it is handled, an outbound one when it is
delivered. What is worth keeping is a report (bot/reports).
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Identity, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.db import Base, EnumText, SealedJSON, SealedText, WithId, now
from bot.groups.models import Member


class Conversation(WithId, Base):
    """A person's private chat with the assistant on one platform."""

    __tablename__ = "conversations"

    channel: Mapped[str] = mapped_column(String(32))
    address_key: Mapped[str] = mapped_column(String(32), unique=True)  # fingerprint of chat id
    chat_id: Mapped[str] = mapped_column(SealedText)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    reachable: Mapped[bool] = mapped_column(default=True)
    # The buttons last offered, as labels with their payloads, and how long typing picks one.
    choices: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    choices_until: Mapped[datetime | None]
    procedure: Mapped[str | None] = mapped_column(String(64))  # the one last told of
    procedure_at: Mapped[datetime | None]
    # The question last answered, masked, until the night: bot/procedures/not_meant.py.
    asked: Mapped[dict[str, Any] | None] = mapped_column(SealedJSON)
    asked_at: Mapped[datetime | None]
    # Which old name was put right in answer to which message: bot/procedures/old_terms.py.
    old_terms: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    introduced_at: Mapped[datetime | None]  # when it was said what the assistant reads and keeps
    stopped_at: Mapped[datetime | None]  # the person wants nothing but answers
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_inbound_at: Mapped[datetime] = mapped_column(default=now)

    member: Mapped[Member] = relationship(lazy="joined")


class Inbound(WithId, Base):
    """One platform event, from its arrival until it is handled; then only its key remains."""

    __tablename__ = "inbound"
    __table_args__ = (
        Index("ix_inbound_waiting", "received_at", postgresql_where="handled_at IS NULL"),
        Index(
            "ix_inbound_turn",
            text("urgent DESC"),
            "turn",
            postgresql_where="handled_at IS NULL AND failed IS NULL",
        ),
    )

    key: Mapped[str] = mapped_column(String(32), unique=True)  # fingerprint of the event's key
    channel: Mapped[str] = mapped_column(String(32))
    # Fingerprint of chat and sender: one lane's messages are handled in order (bot/lanes.py).
    lane: Mapped[str] = mapped_column(String(32), default=lambda: uuid.uuid4().hex)
    turn: Mapped[int] = mapped_column(BigInteger, Identity())
    # An alarm by its words (bot/triage/danger.py), while it waits: it goes first.
    urgent: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    received_at: Mapped[datetime] = mapped_column(default=now)
    handled_at: Mapped[datetime | None]
    failed: Mapped[str | None] = mapped_column(String(64))  # kind of error, never its words
    # How many processes began with it waiting, and died: bot/messages/fatal.py.
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    payload: Mapped[dict[str, Any] | None] = mapped_column(SealedJSON)
    # Of a group message that is no report, until the night: kinds and places, never words.
    noticed: Mapped[list[dict[str, Any]] | None] = mapped_column(SealedJSON)


class OutboundKind(StrEnum):
    MESSAGE = "message"
    DELETE = "delete"


class OutboundStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    UNKNOWN = "unknown"  # it may have arrived; a person decides
    DEAD = "dead"
    RETRIED = "retried"  # a manager had it sent again, as a new row
    DROPPED = "dropped"  # a manager decided that it need not be sent


class Outbound(WithId, Base):
    """Something to be delivered, once."""

    __tablename__ = "outbound"
    __table_args__ = (
        Index(
            "ix_outbound_troubled", "created_at", postgresql_where="status IN ('dead','unknown')"
        ),
        Index("ix_outbound_platform", "channel", "platform_id"),  # what somebody replies to
        Index(
            "ix_outbound_turn",
            "channel",
            text("urgent DESC"),
            "turn",
            postgresql_where="status = 'pending'",
        ),
    )

    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[OutboundKind] = mapped_column(EnumText(OutboundKind))
    channel: Mapped[str] = mapped_column(String(32))
    target_key: Mapped[str] = mapped_column(String(32))  # the lane
    in_group: Mapped[bool] = mapped_column(default=False)
    urgent: Mapped[bool] = mapped_column(default=False)
    turn: Mapped[int] = mapped_column(BigInteger, Identity())
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reports.id"), index=True)
    status: Mapped[OutboundStatus] = mapped_column(
        EnumText(OutboundStatus), default=OutboundStatus.PENDING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    under_way: Mapped[str | None] = mapped_column(String(16))  # the try that may have sent it
    error: Mapped[str | None] = mapped_column(String(64))
    platform_id: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    payload: Mapped[dict[str, Any] | None] = mapped_column(SealedJSON)


class PrivateInvitation(WithId, Base):
    """A single-use token that ties a private chat to a report made in a group."""

    __tablename__ = "private_invitations"

    token_key: Mapped[str] = mapped_column(String(32), unique=True)
    sender_key: Mapped[str | None] = mapped_column(String(32))  # for whom, where that can be told
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reports.id"))
    hamlet_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hamlets.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ChannelToken(Base):
    """A platform's rotating access token (Zalo OA)."""

    __tablename__ = "channel_tokens"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    pair: Mapped[dict[str, Any]] = mapped_column(SealedJSON)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
