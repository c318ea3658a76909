"""What happens to one stored event, once. Safe to repeat after a crash at any point."""

import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Channel, ChatKind, Content, Event, EventKind, Target
from bot.groups.models import Group
from bot.groups.service import (
    find_group,
    find_officer_by_chat,
    move_group,
    note_rights,
)
from bot.messages import officer_chat, private
from bot.messages.conversations import find_conversation
from bot.messages.floods import may_answer
from bot.messages.group import GroupMessage
from bot.messages.inbox import fail, finish, lane_of, waiting_event
from bot.messages.models import Conversation
from bot.messages.openness import answer_with_rules, asks_for_rules, greet_group
from bot.messages.outbox import post
from bot.metrics import FAILED, HANDLED
from bot.procedures.replies import OFFICER, Reply, chosen, tell
from bot.reports import reach
from bot.reports.notices import tell_officers
from bot.reports.service import open_unread
from bot.triage.details import noticed
from bot.triage.policy import Kind, decide
from bot.wording import say
from bot.work import WorkFailed, insist, outlast

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger()


class ChannelOff(Exception):
    """The message came while its channel was on, and the channel is off now."""


async def handle(services: "Services", inbound_id: uuid.UUID) -> None:
    """Handle the event, or find that it has been handled. Raises: RasaRefused."""
    event = await services.inbox.event_to_answer(inbound_id)
    if event is None:
        return
    if event.channel not in services.channels:
        raise ChannelOff
    if group := await _spoken_to(services, event):
        await _triage(services, event, group, inbound_id)
        return
    async with services.db.begin() as session:
        see_to = _see_to_group if event.chat_kind is ChatKind.GROUP else _begin_in_private
        talk = await see_to(services, session, event, inbound_id)
    if event.callback_id:
        await services.channels[event.channel].acknowledge_button(event.callback_id)
    if talk:
        await talk()


async def handle_or_hand_over(services: "Services", inbound_id: uuid.UUID) -> None:
    """Handle one stored event; what fails again and again goes to a person as it is."""
    try:
        await insist(lambda: handle(services, inbound_id))
    except WorkFailed as e:
        await give_up(services, inbound_id, str(e))


async def give_up(services: "Services", inbound_id: uuid.UUID, kind: str) -> None:
    """A person gets it, or sees that it is there. `kind`: of error."""
    FAILED.labels(kind).inc()
    log.error("message not handled", inbound=str(inbound_id), kind=kind)
    try:
        await outlast(lambda: hand_over(services, inbound_id))
    except WorkFailed as e:
        log.error("message not handed over", inbound=str(inbound_id), kind=str(e))
        await outlast(lambda: leave_failed(services, inbound_id, kind))


async def hand_over(services: "Services", inbound_id: uuid.UUID) -> None:
    """Make a report of a message that could not be handled, for the managers to look at."""
    async with services.db.begin() as session:
        event = await waiting_event(session, inbound_id)
        if event is None or not await finish(session, inbound_id):
            return
        if event.kind is not EventKind.MESSAGE and event.text != OFFICER:
            return
        if not (event.text.strip() or event.files or event.location):
            return
        in_private = event.chat_kind is ChatKind.PRIVATE
        if in_private and await find_officer_by_chat(session, event.channel, event.chat_id):
            await officer_chat.apologise(session, event, inbound_id)
            return
        conversation = (await private.hear(session, event))[0] if in_private else None
        group = await find_group(session, event.channel, event.chat_id)
        report = await open_unread(
            session, event, inbound_id, group=group, conversation=conversation
        )
        console, sender = _console(services), lane_of(event)
        await tell_officers(session, report, console, channel=event.channel, sender=sender)
        if conversation:
            channel = services.channels[event.channel]
            words = Reply(say("report_review", code=report.code))
            await private.send(session, channel, conversation, inbound_id, [words])


async def leave_failed(services: "Services", inbound_id: uuid.UUID, kind: str) -> None:
    """The sealed message stays; the managers see that there is one."""
    async with services.db.begin() as session:
        await fail(session, inbound_id, kind)


def _console(services: "Services") -> str:
    return f"{services.settings.public_base}/console"


async def _spoken_to(services: "Services", event: Event) -> Group | None:
    """The group in which a resident says something that the model is to read."""
    if event.chat_kind is not ChatKind.GROUP or event.kind is not EventKind.MESSAGE:
        return None
    if not event.text.strip() or asks_for_rules(event):
        return None
    return await services.groups.by_a_resident(event.channel, event.chat_id, event.sender_id)


async def _triage(services: "Services", event: Event, group: Group, inbound_id: uuid.UUID) -> None:
    channel = services.channels[event.channel]
    can = channel.capabilities.restricted_to(group.rights)
    understanding = await services.rasa.understand(event.text)
    decision = decide(understanding, ChatKind.GROUP, can, addressed=event.addressed)
    # A report keeps its details; of other messages moderation may ask after a few for a while.
    kept = [] if decision.makes_report else noticed(understanding.details)
    if decision.kind is Kind.IGNORE and not kept:
        if not await services.inbox.finish(inbound_id):
            return
    else:
        async with services.db.begin() as session:
            if not await finish(session, inbound_id, kept):
                return
            message = GroupMessage(session, channel, group, event, inbound_id, _console(services))
            await message.carry_out(understanding, decision)
    HANDLED.labels(decision.kind.value).inc()


async def _see_to_group(
    services: "Services", session: AsyncSession, event: Event, inbound_id: uuid.UUID
) -> None:
    """Whatever happens in a group that is not a resident's words for the model."""
    if not await finish(session, inbound_id):
        return
    channel = services.channels[event.channel]
    group = await find_group(session, event.channel, event.chat_id)
    if group is None:
        log.warning("message from a group that is not set up", channel=event.channel)
        return
    can = channel.capabilities.restricted_to(group.rights)
    if event.kind is EventKind.GROUP_RIGHTS:
        note_rights(group, event)
        await greet_group(session, group, event, channel.capabilities.restricted_to(group.rights))
    elif event.kind is EventKind.GROUP_MOVED:
        await move_group(session, group, event.text)
    elif event.kind is EventKind.BUTTON and (procedure := chosen(event.text)):
        target = Target(ChatKind.GROUP, event.chat_id, event.thread_id)
        words = Content(tell(procedure).text)
        if may_answer(event, "press"):
            await post(session, event.channel, target, words, key=f"{inbound_id}:press")
    elif event.kind is EventKind.MESSAGE and asks_for_rules(event) and may_answer(event, "rules"):
        await answer_with_rules(session, event, can, f"{inbound_id}:rules")


Talk = Callable[[], Awaitable[None]]
"""What is left to do of a private message after the transaction it began with."""


async def _begin_in_private(
    services: "Services", session: AsyncSession, event: Event, inbound_id: uuid.UUID
) -> Talk | None:
    channel = services.channels[event.channel]
    if await _needs_no_answer(services, session, event, inbound_id):
        await finish(session, inbound_id)
        return None
    conversation, next_step = await private.prepare(session, event, inbound_id, _console(services))
    if isinstance(next_step, private.Asked):
        return partial(_talk, services, channel, conversation.id, next_step, inbound_id)
    if await finish(session, inbound_id):
        await private.send(session, channel, conversation, inbound_id, next_step)
    return None


async def _talk(
    services: "Services",
    channel: Channel,
    conversation_id: uuid.UUID,
    asked: private.Asked,
    inbound_id: uuid.UUID,
) -> None:
    answers = await services.rasa.talk(
        str(conversation_id), asked.text, str(inbound_id), asked.standing, command=asked.command
    )
    async with services.db.begin() as session:
        if not await finish(session, inbound_id):
            return
        conversation = await session.get_one(Conversation, conversation_id)
        replies = [*asked.first, *private.read_replies(answers)]
        await private.send(session, channel, conversation, inbound_id, replies)
    HANDLED.labels("private").inc()


async def _needs_no_answer(
    services: "Services", session: AsyncSession, event: Event, inbound_id: uuid.UUID
) -> bool:
    """Blocking and unblocking, and officers' own chats."""
    if event.kind in (EventKind.REACHABLE, EventKind.UNREACHABLE):
        conversation = await find_conversation(session, event.channel, event.chat_id)
        if conversation and event.kind is EventKind.REACHABLE:
            conversation.reachable = True
            await reach.regain(session, conversation)
        elif conversation:
            await reach.lose(session, conversation, reach.Why.GONE)
        return True
    officer = await find_officer_by_chat(session, event.channel, event.chat_id)
    if officer is None:
        return False
    if await finish(session, inbound_id):  # first: what it locks keeps a second run from sending
        await officer_chat.hear(services, session, officer, event, inbound_id)
    return True
