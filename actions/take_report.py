"""A report exists from the first message; what follows only improves it (P-4.2)."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from actions.turn import PrivateAction, Turn, context
from bot.channels.base import Capabilities, ChatKind
from bot.db import now
from bot.groups.service import mentioned_hamlet
from bot.procedures.replies import Reply
from bot.reports.models import Report
from bot.reports.notices import tell_officers
from bot.reports.replies import receipt, urgent
from bot.reports.service import (
    add_from_reporter,
    last_word_is_an_officers,
    open_of,
    open_report,
    raise_urgency,
)
from bot.triage.policy import Decision, Kind, Recipients, decide
from bot.triage.understanding import Category, Understanding
from bot.wording import say

SAME_MATTER = timedelta(minutes=30)
"""So long after a report's last event further messages belong to it."""

OTHER_MATTER_FROM = 0.6
"""So sure must be another category, for a further message to begin a report of its own."""


class TakeReport(PrivateAction):
    action_name = "action_take_report"

    async def answer(self, turn: Turn) -> list[Reply]:
        u = turn.understanding
        decision = decide(u, ChatKind.PRIVATE, Capabilities())
        return await take(turn, u, decision)


async def take(turn: Turn, u: Understanding, decision: Decision) -> list[Reply]:
    """Make a report of the message, or add it to the one it belongs to."""
    made = await turn.session.execute(select(Report).where(Report.inbound_id == turn.inbound_id))
    if report := made.scalar_one_or_none():
        return [Reply(await receipt(turn.session, report, turn.event.text, from_group=False))]
    if report := await same_matter(turn, u):
        return await add(turn, report, is_urgent=u.urgent)
    report = await open_report(
        turn.session,
        turn.event,
        turn.inbound_id,
        category=u.filed_as,
        confidence=u.confidence,
        sensitive=u.sensitive,
        urgent=u.urgent,
        needs_review=decision.kind is Kind.REVIEW,
        hamlet_id=await _hamlet(turn),
        conversation=turn.conversation,
    )
    await tell_officers(
        turn.session, report, decision.tell, context().console, channel=turn.event.channel
    )
    return [Reply(await receipt(turn.session, report, turn.event.text, from_group=False))]


async def same_matter(turn: Turn, u: Understanding) -> Report | None:
    """The open report that this message goes on with.

    Soon after a report, or after an officer's words, that is nearly every message: the assistant
    has just asked for more. Not so what clearly belongs to other readers or cannot wait.
    """
    report = await open_of(turn.session, turn.conversation.id)
    if report is None:
        return None
    if _clearly_another(u, report):
        return None
    recent = now() - report.last_event_at < SAME_MATTER
    answers = await last_word_is_an_officers(turn.session, report)
    return report if recent or answers else None


def _clearly_another(u: Understanding, report: Report) -> bool:
    other = u.category.is_report and u.category is not report.category
    if not other or u.confidence < OTHER_MATTER_FROM:
        return False
    conduct = Category.POLICE_CONDUCT in (u.category, report.category)
    return conduct or (u.urgent and not report.urgent)


async def add(turn: Turn, report: Report, *, is_urgent: bool) -> list[Reply]:
    """What the reporter adds; officers hear of it again only when it has become urgent.

    Where an officer wrote last, two people are talking, and the assistant keeps quiet.
    """
    newly_urgent = is_urgent and not report.urgent
    between_people = await last_word_is_an_officers(turn.session, report)
    await add_from_reporter(turn.session, report, turn.event, turn.inbound_id)
    if newly_urgent:
        await raise_urgency(turn.session, report)
        who = Recipients.LEADER_AND_MANAGERS
        if not report.shown_to_leader:
            who = Recipients.MANAGERS
        await tell_officers(
            turn.session,
            report,
            who,
            context().console,
            channel=turn.event.channel,
            key="urgent",
        )
    if is_urgent:
        words = await urgent(
            turn.session,
            "report_added_urgent",
            turn.event.text,
            report.hamlet_id,
            code=report.code,
        )
        return [Reply(words)]
    return [] if between_people else [Reply(say("report_added", code=report.code))]


async def _hamlet(turn: Turn) -> uuid.UUID | None:
    if turn.hamlet_id:
        return turn.hamlet_id
    hamlet = await mentioned_hamlet(turn.session, turn.event.text)
    return hamlet.id if hamlet else None
