"""“Chưa đúng ý tôi”: what was asked becomes a gap, and what else may be meant is offered.

It says something about an answer, not about who said so: no report, and nothing with his name.
"""

import re
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages.models import Conversation
from bot.procedures import gaps
from bot.procedures.catalogue import catalogue
from bot.procedures.replies import CHOOSE, NOT_MEANT, Reply, offer_of, officer_button
from bot.procedures.spelling import plain
from bot.procedures.spoken_of import asked_last
from bot.wording import say

MOST = 3
"""So many others are offered at once."""

_SAID = re.compile(
    r"(?:(?:da|u|o|a|vay|ma|em|toi|tui|minh) )*"
    r"(?:(?:chua|khong|ko|k|hong|hok) (?:phai|dung)(?: (?:y|cau|cai|viec|dieu|la))*"
    r"|sai(?: (?:y|roi))+|lac de|y (?:toi|tui|em|minh)(?: (?:la|hoi))* (?:cai |viec |chuyen )?khac)"
    r"(?: (?:toi|tui|em|minh|cua|nay|do|roi|dau|can|hoi|muon|a|nha|nhe|vay))*"
)


def refused(payload: str) -> str | None:
    """The procedure whose answer a button refuses."""
    return payload.removeprefix(NOT_MEANT) if payload.startswith(NOT_MEANT) else None


def refuses(text: str) -> bool:
    """Whether somebody says that in words, and nothing else."""
    return _SAID.fullmatch(plain(text)) is not None


async def not_meant(session: AsyncSession, conversation: Conversation, procedure: str) -> Reply:
    """Keep the question, if it is still known and this is what was told last; offer the others."""
    asked = asked_last(conversation) if conversation.procedure == procedure else None
    others: list[str] = []
    if asked:
        inbound, topic = uuid.UUID(asked["inbound"]), asked["topic"]
        await gaps.keep(session, inbound, topic, asked["text"], told=procedure)
        others = [each for each in asked["others"] if each != procedure and each in catalogue()]
        conversation.asked = dict(asked) | {"others": others}
        just_offered = [payload for _, payload in conversation.choices]
        others = [each for each in others if CHOOSE + each not in just_offered]
    if not others:
        return Reply(say("procedure_not_meant_alone"), (officer_button(),))
    return Reply(say("procedure_not_meant"), (*offer_of(others[:MOST]), officer_button()))
