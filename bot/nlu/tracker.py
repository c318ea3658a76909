"""Rasa's memory of conversations: none.

What residents write lives in the app's database, encrypted. Every turn begins a session, in which
`action_session_start` tells the dialogue where the conversation stands; so any Rasa process may
have any turn, and none holds anybody's words once it is over.
"""

from __future__ import annotations

from collections.abc import Iterable

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker


class ForgetfulTrackerStore(TrackerStore):
    """Keeps nothing."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Let go of it."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        return None

    async def keys(self) -> Iterable[str]:
        return []
