"""The second officer: whoever may approve what another proposed, told that something waits."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.groups.models import Officer
from bot.groups.service import managers
from bot.messages.outbox import post
from bot.procedures.models import ProcedureVersion
from bot.security.vault import vault
from bot.wording import say


async def who_may_approve(session: AsyncSession, version: ProcedureVersion) -> Sequence[Officer]:
    """The managers but for its author."""
    return [officer for officer in await managers(session) if officer.id != version.author_id]


async def tell(session: AsyncSession, version: ProcedureVersion, pages: str) -> None:
    """Write to each in one chat of his, once a version. `pages`: the address of the console."""
    link = f"{pages}/thu-tuc/{version.procedure_id}/ban/{version.number}"
    text = say("officer_notice_proposed", name=version.content["name"], link=link)
    about = vault().fingerprint(version.procedure_id, str(version.number))
    for officer in await who_may_approve(session, version):
        for chat in sorted(officer.chats, key=lambda each: each.channel)[:1]:
            target = Target(ChatKind.PRIVATE, chat.chat_id)
            key = f"approve:{about}:{officer.id.hex}"
            await post(session, chat.channel, target, Content(text), key=key)
