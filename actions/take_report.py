"""A report exists from the first message; what follows only improves it (P-4.2)."""

import uuid

from sqlalchemy import select

from actions.turn import PrivateAction, Turn, context
from bot.channels.base import Capabilities, ChatKind
from bot.groups.service import mentioned_hamlet
from bot.procedures.replies import Reply, reply_to_question
from bot.reports.models import Report
from bot.reports.notices import Reason, tell_of_answer, tell_officers
from bot.reports.replies import receipt, urgent
from bot.reports.service import (
    add_from_reporter,
    become_clear,
    is_recent,
    officer_speaks,
    open_of,
    open_report,
    raise_urgency,
)
from bot.triage.policy import Answer, Decision, Kind, Recipients, complains, decide
from bot.triage.understanding import Understanding
from bot.wording import say


class TakeReport(PrivateAction):
    action_name = "action_take_report"

    async def answer(self, turn: Turn) -> list[Reply]:
        decision = decide(turn.understanding, ChatKind.PRIVATE, Capabilities())
        if decision.makes_report or await same_matter(turn):
            return await take(turn, decision)
        return [Reply(say("talk"))]  # an opinion, which is nobody's report


async def take(turn: Turn, decision: Decision) -> list[Reply]:
    """Make a report of the message, or add it to the one it belongs to."""
    u = turn.understanding
    made = await turn.session.execute(select(Report).where(Report.inbound_id == turn.inbound_id))
    if report := made.scalar_one_or_none():
        return [*await _receipt(turn, report), *await _answer_beside(turn, decision)]
    if report := await same_matter(turn):
        return await add(turn, report)
    report = await open_report(
        turn.session,
        turn.event,
        turn.inbound_id,
        category=u.filed_as,
        confidence=u.confidence,
        sensitive=u.sensitive,
        urgent=u.urgent,
        managers_only=decision.managers_only,
        needs_review=decision.kind is Kind.REVIEW,
        hamlet_id=await _hamlet(turn),
        conversation=turn.conversation,
        details=u.details,
    )
    if decision.tell is not Recipients.NOBODY:
        await tell_officers(turn.session, report, context().console, channel=turn.event.channel)
    return [*await _receipt(turn, report), *await _answer_beside(turn, decision)]


async def _answer_beside(turn: Turn, decision: Decision) -> list[Reply]:
    """What the report also asked."""
    if decision.answer is Answer.NONE:
        return []
    reply = await reply_to_question(
        turn.session,
        decision,
        turn.event.text,
        turn.understanding.topic,
        turn.hamlet_id,
        turn.inbound_id,
        in_group=False,
    )
    return [reply]


async def same_matter(turn: Turn) -> Report | None:
    """The open report that this message goes on with.

    Soon after a report, or after an officer's words, that is nearly every message: the assistant
    has just asked for more. Not so what may be about an officer who reads that report, and an
    emergency of another kind.
    """
    report = await open_of(turn.session, turn.conversation.id)
    if report is None or _another_matter(turn.understanding, report):
        return None
    return report if is_recent(report) or officer_speaks(report) else None


def _another_matter(u: Understanding, report: Report) -> bool:
    if complains(u) and not report.managers_only:
        return True  # it may be about the very officer who reads that report
    if u.urgent and not report.urgent and not report.needs_review:
        return u.filed_as is not report.category  # an emergency has other readers, and a hurry
    return False


async def add(turn: Turn, report: Report) -> list[Reply]:
    """What the reporter adds. Where he and an officer are talking, the officer is told of the
    answer, and the assistant keeps quiet."""
    u = turn.understanding
    between_people = officer_speaks(report)
    newly_urgent = u.urgent and not report.urgent
    await add_from_reporter(turn.session, report, turn.event, turn.inbound_id, u.details)
    if report.needs_review and await _became_clear(turn, report):
        return await _receipt(turn, report)
    if newly_urgent:
        await raise_urgency(turn.session, report)
        await _tell(turn, report, Reason.URGENT)
    elif between_people:
        await _tell_of_answer(turn, report)
    if u.urgent:
        text = turn.event.text
        phrase = "report_added_urgent"
        return [Reply(await urgent(turn.session, phrase, text, report, code=report.code))]
    return [] if between_people else [Reply(say("report_added", code=report.code))]


async def _became_clear(turn: Turn, report: Report) -> bool:
    """Whether the message shows what an unclear report is about; then it is told of as new."""
    u = turn.understanding
    decision = decide(u, ChatKind.PRIVATE, Capabilities())
    if decision.kind is not Kind.ACKNOWLEDGE:
        return False
    await become_clear(
        turn.session,
        report,
        category=u.filed_as,
        sensitive=u.sensitive,
        urgent=u.urgent,
        managers_only=decision.managers_only,
    )
    report.hamlet_id = report.hamlet_id or await _hamlet(turn)
    await turn.session.refresh(report, ["hamlet"])
    await _tell(turn, report, Reason.NEW)
    return True


async def _receipt(turn: Turn, report: Report) -> list[Reply]:
    return [Reply(await receipt(turn.session, report, turn.event.text, from_group=False))]


async def _tell(turn: Turn, report: Report, why: Reason) -> None:
    await tell_officers(
        turn.session, report, context().console, channel=turn.event.channel, why=why
    )


async def _tell_of_answer(turn: Turn, report: Report) -> None:
    channel = turn.event.channel
    await tell_of_answer(turn.session, report, context().console, channel=channel)


async def _hamlet(turn: Turn) -> uuid.UUID | None:
    if turn.hamlet_id:
        return turn.hamlet_id
    hamlet = await mentioned_hamlet(turn.session, turn.event.text)
    return hamlet.id if hamlet else None
