"""A question on a procedure, or one picked from the choices."""

from actions.turn import PrivateAction, Turn
from bot.channels.base import Capabilities, ChatKind
from bot.procedures.catalogue import catalogue
from bot.procedures.replies import Reply, reply_to_question, tell
from bot.reports.service import add_from_reporter, last_word_is_an_officers, open_of
from bot.triage.policy import decide


class AnswerProcedure(PrivateAction):
    action_name = "action_answer_procedure"

    async def answer(self, turn: Turn) -> list[Reply]:
        if turn.parse["intent"]["name"] == "choose_procedure":
            picked = turn.slots.get("procedure")
            return [tell(picked)] if picked in catalogue() else []
        await _pass_on_to_officer(turn)
        u = turn.understanding
        decision = decide(u, ChatKind.PRIVATE, Capabilities())
        reply = await reply_to_question(
            turn.session,
            decision,
            turn.event.text,
            u.topic,
            turn.hamlet_id,
            in_group=False,
        )
        return [reply]


async def _pass_on_to_officer(turn: Turn) -> None:
    """A question that follows an officer's words is asked of him too."""
    report = await open_of(turn.session, turn.conversation.id)
    if report and await last_word_is_an_officers(turn.session, report):
        await add_from_reporter(turn.session, report, turn.event, turn.inbound_id)
