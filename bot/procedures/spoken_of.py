"""What a conversation speaks of, so that the next question may lean on it, and its question, so
that an answer may be refused."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TypedDict, cast

from bot.db import now
from bot.messages.models import Conversation
from bot.procedures.catalogue import catalogue
from bot.procedures.entry import Entry
from bot.reports.learning import masked
from bot.triage.details import Detail, as_entities

REMEMBERED = timedelta(minutes=30)


class Question(TypedDict):
    """What was asked last, masked; `others` may be meant if the answer is not."""

    inbound: str
    topic: str | None
    text: str
    others: list[str]


def told_of(conversation: Conversation) -> Entry | None:
    """The procedure this conversation spoke of last, for as long as people remember it."""
    at = conversation.procedure_at
    if conversation.procedure is None or at is None or now() - at > REMEMBERED:
        return None
    return catalogue().get(conversation.procedure)


def remember(conversation: Conversation, procedure_id: str) -> None:
    conversation.procedure, conversation.procedure_at = procedure_id, now()


def remember_question(
    conversation: Conversation,
    inbound_id: uuid.UUID,
    topic: str | None,
    text: str,
    details: Iterable[Detail],
    others: Iterable[str],
) -> None:
    """In the place of the one before."""
    asked = Question(
        inbound=str(inbound_id),
        topic=topic,
        text=masked(text, as_entities(details)),
        others=list(dict.fromkeys(others)),
    )
    conversation.asked, conversation.asked_at = dict(asked), now()


def forget_question(conversation: Conversation) -> None:
    conversation.asked = conversation.asked_at = None


def asked_last(conversation: Conversation) -> Question | None:
    at = conversation.asked_at
    if conversation.asked is None or at is None or now() - at > REMEMBERED:
        return None
    return cast(Question, conversation.asked)
