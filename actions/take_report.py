"""A report exists from the first message; what follows only improves it (P-4.2)."""

import uuid
from typing import Any

from actions.turn import PrivateAction, Turn, context
from bot.channels.base import Button, Capabilities, ChatKind
from bot.groups.models import Hamlet
from bot.groups.service import mentioned_hamlet
from bot.procedures.replies import Reply, reply_to_question
from bot.reports.models import Report, ReportEvent
from bot.reports.moving import CHOOSE_REPORT, NEW
from bot.reports.notices import Reason, tell_of_answer, tell_officers
from bot.reports.questions import ask_what_to_change, note_told
from bot.reports.replies import receipt, urgent
from bot.reports.replies_in_words import changes_nothing_yet, is_courtesy, wants_to_change
from bot.reports.service import (
    add_from_reporter,
    become_clear,
    is_recent,
    made_by,
    officer_speaks,
    open_report,
    put_right,
    raise_urgency,
)
from bot.reports.timeline import first_words, officer_waits, spoken_before
from bot.triage.policy import (
    Answer,
    Decision,
    Kind,
    Recipients,
    complains,
    decide,
    managers_only,
)
from bot.triage.understanding import Understanding
from bot.wording import CATEGORY_NAMES, say

SURE_BESIDE = (5, 0.6)
SURE_IN_AN_ANSWER = (8, 0.8)
"""In so many words, and so surely, must another category be told to be asked whether it is another
matter; more of both where an answer was waited for."""


class TakeReport(PrivateAction):
    action_name = "action_take_report"

    async def answer(self, turn: Turn) -> list[Reply]:
        decision = decide(turn.understanding, ChatKind.PRIVATE, Capabilities())
        if decision.makes_report or matter_of(turn):
            return await take(turn, decision)
        return [Reply(say("talk"))]  # an opinion, which is nobody's report


async def take(turn: Turn, decision: Decision) -> list[Reply]:
    """Make a report of the message, or add it to the one it belongs to."""
    u = turn.understanding
    matter = matter_of(turn)
    if matter and await made_by(turn.session, turn.inbound_id) is None:
        return await add(turn, matter)
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
    turn.opened.append(report)
    note_told(report, turn.event, turn.inbound_id)
    told_before = report in turn.reports  # before a crash
    if decision.tell is not Recipients.NOBODY and not told_before:
        await tell_officers(turn.session, report, context().console, channel=turn.event.channel)
    return [*await _receipt(turn, report), *await _answer_beside(turn, decision)]


async def _answer_beside(turn: Turn, decision: Decision) -> list[Reply]:
    """What the report also asked."""
    if decision.answer is Answer.NONE:
        return []
    reply = await reply_to_question(
        turn.session,
        turn.understanding,
        decision,
        turn.event.text,
        turn.hamlet_id,
        turn.inbound_id,
        in_group=False,
        conversation=turn.conversation,
    )
    return [reply]


def matter_of(turn: Turn) -> Report | None:
    """The open report that this message goes on with.

    Soon after a report, or while an officer talks, that is nearly every message: the assistant
    has just asked for more. Not so what may be about an officer who reads that report, and an
    emergency of another kind.
    """
    matters = _matters(turn)
    talking = [r for r in matters if officer_speaks(r)]
    return talking[0] if len(talking) == 1 else next(iter(matters), None)


async def waiting_officer(turn: Turn) -> Report | None:
    """The open report on which an officer had the last word, days ago."""
    for report in turn.reports:
        other = another_matter(turn.understanding.going_on(), report)
        if not other and await officer_waits(turn.session, report):
            return report
    return None


def _matters(turn: Turn) -> list[Report]:
    """The open reports it may belong to, the one spoken of last first."""
    return [
        report
        for report in turn.reports
        if report.inbound_id != turn.inbound_id
        and (is_recent(report) or officer_speaks(report))
        and not (turn.in_words and another_matter(turn.understanding.going_on(), report))
    ]


def another_matter(u: Understanding, report: Report) -> bool:
    if complains(u) and not report.managers_only:
        return True  # it may be about the very officer who reads that report
    if u.urgent and not report.urgent and not report.needs_review:
        return u.filed_as is not report.category  # an emergency has other readers, and a hurry
    return False


async def add(turn: Turn, report: Report, *, answers: bool = False) -> list[Reply]:
    """What the reporter adds. Where he and an officer are talking, the officer is told of the
    answer, and the assistant keeps quiet.

    `answers`: it answers what was asked of this report, so that it can belong to no other.
    """
    u = turn.understanding.going_on()
    if changes_nothing_yet(turn.event.text):
        return [ask_what_to_change(report, turn.inbound_id)]
    rivals = [] if answers else _rivals(turn, report)
    if rivals and not report.managers_only:
        # Until its sender has said where it belongs, the fewest read it.
        report = next((r for r in rivals if r.managers_only), report)
    between_people = officer_speaks(report)
    awaited = between_people or await officer_waits(turn.session, report)
    newly_urgent = u.urgent and not report.urgent
    words = await add_from_reporter(
        turn.session, report, turn.event, turn.inbound_id, u.details, reading=_reading(u)
    )
    note_told(report, turn.event, turn.inbound_id)
    if wants_to_change(turn.event.text):
        await put_right(turn.session, report, turn.inbound_id, u.details)
    if report.hamlet_id is None or wants_to_change(turn.event.text):
        hamlet = await mentioned_hamlet(turn.session, turn.event.text)
        if hamlet and not report.needs_review:
            await lies_in(turn, report, hamlet)
    if report.needs_review and not between_people and await _became_clear(turn, report):
        return await _receipt(turn, report)
    if newly_urgent:
        await raise_urgency(turn.session, report, turn.inbound_id)
        await _tell(turn, report, Reason.URGENT)
    elif awaited:
        await _tell_of_answer(turn, report)
    if u.urgent:
        return [await _urgent(turn, report)]
    if is_courtesy(turn.event.text) and not awaited:
        return [Reply(say("courtesy"))]
    if rivals:
        return [_which(turn, words)]
    if between_people:
        return []
    if _reads_as_another(turn, report, SURE_IN_AN_ANSWER if answers else SURE_BESIDE):
        return [_another(report, words)]
    return [Reply(say("report_added", code=report.code))]


async def urge(turn: Turn, report: Report) -> list[Reply]:
    """The reporter says that somebody is in danger: officers hear of it, he hears whom to call."""
    if not await raise_urgency(turn.session, report, turn.inbound_id):
        return []
    await _tell(turn, report, Reason.URGENT)
    return [await _urgent(turn, report)]


async def _urgent(turn: Turn, report: Report) -> Reply:
    told = f"{await first_words(turn.session, report)} {turn.event.text}"
    words = await urgent(turn.session, "report_added_urgent", told, report, code=report.code)
    return Reply(words, urgent=True)


def _rivals(turn: Turn, report: Report) -> list[Report]:
    """Other reports it may as well belong to; none where one officer's talk decides it."""
    matters = _matters(turn)
    if officer_speaks(report) and not any(officer_speaks(r) for r in matters if r is not report):
        return []
    return [r for r in matters if r is not report]


def _reading(u: Understanding) -> dict[str, Any]:
    """How the model read the words, should they become a report of their own (moving.py)."""
    return {
        "category": u.filed_as.value,
        "confidence": u.confidence,
        "sensitive": u.sensitive,
        "urgent": u.urgent,
        "managers_only": managers_only(u),
    }


def _reads_as_another(turn: Turn, report: Report, sure: tuple[int, float]) -> bool:
    u = turn.understanding
    words, confidence = sure
    told = len(turn.event.text.split()) >= words and u.confidence >= confidence
    other = u.category.is_report and u.category is not report.category
    return told and other and not report.needs_review


def _another(report: Report, words: ReportEvent) -> Reply:
    new = Button(say("button_other_matter"), f"{CHOOSE_REPORT}{words.id}:{NEW}")
    same = Button(say("button_same_matter"), f"{CHOOSE_REPORT}{words.id}:{report.code}")
    return Reply(say("report_added_or_other", code=report.code), (same, new))


def _which(turn: Turn, words: ReportEvent) -> Reply:
    """Which of several reports the words belong to; until it is said they stay where they are."""
    buttons = [
        Button(
            say("button_report", code=r.code, category=CATEGORY_NAMES[r.category]),
            f"{CHOOSE_REPORT}{words.id}:{r.code}",
        )
        for r in sorted(_matters(turn), key=lambda r: r.last_from_reporter_at, reverse=True)
    ]
    new = Button(say("button_other_matter"), f"{CHOOSE_REPORT}{words.id}:{NEW}")
    return Reply(say("which_report"), (*buttons, new))


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
        managers_only=decision.managers_only
        or (report.managers_only and await spoken_before(turn.session, report, turn.inbound_id)),
    )
    report.hamlet_id = report.hamlet_id or await _hamlet(turn)
    await turn.session.refresh(report, ["hamlet"])
    await _tell(turn, report, Reason.NEW)
    return True


async def _receipt(turn: Turn, report: Report) -> list[Reply]:
    words = await receipt(turn.session, report, turn.event.text, from_group=False)
    return [Reply(words, urgent=report.urgent)]


async def _tell(turn: Turn, report: Report, why: Reason) -> None:
    await tell_officers(
        turn.session, report, context().console, channel=turn.event.channel, why=why
    )


async def _tell_of_answer(turn: Turn, report: Report) -> None:
    channel = turn.event.channel
    await tell_of_answer(turn.session, report, context().console, channel=channel)


async def lies_in(turn: Turn, report: Report, hamlet: Hamlet) -> None:
    """The reporter says in which hamlet it is: its leader hears of the report."""
    if report.hamlet_id == hamlet.id:
        return
    report.hamlet_id, report.hamlet = hamlet.id, hamlet
    turn.conversation.member.hamlet_id = turn.conversation.member.hamlet_id or hamlet.id
    await _tell(turn, report, Reason.PASSED_ON)


async def _hamlet(turn: Turn) -> uuid.UUID | None:
    """Where its sender is known to live, what the message says, or where what he reported just
    before is: an emergency in the midst of another matter has no time to say."""
    if turn.hamlet_id:
        return turn.hamlet_id
    if hamlet := await mentioned_hamlet(turn.session, turn.event.text):
        return hamlet.id
    lately = (r for r in turn.reports if is_recent(r) or officer_speaks(r))
    return next((r.hamlet_id for r in lately if r.hamlet_id), None)
