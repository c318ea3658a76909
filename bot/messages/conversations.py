"""A person's private conversation with the assistant."""

import secrets
import uuid
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Event
from bot.db import now
from bot.groups.models import Member
from bot.messages.models import Conversation, PrivateInvitation
from bot.security.vault import vault

INVITATION_LIFE = timedelta(days=2)
CODE_ALPHABET = "ACDEFGHJKMNPQRTUVWXY34679"
CODE_LENGTH = 8

_AT_ADDRESS = select(Conversation).where(Conversation.address_key == bindparam("address"))


def _address(channel: str, chat_id: str) -> str:
    return vault().fingerprint("address", channel, chat_id)


async def find_conversation(
    session: AsyncSession, channel: str, chat_id: str
) -> Conversation | None:
    asked = {"address": _address(channel, chat_id)}
    return (await session.execute(_AT_ADDRESS, asked)).scalar_one_or_none()


async def open_conversation(
    session: AsyncSession,
    channel: str,
    chat_id: str,
    name: str,
    hamlet_id: uuid.UUID | None = None,
) -> Conversation:
    """The conversation at this address; a new one when there is none yet."""
    conversation = await _find_or_begin(session, channel, chat_id, name, hamlet_id)
    await session.flush()
    return conversation


async def _find_or_begin(
    session: AsyncSession,
    channel: str,
    chat_id: str,
    name: str,
    hamlet_id: uuid.UUID | None = None,
) -> Conversation:
    if conversation := await find_conversation(session, channel, chat_id):
        member = conversation.member
        if member.erased_at is None:
            member.name = name or member.name
        member.hamlet_id = member.hamlet_id or hamlet_id
        return conversation
    member = Member(name=name, hamlet_id=hamlet_id)
    conversation = Conversation(
        channel=channel,
        address_key=_address(channel, chat_id),
        chat_id=chat_id,
        member=member,
    )
    session.add(conversation)
    return conversation


async def heard_from(session: AsyncSession, event: Event) -> tuple[Conversation, bool]:
    """The conversation of a private event, which shows that the person can be reached; and whether
    it begins with this."""
    conversation = await _find_or_begin(session, event.channel, event.chat_id, event.sender_name)
    conversation.reachable = True
    conversation.last_inbound_at = now()
    if event.contact and event.contact.own:
        conversation.member.phone = event.contact.phone
    is_new = conversation in session.new
    await session.flush()
    return conversation, is_new


def wants_only_answers(conversation: Conversation) -> bool:
    """Whether the person said "dừng": the assistant asks nothing and tells of no state by itself.

    Answers to what he writes, and what officers write to him, still come.
    """
    return conversation.stopped_at is not None


async def invite(
    session: AsyncSession,
    report_id: uuid.UUID | None,
    hamlet_id: uuid.UUID,
    *,
    sender_key: str | None,
    typed: bool,
) -> str:
    """A single-use token that expires; short enough to type where no link can carry it.

    It stands in the group for all to read: `sender_key` says who alone may use it. Where a
    platform does not tell (None), it ties whoever comes first to the report.
    """
    token = (
        "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        if typed
        else secrets.token_urlsafe(24)
    )
    session.add(
        PrivateInvitation(
            token_key=_token_key(token),
            sender_key=sender_key,
            report_id=report_id,
            hamlet_id=hamlet_id,
            expires_at=now() + INVITATION_LIFE,
        )
    )
    return token


async def accept(session: AsyncSession, token: str, sender_key: str) -> PrivateInvitation | None:
    """Use a token up; None when it is unknown, used, expired or somebody else's."""
    query = (
        select(PrivateInvitation)
        .where(PrivateInvitation.token_key == _token_key(token))
        .with_for_update()
    )
    invitation = (await session.execute(query)).scalar_one_or_none()
    if invitation is None or invitation.used_at or invitation.expires_at < now():
        return None
    if invitation.sender_key not in (None, sender_key):
        return None  # a neighbour was quicker: the token stays good for whom it is for
    invitation.used_at = now()
    return invitation


async def find_invitation(session: AsyncSession, token: str) -> PrivateInvitation | None:
    """The invitation with this token, whether it is still good or not."""
    query = select(PrivateInvitation).where(PrivateInvitation.token_key == _token_key(token))
    return (await session.execute(query)).scalar_one_or_none()


def sender_key(event: Event) -> str:
    """Stands for the person who sent an event, on one platform."""
    return vault().fingerprint("sender", event.channel, event.sender_id)


def looks_typed(text: str) -> bool:
    """Whether a message is nothing but a typed token."""
    word = text.strip().upper()
    return len(word) == CODE_LENGTH and all(c in CODE_ALPHABET for c in word)


def _token_key(token: str) -> str:
    # A typed token may come back in lower case; a link's never does.
    return vault().fingerprint("invitation", token.upper() if looks_typed(token) else token)
