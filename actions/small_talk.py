"""Talk in private: polite, and never a report by mistake of ours alone."""

from actions.handle_request import answer_request, is_request
from actions.take_report import add, matter_of, take, waiting_officer
from actions.turn import PrivateAction, Turn
from bot.channels.base import Capabilities, ChatKind
from bot.procedures.replies import Reply
from bot.reports.service import officer_speaks
from bot.triage.policy import decide
from bot.wording import say


class SmallTalk(PrivateAction):
    action_name = "action_small_talk"

    async def answer(self, turn: Turn) -> list[Reply]:
        report = matter_of(turn)
        between_people = report is not None and officer_speaks(report)
        asked = is_request(turn.event.text) and not between_people  # whatever the model reads
        if asked and (replies := await answer_request(turn)):
            return replies
        if report:
            # "gần chợ, tối qua" and "màu trắng, sọc xanh" tell more of the report, though they read
            # as talk. No model can tell them from thanks, and nothing told may be lost.
            return await add(turn, report)
        decision = decide(turn.understanding, ChatKind.PRIVATE, Capabilities())
        if decision.makes_report:
            return await take(turn, decision)
        if report := await waiting_officer(turn):
            return await add(turn, report, answers=True)  # "dạ chiều em ghé", a day later
        return [Reply(say("talk"))]
