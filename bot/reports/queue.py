"""Reading reports for an officer. Every query here asks `readable_by`: what it does not allow
is not found, as if it did not exist."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload, undefer

from bot.groups.models import Officer
from bot.reports.access import readable_by
from bot.reports.filters import NO_FILTER, Filter
from bot.reports.folders import Cursor, Folder, find_in_order, place_of, until
from bot.reports.locking import locked
from bot.reports.merging import follows_another
from bot.reports.models import Attachment, EventType, Report, ReportEvent, Status, by_name
from bot.reports.words import veiled

PAGE = 25
"""Reports on one page of the queue."""

LOOKED_THROUGH = 2500
"""Closed reports that a filter may look at for one page; from there it goes on at a press."""

SNIPPET = 140
"""Characters of a report shown in the queue."""


@dataclass(frozen=True, slots=True)
class Row:
    """A report in the queue; a sensitive one shows no words before it is opened."""

    report: Report
    snippet: str
    following: int  # reports of the same event, merged into it


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: Sequence[Row]
    before: Cursor | None = None  # where the pages on both sides are
    after: Cursor | None = None
    cut_off: bool = False  # there may be more that the filter wants, further on


async def open_page(
    session: AsyncSession,
    officer: Officer,
    folder: Folder,
    chosen: Filter = NO_FILTER,
    cursor: Cursor | None = None,
) -> QueuePage:
    """One page of a folder, as far as the filter wants it."""
    wanted = list(chosen.conditions())
    border = None
    if folder is Folder.CLOSED and chosen.needs_looking:
        border = await _border(session, officer, wanted, cursor)
        if border is not None:
            wanted.append(until(border))
    wanted += chosen.further_conditions()
    query = find_in_order(folder, officer, *wanted, cursor=cursor, limit=PAGE + 1)
    found = (await session.execute(query)).all()
    more = len(found) > PAGE
    back = cursor is not None and cursor.back
    if cursor is not None and border is None and (not found or (back and not more)):
        return await open_page(session, officer, folder, chosen)  # the first one, whole
    found = found[:PAGE]
    on = place_of(found[-1], back=back) if more else border
    behind = replace(cursor, back=not back) if cursor and not found else None
    if cursor and found:
        behind = place_of(found[0], back=not back)
    before, after = (on, behind) if back else (behind, on)
    ids = [row.id for row in (reversed(found) if back else found)]
    cut_off = border is not None and not more
    return QueuePage(await rows(session, ids), before, after, cut_off)


async def _border(
    session: AsyncSession,
    officer: Officer,
    wanted: Sequence[ColumnElement[bool]],
    cursor: Cursor | None,
) -> Cursor | None:
    """The last of the closed reports that are looked through for one page; None where all are."""
    query = find_in_order(Folder.CLOSED, officer, *wanted, cursor=cursor, limit=LOOKED_THROUGH)
    last = (await session.execute(query.offset(LOOKED_THROUGH - 1).limit(1))).first()
    return place_of(last, back=cursor is not None and cursor.back) if last else None


async def rows(session: AsyncSession, ids: Sequence[uuid.UUID]) -> list[Row]:
    """These reports, which the officer may read, as the queue shows them."""
    query = select(Report).options(joinedload(Report.group), by_name()).where(Report.id.in_(ids))
    found = {report.id: report for report in (await session.execute(query)).scalars()}
    reports = [found[report_id] for report_id in ids if report_id in found]
    words = await snippets(session, reports)
    following = await _following(session, reports)
    return [Row(r, words.get(r.id, ""), following.get(r.id, 0)) for r in reports]


async def find(
    session: AsyncSession, officer: Officer, code: str, *, to_change: bool = False
) -> Report | None:
    """The report with this code, if the officer may read it.

    `to_change` locks it: of two officers who act at once, the second sees what the first did.
    """
    query = (
        select(Report)
        .options(joinedload(Report.group))
        .where(Report.code == code, readable_by(officer))
    )
    if to_change:
        query = locked(query)
    return (await session.execute(query)).scalar_one_or_none()


async def answerable(session: AsyncSession, officer: Officer, limit: int) -> Sequence[Report]:
    """Open reports whose reporters the officer may write to: those he deals with first."""
    query = (
        select(Report)
        .where(readable_by(officer), Report.status != Status.CLOSED)
        .where(Report.conversation_id.is_not(None))
        .order_by(
            (Report.officer_id == officer.id).desc().nulls_last(), Report.last_event_at.desc()
        )
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()


async def urgency(session: AsyncSession, officer: Officer, report_id: uuid.UUID) -> bool | None:
    """Whether a report is urgent; None when the officer may not read it."""
    query = select(Report.urgent).where(Report.id == report_id, readable_by(officer))
    return (await session.execute(query)).scalar_one_or_none()


async def timeline(session: AsyncSession, report: Report) -> Sequence[ReportEvent]:
    query = (
        select(ReportEvent)
        .options(joinedload(ReportEvent.officer).lazyload("*"))
        .where(ReportEvent.report_id == report.id)
        .order_by(ReportEvent.id)
    )
    return (await session.execute(query)).scalars().all()


async def attachments(session: AsyncSession, report: Report) -> Sequence[Attachment]:
    """A report's files, without their content."""
    query = (
        select(Attachment)
        .where(Attachment.report_id == report.id)
        .order_by(Attachment.created_at, Attachment.id)
    )
    return (await session.execute(query)).scalars().all()


async def attachment(
    session: AsyncSession, officer: Officer, code: str, attachment_id: uuid.UUID
) -> Attachment | None:
    """One file of one readable report, with its content, once it has been fetched."""
    query = (
        select(Attachment)
        .options(undefer(Attachment.content), contains_eager(Attachment.report))
        .join(Attachment.report)
        .where(Attachment.id == attachment_id, Attachment.content.is_not(None))
        .where(Report.code == code, readable_by(officer))
    )
    return (await session.execute(query)).scalar_one_or_none()


async def snippets(session: AsyncSession, reports: Sequence[Report]) -> dict[uuid.UUID, str]:
    """How each report begins, by its id, without anybody's number and the reporter's name; of
    sensitive ones nothing."""
    names = {report.id: report.known_name for report in reports if not report.sensitive}
    query = select(ReportEvent.report_id, ReportEvent.text).where(
        ReportEvent.report_id.in_(names), ReportEvent.type == EventType.CREATED
    )
    found = (await session.execute(query)).all()
    return {
        report_id: _shorten(veiled(text[: 3 * SNIPPET], name=names[report_id]))
        for report_id, text in found
        if text
    }


async def _following(session: AsyncSession, reports: Sequence[Report]) -> dict[uuid.UUID, int]:
    """How many reports are merged into each of these."""
    query = (
        select(Report.merged_into_id, func.count())
        .where(Report.merged_into_id.in_([report.id for report in reports]), follows_another())
        .group_by(Report.merged_into_id)
    )
    return {main: count for main, count in await session.execute(query) if main is not None}


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET else line[:SNIPPET].rstrip() + "…"
