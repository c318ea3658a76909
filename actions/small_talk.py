"""Talk in private: polite, and never a report by mistake of ours alone."""

from actions.take_report import add, officer_waits, same_matter, take
from actions.turn import PrivateAction, Turn
from bot.channels.base import Capabilities, ChatKind
from bot.procedures.replies import Reply
from bot.triage.policy import decide
from bot.wording import say

SURE_TALK = 0.9
"""From here on it is thanks or a greeting, and is not kept with a report."""


class SmallTalk(PrivateAction):
    action_name = "action_small_talk"

    async def answer(self, turn: Turn) -> list[Reply]:
        report = await same_matter(turn)
        if report and (turn.understanding.talk < SURE_TALK or await officer_waits(turn, report)):
            # "gần chợ, tối qua" answers what was asked about the report, though it reads as talk.
            return await add(turn, report)
        decision = decide(turn.understanding, ChatKind.PRIVATE, Capabilities())
        if decision.makes_report:
            return await take(turn, decision)
        return [Reply(say("talk"))]
