"""A private message: from the platform to the Rasa dialogue and its words back.

What to say is decided in actions/; here is only what no dialogue needs: opening the chat with an
invitation, buttons, and messages without words.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Button, Channel, ChatKind, Event, EventKind, Target
from bot.groups.service import commune_name
from bot.messages.choices import offer, offers_choice, picked, render
from bot.messages.conversations import accept, find_invitation, heard_from, sender_key
from bot.messages.models import Conversation, PrivateInvitation
from bot.messages.openness import introduced
from bot.messages.outbox import post
from bot.messages.own_data import ERASE, KEEP, erase
from bot.messages.typed_codes import candidates, looks_like_code, names_code, says_more
from bot.nlu.standing import Standing
from bot.procedures.follow_up import answer_to, in_context
from bot.procedures.not_meant import not_meant, refused, refuses
from bot.procedures.replies import OFFICER, Reply, chosen
from bot.procedures.spoken_of import told_of
from bot.reports import reach
from bot.reports.ending import how_it_ended
from bot.reports.models import Report, Status
from bot.reports.moving import CHOOSE_REPORT
from bot.reports.notices import tell_of_answer, tell_officers
from bot.reports.questions import (
    ANSWER,
    Question,
    Step,
    ask_next,
    note,
    note_told,
    pending,
    standing,
)
from bot.reports.replies import receipt
from bot.reports.service import (
    add_from_reporter,
    join_conversation,
    officer_speaks,
    open_reports,
    open_unread,
)
from bot.reports.timeline import first_words, goes_on_with_files
from bot.wording import say

ROOM = 400
"""Characters left for numbered choices, where there are no buttons."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask the dialogue: a person's words, or an intent that a button of ours stands for.

    `first`: what is said before its answers. `standing`: where the form stands.
    """

    text: str
    command: bool = False
    first: Sequence[Reply] = ()
    standing: Standing | None = None


ASK_FOR_OFFICER = Asked("/ask_officer", command=True)


async def prepare(
    session: AsyncSession, event: Event, inbound_id: uuid.UUID, console: str
) -> tuple[Conversation, Asked | list[Reply]]:
    """The conversation, and either what to ask the dialogue or what to answer without it."""
    conversation, is_new = await hear(session, event)
    goes_on = event.kind is EventKind.MESSAGE and says_more(event.text)
    opened = await _start(session, event, conversation)
    if opened and not goes_on:
        return conversation, opened
    if event.kind is EventKind.BUTTON and event.text == ERASE:
        return conversation, [Reply(await erase(session, conversation))]  # locks all there is
    nothing_yet = is_new and not opened
    reports = [] if nothing_yet else await open_reports(session, conversation.id)
    if not opened and _mistyped(event, reports):
        opened = [Reply(say("invitation_expired"))]
        if not goes_on:
            return conversation, opened
    step = await _step(session, event, inbound_id, conversation, reports, console)
    if isinstance(step, Asked):
        step = replace(step, first=opened, standing=standing(reports, inbound_id))
        return conversation, step
    return conversation, [*opened, *step]


async def _step(
    session: AsyncSession,
    event: Event,
    inbound_id: uuid.UUID,
    conversation: Conversation,
    reports: Sequence[Report],
    console: str,
) -> Asked | list[Reply]:
    """What `prepare` returns of a message that is more than a code."""
    payload = _payload(event, conversation, reports)
    if payload and (stands_for := await _pressed(session, payload, conversation)):
        return stands_for
    if event.kind is EventKind.UNSUPPORTED:
        return [Reply(say("unsupported"))]
    if event.kind is not EventKind.BUTTON and event.text.strip():
        return await _in_words(session, event.text, conversation, reports)
    return await _without_words(session, event, inbound_id, conversation, reports, console)


def _payload(event: Event, conversation: Conversation, reports: Sequence[Report]) -> str | None:
    """Of the button that was pressed, or chosen by its number."""
    if event.kind is EventKind.BUTTON:
        return event.text
    if _answers_an_officer(reports):
        return None  # "2" is what he asked for
    return picked(event.text, conversation)


async def _pressed(
    session: AsyncSession, payload: str, conversation: Conversation
) -> Asked | list[Reply] | None:
    """What a button stands for, pressed or typed; None for one that nobody knows any more."""
    if payload == OFFICER:
        return ASK_FOR_OFFICER
    if payload == ERASE:
        return [Reply(await erase(session, conversation))]
    if payload == KEEP:
        return [Reply(say("erase_kept"))]
    if procedure := refused(payload):
        return [await not_meant(session, conversation, procedure)]
    command = _command(payload)
    return Asked(command, command=True) if command else None


async def _in_words(
    session: AsyncSession, text: str, conversation: Conversation, reports: Sequence[Report]
) -> Asked | list[Reply]:
    """A question that leans on the procedure just told of is answered by it; unless a report was
    spoken of since, which may have asked for just such words."""
    told_at = conversation.procedure_at
    if told_at is None or (reports and reports[0].last_from_reporter_at > told_at):
        return Asked(text)
    if _answers_an_officer(reports):
        return Asked(text)  # the officer is to read it
    if (told := told_of(conversation)) and refuses(text):
        return [await not_meant(session, conversation, told.id)]
    if reply := answer_to(conversation, text):
        return [reply]
    return Asked(in_context(conversation, text))


def _command(payload: str) -> str | None:
    """What a pressed button says to the dialogue."""
    if procedure := chosen(payload):
        return f"/choose_procedure{json.dumps({'procedure': procedure})}"
    if payload.startswith(ANSWER):
        return f"/answer_question{json.dumps({'answer': payload})}"
    if payload.startswith(CHOOSE_REPORT):
        return f"/choose_report{json.dumps({'choice': payload})}"
    return None


async def hear(session: AsyncSession, event: Event) -> tuple[Conversation, bool]:
    """The conversation of a message, and whether it begins with it; what waited for this person is
    sent before any answer."""
    conversation, is_new = await heard_from(session, event)
    if not is_new:
        await reach.regain(session, conversation)
    return conversation, is_new


async def _start(session: AsyncSession, event: Event, conversation: Conversation) -> list[Reply]:
    """What to say to a link or a typed code; nothing to a message that holds none."""
    tokens = [event.text.strip()] if event.kind is EventKind.START else _typed(event)
    for token in filter(None, tokens):
        if invitation := await accept(session, token, sender_key(event)):
            return await _open(session, invitation, conversation)
        if earlier := await find_invitation(session, token):
            return [Reply(await _why_not(session, earlier, conversation))]
    if event.kind is EventKind.START:
        welcome = Reply(say("welcome", commune=await commune_name(session)))
        return [welcome, Reply(say("invitation_expired"))] if any(tokens) else [welcome]
    return []


def _mistyped(event: Event, reports: Sequence[Report]) -> bool:
    """Whether the message is meant as a code, and is none."""
    if event.kind is not EventKind.MESSAGE or _answers_an_officer(reports):
        return False  # what an officer asked for may look like a code
    return names_code(event.text) or (looks_like_code(event.text) and not reports)


async def _why_not(
    session: AsyncSession, invitation: PrivateInvitation, conversation: Conversation
) -> str:
    """What to say to a token that is good no more, or not for this person."""
    report = await session.get(Report, invitation.report_id) if invitation.used_at else None
    if report and report.conversation_id == conversation.id:
        return say("invitation_used_here", code=report.code)
    return say("invitation_expired")


def _typed(event: Event) -> list[str]:
    return candidates(event.text) if event.kind is EventKind.MESSAGE else []


async def _open(
    session: AsyncSession, invitation: PrivateInvitation, conversation: Conversation
) -> list[Reply]:
    """Tie the invitation's report to the conversation."""
    conversation.member.hamlet_id = conversation.member.hamlet_id or invitation.hamlet_id
    report = await session.get(Report, invitation.report_id) if invitation.report_id else None
    welcome = Reply(say("welcome", commune=await commune_name(session)))
    if report is None:
        return [welcome]
    verified = invitation.sender_key is not None
    await join_conversation(session, report, conversation, verified=verified)
    if report.status is Status.CLOSED:
        return [Reply(await how_it_ended(session, report))]
    words = await first_words(session, report)
    received = await receipt(session, report, words, from_group=True)
    return [Reply(received, urgent=report.urgent), *await ask_next(session, report)]


def _answers_an_officer(reports: Sequence[Report]) -> bool:
    return bool(reports) and officer_speaks(reports[0])


async def _without_words(
    session: AsyncSession,
    event: Event,
    inbound_id: uuid.UUID,
    conversation: Conversation,
    reports: Sequence[Report],
    console: str,
) -> list[Reply]:
    """A photo, a place or a file belongs to the open report; without one it makes one."""
    if event.contact:
        return [Reply(say("phone_noted" if event.contact.own else "phone_of_another"))]
    if not (event.files or event.location):
        return []  # an old button
    if reports:
        report = reports[0]
        awaited = officer_speaks(report)
        await add_from_reporter(session, report, event, inbound_id)
        _note_answer(report, event, inbound_id)
        if awaited:
            await tell_of_answer(session, report, console, channel=event.channel)
            return []
        if await goes_on_with_files(session, report, inbound_id):
            return []
        return [Reply(say("report_added", code=report.code)), *await ask_next(session, report)]
    report = await open_unread(session, event, inbound_id, conversation=conversation)
    await tell_officers(session, report, console, channel=event.channel)
    return [Reply(say("report_file_received", code=report.code))]


def _note_answer(report: Report, event: Event, inbound_id: uuid.UUID) -> None:
    """A picture or a place may be what the report is asked for."""
    asked = pending(report)
    fits = {Question.PHOTOS: bool(event.files), Question.WHERE: event.location is not None}
    if asked and fits.get(asked):
        note(report, asked, Step.TOLD, inbound_id)
    note_told(report, event, inbound_id)


def read_replies(answers: list[dict[str, Any]]) -> list[Reply]:
    """The dialogue's answers as replies. Each action of a turn says whether it is urgent."""
    urgent = any((answer.get("custom") or {}).get("urgent") for answer in answers)
    return [
        Reply(
            answer.get("text", ""),
            tuple(Button(b["title"], b["payload"]) for b in answer.get("buttons") or ()),
            urgent,
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
    """Put the replies on their way, once: in one message, as far as one holds them."""
    urgent = any(reply.urgent for reply in replies)
    replies = introduced(conversation, replies)
    for number, reply in enumerate(together(replies, channel.capabilities.max_text)):
        offer(conversation, reply)
        await post(
            session,
            conversation.channel,
            Target(ChatKind.PRIVATE, conversation.chat_id),
            render(reply, channel.capabilities),
            key=f"{inbound_id}:reply:{number}",
            urgent=urgent,
        )


def together(replies: list[Reply], longest: int) -> list[Reply]:
    """The same in as few messages as hold them.

    One person's phone rings once, and where messages are counted one is counted. Choices stay at
    the end of their message; the ways on from an answer give way to what follows.
    """
    joined: list[Reply] = []
    for reply in replies:
        last = joined[-1] if joined else None
        if last and _may_lose_buttons(last) and len(last.text) + len(reply.text) + ROOM <= longest:
            text = f"{last.text}\n\n{reply.text}"
            joined[-1] = Reply(text, reply.buttons, last.urgent or reply.urgent)
        else:
            joined.append(reply)
    return joined


def _may_lose_buttons(reply: Reply) -> bool:
    return not offers_choice(reply)
