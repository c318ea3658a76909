"""The folders of the officers' queue: what stands in each, in which order, and how many.

A page is found by its index alone, however many reports there are: it says after which report it
begins (`Cursor`), so that nothing is counted off. Every index is named for its folder, and
tests/reports/test_queue_plans.py asks PostgreSQL whether it uses it:

    cua-toi, chua-ai-nhan   ix_reports_queue_officer
    tat-ca                  ix_reports_queue
    qua-han                 ix_reports_queue_overdue
    can-xem-lai             ix_reports_queue_review
    da-ket-thuc             ix_reports_queue_closed, for a leader ix_reports_queue_closed_hamlet
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    func,
    literal,
    not_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.permissions import Permission, may
from bot.db import now
from bot.groups.models import Hamlet, Officer
from bot.reports.access import readable_by
from bot.reports.merging import stands_in_lists
from bot.reports.models import Report, Status

MOST_COUNTED = 1000
"""Closed reports are counted no further: nobody needs to know, and there may be a million."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Folder(StrEnum):
    """The value is what stands in the address."""

    MINE = "cua-toi"
    UNASSIGNED = "chua-ai-nhan"
    ALL = "tat-ca"
    OVERDUE = "qua-han"
    REVIEW = "can-xem-lai"
    CLOSED = "da-ket-thuc"

    @property
    def newest_first(self) -> bool:
        return self is Folder.CLOSED


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a folder: behind this report, or before it where one pages back."""

    urgent: bool
    at: datetime
    id: uuid.UUID
    back: bool = False

    PATTERN = r"[tk]\.[0-9]{1,16}\.[0-9a-f]{32}"

    @classmethod
    def parse(cls, text: str, *, back: bool = False) -> Self | None:
        """None for what `str` did not write."""
        if not re.fullmatch(cls.PATTERN, text):
            return None
        urgent, micros, hexes = text.split(".")
        at = EPOCH + timedelta(microseconds=int(micros))
        return cls(urgent == "k", at, uuid.UUID(hexes), back)

    def __str__(self) -> str:
        micros = (self.at - EPOCH) // timedelta(microseconds=1)
        return f"{'k' if self.urgent else 't'}.{micros}.{self.id.hex}"


def in_folder(folder: Folder, officer: Officer) -> ColumnElement[bool]:
    """What stands in a folder for an officer."""
    if folder is Folder.CLOSED:
        return and_(readable_by(officer), Report.status == Status.CLOSED)
    return and_(_open_for(officer), _kept_in(folder, officer))


def find_in_order(
    folder: Folder,
    officer: Officer,
    *conditions: ColumnElement[bool],
    cursor: Cursor | None,
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """Ids of a folder's reports from the cursor on, in the folder's order; backwards from it where
    one pages back. With each stand `urgent` and `at`, which make a cursor."""
    back = cursor is not None and cursor.back
    wanted = [in_folder(folder, officer), *conditions]
    if cursor is not None:
        wanted.append(_beyond(folder, cursor))
    order = [key.desc() if folder.newest_first is not back else key for key in _keys(folder)]
    query: Select[*tuple[Any, ...]] = (
        select(Report.id, Report.urgent, _time(folder).label("at"))
        .where(*wanted)
        .order_by(*order)
        .limit(limit)
    )
    if folder is not Folder.CLOSED or may(officer, Permission.READ_ALL_REPORTS):
        return query
    # A leader's hamlets one by one, each by its index, whose order is lost over several.
    own = select(Hamlet.id).where(Hamlet.id.in_([h.id for h in officer.hamlets])).subquery()
    each = query.where(Report.hamlet_id == own.c.id).lateral()
    order = [key if back else key.desc() for key in (each.c.at, each.c.id)]
    return select(each).select_from(own.join(each, true())).order_by(*order).limit(limit)


def place_of(row: Row[*tuple[Any, ...]], *, back: bool = False) -> Cursor:
    """Where a row of `find_in_order` stands."""
    return Cursor(row.urgent, row.at, row.id, back)


async def counts(session: AsyncSession, officer: Officer) -> dict[Folder, int]:
    """How many reports each folder holds; of closed ones at most `MOST_COUNTED`."""
    folders = [folder for folder in Folder if folder is not Folder.CLOSED]
    columns = [func.count().filter(_kept_in(folder, officer)) for folder in folders]
    query = select(*columns).select_from(Report).where(_open_for(officer))
    counted = dict(zip(folders, (await session.execute(query)).one(), strict=True))
    closed = select(literal(1)).where(in_folder(Folder.CLOSED, officer)).limit(MOST_COUNTED)
    number = await session.scalar(select(func.count()).select_from(closed.subquery()))
    return {**counted, Folder.CLOSED: number or 0}


def until(border: Cursor) -> ColumnElement[bool]:
    """Of closed reports, those up to and with the one at the border."""
    keys, values = tuple_(*_keys(Folder.CLOSED)), (border.at, border.id)
    return keys <= values if border.back else keys >= values


def _time(folder: Folder) -> SQLColumnExpression[datetime | None]:
    """Which time a folder is sorted by."""
    return Report.due_at if folder is Folder.OVERDUE else Report.created_at


def _keys(folder: Folder) -> Sequence[SQLColumnExpression[Any]]:
    """What a folder is sorted by."""
    if folder is Folder.CLOSED:
        return (_time(folder), Report.id)
    return (not_(Report.urgent), _time(folder), Report.id)


def _beyond(folder: Folder, cursor: Cursor) -> ColumnElement[bool]:
    """One comparison of all keys at once, which an index can answer."""
    values: tuple[Any, ...] = (cursor.at, cursor.id)
    if folder is not Folder.CLOSED:
        values = (not cursor.urgent, *values)
    keys = tuple_(*_keys(folder))
    return keys < values if folder.newest_first is not cursor.back else keys > values


def _open_for(officer: Officer) -> ColumnElement[bool]:
    return and_(readable_by(officer), Report.status != Status.CLOSED, stands_in_lists())


def _kept_in(folder: Folder, officer: Officer) -> ColumnElement[bool]:
    """Which of the open reports a folder holds."""
    match folder:
        case Folder.MINE:
            return Report.officer_id == officer.id
        case Folder.UNASSIGNED:
            return Report.officer_id.is_(None)
        case Folder.OVERDUE:
            return Report.due_at < now()
        case Folder.REVIEW:
            return Report.needs_review == true()  # not IS TRUE, which its index does not know
        case _:
            return true()
