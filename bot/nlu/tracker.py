"""Conversations that the Rasa server remembers only as long as it must.

What residents write lives in the app's database, encrypted. Rasa needs the last few turns to go
on with a dialogue, keeps them here in memory, and loses them.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from itertools import dropwhile
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

MOST_EVENTS = 60
"""Events of one conversation; Rasa reads all of them for every message."""

MOST_CONVERSATIONS = 5_000
IDLE_SECONDS = 3_600.0


class ForgetfulTrackerStore(TrackerStore):
    """Keeps the end of each recent conversation, in order of last use."""

    def __init__(
        self, domain: Domain | None = None, event_broker: EventBroker | None = None, **kwargs: Any
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._kept: OrderedDict[str, tuple[float, list[Event]]] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        self._kept[tracker.sender_id] = (time.monotonic(), shortened(tracker))
        self._kept.move_to_end(tracker.sender_id)
        self._forget()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        self._forget()
        if sender_id not in self._kept:
            return None
        _, events = self._kept[sender_id]
        return DialogueStateTracker.from_events(sender_id, list(events), self.domain.slots)

    async def keys(self) -> Iterable[str]:
        self._forget()
        return list(self._kept)

    def _forget(self) -> None:
        """Drop the idle from the front, and the longest unused if there are too many."""
        oldest = time.monotonic() - IDLE_SECONDS
        while self._kept:
            last_used, _ = next(iter(self._kept.values()))
            if last_used >= oldest and len(self._kept) <= MOST_CONVERSATIONS:
                return
            self._kept.popitem(last=False)


def shortened(tracker: DialogueStateTracker) -> list[Event]:
    """The events since the last restart, or as many of the last as may stay.

    A cut begins where the assistant waits for the resident, and carries over the slots and the
    form in progress, which the dropped events had set.
    """
    events = list(tracker.applied_events())
    if len(events) <= MOST_EVENTS:
        return events
    carried: list[Event] = [
        SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value is not None
    ]
    if tracker.active_loop_name:
        carried.append(ActiveLoop(tracker.active_loop_name))
    tail = events[len(carried) - MOST_EVENTS :]
    return carried + list(dropwhile(lambda event: not _waits(event), tail))


def _waits(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
