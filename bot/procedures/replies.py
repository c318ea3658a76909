"""What to say to a question on a procedure, in a group or in private."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Button
from bot.console.times import today
from bot.db import now
from bot.groups.station import fill, number_to_call
from bot.messages.models import Conversation
from bot.procedures import gaps
from bot.procedures.catalogue import catalogue, current
from bot.procedures.families import LONGEST_LABEL, Family, families_of, family_with
from bot.procedures.old_terms import put_right
from bot.procedures.settling import settle
from bot.procedures.spoken_of import forget_question, remember, remember_question
from bot.procedures.telling import answer
from bot.triage.policy import Decision, Kind
from bot.triage.understanding import Understanding
from bot.wording import say

CHOOSE = "procedure:"
"""A button's payload: this and a procedure's id."""
NOT_MEANT = "not_meant:"
"""The payload of the button that refuses an answer: this and the procedure's id."""
OFFICER = "officer"
"""The payload of the button that brings an officer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`urgent`: it says whom to call, before anything else and rather twice than not at all."""

    text: str
    buttons: tuple[Button, ...] = ()
    urgent: bool = False


def chosen(payload: str) -> str | None:
    """The procedure's id in a button's payload, if it is one we know."""
    procedure = payload.removeprefix(CHOOSE)
    return procedure if payload.startswith(CHOOSE) and procedure in catalogue() else None


def is_way_on(payload: str) -> bool:
    """Whether a button stands below an answer for whom it did not help; nothing waits for it."""
    return payload == OFFICER or payload.startswith(NOT_MEANT)


def tell(procedure_id: str) -> Reply:
    """The answer of one procedure, with the ways on. Raises: KeyError."""
    text = answer(catalogue()[procedure_id], today(), current().station)
    return Reply(text, ways_on(procedure_id))


def ways_on(procedure_id: str) -> tuple[Button, ...]:
    return (Button(say("button_not_meant"), NOT_MEANT + procedure_id), officer_button())


def officer_button() -> Button:
    return Button(say("button_officer"), OFFICER)


def ask_which(family: Family) -> Reply:
    """The one question that tells its procedures apart."""
    known = [choice for choice in family.choices if choice.procedure in catalogue()]
    buttons = (Button(choice.label, CHOOSE + choice.procedure) for choice in known)
    return Reply(family.question, tuple(buttons))


def offer_of(procedures: Sequence[str]) -> tuple[Button, ...]:
    """A button for each of several that are close, named so that they can be told apart."""
    together = family_with(procedures)
    labels = [_label(each, together) for each in procedures]
    return tuple(
        Button(label if labels.count(label) == 1 else catalogue()[each].name, CHOOSE + each)
        for each, label in zip(procedures, labels, strict=True)
    )


def example_of(reply: Reply) -> str:
    """A question that asks for the first of the procedures offered and for no other."""
    offered = (chosen(button.payload) for button in reply.buttons)
    return next(catalogue()[procedure].name for procedure in offered if procedure)


def _label(procedure: str, together: Family | None) -> str:
    if together:
        return together.choice_of(procedure).label
    for family in families_of([procedure]):
        return family.label_elsewhere(procedure)
    name = catalogue()[procedure].name.split(" (")[0]
    return name if len(name) <= LONGEST_LABEL else name[:LONGEST_LABEL].rsplit(" ", 1)[0] + "…"


def family_asked(conversation: Conversation) -> Family | None:
    """The family whose question was said last, and not understood."""
    until = conversation.choices_until
    if until is None or until < now():
        return None
    return family_with([payload.removeprefix(CHOOSE) for _, payload in conversation.choices])


async def reply_to_question(
    session: AsyncSession,
    u: Understanding,
    decision: Decision,
    question: str,
    hamlet_id: uuid.UUID | None,
    inbound_id: uuid.UUID,
    *,
    in_group: bool,
    conversation: Conversation | None = None,
) -> Reply:
    """The answer, the question that tells close ones apart, or the admission that there is none;
    before it a word on a name that has changed.

    A question without an answer is kept as a gap, masked, for the managers. `conversation`
    remembers what was told, for questions that lean on it.
    """
    reply = _reply(u, decision, question, inbound_id, in_group, conversation)
    if reply is None:
        if decision.kind is not Kind.REDIRECT:  # one with personal data in it is not kept
            await gaps.keep(session, inbound_id, u.topic, question, u.details)
        number = current().station.phone or await number_to_call(session, hamlet_id)
        phone = f" ({number})" if number else ""
        text = say("group_no_answer" if in_group else "procedure_none", phone=phone)
        reply = Reply(text, () if in_group else (officer_button(),))
    if old := put_right(question, reply.text, conversation, inbound_id):
        reply = replace(reply, text=f"{fill(old, current().station)}\n{reply.text}")
    return reply


def _reply(
    u: Understanding,
    decision: Decision,
    question: str,
    inbound_id: uuid.UUID,
    in_group: bool,
    conversation: Conversation | None,
) -> Reply | None:
    """None where nothing answers the question."""
    known = [p for p in decision.procedures if p in catalogue()]
    asked = family_asked(conversation) if conversation else None
    settled = settle(question, known, today(), asked)
    others = [c.id for c in u.candidates]
    if isinstance(settled, Family):
        others = [*others, *settled.ids]
    if conversation and settled and decision.kind is not Kind.REDIRECT:
        remember_question(conversation, inbound_id, u.topic, question, u.details, others)
    elif conversation:
        forget_question(conversation)
    if not settled:
        return None
    if isinstance(settled, Family):
        return ask_which(settled)
    if len(settled) > 1:
        return Reply(say("group_choice" if in_group else "procedure_choice"), offer_of(settled))
    if conversation:
        remember(conversation, settled[0])
    told = tell(settled[0])
    return Reply(told.text) if in_group else told
