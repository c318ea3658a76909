"""Giving a report into other hands: to an officer, another hamlet, the managers, another body.

What it was filed as goes with it, and whatever is merged into it. Whoever gets it is told. What is
given to another hamlet or to the managers is new for them: they accept it, and its reporter hears
of that. To the managers goes what a leader may not decide, or should not; from then on only they
read it, as a complaint, until one of them gives it to a hamlet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.permissions import Permission, may
from bot.groups.models import Hamlet, Officer
from bot.groups.service import leaders, managers
from bot.reports.access import may_read
from bot.reports.bodies import BODIES
from bot.reports.errors import NotAllowed
from bot.reports.merging import following, leading, must_lead, open_following
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.notices import Reason, recipients_of, tell_officers
from bot.reports.service import append
from bot.reports.state_notices import tell_state
from bot.reports.workflow import Move, make, must, offered
from bot.triage.understanding import Category

MAX_NOTE = 1000
"""Characters of a reason or a note."""


async def assign(
    session: AsyncSession, report: Report, officer: Officer, to: Officer | None, console: str
) -> None:
    """Give the report to an officer who may read it; its state stays. Raises: NotAllowed."""
    if not may(officer, Permission.READ_ALL_REPORTS):
        raise NotAllowed("Việc giao phản ánh dành cho Tổ quản lý.")
    await _must_be_given(session, report, Move.ASSIGN)
    if to is None or not may_read(to, report):
        raise NotAllowed("Hãy chọn cán bộ được xem phản ánh này.")
    if report.officer_id == to.id:
        raise NotAllowed(f"Phản ánh này đang do đồng chí {to.name} phụ trách.")
    event: ReportEvent | None = None
    for each in await _with_following(session, report):
        make(each, Move.ASSIGN)
        each.officer = to
        each.needs_review = False  # a person has looked
        data = {"to": to.name} | _along(each, report)
        made = await append(session, each, EventType.ASSIGNED, officer, data=data)
        event = event or made
    if event and to.id != officer.id:
        await _tell(session, report, console, event, [to])


async def to_hamlet(
    session: AsyncSession,
    report: Report,
    officer: Officer,
    hamlet: Hamlet | None,
    note: str,
    console: str,
) -> None:
    """Give the report to another hamlet's leader; `note` is for him. Raises: NotAllowed."""
    await _must_be_given(session, report, Move.TRANSFER_HAMLET, note)
    if hamlet is None:
        raise NotAllowed("Hãy chọn ấp nhận phản ánh.")
    if report.category is Category.POLICE_CONDUCT:
        raise NotAllowed("Ý kiến về công an chỉ Tổ quản lý xử lý, không chuyển về ấp.")
    for each in await _with_following(session, report):
        if each.category is Category.POLICE_CONDUCT:
            raise NotAllowed(
                f"Phản ánh {each.code} đã gộp là ý kiến về công an, đồng chí tách ra trước."
            )
    if report.hamlet_id == hamlet.id and not report.managers_only:
        raise NotAllowed(f"Phản ánh này đang ở {hamlet.name}.")
    data = {"from": report.hamlet.name if report.hamlet else "", "to": hamlet.name}

    def give(each: Report) -> None:
        each.hamlet, each.hamlet_id, each.managers_only = hamlet, hamlet.id, False

    await _hand_on(session, report, officer, Move.TRANSFER_HAMLET, give, note, data, console)


async def to_managers(
    session: AsyncSession, report: Report, officer: Officer, note: str, console: str
) -> None:
    """Give the report to the managers, who alone read it from now on. Raises: NotAllowed."""
    await _must_be_given(session, report, Move.TRANSFER_MANAGERS, note)
    if report.managers_only:
        raise NotAllowed("Phản ánh này đang do Tổ quản lý xử lý.")
    if not note.strip():
        raise NotAllowed("Hãy ghi vì sao chuyển lên Tổ quản lý.")

    def give(each: Report) -> None:
        each.managers_only = True

    await _hand_on(session, report, officer, Move.TRANSFER_MANAGERS, give, note, {}, console)


async def to_body(
    session: AsyncSession, report: Report, officer: Officer, body: str, text: str
) -> None:
    """Note that another body deals with it, and tell its reporter; `text` is for him.

    Raises: NotAllowed.
    """
    await _must_be_given(session, report, Move.TRANSFER_OUT, text)
    if body not in BODIES:
        raise NotAllowed("Hãy chọn nơi nhận phản ánh.")
    for each in await _with_following(session, report):
        make(each, Move.TRANSFER_OUT)
        each.officer = each.officer or officer
        each.needs_review = False
        data = {"body": body, "category": each.category.value} | _along(each, report)
        event = await append(
            session, each, EventType.TRANSFERRED_OUT, officer, text=text.strip(), data=data
        )
        await tell_state(session, each, event)


@dataclass(frozen=True, slots=True)
class Hands:
    """What the page of a report offers the officer who reads it."""

    moves: frozenset[Move]
    officers: Sequence[Officer]  # who may read it and does not have it yet
    hamlets: Sequence[Hamlet]  # the report's own too, if only the managers read it

    @property
    def forms(self) -> str:
        """The moves that have a form; an open page sees by it that it has the wrong ones."""
        return " ".join(sorted(self.moves - {Move.ACCEPT, Move.RESUME}))


async def hands(session: AsyncSession, report: Report, officer: Officer) -> Hands:
    moves = set(offered(report, officer))
    if await leading(session, report) is not None:
        moves &= {Move.REPLY, Move.WAIT, Move.RESUME}  # the rest is done where it is merged into
    together = [report, *(await following(session, report) if report.managers_only else ())]
    if any(each.category is Category.POLICE_CONDUCT for each in together):
        moves.discard(Move.TRANSFER_HAMLET)
    everybody = [*await leaders(session, report.hamlet_id), *await managers(session)]
    hamlets = (await session.execute(select(Hamlet).order_by(Hamlet.name))).scalars().all()
    return Hands(
        moves=frozenset(moves),
        officers=[o for o in everybody if may_read(o, report) and o.id != report.officer_id],
        hamlets=[h for h in hamlets if h.id != report.hamlet_id or report.managers_only],
    )


async def _must_be_given(session: AsyncSession, report: Report, move: Move, note: str = "") -> None:
    must(report, move)
    await must_lead(session, report)
    if len(note) > MAX_NOTE:
        raise NotAllowed(f"Lời ghi dài quá {MAX_NOTE} ký tự.")


async def _with_following(session: AsyncSession, report: Report) -> list[Report]:
    return [report, *await open_following(session, report)]


def _along(each: Report, main: Report) -> dict[str, str]:
    return {} if each is main else {"with": main.code}


EVENTS = {
    Move.TRANSFER_HAMLET: EventType.TRANSFERRED_HAMLET,
    Move.TRANSFER_MANAGERS: EventType.TRANSFERRED_MANAGERS,
}


async def _hand_on(
    session: AsyncSession,
    report: Report,
    officer: Officer,
    move: Move,
    give: Callable[[Report], None],
    note: str,
    data: dict[str, Any],
    console: str,
) -> None:
    """Others read it from now on; for them it is new."""
    event: ReportEvent | None = None
    for each in await _with_following(session, report):
        make(each, move)
        give(each)
        each.officer = None
        each.quiet_until = None  # whoever talked with the reporter does so no more
        each.needs_review = False
        made = await append(
            session,
            each,
            EVENTS[move],
            officer,
            text=(note.strip() or None) if each is report else None,
            data={**data, "category": each.category.value, **_along(each, report)},
        )
        await tell_state(session, each, made)
        event = event or made
    if event:
        await _tell(session, report, console, event, await recipients_of(session, report))


async def _tell(
    session: AsyncSession,
    report: Report,
    console: str,
    event: ReportEvent,
    officers: Sequence[Officer],
) -> None:
    """Tell who gets the report; not the one who gives it."""
    await tell_officers(
        session,
        report,
        console,
        channel=report.conversation.channel if report.conversation else "",
        why=Reason.GIVEN,
        occasion=str(event.id),
        to=[officer for officer in officers if officer.id != event.officer_id],
    )
