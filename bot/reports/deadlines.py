"""What is due of each report, and by when: kept up here, in one place, at every event.

acknowledgement  from the report, or from when it comes into other hands after it was taken on,
                 until it is taken on
reply            from the first words of the reporter that an officer has not answered
resolution       from the report, or from when it is opened again, until it is closed

All rest while the reporter is waited for, and the resolution while another body has the report;
they go on with the time left. Where the report becomes
more pressing, the shorter time counts from then on; where less, the longer one from the start.
What makes them known to officers is in deadline_watch.py.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import now
from bot.groups.duty import DutyHours, hours_of
from bot.groups.models import Commune
from bot.reports.access import same_readers
from bot.reports.limits import Clock, Limit, Limits, limits_of
from bot.reports.models import Deadline, DueKind, EventType, Report, ReportEvent, Status

WARN_AT = 0.8
"""So much of the time may pass before an officer is reminded."""

RESTING = {Status.WAITING: frozenset(DueKind), Status.TRANSFERRED: {DueKind.RESOLUTION}}

E = EventType
NEUTRAL = frozenset(
    {
        *(E.OFFICERS_TOLD, E.GROUP_MESSAGE_DELETED, E.RECALL_ASKED, E.CONVERSATION_JOINED),
        *(E.ATTACHMENT, E.ATTACHMENT_LOST, E.INTERNAL_NOTE, E.HANDED_BACK, E.CALL_UNANSWERED),
        *(E.LEARNING_ALLOWED, E.LEARNING_REFUSED, E.LEARNING_WITHDRAWN),
        *(E.ANONYMITY_ASKED, E.ANONYMITY_LIFTED, E.IDENTITY_REVEALED, E.IDENTITY_ERASED),
        *(E.UNREACHABLE, E.REACHABLE, E.WORDS_ERASED, E.EXPIRED),
    }
)
"""Events that change nothing of what is due; of a new type it is not known."""

_OPEN = (
    select(Deadline)
    .where(Deadline.report_id == bindparam("report"), Deadline.done_at.is_(None))
    .execution_options(populate_existing=True)
)
_STATE = ("status", "category", "urgent", "sensitive", "managers_only", "hamlet_id")


async def keep(session: AsyncSession, report: Report, event: ReportEvent) -> None:
    """Begin, end, pause and go on with what is due, after `event`. The report's row is locked, as
    its last event has just been noted in it."""
    if event.type in NEUTRAL:
        return
    await session.refresh(report, _STATE)  # of an event without a lock: as it is by now
    rows = await open_deadlines(session, report)
    await _see_to(session, report, rows, _wanted(report, event, rows), event.at)


async def begin(session: AsyncSession, report: Report, at: datetime) -> None:
    """What is due of a report that is new, to be stored together with it."""
    await _see_to(session, report, {}, _always(report), at)


async def begin_where_none_are(session: AsyncSession) -> None:
    """For open reports from before there were deadlines: their time begins now."""
    begun = exists().where(Deadline.report_id == Report.id, Deadline.done_at.is_(None))
    query = (
        select(Report)
        .where(Report.status != Status.CLOSED, ~begun)
        .order_by(Report.created_at, Report.id)  # as bot/reports/merging.py locks them
        .with_for_update(of=Report)
    )
    for report in (await session.execute(query)).scalars().all():
        rows = await open_deadlines(session, report)  # another process may have been here
        await _see_to(session, report, rows, _always(report), now())


async def _see_to(
    session: AsyncSession,
    report: Report,
    rows: dict[DueKind, Deadline],
    wanted: set[DueKind],
    at: datetime,
) -> None:
    for kind in rows.keys() - wanted:
        await _end(session, report, rows.pop(kind), at)
    if not wanted:
        report.due_at = report.due_kind = None
        return
    commune = await session.get(Commune, 1)
    calendar, allowed = hours_of(commune), limits_of(commune)
    for kind in sorted(wanted - rows.keys()):
        rows[kind] = _begin(report, kind, allowed.of(report, kind), calendar, at)
        session.add(rows[kind])
    for kind, row in rows.items():
        _reckon(row, allowed.of(report, kind), calendar, at)
        if kind in RESTING.get(report.status, ()):
            await _rest(session, report, row, calendar, at)
        else:
            _go_on(row, calendar, at)
    show_nearest(report, rows)


async def open_deadlines(session: AsyncSession, report: Report) -> dict[DueKind, Deadline]:
    rows = (await session.execute(_OPEN, {"report": report.id})).scalars()
    return {row.kind: row for row in rows}


def show_nearest(report: Report, rows: Mapping[DueKind, Deadline]) -> None:
    running = [(row.due_at, kind) for kind, row in rows.items() if row.due_at is not None]
    report.due_at, report.due_kind = min(running, default=(None, None))


def _wanted(report: Report, event: ReportEvent, rows: Mapping[DueKind, Deadline]) -> set[DueKind]:
    if report.status in (Status.CLOSED, Status.NEW):
        return _always(report)
    asked = event.type in (EventType.FROM_REPORTER, EventType.CALLED_FOR)
    answered = event.type is EventType.TO_REPORTER and event.officer_id is not None
    if asked or (DueKind.REPLY in rows and not answered):
        return _always(report) | {DueKind.REPLY}
    return _always(report)


def _always(report: Report) -> set[DueKind]:
    """What is due by the report's state alone."""
    if report.status is Status.CLOSED:
        return set()
    if report.status is Status.NEW:
        return {DueKind.RESOLUTION, DueKind.ACKNOWLEDGEMENT}
    return {DueKind.RESOLUTION}


def _begin(
    report: Report, kind: DueKind, limit: Limit, calendar: DutyHours, at: datetime
) -> Deadline:
    length = limit.length(calendar)
    row = Deadline(
        report_id=report.id, kind=kind, began_at=at, length=length, working=limit.working
    )
    _run_until(row, Clock(calendar, limit.working), at, length)
    return row


def _run_until(row: Deadline, clock: Clock, at: datetime, remaining: timedelta) -> None:
    """Have it run from now on, for so long."""
    row.due_at, row.remaining = clock.after(at, remaining), None
    if row.missed_at is not None:
        row.look_at = None
    elif row.warned_at is not None:
        row.look_at = row.due_at
    else:
        row.look_at = clock.after(at, remaining - row.length * (1 - WARN_AT))


def _reckon(row: Deadline, limit: Limit, calendar: DutyHours, at: datetime) -> None:
    """Give it the time that it has now that the report is more pressing, or less."""
    length = limit.length(calendar)
    if (length, limit.working) == (row.length, row.working):
        return
    remaining = row.remaining
    if remaining is None:
        assert row.due_at is not None
        remaining = Clock(calendar, row.working).between(at, row.due_at)
    remaining = max(remaining + length - row.length, min(remaining, length))
    row.length, row.working = length, limit.working
    if row.due_at is None:
        row.remaining = remaining
    elif remaining > timedelta():
        _run_until(row, Clock(calendar, limit.working), at, remaining)


async def _rest(
    session: AsyncSession, report: Report, row: Deadline, calendar: DutyHours, at: datetime
) -> None:
    if row.due_at is None:
        return
    await note_if_missed(session, report, row, at)
    row.remaining = Clock(calendar, row.working).between(at, row.due_at)
    row.due_at = row.look_at = None


def _go_on(row: Deadline, calendar: DutyHours, at: datetime) -> None:
    if row.remaining is None:
        return
    if row.missed_at is not None and row.remaining <= timedelta():
        row.due_at, row.remaining = row.missed_at, None  # as overdue as it was
        return
    _run_until(row, Clock(calendar, row.working), at, row.remaining)


async def _end(session: AsyncSession, report: Report, row: Deadline, at: datetime) -> None:
    """It is done, or need not be done any more; late is late, even if nobody was told."""
    await note_if_missed(session, report, row, at)
    row.done_at, row.look_at = at, None


async def note_if_missed(
    session: AsyncSession, report: Report, row: Deadline, at: datetime
) -> bool:
    """Record that it was not done in time, once; whether it was recorded now.

    What follows another report has its deadlines: none is missed twice for one event.
    """
    if row.missed_at is not None or row.due_at is None or row.due_at > at:
        return False
    if await follows(session, report):
        return False
    row.missed_at, row.look_at = row.due_at, None
    data = {"kind": row.kind.value, "due": row.due_at.isoformat()}
    session.add(ReportEvent(report_id=report.id, type=EventType.DEADLINE_MISSED, data=data))
    await session.flush()
    return True


async def follows(session: AsyncSession, report: Report) -> bool:
    """Whether another report leads this one, or did until both were closed."""
    if report.merged_into_id is None:
        return False
    main = await session.get_one(Report, report.merged_into_id)
    together = main.status is not Status.CLOSED or report.status is Status.CLOSED
    return together and same_readers(main, report)


async def reckon_all(
    session: AsyncSession,
    before: DutyHours,
    calendar: DutyHours,
    allowed: Limits,
    at: datetime | None = None,
) -> None:
    """Move everything that is due to a new calendar and new limits; what is overdue stays so."""
    at = at or now()
    query = (
        select(Report)
        .where(Report.status != Status.CLOSED)
        .order_by(Report.created_at, Report.id)  # as bot/reports/merging.py locks them
        .with_for_update(of=Report)
    )
    for report in (await session.execute(query)).scalars().all():
        rows = await open_deadlines(session, report)
        for kind, row in rows.items():
            if row.due_at is not None and row.due_at > at:
                remaining = Clock(before, row.working).between(at, row.due_at)
                _run_until(row, Clock(calendar, row.working), at, remaining)
            _reckon(row, allowed.of(report, kind), calendar, at)
        show_nearest(report, rows)
