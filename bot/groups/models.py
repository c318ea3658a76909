"""Hamlets, their groups and members, and the officers who answer for them (P-5.1, P-5.2)."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.db import Base, EnumText, SealedText, WithId, now


class Role(StrEnum):
    LEADER = "leader"  # Trưởng nhóm: Cảnh sát khu vực
    DEPUTY = "deputy"  # Phó nhóm: reads no report
    MANAGER = "manager"  # Tổ quản lý
    ADMIN = "admin"  # sets the system up, reads no report


class Commune(Base):
    """The one commune of this installation."""

    __tablename__ = "commune"

    id: Mapped[int] = mapped_column(CheckConstraint("id = 1", name="only"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    province: Mapped[str] = mapped_column(String(200))
    duty: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # from the setup file: groups/duty.py
    calendar: Mapped[dict[str, Any] | None] = mapped_column(
        JSON
    )  # from the console, and then it holds
    deadlines: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # reports/limits.py
    station: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # from the setup file: station.py


class Hamlet(WithId, Base):
    __tablename__ = "hamlets"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    groups: Mapped[list["Group"]] = relationship(back_populates="hamlet")
    officers: Mapped[list["Officer"]] = relationship(
        secondary="officer_hamlets", back_populates="hamlets"
    )


class Group(WithId, Base):
    """A hamlet's chat on one platform."""

    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("channel", "chat_id"),
        UniqueConstraint("hamlet_id", "channel"),
    )

    hamlet_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hamlets.id"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    chat_id: Mapped[str] = mapped_column(String(128))
    set_up_as: Mapped[str] = mapped_column(String(128))  # the id in the setup file, before moves
    rights: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    enabled: Mapped[bool] = mapped_column(default=True)
    rules_said_at: Mapped[datetime | None]  # when it was told what the assistant reads and keeps

    hamlet: Mapped[Hamlet] = relationship(back_populates="groups", lazy="joined")


class Officer(WithId, Base):
    __tablename__ = "officers"

    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    phone: Mapped[str] = mapped_column(String(32), default="")
    phone_public: Mapped[bool] = mapped_column(default=True)  # residents may be given it
    on_duty: Mapped[bool] = mapped_column(default=False)  # a manager who answers out of hours
    password_hash: Mapped[str] = mapped_column(String(256))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    password_expires_at: Mapped[datetime | None]  # of a one-time password; None: stays
    active: Mapped[bool] = mapped_column(default=True)
    left_at: Mapped[datetime | None]  # until what he signed in with is erased
    created_at: Mapped[datetime] = mapped_column(default=now)

    hamlets: Mapped[list[Hamlet]] = relationship(
        secondary="officer_hamlets", back_populates="officers", lazy="selectin"
    )
    chats: Mapped[list["OfficerChat"]] = relationship(
        back_populates="officer", lazy="selectin", cascade="all, delete-orphan"
    )


class OfficerHamlet(Base):
    """Which hamlets a leader or deputy answers for."""

    __tablename__ = "officer_hamlets"

    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    hamlet_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hamlets.id"), primary_key=True)


class OfficerChat(Base):
    """Where the assistant writes to an officer in private."""

    __tablename__ = "officer_chats"
    __table_args__ = (UniqueConstraint("channel", "chat_id"),)

    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    chat_id: Mapped[str] = mapped_column(String(128))

    officer: Mapped[Officer] = relationship(back_populates="chats")


class Member(WithId, Base):
    """A resident who wrote to the assistant in private; nothing but what identifies a reporter."""

    __tablename__ = "members"

    hamlet_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hamlets.id"), index=True)
    name: Mapped[str] = mapped_column(SealedText, default="")
    phone: Mapped[str] = mapped_column(SealedText, default="")
    anonymous: Mapped[bool] = mapped_column(default=False)  # reports to come bear an alias
    erased_at: Mapped[datetime | None]  # the name was erased, and is not noted any more
    created_at: Mapped[datetime] = mapped_column(default=now)
