"""What can happen to a report. Every change appends its event in the same transaction."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Event, Target
from bot.db import now
from bot.groups.models import Group, Officer, Role
from bot.live import QUEUE, publish
from bot.messages.models import Conversation
from bot.messages.outbox import post
from bot.reports.codes import new_code
from bot.reports.models import Attachment, EventType, Report, ReportEvent, Status
from bot.triage.understanding import Category
from bot.wording import say
from bot.work import Queue, Workflow, enqueue

MAX_REPLY = 3000
"""Characters an officer may send at once."""


class NotAllowed(Exception):
    """The report's state does not allow it. The message is for the officer, in Vietnamese."""


async def open_report(
    session: AsyncSession,
    event: Event,
    inbound_id: uuid.UUID,
    *,
    category: Category,
    confidence: float,
    sensitive: bool,
    urgent: bool,
    managers_only: bool,
    needs_review: bool = False,
    hamlet_id: uuid.UUID | None,
    group: Group | None = None,
    conversation: Conversation | None = None,
    text: str | None = None,
) -> Report:
    """The report that a message makes; the same message always gives the same report."""
    existing = await session.execute(select(Report).where(Report.inbound_id == inbound_id))
    if report := existing.scalar_one_or_none():
        return report
    report = Report(
        code=await _unused_code(session),
        inbound_id=inbound_id,
        hamlet_id=hamlet_id,
        group_id=group.id if group else None,
        conversation_id=conversation.id if conversation else None,
        category=category,
        confidence=confidence,
        sensitive=sensitive,
        urgent=urgent,
        managers_only=managers_only,
        needs_review=needs_review,
        reporter_name=event.sender_name,
    )
    session.add(report)
    await session.flush()
    await session.refresh(report, ["hamlet", "conversation", "officer"])
    await _append(
        session,
        report,
        EventType.CREATED,
        inbound_id=inbound_id,
        text=event.text if text is None else text,
        place=_place(event),
        data={"channel": event.channel, "chat": event.chat_kind.value},
    )
    await attach(session, report, event)
    return report


async def add_from_reporter(
    session: AsyncSession, report: Report, event: Event, inbound_id: uuid.UUID
) -> None:
    """What the reporter adds; once for each message."""
    seen = select(ReportEvent.id).where(
        ReportEvent.report_id == report.id, ReportEvent.inbound_id == inbound_id
    )
    if (await session.execute(seen)).first():
        return
    await _append(
        session,
        report,
        EventType.FROM_REPORTER,
        inbound_id=inbound_id,
        text=event.text,
        place=_place(event),
    )
    await attach(session, report, event)
    report.last_from_reporter_at = now()
    if report.status is Status.WAITING:
        report.status = Status.IN_PROGRESS


async def raise_urgency(session: AsyncSession, report: Report) -> None:
    """A later message says that a person must act at once."""
    if not report.urgent:
        report.urgent = True
        await _append(session, report, EventType.URGENCY_RAISED)


async def open_unread(
    session: AsyncSession,
    event: Event,
    inbound_id: uuid.UUID,
    *,
    group: Group | None = None,
    conversation: Conversation | None = None,
) -> Report:
    """A report of something that no model has understood: a picture, a voice, a failure.

    For the managers only: it may be about the leader.
    """
    hamlet_id = group.hamlet_id if group else None
    if conversation:
        hamlet_id = conversation.member.hamlet_id
    return await open_report(
        session,
        event,
        inbound_id,
        category=Category.OTHER_SECURITY,
        confidence=0.0,
        sensitive=True,
        urgent=False,
        managers_only=True,
        needs_review=True,
        hamlet_id=hamlet_id,
        group=group,
        conversation=conversation,
    )


async def become_clear(
    session: AsyncSession,
    report: Report,
    *,
    category: Category,
    sensitive: bool,
    urgent: bool,
    managers_only: bool,
) -> None:
    """What its reporter adds shows what an unclear report is about."""
    data = {"from": report.category.value, "to": category.value}
    report.category = category
    report.sensitive = report.sensitive or sensitive
    report.urgent = urgent
    report.managers_only = managers_only
    report.needs_review = False
    await _append(session, report, EventType.CATEGORY_CHANGED, data=data)


async def join_conversation(
    session: AsyncSession, report: Report, conversation: Conversation, *, verified: bool
) -> None:
    """The reporter of a group message opened the private channel.

    `verified`: the platform vouches that it is the same person; else it is whoever typed the code.
    """
    report.conversation = conversation
    await _append(
        session,
        report,
        EventType.CONVERSATION_JOINED,
        data={"verified": verified},
    )


async def note(
    session: AsyncSession, report: Report, what: EventType, **data: str | int | bool
) -> None:
    """Something the assistant did about the report; `data` holds nobody's words."""
    await _append(session, report, what, data=data)


async def attach(session: AsyncSession, report: Report, event: Event) -> None:
    """Have the message's files fetched in the background."""
    for file in event.files:
        attachment = Attachment(
            report_id=report.id,
            channel=event.channel,
            kind=file.kind,
            ref=file.ref,
            name=file.name[:200],
            mime=file.mime[:128],
            size=file.size,
        )
        session.add(attachment)
        await session.flush()
        await enqueue(
            session, Workflow.FETCH, Queue.ATTACHMENTS, attachment.id, partition=str(report.id)
        )


async def acknowledge(session: AsyncSession, report: Report, officer: Officer) -> None:
    """The officer has seen the report and answers for it. Raises: NotAllowed."""
    if report.status is not Status.NEW:
        raise NotAllowed("Phản ánh này đã có người tiếp nhận.")
    report.status = Status.ACKNOWLEDGED
    report.officer = officer
    report.needs_review = False
    event = await _append(session, report, EventType.ACKNOWLEDGED, officer)
    await _tell_reporter(
        session, report, event, say("report_acknowledged", name=officer.name, code=report.code)
    )


async def reply(session: AsyncSession, report: Report, officer: Officer, text: str) -> None:
    """Write to the reporter through the assistant. Raises: NotAllowed."""
    text = text.strip()
    if not text:
        raise NotAllowed("Chưa có nội dung trả lời.")
    if len(text) > MAX_REPLY:
        raise NotAllowed(f"Câu trả lời dài quá {MAX_REPLY} ký tự.")
    if report.status is Status.CLOSED:
        raise NotAllowed("Phản ánh đã đóng.")
    if report.conversation is None:
        raise NotAllowed("Người báo chưa mở kênh riêng nên chưa nhắn trực tiếp được.")
    report.status = Status.IN_PROGRESS
    report.officer = report.officer or officer
    event = await _append(session, report, EventType.TO_REPORTER, officer, text=text)
    await _tell_reporter(
        session, report, event, say("officer_says", name=officer.name, code=report.code, text=text)
    )


async def change_category(
    session: AsyncSession,
    report: Report,
    officer: Officer,
    category: Category,
    *,
    for_leader: bool = False,
) -> None:
    """Correct what the model thought, or confirm it. Raises: NotAllowed.

    `for_leader`: a manager lets the hamlet's leader read what was for the managers only.
    """
    if not category.is_report:
        raise NotAllowed("Loại này không phải là phản ánh.")
    report.needs_review = False  # a person has looked
    conduct = category is Category.POLICE_CONDUCT
    if conduct or (for_leader and officer.role is Role.MANAGER):
        report.managers_only = conduct
    if report.managers_only and report.officer and report.officer.role is Role.LEADER:
        report.officer = None  # he can no longer open it
        if report.status is not Status.CLOSED:
            report.status = Status.NEW
    if category is report.category:
        return
    before = report.category
    report.category = category
    await _append(
        session,
        report,
        EventType.CATEGORY_CHANGED,
        officer,
        data={"from": before.value, "to": category.value},
    )


async def close(
    session: AsyncSession, report: Report, officer: Officer, outcome: str, text: str
) -> None:
    """End the report with an outcome; `text` is for the reporter. Raises: NotAllowed."""
    if report.status is Status.CLOSED:
        raise NotAllowed("Phản ánh đã đóng rồi.")
    if outcome not in OUTCOMES:
        raise NotAllowed("Hãy chọn kết quả xử lý.")
    if len(text) > MAX_REPLY:
        raise NotAllowed(f"Lời nhắn dài quá {MAX_REPLY} ký tự.")
    report.status = Status.CLOSED
    report.closed_at = now()
    report.needs_review = False
    report.officer = report.officer or officer
    event = await _append(
        session, report, EventType.CLOSED, officer, text=text.strip(), data={"outcome": outcome}
    )
    if outcome == NOT_A_REPORT:
        return  # the sender asked for nothing and hears nothing
    await _tell_reporter(
        session,
        report,
        event,
        say("report_closed", code=report.code, outcome=OUTCOMES[outcome], text=text.strip()),
    )


NOT_A_REPORT = "not_a_report"
OUTCOMES = {
    "resolved": "Đã giải quyết",
    "advised": "Đã hướng dẫn",
    "reconciled": "Đã hòa giải",
    "passed_on": "Đã chuyển nơi có thẩm quyền",
    "unfounded": "Đã xác minh, không có cơ sở",
    NOT_A_REPORT: "Không phải phản ánh",
}


TALKING = timedelta(days=1)
"""So long after an officer's words the reporter's are taken for an answer."""


async def open_of(session: AsyncSession, conversation_id: uuid.UUID) -> Report | None:
    """The open report that its reporter spoke of last, locked: nobody closes it meanwhile."""
    query = (
        select(Report)
        .where(Report.conversation_id == conversation_id, Report.status != Status.CLOSED)
        .order_by(Report.last_from_reporter_at.desc())
        .limit(1)
        .with_for_update(of=Report)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def last_word_is_an_officers(session: AsyncSession, report: Report) -> bool:
    """Whether an officer wrote last and lately, so that the reporter's next words answer him."""
    said = (EventType.CREATED, EventType.FROM_REPORTER, EventType.TO_REPORTER)
    query = (
        select(ReportEvent.type, ReportEvent.at)
        .where(ReportEvent.report_id == report.id, ReportEvent.type.in_(said))
        .order_by(ReportEvent.id.desc())
        .limit(1)
    )
    last = (await session.execute(query)).first()
    return bool(last and last.type is EventType.TO_REPORTER and now() - last.at < TALKING)


async def first_words(session: AsyncSession, report: Report) -> str:
    """What the report began with."""
    query = select(ReportEvent.text).where(
        ReportEvent.report_id == report.id, ReportEvent.type == EventType.CREATED
    )
    return (await session.execute(query)).scalar_one_or_none() or ""


async def reports_of(session: AsyncSession, conversation_id: uuid.UUID) -> Iterable[Report]:
    """Everything one person reported in one conversation, newest first."""
    query = (
        select(Report)
        .where(Report.conversation_id == conversation_id)
        .order_by(Report.created_at.desc())
    )
    return (await session.execute(query)).scalars().all()


async def _tell_reporter(
    session: AsyncSession, report: Report, event: ReportEvent, text: str
) -> None:
    conversation = report.conversation
    if conversation is None:
        return
    # Though he blocked us: the platform's refusal shows on the page of what did not arrive.
    await post(
        session,
        conversation.channel,
        Target(ChatKind.PRIVATE, conversation.chat_id),
        Content(text),
        key=f"event:{event.id}",
        report_id=report.id,
    )


async def _append(
    session: AsyncSession,
    report: Report,
    what: EventType,
    officer: Officer | None = None,
    *,
    inbound_id: uuid.UUID | None = None,
    text: str | None = None,
    place: dict[str, float] | None = None,
    data: dict[str, Any] | None = None,
) -> ReportEvent:
    event = ReportEvent(
        report_id=report.id,
        type=what,
        officer_id=officer.id if officer else None,
        inbound_id=inbound_id,
        text=text,
        place=place,
        data=data or {},
    )
    session.add(event)
    report.last_event_at = now()
    await session.flush()
    notice = {"report": str(report.id), "code": report.code, "type": what.value}
    await publish(session, QUEUE, notice)
    return event


async def _unused_code(session: AsyncSession) -> str:
    while True:
        code = new_code()
        taken = await session.execute(select(Report.id).where(Report.code == code))
        if taken.first() is None:
            return code


def _place(event: Event) -> dict[str, float] | None:
    if event.location is None:
        return None
    return {"latitude": event.location.latitude, "longitude": event.location.longitude}
