"""Which open reports may tell of the same event. About events, never about a person: only what came
in within a few hours is looked at, recognised names and numbers are left out, an officer decides.

Two reports look alike when enough of their triples of letters are the same. Words are taken
without diacritics, as one hand writes "cháy kho" and the next "chay kho"; letters rather than whole
words, because a slip changes few triples. The measure is the cosine of the two sets: the number of
shared triples by the geometric mean of both numbers.

Measured on made-up pairs (tests/reports/similar_pairs.py), whose unlike ones share their words on
purpose: precision 0.74 and recall 0.96 on 48, 0.75 and 1.00 on 38 that were written later. Of two
messages about different events, taken at random, 2 to 3 in a hundred look alike. The threshold was
0.4 first; an independent example showed it to be too strict, and it was lowered with both sets in
view, since one line too many costs an officer less than an event handled twice. All pairs are by
one hand: what residents write will be found less well.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.nlu import kinds
from bot.nlu.text import fold, strip_diacritics
from bot.reports.access import readable_by
from bot.reports.merging import follows_another
from bot.reports.models import EventType, Report, ReportEvent, Status, by_name
from bot.triage.understanding import Category

ALIKE = 0.35
"""From here on two reports are suggested as one."""

WITHIN = timedelta(hours=6)
"""Before or after: news of one event comes in within minutes; a shift later it is another one."""

EVENTS = frozenset(
    {
        Category.SECURITY_ORDER,
        Category.CRIME_INCIDENT,
        Category.DISPUTE,
        Category.OTHER_SECURITY,
    }
)
"""Kinds that one event may be told as: of one brawl a neighbour tells as a quarrel, the next as
disorder, and who sees blood as a crime. A complaint is only ever like another complaint."""

MOST = 3
"""Suggestions at once."""

LOOKED_AT = 20
"""Reports whose words are unsealed for it, the nearest in time."""

MAX_CHARS = 1000
"""Characters of one report that are compared."""


@dataclass(frozen=True, slots=True)
class Similar:
    report: Report
    likeness: float  # from `ALIKE` to 1


async def similar_to(session: AsyncSession, report: Report, officer: Officer) -> list[Similar]:
    """Other people's open reports that look like this one, the most alike first.

    Only what this officer may read, and only what the same officers read.
    """
    if report.status is Status.CLOSED or report.hamlet_id is None:
        return []
    candidates = await _candidates(session, report, officer)
    told = await _told(session, [report, *candidates])
    alike = [Similar(c, _closest(told[report.id], told[c.id])) for c in candidates]
    found = [each for each in alike if each.likeness >= ALIKE]
    return sorted(found, key=lambda each: -each.likeness)[:MOST]


def _closest(one: Sequence[str], other: Sequence[str]) -> float:
    """Of two events as several people tell them, the two that tell it most alike."""
    return max(likeness(a, b) for a in one for b in other)


def likeness(one: str, other: str) -> float:
    """How alike two texts look, from 0 to 1; with and without diacritics they look the same."""
    first, second = _triples(one), _triples(other)
    if not first or not second:
        return 0.0
    return float(len(first & second) / (len(first) * len(second)) ** 0.5)


async def _candidates(session: AsyncSession, report: Report, officer: Officer) -> Sequence[Report]:
    related = EVENTS if report.category in EVENTS else {report.category} - {Category.BOT_REQUEST}
    apart = func.abs(func.extract("epoch", Report.created_at - report.created_at))
    query = (
        select(Report)
        .options(by_name())
        .where(
            readable_by(officer),
            Report.id != report.id,
            Report.status != Status.CLOSED,
            Report.hamlet_id == report.hamlet_id,
            Report.managers_only.is_(report.managers_only),
            Report.category.in_(related),
            ~follows_another(),
            Report.created_at.between(report.created_at - WITHIN, report.created_at + WITHIN),
        )
        .order_by(apart, Report.id)
        .limit(LOOKED_AT)
    )
    if report.conversation_id is not None:
        others = Report.conversation_id != report.conversation_id
        query = query.where(or_(Report.conversation_id.is_(None), others))
    return (await session.execute(query)).scalars().all()


async def _told(session: AsyncSession, reports: Sequence[Report]) -> dict[uuid.UUID, Sequence[str]]:
    """How the event of each report is told: in it, and in what is merged into it."""
    ids = [report.id for report in reports]
    query = (
        select(Report)
        .options(by_name())
        .where(Report.merged_into_id.in_(ids), Report.status != Status.CLOSED, follows_another())
    )
    following = (await session.execute(query.limit(LOOKED_AT))).scalars().all()
    words = await _words(session, [*reports, *following])
    told = {report.id: [words[report.id]] for report in reports}
    for report in following:
        if report.merged_into_id is not None:
            told[report.merged_into_id].append(words[report.id])
    return dict(told)


async def _words(session: AsyncSession, reports: Sequence[Report]) -> dict[uuid.UUID, str]:
    """What the reporters wrote, by the report's id, without names and numbers."""
    query = (
        select(ReportEvent.report_id, ReportEvent.text)
        .where(
            ReportEvent.report_id.in_([report.id for report in reports]),
            ReportEvent.type.in_((EventType.CREATED, EventType.FROM_REPORTER)),
        )
        .order_by(ReportEvent.id)
    )
    said = {report.id: "" for report in reports}
    for report_id, text in (await session.execute(query)).all():
        said[report_id] += f"\n{text or ''}"
    return {
        report.id: without_people(said[report.id][:MAX_CHARS], report.details) for report in reports
    }


def without_people(text: str, details: Sequence[dict[str, Any]] | None) -> str:
    """Without what was recognised as a person's name, number or home; `fold` knows numbers too."""
    for detail in details or ():
        if detail["entity"] in kinds.PERSONAL:
            piece = re.escape(detail["text"])
            text = re.sub(rf"(?<!\w){piece}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def _triples(text: str) -> set[str]:
    plain = strip_diacritics(fold(text))
    words = strip_diacritics(fold(plain)).split()  # teencode is read in what is plain too
    line = " ".join(w for w in words if w[0] not in "_?!" and not w.startswith("emoji_"))
    return {f" {line} "[i : i + 3] for i in range(len(line))}
