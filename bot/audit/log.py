"""Writing the log: `record` in the transaction that shows or changes something.

What is recorded is appended when the transaction commits, as the last thing it does: so the lock
on the log's end is held for a moment only and meets no other lock in the wrong order, wherever a
handler calls `record`. A transaction that fails leaves no entry; an entry that cannot be written
fails its transaction.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from bot.audit.chain import seal_of, seal_of_head
from bot.audit.models import Action, AuditEntry, AuditHead
from bot.db import now
from bot.groups.models import Officer

if TYPE_CHECKING:
    from bot.reports.models import Report

Fact = str | int | bool | None
"""What `data` may hold: a name, code, number or answer; nothing with a space in it."""

_NAME = re.compile(r"[\w.:/+-]{0,80}", re.ASCII)
_WAITING = "audit"  # where a session keeps what is to be appended


class LogBroken(Exception):
    """The log's end is not there: somebody removed it. Nothing more may be done unseen."""


LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Entry:
    action: Action
    officer_id: uuid.UUID | None
    address: str
    report_code: str | None
    data: dict[str, Fact]


async def record(
    session: AsyncSession,
    action: Action,
    *,
    officer: Officer | None,
    address: str,
    report: "Report | None" = None,
    **data: Fact,
) -> None:
    """Append an entry when the session's transaction commits.

    `address`: where the officer is (`bot.console.services.address_of`). `data` says more, by names,
    codes and numbers; whatever could be somebody's words is refused. Raises: ValueError.
    """
    for name, value in data.items():
        if isinstance(value, str) and not _NAME.fullmatch(value):
            raise ValueError(f"the log takes no words: {name}")
    entry = _Entry(
        action,
        officer.id if officer else None,
        _place(address),
        report.code if report else None,
        {name: str(value) if isinstance(value, str) else value for name, value in data.items()},
    )
    session.sync_session.info.setdefault(_WAITING, []).append(entry)


async def recorded_lately(
    session: AsyncSession,
    action: Action,
    *,
    officer: Officer | None,
    address: str | None = None,
    report: "Report | None" = None,
    within: timedelta = LATELY,
    **data: Fact,
) -> bool:
    """Whether the log has this already, for what happens by itself over and over; a fact that is
    None is not in it."""
    found = select(AuditEntry.number).where(
        AuditEntry.at >= now() - within,
        AuditEntry.action == action,
        AuditEntry.officer_id == (officer.id if officer else None),
        AuditEntry.report_code == (report.code if report else None),
        *(AuditEntry.data[name].as_string() == _as_text(value) for name, value in data.items()),
    )
    if address is not None:
        found = found.where(AuditEntry.address == _place(address))
    return (await session.execute(found.limit(1))).first() is not None


@event.listens_for(Session, "before_commit")
def _append_what_waits(session: Session) -> None:
    if session.in_nested_transaction() or not (waiting := session.info.pop(_WAITING, [])):
        return
    session.flush()  # every other lock first
    query = select(AuditHead.number, AuditHead.last).where(AuditHead.id == 1).with_for_update()
    head = session.execute(query).one_or_none()
    if head is None:
        raise LogBroken
    number, last = head
    rows = []
    for entry in waiting:
        number += 1
        row = _row(entry, number, last)
        last = row["seal"]
        rows.append(row)
    session.execute(insert(AuditEntry), rows)
    end = {"number": number, "last": last, "seal": seal_of_head(number, last)}
    session.execute(update(AuditHead).where(AuditHead.id == 1).values(end))


def _as_text(value: Fact) -> str | None:
    """As PostgreSQL reads it out of the JSON."""
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def _place(address: str) -> str:
    """What is no address is none: a proxy may pass on whatever a stranger made up."""
    return address if len(address) <= 64 and _NAME.fullmatch(address) else ""


@event.listens_for(Session, "after_rollback")
def _forget_what_waits(session: Session) -> None:
    session.info.pop(_WAITING, None)


def _row(entry: _Entry, number: int, previous: bytes) -> dict[str, Any]:
    row = {
        "number": number,
        "at": now(),
        "action": entry.action,
        "officer_id": entry.officer_id,
        "address": entry.address,
        "report_code": entry.report_code,
        "data": entry.data,
        "previous": previous,
    }
    return row | {"seal": seal_of(row)}
