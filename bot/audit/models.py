"""The log of what officers saw and did. No words of anybody stand in it.

Database triggers (migration `audit`) refuse to change or remove a row. Whoever gets past them is
found out by `bot.audit.verify`: each row is sealed together with the seal of the row before it.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.db import Base, EnumText
from bot.groups.models import Officer


class Action(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    CODE_REFUSED = "code_refused"  # the password was right
    PROVED = "proved"  # showed again who he is
    NOT_PROVED = "not_proved"
    SECOND_FACTOR_SET_UP = "second_factor_set_up"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    SESSIONS_ENDED = "sessions_ended"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    SECOND_FACTOR_RESET = "second_factor_reset"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (no password)
    PASSWORD_NOT_CHANGED = "password_not_changed"  # noqa: S105
    QUEUE_SEEN = "queue_seen"
    SEARCHED = "searched"  # never for what
    REPORT_SEEN = "report_seen"
    FILE_SEEN = "file_seen"
    IDENTITY_REVEALED = "identity_revealed"
    PERSONAL_SHOWN = "personal_shown"  # numbers and the name, hidden otherwise
    PERSONAL_HIDDEN = "personal_hidden"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    HANDED_BACK = "handed_back"
    NOTE_WRITTEN = "note_written"
    CORRECTED = "corrected"
    LEARNING_ALLOWED = "learning_allowed"
    LEARNING_REFUSED = "learning_refused"
    MERGED = "merged"
    UNMERGED = "unmerged"
    CLOSED = "closed"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    WAITING_ENDED = "waiting_ended"
    REOPENED = "reopened"
    DELIVERY_REPEATED = "delivery_repeated"
    DELIVERY_DROPPED = "delivery_dropped"
    CALENDAR_CHANGED = "calendar_changed"  # hours of duty, holidays
    DEADLINES_CHANGED = "deadlines_changed"
    GAP_ANSWERED = "gap_answered"
    GAP_LEFT = "gap_left"
    PROCEDURE_DRAFTED = "procedure_drafted"
    PROCEDURE_DRAFT_DROPPED = "procedure_draft_dropped"
    PROCEDURE_PROPOSED = "procedure_proposed"
    PROCEDURE_TAKEN_BACK = "procedure_taken_back"
    PROCEDURE_REJECTED = "procedure_rejected"
    PROCEDURE_PUBLISHED = "procedure_published"
    PROCEDURE_WITHDRAWN = "procedure_withdrawn"
    CANNED_REPLY_SAVED = "canned_reply_saved"
    CANNED_REPLY_REMOVED = "canned_reply_removed"
    PERSON_EXPORTED = "person_exported"  # a copy, at his written request
    PERSON_ERASED = "person_erased"
    EXPORTED = "exported"
    RESTORED = "restored"  # the whole database, from a backup
    AUDIT_SEEN = "audit_seen"


class AuditEntry(Base):
    """One thing an officer saw or did. Appended by `bot.audit.log` only."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_officer", "officer_id", "number"),
        Index("ix_audit_entries_report", "report_code", "number"),
        Index("ix_audit_entries_action", "action", "number"),
        Index("ix_audit_entries_at", "at"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # 1, 2 …
    at: Mapped[datetime]
    action: Mapped[Action] = mapped_column(EnumText(Action))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("officers.id"))
    address: Mapped[str] = mapped_column(String(64))  # the network's, or where else he wrote from
    report_code: Mapped[str | None] = mapped_column(String(16))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)  # names, numbers and codes; never words
    previous: Mapped[bytes] = mapped_column(LargeBinary)  # the seal of the row before
    seal: Mapped[bytes] = mapped_column(LargeBinary)

    officer: Mapped[Officer | None] = relationship(lazy="joined")


class AuditHead(Base):
    """Where the log ends, so that its last rows cannot vanish unseen. One row; whoever appends
    holds its lock until he commits, which puts all entries in one order."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)  # of the last entry; 0 before the first
    last: Mapped[bytes] = mapped_column(LargeBinary)  # its seal
    seal: Mapped[bytes] = mapped_column(LargeBinary)
