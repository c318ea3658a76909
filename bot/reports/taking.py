"""Acknowledging several reports with one press, each checked and locked like one alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import record
from bot.audit.models import Action
from bot.db import Database
from bot.groups.models import Officer
from bot.reports import officers, queue
from bot.reports.errors import NotAllowed
from bot.reports.merging import open_following
from bot.reports.models import Report, Status

MOST = queue.PAGE


@dataclass(frozen=True, slots=True)
class Refused:
    """A report that was not taken, and why; where it was taken before, by whom."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    codes: Sequence[str]
    refused: Sequence[Refused]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Taken":
        return cls(value["codes"], [Refused(**each) for each in value["refused"]])


async def acknowledge_all(
    db: Database, officer: Officer, codes: Sequence[str], *, address: str
) -> Taken:
    """In a transaction each: what a colleague took a moment before spoils nothing else.

    `address`: where the officer is, for the log.
    """
    taken, refused = [], []
    for code in list(dict.fromkeys(codes))[:MOST]:
        try:
            async with db.begin() as session:
                # Read anew: rights may have changed since the page was opened.
                present = await session.get_one(Officer, officer.id)
                await _acknowledge(session, present, code, address)
        except NotAllowed as error:
            refused.append(Refused(code, str(error)))
        else:
            taken.append(code)
    return Taken(taken, refused)


async def _acknowledge(session: AsyncSession, officer: Officer, code: str, address: str) -> None:
    """Raises: NotAllowed."""
    report = await queue.find(session, officer, code, to_change=True)
    if report is None:
        raise NotAllowed("không tìm thấy")
    if report.status is not Status.NEW:
        raise NotAllowed(_before(report, officer))
    along = await open_following(session, report)
    await officers.acknowledge(session, report, officer)
    log = partial(record, session, Action.ACKNOWLEDGED, officer=officer, address=address)
    await log(report=report)
    for each in along:
        await log(report=each, along_with=report.code)


def _before(report: Report, officer: Officer) -> str:
    if report.status is Status.CLOSED:
        return "đã kết thúc rồi"
    if report.officer is None:
        return "đã có người tiếp nhận"
    return f"{'đồng chí' if report.officer.id == officer.id else report.officer.name} đã tiếp nhận"
