"""Whether a reporter can be written to: what is done when he cannot, and when he can again.

The report stays. Its officer is told once and sees the next way on its page, and his words are
sent when that person writes again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import DeliveryError, QuotaSpent, WindowClosed
from bot.db import now
from bot.messages.models import Conversation, Outbound, OutboundKind, OutboundStatus
from bot.messages.outbox import AGAIN, UNTIL_HEARD, send_again, target_key
from bot.reports.access import may_read
from bot.reports.anonymity import display_phone
from bot.reports.locking import locked
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.notices import Reason, tell_officers
from bot.reports.service import append
from bot.reports.state_notices import opening
from bot.reports.timeline import latest_event
from bot.work import Queue, Workflow, enqueue

if TYPE_CHECKING:
    from bot.services import Services

DONE = 0.0

STILL_MATTERS = (EventType.TO_REPORTER, EventType.TRANSFERRED_OUT, EventType.CLOSED)
"""Of what did not arrive: an officer's words, and with whom the report is or how it ended."""

OFFICERS_FILE = "file:"
"""How the key of a row begins that carries an officer's file."""


_LOST = select(Report).where(
    Report.conversation_id == bindparam("conversation"),
    Report.id.in_(select(ReportEvent.report_id).where(ReportEvent.type == EventType.UNREACHABLE)),
)
_WAITING = select(Outbound).where(
    Outbound.target_key == bindparam("target"),
    Outbound.status == OutboundStatus.DEAD,
    Outbound.kind == OutboundKind.MESSAGE,
    Outbound.report_id.is_not(None),
    Outbound.payload.is_not(None),
)
_ANYTHING = select(or_(_LOST.exists(), _WAITING.exists()))


class Why(StrEnum):
    GONE = "gone"  # blocked, unfollowed, account closed
    WINDOW = "window"  # too long since he wrote
    QUOTA = "quota"  # what may be sent is used up


def why(error: DeliveryError) -> Why:
    if isinstance(error, WindowClosed):
        return Why.WINDOW
    return Why.QUOTA if isinstance(error, QuotaSpent) else Why.GONE


# --- He cannot be written to ----------------------------------------------------------------------


async def lose(
    session: AsyncSession, conversation: Conversation, cause: Why, about: Outbound | None = None
) -> None:
    """The person cannot be written to here. `about`: what could not be delivered just now."""
    if cause is not Why.QUOTA:
        conversation.reachable = False
    for report in await _reports(session, conversation, about):
        if not await is_lost(session, report):
            data = {"why": cause.value, "channel": conversation.channel}
            event = await append(session, report, EventType.UNREACHABLE, data=data)
            await enqueue(session, Workflow.TELL_OF_LOSS, Queue.TIMERS, event.id)


async def _reports(
    session: AsyncSession, conversation: Conversation, about: Outbound | None
) -> Sequence[Report]:
    """His open reports, and the one of which he was to hear; locked."""
    concerned = Report.status != Status.CLOSED
    if about is not None and about.report_id is not None:
        concerned = or_(concerned, Report.id == about.report_id)
    query = select(Report).where(Report.conversation_id == conversation.id, concerned)
    query = query.order_by(Report.created_at, Report.id)
    return (await session.execute(locked(query))).scalars().all()


async def is_lost(session: AsyncSession, report: Report) -> bool:
    last = await _last_word(session, report)
    return last is not None and last.type is EventType.UNREACHABLE


async def _last_word(session: AsyncSession, report: Report) -> ReportEvent | None:
    return await latest_event(session, report, EventType.UNREACHABLE, EventType.REACHABLE)


async def tell_of_loss(services: "Services", event_id: int, at: datetime | None = None) -> float:
    """Tell whoever deals with the report, by day, unless the person is back by then.

    Returns the seconds to wait before trying, or `DONE`.
    """
    at = at or now()
    async with services.db.begin() as session:
        event = await session.get_one(ReportEvent, event_id)
        report = await session.get_one(Report, event.report_id)
        last = await _last_word(session, report)
        if last is None or last.id != event.id:
            return DONE
        if not report.urgent and (opens := opening(at)):
            return (opens - at).total_seconds()
        officer = report.officer
        await tell_officers(
            session,
            report,
            f"{services.settings.public_base}/console",
            channel=event.data["channel"],
            why=Reason.LOST if event.data["why"] == Why.GONE else Reason.WAITS,
            occasion=str(event.id),
            to=[officer] if officer and may_read(officer, report) else None,
        )
    return DONE


# --- He can again ---------------------------------------------------------------------------------


async def regain(session: AsyncSession, conversation: Conversation) -> None:
    """The person wrote or came back: his reports say so, and what waited for him is sent."""
    if not await session.scalar(_ANYTHING, _of(conversation)):
        return
    for report in await _lost_reports(session, conversation):
        await append(session, report, EventType.REACHABLE, data={"channel": conversation.channel})
    await _send_what_waits(session, conversation)


def _of(conversation: Conversation) -> dict[str, Any]:
    target = target_key(conversation.channel, conversation.chat_id)
    return {"conversation": conversation.id, "target": target}


async def _lost_reports(session: AsyncSession, conversation: Conversation) -> list[Report]:
    query = locked(_LOST.order_by(Report.created_at, Report.id))
    reports = (await session.execute(query, _of(conversation))).scalars().all()
    return [report for report in reports if await is_lost(session, report)]


async def _send_what_waits(session: AsyncSession, conversation: Conversation) -> None:
    """In order and once; what fails again waits again."""
    query = _WAITING.order_by(Outbound.turn).with_for_update()
    for row in (await session.execute(query, _of(conversation))).scalars().all():
        if (row.payload or {}).get(UNTIL_HEARD) and await _matters(session, row):
            await send_again(session, row)


async def _matters(session: AsyncSession, row: Outbound) -> bool:
    kind, _, number = row.key.partition(":")
    if row.key.startswith((AGAIN, OFFICERS_FILE)):
        return True
    if kind != "event" or not number.isdecimal():
        return False
    event = await session.get(ReportEvent, int(number))
    return event is not None and event.type in STILL_MATTERS


# --- What the officer sees ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NextWay:
    """How to get in touch with a reporter whom the assistant cannot write to."""

    why: Why
    since: datetime
    phone: str
    visit: bool  # the leader, who knows whom to visit


async def next_way(session: AsyncSession, report: Report) -> NextWay | None:
    """None while he can be written to."""
    last = await _last_word(session, report)
    if last is None or last.type is not EventType.UNREACHABLE:
        return None
    return NextWay(
        why=Why(last.data["why"]),
        since=last.at,
        phone=display_phone(report),
        visit=not report.anonymous and not report.managers_only and report.hamlet_id is not None,
    )
