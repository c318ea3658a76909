"""Procedures with all their versions, and what residents asked and got no good answer to."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.db import Base, EnumText, SealedBytes, SealedJSON, SealedText, WithId, now
from bot.groups.models import Officer
from bot.procedures.entry import Topic


class Status(StrEnum):
    DRAFT = "draft"  # its author goes on writing
    PROPOSED = "proposed"  # and from then on it never changes
    TAKEN_BACK = "taken_back"  # by its author, before it was decided
    REJECTED = "rejected"
    PUBLISHED = "published"  # at most one of a procedure
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"  # marks that from here on nothing is told


class Origin(StrEnum):
    FILE = "file"  # nlu_data/procedures/
    CONSOLE = "console"
    GAP = "gap"  # from questions that got no answer


class Procedure(Base):
    """What its versions have in common. Whoever decides about them locks this row first."""

    __tablename__ = "procedures"
    __table_args__ = (
        CheckConstraint(
            "published_version IS NULL OR published_version = standing_version", name="standing"
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    topic: Mapped[Topic | None] = mapped_column(EnumText(Topic))  # as published last
    published_version: Mapped[int | None]  # what is told; None: nothing
    standing_version: Mapped[int | None]  # decided last: what is told, or that nothing is
    last_number: Mapped[int] = mapped_column(default=0)
    file_digest: Mapped[str | None] = mapped_column(String(64))  # of what the file said last


class ProcedureVersion(Base):
    """One text of a procedure; `content` may lack things until it is proposed."""

    __tablename__ = "procedure_versions"
    __table_args__ = (
        Index("ix_procedure_versions_status", "status"),
        Index(
            "uq_procedure_versions_published",
            "procedure_id",
            unique=True,
            postgresql_where="status = 'published'",
        ),
    )

    procedure_id: Mapped[str] = mapped_column(ForeignKey("procedures.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]] = mapped_column(SealedJSON)  # entry.dump
    status: Mapped[Status] = mapped_column(EnumText(Status))
    origin: Mapped[Origin] = mapped_column(EnumText(Origin))
    based_on: Mapped[int | None]  # what stood when it was written
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("officers.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    approver_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("officers.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(1000), default="")  # why not, or why no longer

    author: Mapped[Officer | None] = relationship(lazy="joined", foreign_keys=[author_id])
    approver: Mapped[Officer | None] = relationship(lazy="joined", foreign_keys=[approver_id])


class CatalogueStamp(Base):
    """One row, another value whenever what is told has changed, so that every process notices."""

    __tablename__ = "catalogue_stamp"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[uuid.UUID] = mapped_column(Uuid)


class GapReason(StrEnum):
    UNANSWERED = "unanswered"
    NOT_MEANT = "not_meant"  # who asked said that the answer was not what he meant


class ProcedureGap(WithId, Base):
    """A question without a good answer, masked; it carries neither name nor address."""

    __tablename__ = "procedure_gaps"

    inbound_id: Mapped[uuid.UUID] = mapped_column(unique=True)  # one gap a message
    asked_at: Mapped[datetime] = mapped_column(default=now)
    topic: Mapped[str | None] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(SealedText)
    reason: Mapped[GapReason] = mapped_column(EnumText(GapReason), default=GapReason.UNANSWERED)
    told: Mapped[str | None] = mapped_column(String(64))  # the procedure that was not meant


class ProcedureVector(Base):
    """What a question of the catalogue means: float32, as bot/procedures/meaning.py makes it."""

    __tablename__ = "procedure_vectors"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)  # fingerprint of the question
    vector: Mapped[bytes] = mapped_column(SealedBytes)
