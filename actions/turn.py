"""One turn of a private conversation, and the base of all actions.

The dialogue carries the id of the stored message, never more: an action reads the sealed message
itself, does everything in one transaction, and can be run again after a crash with the same result.
"""

import uuid
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Event
from bot.db import Database
from bot.messages.choices import offers_choice
from bot.messages.inbox import event_to_answer
from bot.messages.models import Conversation
from bot.messages.wishes import grant_beside, grant_wish
from bot.nlu import standing
from bot.procedures.replies import Reply
from bot.procedures.search import find
from bot.reports.models import Report, Status
from bot.reports.questions import Question, ask, pending
from bot.reports.service import is_recent, officer_speaks, open_reports
from bot.triage.understanding import Candidate, Category, Understanding
from bot.work import WorkFailed, outlast

log = structlog.get_logger()


BUTTONS = ("choose_procedure", "ask_officer", "answer_question", "choose_report")
"""Intents that only our own buttons send."""


@dataclass(frozen=True)
class Context:
    """What every action of this process works with."""

    db: Database
    console: str  # address of the officers' console, for notices


_context: Context | None = None


def use(context: Context) -> None:
    global _context
    _context = context


def context() -> Context:
    if _context is None:
        raise RuntimeError("no context: call use first")
    return _context


@dataclass(frozen=True)
class Turn:
    """What an action answers to. `reports`: the person's open ones as the message came, the one
    spoken of last first, locked before anything changes; `opened`: what the action made besides."""

    session: AsyncSession
    conversation: Conversation
    event: Event
    inbound_id: uuid.UUID
    parse: dict[str, Any]
    slots: dict[str, Any]
    reports: Sequence[Report]
    candidates: tuple[Candidate, ...] = ()
    opened: list[Report] = field(default_factory=list)

    @cached_property
    def understanding(self) -> Understanding:
        """Only for messages in words; a button has none. Raises: KeyError."""
        understood = Understanding.from_parse(self.parse, self.event.text)
        return replace(understood, candidates=self.candidates)

    @property
    def intent(self) -> str:
        return str(self.parse["intent"]["name"])

    @property
    def in_words(self) -> bool:
        """Whether the person wrote, rather than pressed a button or typed its number."""
        return self.intent not in BUTTONS

    @property
    def spoken_of(self) -> Report | None:
        """The open report that its reporter spoke of last, after all that was done."""
        still = (r for r in (*self.opened, *self.reports) if r.status is not Status.CLOSED)
        return max(still, key=lambda report: report.last_from_reporter_at, default=None)

    @property
    def hamlet_id(self) -> uuid.UUID | None:
        return self.conversation.member.hamlet_id


class PrivateAction(Action):
    """Answers one turn. Subclasses say under which name and how."""

    action_name: ClassVar[str]

    def name(self) -> str:
        return self.action_name

    @abstractmethod
    async def answer(self, turn: Turn) -> list[Reply] | None:
        """What to say, or None where the message is for another action. Everything that changes
        is changed in the turn's session."""

    def may_ask(self, turn: Turn, report: Report) -> bool:
        """Whether the form asks on: days after the report only where nothing else is spoken of."""
        return is_recent(report) or turn.intent == Category.SMALL_TALK

    def after(self, tracker: Tracker, question: Question | None) -> list[EventType]:
        """What the dialogue is told when `question` is asked: here, that the turn is over."""
        return [FollowupAction("action_listen")]

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer, and mark the message as done; without the mark it is tried again."""
        inbound = (tracker.latest_message.get("metadata") or {}).get("inbound", "")
        try:
            answered = await outlast(lambda: self._in_transaction(tracker, uuid.UUID(inbound)))
        except WorkFailed as e:  # says its kind: an exception's text may hold a resident's words
            log.error("action failed", action=self.action_name, kind=str(e))
            return []
        if answered is None:
            return []
        replies, question = answered
        for reply in replies:
            buttons = [{"title": b.label, "payload": b.payload} for b in reply.buttons]
            dispatcher.utter_message(text=reply.text, buttons=buttons)
        urgent = any(reply.urgent for reply in replies)
        dispatcher.utter_message(json_message={"done": inbound, "urgent": urgent})
        return self.after(tracker, question)

    async def _in_transaction(
        self, tracker: Tracker, inbound_id: uuid.UUID
    ) -> tuple[list[Reply], Question | None] | None:
        async with context().db.begin() as session:
            conversation_id, _ = standing.read(tracker.sender_id)
            asked = await event_to_answer(session, inbound_id, uuid.UUID(conversation_id))
            if asked is None:
                return [], None  # handled before a crash; its answers are on their way
            event, conversation = asked
            candidates = await find(tracker.latest_message)
            turn = Turn(
                session,
                conversation,
                event,
                inbound_id,
                dict(tracker.latest_message),
                dict(tracker.slots),
                await open_reports(session, conversation.id),
                candidates,
            )
            replies = await self._answer(turn)
            return None if replies is None else await self._ask_on(turn, replies)

    async def _answer(self, turn: Turn) -> list[Reply] | None:
        """What the person asks of the assistant itself comes before what his message is about."""
        session, conversation, text = turn.session, turn.conversation, turn.event.text
        if not turn.in_words:
            return await self.answer(turn)
        report = next((r for r in turn.reports if officer_speaks(r)), None)
        granted = await grant_wish(session, conversation, report, text)
        if granted is not None:
            return granted
        beside = await grant_beside(session, conversation, text)
        replies = await self.answer(turn)
        return None if replies is None else before_choices(replies, beside)

    async def _ask_on(self, turn: Turn, said: list[Reply]) -> tuple[list[Reply], Question | None]:
        """What is said and the form's next question, unless it would bury a choice."""
        report = turn.spoken_of
        if report is None or any(map(offers_choice, said)) or not self.may_ask(turn, report):
            return said, None
        if (question := pending(report)) is None:
            return said, None
        return [*said, await ask(turn.session, report, question)], question


def before_choices(replies: list[Reply], beside: list[Reply]) -> list[Reply]:
    """A question with choices stays the last that is said."""
    place = next((n for n, reply in enumerate(replies) if offers_choice(reply)), len(replies))
    return [*replies[:place], *beside, *replies[place:]]
