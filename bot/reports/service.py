"""What a reporter's messages do to a report. Every change appends its event in the same
transaction; what officers do is in officers.py."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Event
from bot.channels.text import file_name
from bot.db import now
from bot.groups.models import Group, Hamlet, Officer
from bot.live import QUEUE, publish
from bot.messages.models import Conversation, Inbound
from bot.nlu import kinds
from bot.nlu.times import Moment
from bot.reports import deadlines
from bot.reports.access import same_readers
from bot.reports.codes import new_code
from bot.reports.locking import locked
from bot.reports.models import Attachment, EventType, Report, ReportEvent, Status
from bot.reports.workflow import BEGINS_AS, Move, make
from bot.triage.details import Detail, as_entities, when, where
from bot.triage.understanding import Category
from bot.work import Queue, Workflow, enqueue

# Asked with messages, so made once: to put a statement together takes longer than to send it.
_MADE_BY = select(Report).where(Report.inbound_id == bindparam("inbound"))
_IN_THE_WAY = select(Report).where(
    or_(Report.inbound_id == bindparam("inbound"), Report.code == bindparam("code"))
)
_RECEIVED = select(Inbound.received_at).where(Inbound.id == bindparam("inbound"))
_OPEN = locked(
    select(Report)
    .where(Report.conversation_id == bindparam("conversation"), Report.status != Status.CLOSED)
    .order_by(Report.created_at, Report.id)
)


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
    read_by_model: bool = True,
    hamlet_id: uuid.UUID | None,
    group: Group | None = None,
    conversation: Conversation | None = None,
    text: str | None = None,
    details: Sequence[Detail] = (),
) -> Report:
    """The report that a message makes; the same message always gives the same report.

    `read_by_model`: category and flags are the model's, and officers' corrections measure it.
    """
    made, code = await _made_or_code(session, inbound_id)
    if made is not None:
        return made
    report = Report(
        id=uuid.uuid4(),
        code=code,
        inbound_id=inbound_id,
        status=BEGINS_AS,
        hamlet=await session.get(Hamlet, hamlet_id) if hamlet_id else None,
        group_id=group.id if group else None,
        conversation=conversation,
        officer=None,
        category=category,
        confidence=confidence,
        sensitive=sensitive,
        urgent=urgent,
        filed_category=category if read_by_model else None,
        filed_sensitive=sensitive if read_by_model else None,
        filed_urgent=urgent if read_by_model else None,
        managers_only=managers_only,
        needs_review=needs_review,
        reporter_name=_name_to_note(event, conversation),
        anonymous=conversation is not None and conversation.member.anonymous,
    )
    await prefill(session, report, inbound_id, details)
    created = ReportEvent(
        report_id=report.id,
        at=now(),
        type=EventType.CREATED,
        inbound_id=inbound_id,
        text=event.text if text is None else text,
        place=_place(event),
        data={"channel": event.channel, "chat": event.chat_kind.value},
    )
    await deadlines.begin(session, report, created.at)
    session.add_all([report, created])
    await session.flush()  # everything at once
    await _tell_pages(session, report, EventType.CREATED)
    await attach(session, report, event)
    return report


async def made_by(session: AsyncSession, inbound_id: uuid.UUID) -> Report | None:
    """The report that a message has made already."""
    return (await session.execute(_MADE_BY, {"inbound": inbound_id})).scalar_one_or_none()


async def add_from_reporter(
    session: AsyncSession,
    report: Report,
    event: Event,
    inbound_id: uuid.UUID,
    details: Sequence[Detail] = (),
    *,
    text: str | None = None,
    reading: dict[str, Any] | None = None,
) -> ReportEvent:
    """What the reporter adds; once for each message.

    `reading`: how the model read it, should it turn out to be another matter (moving.py).
    """
    seen = select(ReportEvent).where(
        ReportEvent.report_id == report.id, ReportEvent.inbound_id == inbound_id
    )
    if added := (await session.execute(seen)).scalar_one_or_none():
        return added
    make(report, Move.HEAR)
    added = await append(
        session,
        report,
        EventType.FROM_REPORTER,
        inbound_id=inbound_id,
        text=event.text if text is None else text,
        place=_place(event),
        data=reading,
    )
    await prefill(session, report, inbound_id, details)
    await attach(session, report, event)
    report.last_from_reporter_at = now()
    return added


MOST_DETAILS = 500
"""Of all that a report's messages name, the first: they are sealed anew with each message. Numbers
are hidden by their shape besides."""


async def prefill(
    session: AsyncSession, report: Report, inbound_id: uuid.UUID, details: Sequence[Detail]
) -> None:
    """Note what a message names; place and time only where no earlier message told them."""
    if not details:
        return
    moment = await _moment(session, inbound_id, details)
    known = report.details or []
    new = [detail for detail in as_entities(details) if detail not in known]
    report.details = [*known, *new][:MOST_DETAILS]
    report.place = report.place or where(details)
    if report.happened_from is None and moment is not None:
        report.happened_from, report.happened_to = moment.start, moment.end


async def put_right(
    session: AsyncSession, report: Report, inbound_id: uuid.UUID, details: Sequence[Detail]
) -> None:
    """Place and time as the reporter says them now; what he said before stays in the timeline."""
    moment = await _moment(session, inbound_id, details)
    report.place = where(details) or report.place
    if moment is not None:
        report.happened_from, report.happened_to = moment.start, moment.end


async def raise_urgency(session: AsyncSession, report: Report, inbound_id: uuid.UUID) -> bool:
    """A later message says that a person must act at once; whether it was the first to say so,
    also when it is handled again."""
    by = str(inbound_id)
    if not report.urgent:
        report.urgent = True
        await append(session, report, EventType.URGENCY_RAISED, data={"inbound": by})
        return True
    query = select(ReportEvent).where(
        ReportEvent.report_id == report.id, ReportEvent.type == EventType.URGENCY_RAISED
    )
    raised = (await session.execute(query)).scalars()
    return any(event.data.get("inbound") == by for event in raised)


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
        read_by_model=False,
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
    await append(session, report, EventType.CATEGORY_CHANGED, data=data)


async def join_conversation(
    session: AsyncSession, report: Report, conversation: Conversation, *, verified: bool
) -> None:
    """The reporter of a group message opened the private channel.

    `verified`: the platform vouches that it is the same person; else it is whoever typed the code.
    """
    report.conversation = conversation
    report.anonymous = report.anonymous or conversation.member.anonymous
    if verified and conversation.member.erased_at is not None:
        report.reporter_name = ""
    await append(
        session,
        report,
        EventType.CONVERSATION_JOINED,
        data={"verified": verified},
    )


async def note(
    session: AsyncSession, report: Report, what: EventType, **data: str | int | bool
) -> None:
    """Something the assistant did about the report; `data` holds nobody's words."""
    await append(session, report, what, data=data)


async def attach(
    session: AsyncSession, report: Report, event: Event, officer: Officer | None = None
) -> None:
    """Have the message's files fetched in the background. An officer's then go to the reporter."""
    if event.files:
        report.words_gone_at = None
    for file in event.files:
        attachment = Attachment(
            report_id=report.id,
            officer_id=officer.id if officer else None,
            channel=event.channel,
            kind=file.kind,
            ref=file.ref,
            name=file_name(file.name)[-200:],
            mime=file.mime[:128],
            size=file.size,
        )
        session.add(attachment)
        await session.flush()
        await enqueue(
            session, Workflow.FETCH, Queue.ATTACHMENTS, attachment.id, partition=str(report.id)
        )


SAME_MATTER = timedelta(minutes=30)
"""So long after the reporter's last words further ones belong to the same report."""


def is_recent(report: Report) -> bool:
    """Whether its reporter has spoken of it just now."""
    return now() - report.last_from_reporter_at < SAME_MATTER


TALKING = timedelta(days=1)
"""So long after an officer's words the assistant leaves the two to themselves."""


def officer_speaks(report: Report) -> bool:
    """Whether an officer and the reporter are talking, so that the assistant keeps quiet."""
    return report.quiet_until is not None and now() < report.quiet_until


async def open_reports(session: AsyncSession, conversation_id: uuid.UUID) -> Sequence[Report]:
    """One person's open reports, the one spoken of last first, locked: nobody closes them
    meanwhile. Locked as bot/reports/merging.py does it, lest he and an officer wait for each
    other."""
    found = (await session.execute(_OPEN, {"conversation": conversation_id})).scalars().all()
    return sorted(found, key=lambda report: report.last_from_reporter_at, reverse=True)


async def open_of(session: AsyncSession, conversation_id: uuid.UUID) -> Report | None:
    """The open report that its reporter spoke of last."""
    return next(iter(await open_reports(session, conversation_id)), None)


async def own_report(session: AsyncSession, conversation_id: uuid.UUID, code: str) -> Report | None:
    """A person's own report; another's code is an unknown one."""
    query = select(Report).where(Report.code == code, Report.conversation_id == conversation_id)
    return (await session.execute(query)).scalar_one_or_none()


async def reports_of(session: AsyncSession, conversation_id: uuid.UUID) -> Iterable[Report]:
    """Everything one person reported in one conversation, newest first."""
    query = (
        select(Report)
        .where(Report.conversation_id == conversation_id)
        .order_by(Report.created_at.desc())
    )
    return (await session.execute(query)).scalars().all()


async def append(
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
    """Write one more line of the report's story, and tell the pages that show it."""
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
    if text or place:
        report.words_gone_at = None
    await session.flush()
    await deadlines.keep(session, report, event)
    await _tell_pages(session, report, what)
    if report.merged_into_id is not None:
        await _tell_the_leading_page(session, report, what)
    return event


async def _tell_pages(session: AsyncSession, report: Report, what: EventType) -> None:
    notice = {"report": str(report.id), "code": report.code, "type": what.value}
    await publish(session, QUEUE, notice)


async def _tell_the_leading_page(session: AsyncSession, report: Report, what: EventType) -> None:
    """The page of the report that this one is merged into shows that there is more."""
    main = await session.get_one(Report, report.merged_into_id)
    if same_readers(main, report):
        await _tell_pages(session, main, what)


async def _made_or_code(session: AsyncSession, inbound_id: uuid.UUID) -> tuple[Report | None, str]:
    """The report that a message has made already, or a code that none has."""
    while True:
        code = new_code()
        found = (await session.scalars(_IN_THE_WAY, {"inbound": inbound_id, "code": code})).all()
        made = next((report for report in found if report.inbound_id == inbound_id), None)
        if made or not found:
            return made, code


async def _moment(
    session: AsyncSession, inbound_id: uuid.UUID, details: Sequence[Detail]
) -> Moment | None:
    """The time that a message tells, reckoned from when it came in."""
    if not any(detail.kind == kinds.TIME for detail in details):
        return None
    return when(details, await session.scalar(_RECEIVED, {"inbound": inbound_id}) or now())


def _name_to_note(event: Event, conversation: Conversation | None) -> str:
    """Not that of a person who had it erased."""
    erased = conversation is not None and conversation.member.erased_at is not None
    return "" if erased else event.sender_name


def _place(event: Event) -> dict[str, float] | None:
    if event.location is None:
        return None
    return {"latitude": event.location.latitude, "longitude": event.location.longitude}
