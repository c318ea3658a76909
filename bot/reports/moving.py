"""Words that went to one report and belong to another: its reporter says so by a button."""

import uuid
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Event, EventKind, Location
from bot.db import now
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.service import append, open_report
from bot.triage.understanding import Category

CHOOSE_REPORT = "move:"
"""A button's payload: this, the id of the words, ":" and a report's code or `NEW`."""
NEW = "new"
MAX_DIGITS = 19
"""From so many on a number may be none that the database has."""


async def words_of(
    session: AsyncSession, conversation_id: uuid.UUID, number: str
) -> ReportEvent | None:
    """What somebody added to an own report, or the line that it went to another.

    None for words that he had erased, and for a number that he made up.
    """
    if not (number.isdecimal() and len(number) < MAX_DIGITS):
        return None
    query = (
        select(ReportEvent)
        .join(Report)
        .where(
            ReportEvent.id == int(number),
            or_(ReportEvent.text.is_not(None), ReportEvent.type == EventType.MOVED),
            ReportEvent.type.in_((EventType.FROM_REPORTER, EventType.MOVED)),
            Report.conversation_id == conversation_id,
        )
        .with_for_update(of=ReportEvent)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def move_words(session: AsyncSession, words: ReportEvent, to: Report) -> None:
    """Have another report hold them; the one they stood in keeps a line that they went."""
    moved = await _take_out(session, words, to)
    await append(session, to, EventType.FROM_REPORTER, **moved)
    to.last_from_reporter_at = now()


async def split_off(session: AsyncSession, words: ReportEvent, report: Report) -> Report:
    """Make a report of its own of words that were added to `report`, as the model read them."""
    conversation, read, place = report.conversation, words.data, words.place
    assert conversation is not None
    assert words.inbound_id is not None
    category = Category(read["category"])
    new = await open_report(
        session,
        Event(
            channel=conversation.channel,
            key="",
            kind=EventKind.MESSAGE,
            chat_kind=ChatKind.PRIVATE,
            chat_id=conversation.chat_id,
            sender_id=conversation.chat_id,
            sender_name=report.reporter_name,
            text=words.text or "",
            location=Location(**place) if place else None,
        ),
        words.inbound_id,
        category=category,
        confidence=float(read["confidence"]),
        sensitive=bool(read["sensitive"]),
        urgent=bool(read["urgent"]),
        managers_only=bool(read["managers_only"]),
        hamlet_id=report.hamlet_id,
        conversation=conversation,
    )
    new.anonymous = report.anonymous
    new.details = report.details  # masks what the assistant learns from it, too
    await _take_out(session, words, new)
    return new


async def _take_out(session: AsyncSession, words: ReportEvent, to: Report) -> dict[str, Any]:
    held = {"inbound_id": words.inbound_id, "text": words.text, "place": words.place}
    words.type, words.data = EventType.MOVED, {"to": to.code}
    words.inbound_id = words.text = words.place = None
    await session.flush()
    return held
