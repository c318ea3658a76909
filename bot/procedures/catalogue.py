"""What is told of procedures now: the published entries, in each process.

Each entry is filled with the facts of the commune's station (`bot.groups.station`), so that nobody
who tells of it can forget to.

The database is the truth. A process keeps a copy and asks at the start of every turn whether it
still holds, which is one row; so all processes answer alike as soon as an edit is published. What
no database has been asked for is read from the files.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Commune
from bot.groups.station import Station, filled, station_of
from bot.procedures import files
from bot.procedures.entry import Entry
from bot.procedures.models import CatalogueStamp, Procedure, ProcedureVersion, Status

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`stamp` is that of the database it was read from; None: it is of the files.

    `entries` is another object only when something changed: what is made of it may be kept by it.
    """

    stamp: uuid.UUID | None
    entries: Mapping[str, Entry]
    station: Station


_current: Snapshot | None = None


def current() -> Snapshot:
    global _current
    if _current is None:
        _current = _snapshot(None, files.shipped(), Station())
    return _current


def catalogue() -> Mapping[str, Entry]:
    """Every procedure that is told, by its id."""
    return current().entries


STAMP = select(CatalogueStamp.value).scalar_subquery().label("stamp")
"""For a statement that asks for something else besides; then `refresh_to`."""


async def refresh(session: AsyncSession) -> None:
    """Bring this process's copy up to date: one row is asked for, the rest only after a change."""
    await refresh_to(session, await session.scalar(select(STAMP)))


async def refresh_to(session: AsyncSession, stamp: uuid.UUID | None) -> None:
    """The same, where the database's `STAMP` is known."""
    global _current
    if _current is None or stamp != _current.stamp:
        station = station_of(await session.get(Commune, 1))
        _current = _snapshot(stamp, await _published(session), station)


def forget() -> None:
    """Start anew, as another process would."""
    global _current
    _current = None


async def renew(session: AsyncSession) -> None:
    """Have every process read again, once this transaction is committed."""
    stamp = {"value": uuid.uuid4()}
    row = insert(CatalogueStamp).values(id=1, **stamp)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=stamp))


def _snapshot(stamp: uuid.UUID | None, entries: Mapping[str, Entry], station: Station) -> Snapshot:
    told = {entry.id: filled(entry, station) for entry in entries.values()}
    return Snapshot(stamp, MappingProxyType(told), station)


async def _published(session: AsyncSession) -> Mapping[str, Entry]:
    """In the order of ids; the files where none was ever loaded."""
    query = (
        select(ProcedureVersion.content)
        .where(ProcedureVersion.status == Status.PUBLISHED)
        .order_by(ProcedureVersion.procedure_id)
    )
    contents = (await session.scalars(query)).all()
    if not contents and (await session.execute(select(Procedure.id).limit(1))).first() is None:
        return files.shipped()
    entries = filter(None, map(_entry, contents))
    return {entry.id: entry for entry in entries}


def _entry(content: dict[str, Any]) -> Entry | None:
    """None for one that today's rules refuse; the others are still told."""
    try:
        return Entry.model_validate(content)
    except ValidationError:
        log.error("a published procedure cannot be read", procedure=content.get("id"))
        return None
