"""Several people, one event: their reports are dealt with as one, and each stays its own.

One report leads. The others leave the lists, follow its state, and keep their page, code and
conversation; no reporter learns of another. They are together only as long as the same officers
read them: what is filed anew as a matter for the managers stands by itself again, in their list.

Locks are taken in the order in which the reports came in, the leading one first.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.groups.models import Officer
from bot.reports.access import readable_by, same_readers
from bot.reports.errors import NotAllowed
from bot.reports.locking import locked
from bot.reports.models import EventType, Report, Status
from bot.reports.service import append
from bot.reports.state_notices import tell_state
from bot.reports.workflow import Move, make


def follows_another() -> ColumnElement[bool]:
    """A condition on `Report`: it is merged into an open one that the same officers read."""
    return _leading_one()


def stands_in_lists() -> ColumnElement[bool]:
    """A condition on `Report`: it leads, or is more urgent than the one that does."""
    led = _leading_one(or_(_Leading.urgent, Report.urgent.is_(False)))
    # Said first of all, so that the database asks no more of the many that nothing was merged with.
    return or_(Report.merged_into_id.is_(None), ~led)


_Leading = aliased(Report)


def _leading_one(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        _Leading.id == Report.merged_into_id,
        _Leading.status != Status.CLOSED,
        _Leading.managers_only == Report.managers_only,
        _Leading.hamlet_id.is_not_distinct_from(Report.hamlet_id),
        *more,
    )


async def leading(session: AsyncSession, report: Report) -> Report | None:
    """The report that this one follows; None when it stands by itself."""
    if report.merged_into_id is None:
        return None
    main = await session.get(Report, report.merged_into_id)
    if main is None or main.status is Status.CLOSED or not same_readers(main, report):
        return None
    return main


async def shown_under(session: AsyncSession, report: Report) -> Report | None:
    """The report that this one follows, or followed when both were closed."""
    if report.status is not Status.CLOSED or report.merged_into_id is None:
        return await leading(session, report)
    main = await session.get_one(Report, report.merged_into_id)
    return main if same_readers(main, report) else None


async def must_lead(session: AsyncSession, report: Report) -> None:
    """Raises: NotAllowed where the report follows another, whose state is its own."""
    if main := await leading(session, report):
        raise NotAllowed(f"Phản ánh này gộp vào {main.code}, đồng chí làm việc này ở đó.")


async def following(
    session: AsyncSession, main: Report, *, to_change: bool = False
) -> Sequence[Report]:
    """The reports merged into `main`, the oldest first. `to_change` locks them."""
    found = await _merged_into(session, main, to_change=to_change)
    return [report for report in found if same_readers(main, report)]


async def open_following(session: AsyncSession, main: Report) -> Sequence[Report]:
    """Those that are still open, locked: they share what happens to `main`."""
    found = await following(session, main, to_change=True)
    return [report for report in found if report.status is not Status.CLOSED]


async def all_reached(session: AsyncSession, main: Report) -> Sequence[Report]:
    """`main` and what follows it, as far as their reporters can be written to; or else `main`."""
    together = [main, *await open_following(session, main)]
    return [report for report in together if report.conversation is not None] or [main]


async def _merged_into(session: AsyncSession, main: Report, *, to_change: bool) -> Sequence[Report]:
    query = (
        select(Report)
        .where(Report.merged_into_id == main.id)
        .order_by(Report.created_at, Report.id)
    )
    if to_change:
        query = locked(query).execution_options(populate_existing=True)
    return (await session.execute(query)).scalars().all()


async def merge(session: AsyncSession, report: Report, into: Report, officer: Officer) -> Report:
    """Deal with `report` as with `into`; whatever leads them stands for them. Returns what leads.

    Both that lead must be locked. What follows `report` comes along. Raises: NotAllowed.
    """
    report = await leading(session, report) or report
    main = await leading(session, into) or into
    if report.id == main.id:
        raise NotAllowed("Hai phản ánh này đã là một rồi.")
    if Status.CLOSED in (report.status, main.status):
        raise NotAllowed("Chỉ gộp được các phản ánh đang mở.")
    if not same_readers(report, main) or not await _reads_both(session, officer, report, main):
        raise NotAllowed("Chỉ gộp được phản ánh của cùng một ấp, do cùng cán bộ đọc.")
    for each in (report, *await _merged_into(session, report, to_change=True)):
        each.merged_into_id = main.id
        await append(session, each, EventType.MERGED, officer, data={"with": main.code})
        data = {"with": each.code, "leads": True}
        await append(session, main, EventType.MERGED, officer, data=data)
    report.needs_review = False  # a person has looked
    if report.urgent and not main.urgent:
        main.urgent = True
        await append(session, main, EventType.URGENT_CHANGED, officer, data={"to": True})
    main.officer = main.officer or report.officer
    if main.status is Status.NEW and report.status is not Status.NEW:
        await _take_on(session, main, main.officer)
    await take_along(session, main)
    return main


async def unmerge(session: AsyncSession, report: Report, officer: Officer) -> Report:
    """Let a report stand by itself again, as it is; returns the one it followed.

    Raises: NotAllowed.
    """
    main = await leading(session, report)
    if main is None:
        raise NotAllowed("Phản ánh này không còn gộp vào phản ánh nào.")
    report.merged_into_id = None
    await append(session, report, EventType.UNMERGED, officer, data={"with": main.code})
    data = {"with": report.code, "leads": True}
    await append(session, main, EventType.UNMERGED, officer, data=data)
    return main


async def take_along(session: AsyncSession, main: Report) -> None:
    """Whoever told of the same event hears, too, that an officer has taken it on."""
    if main.status is Status.NEW:
        return
    for report in await open_following(session, main):
        report.officer = main.officer or report.officer
        if report.status is Status.NEW:
            await _take_on(session, report, report.officer, following=main)


async def _take_on(
    session: AsyncSession,
    report: Report,
    officer: Officer | None,
    *,
    following: Report | None = None,
) -> None:
    make(report, Move.ACCEPT)
    report.needs_review = False
    data = {"with": following.code} if following else {}
    event = await append(session, report, EventType.ACKNOWLEDGED, officer, data=data)
    await tell_state(session, report, event)


async def _reads_both(session: AsyncSession, officer: Officer, *reports: Report) -> bool:
    await session.flush()
    ids = {report.id for report in reports}
    query = select(Report.id).where(and_(Report.id.in_(ids), readable_by(officer)))
    return set((await session.execute(query)).scalars()) == ids
