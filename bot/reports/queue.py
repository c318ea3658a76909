"""Reading reports for an officer. Every query here asks `readable_by`: what it does not allow
is not found, as if it did not exist."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload, undefer

from bot.groups.models import Officer
from bot.reports.access import readable_by
from bot.reports.locking import locked
from bot.reports.merging import follows_another, stands_in_lists
from bot.reports.models import Attachment, EventType, Report, ReportEvent, Status
from bot.reports.words import veiled

PAGE = 50
"""Reports on one page of the queue."""

SNIPPET = 140
"""Characters of a report shown in the queue."""


class Folder(StrEnum):
    """The value is what stands in the address."""

    MINE = "cua-toi"
    ALL = "tat-ca"
    REVIEW = "can-xem-lai"


@dataclass(frozen=True, slots=True)
class Row:
    """A report in the queue; a sensitive one shows no words before it is opened."""

    report: Report
    snippet: str
    following: int  # reports of the same event, merged into it


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: Sequence[Row]
    number: int
    more: bool


async def open_reports(
    session: AsyncSession, officer: Officer, folder: Folder, number: int = 1
) -> QueuePage:
    """One page of a folder: urgent first, then oldest."""
    query = (
        select(Report)
        .options(joinedload(Report.group))
        .where(_open_for(officer), _in_folder(folder, officer))
        .order_by(Report.urgent.desc(), Report.created_at, Report.id)
        .offset((number - 1) * PAGE)
        .limit(PAGE + 1)
    )
    found = (await session.execute(query)).scalars().all()
    reports = found[:PAGE]
    words = await snippets(session, reports)
    following = await _following(session, reports)
    rows = [Row(r, words.get(r.id, ""), following.get(r.id, 0)) for r in reports]
    return QueuePage(rows, number, more=len(found) > PAGE)


async def counts(session: AsyncSession, officer: Officer) -> dict[Folder, int]:
    """How many open reports each folder holds."""
    columns = [func.count().filter(_in_folder(folder, officer)) for folder in Folder]
    query = select(*columns).select_from(Report).where(_open_for(officer))
    return dict(zip(Folder, (await session.execute(query)).one(), strict=True))


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
    query = select(ReportEvent).where(ReportEvent.report_id == report.id).order_by(ReportEvent.id)
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


def _open_for(officer: Officer) -> ColumnElement[bool]:
    return and_(readable_by(officer), Report.status != Status.CLOSED, stands_in_lists())


def _in_folder(folder: Folder, officer: Officer) -> ColumnElement[bool]:
    match folder:
        case Folder.MINE:
            return Report.officer_id == officer.id
        case Folder.REVIEW:
            return Report.needs_review.is_(True)
        case Folder.ALL:
            return true()


async def snippets(session: AsyncSession, reports: Sequence[Report]) -> dict[uuid.UUID, str]:
    """How each report begins, by its id, without anybody's number; of sensitive ones nothing."""
    ids = [report.id for report in reports if not report.sensitive]
    query = select(ReportEvent.report_id, ReportEvent.text).where(
        ReportEvent.report_id.in_(ids), ReportEvent.type == EventType.CREATED
    )
    found = (await session.execute(query)).all()
    return {report_id: _shorten(veiled(text[: 3 * SNIPPET])) for report_id, text in found if text}


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
