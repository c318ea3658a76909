"""Asking for a person: who is told, whose phone is given, and what happens when nobody answers.

At work the hamlet's leader is called, else the manager on duty; for a report that may be about a
leader always a manager. Whoever asked hears in the same answer what happens next, and hears again
when it has happened.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.db import now
from bot.groups.duty import duty_hours, duty_managers, in_words
from bot.groups.models import Officer, Role
from bot.groups.service import leaders, managers
from bot.messages.outbox import post
from bot.reports.access import may_read
from bot.reports.locking import locked
from bot.reports.merging import leading
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.notices import Reason, tell_officers
from bot.reports.replies import first_of_hotlines
from bot.reports.service import append, officer_speaks
from bot.reports.timeline import first_words
from bot.settings import get_settings
from bot.wording import part, say
from bot.work import Queue, Workflow, enqueue

if TYPE_CHECKING:
    from bot.services import Services

DONE = 0.0

ANSWERS = (
    EventType.ACKNOWLEDGED,
    EventType.TO_REPORTER,
    EventType.TRANSFERRED_OUT,
    EventType.CLOSED,
)
"""What an officer does that a waiting person hears of."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who answers at one moment."""

    told: Sequence[Officer]
    phone: Officer | None  # whose number may be given
    opens: datetime | None  # when work begins again; None while it goes on

    @property
    def reached(self) -> Sequence[Officer]:
        """Those the assistant can write to."""
        return [officer for officer in self.told if officer.chats]


async def on_call(session: AsyncSession, report: Report, at: datetime) -> OnCall:
    """Who is called for a report now. Never one whom the report may be about."""
    hours = await duty_hours(session)
    at_work = hours.on_duty(at)
    own = await _own_officers(session, report)
    duty = list(await duty_managers(session))
    first, second = (own, duty) if at_work else (duty, own)
    told = first or second
    if report.urgent:
        told = [*own, *duty]
    elif not any(officer.chats for officer in told):
        told = [*first, *second]
    everybody = [*first, *second, *await managers(session)]
    phone = next((o for o in everybody if o.phone and o.phone_public), None)
    return OnCall(_each_once(told), phone, None if at_work else hours.next_opening(at))


async def _own_officers(session: AsyncSession, report: Report) -> list[Officer]:
    """Who deals with the report, or would."""
    if report.officer and may_read(report.officer, report):
        return [report.officer]
    return [] if report.managers_only else list(await leaders(session, report.hamlet_id))


def _each_once(officers: Sequence[Officer]) -> list[Officer]:
    return list({officer.id: officer for officer in officers}.values())


async def call(
    session: AsyncSession,
    report: Report,
    inbound_id: uuid.UUID,
    console: str,
    *,
    channel: str,
    at: datetime | None = None,
) -> str:
    """Call an officer for the reporter, once until somebody answers; what to say to him."""
    at = at or now()
    who = await on_call(session, report, at)
    if not await _called_already(session, report, inbound_id, at):
        told = [str(officer.id) for officer in who.reached]
        data = {"inbound": str(inbound_id), "told": told}
        event = await append(session, report, EventType.CALLED_FOR, data=data)
        event.at = at
        await tell_officers(
            session,
            report,
            console,
            channel=channel,
            why=Reason.CALLED,
            occasion=str(event.id),
            to=who.told,
        )
        await enqueue(session, Workflow.AWAIT_ANSWER, Queue.TIMERS, event.id)
    return await _what_happens(session, report, who)


async def _called_already(
    session: AsyncSession, report: Report, inbound_id: uuid.UUID, at: datetime
) -> bool:
    """Whether this very message called, or a call before it still waits for its answer."""
    calls = await _events(session, report, EventType.CALLED_FOR)
    if any(event.data.get("inbound") == str(inbound_id) for event in calls):
        return True
    waiting = [event for event in calls if at - event.at < within()]
    return bool(waiting) and not await _answered(session, report, waiting[-1].id)


async def _what_happens(session: AsyncSession, report: Report, who: OnCall) -> str:
    values = {
        "code": report.code,
        "who": _named(who.reached),
        "phone": _phone(who),
        "minutes": _minutes(),
        "opens": _opens(who),
    }
    if report.urgent:
        hotline = first_of_hotlines(await first_words(session, report))
        phrase = "officer_called_urgent" if who.reached else "officer_called_urgent_nobody"
        return say(phrase, hotline=hotline, **values)
    if not who.reached:
        return say("officer_called_nobody", **values)
    return say("officer_called_after_hours" if who.opens else "officer_called", **values)


def _named(officers: Sequence[Officer]) -> str:
    """Who was told, as a resident knows them."""
    leader = any(officer.role is Role.LEADER for officer in officers)
    return part("call_leader" if leader else "call_managers")


def _phone(who: OnCall) -> str:
    """The number to call; without one, the hotline for what cannot wait."""
    if who.phone is None:
        return part("call_no_phone")
    phrase = "call_phone_managers" if who.phone.role is Role.MANAGER else "call_phone"
    return part(phrase, name=who.phone.name, phone=who.phone.phone)


def _opens(who: OnCall) -> str:
    return part("call_opens", opens=in_words(who.opens)) if who.opens else ""


def within() -> timedelta:
    """How long an officer has to answer."""
    return timedelta(minutes=get_settings().answer_within_minutes)


def _minutes() -> str:
    return str(max(1, round(get_settings().answer_within_minutes)))


# --- When nobody answers --------------------------------------------------------------------------


async def overdue(services: "Services", event_id: int, at: datetime | None = None) -> float:
    """Look whether a call or a question was answered; where it was not, tell the manager on duty
    and the resident, once. Returns the seconds to wait before looking again, or `DONE`."""
    at = at or now()
    patience = timedelta(minutes=services.settings.answer_within_minutes)
    async with services.db.begin() as session:
        asked = await session.get(ReportEvent, event_id)
        if asked is None:
            return DONE
        query = locked(select(Report).where(Report.id == asked.report_id))
        report = (await session.execute(query)).scalar_one()
        if await _needs_nothing(session, report, asked):
            return DONE
        if at < asked.at + patience:
            return (asked.at + patience - at).total_seconds()
        hours = await duty_hours(session)
        if asked.type is not EventType.CALLED_FOR and not (hours.on_duty(at) or report.urgent):
            return (hours.next_opening(at) + patience - at).total_seconds()
        await _escalate(session, report, asked, f"{services.settings.public_base}/console", at)
    return DONE


async def _needs_nothing(session: AsyncSession, report: Report, asked: ReportEvent) -> bool:
    if report.status is Status.CLOSED or await _answered(session, report, asked.id):
        return True
    told = await _events(session, report, EventType.CALL_UNANSWERED)
    if asked.type is EventType.CALLED_FOR:
        return any(event.data.get("of") == asked.id for event in told)
    # A question: once for each silence, and only while the assistant leaves the two to themselves.
    spoke = [e.id for what in ANSWERS for e in await _events(session, report, what) if e.officer_id]
    return not officer_speaks(report) or any(event.id > max(spoke, default=0) for event in told)


async def _answered(session: AsyncSession, report: Report, event_id: int) -> bool:
    """Whether an officer has said something since that the reporter heard."""
    main = await leading(session, report)
    reports = [report.id, main.id] if main else [report.id]
    query = select(ReportEvent.id).where(
        ReportEvent.report_id.in_(reports),
        ReportEvent.id > event_id,
        ReportEvent.type.in_(ANSWERS),
        ReportEvent.officer_id.is_not(None),
    )
    return (await session.execute(query.limit(1))).first() is not None


async def _events(session: AsyncSession, report: Report, what: EventType) -> Sequence[ReportEvent]:
    query = select(ReportEvent).where(ReportEvent.report_id == report.id, ReportEvent.type == what)
    return (await session.execute(query.order_by(ReportEvent.id))).scalars().all()


async def _escalate(
    session: AsyncSession, report: Report, asked: ReportEvent, console: str, at: datetime
) -> None:
    """Tell the manager on duty; where he was the one who did not answer, all managers."""
    silent = set(asked.data.get("told", ()))
    if asked.type is not EventType.CALLED_FOR and report.officer_id:
        silent = {str(report.officer_id)}
    duty = await duty_managers(session)
    told = [o for o in duty if o.chats and str(o.id) not in silent]
    told = told or [officer for officer in await managers(session) if officer.chats]
    data: dict[str, Any] = {"of": asked.id, "told": len(told)}
    event = await append(session, report, EventType.CALL_UNANSWERED, data=data)
    conversation = report.conversation
    await tell_officers(
        session,
        report,
        console,
        channel=conversation.channel if conversation else "",
        why=Reason.UNANSWERED,
        occasion=str(event.id),
        to=told,
    )
    if conversation is None:
        return
    who = await on_call(session, report, at)
    whose = next((o for o in told if o.phone and o.phone_public), who.phone)
    who = OnCall(told, whose, who.opens)
    phrase = "call_unanswered" if told else "call_unanswered_nobody"
    words = say(phrase, code=report.code, phone=_phone(who), opens=_opens(who))
    await post(
        session,
        conversation.channel,
        Target(ChatKind.PRIVATE, conversation.chat_id),
        Content(words),
        key=f"call:{asked.id}",
        report_id=report.id,
        urgent=report.urgent,
    )
