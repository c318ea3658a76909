"""Which procedure a conversation speaks of, so that the next question may lean on it."""

from datetime import timedelta

from bot.db import now
from bot.messages.models import Conversation
from bot.procedures.catalogue import catalogue
from bot.procedures.entry import Entry

REMEMBERED = timedelta(minutes=30)


def told_of(conversation: Conversation) -> Entry | None:
    """The procedure this conversation spoke of last, for as long as people remember it."""
    at = conversation.procedure_at
    if conversation.procedure is None or at is None or now() - at > REMEMBERED:
        return None
    return catalogue().get(conversation.procedure)


def remember(conversation: Conversation, procedure_id: str) -> None:
    conversation.procedure, conversation.procedure_at = procedure_id, now()
