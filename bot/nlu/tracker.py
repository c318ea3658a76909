"""Rasa's memory of conversations: none.

What residents write lives in the app's database, encrypted. Every turn begins where its sender's
name says that the conversation stands (standing.py); so any Rasa process may have any turn, and
none holds anybody's words once it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.standing import Standing, read

FORM = "report_form"


class ForgetfulTrackerStore(TrackerStore):
    """Keeps nothing."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Let go of it."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        """A conversation as it stands, without a word of what was said in it."""
        tracker = self.init_tracker(sender_id)
        _, standing = read(sender_id)
        tracker.update_with_events(list(_begun(standing)), self.domain)
        return tracker

    async def keys(self) -> Iterable[str]:
        return []


def _begun(standing: Standing | None) -> Iterator[Event]:
    yield ActionExecuted("action_session_start")
    yield SessionStarted()
    if standing:
        yield ActiveLoop(FORM)
        yield from (SlotSet(slot, True) for slot in standing.ended)
        yield SlotSet("requested_slot", standing.asked)
    yield ActionExecuted("action_listen")
