"""Saying what the assistant reads, keeps and never does: once to each person, once to each group,
and whenever somebody asks (design, "What it never does")."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Capabilities, ChatKind, Content, Event, Target
from bot.db import now
from bot.groups.models import Group
from bot.messages.models import Conversation
from bot.messages.outbox import post
from bot.procedures.replies import Reply
from bot.triage.wishes import Wish, wish_in
from bot.wording import say


def introduction(conversation: Conversation) -> str | None:
    """The three sentences, the first time only."""
    if conversation.introduced_at is not None:
        return None
    conversation.introduced_at = now()
    return say("openness")


def introduced(conversation: Conversation, replies: list[Reply]) -> list[Reply]:
    """The replies, the first of all with the introduction below it, or above a question's choices.

    Whoever is in danger is told whom to call and nothing of the assistant; he hears that next.
    """
    if not replies or any(reply.urgent for reply in replies):
        return replies
    if (words := introduction(conversation)) is None:
        return replies
    first = replies[0]
    if words in first.text:
        return replies  # he asked for it
    parts = (words, first.text) if first.buttons else (first.text, words)
    return [replace(first, text="\n\n".join(parts)), *replies[1:]]


def asks_for_rules(event: Event) -> bool:
    """Whether somebody in a group turns to the assistant and asks what it is and reads."""
    return event.addressed and wish_in(event.text) in (Wish.HELP, Wish.OPENNESS)


async def answer_with_rules(
    session: AsyncSession, event: Event, can: Capabilities, key: str
) -> None:
    target = Target(ChatKind.GROUP, event.chat_id, event.thread_id)
    await post(
        session, event.channel, target, replace(_rules(can), reply_to=event.message_id), key=key
    )


async def greet_group(session: AsyncSession, group: Group, event: Event, can: Capabilities) -> None:
    """The rules, once, when a group first lets the assistant read along or act."""
    present = any(event.rights.values())
    if not present or group.rules_said_at is not None:
        return
    group.rules_said_at = now()
    target = Target(ChatKind.GROUP, event.chat_id)
    await post(session, event.channel, target, _rules(can), key=f"rules:{group.id}")


def _rules(can: Capabilities) -> Content:
    reads = say("group_reads_all" if can.reads_all_messages else "group_reads_addressed")
    return Content(say("group_rules", reads=reads))
