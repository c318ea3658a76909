"""What reporters hear of how their reports stand: each change once, and whenever they ask.

A change of state at night waits for the morning, unless it is urgent; what an officer writes
himself never waits. What waits is an event's id: its words are made when it is told, and it is not
told at all when something later has been said of the same report.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.console.times import VIETNAM
from bot.db import now
from bot.groups.models import Officer
from bot.messages.conversations import wants_only_answers
from bot.messages.outbox import post
from bot.reports.bodies import BODIES, OTHER
from bot.reports.locking import locked
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.outcomes import NOT_A_REPORT, OUTCOMES
from bot.reports.silence import is_waited_for
from bot.settings import get_settings
from bot.wording import CATEGORY_NAMES, say
from bot.work import Queue, Workflow, enqueue

if TYPE_CHECKING:
    from bot.services import Services

DONE = 0.0

HANDED_ON = (EventType.TRANSFERRED_HAMLET, EventType.TRANSFERRED_MANAGERS)
"""Others read it from now on, and none of them has it yet."""

WITH_WORDS = (EventType.TRANSFERRED_OUT, EventType.CLOSED)
"""Changes of state with which an officer's words go."""

LATER_WORDS = (
    *HANDED_ON,
    *WITH_WORDS,
    EventType.ACKNOWLEDGED,
    EventType.REOPENED,
    EventType.WITHDRAWN,
)
"""After one of these nobody needs to hear of an earlier change of state; nor after a reply, if no
words of an officer went with the change."""


async def tell_state(session: AsyncSession, report: Report, event: ReportEvent) -> None:
    """Tell the reporter what `event` changed, now or in the morning; once, however often called."""
    opens = opening(now())
    if report.urgent or opens is None or await is_waited_for(session, report):
        await _tell(session, report, event)
    else:
        await enqueue(session, Workflow.TELL_STATE, Queue.STATE_NOTICES, event.id, not_before=opens)


async def tell_waiting(services: "Services", event_id: int) -> float:
    """Tell what waited for the morning; returns the seconds it must wait longer, or `DONE`."""
    async with services.db.begin() as session:
        report, event = await _changed(session, event_id)
        opens = opening(now())
        if opens is not None and not report.urgent:
            return (opens - now()).total_seconds()
        if not await _is_past(session, report, event):
            await _tell(session, report, event)
    return DONE


async def tell_now(session: AsyncSession, event_id: int) -> None:
    """Tell what waited for the morning, whatever the hour; nothing, if it was erased since."""
    if await session.get(ReportEvent, event_id) is None:
        return
    report, event = await _changed(session, event_id)
    if not await _is_past(session, report, event):
        await _tell(session, report, event)


async def _changed(session: AsyncSession, event_id: int) -> tuple[Report, ReportEvent]:
    """The report, locked, and the event that changed it."""
    event = await session.get_one(ReportEvent, event_id)
    query = locked(select(Report).where(Report.id == event.report_id))
    return (await session.execute(query)).scalar_one(), event


def opening(at: datetime) -> datetime | None:
    """When people may be told of something that can wait; None: at once."""
    first, last = get_settings().notices_from, get_settings().notices_until
    local = at.astimezone(VIETNAM)
    if first <= local.hour < last:
        return None
    day = local if local.hour < first else local + timedelta(days=1)
    return day.replace(hour=first, minute=0, second=0, microsecond=0)


async def _is_past(session: AsyncSession, report: Report, event: ReportEvent) -> bool:
    """Whether the report has gone on since, or back to where nobody has it."""
    types = LATER_WORDS if event.type in WITH_WORDS else (*LATER_WORDS, EventType.TO_REPORTER)
    later = select(ReportEvent.id).where(
        ReportEvent.report_id == report.id,
        ReportEvent.id > event.id,
        ReportEvent.type.in_(types),
    )
    gone_on = (await session.execute(later.limit(1))).first() is not None
    return gone_on or (report.status is Status.NEW and event.type not in HANDED_ON)


async def _tell(session: AsyncSession, report: Report, event: ReportEvent) -> None:
    conversation = report.conversation
    if conversation is None or wants_only_answers(conversation):
        return
    if event.data.get("outcome") == NOT_A_REPORT:
        return
    # Though he blocked us: the platform's refusal shows on the page of what did not arrive.
    await post(
        session,
        conversation.channel,
        Target(ChatKind.PRIVATE, conversation.chat_id),
        Content(_words(report, event)),
        key=f"event:{event.id}",
        report_id=report.id,
        urgent=report.urgent,
    )


def _words(report: Report, event: ReportEvent) -> str:
    """What happened, for the reporter. Raises: KeyError for an event that changes no state."""
    if event.type is EventType.ACKNOWLEDGED:
        return say("report_acknowledged", who=_who(report, event.officer), code=report.code)
    if event.type is EventType.CLOSED:
        outcome, text = OUTCOMES[event.data["outcome"]], event.text or ""
        return say("report_closed", code=report.code, outcome=outcome, text=text)
    if event.type is EventType.TRANSFERRED_OUT:
        body, text = BODIES[event.data["body"]], event.text or ""
        return say("report_transferred", code=report.code, body=body, text=text)
    if event.type in HANDED_ON:
        return say("report_handed_on", code=report.code, who=_inside(_others(report)))
    if event.type is EventType.REOPENED:
        who = _inside(_who(report, report.officer))
        return say("report_reopened", code=report.code, who=who)
    raise KeyError(event.type)


# --- When they ask --------------------------------------------------------------------------------

STATES = {
    Status.NEW: "state_new",
    Status.ACKNOWLEDGED: "state_acknowledged",
    Status.IN_PROGRESS: "state_in_progress",
    Status.WAITING: "state_waiting",
    Status.CLOSED: "state_closed",
    Status.REOPENED: "state_reopened",
    Status.TRANSFERRED: "state_transferred",
}

BEGAN: dict[Status, Sequence[EventType]] = {
    Status.NEW: (EventType.CREATED,),
    Status.ACKNOWLEDGED: (EventType.ACKNOWLEDGED,),
    Status.IN_PROGRESS: (EventType.ACKNOWLEDGED, EventType.TO_REPORTER),
    Status.WAITING: (EventType.WAITING,),
    Status.TRANSFERRED: (EventType.TRANSFERRED_OUT,),
    Status.REOPENED: (EventType.REOPENED,),
    Status.CLOSED: (EventType.CLOSED, EventType.WITHDRAWN),
}
"""With which events a state begins; the first that there is."""


async def state_line(session: AsyncSession, report: Report) -> str:
    """How a report stands, for the person who sent it: since when, with whom, and what comes."""
    began = await _beginning(session, report)
    outcome = began.data.get("outcome") if began else None
    body = began.data.get("body") if began else None
    phrase = STATES[report.status]
    if report.status is Status.CLOSED and outcome in (None, NOT_A_REPORT):
        phrase = "state_ended"
    return say(
        phrase,
        code=report.code,
        about=_inside(CATEGORY_NAMES[report.category]),
        who=_inside(_who(report, report.officer)),
        since=moment(began.at if began else report.last_event_at),
        outcome=_inside(OUTCOMES.get(outcome or "", "")),
        body=BODIES.get(body or "", BODIES[OTHER]),
    )


async def _beginning(session: AsyncSession, report: Report) -> ReportEvent | None:
    """With what the present state began."""
    types = BEGAN.get(report.status, ())
    latest = select(func.max(ReportEvent.id)).where(
        ReportEvent.report_id == report.id, ReportEvent.type.in_(types)
    )
    query = select(ReportEvent).where(ReportEvent.id.in_(latest.group_by(ReportEvent.type)))
    events = {event.type: event for event in (await session.execute(query)).scalars()}
    return next((events[t] for t in types if t in events), None)


def _who(report: Report, officer: Officer | None) -> str:
    """Who deals with the report. What is for the managers only names none of them."""
    if report.managers_only or (officer is None and report.hamlet_id is None):
        return say("who_managers")
    return say("who_officer", name=officer.name) if officer else say("who_leader")


def _others(report: Report) -> str:
    """To whom the report was handed on."""
    if report.managers_only or report.hamlet is None:
        return say("who_managers")
    return say("who_leader_of", hamlet=report.hamlet.name)


def _inside(words: str) -> str:
    """For the middle of a sentence."""
    return words[:1].lower() + words[1:]


PARTS_OF_DAY = ((5, "rạng sáng"), (11, "sáng"), (13, "trưa"), (18, "chiều"), (22, "tối"))
"""Until which hour they last; after them it is late (“đêm”)."""


def moment(at: datetime, reference: datetime | None = None) -> str:
    """A time as one says it: "8 giờ sáng nay", "3 giờ 20 chiều hôm qua", "9 giờ tối ngày 25/11"."""
    local, today = at.astimezone(VIETNAM), (reference or now()).astimezone(VIETNAM).date()
    hour = local.hour if local.hour <= 12 else local.hour - 12
    minutes = f" {local.minute}" if local.minute else ""
    part = next((name for until, name in PARTS_OF_DAY if local.hour < until), "đêm")
    if local.date() == today:
        day = "nay"
    elif local.date() == today - timedelta(days=1):
        day = "hôm qua"
    else:
        day = f"ngày {local.day}/{local.month}"
    return f"{hour} giờ{minutes} {part} {day}"
