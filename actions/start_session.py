"""Every turn begins here: the dialogue is told where it stands, for it remembers nothing itself.

So any Rasa process may have any turn, and one that dies takes no conversation with it.
"""

import uuid
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import context
from bot.reports.questions import Question, answered, pending
from bot.reports.service import open_reports
from bot.work import WorkFailed, outlast

log = structlog.get_logger()

FORM = "report_form"


class StartSession(Action):
    def name(self) -> str:
        return "action_session_start"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        inbound = (tracker.get_slot("session_started_metadata") or {}).get("inbound", "")
        try:
            form = await outlast(lambda: _form(uuid.UUID(tracker.sender_id), uuid.UUID(inbound)))
        except WorkFailed as e:
            log.error("no session", kind=str(e))
            form = []
        return [SessionStarted(), *form, ActionExecuted("action_listen")]


async def _form(conversation_id: uuid.UUID, inbound_id: uuid.UUID) -> list[dict[str, Any]]:
    """The form as it stood before this message, if a question waits for its answer."""
    async with context().db.begin() as session:
        for report in await open_reports(session, conversation_id):
            if report.inbound_id == inbound_id:
                continue
            if (question := pending(report, besides=inbound_id)) is None:
                return []
            ended: list[Question] = list(answered(report, inbound_id))
            return [
                ActiveLoop(FORM),
                *(SlotSet(slot, True) for slot in ended),
                SlotSet("requested_slot", question),
            ]
    return []
