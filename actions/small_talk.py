"""Talk in private: polite, and never a report by mistake of ours alone."""

from actions.take_report import add, same_matter, take
from actions.turn import PrivateAction, Turn
from bot.channels.base import Capabilities, ChatKind
from bot.procedures.replies import Reply
from bot.triage.policy import decide
from bot.wording import say


class SmallTalk(PrivateAction):
    action_name = "action_small_talk"

    async def answer(self, turn: Turn) -> list[Reply]:
        u = turn.understanding
        if report := await same_matter(turn, u):
            # "gần chợ, tối qua" answers what was asked about the report, though it reads as talk.
            return await add(turn, report, is_urgent=u.urgent)
        decision = decide(u, ChatKind.PRIVATE, Capabilities())
        if decision.makes_report:
            return await take(turn, u, decision)
        return [Reply(say("talk"))]
