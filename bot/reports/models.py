"""Reports (phản ánh), their timeline and attachments (P-4.2)."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship
from sqlalchemy.sql.base import ExecutableOption

from bot.channels.base import AttachmentKind
from bot.db import Base, EnumText, SealedBytes, SealedJSON, SealedText, WithId, now
from bot.groups.models import Group, Hamlet, Officer
from bot.messages.models import Conversation
from bot.triage.understanding import Category


class Status(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    CLOSED = "closed"
    REOPENED = "reopened"
    TRANSFERRED = "transferred"


class EventType(StrEnum):
    CREATED = "created"
    FROM_REPORTER = "from_reporter"
    TO_REPORTER = "to_reporter"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"  # by a manager, to an officer
    WAITING = "waiting"  # for the reporter's answer
    RESUMED = "resumed"  # nobody waits for it any more
    TRANSFERRED_HAMLET = "transferred_hamlet"  # the text is for the officer who gets it
    TRANSFERRED_MANAGERS = "transferred_managers"  # the text says to them why
    TRANSFERRED_OUT = "transferred_out"  # to another body; the text is for the reporter
    REOPENED = "reopened"  # the text says to officers why
    CATEGORY_CHANGED = "category_changed"
    URGENCY_RAISED = "urgency_raised"  # by what the reporter added
    URGENT_CHANGED = "urgent_changed"  # by an officer
    SENSITIVE_CHANGED = "sensitive_changed"
    LEARNING_ALLOWED = "learning_allowed"
    LEARNING_REFUSED = "learning_refused"
    LEARNING_WITHDRAWN = "learning_withdrawn"
    CONVERSATION_JOINED = "conversation_joined"
    GROUP_MESSAGE_DELETED = "group_message_deleted"
    RECALL_ASKED = "recall_asked"
    OFFICERS_TOLD = "officers_told"
    ATTACHMENT = "attachment"
    ATTACHMENT_LOST = "attachment_lost"
    MOVED = "moved"  # words that turned out to belong to another report
    INTERNAL_NOTE = "internal_note"  # between officers; never leaves the console
    HANDED_BACK = "handed_back"  # the assistant may speak again
    ANONYMITY_ASKED = "anonymity_asked"
    ANONYMITY_LIFTED = "anonymity_lifted"  # by the reporter
    IDENTITY_REVEALED = "identity_revealed"  # by a manager; the reason is the text
    CALLED_FOR = "called_for"  # the reporter asks for a person
    CALL_UNANSWERED = "call_unanswered"
    UNREACHABLE = "unreachable"  # the reporter cannot be written to any more
    REACHABLE = "reachable"
    MERGED = "merged"
    UNMERGED = "unmerged"
    WITHDRAWN = "withdrawn"  # by the reporter
    WORDS_ERASED = "words_erased"  # as the reporter asked
    EXPIRED = "expired"  # words and files were kept as long as they may be
    IDENTITY_ERASED = "identity_erased"  # name and phone, for good
    DEADLINE_MISSED = "deadline_missed"
    CLOSED = "closed"


class DueKind(StrEnum):
    """What an officer has to do by some time."""

    ACKNOWLEDGEMENT = "acknowledgement"
    REPLY = "reply"  # to what the reporter wrote last
    RESOLUTION = "resolution"


_URGENT_FIRST = text("(NOT urgent)")
_OPEN = "status <> 'closed'"
_CLOSED = "status = 'closed'"


class Report(WithId, Base):
    """A matter that somebody brought to the police. Its words are in its events only."""

    __tablename__ = "reports"
    __table_args__ = (
        # One for each folder of the queue (bot/reports/folders.py), in the order it is shown.
        Index("ix_reports_queue", _URGENT_FIRST, "created_at", "id", postgresql_where=_OPEN),
        Index(
            "ix_reports_queue_officer",  # his own, and nobody's
            "officer_id",
            _URGENT_FIRST,
            "created_at",
            "id",
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_reports_queue_review",
            _URGENT_FIRST,
            "created_at",
            "id",
            postgresql_where=f"needs_review AND {_OPEN}",
        ),
        Index(
            "ix_reports_queue_overdue",
            _URGENT_FIRST,
            "due_at",
            "id",
            postgresql_where=f"due_at IS NOT NULL AND {_OPEN}",
        ),
        Index("ix_reports_queue_closed", "created_at", "id", postgresql_where=_CLOSED),
        Index(
            "ix_reports_queue_closed_hamlet",
            "hamlet_id",
            "created_at",
            "id",
            postgresql_where=_CLOSED,
        ),
        Index(  # whose words are to be erased one day: bot/retention/kinds.py
            "ix_reports_with_words",
            "closed_at",
            postgresql_where=f"{_CLOSED} AND words_gone_at IS NULL",
        ),
        # Counts over a range of days, read from the index alone.
        Index(
            "ix_reports_figures",
            "created_at",
            postgresql_include=["category", "hamlet_id", "managers_only", "urgent"],
        ),
        CheckConstraint("managers_only OR category <> 'police_conduct'", name="conduct_hidden"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
    )

    code: Mapped[str] = mapped_column(String(16), unique=True)
    inbound_id: Mapped[uuid.UUID] = mapped_column(unique=True)  # one report a message, ever
    hamlet_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hamlets.id"), index=True)
    group_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("groups.id"))
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("conversations.id"), index=True
    )
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("officers.id"), index=True)
    category: Mapped[Category] = mapped_column(EnumText(Category))
    sensitive: Mapped[bool]
    urgent: Mapped[bool]
    managers_only: Mapped[bool]  # no leader may see that it exists (P-5.2 a)
    needs_review: Mapped[bool] = mapped_column(default=False)
    confidence: Mapped[float]
    # As the model read the first message, whatever is thought of it later; null where none read it.
    filed_category: Mapped[Category | None] = mapped_column(EnumText(Category))
    filed_sensitive: Mapped[bool | None]
    filed_urgent: Mapped[bool | None]
    status: Mapped[Status] = mapped_column(EnumText(Status), default=Status.NEW)
    reporter_name: Mapped[str] = mapped_column(SealedText, default="")
    anonymous: Mapped[bool] = mapped_column(default=False)  # officers see an alias
    # What the reporter was asked, and how each question ended: bot/reports/questions.py.
    answers: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    quiet_until: Mapped[datetime | None]  # so long officer and reporter talk by themselves
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reports.id"), index=True)
    # What its messages tell of where and when, and all that they name (bot/triage/details.py).
    place: Mapped[str | None] = mapped_column(SealedText)
    happened_from: Mapped[datetime | None]
    happened_to: Mapped[datetime | None]
    details: Mapped[list[dict[str, Any]] | None] = mapped_column(SealedJSON)
    # The nearest of its deadlines; null while they rest and once it is closed (deadlines.py).
    due_at: Mapped[datetime | None]
    due_kind: Mapped[DueKind | None] = mapped_column(EnumText(DueKind))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_event_at: Mapped[datetime] = mapped_column(default=now)
    last_from_reporter_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    words_gone_at: Mapped[datetime | None]  # they were kept as long as they may be

    hamlet: Mapped[Hamlet | None] = relationship(lazy="joined")
    group: Mapped[Group | None] = relationship()
    conversation: Mapped[Conversation | None] = relationship(lazy="joined")
    officer: Mapped[Officer | None] = relationship(lazy="joined")
    events: Mapped[list["ReportEvent"]] = relationship(
        order_by="ReportEvent.id", back_populates="report"
    )
    attachments: Mapped[list["Attachment"]] = relationship(back_populates="report")

    @property
    def known_name(self) -> str:
        """The reporter's, also an anonymous one's: to keep it out of what is shown."""
        member = self.conversation.member if self.conversation else None
        return (member.name if member else "") or self.reporter_name


def by_name() -> ExecutableOption:
    """For lists of reports: of each officer the name, and not also his hamlets and chats."""
    return joinedload(Report.officer).lazyload("*")


class ReportEvent(Base):
    """One thing that happened to a report; appended in the transaction that made it happen."""

    __tablename__ = "report_events"
    __table_args__ = (
        Index("ix_report_events_report_id", "report_id", "id"),
        UniqueConstraint("report_id", "inbound_id"),  # a message is in a report once
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    type: Mapped[EventType] = mapped_column(EnumText(EventType))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("officers.id"))
    inbound_id: Mapped[uuid.UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # never anybody's words
    text: Mapped[str | None] = mapped_column(SealedText)
    place: Mapped[dict[str, float] | None] = mapped_column(SealedJSON)  # latitude, longitude

    report: Mapped[Report] = relationship(back_populates="events")
    officer: Mapped[Officer | None] = relationship(lazy="joined")


class Deadline(WithId, Base):
    """One thing to be done by some time; at most one of a kind is open for a report.

    It runs (`due_at`) or rests while the reporter is waited for (`remaining`). Missed once, it
    stays missed, and stays open until what is due is done.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        Index(
            "ix_deadlines_open",
            "report_id",
            "kind",
            unique=True,
            postgresql_where="done_at IS NULL",
        ),
        Index("ix_deadlines_look_at", "look_at", postgresql_where="look_at IS NOT NULL"),
        Index(
            "ix_deadlines_figures",
            "began_at",
            postgresql_include=["report_id", "done_at", "missed_at"],
            postgresql_where="kind = 'acknowledgement' AND done_at IS NOT NULL",
        ),
        Index("ix_deadlines_missed_at", "missed_at", postgresql_where="missed_at IS NOT NULL"),
        CheckConstraint("(due_at IS NULL) <> (remaining IS NULL)", name="runs_or_rests"),
    )

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"))
    kind: Mapped[DueKind] = mapped_column(EnumText(DueKind))
    began_at: Mapped[datetime] = mapped_column(default=now)
    length: Mapped[timedelta]  # how much time there is, as it was set when it was last reckoned
    working: Mapped[bool]  # whether that is working time
    due_at: Mapped[datetime | None]
    remaining: Mapped[timedelta | None]  # negative for what is overdue
    look_at: Mapped[datetime | None]  # when to warn or to escalate next
    warned_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]  # when it was due and was not done
    done_at: Mapped[datetime | None]  # done, or no longer to be done

    report: Mapped[Report] = relationship()  # so both can be stored at once, the report first


class Consent(StrEnum):
    """Whether an officer lets the assistant learn from a report's first message."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"


_FILED = ("filed_category", "filed_sensitive", "filed_urgent")
_WAITING = "consent = 'given' AND exported_at IS NULL"


class Correction(Base):
    """An officer's word on how the assistant read a report; the latest one. Who said it is in the
    report's events. A flag is null where the officer said nothing of it.

    When the report came in and how it was read stands here too, as it never changes: so all that
    is counted (accuracy.py) is read from one index."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index(
            "ix_corrections_figures",
            "came_in_at",
            postgresql_include=["category", "sensitive", "urgent", *_FILED],
            postgresql_where="filed_category IS NOT NULL",
        ),
        Index("ix_corrections_waiting", "report_id", postgresql_where=_WAITING),
        CheckConstraint("(consent = 'given') = (text IS NOT NULL)", name="text_by_consent"),
    )

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    category: Mapped[Category] = mapped_column(EnumText(Category))
    sensitive: Mapped[bool | None]
    urgent: Mapped[bool | None]
    came_in_at: Mapped[datetime]
    filed_category: Mapped[Category | None] = mapped_column(EnumText(Category))
    filed_sensitive: Mapped[bool | None]
    filed_urgent: Mapped[bool | None]
    consent: Mapped[Consent] = mapped_column(EnumText(Consent), default=Consent.NOT_ASKED)
    text: Mapped[str | None] = mapped_column(SealedText)  # masked
    exported_at: Mapped[datetime | None]


class AtReport(Base):
    """What an officer is doing on a report's page just now (at_report.py)."""

    __tablename__ = "at_reports"

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    writes_until: Mapped[datetime | None]
    sees_until: Mapped[datetime | None]  # what tells who somebody is, too


class CannedReply(WithId, Base):
    """What a manager made of a ready answer, or his own (canned_replies.py). The commune's words,
    nobody's secret."""

    __tablename__ = "canned_replies"

    key: Mapped[str] = mapped_column(String(40), unique=True)
    category: Mapped[Category | None] = mapped_column(EnumText(Category))  # null: for any
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(1000))
    removed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Attachment(WithId, Base):
    """A photo, voice note or file that came with a report, or that an officer sent to its reporter.

    What stands on a platform is fetched in the background.
    """

    __tablename__ = "attachments"

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("officers.id"))  # who sent it
    channel: Mapped[str] = mapped_column(String(32))
    kind: Mapped[AttachmentKind] = mapped_column(EnumText(AttachmentKind))
    ref: Mapped[str | None] = mapped_column(SealedText)  # emptied once fetched
    name: Mapped[str] = mapped_column(SealedText, default="")
    mime: Mapped[str] = mapped_column(String(128), default="")
    size: Mapped[int | None]
    content: Mapped[bytes | None] = mapped_column(SealedBytes, deferred=True)
    error: Mapped[str | None] = mapped_column(String(64))
    # A picture that could not be rid of what stands around it: it is saved, and never shown.
    uncleaned: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)

    report: Mapped[Report] = relationship(back_populates="attachments")
    officer: Mapped[Officer | None] = relationship(lazy="selectin")
