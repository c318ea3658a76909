"""A private message: from the platform to the Rasa dialogue and its words back.

What to say is decided in actions/; here is only what no dialogue needs: opening the chat with an
invitation, buttons, and messages without words.
"""

import json
import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Button, Channel, ChatKind, Event, EventKind, Target
from bot.groups.service import commune_name
from bot.messages.choices import offer, picked, render
from bot.messages.conversations import accept, heard_from, looks_typed, sender_key
from bot.messages.models import Conversation
from bot.messages.outbox import post
from bot.procedures.replies import OFFICER, Reply, chosen
from bot.reports.models import Report
from bot.reports.notices import tell_of_answer, tell_officers
from bot.reports.replies import receipt
from bot.reports.service import (
    add_from_reporter,
    first_words,
    join_conversation,
    officer_speaks,
    open_of,
    open_unread,
)
from bot.wording import say


class Asked:
    """What to ask the dialogue: a person's words, or an intent that a button of ours stands for."""

    def __init__(self, text: str, *, command: bool = False) -> None:
        self.text = text
        self.command = command


ASK_FOR_OFFICER = Asked("/ask_officer", command=True)


async def prepare(
    session: AsyncSession, event: Event, inbound_id: uuid.UUID, console: str
) -> tuple[Conversation, Asked | list[Reply]]:
    """The conversation, and either what to ask the dialogue or what to answer without it."""
    conversation = await heard_from(session, event)
    payload = event.text if event.kind is EventKind.BUTTON else picked(event.text, conversation)
    if (
        payload
        and event.kind is not EventKind.BUTTON
        and await _answers_an_officer(session, conversation)
    ):
        payload = None  # "2" is what he asked for
    opens = event.kind is EventKind.START or looks_typed(event.text)
    if opens and (replies := await _start(session, event, conversation)):
        return conversation, replies
    if payload == OFFICER:
        return conversation, ASK_FOR_OFFICER
    if payload and (procedure := chosen(payload)):
        arguments = json.dumps({"procedure": procedure})
        return conversation, Asked(f"/choose_procedure{arguments}", command=True)
    if event.kind is EventKind.UNSUPPORTED:
        return conversation, [Reply(say("unsupported"))]
    if event.kind is not EventKind.BUTTON and event.text.strip():
        return conversation, Asked(event.text)
    return conversation, await _without_words(session, event, inbound_id, conversation, console)


async def _start(session: AsyncSession, event: Event, conversation: Conversation) -> list[Reply]:
    """A private chat opened by a link or a typed code; empty when it was just a word."""
    token = event.text.strip()
    invitation = await accept(session, token, sender_key(event)) if token else None
    if invitation is None:
        if event.kind is not EventKind.START:
            return []
        welcome = Reply(say("welcome", commune=await commune_name(session)))
        return [welcome, Reply(say("invitation_expired"))] if token else [welcome]
    conversation.member.hamlet_id = conversation.member.hamlet_id or invitation.hamlet_id
    report = await session.get(Report, invitation.report_id) if invitation.report_id else None
    welcome = Reply(say("welcome", commune=await commune_name(session)))
    if report is None:
        return [welcome]
    verified = invitation.sender_key is not None
    await join_conversation(session, report, conversation, verified=verified)
    words = await first_words(session, report)
    return [Reply(await receipt(session, report, words, from_group=True))]


async def _answers_an_officer(session: AsyncSession, conversation: Conversation) -> bool:
    report = await open_of(session, conversation.id)
    return report is not None and officer_speaks(report)


async def _without_words(
    session: AsyncSession,
    event: Event,
    inbound_id: uuid.UUID,
    conversation: Conversation,
    console: str,
) -> list[Reply]:
    """A photo, a place or a file belongs to the open report; without one it makes one."""
    if not (event.files or event.location):
        return []  # a contact, or an old button
    if report := await open_of(session, conversation.id):
        awaited = officer_speaks(report)
        await add_from_reporter(session, report, event, inbound_id)
        if awaited:
            await tell_of_answer(session, report, console, channel=event.channel)
            return []
        return [Reply(say("report_added", code=report.code))]
    report = await open_unread(session, event, inbound_id, conversation=conversation)
    await tell_officers(session, report, console, channel=event.channel)
    return [Reply(say("report_file_received", code=report.code))]


def read_replies(answers: list[dict[str, Any]]) -> list[Reply]:
    """The dialogue's answers as replies."""
    return [
        Reply(
            answer.get("text", ""),
            tuple(Button(b["title"], b["payload"]) for b in answer.get("buttons") or ()),
        )
        for answer in answers
        if answer.get("text")
    ]


async def send(
    session: AsyncSession,
    channel: Channel,
    conversation: Conversation,
    inbound_id: uuid.UUID,
    replies: list[Reply],
) -> None:
    """Put the replies on their way, in order and once."""
    if replies:
        offer(conversation, replies[-1])
    for number, reply in enumerate(replies):
        await post(
            session,
            conversation.channel,
            Target(ChatKind.PRIVATE, conversation.chat_id),
            render(reply, channel.capabilities),
            key=f"{inbound_id}:reply:{number}",
        )
