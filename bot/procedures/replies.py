"""What to say to a question on a procedure, in a group or in private."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Button
from bot.groups.station import number_to_call
from bot.messages.models import Conversation
from bot.procedures import gaps
from bot.procedures.catalogue import catalogue, current
from bot.procedures.spoken_of import remember
from bot.procedures.telling import answer
from bot.triage.details import Detail
from bot.triage.policy import Answer, Decision, Kind
from bot.wording import say

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
CHOOSE = "procedure:"
"""A button's payload: this and a procedure's id."""
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


def tell(procedure_id: str) -> Reply:
    """The answer of one procedure, with a way to a person. Raises: KeyError."""
    text = answer(catalogue()[procedure_id], datetime.now(LOCAL).date(), current().station)
    return Reply(text, (officer_button(),))


def officer_button() -> Button:
    return Button(say("button_officer"), OFFICER)


async def reply_to_question(
    session: AsyncSession,
    decision: Decision,
    question: str,
    topic: str | None,
    hamlet_id: uuid.UUID | None,
    inbound_id: uuid.UUID,
    *,
    in_group: bool,
    conversation: Conversation | None = None,
    details: Iterable[Detail] = (),
) -> Reply:
    """The answer, a choice between close ones, or the admission that there is none.

    A question without an answer is kept as a gap, masked by its `details`, for the managers.
    `conversation` remembers what was told, for questions that lean on it.
    """
    known = [p for p in decision.procedures if p in catalogue()]
    if decision.answer is Answer.FOUND and known:
        if conversation:
            remember(conversation, known[0])
        told = tell(known[0])
        return Reply(told.text) if in_group else told
    if decision.answer is Answer.CHOICE and known:
        buttons = tuple(Button(catalogue()[p].name, CHOOSE + p) for p in known)
        return Reply(say("group_choice" if in_group else "procedure_choice"), buttons)
    if decision.kind is not Kind.REDIRECT:  # one with personal data in it is not kept
        await gaps.keep(session, inbound_id, topic, question, details)
    number = current().station.phone or await number_to_call(session, hamlet_id)
    phone = f" ({number})" if number else ""
    if in_group:
        return Reply(say("group_no_answer", phone=phone))
    return Reply(say("procedure_none", phone=phone), (officer_button(),))
