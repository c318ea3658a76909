"""A question on a procedure, or one picked from the choices."""

from actions.take_report import add, matter_of, take
from actions.turn import PrivateAction, Turn
from bot.channels.base import Capabilities, ChatKind
from bot.messages.choices import offers_choice
from bot.procedures.catalogue import catalogue
from bot.procedures.replies import Reply, reply_to_question, tell
from bot.procedures.spoken_of import remember
from bot.reports.service import officer_speaks
from bot.triage.policy import Answer, decide


class AnswerProcedure(PrivateAction):
    action_name = "action_answer_procedure"

    async def answer(self, turn: Turn) -> list[Reply]:
        if turn.parse["intent"]["name"] == "choose_procedure":
            picked = str(turn.slots.get("procedure"))
            if picked not in catalogue():
                return []
            remember(turn.conversation, picked)
            return [tell(picked)]
        u = turn.understanding
        decision = decide(u, ChatKind.PRIVATE, Capabilities())
        if decision.makes_report:
            return await take(turn, decision)  # it only reads like a question
        where: list[Reply] = []
        if report := matter_of(turn):
            # A plate told of a stolen vehicle reads like a question: it is kept with the report.
            added = await add(turn, report)
            if decision.answer is Answer.NONE or officer_speaks(report):
                return added
            where = [reply for reply in added if offers_choice(reply)]
        reply = await reply_to_question(
            turn.session,
            u,
            decision,
            turn.event.text,
            turn.hamlet_id,
            turn.inbound_id,
            in_group=False,
            conversation=turn.conversation,
        )
        return [reply] if offers_choice(reply) else [reply, *where]
