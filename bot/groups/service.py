"""Finding the hamlet a message belongs to and the officers who answer for it."""

import re
import uuid
from collections.abc import Sequence

from sqlalchemy import ARRAY, String, and_, any_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from bot.batches import Batches
from bot.channels.base import Event
from bot.db import Database
from bot.groups.models import Commune, Group, Hamlet, Officer, OfficerChat, Role
from bot.nlu.text import strip_diacritics

# Asked with messages, so made once: to put a statement together takes longer than to send it.
_CHANNEL, _CHAT_ID = bindparam("channel", type_=String), bindparam("chat_id", type_=String)
_GROUP = (
    select(Group)
    .where(Group.channel == _CHANNEL, Group.enabled.is_(True))
    .where(or_(Group.chat_id == _CHAT_ID, Group.set_up_as == _CHAT_ID))
    .order_by((Group.chat_id == _CHAT_ID).desc())
    .limit(1)
)
_SPEAKS = and_(Officer.active.is_(True), Officer.role.in_((Role.LEADER, Role.MANAGER)))
_OFFICER = (
    select(Officer)
    .join(OfficerChat)
    .where(OfficerChat.channel == _CHANNEL, OfficerChat.chat_id == bindparam("officer"))
    .where(_SPEAKS)
)
_OFFICERS_AMONG = (
    select(OfficerChat.chat_id)
    .join(Officer)
    .where(OfficerChat.channel == _CHANNEL)
    .where(OfficerChat.chat_id == any_(bindparam("senders", type_=ARRAY(String))), _SPEAKS)
)
_GROUP_AND_OFFICERS = _GROUP.add_columns(
    func.array(_OFFICERS_AMONG.scalar_subquery(), type_=ARRAY(String))
)
_ACTIVE = (
    select(Officer)
    .where(Officer.active.is_(True))
    .order_by(Officer.username)
    .options(joinedload(Officer.chats), joinedload(Officer.hamlets))  # with them, not after them
)
_LEADERS = _ACTIVE.where(
    Officer.role == Role.LEADER, Officer.hamlets.any(Hamlet.id == bindparam("hamlet"))
)
_MANAGERS = _ACTIVE.where(Officer.role == Role.MANAGER)
_HAMLETS = select(Hamlet).order_by(Hamlet.name)


async def find_group(session: AsyncSession, channel: str, chat_id: str) -> Group | None:
    """The group with this id, or the one that had it before it moved: messages may be waiting."""
    asked = {"channel": channel, "chat_id": chat_id}
    return (await session.execute(_GROUP, asked)).scalar_one_or_none()


class GroupsSpokenIn:
    """The groups in which residents speak, asked for together where many speak at once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asked_for = Batches(self._find, at_once=2)

    async def by_a_resident(self, channel: str, chat_id: str, sender_id: str) -> Group | None:
        """`find_group`, unless the sender is an officer: officers speak in it as what they are."""
        return await self._asked_for.ask((channel, chat_id, sender_id))

    async def _find(self, asked: list[tuple[str, str, str]]) -> list[Group | None]:
        senders: dict[tuple[str, str], list[str]] = {}
        for channel, chat_id, sender in asked:
            senders.setdefault((channel, chat_id), []).append(sender)
        found: dict[tuple[str, str, str], Group] = {}
        async with self._db.autocommit() as session:
            for (channel, chat_id), spoke in senders.items():
                values = {"channel": channel, "chat_id": chat_id, "senders": spoke}
                row = (await session.execute(_GROUP_AND_OFFICERS, values)).one_or_none()
                if row:
                    group, officers = row
                    residents = set(spoke).difference(officers)
                    found |= {(channel, chat_id, sender): group for sender in residents}
        return [found.get(each) for each in asked]


async def find_officer_by_chat(session: AsyncSession, channel: str, chat_id: str) -> Officer | None:
    """The leader or manager whose own chat this is; deputies write as the residents they are."""
    asked = {"channel": channel, "officer": chat_id}
    return (await session.execute(_OFFICER, asked)).scalar_one_or_none()


async def leaders(session: AsyncSession, hamlet_id: uuid.UUID | None) -> Sequence[Officer]:
    """Active leaders of a hamlet; where it is not known there are none."""
    if hamlet_id is None:
        return []
    return (await session.scalars(_LEADERS, {"hamlet": hamlet_id})).unique().all()


async def managers(session: AsyncSession) -> Sequence[Officer]:
    return (await session.scalars(_MANAGERS)).unique().all()


async def officer_to_call(session: AsyncSession, hamlet_id: uuid.UUID | None) -> Officer | None:
    """Whose phone number a resident gets: the hamlet's leader, else a manager."""
    candidates = [*await leaders(session, hamlet_id), *await managers(session)]
    return next((o for o in candidates if o.phone and o.phone_public), None)


async def commune_name(session: AsyncSession) -> str:
    commune = await session.get(Commune, 1)
    return commune.name if commune else "xã"


async def commune_and_hamlets(session: AsyncSession) -> tuple[str, list[str]]:
    """The names of the commune, empty before it is set up, and of its hamlets."""
    commune = await session.get(Commune, 1)
    hamlets = (await session.execute(select(Hamlet.name).order_by(Hamlet.name))).scalars().all()
    return commune.name if commune else "", list(hamlets)


async def all_hamlets(session: AsyncSession) -> Sequence[Hamlet]:
    """By name; asked for once a session, as one message may want them twice."""
    found: Sequence[Hamlet] | None = session.info.get("hamlets")
    if found is None:
        found = session.info["hamlets"] = (await session.scalars(_HAMLETS)).all()
    return found


async def mentioned_hamlet(session: AsyncSession, text: str) -> Hamlet | None:
    """The one hamlet whose name stands in the text, with or without diacritics."""
    plain = _plain(text)
    hamlets = await all_hamlets(session)
    found = [h for h in hamlets if re.search(rf"\b{re.escape(_plain(h.name))}\b", plain)]
    return found[0] if len(found) == 1 else None


async def move_group(session: AsyncSession, group: Group, chat_id: str) -> None:
    """The platform gave the group a new id (Telegram's upgrade to a supergroup)."""
    if await find_group(session, group.channel, chat_id) is None:
        group.chat_id = chat_id


def note_rights(group: Group, event: Event) -> None:
    """What the group lets the assistant do has changed."""
    group.rights = {**group.rights, **event.rights}


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", strip_diacritics(text).lower())
