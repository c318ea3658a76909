"""The form that asks on about a report: what an answer does, and which question is next.

The words of the questions and what is worth asking: bot/reports/questions.py.
"""

import uuid

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from sqlalchemy.ext.asyncio import AsyncSession

from actions.handle_request import is_request
from actions.take_report import add, another_matter, lies_in, matter_of, urge
from actions.turn import PrivateAction, Turn
from bot.channels.base import Capabilities, ChatKind
from bot.groups.models import Hamlet
from bot.groups.service import mentioned_hamlet
from bot.messages.choices import offers_choice
from bot.messages.wishes import now_unnamed
from bot.procedures.replies import Reply
from bot.reports.anonymity import hide
from bot.reports.models import Report, Status
from bot.reports.questions import (
    AGAIN,
    ENOUGH,
    NO,
    NOW,
    SKIP,
    YES,
    Question,
    Step,
    ask_what_to_change,
    asked_again,
    note,
    pending,
    read_answer,
    skip_the_rest,
)
from bot.reports.replies_in_words import (
    changes_nothing_yet,
    is_courtesy,
    is_no,
    is_yes,
    wants_to_skip,
    wants_to_stop,
)
from bot.reports.service import (
    add_from_reporter,
    is_recent,
    own_report,
    put_right,
)
from bot.triage.policy import Answer, decide
from bot.triage.understanding import Category
from bot.wording import say


class ValidateReportForm(PrivateAction):
    """Takes what was said as the answer, or leaves it to the rules; then asks on."""

    action_name = "validate_report_form"

    async def answer(self, turn: Turn) -> list[Reply] | None:
        return await take_answer(turn)

    def may_ask(self, turn: Turn, report: Report) -> bool:
        return True

    def after(self, tracker: Tracker, question: Question | None) -> list[EventType]:
        """Unless a slot is filled besides, Rasa takes it that there was no answer."""
        asked = tracker.get_slot("requested_slot")
        heard = [SlotSet(asked, True)] if asked else []
        return [*heard, SlotSet("requested_slot", question)]


class AnswerQuestion(PrivateAction):
    """A button under a question of a while ago."""

    action_name = "action_answer_question"

    def may_ask(self, turn: Turn, report: Report) -> bool:
        return True

    async def answer(self, turn: Turn) -> list[Reply]:
        return await _pressed(turn)


async def take_answer(turn: Turn) -> list[Reply] | None:
    """What the answer brings, or None where the message is no answer."""
    if turn.intent == "answer_question":
        return await _pressed(turn)
    if not turn.in_words:
        return None
    report = matter_of(turn) or _left_open(turn)
    question = pending(report, besides=turn.inbound_id) if report else None
    if report is None or question is None:
        return None
    short = _is_short(turn.event.text)
    if not short and another_matter(turn.understanding.going_on(), report):
        return None
    return await _in_words(turn, report, question)


def _left_open(turn: Turn) -> Report | None:
    """The report whose question was left, perhaps days ago."""
    return next((r for r in turn.reports if r.inbound_id != turn.inbound_id), None)


def _is_short(text: str) -> bool:
    """Yes, no, skip, enough: an answer whatever the model makes of so few words."""
    return any(means(text) for means in (is_yes, is_no, wants_to_skip, wants_to_stop))


async def _in_words(turn: Turn, report: Report, question: Question) -> list[Reply] | None:
    text, inbound = turn.event.text, turn.inbound_id
    if wants_to_stop(text):
        skip_the_rest(report, inbound)
        return [Reply(say("form_done", code=report.code))]
    if wants_to_skip(text):
        note(report, question, Step.SKIPPED, inbound)
        return _done(report)
    if changes_nothing_yet(text):
        return [ask_what_to_change(report, inbound)]
    if _asks_something(turn) or not (is_recent(report) or await _fits(turn, question)):
        return None
    if question is Question.DANGER and is_no(text):
        note(report, question, Step.TOLD, inbound)
        await add_from_reporter(turn.session, report, turn.event, inbound)
        return _done(report)
    if question is Question.NAME and (is_yes(text) or is_no(text)):
        return [*await _name(turn, report, known=is_yes(text)), *_done(report)]
    replies = await add(turn, report, answers=True)
    if asked_again(report, question, inbound):
        await put_right(turn.session, report, inbound, turn.understanding.details)
        if hamlet := await mentioned_hamlet(turn.session, text):
            await lies_in(turn, report, hamlet)
    if not is_courtesy(text):
        note(report, question, Step.TOLD, inbound)
    if question is Question.DANGER and is_yes(text):
        replies = [*replies, *await urge(turn, report)]
    if replies and (report.urgent or offers_choice(replies[-1])):
        return replies
    return _done(report)  # "written down" is said by the next question


def _asks_something(turn: Turn) -> bool:
    """A question or a request in between, which is answered first."""
    u = turn.understanding
    decision = decide(u, ChatKind.PRIVATE, Capabilities())
    if is_request(turn.event.text):
        return True
    if decision.makes_report or u.details:
        return False
    if u.category is Category.PROCEDURE_QUESTION:
        return decision.answer is not Answer.NONE and u.confidence >= SURE
    return u.category is Category.BOT_REQUEST and u.confidence >= SURE


SURE = 0.7
"""So sure must it be a question or a request, not to be taken for the answer."""


async def _fits(turn: Turn, question: Question) -> bool:
    """Whether words that come long after the question can only be its answer."""
    kinds = {d.kind for d in turn.understanding.details}
    if question is Question.WHERE:
        named = await mentioned_hamlet(turn.session, turn.event.text)
        return named is not None or bool(kinds & {"place", "hamlet", "address"})
    if question is Question.WHEN:
        return "time" in kinds
    if question is Question.PHOTOS:
        return False
    return is_yes(turn.event.text) or is_no(turn.event.text)


async def _pressed(turn: Turn) -> list[Reply]:
    pressed = read_answer(str(turn.slots.get("answer") or ""))
    report = await own_report(turn.session, turn.conversation.id, pressed[0]) if pressed else None
    if pressed is None or report is None or report.status is Status.CLOSED:
        return [Reply(say("answer_too_late"))]
    _, question, value = pressed
    inbound = turn.inbound_id
    if value == AGAIN:
        note(report, question, Step.AGAIN, inbound)
        return []
    if value == ENOUGH:
        skip_the_rest(report, inbound)
        return [Reply(say("form_done", code=report.code))]
    if value == SKIP:
        note(report, question, Step.SKIPPED, inbound)
        return _done(report)
    if question is Question.NAME:
        return [*await _name(turn, report, known=value == YES), *_done(report)]
    note(report, question, Step.TOLD, inbound)
    replies = await _told(turn, report, question, value)
    return replies or _done(report)


async def _told(turn: Turn, report: Report, question: Question, value: str) -> list[Reply]:
    """What a button says is written down in words, for officers to read."""
    session, inbound = turn.session, turn.inbound_id
    words = {NOW: say("button_now"), YES: say("button_yes"), NO: say("button_no")}.get(value, "")
    if question is Question.WHERE and (hamlet := await _hamlet(session, value)):
        words = hamlet.name
        report.place = report.place or hamlet.name
        await lies_in(turn, report, hamlet)
    if question is Question.WHEN and value == NOW:
        report.happened_from, report.happened_to = report.created_at, None
    said = f"{say(f'answer_{question}')} {words}"
    await add_from_reporter(session, report, turn.event, inbound, text=said)
    if question is Question.DANGER and value == YES:
        return await urge(turn, report)
    return []


async def _name(turn: Turn, report: Report, *, known: bool) -> list[Reply]:
    note(report, Question.NAME, Step.TOLD, turn.inbound_id)
    if known:
        return []
    await hide(turn.session, report)
    return [now_unnamed(turn.conversation)]


def _done(report: Report) -> list[Reply]:
    """Nothing while a question follows; thanks after the last."""
    return [] if pending(report) else [Reply(say("form_done", code=report.code))]


async def _hamlet(session: AsyncSession, value: str) -> Hamlet | None:
    try:
        return await session.get(Hamlet, uuid.UUID(value))
    except ValueError:
        return None
