"""Finding open reports by what their reporters wrote, with or without diacritics.

The words are sealed, so nothing can be looked up: those of the latest open reports that the officer
may read are unsealed for one search and forgotten. Events are searched for, never people: names
that were recognised, reporters' names and whatever may be somebody's number are left out. Closed
reports are found by their code alone.
"""

import asyncio
import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Member, Officer
from bot.messages.models import Conversation
from bot.nlu.text import fold, strip_diacritics
from bot.reports.folders import Cursor, Folder, in_folder
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.queue import PAGE, Row, rows
from bot.reports.similar import without_people

LOOKED_AT = 250
"""Open reports whose words are unsealed for one page at most, the latest first; more at a press."""

AT_ONCE = 50
"""Reports between two breaths in which other requests have their turn, and after which it is enough
if a page is full."""

MAX_QUERY = 100
"""Characters an officer may search for."""

MAX_CHARS = 4000
"""Characters of one report that are searched."""

_BEFORE_A_NAME = frozenset(
    {*("ten", "la", "toi", "tui", "em", "con", "chau"), *("anh", "chi", "co", "chu", "bac", "di")}
)

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    rows: Sequence[Row]  # those that have the words side by side first, then the latest
    looked_at: int = 0
    older: Cursor | None = None  # where the reports begin that were not looked at


def words(text: str) -> list[str]:
    """Words as they are compared: `CHÁYYY nhà r` -> chay nha roi. No numbers: their
    pieces may be of somebody's telephone, plate or identity card."""
    plain = unicodedata.normalize("NFC", text).lower()
    return [word for token in _WORD.findall(plain) for word in _folded(token).split()]


@lru_cache(maxsize=16_384)
def _folded(token: str) -> str:
    if sum(map(str.isdigit, token)) > 1:
        return ""
    # Folded twice: teencode is read in what is plain, too.
    return " ".join(_WORD.findall(strip_diacritics(fold(strip_diacritics(fold(token))))))


async def search(
    session: AsyncSession, officer: Officer, text: str, after: Cursor | None = None
) -> Found:
    """Open reports with all these words, among the latest or those behind the cursor."""
    sought = words(text[:MAX_QUERY])
    if not sought:
        return Found([])
    order = tuple_(Report.created_at, Report.id)
    query = (
        select(Report.id, Report.created_at)
        .where(in_folder(Folder.ALL, officer))
        .order_by(Report.created_at.desc(), Report.id.desc())
        .limit(LOOKED_AT + 1)
    )
    if after is not None:
        query = query.where(order < (after.at, after.id))
    latest = (await session.execute(query)).all()
    beside: list[uuid.UUID] = []
    apart: list[uuid.UUID] = []
    looked_at = 0
    while looked_at < min(len(latest), LOOKED_AT) and len(beside) + len(apart) < PAGE:
        some = latest[looked_at : min(looked_at + AT_ONCE, LOOKED_AT)]
        looked_at += len(some)
        told = await _told(session, [report.id for report in some])
        likely = {report: text for report, text in told.items() if _all_in(sought, words(text))}
        for report, said in await _of_events(session, likely):
            if _side_by_side(sought, said):
                beside.append(report)
            elif _all_in(sought, said):
                apart.append(report)
        await asyncio.sleep(0)
    last = latest[looked_at - 1] if looked_at < len(latest) else None
    older = Cursor(urgent=False, at=last.created_at, id=last.id) if last else None
    return Found(await rows(session, beside + apart), looked_at, older)


async def _of_events(
    session: AsyncSession, told: Mapping[uuid.UUID, str]
) -> list[tuple[uuid.UUID, list[str]]]:
    """The words of each report that are not of people, the latest report first."""
    query = (
        select(Report.id, Report.details, Report.reporter_name, Member.name)
        .outerjoin(Report.conversation)
        .outerjoin(Conversation.member)
        .where(Report.id.in_(told))
        .order_by(Report.created_at.desc(), Report.id.desc())
    )
    found = []
    for report, details, reporter_name, name in (await session.execute(query)).all():
        said = words(without_people(told[report], details))
        found.append((report, _without_name(said, words(name or reporter_name))))
    return found


async def _told(session: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What the reporters wrote, by the report's id."""
    query = (
        select(ReportEvent.report_id, ReportEvent.text)
        .where(ReportEvent.report_id.in_(ids), ReportEvent.text.is_not(None))
        .where(ReportEvent.type.in_((EventType.CREATED, EventType.FROM_REPORTER)))
        .order_by(ReportEvent.id)
    )
    told: dict[uuid.UUID, str] = defaultdict(str)
    for report_id, text in (await session.execute(query)).all():
        told[report_id] = f"{told[report_id]}\n{text}"[:MAX_CHARS]
    return told


def _without_name(said: list[str], name: Sequence[str]) -> list[str]:
    """Without what of the reporter's name stands together, and its last word where he says it."""
    kept: list[str] = []
    at = 0
    while at < len(said):
        lengths = range(len(name), 1, -1)
        parts = ((length, name[len(name) - length :]) for length in lengths)
        named = next((length for length, part in parts if said[at : at + length] == part), 0)
        if not named and kept and kept[-1] in _BEFORE_A_NAME and said[at : at + 1] == name[-1:]:
            named = 1
        if not named:
            kept.append(said[at])
        at += named or 1
    return kept


def _side_by_side(sought: Sequence[str], said: Iterable[str]) -> bool:
    return f" {' '.join(sought)} " in f" {' '.join(said)} "


def _all_in(sought: Sequence[str], said: Iterable[str]) -> bool:
    return set(sought) <= set(said)
